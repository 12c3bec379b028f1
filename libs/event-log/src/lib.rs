//! The log: one small trait, and the logs that implement it.
//!
//! ```text
//!   services ──append──▶ EventLog ──┬─ embedded::EmbeddedLog   durable, in this process, on RocksDB
//!   services ◀──reader── EventLog ──┼─ kafka::KafkaLog         Apache Kafka through librdkafka
//!                                   ├─ adversarial             in memory, as bad as the promises allow: for tests
//!                                   └─ moody                   around another one, with a switch: for tests
//! ```
//!
//! Every hop of a message goes through it, in the same way on each. The suite in `tests/conformance` holds all to the
//! promises LOG-1 to LOG-4 of [`EventLog`].

pub mod adversarial;
mod check;
mod clock;
pub mod embedded;
mod error;
mod health;
pub mod kafka;
mod log;
pub mod moody;
mod record;
mod topic;

pub use error::LogError;
pub use health::{Health, UNACKNOWLEDGED_AGE_MAX_MS};
pub use log::{
    APPEND_BYTES_MAX, AppendHandle, Appended, Bounds, EventLog, LogIdentity, PartitionAppend, PartitionReader,
    ReadLimit,
};
pub use record::{ATTRIBUTE_NAME_BYTES_MAX, ATTRIBUTES_MAX, Attribute, NewRecord, RECORD_BYTES_MAX, Record};
pub use topic::{PARTITIONS_MAX, Retention, TOPIC_NAME_MAX, Topic, TopicSpec};
