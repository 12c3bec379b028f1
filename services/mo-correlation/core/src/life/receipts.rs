//! What receipts make of a message, together and when the last has not come.

use volley_events::ReceiptState;
use volley_types::{FinalState, Reason, Timestamp};

use super::{CORRECTION_MAX, Credit, Ending, News};
use crate::rows::{MessageRow, Standing, Try};

impl MessageRow {
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
        let ending = self.as_wanted(self.last_word());
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
    pub(super) fn settle(&mut self, now: Timestamp) -> Vec<News> {
        let Some(ending) = self.verdict().map(|ending| self.as_wanted(ending)) else {
            return Vec::new();
        };
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
            (self.carrier_error, self.error_code) = (None, None);
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
