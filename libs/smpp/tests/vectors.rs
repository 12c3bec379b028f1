//! The cases of `tests/vectors/`, every expected field of them. What the receipts of `dlr.json` say is compared in `libs/inspect`.

mod support;

use std::path::Path;

use bytes::BytesMut;
use serde_json::{Value, json};
use volley_smpp::pdu::{Address, Bind, Tlv, Tlvs, tag};
use volley_smpp::receipt::{MessageIdBase, MessageIdKey};
use volley_smpp::{CommandStatus, DeliverSm, Frame, FrameDecoder, Pdu, ReceiptSign, SubmitSm, read_receipt};

use support::as_submit;

fn vectors(file: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors").join(file);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).expect("the vectors are JSON")
}

fn cases(value: &Value) -> &Vec<Value> {
    let cases = value.as_array().expect("a list of cases");
    assert!(!cases.is_empty());
    cases
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_else(|| panic!("no `{field}` in {value}"))
}

fn frame_of(octets: &[u8]) -> Frame {
    let mut decoder = FrameDecoder::new();
    decoder.feed(octets);
    let frame = decoder.next_frame().expect("a whole PDU").expect("a sound PDU");
    assert!(decoder.next_frame().is_none());
    frame
}

#[test]
fn every_status_has_the_expected_name_and_class() {
    let file = vectors("smpp_status.json");
    for row in cases(&file["rows"]) {
        let code = u32::try_from(row["code"].as_u64().expect("a code")).expect("32 bits");
        let status = CommandStatus(code);
        assert_eq!(status.name(), Some(text(row, "name")), "{code}");
        assert_eq!(status.class().as_str(), text(row, "class"), "{code}");
    }
    assert_eq!(cases(&file["rows"]).len(), CommandStatus::named().count());
}

#[test]
fn every_pdu_decodes_to_the_expected_fields_and_encodes_to_the_same_octets() {
    let file = vectors("smpp_pdus.json");
    for case in cases(&file) {
        let id = text(case, "id");
        let octets = hex::decode(text(case, "hex")).expect("hex");
        assert_eq!(octets.len() as u64, case["length"].as_u64().expect("a length"), "{id}");

        let frame = frame_of(&octets);
        if let Some(expected) = case.get("fields") {
            assert_eq!(&fields_of(&frame.pdu), expected, "{id}");
        }
        if let Some(again) = encoded(&frame) {
            assert_eq!(hex::encode(again), text(case, "hex"), "{id}");
        }
    }
}

/// The octets of a frame that has an encoder of ours for its body.
fn encoded(frame: &Frame) -> Option<BytesMut> {
    let mut out = BytesMut::new();
    match &frame.pdu {
        Pdu::Bind(bind) => bind.encode(frame.sequence, &mut out).expect("fits"),
        Pdu::BindResp(response) => response.encode(frame.status, frame.sequence, &mut out).expect("fits"),
        Pdu::SubmitSm(message) => message.encode(frame.sequence, &mut out).expect("fits"),
        Pdu::SubmitSmResp(response) => {
            response.encode_submit(frame.status, frame.sequence, &mut out).expect("fits");
        }
        Pdu::DeliverSm(message) => message.encode(frame.sequence, &mut out).expect("fits"),
        Pdu::DeliverSmResp => volley_smpp::pdu::encode_deliver_resp(
            volley_smpp::pdu::DeliverOperation::DeliverSm,
            frame.status,
            frame.sequence,
            &mut out,
        ),
        _ => return None,
    }
    Some(out)
}

fn fields_of(pdu: &Pdu) -> Value {
    match pdu {
        Pdu::Bind(bind) => bind_fields(bind),
        Pdu::SubmitSm(message) => submit_fields(message),
        Pdu::DeliverSm(message) => submit_fields(&as_submit(message)),
        other => panic!("no fields expected of {other:?}"),
    }
}

fn bind_fields(bind: &Bind) -> Value {
    json!({
        "system_id": bind.system_id,
        "password": bind.password,
        "system_type": bind.system_type,
        "interface_version": bind.interface_version,
        "addr_ton": bind.address_ton,
        "addr_npi": bind.address_npi,
        "address_range": bind.address_range,
    })
}

fn submit_fields(message: &SubmitSm) -> Value {
    let ton = |address: &Address| u8::from(address.ton);
    let npi = |address: &Address| u8::from(address.npi);
    let tlvs: Vec<Value> = message
        .tlvs
        .iter()
        .map(|tlv| json!({"tag": format!("{:04X}", tlv.tag), "value_hex": hex::encode(&tlv.value)}))
        .collect();
    json!({
        "service_type": message.service_type,
        "source_addr_ton": ton(&message.source),
        "source_addr_npi": npi(&message.source),
        "source_addr": message.source.digits,
        "dest_addr_ton": ton(&message.destination),
        "dest_addr_npi": npi(&message.destination),
        "destination_addr": message.destination.digits,
        "esm_class": message.esm_class,
        "protocol_id": message.protocol_id,
        "priority_flag": message.priority,
        "schedule_delivery_time": message.schedule,
        "validity_period": message.validity,
        "registered_delivery": message.registered_delivery,
        "replace_if_present_flag": message.replace_if_present,
        "data_coding": message.data_coding,
        "sm_default_msg_id": message.default_message_id,
        "sm_length": message.short_message.len(),
        "short_message_hex": hex::encode(&message.short_message),
        "tlvs": tlvs,
    })
}

#[test]
fn only_marked_receipts_count_by_default() {
    let file = vectors("dlr.json");
    for case in cases(&file["cases"]) {
        let read = read_receipt(&delivered(case), ReceiptSign::EsmClass);
        assert_eq!(read.is_some(), case["esm_class"] != json!(0), "{}", text(case, "id"));
    }
}

fn delivered(case: &Value) -> DeliverSm {
    DeliverSm {
        esm_class: u8::try_from(case["esm_class"].as_u64().expect("an esm_class")).expect("one octet"),
        short_message: text(case, "short_message").as_bytes().to_vec().into(),
        tlvs: tlvs_of(&case["tlvs"]),
        ..DeliverSm::default()
    }
}

fn tlvs_of(tlvs: &Value) -> Tlvs {
    let octet = |value: &Value| u8::try_from(value.as_u64().expect("a number")).expect("one octet");
    tlvs.as_object()
        .expect("parameters by name")
        .iter()
        .map(|(name, value)| match name.as_str() {
            "receipted_message_id" => {
                let id = value.as_str().expect("an id").as_bytes().to_vec();
                Tlv::new(tag::RECEIPTED_MESSAGE_ID, id)
            }
            "message_state" => Tlv::u8(tag::MESSAGE_STATE, octet(value)),
            "network_error_code" => {
                let code = u16::try_from(value["code"].as_u64().expect("a code")).expect("16 bits");
                let [high, low] = code.to_be_bytes();
                Tlv::new(tag::NETWORK_ERROR_CODE, vec![octet(&value["type"]), high, low])
            }
            other => panic!("a parameter this test does not know: {other}"),
        })
        .collect()
}

#[test]
fn every_pair_of_ids_matches_under_the_carriers_bases() {
    let file = vectors("dlr.json");
    for pair in cases(&file["meta"]["id_base_pairs"]) {
        let words = text(pair, "bases");
        let (response, receipt) = bases(words);
        assert_eq!(
            MessageIdKey::new(text(pair, "submit_resp_id"), response),
            MessageIdKey::new(text(pair, "dlr_id"), receipt),
            "{words}"
        );
    }
}

fn bases(words: &str) -> (MessageIdBase, MessageIdBase) {
    use MessageIdBase::{Decimal, Hexadecimal, Opaque, Unpadded};
    match words {
        "resp hex / dlr decimal" | "resp zero-padded hex / dlr decimal" => (Hexadecimal, Decimal),
        "resp decimal / dlr hex" => (Decimal, Hexadecimal),
        "same id, case differs" | "opaque, case differs" => (Opaque, Opaque),
        "same id, zero padding differs" => (Unpadded, Unpadded),
        other => panic!("bases this test does not know: {other}"),
    }
}
