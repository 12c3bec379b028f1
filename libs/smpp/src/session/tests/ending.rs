use rusmpp::CommandId;

use super::carrier::{deliver, message, submit_resp};
use super::given::{answer, binding, bound};
use crate::session::{CloseReason, Event, SessionConfig, SubmitError};
use crate::status::CommandStatus;

const OK: CommandStatus = CommandStatus::OK;

const fn closed(reason: CloseReason) -> Event {
    Event::Closed { reason }
}

#[test]
fn our_unbind_waits_for_what_is_open() {
    let mut given = bound();
    let sequence = given.submits(7);
    given.receives(&deliver(41));
    given.written();

    given.session.unbind(given.now);
    assert_eq!(given.session.submit(8, &message(), given.now), Err(SubmitError::NotBound));
    assert_eq!(given.written(), []);

    given.receives(&submit_resp(OK, sequence, "a"));
    assert_eq!(given.written(), []);
    given.session.respond_deliver(41, OK);
    assert_eq!(given.written_headers(), [(CommandId::DeliverSmResp, OK, 41), (CommandId::Unbind, OK, 3)]);

    given.receives_header(CommandId::UnbindResp, OK, 3);
    let events = given.events();
    assert_eq!(events[1..], [Event::SubmitAnswered(answer(7, OK, Some("a"))), closed(CloseReason::Unbound)]);
}

#[test]
fn our_unbind_does_not_wait_for_ever() {
    let mut given = bound();
    given.submits(7);
    given.receives(&deliver(41));
    given.events();
    given.written();
    given.session.unbind(given.now);

    given.waits(30);
    assert_eq!(given.events(), [Event::SubmitUnanswered { token: 7 }]);
    assert!(given.written_headers().iter().any(|header| header.0 == CommandId::Unbind));
    given.waits(30);

    assert_eq!(given.events(), [closed(CloseReason::Unbound)]);
    assert!(!given.session.respond_deliver(41, OK));
}

#[test]
fn the_carriers_unbind_is_answered_once_nothing_is_open() {
    let mut given = bound();
    let sequence = given.submits(7);
    given.written();

    given.receives_header(CommandId::Unbind, OK, 500);
    assert_eq!(given.events(), [Event::PeerUnbind]);
    assert_eq!(given.session.room(), 0);
    assert_eq!(given.written(), []);

    given.receives(&submit_resp(OK, sequence, "a"));

    assert_eq!(given.events(), [Event::SubmitAnswered(answer(7, OK, Some("a"))), closed(CloseReason::PeerUnbound)]);
    assert_eq!(given.written_headers(), [(CommandId::UnbindResp, OK, 500)]);
}

#[test]
fn the_carriers_unbind_of_an_idle_session_is_answered_at_once() {
    let mut given = bound();

    given.receives_header(CommandId::Unbind, OK, 500);

    assert_eq!(given.events(), [Event::PeerUnbind, closed(CloseReason::PeerUnbound)]);
    assert_eq!(given.written_headers(), [(CommandId::UnbindResp, OK, 500)]);
}

#[test]
fn both_sides_may_unbind_at_once() {
    let mut given = bound();
    given.session.unbind(given.now);
    given.written();

    given.receives_header(CommandId::Unbind, OK, 500);

    assert_eq!(given.events(), [closed(CloseReason::PeerUnbound)]);
    assert_eq!(given.written_headers(), [(CommandId::UnbindResp, OK, 500)]);
}

#[test]
fn an_unbind_before_the_bind_is_answered_ends_at_once() {
    let mut given = binding(SessionConfig::new("acme", "secret08"));

    given.session.unbind(given.now);

    assert_eq!(given.events(), [closed(CloseReason::Unbound)]);
}

#[test]
fn a_lost_link_leaves_everything_open_unanswered_and_nothing_after_it() {
    let mut given = bound();
    let sequence = given.submits(1);
    given.submits(2);
    given.receives(&deliver(41));
    given.events();

    given.session.connection_lost(given.now);
    given.session.connection_lost(given.now);
    given.receives(&submit_resp(OK, sequence, "a"));
    given.waits(3_600);
    given.session.unbind(given.now);

    assert_eq!(
        given.events(),
        [
            Event::SubmitUnanswered { token: 1 },
            Event::SubmitUnanswered { token: 2 },
            closed(CloseReason::ConnectionLost),
        ]
    );
    assert!(!given.session.respond_deliver(41, OK));
    assert!(given.session.is_closed());
}

#[test]
fn a_carrier_that_does_not_read_is_given_up() {
    let mut given = bound();
    let enquiry = super::carrier::header(CommandId::EnquireLink, OK, 1);
    let many: Vec<u8> = enquiry.iter().copied().cycle().take(16 * 65_536).collect();

    for _ in 0..6 {
        given.receives(&many);
    }

    assert_eq!(given.events(), [closed(CloseReason::PeerNotReading)]);
}
