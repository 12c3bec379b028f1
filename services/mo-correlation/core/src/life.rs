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

use volley_events::{
    Accepted, AttemptOutcome, AttemptReport, CancelOutcome, CarrierMessageId, Closed, Origin, Planned, QueueReason,
    ReceiptState,
};
use volley_types::{AccountId, CarrierName, FinalState, MessageState, Reason, SpanMs, Timestamp};

use crate::rows::{MessageRow, Segment, Standing, Try};

/// How long after its validity a message may wait for a receipt.
pub const RECEIPT_GRACE: SpanMs = SpanMs::from_hours(72);

/// How long after a final state a receipt may correct it.
pub const CORRECTION_MAX: SpanMs = SpanMs::from_hours(72);

/// Most attempts remembered for their receipts; of more, the oldest are forgotten. Routing counts no more than 8.
const TRIES_MAX: usize = 16;

/// Something worth telling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// It was taken.
    Accepted,
    /// It waits, for the first time.
    Queued,
    /// It was handed to an account's lane.
    Routed(Tried),
    /// The carrier took it, for the first time.
    Submitted(Tried),
    /// The carrier refused it, or it was not sent, or it was taken back.
    AttemptFailed(Tried, Option<u32>),
    /// The carrier never answered.
    Ambiguous(Tried),
    /// It is over.
    Closed(Ending),
    /// A receipt corrected how it ended.
    Corrected {
        /// How it had ended before.
        from: FinalState,
        /// How it ended.
        to: Ending,
    },
}

/// How a message ended, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ending {
    /// How.
    pub state: FinalState,
    /// Why.
    pub reason: Reason,
}

/// The attempt that news are about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tried {
    /// Which, from 1.
    pub number: u16,
    /// Its account.
    pub account: AccountId,
    /// Its carrier.
    pub carrier: CarrierName,
    /// Its segments.
    pub segments: u8,
}

/// What became of a receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credit {
    /// It said something new.
    Taken(Vec<News>),
    /// It had been said before, or says nothing final.
    Nothing,
    /// It contradicts what is settled, or comes too late to correct it.
    Refused,
    /// The message has no such attempt or segment.
    NoPlace,
}

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
            attempts: 0,
            segments: 0,
            tries: Vec::new(),
            carrier_status: None,
            carrier_error: None,
            cancel: None,
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
            MessageState::Accepted | MessageState::Queued => self.ambiguous,
            MessageState::Routed | MessageState::Submitted => true,
            MessageState::Final(FinalState::Delivered | FinalState::Unknown) => true,
            MessageState::Final(
                FinalState::Failed | FinalState::Expired | FinalState::Refused | FinalState::Cancelled,
            ) => false,
        }
    }

    /// Routing hands an attempt to a lane.
    pub fn plan(&mut self, planned: &Planned, now: Timestamp) -> Vec<News> {
        if planned.attempt.number <= self.attempts {
            return Vec::new();
        }
        for unreported in self.tries.iter_mut().filter(|earlier| earlier.standing == Standing::Open) {
            unreported.standing = Standing::Overtaken;
            self.ambiguous = true;
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
            segments: vec![Segment::default(); usize::from(planned.segments)],
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

    /// A receipt speaks of a segment (from 0) of an attempt.
    pub fn receive(
        &mut self,
        number: u16,
        segment: u8,
        said: ReceiptState,
        error: Option<&str>,
        now: Timestamp,
    ) -> Credit {
        let correctable = self.ended().is_none() || now <= self.since + CORRECTION_MAX;
        let place = self.tries.iter_mut().find(|kept| kept.number == number);
        let Some(segment) = place.and_then(|kept| kept.segments.get_mut(usize::from(segment))) else {
            return Credit::NoPlace;
        };
        match (segment.receipt, said) {
            (_, ReceiptState::Enroute) => return Credit::Nothing,
            (Some(before), said) if before == said => return Credit::Nothing,
            (Some(ReceiptState::Delivered), _) | (Some(_), ReceiptState::Unknown) => return Credit::Refused,
            (Some(before), said) if before != ReceiptState::Unknown && said != ReceiptState::Delivered => {
                return Credit::Refused;
            }
            _ if !correctable => return Credit::Refused,
            (_, said) => segment.receipt = Some(said),
        }
        if said != ReceiptState::Delivered {
            self.carrier_error = error.map(str::to_owned).or(self.carrier_error.take());
        }
        Credit::Taken(self.settle(now))
    }

    /// The grace is over: ends it with what is known. `None`: it is over already.
    pub fn give_up(&mut self, now: Timestamp) -> Option<News> {
        if self.ended().is_some() {
            return None;
        }
        let ending = self.last_word();
        self.with_routing = false;
        self.end(ending, now);
        Some(News::Closed(ending))
    }

    /// What is most likely true of a message that nobody will hear of again.
    fn last_word(&self) -> Ending {
        let submitted = self.tries.iter().any(|kept| kept.standing == Standing::Submitted);
        let (state, reason) = match worst(self.tries.iter()) {
            Some(bad_news) => return bad_news,
            None if submitted => (FinalState::Unknown, Reason::NoReceipt),
            None if !self.tries.is_empty() => (FinalState::Unknown, Reason::Ambiguous),
            None => (FinalState::Expired, Reason::ValidityEnded),
        };
        Ending { state, reason }
    }

    /// Ends or corrects it when the receipts allow it.
    fn settle(&mut self, now: Timestamp) -> Vec<News> {
        let Some(ending) = self.verdict() else { return Vec::new() };
        let mut news = Vec::new();
        match self.ended() {
            None => {
                if let Some(tried) = self.tries.last().map(Try::tried) {
                    news.extend(self.submitted(tried, now));
                }
                news.push(News::Closed(ending));
            }
            Some(from) if corrects(from, ending.state) => news.push(News::Corrected { from, to: ending }),
            Some(_) => return Vec::new(),
        }
        if ending.state == FinalState::Delivered {
            self.carrier_error = None;
        }
        self.end(ending, now);
        news
    }

    /// What the receipts of all attempts say together; `None` while one is awaited.
    fn verdict(&self) -> Option<Ending> {
        if self.tries.iter().any(Try::is_delivered) {
            return Some(Ending { state: FinalState::Delivered, reason: Reason::ReceiptDelivered });
        }
        let awaited = |kept: &Try| kept.standing == Standing::Submitted && kept.is_open();
        if self.with_routing || self.tries.iter().any(awaited) {
            return None;
        }
        worst(
            self.tries
                .iter()
                .filter(|kept| kept.standing != Standing::Refused && !kept.is_open()),
        )
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

impl Try {
    /// What is told of it.
    pub fn tried(&self) -> Tried {
        Tried {
            number: self.number,
            account: self.account.clone(),
            carrier: self.carrier.clone(),
            segments: u8::try_from(self.segments.len()).unwrap_or(u8::MAX),
        }
    }

    fn take(&mut self, ids: &[Option<CarrierMessageId>], standing: Standing) {
        self.standing = standing;
        for (segment, id) in self.segments.iter_mut().zip(ids) {
            segment.id = id.clone();
        }
    }

    fn has_no_ids(&self) -> bool {
        self.segments.iter().all(|segment| segment.id.is_none())
    }

    fn is_open(&self) -> bool {
        self.segments.iter().any(|segment| segment.receipt.is_none())
    }

    fn is_delivered(&self) -> bool {
        !self.segments.is_empty()
            && self
                .segments
                .iter()
                .all(|segment| segment.receipt == Some(ReceiptState::Delivered))
    }
}

/// Whether a receipt's verdict may replace a final state (telecom.md §4.3).
fn corrects(from: FinalState, to: FinalState) -> bool {
    match (from, to) {
        (FinalState::Delivered, _) => false,
        (_, FinalState::Delivered) => true,
        (FinalState::Unknown, to) => to != FinalState::Unknown,
        (FinalState::Failed | FinalState::Expired | FinalState::Refused | FinalState::Cancelled, _) => false,
    }
}

/// The ending that the bad receipts of some attempts stand for: a failure before a carrier that does not know.
fn worst<'a>(tries: impl Iterator<Item = &'a Try>) -> Option<Ending> {
    let said = tries.flat_map(|kept| &kept.segments).filter_map(|segment| segment.receipt);
    said.filter_map(bad_ending)
        .min_by_key(|ending| ending.state == FinalState::Unknown)
}

/// How a message ends by a receipt that is no good news. Expired at the carrier is expired (`docs/decisions/0005`).
fn bad_ending(said: ReceiptState) -> Option<Ending> {
    let (state, reason) = match said {
        ReceiptState::Enroute | ReceiptState::Delivered => return None,
        ReceiptState::Expired => (FinalState::Expired, Reason::ReceiptExpired),
        ReceiptState::Deleted => (FinalState::Failed, Reason::ReceiptDeleted),
        ReceiptState::Undeliverable => (FinalState::Failed, Reason::ReceiptUndeliverable),
        ReceiptState::Rejected => (FinalState::Failed, Reason::ReceiptRejected),
        ReceiptState::Skipped => (FinalState::Failed, Reason::ReceiptSkipped),
        ReceiptState::Unknown => (FinalState::Unknown, Reason::ReceiptUnknown),
    };
    Some(Ending { state, reason })
}
