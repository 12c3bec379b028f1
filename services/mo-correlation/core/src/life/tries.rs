//! One attempt, as a message remembers it.

use volley_events::{CarrierMessageId, ReceiptState};

use super::Tried;
use crate::rows::{Standing, Try};

impl Try {
    /// What is told of it.
    pub fn tried(&self) -> Tried {
        Tried {
            number: self.number,
            account: self.account.clone(),
            carrier: self.carrier.clone(),
            segments: self.parts,
        }
    }

    pub(super) fn take(&mut self, ids: &[Option<CarrierMessageId>], standing: Standing) {
        self.standing = standing;
        for (segment, id) in self.segments.iter_mut().zip(ids) {
            segment.id = id.clone();
        }
    }

    pub(super) fn has_no_ids(&self) -> bool {
        self.segments.iter().all(|segment| segment.id.is_none())
    }

    pub(super) fn is_open(&self) -> bool {
        self.segments.iter().any(|segment| segment.receipt.is_none())
    }

    pub(super) fn is_delivered(&self) -> bool {
        !self.segments.is_empty()
            && self
                .segments
                .iter()
                .all(|segment| segment.receipt == Some(ReceiptState::Delivered))
    }
}
