//! A segment as one carrier's `submit_sm`: addresses, validity, and the form of its octets as the profile says.

use std::{fmt::Write as _, time::Duration};

use bytes::Bytes;
use volley_carrier_egress_core::SegmentToSend;
use volley_carrier_profile::{Addresses, Profile, Splitting, TonNpi, ValidityForm, ValidityRules};
use volley_smpp::{
    Address, SmppTime, SubmitSm, Tlv, Tlvs,
    pdu::tag,
    time::{AbsoluteTime, RelativeTime},
};
use volley_sms_text::{Concatenation, Encoding, Udh, gsm7};
use volley_types::{DialAddress, SpanMs, Timestamp, Ton};

/// `esm_class`: the octets begin with a user data header (SMPP 3.4 §5.2.12).
const UDHI: u8 = 0x40;

/// Longest short code, in digits.
const SHORT_CODE_DIGITS_MAX: usize = 6;

/// Writes a segment. `draft` is written over as a whole, and its texts keep their memory.
pub(super) fn write_draft(draft: &mut SubmitSm, segment: &SegmentToSend<'_>, profile: &Profile, now: Timestamp) {
    let addresses = &profile.addresses;
    write_sender(&mut draft.source, segment.source, addresses);
    write_recipient(&mut draft.destination, segment.destination, addresses);
    draft.data_coding = segment.data_coding;
    draft.registered_delivery = profile.receipts.registered_delivery;
    draft.tlvs = Tlvs::new();
    for tlv in &profile.tlvs {
        draft.tlvs.push(tlv.clone());
    }
    draft.validity.clear();
    write_validity(&mut draft.validity, segment.deadline, profile.validity, now);
    write_octets(draft, segment, profile);
}

/// The header and the septets, in the form of the carrier's wire.
fn write_octets(draft: &mut SubmitSm, segment: &SegmentToSend<'_>, profile: &Profile) {
    draft.esm_class = segment.esm_class;
    let packed = profile.text.gsm7_packed && segment.data_coding == Encoding::Gsm7.data_coding();
    let as_it_is = profile.text.splitting != Splitting::Sar && !packed;
    let parted = (segment.esm_class & UDHI != 0)
        .then(|| Udh::parse(segment.octets).ok())
        .flatten();
    let (mut header, body) = match &parted {
        Some((udh, body)) if !as_it_is => (&segment.octets[..udh.octets], *body),
        _ => (&[][..], segment.octets),
    };
    if profile.text.splitting == Splitting::Sar
        && let Some(place) = parted.and_then(|(udh, _)| udh.concatenation)
    {
        draft.esm_class &= !UDHI;
        header = &[];
        push_sar(&mut draft.tlvs, place);
    }
    let octets: Bytes = match packed {
        true => [header, &gsm7::pack(body, gsm7::fill_bits(header.len()))].concat().into(),
        false if header.is_empty() => Bytes::copy_from_slice(body),
        false => [header, body].concat().into(),
    };
    draft.short_message = match segment.whole {
        true => {
            draft.tlvs.push(Tlv::message_payload(octets));
            Bytes::new()
        }
        false => octets,
    };
}

fn push_sar(tlvs: &mut Tlvs, place: Concatenation) {
    tlvs.push(Tlv::u16(tag::SAR_MSG_REF_NUM, place.reference()));
    tlvs.push(Tlv::u8(tag::SAR_TOTAL_SEGMENTS, place.total()));
    tlvs.push(Tlv::u8(tag::SAR_SEGMENT_SEQNUM, place.sequence()));
}

fn write_validity(text: &mut String, deadline: Timestamp, rules: ValidityRules, now: Timestamp) {
    let longest = match rules.longest_s {
        0 => SpanMs::from_millis(u64::MAX),
        seconds => SpanMs::from_secs(seconds.into()),
    };
    let rest = deadline.since(now).max(SpanMs::from_secs(1)).min(longest);
    let time = match rules.form {
        ValidityForm::Relative => {
            let rest = Duration::from_millis(rest.as_millis());
            Some(SmppTime::Relative(RelativeTime::from_duration(rest)))
        }
        ValidityForm::Absolute => {
            let end = (now + rest).as_micros().div_euclid(1_000_000);
            AbsoluteTime::from_unix_seconds(end).map(SmppTime::Absolute)
        }
        ValidityForm::None => None,
    };
    if let Some(time) = time {
        // Writing into a text cannot fail.
        let _ = write!(text, "{time}");
    }
}

/// What the profile says about a sender of this kind.
fn of_sender(sender: &DialAddress, addresses: &Addresses) -> Option<TonNpi> {
    let digits = sender.digits();
    if !digits.bytes().all(|octet| octet.is_ascii_digit()) {
        addresses.alphanumeric
    } else if sender.ton == Ton::INTERNATIONAL {
        addresses.standard
    } else if digits.len() <= SHORT_CODE_DIGITS_MAX {
        addresses.short_code
    } else {
        addresses.long_code
    }
}

/// Writes who sends.
pub(super) fn write_sender(address: &mut Address, dial: &DialAddress, addresses: &Addresses) {
    write_address(address, dial, of_sender(dial, addresses), addresses.plus);
}

/// Writes who receives.
pub(super) fn write_recipient(address: &mut Address, dial: &DialAddress, addresses: &Addresses) {
    write_address(address, dial, addresses.destination, addresses.plus);
}

/// The rest of a validity as the carrier wants it.
pub(super) fn validity_of(deadline: Timestamp, rules: ValidityRules, now: Timestamp) -> String {
    let mut text = String::new();
    write_validity(&mut text, deadline, rules, now);
    text
}

/// A text of one part, without a header, in the form of the carrier's wire.
pub(super) fn wire_octets(octets: &[u8], data_coding: u8, profile: &Profile) -> Vec<u8> {
    match profile.text.gsm7_packed && data_coding == Encoding::Gsm7.data_coding() {
        true => gsm7::pack(octets, gsm7::fill_bits(0)),
        false => octets.to_vec(),
    }
}

fn write_address(address: &mut Address, dial: &DialAddress, said: Option<TonNpi>, plus: bool) {
    let TonNpi { ton, npi } = said.unwrap_or(TonNpi { ton: dial.ton.0, npi: dial.npi.0 });
    address.ton = ton.into();
    address.npi = npi.into();
    address.digits.clear();
    if plus && dial.ton == Ton::INTERNATIONAL {
        address.digits.push('+');
    }
    address.digits.push_str(dial.digits());
}

#[cfg(test)]
mod tests {
    use volley_types::Npi;

    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(1_800_000_000_000_000);

    fn written(source: (&str, Ton), coding: u8, esm_class: u8, octets: &[u8], profile: &str) -> SubmitSm {
        let source = DialAddress::new(source.0, source.1, Npi::ISDN).unwrap();
        let destination = DialAddress::new("79140000001", Ton::INTERNATIONAL, Npi::ISDN).unwrap();
        let segment = SegmentToSend {
            source: &source,
            destination: &destination,
            data_coding: coding,
            esm_class,
            octets,
            deadline: NOW + SpanMs::from_secs(600),
            whole: octets.len() > 254,
        };
        let profile = volley_carrier_profile::read(profile).unwrap();
        let mut draft = SubmitSm::default();
        write_draft(&mut draft, &segment, &profile, NOW);
        assert_eq!(draft.check(), Ok(()));
        draft
    }

    const SHORT: (&str, Ton) = ("4565", Ton::UNKNOWN);
    const PART: &[u8] = b"\x05\x00\x03\x07\x02\x01hello";

    #[test]
    fn by_default_it_is_written_as_ordered_with_the_rest_of_its_validity_and_asks_for_a_receipt() {
        let draft = written(SHORT, 8, UDHI, b"\x05\x00\x03\x01\x02\x01\0A", "");
        assert_eq!(draft.validity, "000000001000000R");
        assert_eq!((draft.registered_delivery, draft.data_coding, draft.esm_class), (1, 8, UDHI));
        assert_eq!((draft.source.digits.as_str(), draft.destination.digits.as_str()), ("4565", "79140000001"));
        assert_eq!(draft.short_message.as_ref(), b"\x05\x00\x03\x01\x02\x01\0A");
        assert!(draft.tlvs.is_empty());
    }

    #[test]
    fn parts_go_with_parameters_instead_of_headers_where_the_carrier_wants_that() {
        let draft = written(SHORT, 0, UDHI, PART, "[text]\nsplitting = \"sar\"");
        assert_eq!((draft.esm_class, draft.short_message.as_ref()), (0, &b"hello"[..]));
        let part = draft.tlvs.sar_part().unwrap();
        assert_eq!((part.reference, part.total, part.number), (7, 2, 1));

        let whole = written(SHORT, 0, 0, b"hello", "[text]\nsplitting = \"sar\"");
        assert!(whole.tlvs.is_empty() && whole.short_message.as_ref() == b"hello");
    }

    #[test]
    fn a_whole_text_goes_as_message_payload_and_a_short_one_does_not() {
        let payload = "[text]\nsplitting = \"payload\"";
        let draft = written(SHORT, 0, 0, &[b'a'; 400], payload);
        assert!(draft.short_message.is_empty());
        assert_eq!(draft.tlvs.get(tag::MESSAGE_PAYLOAD).map(|octets| octets.to_vec()), Some(vec![b'a'; 400]));
        let packed = written(SHORT, 0, 0, &[b'a'; 400], "[text]\nsplitting = \"payload\"\ngsm7_packed = true");
        assert_eq!(packed.tlvs.get(tag::MESSAGE_PAYLOAD).map(|octets| octets.len()), Some(350));
        let short = written(SHORT, 0, 0, b"hello", payload);
        assert!(short.tlvs.is_empty() && short.short_message.as_ref() == b"hello");
    }

    #[test]
    fn septets_are_packed_behind_the_header_and_other_alphabets_left_alone() {
        let packed = "[text]\ngsm7_packed = true";
        let draft = written(SHORT, 0, UDHI, PART, packed);
        assert_eq!(&draft.short_message[..6], &PART[..6]);
        assert_eq!(gsm7::unpack(&draft.short_message[6..], 1), b"hello");
        assert_eq!(gsm7::unpack(&written(SHORT, 0, 0, b"hello", packed).short_message, 0), b"hello");
        assert_eq!(written(SHORT, 8, 0, b"\0A", packed).short_message.as_ref(), b"\0A");
        let both = written(SHORT, 0, UDHI, PART, "[text]\ngsm7_packed = true\nsplitting = \"sar\"");
        assert_eq!(gsm7::unpack(&both.short_message, 0), b"hello");
    }

    #[test]
    fn each_kind_of_sender_has_its_own_type_and_plan() {
        let profile = "[addresses]\nplus = true\nshort_code = { ton = 3, npi = 0 }\nlong_code = { ton = 2, npi = 1 }\n\
                       standard = { ton = 1, npi = 8 }\nalphanumeric = { ton = 5, npi = 9 }\ndestination = { ton = 1, npi = 6 }";
        let kinds = [
            (SHORT, (3, 0), "4565"),
            (("01331234567", Ton::UNKNOWN), (2, 1), "01331234567"),
            (("821090001000", Ton::INTERNATIONAL), (1, 8), "+821090001000"),
            (("Volley", Ton::ALPHANUMERIC), (5, 9), "Volley"),
        ];
        for (source, (ton, npi), digits) in kinds {
            let draft = written(source, 0, 0, b"x", profile);
            assert_eq!((u8::from(draft.source.ton), u8::from(draft.source.npi)), (ton, npi), "{digits}");
            assert_eq!(draft.source.digits, digits);
            assert_eq!((u8::from(draft.destination.npi), draft.destination.digits.as_str()), (6, "+79140000001"));
        }
    }

    #[test]
    fn the_validity_is_written_and_limited_as_the_carrier_wants() {
        let of = |profile: &str| written(SHORT, 0, 0, b"x", profile).validity;
        assert_eq!(of("[validity]\nlongest_s = 90"), "000000000130000R");
        assert_eq!(of("[validity]\nform = \"absolute\""), "270115081000000+");
        assert_eq!(of("[validity]\nform = \"none\""), "");
    }

    #[test]
    fn parameters_of_the_contract_are_on_every_message() {
        let draft =
            written(SHORT, 0, 0, b"x", "[receipts]\nrequest = \"failure\"\n[tlvs]\n\"0x1400\" = { text = \"1101\" }");
        assert_eq!(draft.tlvs.get_text(0x1400).as_deref(), Some("1101"));
        assert_eq!(draft.registered_delivery, 2);
    }
}
