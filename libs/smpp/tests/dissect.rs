//! DIS-1 and DIS-2: whatever is given dissects, and to the same values as the session's own reader gives.

mod support;

use proptest::prelude::*;
use volley_smpp::dissect::{Dissection, FieldValue, Remark, dissect};
use volley_smpp::pdu::{Address, Bind, Tlvs};
use volley_smpp::{Frame, FrameDecoder, Pdu, SubmitSm};

use support::as_submit;

const COMMANDS: [u32; 18] = [
    0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0B, 0x15, 0x21, 0x102, 0x103, 0x111, 0x112, 0x113, 0,
];

fn any_pdu() -> impl Strategy<Value = Vec<u8>> {
    let command = prop_oneof![4 => prop::sample::select(COMMANDS.to_vec()), 1 => any::<u32>()];
    let body = prop_oneof![prop::collection::vec(any_octet(), 0..120), message_body()];
    (command, any::<bool>(), 0..2_u32, body).prop_map(|(command, response, status, body)| {
        let command = if response { command | 0x8000_0000 } else { command };
        let length = u32::try_from(body.len() + 16).expect("short");
        [length, command, status, 7]
            .map(u32::to_be_bytes)
            .concat()
            .into_iter()
            .chain(body)
            .collect()
    })
}

/// Octets rich in terminators and small lengths, so that bodies get further before they fail.
fn any_octet() -> impl Strategy<Value = u8> {
    prop_oneof![3 => Just(0_u8), 2 => 0..20_u8, 2 => Just(b'7'), 1 => any::<u8>()]
}

/// A body of `submit_sm` or `deliver_sm` that is nearly right.
fn message_body() -> impl Strategy<Value = Vec<u8>> {
    let text = || "[0-9a-zA-Z]{0,20}";
    let parameter = (any::<u16>(), prop::collection::vec(any::<u8>(), 0..9));
    let parameters = prop::collection::vec(parameter, 0..4);
    let octets = || prop::collection::vec(any::<u8>(), 0..30);
    (text(), text(), any::<[u8; 4]>(), any::<[u8; 7]>(), octets(), parameters, octets()).prop_map(
        |(source, destination, kinds, flags, message, parameters, tail)| {
            let mut body = vec![0, kinds[0], kinds[1]];
            body.extend(source.bytes().chain([0, kinds[2], kinds[3]]));
            body.extend(destination.bytes().chain([0]));
            body.extend([flags[0], flags[1], flags[2], 0, 0, flags[3], flags[4], flags[5], flags[6]]);
            body.push(u8::try_from(message.len()).expect("short"));
            body.extend(message);
            for (tag, value) in parameters {
                body.extend(tag.to_be_bytes());
                body.extend(u16::try_from(value.len()).expect("short").to_be_bytes());
                body.extend(value);
            }
            body.extend(tail.iter().take(usize::from(tail.first().copied().unwrap_or(0) % 5)));
            body
        },
    )
}

fn frame_of(octets: &[u8]) -> Option<Frame> {
    let mut decoder = FrameDecoder::new();
    decoder.feed(octets);
    decoder.next_frame()?.ok()
}

fn text(dissection: &Dissection, name: &str) -> String {
    match dissection.field(name) {
        Some(FieldValue::Text(text)) => text.clone(),
        other => panic!("`{name}` is {other:?}"),
    }
}

fn octet(dissection: &Dissection, name: &str) -> u8 {
    u8::try_from(dissection.integer(name).unwrap_or_else(|| panic!("`{name}`"))).expect("one octet")
}

fn address(dissection: &Dissection, ton_npi: &str, digits: &str) -> Address {
    let part = |end: &str| octet(dissection, &format!("{ton_npi}_{end}"));
    Address::new(part("ton").into(), part("npi").into(), text(dissection, digits))
}

fn tlvs(dissection: &Dissection) -> Tlvs {
    let parameters = dissection.parameters.iter().flatten();
    parameters
        .map(|parameter| volley_smpp::Tlv::new(parameter.tag, parameter.value.clone()))
        .collect()
}

fn submit(dissection: &Dissection) -> SubmitSm {
    let short_message = match dissection.field("short_message") {
        Some(FieldValue::Octets(octets)) => octets.clone(),
        other => panic!("`short_message` is {other:?}"),
    };
    SubmitSm {
        service_type: text(dissection, "service_type"),
        source: address(dissection, "source_addr", "source_addr"),
        destination: address(dissection, "dest_addr", "destination_addr"),
        esm_class: octet(dissection, "esm_class"),
        protocol_id: octet(dissection, "protocol_id"),
        priority: octet(dissection, "priority_flag"),
        schedule: text(dissection, "schedule_delivery_time"),
        validity: text(dissection, "validity_period"),
        registered_delivery: octet(dissection, "registered_delivery"),
        replace_if_present: octet(dissection, "replace_if_present_flag"),
        data_coding: octet(dissection, "data_coding"),
        default_message_id: octet(dissection, "sm_default_msg_id"),
        short_message: short_message.into(),
        tlvs: tlvs(dissection),
    }
}

fn bind(dissection: &Dissection, mode: volley_smpp::BindMode) -> Bind {
    Bind {
        mode,
        system_id: text(dissection, "system_id"),
        password: text(dissection, "password"),
        system_type: text(dissection, "system_type"),
        interface_version: octet(dissection, "interface_version"),
        address_ton: octet(dissection, "addr_ton"),
        address_npi: octet(dissection, "addr_npi"),
        address_range: text(dissection, "address_range"),
    }
}

/// What the session's reader drops or forgives in silence, and this one names.
fn is_forgiven(dissection: &Dissection, frame: &Frame) -> bool {
    let strict = matches!(frame.pdu, Pdu::SubmitSm(_) | Pdu::DeliverSm(_));
    !strict || dissection.remarks.contains(&Remark::NoBody)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_048))]

    #[test]
    fn every_sequence_of_octets_dissects(octets in prop::collection::vec(any_octet(), 0..80)) {
        prop_assert_eq!(dissect(&octets).is_ok(), octets.len() >= 16);
    }

    #[test]
    fn both_readers_see_the_same(octets in any_pdu()) {
        let dissection = dissect(&octets).expect("a header");
        let Some(frame) = frame_of(&octets) else { return Ok(()) };
        prop_assert!(dissection.fault.is_none() || is_forgiven(&dissection, &frame), "{:?} {:?}", dissection, frame);
        match &frame.pdu {
            Pdu::SubmitSm(message) => prop_assert_eq!(&submit(&dissection), &**message),
            Pdu::DeliverSm(message) if dissection.command_id == 5 => {
                prop_assert_eq!(submit(&dissection), as_submit(message));
            }
            Pdu::DeliverSm(message) => prop_assert_eq!(&tlvs(&dissection), &message.tlvs),
            Pdu::Bind(login) if dissection.fault.is_none() => {
                prop_assert_eq!(&bind(&dissection, login.mode), &**login);
            }
            Pdu::SubmitSmResp(answer) if dissection.fault.is_none() => prop_assert_eq!(&tlvs(&dissection), &answer.tlvs),
            _ => {}
        }
    }

    #[test]
    fn what_dissects_without_a_word_is_taken_by_the_session(octets in any_pdu()) {
        let dissection = dissect(&octets).expect("a header");
        let clean = dissection.fault.is_none() && dissection.remarks.is_empty();
        let is_message = matches!(dissection.command_id, 4 | 5 | 0x103);
        prop_assert!(!(clean && is_message) || frame_of(&octets).is_some(), "{:?}", dissection);
    }
}
