//! What a carrier that has a message can be asked about it, and what its answers make of the message.

use volley_events::{CancelOutcome, CarrierMessageId, EditOutcome, ReceiptState};
use volley_types::{AttemptId, ContentHash, FinalState, MessageId, Reason, Timestamp};

use super::{Ending, News};
use crate::rows::{MessageRow, Querying, Standing, Try};

/// Segments of an attempt, from 0, with the carrier's ids for them.
type Named = Vec<(u8, CarrierMessageId)>;

impl MessageRow {
    /// The attempts of which the carrier must cancel everything so that the person gets nothing: the parts of each that are not
    /// settled, with their ids. `None` when that cannot be had: something was delivered, or has no id to be named by.
    pub fn cancellable(&self) -> Option<Vec<(&Try, Named)>> {
        if self.ended().is_some() || self.with_routing {
            return None;
        }
        let mut asked = Vec::new();
        for kept in &self.tries {
            let parts = match kept.standing {
                Standing::Open | Standing::Overtaken => return None,
                Standing::Submitted | Standing::Ambiguous => kept.unsettled(MustHaveId::All)?,
                Standing::Refused => kept.unsettled(MustHaveId::Taken)?,
            };
            if !parts.is_empty() {
                asked.push((kept, parts));
            }
        }
        (!asked.is_empty()).then_some(asked)
    }

    /// The attempts with parts that nobody has told of, and whose ids are known.
    pub fn askable(&self) -> Vec<(&Try, Named)> {
        let parts = |kept: &Try| -> Named {
            let unheard = (0..=u8::MAX).zip(&kept.segments).filter(|(_, part)| part.receipt.is_none());
            unheard.filter_map(|(number, part)| Some((number, part.id.clone()?))).collect()
        };
        let tries = self.tries.iter().map(|kept| (kept, parts(kept)));
        tries.filter(|(_, parts)| !parts.is_empty()).collect()
    }

    /// The one part that a new text may replace, of the only attempt that a carrier has.
    pub fn replaceable(&self) -> Result<(&Try, CarrierMessageId), EditOutcome> {
        if self.ended().is_some() || self.with_routing {
            return Err(EditOutcome::TooLate);
        }
        let [kept] = self.tries.as_slice() else { return Err(EditOutcome::TooLate) };
        let [part] = kept.segments.as_slice() else {
            return Err(EditOutcome::DoesNotFit);
        };
        if kept.parts != 1 {
            return Err(EditOutcome::DoesNotFit);
        }
        match (&part.id, part.receipt) {
            (Some(id), None) => Ok((kept, id.clone())),
            _ => Err(EditOutcome::TooLate),
        }
    }

    /// The carrier cancelled all it had of an attempt. Once that is true of every attempt it was asked about, the message is over.
    pub fn cancelled_at_carrier(&mut self, number: u16, now: Timestamp) -> Option<News> {
        self.cancelling.retain(|asked| *asked != number);
        if !self.cancelling.is_empty() || self.cancel != Some(CancelOutcome::Pending) {
            return None;
        }
        self.cancel = Some(CancelOutcome::CancelledAtCarrier);
        if self.ended().is_some() {
            return None;
        }
        let ending = Ending { state: FinalState::Cancelled, reason: Reason::CancelledByClient };
        self.end(ending, now);
        Some(News::Closed(ending))
    }

    /// The carrier did not cancel an attempt, or could not be asked.
    pub fn not_cancelled(&mut self) {
        self.cancelling.clear();
        if self.cancel == Some(CancelOutcome::Pending) {
            self.cancel = Some(CancelOutcome::TooLate);
        }
    }

    /// What is known of a wish to have it back. One that a carrier never answered is answered by how the message ended.
    pub fn cancel_known(&self) -> Option<CancelOutcome> {
        match (self.cancel, self.ended()) {
            (Some(CancelOutcome::Pending), Some(FinalState::Cancelled)) => Some(CancelOutcome::CancelledAtCarrier),
            (Some(CancelOutcome::Pending), Some(_)) => Some(CancelOutcome::TooLate),
            (known, _) => known,
        }
    }

    /// Keeps what came of the newest wish for another text.
    pub fn answer_edit(&mut self, edit: ContentHash, outcome: EditOutcome) {
        self.edit = Some((edit, outcome));
    }

    /// Whether a carrier is asked to serve this very wish, or has served it.
    pub fn is_edited(&self, edit: ContentHash) -> bool {
        matches!(self.edit, Some((of, EditOutcome::Pending | EditOutcome::ReplacedAtCarrier)) if of == edit)
    }

    /// When the carrier is to be asked what became of it, if it is.
    pub fn query_due(&self) -> Option<Timestamp> {
        let awaits = self.ended().is_none() && !self.with_routing;
        match self.querying {
            Querying::At(at) if awaits => Some(at),
            Querying::At(_) | Querying::NotYet | Querying::Over => None,
        }
    }

    /// How it ends by a receipt: what its client wanted back and the carrier deleted, the carrier cancelled.
    pub(super) fn as_wanted(&self, ending: Ending) -> Ending {
        let asked = matches!(self.cancel, Some(CancelOutcome::Pending | CancelOutcome::CancelledAtCarrier));
        match ending.reason {
            Reason::ReceiptDeleted if asked => {
                Ending { state: FinalState::Cancelled, reason: Reason::CancelledByClient }
            }
            _ => ending,
        }
    }
}

/// Which parts of an attempt must have an id, so that nothing of it is left out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum MustHaveId {
    /// All: the carrier has or may have each of them.
    All,
    /// Those it took before it refused one.
    Taken,
}

impl Try {
    /// The attempt as others name it.
    pub fn attempt(&self, message: MessageId) -> AttemptId {
        AttemptId { message, number: self.number }
    }

    /// The parts without a last word, and their ids; `None` when one was delivered, or has no id and needs one.
    fn unsettled(&self, must: MustHaveId) -> Option<Named> {
        let mut parts = Vec::new();
        for (number, part) in (0..=u8::MAX).zip(&self.segments) {
            match (&part.id, part.receipt) {
                (_, Some(ReceiptState::Delivered)) => return None,
                (Some(id), None | Some(ReceiptState::Unknown)) => parts.push((number, id.clone())),
                (None, None | Some(ReceiptState::Unknown)) if must == MustHaveId::All => return None,
                _ => {}
            }
        }
        Some(parts)
    }
}
