//! The mo-correlation service: the rules of `volley-mo-correlation-core` at work on `correlation.in`.
//!
//! ```text
//!   correlation.in ──▶ CorrelationFold ──First──▶ routing.in (opt-outs, answers to send)
//!                          │          └─Second─▶ inbox (what clients read), events (what everybody may read)
//!                          └◀── Queries ◀── gRPC, from the front door
//! ```

mod config;
mod fold;
mod metrics;
mod publish;
mod queries;
mod start;

pub use config::{Config, QueryConfig};
pub use fold::CorrelationFold;
pub use publish::Publisher;
pub use queries::{QUERY_PATIENCE, Queries, QueryFault};
pub use start::{Handle, start, start_alone};

/// What the binary is called, and how it is configured.
pub const SERVICE: volley_runtime::Service = volley_runtime::Service {
    name: "volley-mo-correlation",
    version: env!("CARGO_PKG_VERSION"),
    env_prefix: "VOLLEY_MO_CORRELATION",
    reference: include_str!("../mo-correlation.toml"),
};
