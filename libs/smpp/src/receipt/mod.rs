//! Delivery receipts: what a carrier says became of a message.
//!
//!   DeliverSm --kind, sign--> a receipt?  --parse--> Receipt { id, state, err, dates }
//!                                                      |-- MessageIdKey --> the message it is about
//!                                                      +-- Outcome      --> what we conclude
//!
//! RCP-1: parameters beat text, and the quoted text of the message never overrides a field.
//! RCP-2: every receipt parses to something; what is missing or impossible in it is `None`, and raw words are kept.
//! RCP-3: the same id written in two bases gives one key, and two ids never share one.

mod date;
mod fields;
mod id;
mod parse;
mod state;

pub use date::ReceiptDate;
pub use id::{MessageIdBase, MessageIdKey};
pub use parse::{Receipt, StateSource};
pub use state::{FailureKind, MessageState, Outcome};

use crate::pdu::DeliverSm;

/// What a `deliver_sm` is, by bits 5 to 2 of its `esm_class` (SMPP 3.4 §5.2.12).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DeliveryKind {
    /// A message from a phone.
    Message,
    /// The carrier's receipt.
    Receipt,
    /// The receiving application acknowledges delivery.
    DeliveryAcknowledgement,
    /// The person acknowledges by hand.
    UserAcknowledgement,
    /// The end of a conversation (Korean CDMA).
    ConversationAbort,
    /// The carrier's receipt on the way, not the last word.
    Intermediate,
    /// A value the specification keeps for later.
    Reserved(u8),
}

impl DeliveryKind {
    /// Reads the kind from an `esm_class`; its other bits play no part.
    #[must_use]
    pub const fn of(esm_class: u8) -> Self {
        match esm_class & 0x3C {
            0x00 => Self::Message,
            0x04 => Self::Receipt,
            0x08 => Self::DeliveryAcknowledgement,
            0x10 => Self::UserAcknowledgement,
            0x18 => Self::ConversationAbort,
            0x20 => Self::Intermediate,
            other => Self::Reserved(other),
        }
    }

    /// Whether the carrier itself reports, finally or on the way.
    #[must_use]
    pub const fn is_receipt(self) -> bool {
        matches!(self, Self::Receipt | Self::Intermediate)
    }
}

/// How a carrier marks its receipts. A subscriber can type what looks like one, so the text alone counts only
/// where the carrier is known to forget the mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum ReceiptSign {
    /// By `esm_class`, as specified.
    #[default]
    EsmClass,
    /// By `esm_class`, or by a text or parameters that are a receipt: the carrier forgets the bit.
    EsmClassOrContent,
    /// By `esm_class` together with the content: the carrier sets the bit on everything.
    EsmClassAndContent,
}

/// Reads `deliver` as a receipt, if it is one at a carrier that marks them by `sign`.
#[must_use]
pub fn read_receipt(deliver: &DeliverSm, sign: ReceiptSign) -> Option<Receipt> {
    let marked = DeliveryKind::of(deliver.esm_class).is_receipt();
    if !marked && sign != ReceiptSign::EsmClassOrContent {
        return None;
    }
    let receipt = Receipt::of(deliver);
    let accepted = match sign {
        ReceiptSign::EsmClass => true,
        ReceiptSign::EsmClassOrContent => marked || receipt.is_convincing(),
        ReceiptSign::EsmClassAndContent => receipt.is_convincing(),
    };
    accepted.then_some(receipt)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    const LOOK_ALIKE: &[u8] = b"id:26 sub:001 dlvrd:001 stat:DELIVRD err:000 text:x";

    fn delivered(esm_class: u8, text: &'static [u8]) -> DeliverSm {
        DeliverSm { esm_class, short_message: Bytes::from_static(text), ..DeliverSm::default() }
    }

    #[test]
    fn a_subscriber_cannot_type_a_receipt() {
        let typed = delivered(0x00, LOOK_ALIKE);

        assert_eq!(read_receipt(&typed, ReceiptSign::EsmClass), None);
        assert!(read_receipt(&typed, ReceiptSign::EsmClassOrContent).is_some());
    }

    #[test]
    fn a_message_with_a_stray_mark_stays_a_message_where_the_carrier_marks_everything() {
        let message = delivered(0x04, b"VOTE 2");

        assert!(read_receipt(&message, ReceiptSign::EsmClass).is_some());
        assert_eq!(read_receipt(&message, ReceiptSign::EsmClassAndContent), None);
        assert!(read_receipt(&delivered(0x04, LOOK_ALIKE), ReceiptSign::EsmClassAndContent).is_some());
    }

    #[test]
    fn header_and_reply_path_bits_do_not_hide_the_kind() {
        assert_eq!(DeliveryKind::of(0x04 | 0x40 | 0x80 | 0x03), DeliveryKind::Receipt);
        assert_eq!(DeliveryKind::of(0x20), DeliveryKind::Intermediate);
        assert_eq!(DeliveryKind::of(0x40), DeliveryKind::Message);
        assert!(!DeliveryKind::of(0x08).is_receipt());
    }
}
