//! What persons wrote: taken once, answered when the log has it, and marked when it may be a repeat.

use super::*;

#[test]
fn a_reply_is_answered_when_the_log_has_it_and_not_before() {
    let mut bench = Bench::new();
    bench.says(LINK, 7);
    let arrival = bench.arrival();
    assert!(bench.answers().is_empty());
    bench.log_has(&arrival);
    assert_eq!(bench.answers(), [(LINK, 1, 0)]);
    bench.pass(SpanMs::from_secs(120));
    assert!(bench.rows.is_empty(), "nothing of it is kept when the carrier must have heard");
}

#[test]
fn two_equal_votes_are_two() {
    let mut bench = Bench::new();
    bench.says(LINK, 7);
    bench.says(LINK, 7);
    assert_eq!(bench.out.arrivals.len(), 2);
}

#[test]
fn a_slow_log_has_the_carrier_come_again_and_then_it_is_one() {
    let mut bench = Bench::new();
    bench.says(LINK, 7);
    let arrival = bench.arrival();
    bench.pass(SpanMs::from_secs(5));
    assert_eq!(bench.answers(), [(LINK, 1, 0x64)]);
    bench.log_has(&arrival);
    assert!(bench.answers().is_empty());

    bench.says(LINK, 7);
    assert_eq!(bench.answers(), [(LINK, 2, 0)]);
    bench.says(LINK, 7);
    assert_eq!(bench.out.arrivals.len(), 1, "one PDU joins, the next is another message");
}

#[test]
fn one_that_comes_again_before_the_log_has_it_waits_with_it() {
    let mut bench = Bench::new();
    bench.says(LINK, 7);
    let arrival = bench.arrival();
    bench.inbound.link_down(LINK, bench.now);
    bench.says(OTHER_LINK, 7);
    assert!(bench.out.arrivals.is_empty());
    bench.log_has(&arrival);
    assert_eq!(bench.answers(), [(OTHER_LINK, 2, 0)]);
}

#[test]
fn one_that_is_not_heard_of_again_is_forgotten_after_the_retry_time() {
    let mut bench = Bench::new();
    bench.says(LINK, 7);
    let arrival = bench.arrival();
    bench.inbound.link_down(LINK, bench.now);
    bench.log_has(&arrival);
    assert_eq!(bench.rows.len(), 1);
    bench.pass(SpanMs::from_secs(600));
    assert!(bench.rows.is_empty() && bench.inbound.unanswered() == 0);
    bench.says(LINK, 7);
    assert_eq!(bench.out.arrivals.len(), 1);
}

#[test]
fn one_answered_just_before_its_link_died_comes_again_as_a_possible_repeat() {
    let mut bench = Bench::new();
    bench.says(LINK, 7);
    let arrival = bench.arrival();
    bench.log_has(&arrival);
    bench.inbound.link_down(LINK, bench.now);
    bench.says(OTHER_LINK, 7);
    let repeat = bench.arrival();
    assert!(is_repeat(&repeat) && repeat.id != arrival.id);
    bench.says(OTHER_LINK, 7);
    assert!(!is_repeat(&bench.arrival()), "one doubt explains one repeat");
}

#[test]
fn one_answered_long_before_its_link_died_is_no_repeat() {
    let mut bench = Bench::new();
    bench.says(LINK, 7);
    let arrival = bench.arrival();
    bench.log_has(&arrival);
    bench.pass(SpanMs::from_secs(120));
    bench.inbound.link_down(LINK, bench.now);
    bench.says(OTHER_LINK, 7);
    assert!(!is_repeat(&bench.arrival()));
}

#[test]
fn one_that_overtakes_the_end_of_its_link_comes_again_as_a_possible_repeat() {
    let mut bench = Bench::new();
    bench.says(LINK, 7);
    let arrival = bench.arrival();
    bench.log_has(&arrival);
    bench.says(OTHER_LINK, 7);
    assert!(is_repeat(&bench.arrival()));
    bench.inbound.link_down(LINK, bench.now);
    bench.says(OTHER_LINK, 7);
    assert!(!is_repeat(&bench.arrival()), "one answer explains one repeat");
}

#[test]
fn one_that_comes_again_while_its_first_is_waited_for_on_another_link_is_a_possible_repeat() {
    let mut bench = Bench::new();
    bench.says(LINK, 7);
    let first = bench.arrival();
    bench.says(OTHER_LINK, 7);
    let second = bench.arrival();
    assert!(!is_repeat(&first) && is_repeat(&second));
    bench.says(OTHER_LINK, 7);
    assert!(!is_repeat(&bench.arrival()), "each is overtaken once");

    bench.inbound.link_down(LINK, bench.now);
    bench.log_has(&first);
    bench.log_has(&second);
    assert_eq!(bench.answers(), [(OTHER_LINK, 2, 0)]);
    bench.says(LinkId(3), 7);
    assert_eq!(bench.out.arrivals.len(), 1, "what was overtaken takes no other in");
}

#[test]
fn two_equal_votes_on_two_links_are_two_and_both_are_answered() {
    let mut bench = Bench::new();
    bench.says(LINK, 7);
    let first = bench.arrival();
    bench.says(OTHER_LINK, 7);
    let second = bench.arrival();
    bench.log_has(&first);
    bench.log_has(&second);
    assert_eq!(bench.answers(), [(LINK, 1, 0), (OTHER_LINK, 2, 0)]);
}

#[test]
fn one_answered_before_a_restart_comes_again_as_a_possible_repeat() {
    let mut bench = Bench::new();
    bench.says(LINK, 7);
    let arrival = bench.arrival();
    bench.log_has(&arrival);

    let mut next = bench.restart();
    next.says(LINK, 7);
    assert!(is_repeat(&next.arrival()));
    next.says(LINK, 7);
    assert!(!is_repeat(&next.arrival()), "one doubt explains one repeat");
    next.pass(SpanMs::from_secs(1));
    assert!(next.rows.is_empty(), "an explained doubt is not kept");
}

#[test]
fn one_answered_long_before_a_restart_is_no_repeat() {
    let mut bench = Bench::new();
    bench.says(LINK, 7);
    let arrival = bench.arrival();
    bench.log_has(&arrival);
    bench.now.wall = bench.now.wall + SpanMs::from_secs(600);
    let mut next = bench.restart();
    next.says(LINK, 7);
    assert!(!is_repeat(&next.arrival()));
}

#[test]
fn a_restart_takes_up_what_was_stored_and_joins_the_pdu_that_comes_again() {
    let mut bench = Bench::new();
    bench.says(LINK, 7);
    let arrival = bench.arrival();
    crate::keep_arrival(&mut bench.rows, &arrival, b"record").unwrap();

    let mut next = Bench { rows: bench.rows, ..Bench::new() };
    let kept = next.inbound.restore(next.now, &next.rows).unwrap();
    assert_eq!(kept.len(), 1);
    assert_eq!((kept[0].0, kept[0].1.value.as_slice()), (arrival.id, &b"record"[..]));
    next.says(LINK, 7);
    assert!(next.out.arrivals.is_empty());
    next.log_has(&arrival);
    assert_eq!(next.answers(), [(LINK, 1, 0)]);
}
