//! A `deliver_sm` as the core knows it.

use volley_carrier_egress_core::{Content, Delivery, LinkId, ReceiptContent, ReplyContent};
use volley_events::{PartInfo, ReceiptState, config::MessageIdForm};
use volley_smpp::{
    Address, DeliverSm, MessageState, Receipt, ReceiptSign, pdu::DeliverOperation, read_receipt, receipt::DeliveryKind,
};
use volley_types::{AccountId, Body, DialAddress, Npi, Timestamp, Ton};
use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::{normalised, readings, receipt_base};

/// Octets of a PDU before its body; the sequence number is in them.
const HEADER_OCTETS: usize = 16;

/// Reads what a carrier delivered. Whatever is not marked as a receipt is what a person wrote.
pub(crate) fn read_delivery(
    deliver: &DeliverSm,
    account: &AccountId,
    (link, sequence): (LinkId, u32),
    ids: MessageIdForm,
) -> Delivery {
    let content = match read_receipt(deliver, ReceiptSign::EsmClass) {
        Some(receipt) => Content::Receipt(receipt_content(deliver, &receipt, ids)),
        None => Content::Reply(ReplyContent {
            data_coding: deliver.data_coding,
            esm_class: deliver.esm_class,
            octets: Body::plain(deliver.content()),
            part: deliver.sar_part().map(|part| PartInfo {
                reference: part.reference,
                total: part.total,
                sequence: part.number,
            }),
        }),
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

fn receipt_content(deliver: &DeliverSm, receipt: &Receipt, ids: MessageIdForm) -> ReceiptContent {
    let network_error = || {
        receipt
            .network_error
            .map(|error| format!("{}/{}", error.network_type, error.code))
    };
    // The zone of a carrier's dates is not told; they are taken as UTC.
    let done_at = receipt
        .done_date
        .map(|date| Timestamp::from_micros(date.unix_seconds(0) * 1_000_000));
    ReceiptContent {
        id: receipt.id.as_ref().and_then(|id| normalised(id.as_str(), receipt_base(ids))),
        readings: match (&receipt.id, ids) {
            (Some(id), MessageIdForm::Same) => readings(id.as_str()),
            _ => Vec::new(),
        },
        state: match DeliveryKind::of(deliver.esm_class) {
            DeliveryKind::Intermediate => ReceiptState::Enroute,
            _ => state_of(receipt.state),
        },
        error: receipt.err_raw.clone().or_else(network_error),
        done_at,
        raw: Body::plain(deliver.content()),
    }
}

fn state_of(state: MessageState) -> ReceiptState {
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
fn dial_address(address: &Address) -> DialAddress {
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
    use volley_smpp::{Frame, FrameDecoder, Pdu};

    use super::*;

    fn delivered(deliver: &DeliverSm, sequence: u32) -> Delivery {
        let (mut octets, mut decoder) = (BytesMut::new(), FrameDecoder::new());
        deliver.encode(sequence, &mut octets).unwrap();
        decoder.feed(&octets);
        let Some(Ok(Frame { pdu: Pdu::DeliverSm(read), .. })) = decoder.next_frame() else {
            panic!("no deliver_sm")
        };
        read_delivery(&read, &AccountId::new("acme-1").unwrap(), (LinkId(1), sequence), MessageIdForm::HexThenDecimal)
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
        assert_eq!(read.id, normalised("31", volley_smpp::MessageIdBase::Decimal));
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
    fn equal_pdus_have_equal_fingerprints_whatever_their_sequence() {
        let (one, again) = (delivered(&receipt(0x04), 7), delivered(&receipt(0x04), 8));
        assert_eq!(one.fingerprint, again.fingerprint);
        assert_ne!(one.fingerprint, delivered(&receipt(0x00), 7).fingerprint);
    }
}
