//! Commands in, effects out: loads the rows of what a record is about, lets the rules decide, keeps the result.

use std::collections::BTreeMap;

use volley_directory::Directory;
use volley_events::{
    Accepted, Allowance, CancelRequested, ConfigRecord, ConsentChanged, EditRequested, HandsetAvailable, LanesLost,
    Recall, RequestConflict, RoutingFact, Settlement, Submission, SubmitOrder, Verdict,
};
use volley_rows::{Earliest, RowError, RowStore, RowsExt};
use volley_types::{AccountId, Lane, MessageId, TenantId, Timestamp};

use crate::{
    queue::Queues,
    rows::{Conversation, LineKey, LineRow, MessageRow, OrderFacts, WaitingCountRow},
};

/// The place of a record in the input, and the partition's clock at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct At {
    /// Its offset on `routing.in`.
    pub offset: u64,
    /// The running maximum of append times.
    pub now: Timestamp,
}

/// What a record of `routing.in` asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Send a message.
    Submit(Box<Submission>),
    /// Take a message back.
    Cancel(CancelRequested),
    /// Give a message another text.
    Edit(Box<EditRequested>),
    /// Try a handset that can be reached again.
    Available(HandsetAvailable),
    /// Attempts are settled.
    Settle(Settlement),
    /// So many attempts may be unsettled.
    Allow(Allowance),
    /// An egress store was lost.
    LoseLanes(LanesLost),
    /// A person opted out, or in again.
    ChangeConsent(ConsentChanged),
    /// The configuration changed.
    Configure(Box<ConfigRecord>),
    /// Something is due.
    Tick,
}

/// What routing wants done. Each effect becomes one record, in their order: an order's place among them is kept (RTE-8).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Tell mo-correlation.
    Tell(RoutingFact),
    /// Hand an attempt to an account's lane.
    Order {
        /// The account.
        account: AccountId,
        /// The lane.
        lane: Lane,
        /// The attempt.
        order: Box<SubmitOrder>,
    },
    /// Have egress take something back.
    Recall(Recall),
}

/// Why a record could not be decided. Halts the partition.
#[derive(Debug, thiserror::Error)]
pub enum RoutingError {
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

/// Routing of one partition: the directory it has folded, and what it counts in memory. All else is in the rows.
#[derive(Debug)]
pub struct Routing {
    pub(crate) directory: Directory,
    pub(crate) queues: Queues,
    /// How many messages of each tenant wait; a copy of rows.
    pub(crate) waiting: BTreeMap<TenantId, u64>,
    pub(crate) timers: Earliest,
}

/// Most rows read at once at start.
const RESTORE_ROWS: usize = 4_096;

impl Routing {
    /// Reads back what the rows remember.
    pub fn restore<S: RowStore + ?Sized>(rows: &S) -> Result<Self, RowError> {
        let mut waiting = BTreeMap::new();
        rows.each_row::<WaitingCountRow>(RESTORE_ROWS, |tenant, row| {
            // A name that is none was never written: put_row takes tenants only.
            if let Ok(tenant) = TenantId::new(&tenant) {
                waiting.insert(tenant, row.messages);
            }
        })?;
        Ok(Self {
            directory: Directory::restore(rows)?,
            queues: Queues::restore(rows)?,
            waiting,
            timers: Earliest::default(),
        })
    }

    /// The configuration as folded so far.
    pub fn directory(&self) -> &Directory {
        &self.directory
    }

    /// Messages that wait for an account with room.
    pub fn parked(&self) -> u64 {
        self.queues.waiting()
    }

    /// Messages that wait for anything, by tenant.
    pub fn waiting(&self) -> &BTreeMap<TenantId, u64> {
        &self.waiting
    }

    /// Decides one record.
    pub fn handle<S: RowStore + ?Sized>(
        &mut self,
        at: At,
        command: Command,
        rows: &mut S,
    ) -> Result<Vec<Effect>, RoutingError> {
        let mut step = Step { at, here: self, rows, effects: Vec::new(), taken: None, freed: Vec::new() };
        match command {
            Command::Submit(submission) => step.submit(*submission)?,
            Command::Cancel(wish) => step.cancel(&wish)?,
            Command::Edit(wish) => step.edit(&wish)?,
            Command::Available(available) => step.available(&available)?,
            Command::Settle(settlement) => step.settle(&settlement)?,
            Command::Allow(allowance) => step.allow(&allowance)?,
            Command::LoseLanes(lost) => step.lose_lanes(&lost)?,
            Command::ChangeConsent(changed) => step.change_consent(&changed)?,
            Command::Configure(record) => step.configure(&record)?,
            Command::Tick => step.tick()?,
        }
        step.advance_lines()?;
        Ok(step.effects)
    }

    pub(crate) fn is_open(&self, account: &AccountId) -> bool {
        self.directory.account(account).is_some_and(|account| !account.closed)
    }

    pub(crate) fn is_paused(&self, tenant: &TenantId) -> bool {
        self.directory.tenant(tenant).is_some_and(|tenant| tenant.paused)
    }
}

/// One record being decided.
pub(crate) struct Step<'a, S: ?Sized> {
    pub at: At,
    pub here: &'a mut Routing,
    pub rows: &'a mut S,
    pub effects: Vec<Effect>,
    /// The message that was just taken, until the first word about it.
    pub taken: Option<(MessageId, Box<OrderFacts>)>,
    /// Conversations of which a message is done: the next one may leave.
    pub freed: Vec<Conversation>,
}

impl<S: RowStore + ?Sized> Step<'_, S> {
    fn submit(&mut self, submission: Submission) -> Result<(), RoutingError> {
        let message = submission.message;
        if let Some(row) = self.rows.row::<MessageRow>(&message)? {
            if row.content != submission.content {
                let conflict = RequestConflict { message, tenant: submission.tenant, request: submission.request };
                self.effects.push(Effect::Tell(RoutingFact::RequestConflict(conflict)));
            }
            return Ok(());
        }
        let config_offset = submission.config_offset;
        let mut row = MessageRow::new(submission, self.at);
        let facts = row.facts(message)?;
        if let Some(place) = LineKey::of(message, facts) {
            self.rows.put_row(&place, &LineRow)?;
        }
        self.taken = Some((message, Box::new(facts.clone())));
        match config_offset > self.here.directory.offset() {
            true => self.wait_for_config(message, &mut row, config_offset)?,
            false => self.place(message, &mut row, None)?,
        }
        Ok(self.rows.put_row(&message, &row)?)
    }

    /// A message of which something says that it must be there.
    pub fn row(&self, message: MessageId, what: &'static str) -> Result<MessageRow, RoutingError> {
        let row = self.rows.row::<MessageRow>(&message)?;
        row.ok_or(RoutingError::Invariant { message, what })
    }

    /// Tells what was decided about a message; the first word about it says too that it was taken.
    pub fn tell(&mut self, verdict: Verdict) {
        let fact = match (self.taken.take(), verdict) {
            (Some((message, facts)), verdict) => RoutingFact::Accepted(Box::new(accepted(message, *facts, verdict))),
            (None, Verdict::Planned(planned)) => RoutingFact::Planned(planned),
            (None, Verdict::Queued(queued)) => RoutingFact::Queued(queued),
            (None, Verdict::Closed(closed)) => RoutingFact::Closed(closed),
        };
        self.effects.push(Effect::Tell(fact));
    }
}

fn accepted(message: MessageId, facts: OrderFacts, verdict: Verdict) -> Accepted {
    Accepted {
        message,
        origin: facts.origin(),
        tenant: facts.tenant,
        request: facts.request,
        sender: facts.sender,
        subscriber: facts.subscriber,
        class: facts.class,
        deadline: facts.deadline,
        received_at: facts.received_at,
        accepted_at: facts.accepted_at,
        verdict,
    }
}
