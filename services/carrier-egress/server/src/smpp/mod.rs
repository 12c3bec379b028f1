//! SMPP as one transport of the core: orders to `submit_sm`, answers and `deliver_sm` back to what the core knows.

mod deliver;
mod sessions;
mod status;

use volley_events::{CarrierMessageId, config::MessageIdForm};
use volley_smpp::{MessageIdBase, MessageIdKey};

pub(crate) use deliver::read_delivery;
pub(crate) use sessions::{Sessions, Slot, SlotState};
pub(crate) use status::answer_of;

/// How a carrier writes ids in its answers.
pub(crate) fn answer_base(form: MessageIdForm) -> MessageIdBase {
    match form {
        MessageIdForm::Same => MessageIdBase::Opaque,
        MessageIdForm::HexThenDecimal => MessageIdBase::Hexadecimal,
        MessageIdForm::DecimalThenHex => MessageIdBase::Decimal,
    }
}

/// How a carrier writes ids in its receipts.
pub(crate) fn receipt_base(form: MessageIdForm) -> MessageIdBase {
    match form {
        MessageIdForm::Same => MessageIdBase::Opaque,
        MessageIdForm::HexThenDecimal => MessageIdBase::Decimal,
        MessageIdForm::DecimalThenHex => MessageIdBase::Hexadecimal,
    }
}

/// An id in the one form in which answers and receipts agree; `None` when it is longer than the specification's 64 octets.
pub(crate) fn normalised(id: &str, base: MessageIdBase) -> Option<CarrierMessageId> {
    CarrierMessageId::new(MessageIdKey::new(id, base).as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answer_and_receipt_agree_on_an_id_in_every_form() {
        let pairs = [
            (MessageIdForm::Same, "AB-1", "ab-1"),
            (MessageIdForm::HexThenDecimal, "1f", "0000000031"),
            (MessageIdForm::DecimalThenHex, "31", "1F"),
        ];
        for (form, answer, receipt) in pairs {
            let answer = normalised(answer, answer_base(form));
            assert_eq!(answer, normalised(receipt, receipt_base(form)), "{form:?}");
            assert!(answer.is_some());
        }
    }
}
