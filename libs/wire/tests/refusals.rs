//! A record with a bad field is refused with the field's name and the fault.

#![expect(clippy::unwrap_used, reason = "a test that cannot build its input fails")]

use bytes::Bytes;
use prost::Message;
use volley_wire::{
    decode,
    proto::internal::v1::{self as wire, envelope::Body},
};

fn fault(body: Body) -> String {
    let envelope = wire::Envelope { trace_context: Bytes::new(), body: Some(body) };
    decode(&envelope.encode_to_vec().into()).unwrap_err().to_string()
}

fn submission() -> wire::Submission {
    wire::Submission {
        message_id: Bytes::from_static(&[1; 16]),
        tenant: "acme".into(),
        request_id: "r1".into(),
        content_hash: Bytes::from_static(&[2; 16]),
        sender: "KR:4565".into(),
        subscriber: Some(wire::Subscriber { form: Some(wire::subscriber::Form::E164(821_012_345_678)) }),
        text: Some(wire::Body::default()),
        traffic_class: 1,
        ..Default::default()
    }
}

/// The words for a submission that was spoilt.
fn spoilt(spoil: impl FnOnce(&mut wire::Submission)) -> String {
    let mut submission = submission();
    spoil(&mut submission);
    fault(Body::Submission(submission))
}

#[test]
fn a_bad_field_is_named_with_its_fault() {
    let number = "submission.sender: is not of the form COUNTRY:digits or COUNTRY:digits@carrier";
    assert_eq!(spoilt(|it| it.sender = "4565".into()), number);
    assert_eq!(spoilt(|it| it.message_id = Bytes::new()), "submission.message_id: has 0 octets instead of 16");
    assert_eq!(spoilt(|it| it.subscriber = None), "submission.subscriber: is missing");
    assert_eq!(spoilt(|it| it.text = None), "submission.text: is missing");
    assert_eq!(spoilt(|it| it.traffic_class = 0), "submission.traffic_class: has the unknown value 0");
    assert_eq!(spoilt(|it| it.traffic_class = 99), "submission.traffic_class: has the unknown value 99");
    assert_eq!(spoilt(|it| it.tenant = String::new()), "submission.tenant: is empty");
}

#[test]
fn an_envelope_without_a_body_is_refused() {
    assert_eq!(decode(&Bytes::new()).unwrap_err().to_string(), "envelope.body: is missing");
    assert_eq!(decode(&Bytes::from_static(b"\xff")).unwrap_err().to_string(), "the record is no protobuf message");
}

#[test]
fn numbers_and_lists_beyond_their_limits_are_refused() {
    let order = wire::SubmitOrder { segments: vec![Bytes::new(); 256], ..Default::default() };
    assert_eq!(fault(Body::SubmitOrder(order)), "submit_order.segments: has 256 elements instead of 1 to 255");

    let settled = wire::Settlement { account: "demo".into(), lane: 1, settled: vec![] };
    assert_eq!(fault(Body::Settlement(settled)), "settlement.settled: has 0 elements instead of 1 to 1024");

    let progress = wire::Progress { partition: 70_000, ..Default::default() };
    assert_eq!(fault(Body::Progress(progress)), "progress.partition: is 70000, the limit is 65535");
}
