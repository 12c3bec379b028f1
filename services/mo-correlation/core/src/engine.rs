//! Commands in, effects out: loads the rows of what a record is about, lets the rules decide, keeps the result.

use volley_directory::Directory;
use volley_events::{
    Accepted, AttemptOutcome, AttemptReport, CarrierAnswer, CarrierRequest, ClientEvent, ClientEventBody, Closed,
    ConfigRecord, ConsentChanged, PublicEvent, Queued, ReceiptArrived, ReplyArrived, RequestConflict, RoutingFact,
    Submission, Verdict,
};
use volley_rows::{Earliest, RowError, RowStore, RowsExt};
use volley_types::{MessageId, Partition, TenantId, Timestamp};

use crate::{
    errors,
    life::News,
    receipts,
    rows::{CarrierIdKey, CarrierIdRow, MessageRow},
};

/// The place of a record in the input, and the partition's clock at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct At {
    /// Its offset on `correlation.in`.
    pub offset: u64,
    /// The running maximum of append times.
    pub now: Timestamp,
}

/// What a record of `correlation.in` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Routing decided something.
    Fact(RoutingFact),
    /// Egress made an attempt.
    Report(AttemptReport),
    /// A carrier sent a receipt.
    Receipt(Box<ReceiptArrived>),
    /// A person wrote.
    Reply(Box<ReplyArrived>),
    /// A carrier said something about a message it was asked about.
    CarrierAnswer(CarrierAnswer),
    /// The configuration changed.
    Configure(Box<ConfigRecord>),
    /// Something is due.
    Tick,
}

/// What mo-correlation wants done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Routing shall mind an opt-out or opt-in.
    Consent(ConsentChanged),
    /// Routing shall send a confirmation.
    Answer(Box<Submission>),
    /// Egress shall ask a carrier about a message it has.
    AskCarrier(Box<CarrierRequest>),
    /// A client shall read it.
    Client(Box<ClientEvent>),
    /// Everybody may read it.
    Public(Box<PublicEvent>),
    /// Somebody may want to count it.
    Count(Counted),
}

/// What no event tells, but an operator should see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Counted {
    /// A receipt that no message claims yet.
    UnmatchedReceipt,
    /// A receipt with an unknown id that can be only one message's.
    InferredReceipt,
    /// A receipt that contradicts what is settled, or came too late.
    RefusedReceipt,
    /// A reply that no tenant claims.
    UnroutedReply,
    /// A reply that was taken before.
    RepeatedReply,
    /// A long reply that was delivered incomplete.
    IncompleteReply,
    /// A report that changed nothing: a repeat, or about what is forgotten.
    StaleReport,
    /// A fact about a message that is not known here.
    StaleFact,
}

/// Why a record could not be decided. Halts the partition.
#[derive(Debug, thiserror::Error)]
pub enum CorrelationError {
    /// A row could not be had.
    #[error(transparent)]
    Rows(#[from] RowError),
    /// The state contradicts itself.
    #[error("message {message}: {what}")]
    Invariant {
        /// The message.
        message: MessageId,
        /// The contradiction.
        what: &'static str,
    },
}

/// mo-correlation of one partition: the directory it has folded, and what it counts in memory. All else is in the rows.
#[derive(Debug)]
pub struct Correlation {
    pub(crate) partition: Partition,
    pub(crate) directory: Directory,
    /// How many receipts are unmatched; a count of rows, rebuilt from them.
    pub(crate) unmatched: u64,
    pub(crate) timers: Earliest,
}

impl Correlation {
    /// Reads back what the rows of a partition remember.
    pub fn restore<S: RowStore + ?Sized>(partition: Partition, rows: &S) -> Result<Self, RowError> {
        Ok(Self {
            partition,
            directory: Directory::restore(rows)?,
            unmatched: receipts::count_unmatched(rows)?,
            timers: Earliest::default(),
        })
    }

    /// The configuration as folded so far.
    pub fn directory(&self) -> &Directory {
        &self.directory
    }

    /// Receipts that no message claims.
    pub fn unmatched(&self) -> u64 {
        self.unmatched
    }

    /// Decides one record.
    pub fn handle<S: RowStore + ?Sized>(
        &mut self,
        at: At,
        command: Command,
        rows: &mut S,
    ) -> Result<Vec<Effect>, CorrelationError> {
        let mut step = Step { at, here: self, rows, effects: Vec::new() };
        match command {
            Command::Fact(fact) => step.fact(fact)?,
            Command::Report(report) => step.report(&report)?,
            Command::Receipt(receipt) => step.receipt(&receipt)?,
            Command::Reply(reply) => step.reply(&reply)?,
            Command::CarrierAnswer(answer) => step.carrier_answered(&answer)?,
            Command::Configure(record) => step.configure(&record)?,
            Command::Tick => step.tick()?,
        }
        Ok(step.effects)
    }
}

/// One record being decided.
pub(crate) struct Step<'a, S: ?Sized> {
    pub at: At,
    pub here: &'a mut Correlation,
    pub rows: &'a mut S,
    pub effects: Vec<Effect>,
}

impl<S: RowStore + ?Sized> Step<'_, S> {
    fn fact(&mut self, fact: RoutingFact) -> Result<(), CorrelationError> {
        match fact {
            RoutingFact::Accepted(accepted) => self.accept(&accepted),
            RoutingFact::Planned(planned) => self.amend(planned.attempt.message, |row, now| row.plan(&planned, now)),
            RoutingFact::Queued(queued) => self.amend(queued.message, |row, now| waits(row, &queued, now)),
            RoutingFact::Closed(closed) => self.amend(closed.message, |row, now| ends(row, &closed, now)),
            RoutingFact::RequestConflict(conflict) => {
                self.conflict(conflict);
                Ok(())
            }
            RoutingFact::AttemptLost(attempt) => self.amend(attempt.message, |row, now| row.lose(attempt.number, now)),
            RoutingFact::CancelAnswered(answered) => self.cancel_answered(answered),
            RoutingFact::EditForCarrier(edit) => self.edit_for_carrier(&edit),
            RoutingFact::EditAnswered(answered) => self.amend(answered.message, |row, _| {
                row.answer_edit(answered.edit, answered.outcome);
                Vec::new()
            }),
        }
    }

    /// A message that is known already is a repeat.
    fn accept(&mut self, accepted: &Accepted) -> Result<(), CorrelationError> {
        let (message, now) = (accepted.message, self.at.now);
        if self.rows.row::<MessageRow>(&message)?.is_some() {
            self.effects.push(Effect::Count(Counted::StaleFact));
            return Ok(());
        }
        let mut row = MessageRow::new(accepted);
        let mut news = vec![News::Accepted];
        news.extend(match &accepted.verdict {
            Verdict::Planned(planned) => row.plan(planned, now),
            Verdict::Queued(queued) => waits(&mut row, queued, now),
            Verdict::Closed(closed) => ends(&mut row, closed, now),
        });
        self.keep_and_tell(message, &mut row, &news)
    }

    fn amend(
        &mut self,
        message: MessageId,
        change: impl FnOnce(&mut MessageRow, Timestamp) -> Vec<News>,
    ) -> Result<(), CorrelationError> {
        let Some(mut row) = self.rows.row::<MessageRow>(&message)? else {
            self.effects.push(Effect::Count(Counted::StaleFact));
            return Ok(());
        };
        let news = change(&mut row, self.at.now);
        self.keep_and_tell(message, &mut row, &news)
    }

    fn report(&mut self, report: &AttemptReport) -> Result<(), CorrelationError> {
        let message = report.attempt.message;
        let mut row = self.rows.row::<MessageRow>(&message)?;
        let reported = row.as_mut().and_then(|row| Some((row.report(report, self.at.now)?, row)));
        let Some((mut news, row)) = reported else {
            self.effects.push(Effect::Count(Counted::StaleReport));
            return Ok(());
        };
        if let AttemptOutcome::Refused { status, .. } = report.outcome {
            row.error_code = Some(errors::of_refusal(&self.here.directory, &report.carrier, status));
        }
        self.index_ids(report, row)?;
        self.claim_unmatched(report.attempt, row, &mut news)?;
        self.keep_and_tell(message, row, &news)
    }

    /// Remembers to which segment each carrier id of the attempt belongs. An id that a carrier uses again leads to the newest.
    fn index_ids(&mut self, report: &AttemptReport, row: &MessageRow) -> Result<(), RowError> {
        let attempt = report.attempt;
        let Some(kept) = row.tries.iter().find(|kept| kept.number == attempt.number) else {
            return Ok(());
        };
        for (place, segment) in kept.segments.iter().zip(0..=u8::MAX) {
            if let Some(id) = &place.id {
                self.rows
                    .put_row(&CarrierIdKey::new(&kept.carrier, id), &CarrierIdRow { attempt, segment })?;
            }
        }
        Ok(())
    }

    pub(crate) fn keep_and_tell(
        &mut self,
        message: MessageId,
        row: &mut MessageRow,
        news: &[News],
    ) -> Result<(), CorrelationError> {
        self.keep(message, row)?;
        if !row.confirms && news.iter().any(|news| matches!(news, News::Routed(_))) {
            self.ask(message, row)?;
        }
        self.tell(message, row, news);
        Ok(())
    }

    fn conflict(&mut self, conflict: RequestConflict) {
        let RequestConflict { message, tenant, request } = conflict;
        self.tell_client(&tenant, &ClientEventBody::RequestConflict { message, request });
    }

    /// A change that is in conflict changes nothing (DIR-2).
    fn configure(&mut self, record: &ConfigRecord) -> Result<(), CorrelationError> {
        // Who made the change is told by the front door, from its own fold.
        let _ = self.here.directory.apply_and_keep(record, self.rows)?;
        Ok(())
    }

    /// Says something to every subscription of a tenant.
    pub(crate) fn tell_client(&mut self, tenant: &TenantId, body: &ClientEventBody) {
        for subscription in self.here.directory.subscriptions_of(tenant) {
            self.effects.push(Effect::Client(Box::new(ClientEvent {
                tenant: tenant.clone(),
                subscription: subscription.subscription.clone(),
                shard: self.here.partition.0 % subscription.shards.max(1),
                at: self.at.now,
                body: body.clone(),
            })));
        }
    }
}

fn waits(row: &mut MessageRow, queued: &Queued, now: Timestamp) -> Vec<News> {
    row.queue(queued.reason, now).into_iter().collect()
}

fn ends(row: &mut MessageRow, closed: &Closed, now: Timestamp) -> Vec<News> {
    row.close(closed, now).into_iter().collect()
}
