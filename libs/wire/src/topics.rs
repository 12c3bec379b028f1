//! The topics: their names, what decides the partition, and how long they are kept (design §5).

use volley_types::{AccountId, CarrierName, Lane, SubscriptionId, TenantId};
use xxhash_rust::xxh3::xxh3_64;

/// Input of routing.
pub const ROUTING_IN: &str = "volley.routing.in.v1";
/// Input of mo-correlation.
pub const CORRELATION_IN: &str = "volley.correlation.in.v1";
/// What clients read.
pub const INBOX: &str = "volley.inbox.v1";
/// How far clients have read.
pub const CURSORS: &str = "volley.cursors.v1";
/// How far processors are.
pub const PROGRESS: &str = "volley.progress.v1";
/// Configuration as facts.
pub const CONFIG: &str = "volley.config.v1";
/// The public topic.
pub const EVENTS: &str = "volley.events.v1";
/// What could not be read.
pub const DEAD_LETTER: &str = "volley.dead-letter.v1";
/// What egress shall take back.
pub const RECALL: &str = "volley.recall.v1";

const HOUR_MS: u64 = 3_600_000;
const DAY_MS: u64 = 24 * HOUR_MS;

/// What decides the partition of a topic's records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartitionsBy {
    /// The handset ([`volley_types::SubscriberId::partition`]); as many as the log was created with.
    Subscriber,
    /// Tenant, subscription and shard ([`inbox_partition`]); as many as the log was created with.
    SubscriptionShard,
    /// There is one partition.
    One,
}

/// A topic to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicPlan {
    /// Its name.
    pub name: String,
    /// What decides the partition.
    pub partitions_by: PartitionsBy,
    /// How long a record is kept, in milliseconds; `None` until it is trimmed on purpose, or for ever.
    pub retention_ms: Option<u64>,
}

impl TopicPlan {
    fn new(name: impl Into<String>, partitions_by: PartitionsBy, retention_ms: Option<u64>) -> Self {
        Self { name: name.into(), partitions_by, retention_ms }
    }
}

/// The topics that exist from the first start on.
pub fn fixed() -> Vec<TopicPlan> {
    use PartitionsBy::{One, Subscriber, SubscriptionShard};
    vec![
        TopicPlan::new(ROUTING_IN, Subscriber, None),
        TopicPlan::new(CORRELATION_IN, Subscriber, None),
        TopicPlan::new(INBOX, SubscriptionShard, Some(7 * DAY_MS)),
        TopicPlan::new(CURSORS, One, Some(8 * DAY_MS)),
        TopicPlan::new(PROGRESS, One, Some(HOUR_MS)),
        TopicPlan::new(CONFIG, One, None),
        TopicPlan::new(EVENTS, Subscriber, Some(30 * DAY_MS)),
        TopicPlan::new(DEAD_LETTER, One, Some(30 * DAY_MS)),
        TopicPlan::new(RECALL, One, Some(8 * DAY_MS)),
    ]
}

/// The topics of an account, one a lane; made before the record that names the account.
pub fn of_account(account: &AccountId) -> [TopicPlan; 3] {
    Lane::ALL.map(|lane| TopicPlan::new(egress(account, lane), PartitionsBy::One, Some(3 * DAY_MS)))
}

/// The topic of a carrier; made before the record that names the carrier.
pub fn of_carrier(carrier: &CarrierName) -> TopicPlan {
    TopicPlan::new(egress_journal(carrier), PartitionsBy::One, Some(8 * DAY_MS))
}

/// Whether a topic is a lane of an account.
pub fn is_egress(name: &str) -> bool {
    name.starts_with("volley.egress.")
}

/// Name of the topic of an account's lane.
pub fn egress(account: &AccountId, lane: Lane) -> String {
    format!("volley.egress.{account}.{}.v1", lane.as_str())
}

/// Name of the topic in which a carrier's owner says that it lives.
pub fn egress_journal(carrier: &CarrierName) -> String {
    format!("volley.egress-journal.{carrier}.v1")
}

/// The full name of a topic that somebody may have written short: `events` is `volley.events.v1`.
pub fn full_name(written: &str) -> String {
    if written.starts_with("volley.") {
        written.to_owned()
    } else {
        format!("volley.{written}.v1")
    }
}

/// The partition of a subscription's shard on [`INBOX`], of `partitions` (0 counts as 1).
///
/// xxh3-64 of tenant and subscription gives the first shard its place; the others follow, so that shards read side by side lie on
/// different partitions.
pub fn inbox_partition(tenant: &TenantId, subscription: &SubscriptionId, shard: u16, partitions: u32) -> u32 {
    let first = xxh3_64(format!("{tenant}/{subscription}").as_bytes());
    let place = first.wrapping_add(shard.into()) % u64::from(partitions.max(1));
    u32::try_from(place).expect("less than a u32")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_topic_has_its_name() {
        let account = AccountId::new("demo").unwrap();
        let carrier = CarrierName::new("skt").unwrap();
        let lanes = of_account(&account).map(|plan| plan.name);
        assert_eq!(lanes, ["volley.egress.demo.otp.v1", "volley.egress.demo.normal.v1", "volley.egress.demo.bulk.v1"]);
        assert_eq!(of_carrier(&carrier).name, "volley.egress-journal.skt.v1");
        assert_eq!(fixed().into_iter().map(|plan| plan.name).collect::<BTreeSet<_>>().len(), 9);
        assert_eq!(full_name("events"), EVENTS);
        assert_eq!(full_name("routing.in"), ROUTING_IN);
        assert_eq!(full_name(CONFIG), CONFIG);
    }

    #[test]
    fn cursors_outlive_what_they_point_at() {
        let kept = |name: &str| {
            fixed()
                .into_iter()
                .find(|plan| plan.name == name)
                .and_then(|plan| plan.retention_ms)
        };
        assert!(kept(CURSORS) > kept(INBOX));
    }

    #[test]
    fn shards_of_a_subscription_never_move_and_lie_apart() {
        let (tenant, subscription) = (TenantId::new("acme").unwrap(), SubscriptionId::new("default").unwrap());
        let place = |shard| inbox_partition(&tenant, &subscription, shard, 8);
        assert_eq!((0..8).map(place).collect::<BTreeSet<_>>().len(), 8);
        assert_eq!(inbox_partition(&tenant, &subscription, 0, 1_024), 8);
        assert_eq!(inbox_partition(&tenant, &subscription, 9, 0), 0);
    }
}
