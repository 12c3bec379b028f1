//! The front door: what clients and operators speak to, over gRPC.
//!
//! ```text
//!   SendMessage(s) ──check──▶ Door ──bursts──▶ Appender ──one append──▶ routing.in       OK only when the log has it (D10)
//!   StreamEvents ◀──events── inbox (one partition a shard)        acknowledge ──▶ cursors ──▶ answered when durable (G7)
//!   GetMessage, threads, votes ──MessageQueries──▶ mo-correlation, the owner of the partition
//!   Put… ──check──▶ config ──fold──▶ verdict ──▶ answer            trace, tail: straight from the log
//! ```
//!
//! | module | holds |
//! |---|---|
//! | `door` | the way of a message in: check, memory of requests, gate, room, appends |
//! | `events` | the way of events out: where a stream begins, delivery, acknowledgement |
//! | `messaging`, `admin`, `operator` | the handlers of the three services: parse, act, answer |
//! | `queries` | questions to mo-correlation, over gRPC or in this process |
//! | `refusal` | every way to say no, and its one map to gRPC |

mod admin;
mod auth;
mod config;
mod door;
mod events;
mod follow;
mod messaging;
mod metrics;
mod operator;
mod queries;
mod refusal;
mod serve;
mod stamp;
mod start;
mod wishes;

pub use config::{AdmissionConfig, AuthConfig, Config, GrpcConfig, QueriesConfig};
pub use queries::{FoundMessage, LocalQueries, MessageQueries, QueriesAway, RemoteQueries};
pub use start::{Handle, Parts, start, start_alone};

/// What the binary is called, and how it is configured.
pub const SERVICE: volley_runtime::Service = volley_runtime::Service {
    name: "volley-ingest",
    version: env!("CARGO_PKG_VERSION"),
    env_prefix: "VOLLEY_INGEST",
    reference: include_str!("../ingest.toml"),
};
