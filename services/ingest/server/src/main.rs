//! The front door on its own, against Kafka.

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    volley_ingest::SERVICE.main(volley_ingest::start_alone)
}
