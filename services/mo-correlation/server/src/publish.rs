//! From effects to records: which topic, which partition, which rank.

use std::sync::Arc;

use volley_event_log::Attribute;
use volley_events::{ClientEvent, PublicEvent, Record};
use volley_mo_correlation_core::Correlation;
use volley_processor::{Outbox, Output, Rank, TopicName};
use volley_types::{Partition, Position, Source, Timestamp};
use volley_wire::{
    Handsets, Pseudonyms, public_record,
    topics::{self, inbox_partition},
};

/// Puts effects into an outbox. Cheap to clone: one for all partitions.
#[derive(Debug, Clone)]
pub struct Publisher {
    routing_in: TopicName,
    recall: TopicName,
    inbox: TopicName,
    events: TopicName,
    /// Partitions of `inbox`.
    inbox_partitions: u32,
    pseudonyms: Arc<Pseudonyms>,
}

/// The record that a record comes from.
#[derive(Debug, Clone, Copy)]
pub struct Cause {
    /// The partition it stands in; outputs by subscriber go to the same one.
    pub partition: Partition,
    /// Its offset.
    pub offset: u64,
    /// When the fact was observed at the edge.
    pub observed_at: Timestamp,
}

impl Publisher {
    /// Publishes to a log with so many partitions, writing handsets on `events` under a key.
    pub fn new(partitions: u16, event_key: &[u8]) -> Self {
        Self {
            routing_in: TopicName::new(topics::ROUTING_IN),
            recall: TopicName::new(topics::RECALL),
            inbox: TopicName::new(topics::INBOX),
            events: TopicName::new(topics::EVENTS),
            inbox_partitions: u32::from(partitions),
            pseudonyms: Arc::new(Pseudonyms::new(event_key)),
        }
    }

    /// For routing, of the same partition; before everything a client can do about it.
    pub(crate) fn to_routing(&self, record: &Record, cause: Cause, out: &mut Outbox) {
        out.push(Output {
            topic: self.routing_in.clone(),
            partition: u32::from(cause.partition.0),
            rank: Rank::First,
            key: None,
            attributes: Vec::new(),
            value: volley_wire::encode(record, None),
            observed_at: cause.observed_at,
        });
    }

    /// For egress, of all carriers: each finds its own. One partition.
    pub(crate) fn to_egress(&self, record: &Record, cause: Cause, out: &mut Outbox) {
        out.push(Output {
            topic: self.recall.clone(),
            partition: 0,
            rank: Rank::Second,
            key: None,
            attributes: Vec::new(),
            value: volley_wire::encode(record, None),
            observed_at: cause.observed_at,
        });
    }

    /// For one shard of one subscription.
    pub(crate) fn to_client(&self, event: Box<ClientEvent>, cause: Cause, out: &mut Outbox) {
        let partition = inbox_partition(&event.tenant, &event.subscription, event.shard, self.inbox_partitions);
        out.push(Output {
            topic: self.inbox.clone(),
            partition,
            rank: Rank::Second,
            key: None,
            attributes: Vec::new(),
            value: volley_wire::encode(&Record::ClientEvent(event), None),
            observed_at: cause.observed_at,
        });
    }

    /// For everybody. Its id is that of its place among what this partition wrote.
    pub(crate) fn to_everybody(&self, event: &PublicEvent, rules: &Correlation, cause: Cause, out: &mut Outbox) {
        let clear = rules
            .directory()
            .tenant(&event.tenant)
            .is_some_and(|tenant| tenant.clear_numbers);
        let pseudonyms = &*self.pseudonyms;
        let handsets = if clear { Handsets::Clear(pseudonyms) } else { Handsets::Hashed(pseudonyms) };
        let index = u32::try_from(out.outputs().len()).unwrap_or(u32::MAX);
        let position = Position { offset: cause.offset, index };
        let record = public_record(event, Source::Correlation(cause.partition), position, handsets);
        let attributes = record.attributes.into_iter().map(|(name, value)| Attribute { name, value });
        out.push(Output {
            topic: self.events.clone(),
            partition: u32::from(cause.partition.0),
            rank: Rank::Second,
            key: record.key,
            attributes: attributes.collect(),
            value: record.value,
            observed_at: cause.observed_at,
        });
    }
}
