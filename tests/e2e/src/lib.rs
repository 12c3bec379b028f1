//! Whole Volleys from outside: processes are started, spoken to over gRPC and SMPP, killed, and started again.
//!
//! ```text
//!   scenario ──gRPC──▶ a Volley (one process on the embedded log, or four and more on Kafka) ──SMPP──▶ carrier-sim in the test's process
//! ```
//!
//! The binaries are those of the workspace, beside the test's own: `cargo build --workspace --bins` makes them, `tests/run` does so first.

pub mod at_carrier;
pub mod backend;
pub mod client;
pub mod command_line;
pub mod embedded;
pub mod fleet;
pub mod http;
pub mod lies;
pub mod process;
pub mod provision;
pub mod scenarios;
pub mod taking_back;
pub mod texts;
pub mod volley;

pub use backend::Backend;
pub use volley::Volley;
