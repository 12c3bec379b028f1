//! The octets of the hot records, and what operators see of them. A changed line here is a changed layout: a new schema version.

#![expect(clippy::unwrap_used, reason = "a test that cannot build its input fails")]

use std::fmt::Debug;

use volley_events::{
    Accepted, AttemptOutcome, AttemptReport, CarrierMessageId, ClientEvent, ClientEventBody, Evidence, Origin, Planned,
    ReceiptArrived, ReceiptState, Record, Reply, RoutingFact, SegmentOctets, Settled, SettledOutcome, Settlement,
    StatusChange, Submission, SubmitOrder, Verdict,
};
use volley_types::{
    AccountId, ArrivalId, AttemptId, Body, CarrierName, ContentHash, DialAddress, FinalState, Lane, MessageId,
    MessageState, Npi, NumberId, Reason, RequestId, SubscriberId, SubscriptionId, TenantId, ThreadId, Timestamp, Ton,
    TrafficClass,
};
use volley_wire::{client_event, describe, encode, to_json};

const HANDSET: u64 = 821_012_345_678;
const TEXT: &str = "code 4711";
const MESSAGE: MessageId = MessageId::from_bytes([0x11; 16]);
const ARRIVAL: ArrivalId = ArrivalId::from_bytes([0x22; 16]);

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros(1_700_000_000_000_000 + seconds * 1_000_000)
}

fn tenant() -> TenantId {
    TenantId::new("acme").unwrap()
}

fn account() -> AccountId {
    AccountId::new("demo").unwrap()
}

fn carrier() -> CarrierName {
    CarrierName::new("skt").unwrap()
}

fn request() -> RequestId {
    RequestId::new("r-1").unwrap()
}

fn sender() -> NumberId {
    NumberId::new("KR:4565").unwrap()
}

fn handset() -> SubscriberId {
    SubscriberId::e164(HANDSET).unwrap()
}

fn attempt() -> AttemptId {
    AttemptId { message: MESSAGE, number: 1 }
}

fn dialled(digits: &str, ton: Ton) -> DialAddress {
    DialAddress::new(digits, ton, Npi::ISDN).unwrap()
}

fn submission() -> Record {
    Record::Submission(Box::new(Submission {
        message: MESSAGE,
        tenant: tenant(),
        request: request(),
        content: ContentHash::from_bytes([0x33; 16]),
        sender: sender(),
        subscriber: handset(),
        text: Body::plain(TEXT),
        class: TrafficClass::Otp,
        deadline: at(600),
        config_offset: 12,
        received_at: at(0),
        origin: Origin::Client,
        in_order: false,
        send_at: None,
        verbatim: false,
    }))
}

fn accepted() -> Record {
    Record::RoutingFact(RoutingFact::Accepted(Box::new(Accepted {
        message: MESSAGE,
        tenant: tenant(),
        request: request(),
        sender: sender(),
        subscriber: handset(),
        class: TrafficClass::Otp,
        deadline: at(600),
        received_at: at(0),
        accepted_at: at(1),
        origin: Origin::Client,
        verdict: Verdict::Planned(Planned {
            attempt: attempt(),
            account: account(),
            carrier: carrier(),
            lane: Lane::Otp,
            segments: 1,
            data_coding: 0,
            send_before: at(60),
            route_prefix: "82".to_owned(),
            others: vec![],
            submits: 1,
            substitutions: vec![],
        }),
    })))
}

fn order() -> Record {
    Record::SubmitOrder(Box::new(SubmitOrder {
        attempt: attempt(),
        tenant: tenant(),
        class: TrafficClass::Otp,
        subscriber: handset(),
        source: dialled("4565", Ton::UNKNOWN),
        destination: dialled("821012345678", Ton::INTERNATIONAL),
        data_coding: 0,
        esm_class: 0,
        segments: vec![SegmentOctets::new(TEXT)],
        parts: 1,
        send_before: at(60),
        deadline: at(600),
    }))
}

fn report() -> Record {
    Record::AttemptReport(AttemptReport {
        attempt: attempt(),
        account: account(),
        carrier: carrier(),
        outcome: AttemptOutcome::Submitted { ids: vec![CarrierMessageId::new("7f3a")] },
        sent_at: Some(at(2)),
        ended_at: at(3),
    })
}

fn settlement() -> Record {
    let settled = vec![Settled { attempt: attempt(), outcome: SettledOutcome::Submitted }];
    Record::Settlement(Settlement { account: account(), lane: Lane::Otp, settled })
}

fn receipt() -> Record {
    Record::ReceiptArrived(Box::new(ReceiptArrived {
        arrival: ARRIVAL,
        carrier: carrier(),
        account: account(),
        carrier_message_id: CarrierMessageId::new("7f3a"),
        attempt: Some((attempt(), 0)),
        subscriber: handset(),
        state: ReceiptState::Delivered,
        error: Some("000".to_owned()),
        done_at: Some(at(4)),
        received_at: at(5),
        raw: Body::plain("id:7f3a stat:DELIVRD"),
    }))
}

fn told(body: ClientEventBody) -> ClientEvent {
    let subscription = SubscriptionId::new("default").unwrap();
    ClientEvent { tenant: tenant(), subscription, shard: 0, at: at(6), body }
}

fn status() -> ClientEvent {
    told(ClientEventBody::Status(StatusChange {
        message: MESSAGE,
        request: request(),
        sender: sender(),
        subscriber: handset(),
        class: TrafficClass::Otp,
        state: MessageState::Final(FinalState::Delivered),
        reason: Reason::ReceiptDelivered,
        corrects: None,
        segments: 1,
        attempts: 1,
        ambiguous: false,
        inferred: false,
        carrier_status: None,
        carrier_error: None,
        error_code: None,
    }))
}

fn reply() -> ClientEvent {
    told(ClientEventBody::Reply(Box::new(Reply {
        arrival: ARRIVAL,
        thread: ThreadId::from_bytes([0x44; 16]),
        number: sender(),
        subscriber: handset(),
        text: Body::plain(TEXT),
        received_at: at(7),
        answers: Some((MESSAGE, request())),
        evidence: Evidence::LatestMessage,
        confidence: 100,
        candidates: vec![],
        keyword: None,
        consent: None,
        vote: None,
        incomplete: false,
        possible_repeat: false,
        flagged: false,
    })))
}

fn hot_records() -> Vec<Record> {
    let events = [status(), reply()].map(|event| Record::ClientEvent(Box::new(event)));
    let mut records = vec![submission(), accepted(), order(), report(), settlement(), receipt()];
    records.extend(events);
    records
}

#[test]
fn the_layout_of_hot_records_does_not_change() {
    let line = |record: &Record| format!("{} {}", describe(record).kind, hex::encode(encode(record, None)));
    let lines: Vec<_> = hot_records().iter().map(line).collect();
    assert_eq!(lines.join("\n"), include_str!("golden.hex").trim_end());
}

#[test]
fn operators_read_what_a_record_says() {
    let told: Vec<_> = hot_records().iter().map(|record| describe(record).summary).collect();
    assert_eq!(
        told,
        [
            "otp of tenant acme from KR:4565 to Subscriber(..678), request r-1",
            "accepted from KR:4565 to Subscriber(..678); planned attempt 1 at account demo, lane otp, 1 segments, route +82",
            "order for attempt 1, 1 segments, to Subscriber(..678)",
            "attempt 1 at account demo: taken, 1 segments",
            "settled 1 attempts at account demo, lane otp",
            "receipt from carrier skt for attempt 1: delivered, error 000",
            "told acme/default: DELIVERED: receipt delivered",
            "told acme/default: reply of Subscriber(..678) to KR:4565 (by latest message, 100 %)",
        ]
    );
}

#[test]
fn every_hot_record_names_its_message() {
    for record in hot_records() {
        assert_eq!(describe(&record).messages, [MESSAGE], "{record:?}");
    }
}

#[test]
fn nothing_that_operators_or_logs_see_shows_a_text_or_a_whole_number() {
    let secrets = [TEXT, "12345678", "stat:DELIVRD", &hex::encode(TEXT), &format!("{HANDSET:x}")];
    let check = |shown: &dyn Debug| {
        let shown = format!("{shown:?}");
        for secret in secrets {
            assert!(!shown.contains(secret), "{secret} is in {shown}");
        }
    };
    for record in hot_records() {
        check(&record);
        check(&describe(&record));
        check(&to_json(&record));
    }
    for event in [status(), reply()] {
        check(&client_event(&event, bytes::Bytes::new()));
    }
}

#[test]
fn json_has_the_names_of_the_contract() {
    let json = to_json(&submission());
    assert_eq!(json["submission"]["message_id"], "1".repeat(32));
    assert_eq!(json["submission"]["traffic_class"], "TRAFFIC_CLASS_OTP");
    assert_eq!(json["submission"]["subscriber"]["e164"], "..678");
    assert_eq!(json["submission"]["text"]["bytes"], "(9 octets)");
}

#[test]
fn a_client_gets_its_status_and_its_reply_whole() {
    use volley_wire::proto::messaging::v1::{MessageState, event::Event};

    let cursor = bytes::Bytes::from_static(b"c");
    let Some(Event::Status(status)) = client_event(&status(), cursor.clone()).event else {
        panic!("a status")
    };
    assert_eq!((status.to.as_str(), status.state()), ("+821012345678", MessageState::Delivered));
    assert_eq!(status.at_us, at(6).as_micros());

    let event = client_event(&reply(), cursor.clone());
    assert_eq!(event.cursor, cursor);
    let Some(Event::Reply(reply)) = event.event else { panic!("a reply") };
    assert_eq!((reply.text.as_str(), reply.answers_request_id.as_str()), (TEXT, "r-1"));
    assert_eq!(reply.answers_message_id, MESSAGE.to_string());
}
