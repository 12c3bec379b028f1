use rusmpp::CommandId;
use rusmpp::pdus::{CancelSm, DataSm};

use super::carrier::{bind_resp, deliver, message, submit_resp};
use super::given::{answer, binding, bound, bound_with};
use crate::pdu::{BindMode, OtherPdu, Pdu, SubmitResp, Tlv, tag};
use crate::session::{CloseReason, DELIVER_BACKLOG_MAX, Event, SessionConfig, SubmitError, WINDOW_MAX};
use crate::status::CommandStatus;

const OK: CommandStatus = CommandStatus::OK;

#[test]
fn a_session_begins_with_its_bind() {
    let now = super::start();
    let mut session = crate::EsmeSession::new(SessionConfig::new("acme", "secret08"), now).expect("sound");
    let mut octets = bytes::BytesMut::new();
    session.take_output(&mut octets);

    assert_eq!(hex::encode(&octets), "0000002300000009000000000000000161636d65007365637265743038000034000000");
    assert!(!session.is_bound());
    assert_eq!(session.room(), 0);
}

#[test]
fn a_taken_bind_opens_the_window() {
    let mut given = binding(SessionConfig::new("acme", "secret08"));
    assert_eq!(given.session.submit(1, &message(), given.now), Err(SubmitError::NotBound));

    given.receives(&bind_resp(OK));

    assert_eq!(given.events(), [Event::Bound { system_id: "smsc".to_owned(), interface_version: Some(0x34) }]);
    assert_eq!(given.session.room(), 10);
}

#[test]
fn a_refused_bind_closes() {
    let mut given = binding(SessionConfig::new("acme", "wrong"));

    given.receives(&bind_resp(CommandStatus::INVALID_PASSWORD));

    assert_eq!(
        given.events(),
        [
            Event::BindRefused { status: CommandStatus::INVALID_PASSWORD },
            Event::Closed { reason: CloseReason::BindRefused(CommandStatus::INVALID_PASSWORD) },
        ]
    );
    assert_eq!(given.session.poll_timeout(), None);
}

#[test]
fn a_bind_nobody_understands_is_refused() {
    let mut given = binding(SessionConfig::new("acme", "secret08"));

    given.receives_header(CommandId::GenericNack, CommandStatus::INVALID_COMMAND_ID, 1);

    assert_eq!(given.events()[0], Event::BindRefused { status: CommandStatus::INVALID_COMMAND_ID });
}

#[test]
fn an_unanswered_bind_closes_after_its_time() {
    let mut given = binding(SessionConfig::new("acme", "secret08"));

    given.waits(14);
    assert_eq!(given.events(), []);
    given.waits(1);

    assert_eq!(given.events(), [Event::Closed { reason: CloseReason::BindTimeout }]);
}

#[test]
fn answers_out_of_order_find_their_messages() {
    let mut given = bound();
    let first = given.submits(100);
    let second = given.submits(200);
    assert_eq!((first, second), (2, 3));

    given.receives(&submit_resp(OK, second, "b"));
    given.receives(&submit_resp(CommandStatus::THROTTLED, first, ""));

    assert_eq!(
        given.events(),
        [
            Event::SubmitAnswered(answer(200, OK, Some("b"))),
            Event::SubmitAnswered(answer(100, CommandStatus::THROTTLED, None)),
        ]
    );
    assert_eq!(given.session.room(), 10);
}

#[test]
fn a_full_window_takes_no_more() {
    let mut given = bound();
    for token in 0..10 {
        given.submits(token);
    }

    assert_eq!(given.session.room(), 0);
    assert_eq!(given.session.submit(10, &message(), given.now), Err(SubmitError::WindowFull));

    given.receives(&submit_resp(OK, 2, "a"));
    assert_eq!(given.session.room(), 1);
}

#[test]
fn a_generic_nack_refuses_the_message_it_names() {
    let mut given = bound();
    let sequence = given.submits(7);

    given.receives_header(CommandId::GenericNack, CommandStatus::INVALID_COMMAND_ID, sequence);

    assert_eq!(given.events(), [Event::SubmitAnswered(answer(7, CommandStatus::INVALID_COMMAND_ID, None))]);
}

#[test]
fn an_answer_to_nothing_is_counted_and_no_more() {
    let mut given = bound();

    given.receives(&submit_resp(OK, 99, "a"));
    given.receives(&submit_resp(OK, 0, "a"));
    given.receives_header(CommandId::GenericNack, CommandStatus::INVALID_COMMAND_LENGTH, 0);

    assert_eq!(given.events(), []);
    assert_eq!(given.session.counters().unknown_responses, 2);
    assert_eq!(given.session.counters().unknown_nacks, 1);
    assert!(given.session.is_bound());
}

#[test]
fn congestion_is_reported_with_the_answer() {
    let mut given = bound();
    let sequence = given.submits(7);
    let mut octets = bytes::BytesMut::new();
    SubmitResp {
        tlvs: [Tlv::u8(tag::CONGESTION_STATE, 93)].into_iter().collect(),
        ..SubmitResp::accepted("a")
    }
    .encode_submit(OK, sequence, &mut octets)
    .expect("fits");

    given.receives(&octets);

    assert!(matches!(
        &given.events()[..],
        [Event::SubmitAnswered(answer)] if answer.congestion == Some(93)
    ));
}

#[test]
fn a_message_without_an_answer_is_given_up_and_its_late_answer_still_told() {
    let mut given = bound();
    let sequence = given.submits(7);

    given.waits(30);
    assert_eq!(given.events(), [Event::SubmitUnanswered { token: 7 }]);
    assert_eq!(given.session.room(), 10);

    given.receives(&submit_resp(OK, sequence, "late"));
    given.receives(&submit_resp(OK, sequence, "late"));

    assert_eq!(given.events(), [Event::SubmitAnsweredLate(answer(7, OK, Some("late")))]);
    assert_eq!(given.session.counters().unknown_responses, 1);
}

#[test]
fn a_late_nack_is_told_too() {
    let mut given = bound();
    let sequence = given.submits(7);
    given.waits(30).events();

    given.receives_header(CommandId::GenericNack, CommandStatus::SYSTEM_ERROR, sequence);

    assert_eq!(given.events(), [Event::SubmitAnsweredLate(answer(7, CommandStatus::SYSTEM_ERROR, None))]);
}

#[test]
fn a_delivered_message_is_answered_when_the_shell_says_so() {
    let mut given = bound();

    given.receives(&deliver(41));

    let events = given.events();
    assert!(matches!(
        &events[..],
        [Event::Delivered { sequence: 41, deliver }] if deliver.content() == b"VOTE 2"[..] && deliver.raw.len() == 55
    ));
    assert_eq!(given.written(), []);

    assert!(given.session.respond_deliver(41, CommandStatus::TEMPORARY_RECEIVER_ERROR));
    assert!(!given.session.respond_deliver(41, OK));
    assert_eq!(given.written_headers(), [(CommandId::DeliverSmResp, CommandStatus::TEMPORARY_RECEIVER_ERROR, 41)]);
}

#[test]
fn a_data_sm_is_answered_in_kind() {
    let mut given = bound();
    let data = DataSm::builder().build();
    let mut octets = bytes::BytesMut::new();
    OtherPdu::new(data).encode(OK, 5, &mut octets).expect("has a body");

    given.receives(&octets);
    assert!(matches!(given.events()[..], [Event::Delivered { sequence: 5, .. }]));

    given.session.respond_deliver(5, OK);
    assert_eq!(given.written_headers(), [(CommandId::DataSmResp, OK, 5)]);
}

#[test]
fn a_backlog_that_is_full_sends_messages_back_to_come_later() {
    let mut given = bound();
    let most = u32::try_from(DELIVER_BACKLOG_MAX).expect("small");
    for sequence in 1..=most + 1 {
        given.receives(&deliver(sequence));
    }

    assert_eq!(given.events().len(), DELIVER_BACKLOG_MAX);
    assert_eq!(given.written_headers(), [(CommandId::DeliverSmResp, CommandStatus::MESSAGE_QUEUE_FULL, most + 1)]);
    assert_eq!(given.session.unanswered_delivers(), DELIVER_BACKLOG_MAX);
}

#[test]
fn two_unanswered_messages_of_one_number_are_not_mixed_up() {
    let mut given = bound();

    given.receives(&deliver(41)).receives(&deliver(41));

    assert_eq!(given.events().len(), 1);
    assert_eq!(given.written_headers(), [(CommandId::DeliverSmResp, CommandStatus::MESSAGE_QUEUE_FULL, 41)]);
}

#[test]
fn a_message_before_the_bind_is_answered_with_the_state() {
    let mut given = binding(SessionConfig::new("acme", "secret08"));

    given.receives(&deliver(1));

    assert_eq!(given.events(), []);
    assert_eq!(given.written_headers(), [(CommandId::DeliverSmResp, CommandStatus::INVALID_BIND_STATUS, 1)]);
}

#[test]
fn a_receiver_does_not_send_and_a_transmitter_takes_receipts_all_the_same() {
    let config = |mode| SessionConfig { mode, ..SessionConfig::new("acme", "secret08") };

    let receiver = &mut bound_with(config(BindMode::Receiver));
    assert_eq!(receiver.session.submit(1, &message(), receiver.now), Err(SubmitError::ReceiverOnly));
    assert_eq!(receiver.session.room(), 0);

    let transmitter = &mut bound_with(config(BindMode::Transmitter));
    transmitter.submits(1);
    transmitter.receives(&deliver(1));
    assert_eq!(transmitter.events().len(), 1);
}

#[test]
fn the_carriers_enquiry_is_answered() {
    let mut given = bound();

    given.receives_header(CommandId::EnquireLink, OK, 77);

    assert_eq!(given.written_headers(), [(CommandId::EnquireLinkResp, OK, 77)]);
}

#[test]
fn silence_is_enquired_into_and_twice_ends_the_session() {
    let mut given = bound();
    given.submits(5);

    given.waits_as_asked();
    assert!(given.written().iter().any(|frame| frame.pdu == Pdu::EnquireLink));
    given.waits_as_asked();
    given.waits_as_asked();

    assert_eq!(
        given.events(),
        [Event::SubmitUnanswered { token: 5 }, Event::Closed { reason: CloseReason::PeerSilent },]
    );
}

#[test]
fn an_answered_enquiry_keeps_the_session_up() {
    let mut given = bound();
    for _ in 0..100 {
        given.waits_as_asked();
        let asked = given.written_headers();
        assert_eq!(asked.len(), 1);
        given.receives_header(CommandId::EnquireLinkResp, OK, asked[0].2);
    }

    assert_eq!(given.events(), []);
    assert!(given.session.is_bound());
}

#[test]
fn other_operations_share_the_window_and_come_back_with_their_answers() {
    let mut given = bound();
    let cancel = OtherPdu::new(CancelSm::default());
    let sequence = given.session.request(9, &cancel, given.now).expect("room").get();
    assert_eq!(given.session.room(), 9);

    given.receives_header(CommandId::CancelSmResp, CommandStatus(0x11), sequence);

    assert!(matches!(given.events()[..], [Event::RequestAnswered { token: 9, status: CommandStatus(0x11), .. }]));
    assert_eq!(given.session.room(), 10);
}

#[test]
fn an_answer_of_another_operation_is_not_taken_for_ours() {
    let mut given = bound();
    let cancel = OtherPdu::new(CancelSm::default());
    let sequence = given.session.request(9, &cancel, given.now).expect("room").get();

    given.receives_header(CommandId::ReplaceSmResp, OK, sequence);
    given.receives(&submit_resp(OK, sequence, "a"));

    assert_eq!(given.events(), []);
    assert_eq!(given.session.counters().unknown_responses, 2);
    given.waits(30);
    assert_eq!(given.events(), [Event::RequestUnanswered { token: 9 }]);
}

#[test]
fn a_data_sm_of_ours_is_answered_like_a_message() {
    let mut given = bound();
    let data = OtherPdu::new(DataSm::builder().build());
    let sequence = given.session.request(3, &data, given.now).expect("room").get();
    let mut octets = bytes::BytesMut::new();
    SubmitResp::accepted("d1").encode_data(OK, sequence, &mut octets).expect("fits");

    given.receives(&octets);

    assert_eq!(given.events(), [Event::SubmitAnswered(answer(3, OK, Some("d1")))]);
}

#[test]
fn a_client_does_not_send_what_carriers_send() {
    let mut given = bound();
    let outbind = OtherPdu::new(rusmpp::pdus::Outbind::default());

    assert_eq!(given.session.request(1, &outbind, given.now), Err(SubmitError::Operation));
    assert_eq!(given.written(), []);
}

#[test]
fn an_alert_is_passed_on_and_needs_no_answer() {
    let mut given = bound();
    let alert = OtherPdu::new(rusmpp::pdus::AlertNotification::default());
    let mut octets = bytes::BytesMut::new();
    alert.encode(OK, 8, &mut octets).expect("has a body");

    for _ in 0..300 {
        given.receives(&octets);
    }

    assert_eq!(given.session.counters().alerts_dropped, 300 - 256);
    assert_eq!(given.events().len(), 256);
    assert_eq!(given.written(), []);
    given.receives(&octets);
    assert!(matches!(given.events()[..], [Event::Alert { .. }]));
}

#[test]
fn the_widest_window_fills_and_empties() {
    let mut given = bound_with(SessionConfig { window: WINDOW_MAX, ..SessionConfig::new("acme", "secret08") });
    let sequences: Vec<u32> = (0..u64::from(WINDOW_MAX)).map(|token| given.submits(token)).collect();
    assert_eq!(given.session.room(), 0);

    for sequence in sequences.iter().rev() {
        given.receives(&submit_resp(OK, *sequence, "x"));
    }

    assert_eq!(given.events().len(), usize::from(WINDOW_MAX));
    assert_eq!(given.session.room(), usize::from(WINDOW_MAX));
}
