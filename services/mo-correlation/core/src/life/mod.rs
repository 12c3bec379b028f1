//! The life of one message, as a pure fold: what routing decided, what egress reports, what receipts say.
//!
//! ```text
//!   Accepted ─▶ Queued ◀─▶ Routed ─▶ Submitted ─▶ Delivered
//!      │           │          │          ├──────▶ Failed, Expired ─┐ within 72 h
//!      └───────────┴──────────┴──────────┴──────▶ Unknown ─────────┴──▶ Delivered (a correction)
//! ```
//!
//! LIFE-1: a state is final once; a later receipt corrects it to delivered, or an unknown one to what the carrier says.
//! LIFE-2: delivered means that every segment of one attempt is; failed, that one is not and none of an attempt is open.
//! LIFE-3: a refused attempt is no end: routing tries again or closes.

mod at_carrier;
mod news;
mod receipts;
mod tries;

use volley_events::{Accepted, AttemptOutcome, AttemptReport, CancelOutcome, Closed, Origin, Planned, QueueReason};
use volley_types::{FinalState, MessageState, Reason, SpanMs, Timestamp};

use crate::rows::{MessageRow, Querying, Segment, Standing, Try};

pub use news::{Credit, Ending, News, Tried};

/// How long after its validity a message may wait for a receipt.
pub const RECEIPT_GRACE: SpanMs = SpanMs::from_hours(72);

/// How long after a final state a receipt may correct it.
pub const CORRECTION_MAX: SpanMs = SpanMs::from_hours(72);

/// Most attempts remembered for their receipts; of more, the oldest are forgotten. Routing counts no more than 8.
const TRIES_MAX: usize = 16;

impl MessageRow {
    /// A message that was just taken.
    pub fn new(accepted: &Accepted) -> Self {
        Self {
            tenant: accepted.tenant.clone(),
            request: accepted.request.clone(),
            sender: accepted.sender.clone(),
            subscriber: accepted.subscriber.clone(),
            class: accepted.class,
            confirms: accepted.origin != Origin::Client,
            deadline: accepted.deadline,
            accepted_at: accepted.accepted_at,
            state: MessageState::Accepted,
            reason: Reason::None,
            since: accepted.accepted_at,
            with_routing: true,
            told_queued: false,
            told_submitted: false,
            ambiguous: false,
            inferred: false,
            listed: false,
            attempts: 0,
            segments: 0,
            tries: Vec::new(),
            carrier_status: None,
            carrier_error: None,
            error_code: None,
            cancel: None,
            cancelling: Vec::new(),
            edit: None,
            querying: Querying::NotYet,
            timer: None,
        }
    }

    /// How it ended, if it did.
    pub fn ended(&self) -> Option<FinalState> {
        match self.state {
            MessageState::Final(state) => Some(state),
            MessageState::Accepted | MessageState::Queued | MessageState::Routed | MessageState::Submitted => None,
        }
    }

    /// Whether the person may have it, so that a reply may answer it.
    pub fn may_be_answered(&self) -> bool {
        match self.state {
            MessageState::Routed | MessageState::Submitted => true,
            MessageState::Final(FinalState::Delivered | FinalState::Unknown) => true,
            MessageState::Accepted
            | MessageState::Queued
            | MessageState::Final(
                FinalState::Failed | FinalState::Expired | FinalState::Refused | FinalState::Cancelled,
            ) => self.ambiguous,
        }
    }

    /// Routing hands an attempt to a lane.
    pub fn plan(&mut self, planned: &Planned, now: Timestamp) -> Vec<News> {
        if planned.attempt.number <= self.attempts {
            return Vec::new();
        }
        for earlier in &mut self.tries {
            match earlier.standing {
                Standing::Open => {
                    earlier.standing = Standing::Overtaken;
                    self.ambiguous = true;
                }
                // The carrier has it, and a store was lost before routing heard of it: the person may have it twice. Or it took
                // some segments before it refused one, and all are sent again: those he may have twice.
                Standing::Submitted | Standing::Refused => self.ambiguous = true,
                Standing::Overtaken | Standing::Ambiguous => {}
            }
        }
        if self.tries.len() == TRIES_MAX {
            self.tries.remove(0);
        }
        self.attempts = planned.attempt.number;
        self.segments = planned.segments;
        self.with_routing = true;
        self.tries.push(Try {
            number: planned.attempt.number,
            account: planned.account.clone(),
            carrier: planned.carrier.clone(),
            standing: Standing::Open,
            parts: planned.segments,
            data_coding: planned.data_coding,
            segments: vec![Segment::default(); usize::from(planned.submits)],
        });
        self.enter(MessageState::Routed, now);
        self.tries.last().map(|last| News::Routed(last.tried())).into_iter().collect()
    }

    /// Routing makes it wait. Told once; waiting for configuration takes moments and is not told.
    pub fn queue(&mut self, reason: QueueReason, now: Timestamp) -> Option<News> {
        self.with_routing = true;
        self.enter(MessageState::Queued, now);
        let tell = self.state == MessageState::Queued && !self.told_queued && reason != QueueReason::Configuration;
        self.told_queued |= tell;
        tell.then_some(News::Queued)
    }

    /// Routing ends it.
    pub fn close(&mut self, closed: &Closed, now: Timestamp) -> Option<News> {
        self.with_routing = false;
        if self.ended().is_some() {
            return None;
        }
        self.carrier_status = closed.carrier_status.or(self.carrier_status);
        let ending = Ending { state: closed.state, reason: closed.reason };
        self.end(ending, now);
        Some(News::Closed(ending))
    }

    /// Egress says what became of an attempt. `None`: it said so before, or there is no such attempt.
    pub fn report(&mut self, report: &AttemptReport, now: Timestamp) -> Option<Vec<News>> {
        let newest = report.attempt.number == self.attempts;
        let index = self.tries.iter().position(|kept| kept.number == report.attempt.number)?;
        let kept = &mut self.tries[index];
        let settles_silence = !matches!(report.outcome, AttemptOutcome::Ambiguous { .. });
        match kept.standing {
            Standing::Open | Standing::Overtaken => {}
            Standing::Ambiguous if settles_silence => {}
            Standing::Ambiguous | Standing::Submitted | Standing::Refused => return None,
        }
        let tried = kept.tried();
        let mut news = Vec::new();
        match &report.outcome {
            AttemptOutcome::Submitted { ids } => {
                kept.take(ids, Standing::Submitted);
                self.with_routing &= !newest;
                news.extend(self.submitted(tried, now));
            }
            AttemptOutcome::Ambiguous { ids } => {
                kept.take(ids, Standing::Ambiguous);
                self.with_routing &= !newest;
                self.ambiguous = true;
                news.push(News::Ambiguous(tried));
            }
            AttemptOutcome::Refused { status, ids, .. } => {
                kept.take(ids, Standing::Refused);
                if kept.has_no_ids() {
                    self.tries.remove(index);
                }
                self.carrier_status = Some(*status);
                news.push(News::AttemptFailed(tried, Some(*status)));
            }
            AttemptOutcome::NotSent(_) | AttemptOutcome::Recalled => {
                self.tries.remove(index);
                news.push(News::AttemptFailed(tried, None));
            }
        }
        news.extend(self.settle(now));
        Some(news)
    }

    /// Routing gave an attempt up that nobody reported in time. A report that still comes settles it.
    pub fn lose(&mut self, number: u16, now: Timestamp) -> Vec<News> {
        let newest = number == self.attempts;
        let lost = self.tries.iter_mut().find(|kept| kept.number == number);
        let Some(kept) = lost.filter(|kept| kept.standing == Standing::Open) else {
            return Vec::new();
        };
        kept.standing = Standing::Ambiguous;
        let tried = kept.tried();
        self.with_routing &= !newest;
        self.ambiguous = true;
        let mut news = vec![News::Ambiguous(tried)];
        news.extend(self.settle(now));
        news
    }

    /// Routing says what became of the client's wish to have it back; its first word counts.
    pub fn answer_cancel(&mut self, outcome: CancelOutcome) {
        self.cancel.get_or_insert(outcome);
    }

    /// The carrier has it; that is told once, and before any receipt.
    fn submitted(&mut self, tried: Tried, now: Timestamp) -> Option<News> {
        if self.told_submitted || self.ended().is_some() {
            return None;
        }
        self.told_submitted = true;
        self.enter(MessageState::Submitted, now);
        Some(News::Submitted(tried))
    }

    fn end(&mut self, ending: Ending, now: Timestamp) {
        (self.state, self.reason, self.since) = (MessageState::Final(ending.state), ending.reason, now);
    }

    /// A final state is left by corrections only; and once a carrier has it, another attempt takes nothing back.
    fn enter(&mut self, state: MessageState, now: Timestamp) {
        let stays = match self.state {
            MessageState::Final(_) => true,
            MessageState::Submitted => state != MessageState::Submitted,
            MessageState::Accepted | MessageState::Queued | MessageState::Routed => false,
        };
        if !stays {
            (self.state, self.since) = (state, now);
        }
    }
}
