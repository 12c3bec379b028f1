//! Real Apache Kafka for tests: brokers of their own, on free ports of this machine, gone when the test is.
//!
//! ```text
//!   KafkaJars::ensure() ──▶ Broker::start()    one broker that is also the controller
//!                      └──▶ Cluster::start(3)  three of them, replication 3, min ISR 2
//! ```
//!
//! Needs `java` (17 or later) and, the first time, `mvn`. Everything here blocks.

mod broker;
mod cluster;
mod jars;
mod ports;
mod process;
mod properties;

pub use broker::Broker;
pub use cluster::Cluster;
pub use jars::KafkaJars;
pub use ports::free_address;
