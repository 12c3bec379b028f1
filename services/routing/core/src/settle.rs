//! What egress says of attempts, and what is done about those it never speaks of.

use volley_events::{
    CancelAnswered, CancelOutcome, LanesLost, QueueReason, RoutingFact, Settled, SettledOutcome, Settlement,
};
use volley_rows::{RowError, RowStore, RowsExt};
use volley_types::{AccountId, AttemptId, Lane, MessageId, SpanMs, Timestamp};

use crate::{
    RoutingError,
    engine::{Effect, Step},
    life::{Life, Next, Settling, after_cancel, after_loss, after_settlement},
    retry,
    rows::{AllowanceRow, LaneKey, MessageRow},
};

impl<S: RowStore + ?Sized> Step<'_, S> {
    /// Attempts are settled; what waits takes the room they leave.
    pub fn settle(&mut self, settlement: &Settlement) -> Result<(), RoutingError> {
        for settled in &settlement.settled {
            self.settle_one(settlement, settled)?;
        }
        self.release(&settlement.account, settlement.lane)
    }

    /// A settlement that is not of the message's newest attempt is a repeat, or late: it changes nothing.
    fn settle_one(&mut self, settlement: &Settlement, settled: &Settled) -> Result<(), RoutingError> {
        let AttemptId { message, number } = settled.attempt;
        let Some(mut row) = self.rows.row::<MessageRow>(&message)? else {
            return Ok(());
        };
        let is_there = matches!(
            &row.life,
            Life::Unsettled { account, lane, .. } if *account == settlement.account && *lane == settlement.lane
        );
        if row.attempts != number || !is_there {
            return Ok(());
        }
        self.give_room_back(&settlement.account, settlement.lane)?;
        self.ended(message, &mut row, &settlement.account, Some(settled.outcome))?;
        Ok(self.rows.put_row(&message, &row)?)
    }

    /// Decides what follows the end of an attempt; without an outcome it was given up.
    fn ended(
        &mut self,
        message: MessageId,
        row: &mut MessageRow,
        account: &AccountId,
        outcome: Option<SettledOutcome>,
    ) -> Result<(), RoutingError> {
        if row.cancelled {
            let (next, answer) = after_cancel(outcome.unwrap_or(SettledOutcome::Ambiguous));
            self.follow(message, row, next)?;
            self.answer_cancel(message, answer);
            return Ok(());
        }
        let settling = self.settling(message, account, row)?;
        let next = match outcome {
            Some(outcome) => after_settlement(settling, outcome),
            None => after_loss(settling),
        };
        self.follow(message, row, next)
    }

    fn settling<'a>(
        &self,
        message: MessageId,
        account: &'a AccountId,
        row: &MessageRow,
    ) -> Result<Settling<'a>, RoutingError> {
        let facts = row.facts(message)?;
        let open = |other: &&AccountId| *other != account && self.here.is_open(other);
        let route = self.here.directory.route(&facts.subscriber);
        Ok(Settling {
            account,
            class: facts.class,
            counted: row.counted,
            has_other: route.is_some_and(|route| route.accounts.iter().any(|other| open(&other))),
            accepted_at: facts.accepted_at,
            now: self.at.now,
        })
    }

    fn follow(&mut self, message: MessageId, row: &mut MessageRow, next: Next) -> Result<(), RoutingError> {
        match next {
            Next::Rest => self.finish(message, row),
            Next::Close { state, reason, status } => self.close(message, row, state, reason, status),
            Next::Again { avoid, counts } => {
                row.counted += u16::from(counts);
                self.place(message, row, avoid.as_ref())
            }
            Next::Later { due, avoid, counts } => {
                row.counted += u16::from(counts);
                self.wait(message, row, Life::BacksOff { avoid }, Some(due), QueueReason::BackOff)
            }
        }
    }

    /// Says what became of a client's wish to have a message back.
    pub fn answer_cancel(&mut self, message: MessageId, outcome: CancelOutcome) {
        let answered = CancelAnswered { message, outcome };
        self.effects.push(Effect::Tell(RoutingFact::CancelAnswered(answered)));
    }

    /// Nobody has said what became of an attempt, and its time and patience are over.
    pub fn overdue(
        &mut self,
        message: MessageId,
        row: &mut MessageRow,
        account: &AccountId,
        due: Timestamp,
    ) -> Result<(), RoutingError> {
        if self.at.now > due + retry::STOOD_STILL {
            let patience = self.settle_margin(account);
            return Ok(self.set_timer(message, row, Some(self.at.now + patience))?);
        }
        self.give_up(message, row)
    }

    fn settle_margin(&self, account: &AccountId) -> SpanMs {
        let config = self.here.directory.account(account);
        retry::settle_margin(config.map_or(SpanMs::ZERO, |config| config.response_timeout))
    }

    /// Calls an attempt ambiguous of which egress has said nothing, and lets the class decide (D6). What egress still says of it
    /// reaches mo-correlation, and changes nothing here.
    fn give_up(&mut self, message: MessageId, row: &mut MessageRow) -> Result<(), RoutingError> {
        let Life::Unsettled { account, lane, .. } = row.life.clone() else {
            return Err(RoutingError::Invariant { message, what: "has no attempt to give up" });
        };
        self.give_room_back(&account, lane)?;
        let attempt = AttemptId { message, number: row.attempts };
        self.effects.push(Effect::Tell(RoutingFact::AttemptLost(attempt)));
        self.ended(message, row, &account, None)
    }

    fn give_room_back(&mut self, account: &AccountId, lane: Lane) -> Result<(), RowError> {
        let key = LaneKey(account.clone(), lane);
        let mut allowance = self.rows.row::<AllowanceRow>(&key)?.unwrap_or_default();
        allowance.unsettled = allowance.unsettled.saturating_sub(1);
        self.rows.put_row(&key, &allowance)
    }

    /// An egress store was lost: of what its lanes held nobody will say what became of it (design §3.1, ownership).
    ///
    /// What is unsettled has a timer within reach, so it is found by its timers and needs no list of its own.
    pub fn lose_lanes(&mut self, lost: &LanesLost) -> Result<(), RoutingError> {
        let reach = Lane::Bulk.dwell_max();
        let margins = lost.ends.iter().map(|end| self.settle_margin(&end.account));
        let until = self.at.now + reach + margins.max().unwrap_or(SpanMs::ZERO);
        for timer in self.timers_until(until)? {
            let message = timer.message;
            let Some(mut row) = self.rows.row::<MessageRow>(&message)? else { continue };
            if is_lost(&row.life, lost) {
                self.give_up(message, &mut row)?;
                self.rows.put_row(&message, &row)?;
            }
        }
        lost.ends.iter().try_for_each(|end| self.release(&end.account, end.lane))
    }
}

/// Whether an attempt stands in a lane that was lost, at or before its end.
fn is_lost(life: &Life, lost: &LanesLost) -> bool {
    let Life::Unsettled { account, lane, ordered } = life else { return false };
    lost.ends
        .iter()
        .any(|end| end.account == *account && end.lane == *lane && end.newest.is_some_and(|newest| *ordered <= newest))
}
