//! The routing service on its own, against Kafka.

use std::process::ExitCode;

fn main() -> ExitCode {
    volley_routing::SERVICE.main(volley_routing::start_alone)
}
