//! Records to commands, effects to records.

use bytes::Bytes;
use volley_events::{Owner, Record, Tick};
use volley_mo_correlation_core::{At, Command, Correlation, CorrelationError, Effect, LOGIC_VERSION};
use volley_processor::{Control, Fold, FoldError, Input, Outbox};
use volley_rows::RowStore;
use volley_types::{Partition, RunId, Timestamp};

use crate::{
    metrics::Meters,
    publish::{Cause, Publisher},
};

/// mo-correlation of one partition.
pub struct CorrelationFold {
    partition: Partition,
    rules: Option<Correlation>,
    publisher: Publisher,
    meters: Meters,
}

impl CorrelationFold {
    /// Not restored yet.
    pub fn new(partition: Partition, publisher: Publisher) -> Self {
        Self { partition, rules: None, publisher, meters: Meters::new(partition) }
    }

    /// The rules, once the rows were read.
    ///
    /// # Errors
    /// [`FoldError::Invariant`] before that.
    pub fn rules(&self) -> Result<&Correlation, FoldError> {
        self.rules.as_ref().ok_or_else(not_restored)
    }

    fn publish(&self, effect: Effect, cause: Cause, out: &mut Outbox) -> Result<(), FoldError> {
        match effect {
            Effect::Consent(changed) => self.publisher.to_routing(&Record::ConsentChanged(changed), cause, out),
            Effect::Answer(submission) => self.publisher.to_routing(&Record::Submission(submission), cause, out),
            Effect::AskCarrier(request) => {
                self.publisher.to_egress(&Record::CarrierRequest(request), cause, out);
            }
            Effect::Client(event) => {
                self.meters.told(&event);
                self.publisher.to_client(event, cause, out);
            }
            Effect::Public(event) => self.publisher.to_everybody(&event, self.rules()?, cause, out),
            Effect::Count(what) => self.meters.noted(what),
        }
        Ok(())
    }
}

impl Fold for CorrelationFold {
    fn name(&self) -> &'static str {
        "mo-correlation"
    }

    fn logic_version(&self) -> u32 {
        LOGIC_VERSION
    }

    fn restore(&mut self, rows: &dyn RowStore) -> Result<(), FoldError> {
        let rules = Correlation::restore(self.partition, rows)?;
        self.meters.unmatched(rules.unmatched());
        self.rules = Some(rules);
        Ok(())
    }

    fn step(&mut self, input: &Input<'_>, rows: &mut dyn RowStore, out: &mut Outbox) -> Result<(), FoldError> {
        let command = command(input.value)?;
        let rules = self.rules.as_mut().ok_or_else(not_restored)?;
        let unmatched = rules.unmatched();
        let effects = rules
            .handle(At { offset: input.offset, now: input.now }, command, rows)
            .map_err(failed)?;
        if rules.unmatched() != unmatched {
            self.meters.unmatched(rules.unmatched());
        }
        let cause = Cause {
            partition: self.partition,
            offset: input.offset,
            observed_at: input.header.observed_at,
        };
        effects.into_iter().try_for_each(|effect| self.publish(effect, cause, out))
    }

    fn next_due(&self, rows: &dyn RowStore, now: Timestamp) -> Result<Option<Timestamp>, FoldError> {
        let Some(correlation) = &self.rules else { return Ok(None) };
        Ok(correlation.next_due(rows, now)?)
    }

    fn config_offset(&self) -> u64 {
        self.rules.as_ref().map_or(0, |rules| rules.directory().offset())
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

fn command(value: &Bytes) -> Result<Command, FoldError> {
    let poison = |reason: String| FoldError::Poison { reason };
    match volley_wire::decode(value).map_err(|fault| poison(fault.to_string()))? {
        Record::RoutingFact(fact) => Ok(Command::Fact(fact)),
        Record::AttemptReport(report) => Ok(Command::Report(report)),
        Record::ReceiptArrived(receipt) => Ok(Command::Receipt(receipt)),
        Record::ReplyArrived(reply) => Ok(Command::Reply(reply)),
        Record::CarrierAnswer(answer) => Ok(Command::CarrierAnswer(answer)),
        Record::Config(record) => Ok(Command::Configure(record)),
        Record::Tick(Tick) => Ok(Command::Tick),
        other => Err(poison(format!("a {} does not belong on correlation.in", volley_wire::describe(&other).kind))),
    }
}

fn failed(error: CorrelationError) -> FoldError {
    match error {
        CorrelationError::Rows(rows) => FoldError::Rows(rows),
        CorrelationError::Invariant { .. } => FoldError::Invariant { broken: error.to_string() },
    }
}

fn not_restored() -> FoldError {
    FoldError::Invariant { broken: "a record came before the state was restored".into() }
}
