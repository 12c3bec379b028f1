//! The whole story of one message, read back from the log: every record that names it, in order of time.
//!
//! ```text
//!   status ──▶ window of time ──▶ routing.in, correlation.in of its partition ──▶ the lanes it was planned for
//!                             ├─▶ the recalls, if its client wanted it back
//!                             └─▶ the tenant's partitions of inbox              └▶ steps by time, with the delay of each
//! ```

use std::collections::BTreeSet;

use volley_backbone::Topics;
use volley_directory::Directory;
use volley_event_log::{EventLog, LogError, ReadLimit, Record as LogRecord, Topic};
use volley_events::{Planned, Record, RoutingFact, Verdict};
use volley_types::{AccountId, Lane, MessageId, TenantId};
use volley_wire::{
    Header, decode, describe,
    proto::{admin::v1::TraceStep, messaging::v1::MessageState},
    topics,
};

use super::origin;
use crate::{queries::FoundMessage, refusal::Refusal};

/// Records looked at in one partition before the search stops there.
const TRACE_RECORDS_MAX: usize = 200_000;

/// How long before its acceptance a message's first record may stand, in microseconds: clocks differ.
const BEFORE_US: i64 = 1_000_000;

/// How long after its final state records about a message are looked for, in microseconds: 10 minutes.
const AFTER_US: i64 = 600 * 1_000_000;

/// Looks for one message.
pub(super) struct Tracer<'a> {
    pub(super) log: &'a dyn EventLog,
    pub(super) topics: &'a Topics,
    pub(super) directory: &'a Directory,
    pub(super) message: MessageId,
}

/// The time in which records about a message are looked for, Unix microseconds.
#[derive(Debug, Clone, Copy)]
struct Window {
    from_us: i64,
    until_us: i64,
}

/// What was found.
#[derive(Debug, Default)]
struct Found {
    /// Steps with the place in the life of a message that their kind has, for records of the same microsecond.
    steps: Vec<(u8, TraceStep)>,
    lanes: BTreeSet<(AccountId, Lane)>,
    /// Its client wanted it back.
    wanted_back: bool,
    truncated: bool,
}

impl Tracer<'_> {
    /// The steps in order of time, and whether the search stopped at its bound.
    pub(super) async fn trace(&self, message: &FoundMessage) -> Result<(Vec<TraceStep>, bool), Refusal> {
        let window = window(message);
        let partition = u32::from(self.message.partition().0);
        let mut found = Found::default();
        self.search(&self.topics.routing_in, partition, window, &mut found).await?;
        self.search(&self.topics.correlation_in, partition, window, &mut found).await?;
        for (account, lane) in found.lanes.clone() {
            if let Some(topic) = self.log.find_topic(&topics::egress(&account, lane)).await? {
                self.search(&topic, 0, window, &mut found).await?;
            }
        }
        if found.wanted_back {
            self.search(&self.topics.recall, 0, window, &mut found).await?;
        }
        for partition in self.inbox_partitions(&message.tenant) {
            self.search(&self.topics.inbox, partition, window, &mut found).await?;
        }
        Ok((in_order(found.steps), found.truncated))
    }

    /// Where the tenant's subscriptions have the shard of this message.
    fn inbox_partitions(&self, tenant: &TenantId) -> BTreeSet<u32> {
        let shard = |shards: u16| self.message.partition().0 % shards.max(1);
        let partitions = self.topics.inbox.partitions();
        self.directory
            .subscriptions_of(tenant)
            .map(|it| topics::inbox_partition(tenant, &it.subscription, shard(it.shards), partitions))
            .collect()
    }

    async fn search(&self, topic: &Topic, partition: u32, window: Window, found: &mut Found) -> Result<(), LogError> {
        let bounds = self.log.bounds(topic, partition).await?;
        let from = self
            .log
            .offset_of_time(topic, partition, window.from_us)
            .await?
            .max(bounds.start);
        let mut reader = self.log.reader(topic, partition, from)?;
        let mut looked_at = 0;
        while reader.position() < bounds.end {
            if looked_at >= TRACE_RECORDS_MAX {
                found.truncated = true;
                return Ok(());
            }
            for record in reader.next(ReadLimit::default()).await? {
                looked_at += 1;
                if record.append_time_us > window.until_us {
                    return Ok(());
                }
                if mentions(&record.value, self.message) {
                    self.note(topic, partition, &record, found);
                }
            }
        }
        Ok(())
    }

    fn note(&self, topic: &Topic, partition: u32, record: &LogRecord, found: &mut Found) {
        let (Ok(header), Ok(decoded)) = (Header::decode(&record.header), decode(&record.value)) else {
            return;
        };
        let described = describe(&decoded);
        if !described.messages.contains(&self.message) {
            return;
        }
        if let Some(planned) = planned(&decoded) {
            found.lanes.insert((planned.account.clone(), planned.lane));
        }
        found.wanted_back |= is_on_recall(&decoded);
        let step = TraceStep {
            service: origin::service(header.source).to_owned(),
            what: described.summary,
            kind: described.kind.to_owned(),
            at_us: record.append_time_us,
            delay_us: 0,
            topic: topic.name().to_owned(),
            partition,
            offset: record.offset,
        };
        found.steps.push((place_in_life(described.kind), step));
    }
}

fn window(message: &FoundMessage) -> Window {
    let status = &message.status;
    let is_final = status.state >= i32::from(MessageState::Delivered);
    Window {
        from_us: status.accepted_at_us.saturating_sub(BEFORE_US),
        until_us: if is_final { status.at_us.saturating_add(AFTER_US) } else { i64::MAX },
    }
}

/// Whether the octets of the id stand anywhere in a record: much cheaper than decoding it.
fn mentions(value: &[u8], message: MessageId) -> bool {
    let id = message.to_bytes();
    value.windows(id.len()).any(|octets| octets == id)
}

/// Whether a record tells that there is something about the message on `recall`: it was taken back, or its carrier was asked.
fn is_on_recall(record: &Record) -> bool {
    matches!(record, Record::CancelRequested(_) | Record::EditRequested(_) | Record::CarrierAnswer(_))
}

fn planned(record: &Record) -> Option<&Planned> {
    match record {
        Record::RoutingFact(RoutingFact::Planned(planned)) => Some(planned),
        Record::RoutingFact(RoutingFact::Accepted(accepted)) => match &accepted.verdict {
            Verdict::Planned(planned) => Some(planned),
            Verdict::Queued(_) | Verdict::Closed(_) => None,
        },
        _ => None,
    }
}

/// What comes first among records of the same microsecond.
fn place_in_life(kind: &str) -> u8 {
    match kind {
        "submission" => 0,
        "routing_fact" => 1,
        "submit_order" | "recall" | "carrier_request" => 2,
        "attempt_report" => 3,
        "settlement" => 4,
        "receipt_arrived" | "reply_arrived" | "carrier_answer" => 5,
        _ => 6,
    }
}

fn in_order(mut steps: Vec<(u8, TraceStep)>) -> Vec<TraceStep> {
    steps.sort_by(|(a_place, a), (b_place, b)| (a.at_us, a_place, a.offset).cmp(&(b.at_us, b_place, b.offset)));
    let mut before = steps.first().map_or(0, |(_, first)| first.at_us);
    let with_delay = steps.into_iter().map(|(_, step)| {
        let delay_us = step.at_us - before;
        before = step.at_us;
        TraceStep { delay_us, ..step }
    });
    with_delay.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(kind: &str, at_us: i64) -> (u8, TraceStep) {
        (place_in_life(kind), TraceStep { kind: kind.to_owned(), at_us, ..TraceStep::default() })
    }

    #[test]
    fn steps_stand_in_order_of_time_and_of_life_with_the_delay_of_each() {
        let steps = in_order(vec![
            step("submit_order", 50),
            step("client_event", 90),
            step("submission", 10),
            step("routing_fact", 50),
        ]);
        let told: Vec<_> = steps.iter().map(|step| (step.kind.as_str(), step.delay_us)).collect();
        assert_eq!(told, [("submission", 0), ("routing_fact", 40), ("submit_order", 0), ("client_event", 40)]);
    }

    #[test]
    fn a_record_mentions_a_message_by_the_octets_of_its_id() {
        let message = MessageId::from_bytes([9; 16]);
        let mut value = vec![1, 2, 3];
        assert!(!mentions(&value, message));
        value.extend([9; 16]);
        assert!(mentions(&value, message));
        assert!(!mentions(&[9; 15], message));
    }
}
