//! What clients read, what egress reported, and what was accepted in which order: from the log alone.

use std::collections::{BTreeMap, BTreeSet};

use volley_events::{
    AttemptOutcome, CarrierMessageId, ClientEventBody, ConsentChanged, Record, Reply, RoutingFact, StatusChange,
    Submission,
};
use volley_ingest_core::stream::StreamKey;
use volley_types::{MessageId, Position, Source, TenantId};

use super::{Violation, clients::Stream, replay::Replay, violated};
use crate::{
    log::{Stored, Topic},
    rules::Kind,
    setup::{DEFAULT, PARTITIONS},
    world::{EventName, World},
};

/// Something on `routing.in` that decides what may be sent, in its order there.
#[derive(Debug)]
pub enum Accepted {
    /// A message, at its first copy.
    Message(Box<Submission>),
    /// A word of consent.
    Consent(ConsentChanged),
}

/// All of it.
#[derive(Debug, Default)]
pub struct Evidence {
    /// Statuses that clients read, by message, in their order.
    pub statuses: BTreeMap<MessageId, Vec<(TenantId, StatusChange)>>,
    /// Replies that clients read.
    pub replies: Vec<(TenantId, Reply)>,
    /// What was accepted, by partition of `routing.in`.
    pub accepted: Vec<Vec<Accepted>>,
    /// Attempts that were reported or counted as ambiguous.
    pub ambiguous: BTreeMap<MessageId, BTreeSet<u16>>,
    /// Attempts of which a carrier took some segments before it refused one.
    pub broken: BTreeMap<MessageId, BTreeSet<u16>>,
    /// Ids of attempts that were reported as taken, with the account's place.
    pub ids: BTreeMap<MessageId, Vec<(u8, Vec<CarrierMessageId>)>>,
    /// The events of every stream.
    pub streams: BTreeMap<StreamKey, Stream>,
    /// Over the whole log.
    pub digest: u64,
}

impl Evidence {
    /// Reads the log.
    ///
    /// # Errors
    /// When a client cannot read on.
    pub fn gather(world: &World, replays: &[Replay]) -> Result<Self, Violation> {
        let mut evidence = Self { digest: digest(world), ..Self::default() };
        for partition in 0..PARTITIONS {
            evidence.read_inbox(world.log.records((Topic::Inbox, partition)))?;
        }
        for replay in replays {
            let topic = if replay.kind == Kind::Routing {
                Topic::RoutingIn
            } else {
                Topic::CorrelationIn
            };
            let records = world.log.records((topic, replay.partition));
            let taken = replay
                .taken
                .iter()
                .filter_map(|offset| records.get(usize::try_from(*offset).ok()?));
            match replay.kind {
                Kind::Routing => evidence.read_accepted(taken),
                Kind::Correlation => evidence.read_reports(taken),
            }
        }
        Ok(evidence)
    }

    /// As a client reads: each record once, and none after a gap.
    fn read_inbox(&mut self, records: &[Stored]) -> Result<(), Violation> {
        let mut marks: BTreeMap<Source, Position> = BTreeMap::new();
        let mut behind_gap = BTreeSet::new();
        for (record, offset) in records.iter().zip(0..) {
            let header = record.entry.header;
            let mark = marks.get(&header.source).copied();
            if Some(header.position) <= mark {
                continue;
            }
            if header.predecessor != mark {
                behind_gap.insert(header.source);
                continue;
            }
            marks.insert(header.source, header.position);
            self.read_event((header.source, header.position), offset, &record.entry.value)?;
        }
        let newest = |source| {
            records
                .iter()
                .filter(move |record| record.entry.header.source == source)
                .map(|record| record.entry.header.position)
                .max()
        };
        match behind_gap
            .into_iter()
            .find(|source| newest(*source) != marks.get(source).copied())
        {
            Some(source) => violated("G2", format!("the inbox has a gap of {source:?} that nothing closes")),
            None => Ok(()),
        }
    }

    fn read_event(&mut self, name: EventName, offset: u64, value: &bytes::Bytes) -> Result<(), Violation> {
        let Ok(Record::ClientEvent(event)) = volley_wire::decode(value) else {
            return violated("G2", "the inbox holds what is no event".to_owned());
        };
        let (tenant, subscription, shard) = (event.tenant, event.subscription, event.shard);
        let is_default = subscription.as_str() == DEFAULT;
        let key = StreamKey { tenant: tenant.clone(), subscription, shard };
        self.streams.entry(key).or_default().insert(name, offset);
        if !is_default {
            return Ok(());
        }
        match event.body {
            ClientEventBody::Status(change) => self.statuses.entry(change.message).or_default().push((tenant, change)),
            ClientEventBody::Reply(reply) => self.replies.push((tenant, *reply)),
            ClientEventBody::RequestConflict { .. } => {}
        }
        Ok(())
    }

    fn read_accepted<'a>(&mut self, records: impl Iterator<Item = &'a Stored>) {
        let (mut accepted, mut known) = (Vec::new(), BTreeSet::new());
        for record in records {
            match volley_wire::decode(&record.entry.value) {
                Ok(Record::Submission(submission)) if known.insert(submission.message) => {
                    accepted.push(Accepted::Message(submission));
                }
                Ok(Record::ConsentChanged(changed)) => accepted.push(Accepted::Consent(changed)),
                _ => {}
            }
        }
        self.accepted.push(accepted);
    }

    fn read_reports<'a>(&mut self, records: impl Iterator<Item = &'a Stored>) {
        for record in records {
            match volley_wire::decode(&record.entry.value) {
                Ok(Record::AttemptReport(report)) => {
                    let (message, number) = (report.attempt.message, report.attempt.number);
                    match report.outcome {
                        AttemptOutcome::Ambiguous { .. } => {
                            self.ambiguous.entry(message).or_default().insert(number);
                        }
                        AttemptOutcome::Refused { ids, .. } if !ids.is_empty() => {
                            self.broken.entry(message).or_default().insert(number);
                        }
                        AttemptOutcome::Submitted { ids } => {
                            let account = crate::setup::account_index(&report.account);
                            let ids = ids.into_iter().flatten().collect();
                            self.ids.entry(message).or_default().push((account, ids));
                        }
                        AttemptOutcome::Refused { .. } | AttemptOutcome::NotSent(_) | AttemptOutcome::Recalled => {}
                    }
                }
                Ok(Record::RoutingFact(RoutingFact::AttemptLost(attempt))) => {
                    self.ambiguous.entry(attempt.message).or_default().insert(attempt.number);
                }
                _ => {}
            }
        }
    }
}

fn digest(world: &World) -> u64 {
    let mut digest = 0xcbf2_9ce4_8422_2325_u64;
    let mut take = |octets: &[u8]| {
        for octet in octets {
            digest = (digest ^ u64::from(*octet)).wrapping_mul(0x0100_0000_01b3);
        }
    };
    for (_, records) in world.log.places() {
        for record in records {
            take(&record.at.as_micros().to_be_bytes());
            take(&record.entry.header.encode());
            take(&record.entry.value);
        }
    }
    digest
}
