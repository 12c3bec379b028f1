//! The two cores that read a log, with what their servers do around them: records to commands, effects to records.

use bytes::Bytes;
use volley_events::{PublicEvent, Record};
use volley_mo_correlation_core as correlation;
use volley_routing_core as routing;
use volley_rows::RowStore;
use volley_types::{Partition, Position, Source, Timestamp};
use volley_wire::{Handsets, Pseudonyms, public_record, topics::inbox_partition};

use crate::{
    log::{Place, Topic},
    setup::{PARTITIONS, account_index},
};

/// Which of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Routing.
    Routing,
    /// mo-correlation.
    Correlation,
}

/// When an output is sent, relative to the others of its batch (as `volley_processor::Rank`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rank {
    /// `routing.in`, `correlation.in`.
    First,
    /// Everything else.
    Second,
}

/// A record to publish.
#[derive(Debug)]
pub struct Output {
    /// Where to.
    pub place: Place,
    /// When.
    pub rank: Rank,
    /// The body.
    pub value: Bytes,
}

/// A core of one partition.
#[derive(Debug)]
pub enum Rules {
    /// Routing.
    Routing(Box<routing::Routing>, u16),
    /// mo-correlation.
    Correlation(Box<correlation::Correlation>, u16),
}

impl Rules {
    /// Reads back what the rows remember.
    ///
    /// # Errors
    /// In words, when they cannot be read.
    pub fn restore<S: RowStore>(kind: Kind, partition: u16, rows: &S) -> Result<Self, String> {
        match kind {
            Kind::Routing => routing::Routing::restore(rows).map(|rules| Self::Routing(Box::new(rules), partition)),
            Kind::Correlation => correlation::Correlation::restore(Partition(partition), rows)
                .map(|rules| Self::Correlation(Box::new(rules), partition)),
        }
        .map_err(|error| error.to_string())
    }

    /// Decides one record.
    ///
    /// # Errors
    /// In words, when it is none, or the state contradicts itself.
    pub fn step<S: RowStore>(
        &mut self,
        offset: u64,
        now: Timestamp,
        value: &Bytes,
        rows: &mut S,
    ) -> Result<Vec<Output>, String> {
        let record = volley_wire::decode(value).map_err(|fault| fault.to_string())?;
        match self {
            Self::Routing(rules, partition) => {
                let effects = rules
                    .handle(routing::At { offset, now }, routing_command(record)?, rows)
                    .map_err(|error| error.to_string())?;
                Ok(effects.into_iter().map(|effect| routing_output(effect, *partition)).collect())
            }
            Self::Correlation(rules, partition) => {
                let effects = rules
                    .handle(correlation::At { offset, now }, correlation_command(record)?, rows)
                    .map_err(|error| error.to_string())?;
                let mut outputs = Vec::new();
                for effect in effects {
                    correlation_output(effect, offset, *partition, &mut outputs);
                }
                Ok(outputs)
            }
        }
    }

    /// When the next timer is due, or a time before it while none is due by `now`.
    ///
    /// # Errors
    /// In words, when the rows cannot be read.
    pub fn next_due<S: RowStore>(&self, rows: &S, now: Timestamp) -> Result<Option<Timestamp>, String> {
        match self {
            Self::Routing(rules, _) => rules.next_due(rows, now),
            Self::Correlation(rules, _) => rules.next_due(rows, now),
        }
        .map_err(|error| error.to_string())
    }
}

fn routing_command(record: Record) -> Result<routing::Command, String> {
    use routing::Command;
    Ok(match record {
        Record::Submission(submission) => Command::Submit(submission),
        Record::CancelRequested(wish) => Command::Cancel(wish),
        Record::LanesLost(lost) => Command::LoseLanes(lost),
        Record::Settlement(settlement) => Command::Settle(settlement),
        Record::Allowance(allowance) => Command::Allow(allowance),
        Record::ConsentChanged(changed) => Command::ChangeConsent(changed),
        Record::Config(record) => Command::Configure(record),
        Record::Tick(_) => Command::Tick,
        other => return Err(format!("{other:?} does not belong on routing.in")),
    })
}

fn routing_output(effect: routing::Effect, partition: u16) -> Output {
    use routing::Effect;
    let (place, rank, record) = match effect {
        Effect::Tell(fact) => ((Topic::CorrelationIn, partition), Rank::First, Record::RoutingFact(fact)),
        Effect::Order { account, lane, order } => {
            ((Topic::Lane(account_index(&account), lane), 0), Rank::Second, Record::SubmitOrder(order))
        }
        Effect::Recall(recall) => ((Topic::Recall, 0), Rank::Second, Record::Recall(recall)),
    };
    Output { place, rank, value: volley_wire::encode(&record, None) }
}

fn correlation_command(record: Record) -> Result<correlation::Command, String> {
    use correlation::Command;
    Ok(match record {
        Record::RoutingFact(fact) => Command::Fact(fact),
        Record::AttemptReport(report) => Command::Report(report),
        Record::ReceiptArrived(receipt) => Command::Receipt(receipt),
        Record::ReplyArrived(reply) => Command::Reply(reply),
        Record::Config(record) => Command::Configure(record),
        Record::Tick(_) => Command::Tick,
        other => return Err(format!("{other:?} does not belong on correlation.in")),
    })
}

fn correlation_output(effect: correlation::Effect, offset: u64, partition: u16, outputs: &mut Vec<Output>) {
    use correlation::Effect;
    let to_routing = |record| Output {
        place: (Topic::RoutingIn, partition),
        rank: Rank::First,
        value: volley_wire::encode(&record, None),
    };
    let output = match effect {
        Effect::Consent(changed) => to_routing(Record::ConsentChanged(changed)),
        Effect::Answer(submission) => to_routing(Record::Submission(submission)),
        Effect::Client(event) => {
            let inbox = inbox_partition(&event.tenant, &event.subscription, event.shard, u32::from(PARTITIONS));
            let place = (Topic::Inbox, u16::try_from(inbox).unwrap_or(0));
            Output {
                place,
                rank: Rank::Second,
                value: volley_wire::encode(&Record::ClientEvent(event), None),
            }
        }
        Effect::Public(event) => {
            let index = u32::try_from(outputs.len()).unwrap_or(u32::MAX);
            public_output(&event, Position { offset, index }, partition)
        }
        Effect::AskCarrier(request) => Output {
            place: (Topic::Recall, 0),
            rank: Rank::Second,
            value: volley_wire::encode(&Record::CarrierRequest(request), None),
        },
        Effect::Count(_) => return,
    };
    outputs.push(output);
}

fn public_output(event: &PublicEvent, position: Position, partition: u16) -> Output {
    let pseudonyms = Pseudonyms::new(b"simulation");
    let record =
        public_record(event, Source::Correlation(Partition(partition)), position, Handsets::Hashed(&pseudonyms));
    Output { place: (Topic::Events, partition), rank: Rank::Second, value: record.value }
}
