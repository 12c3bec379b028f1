//! How an order ends: its answers, its verdict, its report, its settlement.

use std::collections::BTreeMap;

use volley_events::{AttemptReport, NotSent, RefusalClass, Settled};
use volley_rows::{RowError, RowStore, RowsExt};
use volley_types::{AttemptId, Lane, SubscriberId};

use super::{Account, OpenSegment, SegmentAnswer, charged, lane_index};
use crate::{
    ids,
    lane::{Charge, Stage, Waiting},
    outbox::{Outbox, Place, Report, SettlementDue},
    rows::{AttemptKey, AttemptRow, Outcome},
    time::Now,
};

impl Account {
    /// What the carrier said to a segment, or that it said nothing. A late answer goes to `late.rs`.
    ///
    /// # Errors
    /// A row cannot be written.
    pub fn answered<S: RowStore + ?Sized>(
        &mut self,
        token: u64,
        answer: SegmentAnswer,
        now: Now,
        rows: &mut S,
        out: &mut Outbox,
    ) -> Result<(), RowError> {
        let Some(OpenSegment { place, segment }) = self.open.remove(&token) else {
            return self.answered_late(token, answer, now, rows, out);
        };
        let lane = &mut self.lanes[lane_index(place.lane)];
        let Some(sending) = lane.sending_mut(place.offset) else { return Ok(()) };
        let bind = &mut self.binds[usize::from(sending.bind)];
        bind.unanswered = bind.unanswered.saturating_sub(1);
        match answer {
            SegmentAnswer::Taken(id) => {
                self.breaker.taken();
                if let Some(id) = &id {
                    let owner = (sending.order.attempt, segment, &sending.order.subscriber);
                    ids::record(id, owner, now.wall, rows, out)?;
                }
                sending.taken(segment, id.map(|given| given.id));
            }
            SegmentAnswer::Refused { status, class } => {
                sending.refused(segment, status, class);
                self.breaker.refused(class, self.settings.breaker, now.monotonic_us);
                if class == RefusalClass::Throttle {
                    self.bucket.throttled(now.monotonic_us);
                }
            }
            SegmentAnswer::Lost => {
                sending.lost(segment);
                let (attempt, subscriber) = (sending.order.attempt, sending.order.subscriber.clone());
                self.late.remember(token, attempt, segment, subscriber);
            }
        }
        self.conclude(place, now, rows, out)
    }

    /// Ends an order whose last answer has come.
    pub(super) fn conclude<S: RowStore + ?Sized>(
        &mut self,
        place: Place,
        now: Now,
        rows: &mut S,
        out: &mut Outbox,
    ) -> Result<(), RowError> {
        let Some(sending) = self.lanes[lane_index(place.lane)].sending_mut(place.offset) else {
            return Ok(());
        };
        let bind = &mut self.binds[usize::from(sending.bind)];
        if bind.continuing == Some(place) && sending.next_segment().is_none() {
            bind.continuing = None;
        }
        let Some(outcome) = sending.outcome() else { return Ok(()) };
        let (attempt, sent_at) = (sending.order.attempt, sending.first_sent_at());
        let charge = Charge { bind: sending.bind, segments: charged(sending.order.segments.len()) };
        unpin(&mut self.pins, &sending.order.subscriber);
        if let Outcome::Ambiguous { ids } = &outcome {
            self.late.ambiguous(attempt, ids, sent_at);
        }
        let row = AttemptRow::Ended { outcome, sent_at, ended_at: now.wall };
        self.end(place, attempt, row, Some(charge), rows, out)
    }

    /// Writes a verdict without a send.
    pub(super) fn not_sent<S: RowStore + ?Sized>(
        &mut self,
        place: Place,
        reason: NotSent,
        now: Now,
        rows: &mut S,
        out: &mut Outbox,
    ) -> Result<(), RowError> {
        let Some(waiting) = self.lane_mut(place.lane).take_waiting(place.offset) else {
            return Ok(());
        };
        let row = AttemptRow::Ended { outcome: Outcome::NotSent(reason), sent_at: None, ended_at: now.wall };
        self.end(place, waiting.order.attempt, row, None, rows, out)
    }

    /// Writes an outcome and reports it.
    pub(super) fn end<S: RowStore + ?Sized>(
        &mut self,
        place: Place,
        attempt: AttemptId,
        row: AttemptRow,
        charge: Option<Charge>,
        rows: &mut S,
        out: &mut Outbox,
    ) -> Result<(), RowError> {
        rows.put_row(&AttemptKey(self.id.clone(), place.lane, place.offset), &row)?;
        let AttemptRow::Ended { outcome, sent_at, ended_at } = row else {
            return Ok(());
        };
        let settled = Settled { attempt, outcome: outcome.settled() };
        self.lane_mut(place.lane).set(place.offset, Stage::Ended { settled, charge });
        let (account, carrier) = (self.id.clone(), self.carrier.clone());
        let report = AttemptReport { attempt, account, carrier, outcome: outcome.into(), sent_at, ended_at };
        out.reports
            .push(Report { place, partition: attempt.message.partition(), report });
        Ok(())
    }

    /// The log has the report: the attempt may be settled.
    pub fn reported(&mut self, place: Place, out: &mut Outbox) {
        let Some((settled, charge)) = self.lane_mut(place.lane).ended(place.offset) else {
            return;
        };
        if let Some(Charge { bind, segments }) = charge {
            let bind = &mut self.binds[usize::from(bind)];
            bind.unreported = bind.unreported.saturating_sub(segments);
        }
        let partition = settled.attempt.message.partition();
        out.settlements
            .push(SettlementDue { place, account: self.id.clone(), partition, settled });
    }

    /// The log has the settlement: the record is done.
    ///
    /// # Errors
    /// A row cannot be written.
    pub fn settled<S: RowStore + ?Sized>(&mut self, place: Place, rows: &mut S) -> Result<(), RowError> {
        self.lanes[lane_index(place.lane)].done(&self.id, place.offset, rows)
    }

    /// Writes the positions that moved; once a turn.
    ///
    /// # Errors
    /// A row cannot be written.
    pub fn keep_positions<S: RowStore + ?Sized>(&mut self, rows: &mut S) -> Result<(), RowError> {
        self.lanes.iter_mut().try_for_each(|lane| lane.keep_position(&self.id, rows))
    }

    /// Gives up the orders whose time is over: `send_before` has passed, or no bind worked for their class's patience.
    ///
    /// # Errors
    /// A row cannot be written.
    pub fn sweep<S: RowStore + ?Sized>(&mut self, now: Now, rows: &mut S, out: &mut Outbox) -> Result<(), RowError> {
        self.sweep_questions(now, out);
        let resting_since_us = self.breaker.resting_since(now.monotonic_us);
        let unbound = self.binds_up() == 0 || resting_since_us.is_some();
        let since_us = resting_since_us.unwrap_or(self.unbound_since_us);
        let forsaken =
            |waiting: &Waiting| unbound && now.is_past(waiting.since_us.max(since_us), waiting.order.class.patience());
        for lane in Lane::ALL {
            let late = |waiting: &Waiting| now.wall >= waiting.order.send_before;
            for offset in self.lane(lane).overdue(late) {
                self.not_sent(Place { lane, offset }, NotSent::TooLate, now, rows, out)?;
            }
            for offset in self.lane(lane).overdue(forsaken) {
                self.not_sent(Place { lane, offset }, NotSent::NoBind, now, rows, out)?;
            }
        }
        Ok(())
    }
}

fn unpin(pins: &mut BTreeMap<SubscriberId, (u16, u32)>, subscriber: &SubscriberId) {
    if let Some((_, orders)) = pins.get_mut(subscriber) {
        *orders -= 1;
        if *orders == 0 {
            pins.remove(subscriber);
        }
    }
}
