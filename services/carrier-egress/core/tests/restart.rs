//! EGR-3: what a start makes of the rows it finds.

mod support;

use std::collections::BTreeMap;

use support::{Bench, SETTINGS, Wish, alert, attempt};
use volley_carrier_egress_core::SegmentAnswer;
use volley_events::{AttemptOutcome, CarrierMessageId, NotSent};
use volley_types::{Lane, SpanMs};

/// The process is killed, and another starts on its rows; it reads the lane again from the position they hold.
fn restarted(bench: Bench, wishes: &[Wish]) -> Bench {
    let mut next = Bench::on(bench.rows, SETTINGS);
    let from = next.position(Lane::Normal);
    next.bind_up(0);
    for (offset, wish) in (0..).zip(wishes).filter(|(offset, _)| *offset >= from) {
        next.read(offset, *wish);
    }
    next
}

#[test]
fn an_order_without_an_intent_is_sent() {
    let bench = Bench::new(SETTINGS);
    let next = restarted(bench, &[alert(1)]);
    assert_eq!(next.wire.sent.len(), 1);
}

#[test]
fn an_intent_without_an_outcome_is_ambiguous_and_not_sent_again() {
    let mut bench = Bench::bound(SETTINGS);
    let wishes = [Wish { segments: 2, ..alert(1) }];
    bench.read(0, wishes[0]);
    let next = restarted(bench, &wishes);
    assert!(next.wire.sent.is_empty());
    let (_, report) = &next.reports[0];
    assert_eq!(report.outcome, AttemptOutcome::Ambiguous { ids: vec![None; 2] });
    assert!(report.sent_at.is_some());
}

#[test]
fn an_outcome_the_log_may_not_have_is_reported_again() {
    let mut bench = Bench::bound(SETTINGS);
    bench.read(0, alert(1));
    bench.take(1);
    let told = bench.reports.clone();
    let next = restarted(bench, &[alert(1)]);
    assert!(next.wire.sent.is_empty());
    assert_eq!(next.reports, told);
}

#[test]
fn what_is_done_above_the_position_is_passed_over() {
    let mut bench = Bench::bound(SETTINGS);
    let wishes = [alert(1), alert(2), alert(3)];
    bench.read(0, wishes[0]);
    bench.read(1, wishes[1]);
    bench.take(2);
    bench.log_catches_up();
    assert_eq!(bench.position(Lane::Normal), 0);

    let mut next = restarted(bench, &wishes);
    assert_eq!(next.handsets(), [79_140_000_003]);
    assert_eq!(next.outcomes().len(), 1, "the first is ambiguous, the second is not told again");
    next.take(1);
    next.log_catches_up();
    assert_eq!(next.position(Lane::Normal), 3);
    let again = restarted(next, &wishes);
    assert!(again.wire.sent.is_empty() && again.reports.is_empty());
}

#[test]
fn a_verdict_without_a_send_is_never_reconsidered() {
    let mut bench = Bench::new(SETTINGS);
    bench.read(0, alert(1));
    bench.pass(SpanMs::from_secs(60));
    assert_eq!(bench.outcomes().len(), 1);
    let next = restarted(bench, &[alert(1)]);
    assert!(next.wire.sent.is_empty());
    assert_eq!(next.outcomes(), [(attempt(1), AttemptOutcome::NotSent(NotSent::NoBind))]);
}

#[test]
fn a_record_read_twice_is_sent_once() {
    let mut bench = Bench::bound(SETTINGS);
    bench.read(5, alert(1));
    bench.read(5, alert(1));
    assert_eq!(bench.wire.sent.len(), 1);
    bench.answer(1, SegmentAnswer::Taken(CarrierMessageId::new("a").map(Into::into)));
    bench.log_catches_up();
    assert_eq!(bench.position(Lane::Normal), 6, "offsets that the log left out hold no order");
}

#[test]
fn a_lost_store_begins_each_lane_where_it_is_told() {
    let mut bench = Bench::bound(SETTINGS);
    bench.read(0, alert(1));
    let mut bench = Bench::on(bench.rows, SETTINGS);
    let account = bench.carrier.account_mut(&support::account_id()).unwrap();
    account.restart_lane_at(Lane::Normal, 40, BTreeMap::new(), &mut bench.rows);
    bench.turn();
    assert_eq!(bench.rows.len(), 1, "nothing is left but the position");
    let next = Bench::on(bench.rows, SETTINGS);
    assert_eq!(next.position(Lane::Normal), 40);
}
