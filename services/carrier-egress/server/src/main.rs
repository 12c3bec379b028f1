//! The egress service on its own, against Kafka.

use std::process::ExitCode;

fn main() -> ExitCode {
    volley_carrier_egress::SERVICE.main(volley_carrier_egress::start_alone)
}
