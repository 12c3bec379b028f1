//! The log as the services find it: opened by configuration, its topics made, and `config` folded into a directory.
//!
//! ```text
//!   KafkaConfig ──connect──▶ Arc<dyn EventLog> ──▶ Topics::ensure ──▶ the fixed topics, as handles
//!                                              ├─▶ Follower ──▶ Directory, its offset, the verdict of each administrative call
//!                                              └─▶ ProcessorShell ──▶ a Fold at work: stores, health, progress, drain
//! ```

mod connect;
mod follower;
mod ownership;
mod pauses;
mod shell;
mod topics;

pub use connect::{KafkaConfig, connect};
pub use follower::{Followed, Follower, FollowerError, VERDICTS_MAX, Verdict};
pub use ownership::{NoSuchInstance, Ownership};
pub use pauses::Pauses;
pub use shell::{Duty, PARTITION_HASH, ProcessorShell, StateConfig};
pub use volley_numbers::CANONICALISATION_VERSION;

pub use topics::{PARTITIONS_EMBEDDED, PARTITIONS_KAFKA, Topics, ensure, spec};
