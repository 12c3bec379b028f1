//! The egress service: the rules of `volley-carrier-egress-core` at work on sockets and on the log.
//!
//! ```text
//!   egress.<account>.<lane> ──▶ ┌──────────────┐ ──SMPP──▶ carrier
//!   config ─────────────────▶   │ one task for │ ◀──SMPP── answers, receipts, replies
//!   egress-journal.<carrier> ─▶ │ each carrier │ ──▶ correlation.in (reports, receipts, replies)
//!                               └──────┬───────┘ ──▶ routing.in (settlements, allowances), once their reports are acknowledged
//!                                      ▼
//!                       RocksDB: one write a turn, before any socket and any append of that turn
//! ```

mod carrier;
mod config;
mod error;
mod journal;
mod lanes;
mod link;
mod log;
mod metrics;
mod outbind;
mod recalls;
mod rules;
mod set_aside;
mod smpp;
mod start;
mod supervise;
mod tls;

pub use config::{Config, OutbindConfig, PatienceConfig};
pub use error::CarrierError;
pub use start::{start, start_alone};

/// What the binary is called, and how it is configured.
pub const SERVICE: volley_runtime::Service = volley_runtime::Service {
    name: "volley-carrier-egress",
    version: env!("CARGO_PKG_VERSION"),
    env_prefix: "VOLLEY_EGRESS",
    reference: include_str!("../egress.toml"),
};
