use volley_smpp::pdu::{Tlv, Tlvs, tag};
use volley_smpp::receipt::StateSource;
use volley_smpp::{MessageIdBase, MessageIdKey, MessageState, Receipt};

use super::{Shape, size};

/// The first octet is the data_coding, the second a `message_state` or, from 0x80 on, none; an id in a parameter follows up to its
/// zero octet where the third is 1.
pub(super) fn run(octets: &[u8]) -> Shape {
    let [data_coding, state, has_id, rest @ ..] = octets else {
        return Shape::of(size(octets.len()));
    };
    let mut tlvs = Vec::new();
    if *state < 0x80 {
        tlvs.push(Tlv::u8(tag::MESSAGE_STATE, *state));
    }
    let mut text = rest;
    if *has_id == 1 {
        let end = rest.iter().position(|octet| *octet == 0).unwrap_or(rest.len());
        tlvs.push(Tlv::new(tag::RECEIPTED_MESSAGE_ID, rest[..end].to_vec()));
        text = &rest[end..];
    }
    let tlvs: Tlvs = tlvs.into_iter().collect();
    let receipt = Receipt::read(text, *data_coding, &tlvs);
    let _ = format!("{receipt:?}");
    if let Some(state) = tlvs.message_state().and_then(MessageState::from_code) {
        assert_eq!((receipt.state, receipt.state_source), (state, StateSource::Tlv), "the parameter beats the text");
    }
    if let Some(id) = &receipt.id {
        assert!(!id.as_str().is_empty());
        for base in [MessageIdBase::Opaque, MessageIdBase::Unpadded, MessageIdBase::Decimal, MessageIdBase::Hexadecimal]
        {
            let upper = id.as_str().to_ascii_uppercase();
            assert_eq!(
                MessageIdKey::new(id.as_str(), base),
                MessageIdKey::new(&upper, base),
                "case never tells ids apart"
            );
        }
    }
    let dates = (receipt.submit_date.map(|date| date.time().2.is_some()), receipt.done_date.is_some());
    Shape::of((
        (receipt.id.is_some(), receipt.text_id.is_some(), receipt.sub.is_some(), receipt.dlvrd.is_some()),
        dates,
        (receipt.state as u8, receipt.stat_known, receipt.stat_raw.is_some(), receipt.err_raw.is_some()),
        receipt.text.as_ref().map(|text| size(text.len())),
    ))
}
