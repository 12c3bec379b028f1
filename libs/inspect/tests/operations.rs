//! Every operation of SMPP 3.4 and 5.0, built octet by octet from the specification, and what is wrong with broken ones.

mod common;

use serde_json::{Value, json};
use volley_inspect::Subject;

/// Octets of a body.
#[derive(Default)]
struct Body(Vec<u8>);

impl Body {
    fn text(mut self, text: &str) -> Self {
        self.0.extend(text.bytes().chain([0]));
        self
    }

    fn octets(mut self, octets: &[u8]) -> Self {
        self.0.extend(octets);
        self
    }

    fn address(self, ton: u8, npi: u8, digits: &str) -> Self {
        self.octets(&[ton, npi]).text(digits)
    }

    fn parameter(self, tag: u16, value: &[u8]) -> Self {
        let length = u16::try_from(value.len()).expect("short");
        self.octets(&tag.to_be_bytes()).octets(&length.to_be_bytes()).octets(value)
    }
}

fn pdu(command_id: u32, status: u32, body: Body) -> String {
    let length = u32::try_from(16 + body.0.len()).expect("short");
    let header = [length, command_id, status, 7].map(u32::to_be_bytes).concat();
    hex::encode([header, body.0].concat())
}

fn ask(hex: &str) -> Value {
    common::ask(Subject::Pdu, &json!({"id": 1, "hex": hex}))
}

fn check(command_id: u32, name: &str, body: Body, fields: &Value) -> Value {
    let length = 16 + body.0.len();
    let answer = ask(&pdu(command_id, 0, body));
    assert_eq!(&answer["fields"], fields, "{name}");
    assert_eq!((&answer["command"], &answer["length"]), (&json!(name), &json!(length)), "{name}");
    assert_eq!((&answer["error"], &answer["remarks"]), (&Value::Null, &Value::Null), "{name}");
    answer
}

#[test]
fn logins_and_their_answers() {
    let fields = json!({
        "system_id": "acme", "password": "secret08", "system_type": "VMA", "interface_version": 80,
        "addr_ton": 1, "addr_npi": 1, "address_range": "^4565",
    });
    for (id, name) in [(1, "bind_receiver"), (2, "bind_transmitter"), (9, "bind_transceiver")] {
        let body = Body::default()
            .text("acme")
            .text("secret08")
            .text("VMA")
            .octets(&[0x50])
            .address(1, 1, "^4565");
        check(id, name, body, &fields);
        let body = Body::default().text("MC").parameter(0x0210, &[0x34]);
        let fields = json!({"system_id": "MC", "tlvs": [{"tag": "0210", "value_hex": "34"}]});
        check(id | 0x8000_0000, &format!("{name}_resp"), body, &fields);
    }
    let body = Body::default().text("MC").text("secret");
    check(0x0B, "outbind", body, &json!({"system_id": "MC", "password": "secret"}));
}

#[test]
fn operations_without_a_body() {
    let names = [
        (0x0000_0006, "unbind"),
        (0x8000_0006, "unbind_resp"),
        (0x0000_0015, "enquire_link"),
        (0x8000_0015, "enquire_link_resp"),
        (0x8000_0000, "generic_nack"),
        (0x8000_0007, "replace_sm_resp"),
        (0x8000_0008, "cancel_sm_resp"),
        (0x8000_0113, "cancel_broadcast_sm_resp"),
    ];
    for (id, name) in names {
        check(id, name, Body::default(), &json!({}));
    }
    let nack = ask("00000010800000000000000300000063");
    assert_eq!((&nack["status"], &nack["sequence_number"]), (&json!("ESME_RINVCMDID"), &json!(99)));
}

#[test]
fn answers_with_a_message_id() {
    for (id, name) in [
        (0x8000_0004, "submit_sm_resp"),
        (0x8000_0005, "deliver_sm_resp"),
        (0x8000_0103, "data_sm_resp"),
        (0x8000_0111, "broadcast_sm_resp"),
        (0x8000_0112, "query_broadcast_sm_resp"),
    ] {
        check(id, name, Body::default().text("38601fa"), &json!({"message_id": "38601fa", "tlvs": []}));
        let body = Body::default().text("").parameter(0x0428, &[90]);
        check(id, name, body, &json!({"message_id": "", "tlvs": [{"tag": "0428", "value_hex": "5a"}]}));
        let refused = ask(&pdu(id, 0x58, Body::default()));
        assert_eq!((&refused["fields"], &refused["error"]), (&json!({}), &Value::Null), "{name}");
        assert_eq!(refused["status"], "ESME_RTHROTTLED");
    }
}

#[test]
fn data_sm_has_its_text_in_a_parameter() {
    let body = Body::default()
        .text("")
        .address(1, 1, "821012345678")
        .address(0, 1, "4565")
        .octets(&[0, 1, 8]);
    let fields = json!({
        "service_type": "", "source_addr_ton": 1, "source_addr_npi": 1, "source_addr": "821012345678",
        "dest_addr_ton": 0, "dest_addr_npi": 1, "destination_addr": "4565",
        "esm_class": 0, "registered_delivery": 1, "data_coding": 8,
        "tlvs": [{"tag": "0424", "value_hex": "d55c"}],
    });
    let answer = check(0x103, "data_sm", body.parameter(0x0424, &[0xD5, 0x5C]), &fields);
    assert_eq!(answer["text"], "한");
}

#[test]
fn query_cancel_and_replace() {
    let body = Body::default().text("38601fa").address(0, 1, "4565");
    let fields = json!({"message_id": "38601fa", "source_addr_ton": 0, "source_addr_npi": 1, "source_addr": "4565"});
    check(3, "query_sm", body, &fields);

    let body = Body::default().text("38601fa").text("261122173000000+").octets(&[2, 0]);
    let fields =
        json!({"message_id": "38601fa", "final_date": "261122173000000+", "message_state": 2, "error_code": 0});
    check(0x8000_0003, "query_sm_resp", body, &fields);

    let body = Body::default()
        .text("")
        .text("38601fa")
        .address(0, 1, "4565")
        .address(1, 1, "79141234567");
    let fields = json!({
        "service_type": "", "message_id": "38601fa", "source_addr_ton": 0, "source_addr_npi": 1, "source_addr": "4565",
        "dest_addr_ton": 1, "dest_addr_npi": 1, "destination_addr": "79141234567",
    });
    check(8, "cancel_sm", body, &fields);

    let body = Body::default()
        .text("38601fa")
        .address(0, 1, "4565")
        .text("")
        .text("000002000000000R");
    let body = body.octets(&[1, 0, 2]).octets(b"Hi");
    let fields = json!({
        "message_id": "38601fa", "source_addr_ton": 0, "source_addr_npi": 1, "source_addr": "4565",
        "schedule_delivery_time": "", "validity_period": "000002000000000R", "registered_delivery": 1,
        "sm_default_msg_id": 0, "sm_length": 2, "short_message_hex": "4869", "tlvs": [],
    });
    check(7, "replace_sm", body, &fields);
}

#[test]
fn submit_multi_lists_its_destinations_and_its_answer_the_failures() {
    let body = Body::default()
        .text("")
        .address(0, 1, "4565")
        .octets(&[2, 1])
        .address(1, 1, "79141234567");
    let body = body
        .octets(&[2])
        .text("friends")
        .octets(&[0, 0, 0])
        .text("")
        .text("")
        .octets(&[1, 0, 0, 0, 2]);
    let fields = json!({
        "service_type": "", "source_addr_ton": 0, "source_addr_npi": 1, "source_addr": "4565", "number_of_dests": 2,
        "dest_address": [
            {"dest_flag": 1, "dest_addr_ton": 1, "dest_addr_npi": 1, "destination_addr": "79141234567"},
            {"dest_flag": 2, "dl_name": "friends"},
        ],
        "esm_class": 0, "protocol_id": 0, "priority_flag": 0, "schedule_delivery_time": "", "validity_period": "",
        "registered_delivery": 1, "replace_if_present_flag": 0, "data_coding": 0, "sm_default_msg_id": 0,
        "sm_length": 2, "short_message_hex": "4869", "tlvs": [],
    });
    check(0x21, "submit_multi", body.octets(b"Hi"), &fields);

    let body = Body::default()
        .text("7")
        .octets(&[1])
        .address(1, 1, "79141234567")
        .octets(&[0, 0, 0, 0x0B]);
    let fields = json!({
        "message_id": "7", "no_unsuccess": 1, "tlvs": [],
        "unsuccess_sme": [
            {"dest_addr_ton": 1, "dest_addr_npi": 1, "destination_addr": "79141234567", "error_status_code": 11},
        ],
    });
    check(0x8000_0021, "submit_multi_resp", body, &fields);
}

#[test]
fn alerts_and_broadcasts() {
    let body = Body::default()
        .address(1, 1, "79141234567")
        .address(0, 1, "4565")
        .parameter(0x0422, &[0]);
    let fields = json!({
        "source_addr_ton": 1, "source_addr_npi": 1, "source_addr": "79141234567",
        "esme_addr_ton": 0, "esme_addr_npi": 1, "esme_addr": "4565", "tlvs": [{"tag": "0422", "value_hex": "00"}],
    });
    check(0x102, "alert_notification", body, &fields);

    let body = Body::default()
        .text("")
        .address(0, 1, "4565")
        .text("")
        .octets(&[0])
        .text("")
        .text("");
    let body = body.octets(&[0, 8, 0]).parameter(0x0606, &[0, b'x']).parameter(0x0604, &[0, 1]);
    let fields = json!({
        "service_type": "", "source_addr_ton": 0, "source_addr_npi": 1, "source_addr": "4565", "message_id": "",
        "priority_flag": 0, "schedule_delivery_time": "", "validity_period": "", "replace_if_present_flag": 0,
        "data_coding": 8, "sm_default_msg_id": 0,
        "tlvs": [{"tag": "0606", "value_hex": "0078"}, {"tag": "0604", "value_hex": "0001"}],
    });
    check(0x111, "broadcast_sm", body, &fields);

    let body = Body::default().text("9").address(0, 1, "4565");
    let fields = json!({
        "message_id": "9", "source_addr_ton": 0, "source_addr_npi": 1, "source_addr": "4565", "tlvs": [],
    });
    check(0x112, "query_broadcast_sm", body, &fields);

    let body = Body::default()
        .text("CBS")
        .text("9")
        .address(0, 1, "4565")
        .parameter(0x0601, &[0, 0, 0]);
    let fields = json!({
        "service_type": "CBS", "message_id": "9", "source_addr_ton": 0, "source_addr_npi": 1, "source_addr": "4565",
        "tlvs": [{"tag": "0601", "value_hex": "000000"}],
    });
    check(0x113, "cancel_broadcast_sm", body, &fields);
}

fn message(esm_class: u8, data_coding: u8, text: &[u8]) -> Body {
    let length = u8::try_from(text.len()).expect("short");
    let body = Body::default()
        .text("")
        .address(1, 1, "79141234567")
        .address(0, 1, "4565")
        .octets(&[esm_class, 0, 0]);
    body.text("").text("").octets(&[0, 0, data_coding, 0, length]).octets(text)
}

#[test]
fn the_message_inside_is_read() {
    let part = ask(&pdu(5, 0, message(0x40, 0, b"\x05\x00\x03\xA7\x02\x01Hello \x00")));
    assert_eq!(
        (&part["text"], &part["part"]),
        (&json!("Hello @"), &json!({"reference": 167, "total": 2, "sequence": 1}))
    );

    let sar = message(0, 3, b"caf\xE9")
        .parameter(0x020C, &[0, 0xA7])
        .parameter(0x020E, &[2])
        .parameter(0x020F, &[2]);
    let sar = ask(&pdu(4, 0, sar));
    assert_eq!((&sar["text"], &sar["part"]["sequence"]), (&json!("café"), &json!(2)));

    let receipt = message(4, 0, b"id:0059113978 stat:DELIVRD err:000 text:").parameter(0x001E, b"38601fa\0");
    let receipt = ask(&pdu(5, 0, receipt));
    assert_eq!((&receipt["receipt"]["id"], &receipt["receipt"]["state"]), (&json!("38601fa"), &json!("DELIVERED")));
    let by_data_sm = Body::default()
        .text("")
        .address(1, 1, "7")
        .address(0, 1, "4565")
        .octets(&[4, 0, 0]);
    let by_data_sm = ask(&pdu(0x103, 0, by_data_sm.parameter(0x0424, b"id:1 stat:EXPIRED")));
    assert_eq!((&by_data_sm["receipt"]["id"], &by_data_sm["receipt"]["state"]), (&json!("1"), &json!("EXPIRED")));
    assert_eq!(ask(&pdu(4, 0, message(4, 0, b"id:1 stat:DELIVRD")))["receipt"], Value::Null, "we send no receipts");
}

#[test]
fn odd_pdus_are_read_with_a_remark() {
    let remarks = |hex: &str| ask(hex)["remarks"].clone();
    assert_eq!(
        remarks(&pdu(0x8000_0004, 0, Body::default().octets(b"38601fa"))),
        json!(["message_id has no terminating zero octet"])
    );
    assert_eq!(
        remarks(&pdu(0x8000_0004, 0, Body::default())),
        json!(["the body is missing although the status is OK"])
    );
    assert_eq!(
        remarks(&pdu(0x15, 0, Body::default().octets(&[0]))),
        json!(["1 octets of body, where this operation has none"])
    );
    assert_eq!(
        remarks(&pdu(5, 0, message(0, 0, b"x").octets(&[0, 0]))),
        json!(["2 octets of padding end the body"])
    );
    assert_eq!(remarks(&(pdu(0x15, 0, Body::default()) + "ffff")), json!(["2 octets follow the PDU"]));
    let long = Body::default().text(&"9".repeat(65));
    assert_eq!(
        remarks(&pdu(0x8000_0004, 0, long)),
        json!(["message_id has 65 characters, the specification allows 64"])
    );
}

#[test]
fn broken_pdus_say_where_and_keep_what_came_before() {
    let whole = pdu(5, 0, message(0, 0, b"VOTE 2"));
    let cut = ask(&whole[..whole.len() - 4]);
    assert_eq!(
        cut["error"],
        format!("command_length says {} octets, there are {}", whole.len() / 2, whole.len() / 2 - 2)
    );
    assert_eq!((&cut["id"], &cut["fields"]["sm_length"]), (&json!(1), &json!(6)));

    let short = ask(&pdu(5, 0, Body::default().text("").address(1, 1, "79141234567").octets(&[0, 1, b'4'])));
    assert_eq!(short["error"], "destination_addr, at octet 33, has no terminating zero octet");
    assert_eq!(short["fields"]["source_addr"], "79141234567");

    let parameter = ask(&pdu(5, 0, message(0, 0, b"x").octets(&[0x04, 0x24, 0, 9, 1])));
    assert!(
        parameter["error"]
            .as_str()
            .is_some_and(|error| error.contains("message_payload")),
        "{parameter}"
    );

    let unknown = ask(&pdu(0x0A, 0, Body::default().text("x")));
    assert_eq!(
        (&unknown["error"], &unknown["command"]),
        (&json!("no operation has command_id 0x0000000A"), &Value::Null)
    );

    let flag = Body::default().text("").address(0, 1, "4565").octets(&[1, 3]);
    assert_eq!(
        ask(&pdu(0x21, 0, flag))["error"],
        "dest_flag 3 at octet 25 is neither 1 (an address) nor 2 (a distribution list)"
    );

    assert_eq!(
        ask("0000000f000000150000000000000002")["error"],
        "command_length 15 is shorter than a header, which has 16 octets"
    );
    assert_eq!(ask("00000010")["error"], "4 octets are no PDU: its header alone has 16");
    assert_eq!(ask("0000001")["error"], "not hexadecimal: Odd number of digits");
    assert_eq!(common::ask(Subject::Pdu, &json!({"id": 1, "hex": 5}))["error"], "`hex` is not a string");
}
