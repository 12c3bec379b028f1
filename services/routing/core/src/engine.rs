//! Commands in, effects out: loads the rows of what a record is about, lets the rules decide, keeps the result.

use volley_directory::Directory;
use volley_events::{
    Allowance, ConfigChange, ConfigRecord, ConsentChanged, RequestConflict, RoutingFact, Settled, Settlement,
    Submission, SubmitOrder, control::TICK_ROWS_MAX,
};
use volley_rows::{RowError, RowStore, RowsExt};
use volley_types::{AccountId, FinalState, Lane, MessageId, Reason, Timestamp};

use crate::{
    consent,
    life::{Life, Next, Settling, after_settlement},
    place::Placed,
    queue::Queues,
    rows::{AllowanceRow, ConfigWaitKey, ConfigWaitRow, LaneKey, MessageRow},
    timers,
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
    /// Attempts are settled.
    Settle(Settlement),
    /// So many attempts may be unsettled.
    Allow(Allowance),
    /// A person opted out, or in again.
    ChangeConsent(ConsentChanged),
    /// The configuration changed.
    Configure(Box<ConfigRecord>),
    /// Something is due.
    Tick,
}

/// What routing wants done.
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
}

impl Routing {
    /// Reads back what the rows remember.
    pub fn restore<S: RowStore + ?Sized>(rows: &S) -> Result<Self, RowError> {
        Ok(Self { directory: Directory::restore(rows)?, queues: Queues::restore(rows)? })
    }

    /// The configuration as folded so far.
    pub fn directory(&self) -> &Directory {
        &self.directory
    }

    /// Messages that wait for an account with room.
    pub fn parked(&self) -> u64 {
        self.queues.waiting()
    }

    /// Messages that wait for an account with room, of each tenant that has any.
    pub fn parked_by_tenant(&self) -> std::collections::BTreeMap<&volley_types::TenantId, u64> {
        self.queues.by_tenant()
    }

    /// Decides one record.
    pub fn handle<S: RowStore + ?Sized>(
        &mut self,
        at: At,
        command: Command,
        rows: &mut S,
    ) -> Result<Vec<Effect>, RoutingError> {
        let mut effects = Vec::new();
        match command {
            Command::Submit(submission) => self.submit(at, *submission, rows, &mut effects)?,
            Command::Settle(settlement) => self.settle(at, &settlement, rows, &mut effects)?,
            Command::Allow(allowance) => self.allow(at, &allowance, rows, &mut effects)?,
            Command::ChangeConsent(changed) => consent::change(rows, &changed)?,
            Command::Configure(record) => self.configure(at, &record, rows, &mut effects)?,
            Command::Tick => self.tick(at, rows, &mut effects)?,
        }
        Ok(effects)
    }

    fn submit<S: RowStore + ?Sized>(
        &mut self,
        at: At,
        submission: Submission,
        rows: &mut S,
        effects: &mut Vec<Effect>,
    ) -> Result<(), RoutingError> {
        let message = submission.message;
        if let Some(row) = rows.row::<MessageRow>(&message)? {
            if row.content != submission.content {
                let (tenant, request) = (submission.tenant, submission.request);
                effects.push(Effect::Tell(RoutingFact::RequestConflict(RequestConflict { message, tenant, request })));
            }
            return Ok(());
        }
        let config_offset = submission.config_offset;
        let mut row = MessageRow::new(submission, at.now);
        let accepted = row.accepted(message);
        let placed = match config_offset > self.directory.offset() {
            true => self.wait_for_config(at, message, &mut row, config_offset, rows)?,
            false => self.place(at, message, &mut row, None, rows)?,
        };
        rows.put_row(&message, &row)?;
        effects.extend(placed.into_first(accepted));
        Ok(())
    }

    fn wait_for_config<S: RowStore + ?Sized>(
        &mut self,
        at: At,
        message: MessageId,
        row: &mut MessageRow,
        config_offset: u64,
        rows: &mut S,
    ) -> Result<Placed, RoutingError> {
        let key = ConfigWaitKey { config_offset, parked_by: at.offset, message };
        rows.put_row(&key, &ConfigWaitRow)?;
        row.life = Life::WaitsForConfig(key);
        let deadline = row.facts(message)?.deadline;
        timers::set(rows, message, row, Some(deadline))?;
        Ok(Placed::waits_for_config(message))
    }

    fn settle<S: RowStore + ?Sized>(
        &mut self,
        at: At,
        settlement: &Settlement,
        rows: &mut S,
        effects: &mut Vec<Effect>,
    ) -> Result<(), RoutingError> {
        for settled in &settlement.settled {
            self.settle_one(at, settlement, settled, rows, effects)?;
        }
        self.release(at, &settlement.account, settlement.lane, rows, effects)
    }

    /// A settlement that is not of the message's newest attempt is a repeat: it changes nothing.
    fn settle_one<S: RowStore + ?Sized>(
        &mut self,
        at: At,
        settlement: &Settlement,
        settled: &Settled,
        rows: &mut S,
        effects: &mut Vec<Effect>,
    ) -> Result<(), RoutingError> {
        let message = settled.attempt.message;
        let Some(mut row) = rows.row::<MessageRow>(&message)? else { return Ok(()) };
        let lane = Life::Unsettled { account: settlement.account.clone(), lane: settlement.lane };
        if row.attempts != settled.attempt.number || row.life != lane {
            return Ok(());
        }
        let lane = LaneKey(settlement.account.clone(), settlement.lane);
        let mut allowance = rows.row::<AllowanceRow>(&lane)?.unwrap_or_default();
        allowance.unsettled = allowance.unsettled.saturating_sub(1);
        rows.put_row(&lane, &allowance)?;

        let next = after_settlement(self.settling(at, message, &settlement.account, &row)?, settled.outcome);
        let placed = self.follow(at, message, &mut row, next, rows)?;
        rows.put_row(&message, &row)?;
        effects.extend(placed.into_later());
        Ok(())
    }

    fn settling<'a>(
        &self,
        at: At,
        message: MessageId,
        account: &'a AccountId,
        row: &MessageRow,
    ) -> Result<Settling<'a>, RoutingError> {
        let facts = row.facts(message)?;
        let open = |other: &&AccountId| *other != account && self.is_open(other);
        let has_other = self
            .directory
            .route(&facts.subscriber)
            .is_some_and(|route| route.accounts.iter().any(|other| open(&other)));
        Ok(Settling {
            account,
            class: facts.class,
            counted: row.counted,
            has_other,
            accepted_at: facts.accepted_at,
            now: at.now,
        })
    }

    fn follow<S: RowStore + ?Sized>(
        &mut self,
        at: At,
        message: MessageId,
        row: &mut MessageRow,
        next: Next,
        rows: &mut S,
    ) -> Result<Placed, RoutingError> {
        match next {
            Next::Rest => {
                self.finish(message, row, rows)?;
                Ok(Placed::nothing())
            }
            Next::Close { state, reason, status } => self.close(message, row, state, reason, status, rows),
            Next::Again { avoid, counts } => {
                row.counted += u16::from(counts);
                self.place(at, message, row, avoid.as_ref(), rows)
            }
            Next::Later { due, avoid, counts } => {
                row.counted += u16::from(counts);
                let due = due.min(row.facts(message)?.deadline);
                row.life = Life::BacksOff { avoid };
                timers::set(rows, message, row, Some(due))?;
                Ok(Placed::backs_off(message, due))
            }
        }
    }

    fn allow<S: RowStore + ?Sized>(
        &mut self,
        at: At,
        allowance: &Allowance,
        rows: &mut S,
        effects: &mut Vec<Effect>,
    ) -> Result<(), RoutingError> {
        let key = LaneKey(allowance.account.clone(), allowance.lane);
        let mut row = rows.row::<AllowanceRow>(&key)?.unwrap_or_default();
        if (allowance.run, allowance.revision) <= (row.run, row.revision) {
            return Ok(());
        }
        row = AllowanceRow {
            run: allowance.run,
            revision: allowance.revision,
            allowed: allowance.allowed,
            unsettled: row.unsettled,
        };
        rows.put_row(&key, &row)?;
        self.release(at, &allowance.account, allowance.lane, rows, effects)
    }

    fn configure<S: RowStore + ?Sized>(
        &mut self,
        at: At,
        record: &ConfigRecord,
        rows: &mut S,
        effects: &mut Vec<Effect>,
    ) -> Result<(), RoutingError> {
        let applied = self.directory.apply_and_keep(record, rows)?.is_ok();
        self.release_config_waits(at, rows, effects)?;
        match &record.change {
            ConfigChange::Route(route) if applied => self.rehome(at, &route.prefix, rows, effects),
            ConfigChange::Account(account) if applied => Lane::ALL
                .iter()
                .try_for_each(|lane| self.release(at, &account.account, *lane, rows, effects)),
            _ => Ok(()),
        }
    }

    /// Decides again about every message that waits for a record that is here now, in the order they came.
    fn release_config_waits<S: RowStore + ?Sized>(
        &mut self,
        at: At,
        rows: &mut S,
        effects: &mut Vec<Effect>,
    ) -> Result<(), RoutingError> {
        while let Some((key, _)) = rows.rows_with_prefix::<ConfigWaitRow>(&[], 1)?.pop() {
            if key.config_offset > self.directory.offset() {
                return Ok(());
            }
            rows.delete_row::<ConfigWaitRow>(&key);
            self.place_again(at, key.message, None, rows, effects)?;
        }
        Ok(())
    }

    /// Decides again about what waits under a route that changed: it may have other accounts now, or none.
    fn rehome<S: RowStore + ?Sized>(
        &mut self,
        at: At,
        prefix: &str,
        rows: &mut S,
        effects: &mut Vec<Effect>,
    ) -> Result<(), RoutingError> {
        for lane in Lane::ALL {
            while let Some(key) = self.queues.next(rows, prefix, lane, at.offset)? {
                self.place_again(at, key.message, None, rows, effects)?;
            }
        }
        Ok(())
    }

    /// Hands over what waits for this account's lane, as far as its allowance reaches.
    fn release<S: RowStore + ?Sized>(
        &mut self,
        at: At,
        account: &AccountId,
        lane: Lane,
        rows: &mut S,
        effects: &mut Vec<Effect>,
    ) -> Result<(), RoutingError> {
        if self.queues.is_empty() || !self.is_open(account) {
            return Ok(());
        }
        let serves = |route: &str| {
            self.directory
                .routes()
                .any(|known| known.prefix == route && known.accounts.contains(account))
        };
        let waiting: Vec<String> = self
            .queues
            .routes(lane)
            .filter(|route| serves(route))
            .map(str::to_owned)
            .collect();
        let key = LaneKey(account.clone(), lane);
        for route in waiting {
            while rows.row::<AllowanceRow>(&key)?.unwrap_or_default().has_room() {
                let Some(place) = self.queues.next(rows, &route, lane, u64::MAX)? else {
                    break;
                };
                self.place_again(at, place.message, None, rows, effects)?;
            }
        }
        Ok(())
    }

    pub(crate) fn place_again<S: RowStore + ?Sized>(
        &mut self,
        at: At,
        message: MessageId,
        avoid: Option<&AccountId>,
        rows: &mut S,
        effects: &mut Vec<Effect>,
    ) -> Result<(), RoutingError> {
        let Some(mut row) = rows.row::<MessageRow>(&message)? else {
            return Err(RoutingError::Invariant { message, what: "waits, but has no row" });
        };
        let placed = self.place(at, message, &mut row, avoid, rows)?;
        rows.put_row(&message, &row)?;
        effects.extend(placed.into_later());
        Ok(())
    }

    /// Pops what is due, at most [`TICK_ROWS_MAX`] rows.
    fn tick<S: RowStore + ?Sized>(
        &mut self,
        at: At,
        rows: &mut S,
        effects: &mut Vec<Effect>,
    ) -> Result<(), RoutingError> {
        for key in timers::due(rows, at.now, TICK_ROWS_MAX)? {
            let message = key.message;
            let Some(mut row) = rows.row::<MessageRow>(&message)? else {
                return Err(RoutingError::Invariant { message, what: "has a timer, but no row" });
            };
            timers::set(rows, message, &mut row, None)?;
            let placed = match row.life.clone() {
                Life::Done => {
                    rows.delete_row::<MessageRow>(&message);
                    continue;
                }
                Life::Unsettled { .. } => Placed::nothing(),
                Life::BacksOff { avoid } => self.place(at, message, &mut row, avoid.as_ref(), rows)?,
                Life::Parked(key) => {
                    self.queues.leave(rows, &key);
                    self.close(message, &mut row, FinalState::Expired, Reason::ValidityEnded, None, rows)?
                }
                Life::WaitsForConfig(key) => {
                    rows.delete_row::<ConfigWaitRow>(&key);
                    self.close(message, &mut row, FinalState::Expired, Reason::ValidityEnded, None, rows)?
                }
            };
            rows.put_row(&message, &row)?;
            effects.extend(placed.into_later());
        }
        Ok(())
    }

    pub(crate) fn is_open(&self, account: &AccountId) -> bool {
        self.directory.account(account).is_some_and(|account| !account.closed)
    }
}
