//! Attempts of which nobody says what became: overdue, or lost with the store of their owner.

use volley_events::{RefusalClass, RoutingFact, SettledOutcome};
use volley_routing_core::{STOOD_STILL, settle_margin};
use volley_types::{Lane, SpanMs, TrafficClass};

use crate::desk::*;

/// From the order to the moment at which it counts as ambiguous.
fn overdue_after(class: TrafficClass) -> SpanMs {
    let millis = class.lane().dwell_max().as_millis() + settle_margin(RESPONSE_TIMEOUT).as_millis();
    SpanMs::from_millis(millis)
}

fn just_before(span: SpanMs) -> SpanMs {
    SpanMs::from_millis(span.as_millis() - 1)
}

#[test]
fn rte_8_an_attempt_nobody_settles_is_ambiguous_after_its_time_and_a_patience() {
    for (class, attempts) in [(TrafficClass::Transactional, 1), (TrafficClass::Marketing, 0)] {
        let mut desk = Desk::open();
        desk.allow("main", 10);
        let first = one_order(&desk.submit(message("r1", class)));
        assert_eq!(desk.pass(just_before(overdue_after(class))), [], "it is waited for");

        let effects = desk.pass(SpanMs::from_millis(1));
        assert!(matches!(&told(&effects)[0], RoutingFact::AttemptLost(lost) if *lost == first.order.attempt));
        assert_eq!(orders(&effects).len(), attempts, "the class decides");
        assert_eq!(desk.unsettled("main", class.lane()), u32::try_from(attempts).unwrap());
        assert_eq!(desk.settle(&first, SettledOutcome::Submitted), [], "what is said later changes nothing here");
    }
}

#[test]
fn what_an_account_never_spoke_of_is_tried_elsewhere_first() {
    let mut desk = Desk::open();
    desk.allow("main", 10);
    desk.allow("spare", 10);
    desk.submit(message("r1", TrafficClass::Transactional));
    let again = one_order(&desk.pass(overdue_after(TrafficClass::Transactional)));
    assert_eq!(again.account.as_str(), "spare");
}

#[test]
fn rte_8_after_a_standstill_egress_gets_another_patience() {
    let mut desk = Desk::open();
    desk.allow("main", 10);
    let class = TrafficClass::Transactional;
    let first = one_order(&desk.submit(message("r1", class)));
    desk.now = desk.now + overdue_after(class) + STOOD_STILL;
    assert_eq!(
        desk.pass(SpanMs::from_secs(1)),
        [],
        "the log was away, and the settlement may lie behind this record"
    );
    let refused = SettledOutcome::Refused { status: 0x45, class: RefusalClass::RetryOtherRoute };
    assert_eq!(told(&desk.settle(&first, refused)).len(), 1, "and here it is");
}

#[test]
fn rte_8_a_settled_attempt_is_not_overdue() {
    let mut desk = Desk::open();
    desk.allow("main", 10);
    let first = one_order(&desk.submit(message("r1", TrafficClass::Otp)));
    desk.settle(&first, SettledOutcome::Submitted);
    assert_eq!(desk.pass(overdue_after(TrafficClass::Otp)), []);
}

#[test]
fn rte_8_a_lost_lane_makes_ambiguous_what_stood_in_it_and_nothing_later() {
    let mut desk = Desk::open();
    desk.allow("main", 10);
    let before = desk.submit(message("before", TrafficClass::Transactional));
    let newest = desk.place_of_last(&before);
    let after = one_order(&desk.submit(message("after", TrafficClass::Transactional)));

    let effects = desk.lose_lanes(Some(newest));
    let lost: Vec<_> = told(&effects)
        .into_iter()
        .filter_map(|fact| if let RoutingFact::AttemptLost(attempt) = fact { Some(attempt) } else { None })
        .collect();
    assert_eq!(lost, [one_order(&before).order.attempt]);
    assert_eq!(one_order(&effects).order.attempt.number, 2, "an alert is sent again");
    assert_eq!(desk.unsettled("main", Lane::Normal), 2);
    assert_eq!(
        told(&desk.settle(&after, SettledOutcome::Ambiguous)).len(),
        1,
        "egress still answers for the later one"
    );
}

#[test]
fn rte_8_a_loss_told_twice_is_one_loss() {
    let mut desk = Desk::open();
    desk.allow("main", 10);
    let before = desk.submit(message("before", TrafficClass::Marketing));
    let newest = desk.place_of_last(&before);
    assert_eq!(told(&desk.lose_lanes(Some(newest))).len(), 1, "an advertisement is not sent again");
    assert_eq!(desk.lose_lanes(Some(newest)), []);
    assert_eq!(desk.lose_lanes(None), []);
}

#[test]
fn rte_8_one_record_orders_many_and_only_those_up_to_the_end_are_lost() {
    let mut desk = Desk::open();
    for request in ["r1", "r2", "r3"] {
        desk.submit(message(request, TrafficClass::Marketing));
    }
    let released = desk.allow("main", 10);
    assert_eq!(orders(&released).len(), 3);
    // Effects come as planned, order, planned, order …; the lane held the first two orders when its loss was found.
    let bulk = desk.offset - 1;
    let second = volley_types::Position { offset: bulk, index: 3 };
    let effects = desk.lose_lanes(Some(second));
    assert_eq!(told(&effects).len(), 2);
    assert_eq!(desk.unsettled("main", Lane::Bulk), 1);
}

#[test]
fn what_waits_takes_the_room_a_lost_lane_leaves() {
    let mut desk = Desk::open();
    desk.allow("main", 1);
    let first = desk.submit(message("r1", TrafficClass::Marketing));
    let newest = desk.place_of_last(&first);
    desk.submit(message("r2", TrafficClass::Marketing));
    assert_eq!(orders(&desk.lose_lanes(Some(newest))).len(), 1);
}
