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

/// Other ids that one written in a receipt may mean, where nobody has said how the carrier writes them: the same number in
/// hexadecimal and in decimal, bare and padded as carriers do.
pub(crate) fn readings(id: &str) -> Vec<CarrierMessageId> {
    let written = id.trim().to_ascii_lowercase();
    let mut readings = Vec::new();
    if let Ok(number) = written.parse::<u128>() {
        readings.extend([format!("{number}"), format!("{number:x}"), format!("{number:08x}")]);
    }
    if let Ok(number) = u128::from_str_radix(&written, 16) {
        readings.extend([format!("{number:x}"), format!("{number}"), format!("{number:010}")]);
    }
    readings.sort();
    readings.dedup();
    readings.retain(|reading| *reading != written);
    readings.iter().filter_map(|reading| CarrierMessageId::new(reading)).collect()
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

    #[test]
    fn an_id_may_mean_the_same_number_in_another_base_and_never_itself() {
        let texts = |id: &str| -> Vec<String> { readings(id).iter().map(|id| id.as_str().to_owned()).collect() };
        assert!(texts("0059113978").contains(&"38601fa".to_owned()));
        assert!(texts("38601FA").contains(&"59113978".to_owned()));
        assert_eq!(texts("6ba7b810-9dad-11d1-80b4-00c04fd430c8"), [""; 0], "no number");
        for id in ["10", "0000000010", "ffffffffffffffffffffffffffffffff", "7", "0"] {
            assert!(texts(id).len() <= volley_carrier_egress_core::READINGS_MAX && !texts(id).contains(&id.to_owned()));
        }
    }
}
