//! One message: taken once, placed, settled, retried, forgotten.

use volley_events::{
    Allowance, ConfigChange, ConsentAction, NotSent, Origin, QueueReason, RefusalClass, RoutingFact, SettledOutcome,
    Submission, Verdict, config::NumberConfig,
};
use volley_routing_core::{AllowanceRow, Command, FORGET_AFTER, LaneKey};
use volley_rows::RowsExt;
use volley_types::{
    AccountId, ArrivalId, Body, ContentHash, FinalState, Lane, NumberId, Reason, SpanMs, Timestamp, TrafficClass,
};

use crate::desk::*;

#[test]
fn a_message_goes_to_the_first_account_with_room_and_says_why() {
    let mut desk = Desk::open();
    desk.allow("main", 1);
    let effects = desk.submit(message("r1", TrafficClass::Transactional));
    let Verdict::Planned(planned) = first_verdict(&effects) else {
        panic!("{effects:?}")
    };
    assert_eq!((planned.account.as_str(), planned.segments, planned.lane), ("main", 1, Lane::Normal));
    assert_eq!((planned.others[0].account.as_str(), planned.others[0].because.as_str()), ("spare", "has no room"));
    let order = one_order(&effects).order;
    assert_eq!((order.source.digits(), order.destination.digits()), ("4565", "821012345678"));
    assert_eq!(order.segments[0].as_slice(), b"hello");
}

#[test]
fn rte_1_a_message_is_taken_once_and_other_content_is_a_conflict() {
    let mut desk = Desk::open();
    desk.allow("main", 10);
    desk.submit(message("r1", TrafficClass::Otp));
    assert_eq!(desk.submit(message("r1", TrafficClass::Otp)), []);
    let mut other = message("r1", TrafficClass::Otp);
    other.content = ContentHash::of(&[b"bye"]);
    assert!(
        matches!(&told(&desk.submit(other))[..], [RoutingFact::RequestConflict(conflict)] if conflict.request.as_str() == "r1")
    );
    assert_eq!(desk.unsettled("main", Lane::Otp), 1);
}

#[test]
fn rte_2_no_other_attempt_before_the_one_is_settled() {
    let mut desk = Desk::open();
    desk.allow("main", 10);
    let first = one_order(&desk.submit(message("r1", TrafficClass::Transactional)));
    assert_eq!(desk.pass(SpanMs::from_hours(10)), []);
    let again = one_order(&desk.settle(&first, SettledOutcome::NotSent(NotSent::NoBind)));
    assert_eq!(again.order.attempt.number, 2);
    assert_eq!(
        orders(&desk.settle(&first, SettledOutcome::Submitted)).len(),
        0,
        "a settlement of the old attempt is a repeat"
    );
    assert_eq!(desk.unsettled("main", Lane::Normal), 1);
}

#[test]
fn rte_3_what_has_no_allowance_waits_and_leaves_as_room_comes() {
    let mut desk = Desk::open();
    desk.allow("main", 1);
    let first = one_order(&desk.submit(message("r1", TrafficClass::Marketing)));
    for request in ["r2", "r3"] {
        let Verdict::Queued(queued) = first_verdict(&desk.submit(message(request, TrafficClass::Marketing))) else {
            panic!()
        };
        assert_eq!(queued.reason, QueueReason::NoAllowance);
    }
    assert_eq!(desk.routing.parked(), 2);
    desk.restart();
    assert_eq!(desk.routing.parked(), 2);
    let second = one_order(&desk.settle(&first, SettledOutcome::Submitted));
    assert_eq!(second.order.attempt.message, message("r2", TrafficClass::Marketing).message);
    assert_eq!(orders(&desk.allow("spare", 5)).len(), 1);
    assert_eq!(desk.routing.parked(), 0);
}

#[test]
fn rte_3_an_older_allowance_changes_nothing() {
    let mut desk = Desk::open();
    let allowance = |run, revision, allowed| {
        Command::Allow(Allowance {
            account: AccountId::new("main").unwrap(),
            lane: Lane::Otp,
            run,
            revision,
            allowed,
        })
    };
    desk.handle(allowance(5, 2, 3));
    desk.handle(allowance(5, 1, 9));
    desk.handle(allowance(4, 7, 9));
    let key = LaneKey(AccountId::new("main").unwrap(), Lane::Otp);
    assert_eq!(desk.rows.row::<AllowanceRow>(&key).unwrap().unwrap().allowed, 3);
    desk.handle(allowance(6, 0, 0));
    assert_eq!(desk.rows.row::<AllowanceRow>(&key).unwrap().unwrap().allowed, 0);
}

#[test]
fn rte_4_a_parked_message_expires_and_is_not_sent_afterwards() {
    let mut desk = Desk::open();
    desk.submit(message("r1", TrafficClass::Otp));
    let due = desk.routing.next_due(&desk.rows, Timestamp::MAX).unwrap();
    assert_eq!(due, Some(message("r1", TrafficClass::Otp).deadline));
    let end = closed(&desk.pass(SpanMs::from_secs(600)));
    assert_eq!((end.state, end.reason), (FinalState::Expired, Reason::ValidityEnded));
    assert_eq!(desk.allow("main", 10), []);
}

#[test]
fn rte_4_a_message_that_is_late_already_is_never_handed_over() {
    let mut desk = Desk::open();
    desk.allow("main", 10);
    let mut late = message("r1", TrafficClass::Otp);
    late.deadline = desk.now;
    assert_eq!(closed(&desk.submit(late)).state, FinalState::Expired);
}

#[test]
fn rte_5_stop_blocks_the_number_for_all_and_advertising_everywhere() {
    let mut desk = Desk::open();
    desk.allow("main", 10);
    desk.handle(consent(ConsentAction::OptOut));
    for class in TrafficClass::ALL {
        let end = closed(&desk.submit(message(&format!("{class:?}"), class)));
        assert_eq!((end.state, end.reason), (FinalState::Refused, Reason::OptedOut));
    }
    let mut confirmation = message("answer", TrafficClass::Transactional);
    confirmation.origin = Origin::Confirmation { arrival: ArrivalId::from_bytes([1; 16]) };
    assert_eq!(orders(&desk.submit(confirmation)).len(), 1);

    let other = NumberId::new("KR:1588").unwrap();
    let Some(ConfigChange::Number(number)) = provisioning().pop() else { panic!() };
    desk.configure(ConfigChange::Number(NumberConfig { number: other.clone(), ..number }));
    let from_other = |class| Submission { sender: other.clone(), ..message(&format!("other-{class:?}"), class) };
    assert_eq!(closed(&desk.submit(from_other(TrafficClass::Marketing))).reason, Reason::OptedOut);
    assert_eq!(orders(&desk.submit(from_other(TrafficClass::Transactional))).len(), 1);

    desk.handle(consent(ConsentAction::OptIn));
    assert_eq!(orders(&desk.submit(message("back", TrafficClass::Marketing))).len(), 1);
}

#[test]
fn rte_5_a_stop_is_obeyed_by_what_waits_already() {
    let mut desk = Desk::open();
    desk.submit(message("r1", TrafficClass::Marketing));
    assert_eq!(closed(&desk.handle(consent(ConsentAction::OptOutLikely))).reason, Reason::OptedOut);
    assert_eq!(desk.allow("main", 10), []);
}

#[test]
fn a_refusal_that_may_pass_backs_off_and_tries_again() {
    let mut desk = Desk::open();
    desk.allow("main", 10);
    let first = one_order(&desk.submit(message("r1", TrafficClass::Transactional)));
    let refused = SettledOutcome::Refused { status: 0x14, class: RefusalClass::RetrySameRoute };
    let facts = told(&desk.settle(&first, refused));
    assert!(matches!(&facts[..], [RoutingFact::Queued(queued)] if queued.reason == QueueReason::BackOff));
    assert_eq!(desk.pass(SpanMs::from_secs(29)), []);
    assert_eq!(one_order(&desk.pass(SpanMs::from_secs(1))).order.attempt.number, 2);
}

#[test]
fn a_route_that_refuses_gives_way_to_the_next() {
    let mut desk = Desk::open();
    desk.allow("main", 10);
    desk.allow("spare", 10);
    let first = one_order(&desk.submit(message("r1", TrafficClass::Transactional)));
    let refused = SettledOutcome::Refused { status: 0x45, class: RefusalClass::RetryOtherRoute };
    assert_eq!(one_order(&desk.settle(&first, refused)).account.as_str(), "spare");
}

#[test]
fn a_permanent_refusal_ends_it_with_the_carriers_status() {
    let mut desk = Desk::open();
    desk.allow("main", 10);
    let first = one_order(&desk.submit(message("r1", TrafficClass::Transactional)));
    let end = closed(&desk.settle(&first, SettledOutcome::Refused { status: 0x0b, class: RefusalClass::Permanent }));
    assert_eq!(
        (end.state, end.reason, end.carrier_status),
        (FinalState::Failed, Reason::CarrierRefused, Some(0x0b))
    );
}

#[test]
fn silence_repeats_an_alert_but_never_an_advertisement() {
    for (class, attempts) in [(TrafficClass::Transactional, 1), (TrafficClass::Marketing, 0)] {
        let mut desk = Desk::open();
        desk.allow("main", 10);
        let first = one_order(&desk.submit(message("r1", class)));
        assert_eq!(orders(&desk.settle(&first, SettledOutcome::Ambiguous)).len(), attempts);
    }
}

#[test]
fn a_message_waits_for_the_configuration_its_check_used() {
    let mut desk = Desk::open();
    desk.allow("main", 10);
    let mut ahead = message("r1", TrafficClass::Transactional);
    ahead.config_offset = desk.configured + 1;
    let Verdict::Queued(queued) = first_verdict(&desk.submit(ahead)) else {
        panic!()
    };
    assert_eq!(queued.reason, QueueReason::Configuration);
    assert_eq!(orders(&desk.configure(ConfigChange::Route(route("7", &["spare"])))).len(), 1);
}

#[test]
fn a_closed_account_gets_nothing_and_a_removed_route_refuses_what_waits() {
    let mut desk = Desk::open();
    desk.configure(account("main", true));
    desk.allow("main", 10);
    assert!(matches!(first_verdict(&desk.submit(message("r1", TrafficClass::Otp))), Verdict::Queued(_)));
    let end = closed(&desk.configure(ConfigChange::Route(route("", &[]))));
    assert_eq!((end.state, end.reason), (FinalState::Refused, Reason::NoRoute));
}

#[test]
fn an_account_that_opens_again_takes_what_waits() {
    let mut desk = Desk::open();
    desk.configure(account("main", true));
    desk.allow("main", 10);
    desk.submit(message("r1", TrafficClass::Otp));
    assert_eq!(orders(&desk.configure(account("main", false))).len(), 1);
}

#[test]
fn long_texts_take_a_new_reference_each_time() {
    let mut desk = Desk::open();
    desk.allow("main", 10);
    let long = |request| Submission {
        text: Body::plain("x".repeat(200)),
        ..message(request, TrafficClass::Transactional)
    };
    let references: Vec<u8> = ["r1", "r2"]
        .map(|request| one_order(&desk.submit(long(request))).order)
        .iter()
        .map(|order| {
            assert_eq!((order.segments.len(), order.esm_class), (2, 0x40));
            order.segments[0].as_slice()[3]
        })
        .collect();
    assert_eq!(references, [1, 2]);
}

#[test]
fn an_id_is_forgotten_after_its_time_and_not_before() {
    let mut desk = Desk::open();
    desk.allow("main", 10);
    let first = one_order(&desk.submit(message("r1", TrafficClass::Otp)));
    desk.settle(&first, SettledOutcome::Submitted);
    let rows = desk.rows.len();
    desk.pass(SpanMs::from_secs(600));
    assert_eq!(desk.submit(message("r1", TrafficClass::Otp)), []);
    desk.pass(FORGET_AFTER);
    assert_eq!(desk.rows.len(), rows - 2, "the row and its timer are gone");
}
