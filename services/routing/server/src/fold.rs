//! Records to commands, effects to records.

use std::{cmp::Reverse, collections::BTreeMap};

use bytes::Bytes;
use volley_events::{Owner, Record, Tick, control::PARKED_TENANTS_MAX};
use volley_processor::{Control, Fold, FoldError, Input, Outbox, Output, Rank, TopicName};
use volley_routing_core::{At, Command, Effect, LOGIC_VERSION, Routing, RoutingError};
use volley_rows::RowStore;
use volley_types::{AccountId, Lane, Partition, RunId, TenantId, Timestamp};
use volley_wire::topics;

use crate::metrics::Meters;

/// Routing of one partition.
pub struct RoutingFold {
    partition: Partition,
    routing: Option<Routing>,
    correlation_in: TopicName,
    recall: TopicName,
    lanes: BTreeMap<(AccountId, Lane), TopicName>,
    meters: Meters,
}

impl std::fmt::Debug for RoutingFold {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RoutingFold")
            .field("partition", &self.partition)
            .finish_non_exhaustive()
    }
}

impl RoutingFold {
    /// Not restored yet.
    pub fn new(partition: Partition) -> Self {
        Self {
            partition,
            routing: None,
            correlation_in: TopicName::new(topics::CORRELATION_IN),
            recall: TopicName::new(topics::RECALL),
            lanes: BTreeMap::new(),
            meters: Meters::new(partition),
        }
    }

    fn lane(&mut self, account: AccountId, lane: Lane) -> TopicName {
        let name = |(account, lane): &(AccountId, Lane)| TopicName::new(&topics::egress(account, *lane));
        let key = (account, lane);
        match self.lanes.get(&key) {
            Some(topic) => topic.clone(),
            None => {
                let topic = name(&key);
                self.lanes.insert(key, topic.clone());
                topic
            }
        }
    }

    /// One effect is one record: the place of an order among the effects is its place among the records.
    fn publish(&mut self, effect: Effect, observed_at: Timestamp, out: &mut Outbox) {
        let (topic, partition, rank, record) = match effect {
            Effect::Tell(fact) => {
                self.meters.decided(&fact);
                (self.correlation_in.clone(), u32::from(self.partition.0), Rank::First, Record::RoutingFact(fact))
            }
            Effect::Order { account, lane, order } => {
                (self.lane(account, lane), 0, Rank::Second, Record::SubmitOrder(order))
            }
            Effect::Recall(recall) => (self.recall.clone(), 0, Rank::Second, Record::Recall(recall)),
        };
        let value = volley_wire::encode(&record, None);
        out.push(Output { topic, partition, rank, key: None, attributes: Vec::new(), value, observed_at });
    }
}

impl Fold for RoutingFold {
    fn name(&self) -> &'static str {
        "routing"
    }

    fn logic_version(&self) -> u32 {
        LOGIC_VERSION
    }

    fn restore(&mut self, rows: &dyn RowStore) -> Result<(), FoldError> {
        self.routing = Some(Routing::restore(rows)?);
        Ok(())
    }

    fn step(&mut self, input: &Input<'_>, rows: &mut dyn RowStore, out: &mut Outbox) -> Result<(), FoldError> {
        let command = command(input.value)?;
        let Some(routing) = &mut self.routing else {
            return Err(FoldError::Invariant { broken: "a record came before the state was restored".into() });
        };
        let effects = routing
            .handle(At { offset: input.offset, now: input.now }, command, rows)
            .map_err(failed)?;
        self.meters.parked(routing.parked());
        for effect in effects {
            self.publish(effect, input.header.observed_at, out);
        }
        Ok(())
    }

    fn next_due(&self, rows: &dyn RowStore, now: Timestamp) -> Result<Option<Timestamp>, FoldError> {
        self.routing
            .as_ref()
            .map_or(Ok(None), |routing| Ok(routing.next_due(rows, now)?))
    }

    fn parked(&self) -> Vec<(TenantId, u64)> {
        self.routing
            .as_ref()
            .map_or_else(Vec::new, |routing| most_waiting(routing.waiting()))
    }

    fn config_offset(&self) -> u64 {
        self.routing.as_ref().map_or(0, |routing| routing.directory().offset())
    }

    fn tick(&self) -> Bytes {
        volley_wire::encode(&Record::Tick(Tick), None)
    }

    fn owner(&self, run: RunId) -> Bytes {
        volley_wire::encode(&Record::Owner(Owner { run }), None)
    }

    fn classify(&self, value: &Bytes) -> Control {
        match volley_wire::decode(value) {
            Ok(Record::Owner(owner)) => Control::Owner(owner.run),
            Ok(Record::Tick(_)) => Control::Tick,
            Ok(_) | Err(_) => Control::Other,
        }
    }
}

/// The tenants with most that waits, as many as progress tells about.
fn most_waiting(waiting: &BTreeMap<TenantId, u64>) -> Vec<(TenantId, u64)> {
    let mut most: Vec<_> = waiting.iter().map(|(tenant, messages)| (tenant.clone(), *messages)).collect();
    most.sort_by_key(|(_, messages)| Reverse(*messages));
    most.truncate(PARKED_TENANTS_MAX);
    most
}

fn command(value: &Bytes) -> Result<Command, FoldError> {
    let poison = |reason: String| FoldError::Poison { reason };
    match volley_wire::decode(value).map_err(|fault| poison(fault.to_string()))? {
        Record::Submission(submission) => Ok(Command::Submit(submission)),
        Record::CancelRequested(wish) => Ok(Command::Cancel(wish)),
        Record::EditRequested(wish) => Ok(Command::Edit(wish)),
        Record::HandsetAvailable(available) => Ok(Command::Available(available)),
        Record::LanesLost(lost) => Ok(Command::LoseLanes(lost)),
        Record::Settlement(settlement) => Ok(Command::Settle(settlement)),
        Record::Allowance(allowance) => Ok(Command::Allow(allowance)),
        Record::ConsentChanged(changed) => Ok(Command::ChangeConsent(changed)),
        Record::Config(record) => Ok(Command::Configure(record)),
        Record::Tick(Tick) => Ok(Command::Tick),
        other => Err(poison(format!("a {} does not belong on routing.in", volley_wire::describe(&other).kind))),
    }
}

fn failed(error: RoutingError) -> FoldError {
    match error {
        RoutingError::Rows(rows) => FoldError::Rows(rows),
        RoutingError::Invariant { .. } => FoldError::Invariant { broken: error.to_string() },
    }
}
