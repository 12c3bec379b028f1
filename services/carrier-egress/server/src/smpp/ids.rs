//! How a carrier writes message ids, and what they mean.

use volley_carrier_egress_core::GivenId;
use volley_carrier_profile::MessageIds;
use volley_events::{CarrierMessageId, config::MessageIdForm};
use volley_smpp::{MessageIdBase, MessageIdKey};

/// The least number that is read in another base: small ones are too often the number of another message as well.
const READ_OTHERWISE_MIN: u128 = 1 << 20;

/// How ids are written in answers and in receipts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct IdForms {
    response: MessageIdBase,
    receipt: MessageIdBase,
    /// Somebody has said so. Where nobody has, an id in a receipt may also be meant in another base.
    said: bool,
}

impl IdForms {
    /// As the profile says; where it says nothing, as the carrier's record does.
    pub fn of(record: MessageIdForm, profile: MessageIds) -> Self {
        let (response, receipt) = match (profile.response, profile.receipt, record) {
            (Some(response), Some(receipt), _) => (response, receipt),
            (_, _, MessageIdForm::HexThenDecimal) => (MessageIdBase::Hexadecimal, MessageIdBase::Decimal),
            (_, _, MessageIdForm::DecimalThenHex) => (MessageIdBase::Decimal, MessageIdBase::Hexadecimal),
            (_, _, MessageIdForm::Same) => (MessageIdBase::Opaque, MessageIdBase::Opaque),
        };
        let said = profile.response.is_some() || record != MessageIdForm::Same;
        Self { response, receipt, said }
    }

    /// The id of an answer, in the one form in which answers and receipts agree; `None` when it is longer than an id may be.
    pub fn of_response(self, id: &str) -> Option<CarrierMessageId> {
        normalised(id, self.response)
    }

    /// The same, with what was written, if that is another text.
    pub fn given(self, id: &str) -> Option<GivenId> {
        let written = id;
        let id = self.of_response(written)?;
        let written = CarrierMessageId::new(written).filter(|written| *written != id);
        Some(GivenId { id, written })
    }

    /// The id of a receipt, in the same form.
    pub fn of_receipt(self, id: &str) -> Option<CarrierMessageId> {
        normalised(id, self.receipt)
    }

    /// Other ids that one written in a receipt may mean, where nobody has said: the same number in hexadecimal and in decimal, bare
    /// and padded as carriers do.
    pub fn readings(self, id: &str) -> Vec<CarrierMessageId> {
        if self.said {
            return Vec::new();
        }
        let written = id.trim().to_ascii_lowercase();
        let mut readings = Vec::new();
        let large = |number: &u128| *number >= READ_OTHERWISE_MIN;
        if let Some(number) = written.parse().ok().filter(large) {
            readings.extend([format!("{number}"), format!("{number:x}"), format!("{number:08x}")]);
        }
        if let Some(number) = u128::from_str_radix(&written, 16).ok().filter(large) {
            readings.extend([format!("{number:x}"), format!("{number}"), format!("{number:010}")]);
        }
        readings.sort();
        readings.dedup();
        readings.retain(|reading| *reading != written);
        readings.iter().filter_map(|reading| CarrierMessageId::new(reading)).collect()
    }
}

fn normalised(id: &str, base: MessageIdBase) -> Option<CarrierMessageId> {
    CarrierMessageId::new(MessageIdKey::new(id, base).as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNSAID: MessageIds = MessageIds { response: None, receipt: None };

    #[test]
    fn answer_and_receipt_agree_on_an_id_in_every_form() {
        let said = |response, receipt| MessageIds { response: Some(response), receipt: Some(receipt) };
        let cases = [
            (MessageIdForm::Same, UNSAID, "AB-1", "ab-1"),
            (MessageIdForm::HexThenDecimal, UNSAID, "1f", "0000000031"),
            (MessageIdForm::DecimalThenHex, UNSAID, "31", "1F"),
            (MessageIdForm::Same, said(MessageIdBase::Hexadecimal, MessageIdBase::Decimal), "1f", "31"),
            (MessageIdForm::HexThenDecimal, said(MessageIdBase::Unpadded, MessageIdBase::Unpadded), "0031", "31"),
        ];
        for (record, profile, response, receipt) in cases {
            let forms = IdForms::of(record, profile);
            assert_eq!(forms.of_response(response), forms.of_receipt(receipt), "{forms:?}");
            assert!(forms.of_response(response).is_some());
        }
    }

    #[test]
    fn an_id_may_mean_the_same_number_in_another_base_and_never_itself() {
        let forms = IdForms::of(MessageIdForm::Same, UNSAID);
        let texts = |id: &str| -> Vec<String> { forms.readings(id).iter().map(|id| id.as_str().to_owned()).collect() };
        assert!(texts("0059113978").contains(&"38601fa".to_owned()));
        assert!(texts("38601FA").contains(&"59113978".to_owned()));
        assert_eq!(texts("6ba7b810-9dad-11d1-80b4-00c04fd430c8"), [""; 0], "no number");
        for id in ["10", "0000000010", "fffff", "7", ""] {
            assert_eq!(texts(id), [""; 0], "too small to be sure of");
        }
        for id in ["99999999", "0012345678", "100000", "ffffffffffffffffffffffffffffffff"] {
            assert!(texts(id).len() <= volley_carrier_egress_core::READINGS_MAX && !texts(id).contains(&id.to_owned()));
        }
        assert!(IdForms::of(MessageIdForm::HexThenDecimal, UNSAID).readings("10").is_empty(), "somebody has said");
    }
}
