//! Messages of one conversation in the order accepted, when asked for (G9).

use volley_events::{NotSent, QueueReason, RefusalClass, SettledOutcome, Submission};
use volley_types::{Lane, NumberId, Reason, SpanMs, SubscriberId, TrafficClass};

use crate::desk::*;

#[test]
fn rte_7_the_next_message_leaves_when_the_one_before_was_taken() {
    let mut desk = Desk::open();
    desk.allow("main", 10);
    let first = one_order(&desk.submit(in_order("r1")));
    for request in ["r2", "r3"] {
        assert_eq!(waits(&desk.submit(in_order(request))), [QueueReason::Order]);
    }
    desk.restart();
    let second = one_order(&desk.settle(&first, SettledOutcome::Submitted));
    assert_eq!(second.order.attempt.message, in_order("r2").message);
    let third = one_order(&desk.settle(&second, SettledOutcome::Submitted));
    assert_eq!(third.order.attempt.message, in_order("r3").message);
    assert_eq!(desk.waiting(), 0);
}

#[test]
fn rte_7_order_holds_through_back_off_and_failover() {
    let mut desk = Desk::open();
    desk.allow("main", 10);
    desk.allow("spare", 10);
    let first = one_order(&desk.submit(in_order("r1")));
    desk.submit(in_order("r2"));

    let elsewhere = one_order(&desk.settle(&first, SettledOutcome::NotSent(NotSent::NoBind)));
    assert_eq!((elsewhere.account.as_str(), elsewhere.order.attempt.message), ("spare", in_order("r1").message));
    let busy = SettledOutcome::Refused { status: 0x14, class: RefusalClass::RetrySameRoute };
    assert_eq!(orders(&desk.settle(&elsewhere, busy)).len(), 0, "the second one waits on");
    let again = one_order(&desk.pass(SpanMs::from_secs(30)));
    assert_eq!(again.order.attempt.message, in_order("r1").message);
    let second = one_order(&desk.settle(&again, SettledOutcome::Submitted));
    assert_eq!(second.order.attempt.message, in_order("r2").message);
}

#[test]
fn rte_7_one_that_ends_lets_the_next_go_and_those_that_end_at_once_too() {
    let mut desk = Desk::open();
    let soon = |request| Submission { deadline: START + SpanMs::from_secs(10), ..in_order(request) };
    desk.submit(soon("r1"));
    desk.submit(soon("r2"));
    desk.submit(in_order("r3"));
    let expired = told(&desk.pass(SpanMs::from_secs(10)));
    assert_eq!(expired.len(), 3, "two ends, and the third one waits for room instead of for its turn: {expired:?}");
    assert_eq!(one_order(&desk.allow("main", 1)).order.attempt.message, in_order("r3").message);
}

#[test]
fn rte_7_other_conversations_and_messages_that_did_not_ask_do_not_wait() {
    let mut desk = Desk::open();
    desk.allow("main", 10);
    desk.submit(in_order("r1"));
    assert_eq!(orders(&desk.submit(message("free", TrafficClass::Transactional))).len(), 1);
    let subscriber = SubscriberId::e164(821_012_345_679).unwrap();
    let elsewhere = Submission {
        subscriber,
        message: volley_types::MessageId::from_bytes([9; 16]),
        ..in_order("r2")
    };
    assert_eq!(orders(&desk.submit(elsewhere)).len(), 1);
    let sender = NumberId::new("KR:1588").unwrap();
    let unowned = Submission { sender, message: volley_types::MessageId::from_bytes([8; 16]), ..in_order("r3") };
    assert_eq!(
        closed(&desk.submit(unowned)).reason,
        Reason::SenderNotOwned,
        "it stands in no line of another number"
    );
}

#[test]
fn rte_7_what_waits_for_configuration_holds_what_follows_it() {
    let mut desk = Desk::open();
    desk.allow("main", 10);
    let ahead = Submission { config_offset: desk.configured + 1, ..in_order("r1") };
    assert_eq!(waits(&desk.submit(ahead)), [QueueReason::Configuration]);
    assert_eq!(waits(&desk.submit(in_order("r2"))), [QueueReason::Order]);
    let first = one_order(&desk.configure(account("third", false)));
    assert_eq!(first.order.attempt.message, in_order("r1").message);
}

#[test]
fn a_long_line_of_expired_messages_is_cleared_in_pieces() {
    let mut desk = Desk::open();
    desk.allow("main", 1);
    let first = one_order(&desk.submit(in_order("first")));
    for number in 0..600 {
        desk.submit(in_order(&format!("r{number}")));
    }
    desk.now = desk.now + TrafficClass::Transactional.validity_default();
    let mut ended = told(&desk.settle(&first, SettledOutcome::Submitted)).len();
    while desk.waiting() > 0 {
        let told = told(&desk.pass(SpanMs::ZERO)).len();
        assert!(told > 0 && told <= 512, "{told} in one piece");
        ended += told;
    }
    assert_eq!(ended, 600);
    assert_eq!(desk.unsettled("main", Lane::Normal), 0);
}
