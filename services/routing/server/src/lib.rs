//! The routing service: the rules of `volley-routing-core` at work on `routing.in`.
//!
//! ```text
//!   routing.in ──▶ RoutingFold ──First──▶ correlation.in (what was decided)
//!                              └─Second─▶ egress.<account>.<lane> (attempts)
//!   config ──▶ fan-out ──▶ every partition of routing.in and correlation.in
//! ```

mod config;
mod fanout;
mod fold;
mod metrics;
mod start;

pub use config::Config;
pub use fold::RoutingFold;
pub use start::{Handle, start, start_alone};

/// What the binary is called, and how it is configured.
pub const SERVICE: volley_runtime::Service = volley_runtime::Service {
    name: "volley-routing",
    version: env!("CARGO_PKG_VERSION"),
    env_prefix: "VOLLEY_ROUTING",
    reference: include_str!("../routing.toml"),
};
