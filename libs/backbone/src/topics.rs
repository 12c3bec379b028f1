//! The fixed topics, made or verified at start.

use std::collections::BTreeMap;

use volley_event_log::{EventLog, LogError, Retention, Topic, TopicSpec};
use volley_wire::topics::{self, PartitionsBy, TopicPlan};

/// Partitions of the subscriber topics on the embedded log.
pub const PARTITIONS_EMBEDDED: u16 = 8;

/// Partitions of the subscriber topics on Kafka, unless configured.
pub const PARTITIONS_KAFKA: u16 = 16;

/// The topics that exist from the first start on.
#[derive(Debug, Clone)]
pub struct Topics {
    /// Partitions of the subscriber topics.
    pub partitions: u16,
    /// Input of routing.
    pub routing_in: Topic,
    /// Input of mo-correlation.
    pub correlation_in: Topic,
    /// What clients read.
    pub inbox: Topic,
    /// How far clients have read.
    pub cursors: Topic,
    /// How far processors are.
    pub progress: Topic,
    /// Configuration as facts.
    pub config: Topic,
    /// The public topic.
    pub events: Topic,
    /// What could not be read.
    pub dead_letter: Topic,
    /// What egress shall take back.
    pub recall: Topic,
}

impl Topics {
    /// Makes what is missing, and verifies what is there: partition counts and retention.
    ///
    /// # Errors
    /// When the log is away, or a topic is not as it must be.
    pub async fn ensure(log: &dyn EventLog, partitions: u16) -> Result<Self, LogError> {
        let mut ensured = BTreeMap::new();
        for plan in topics::fixed() {
            let topic = ensure(log, &plan, partitions).await?;
            ensured.insert(topic.name().to_owned(), topic);
        }
        let mut take = |name: &str| {
            let missing = || LogError::UnknownTopic { topic: name.to_owned() };
            ensured.remove(name).ok_or_else(missing)
        };
        Ok(Self {
            partitions,
            routing_in: take(topics::ROUTING_IN)?,
            correlation_in: take(topics::CORRELATION_IN)?,
            inbox: take(topics::INBOX)?,
            cursors: take(topics::CURSORS)?,
            progress: take(topics::PROGRESS)?,
            config: take(topics::CONFIG)?,
            events: take(topics::EVENTS)?,
            dead_letter: take(topics::DEAD_LETTER)?,
            recall: take(topics::RECALL)?,
        })
    }
}

/// Makes or verifies one topic.
///
/// # Errors
/// When the log is away, or the topic is not as it must be.
pub async fn ensure(log: &dyn EventLog, plan: &TopicPlan, partitions: u16) -> Result<Topic, LogError> {
    log.ensure_topic(&spec(plan, partitions)).await
}

/// A plan as the log wants it.
pub fn spec(plan: &TopicPlan, partitions: u16) -> TopicSpec {
    let count = match plan.partitions_by {
        PartitionsBy::Subscriber | PartitionsBy::SubscriptionShard => u32::from(partitions),
        PartitionsBy::One => 1,
    };
    let retention = plan.retention_ms.map_or(Retention::Forever, Retention::AgeMs);
    TopicSpec::new(&plan.name, count, retention)
}
