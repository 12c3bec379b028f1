//! The mo-correlation service on its own, against Kafka.

use std::process::ExitCode;

use mimalloc::MiMalloc;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    volley_mo_correlation::SERVICE.main(volley_mo_correlation::start_alone)
}
