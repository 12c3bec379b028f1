use rusmpp::CommandId;

use super::carrier::{deliver, message};
use super::given::bound;
use crate::session::{CloseReason, Event};
use crate::status::CommandStatus;

fn pdu(length: u32, command: u32, sequence: u32, body: &[u8]) -> Vec<u8> {
    let head = [length, command, 0, sequence];
    let mut octets: Vec<u8> = head.iter().flat_map(|word| word.to_be_bytes()).collect();
    octets.extend_from_slice(body);
    octets
}

#[test]
fn an_impossible_length_is_answered_and_ends_the_session() {
    for length in [0, 15, 0x0002_0000, u32::MAX] {
        let mut given = bound();
        given.submits(7);
        given.written();

        given.receives(&pdu(length, 0x15, 9, &[]));

        assert_eq!(given.written_headers(), [(CommandId::GenericNack, CommandStatus::INVALID_COMMAND_LENGTH, 9)]);
        assert_eq!(
            given.events(),
            [Event::SubmitUnanswered { token: 7 }, Event::Closed { reason: CloseReason::OutOfStep },]
        );
    }
}

#[test]
fn an_unknown_operation_is_answered_and_the_session_goes_on() {
    let mut given = bound();

    given.receives(&pdu(20, 0x0000_0BAD, 99, b"body")).receives(&deliver(1));

    assert_eq!(given.written_headers(), [(CommandId::GenericNack, CommandStatus::INVALID_COMMAND_ID, 99)]);
    assert_eq!(given.events().len(), 1);
}

#[test]
fn an_unknown_response_is_counted_and_not_answered() {
    let mut given = bound();

    given.receives(&pdu(16, 0x8000_0BAD, 99, &[]));

    assert_eq!(given.written(), []);
    assert_eq!(given.session.counters().malformed, 1);
}

#[test]
fn a_body_cut_short_is_refused_in_its_own_response() {
    let whole = deliver(41);
    let texts_end = whole.len() - 3;
    let mut given = bound();

    given.receives(&pdu(texts_end as u32, 5, 41, &whole[16..texts_end]));
    given.receives(&pdu(20, 5, 42, &whole[16..20]));

    assert_eq!(
        given.written_headers(),
        [
            (CommandId::DeliverSmResp, CommandStatus::INVALID_MESSAGE_LENGTH, 41),
            (CommandId::DeliverSmResp, CommandStatus::INVALID_COMMAND_LENGTH, 42),
        ]
    );
    assert_eq!(given.events(), []);
    assert!(given.session.is_bound());
}

#[test]
fn a_request_only_clients_send_is_refused() {
    let mut given = bound();
    let mut octets = bytes::BytesMut::new();
    message().encode(3, &mut octets).expect("fits");
    octets.extend_from_slice(&pdu(18, 3, 4, b"x\0"));

    given.receives(&octets);

    assert_eq!(given.written_headers()[0], (CommandId::GenericNack, CommandStatus::INVALID_COMMAND_ID, 3));
    assert_eq!(given.events(), []);
}
