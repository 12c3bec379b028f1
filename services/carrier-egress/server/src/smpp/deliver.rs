//! A `deliver_sm` as the core knows it.

use volley_carrier_egress_core::{Content, Delivery, LinkId, ReceiptContent, ReplyContent};
use volley_carrier_profile::TextRules;
use volley_events::{PartInfo, ReceiptState};
use volley_smpp::{
    Address, DeliverSm, MessageState, Receipt, pdu::DeliverOperation, read_receipt, receipt::DeliveryKind,
};
use volley_sms_text::{Encoding, Udh, gsm7};
use volley_types::{AccountId, Body, DialAddress, Npi, Timestamp, Ton};
use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::rules::Rules;

/// Octets of a PDU before its body; the sequence number is in them.
const HEADER_OCTETS: usize = 16;

/// Reads what a carrier delivered. Whatever is not marked as a receipt is what a person wrote.
pub(crate) fn read_delivery(
    deliver: &DeliverSm,
    account: &AccountId,
    (link, sequence): (LinkId, u32),
    rules: &Rules,
) -> Delivery {
    let content = match read_receipt(deliver, rules.profile.receipts.sign) {
        Some(receipt) => Content::Receipt(receipt_content(deliver, &receipt, rules)),
        None => Content::Reply(reply_content(deliver, &rules.profile.text)),
    };
    Delivery {
        link,
        sequence,
        fingerprint: fingerprint(deliver),
        account: account.clone(),
        source: dial_address(&deliver.source),
        destination: dial_address(&deliver.destination),
        content,
    }
}

/// What a person wrote, in the alphabet that data_coding 0x00 stands for at this carrier, unpacked.
fn reply_content(deliver: &DeliverSm, text: &TextRules) -> ReplyContent {
    let in_default_alphabet = deliver.data_coding == Encoding::Gsm7.data_coding();
    let octets = deliver.content();
    ReplyContent {
        data_coding: match in_default_alphabet {
            true => text.default_alphabet.data_coding(),
            false => deliver.data_coding,
        },
        esm_class: deliver.esm_class,
        octets: match in_default_alphabet && text.gsm7_packed {
            true => Body::plain(unpacked(&octets, deliver.esm_class)),
            false => Body::plain(octets),
        },
        part: deliver.sar_part().map(|part| PartInfo {
            reference: part.reference,
            total: part.total,
            sequence: part.number,
        }),
    }
}

fn unpacked(octets: &[u8], esm_class: u8) -> Vec<u8> {
    let header = match Udh::parse(octets) {
        Ok((udh, _)) if esm_class & 0x40 != 0 => udh.octets,
        _ => 0,
    };
    let (header, body) = octets.split_at(header);
    [header, &gsm7::unpack(body, gsm7::fill_bits(header.len()))].concat()
}

fn receipt_content(deliver: &DeliverSm, receipt: &Receipt, rules: &Rules) -> ReceiptContent {
    let network_error = || {
        receipt
            .network_error
            .map(|error| format!("{}/{}", error.network_type, error.code))
    };
    // The zone of a carrier's dates is not in them.
    let ahead_seconds = i32::from(rules.profile.receipts.utc_offset_minutes) * 60;
    let done_at = receipt
        .done_date
        .map(|date| Timestamp::from_micros(date.unix_seconds(ahead_seconds) * 1_000_000));
    let (id, own_error) = (receipt.id.as_ref(), &receipt.err_raw);
    let says_something = |error: &String| error.bytes().any(|octet| octet != b'0');
    ReceiptContent {
        id: id.and_then(|id| rules.ids.of_receipt(id.as_str())),
        readings: id.map(|id| rules.ids.readings(id.as_str())).unwrap_or_default(),
        state: match DeliveryKind::of(deliver.esm_class) {
            DeliveryKind::Intermediate => ReceiptState::Enroute,
            _ => state_of(receipt.state),
        },
        // Zeros say that nothing is wrong, or that the network knows better.
        error: own_error
            .clone()
            .filter(says_something)
            .or_else(network_error)
            .or_else(|| own_error.clone()),
        done_at,
        raw: Body::plain(deliver.content()),
    }
}

pub(super) fn state_of(state: MessageState) -> ReceiptState {
    match state {
        MessageState::Scheduled | MessageState::Enroute | MessageState::Accepted => ReceiptState::Enroute,
        MessageState::Delivered => ReceiptState::Delivered,
        MessageState::Expired => ReceiptState::Expired,
        MessageState::Deleted => ReceiptState::Deleted,
        MessageState::Undeliverable => ReceiptState::Undeliverable,
        MessageState::Rejected => ReceiptState::Rejected,
        MessageState::Skipped => ReceiptState::Skipped,
        MessageState::Unknown => ReceiptState::Unknown,
    }
}

/// Equal for equal PDUs, whatever their sequence numbers.
fn fingerprint(deliver: &DeliverSm) -> u64 {
    let operation = match deliver.operation {
        DeliverOperation::DeliverSm => 0,
        DeliverOperation::DataSm => 1,
    };
    xxh3_64_with_seed(deliver.raw.get(HEADER_OCTETS..).unwrap_or_default(), operation)
}

/// One `char` is one octet here.
pub(crate) fn dial_address(address: &Address) -> DialAddress {
    let (ton, npi) = (Ton(address.ton.into()), Npi(address.npi.into()));
    if address.digits.is_ascii() {
        return DialAddress::lossy(address.digits.as_bytes(), ton, npi);
    }
    let octets: Vec<u8> = address.digits.chars().map(|c| u8::try_from(c).unwrap_or(b'?')).collect();
    DialAddress::lossy(&octets, ton, npi)
}

#[cfg(test)]
mod tests {
    use bytes::{Bytes, BytesMut};
    use volley_events::config::MessageIdForm;
    use volley_smpp::{Frame, FrameDecoder, Pdu};

    use super::*;
    use crate::smpp::IdForms;

    const HEX_DECIMAL: &str = "[message_ids]\nresponse = \"hexadecimal\"\nreceipt = \"decimal\"";

    fn rules(profile: &str) -> Rules {
        let profile = std::sync::Arc::new(volley_carrier_profile::read(profile).unwrap());
        Rules { ids: IdForms::of(MessageIdForm::Same, profile.message_ids), profile }
    }

    fn delivered(deliver: &DeliverSm, sequence: u32) -> Delivery {
        delivered_by(&rules(HEX_DECIMAL), deliver, sequence)
    }

    fn delivered_by(rules: &Rules, deliver: &DeliverSm, sequence: u32) -> Delivery {
        let (mut octets, mut decoder) = (BytesMut::new(), FrameDecoder::new());
        deliver.encode(sequence, &mut octets).unwrap();
        decoder.feed(&octets);
        let Some(Ok(Frame { pdu: Pdu::DeliverSm(read), .. })) = decoder.next_frame() else {
            panic!("no deliver_sm")
        };
        read_delivery(&read, &AccountId::new("acme-1").unwrap(), (LinkId(1), sequence), rules)
    }

    fn receipt(esm_class: u8) -> DeliverSm {
        DeliverSm {
            source: Address::international("79140000001"),
            destination: Address::short_code("4565"),
            esm_class,
            short_message: Bytes::from_static(b"id:0000000031 stat:DELIVRD err:000 done date:2601020304"),
            ..DeliverSm::default()
        }
    }

    #[test]
    fn a_receipt_is_read_with_its_id_in_the_carriers_form() {
        let Content::Receipt(read) = delivered(&receipt(0x04), 7).content else {
            panic!("no receipt")
        };
        assert_eq!(read.id, rules(HEX_DECIMAL).ids.of_response("1F"));
        assert_eq!((read.state, read.error.as_deref()), (ReceiptState::Delivered, Some("000")));
        assert!(read.done_at.is_some());
        let Content::Receipt(read) = delivered(&receipt(0x20), 7).content else {
            panic!("no receipt")
        };
        assert_eq!(read.state, ReceiptState::Enroute, "not the last word");
    }

    #[test]
    fn a_look_alike_without_the_mark_is_what_a_person_wrote() {
        assert!(matches!(delivered(&receipt(0x00), 7).content, Content::Reply(_)));
    }

    #[test]
    fn a_receipt_is_known_and_dated_as_the_carrier_does() {
        let forgetful = rules("[receipts]\nmarked_by = \"esm_class-or-content\"\nutc_offset_minutes = 540");
        let done_at = |rules: &Rules, esm_class| match delivered_by(rules, &receipt(esm_class), 7).content {
            Content::Receipt(receipt) => receipt.done_at,
            Content::Reply(_) => None,
        };
        let (seoul, utc) = (done_at(&forgetful, 0x00).unwrap(), done_at(&rules(""), 0x04).unwrap());
        assert_eq!(utc.since(seoul), volley_types::SpanMs::from_hours(9));
    }

    #[test]
    fn what_a_person_wrote_is_read_in_the_carriers_default_alphabet() {
        let wrote = |profile: &str, octets: &'static [u8]| {
            let deliver = DeliverSm { short_message: Bytes::from_static(octets), ..receipt(0x00) };
            match delivered_by(&rules(profile), &deliver, 7).content {
                Content::Reply(reply) => (reply.data_coding, reply.octets),
                Content::Receipt(_) => panic!("no reply"),
            }
        };
        assert_eq!(wrote("", b"hi"), (0, Body::plain(b"hi")));
        let latin1 = "[text]\ndefault_alphabet = \"latin1\"\nencodings = [\"latin1\", \"ucs2\"]";
        assert_eq!(wrote(latin1, b"h\xe9"), (3, Body::plain(b"h\xe9")));
        assert_eq!(wrote("[text]\ngsm7_packed = true", b"\xe8\x34"), (0, Body::plain(b"hi")));
    }

    #[test]
    fn equal_pdus_have_equal_fingerprints_whatever_their_sequence() {
        let (one, again) = (delivered(&receipt(0x04), 7), delivered(&receipt(0x04), 8));
        assert_eq!(one.fingerprint, again.fingerprint);
        assert_ne!(one.fingerprint, delivered(&receipt(0x00), 7).fingerprint);
    }
}
