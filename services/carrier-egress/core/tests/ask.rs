//! Questions to the carrier: they pass windows and rate like segments, and each is answered once.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use support::{Bench, LINK_ENDS, SETTINGS, Wish, account_id, alert, attempt};
use volley_carrier_egress_core::{AccountSettings, PartAnswer, QUESTIONS_MAX};
use volley_events::{CarrierMessageId, CarrierOperation, CarrierRequest, CarrierSaid, ReceiptState, SegmentState};
use volley_types::{CarrierName, DialAddress, SpanMs, TrafficClass};

fn request(bench: &Bench, parts: &[&str], operation: CarrierOperation) -> Box<CarrierRequest> {
    let id = |(part, id): (usize, &&str)| (u8::try_from(part).unwrap(), CarrierMessageId::new(id).unwrap());
    Box::new(CarrierRequest {
        attempt: attempt(1),
        account: account_id(),
        carrier: CarrierName::new("acme").unwrap(),
        source: DialAddress::default(),
        destination: DialAddress::default(),
        segments: parts.iter().enumerate().map(id).collect(),
        ask_before: bench.now().wall + SpanMs::from_secs(30),
        operation,
    })
}

fn ask(bench: &mut Bench, parts: &[&str], operation: CarrierOperation) {
    let (request, now) = (request(bench, parts, operation), bench.now());
    bench.carrier.ask(request, now, &bench.rows, &mut bench.out).unwrap();
    bench.turn();
}

fn tell(bench: &mut Bench, said: PartAnswer) {
    let token = bench.wire.asked.remove(0).1;
    let now = bench.now();
    bench.carrier.told(&account_id(), token, said, now, &mut bench.out);
    bench.turn();
}

fn said(bench: &mut Bench) -> Vec<CarrierSaid> {
    bench.out.carrier_answers.drain(..).map(|answer| answer.said).collect()
}

#[test]
fn a_question_whose_last_part_cannot_be_asked_is_answered_though_no_room_is_left() {
    let mut bench = Bench::bound(SETTINGS);
    ask(&mut bench, &[LINK_ENDS], CarrierOperation::Cancel);
    assert_eq!(said(&mut bench).len(), 1);
    assert_eq!(bench.account().questions(), 0);
}

#[test]
fn every_part_is_asked_and_one_word_is_said_of_all() {
    let mut bench = Bench::bound(SETTINGS);
    ask(&mut bench, &["a", "b"], CarrierOperation::Cancel);
    let ids: Vec<_> = bench.wire.asked.iter().map(|(_, _, id)| id.clone()).collect();
    assert_eq!(ids, ["a", "b"]);
    tell(&mut bench, PartAnswer::Done);
    assert_eq!(said(&mut bench), [], "one is open");
    tell(&mut bench, PartAnswer::Done);
    assert_eq!(said(&mut bench), [CarrierSaid::Done]);

    for (first, second, all) in [
        (PartAnswer::Done, PartAnswer::Refused(0x11), CarrierSaid::Refused(0x11)),
        (PartAnswer::Lost, PartAnswer::Done, CarrierSaid::Unanswered),
        (PartAnswer::Lost, PartAnswer::Refused(0x11), CarrierSaid::Refused(0x11)),
    ] {
        ask(&mut bench, &["a", "b"], CarrierOperation::Cancel);
        tell(&mut bench, first);
        tell(&mut bench, second);
        assert_eq!(said(&mut bench), [all]);
    }
    assert_eq!(bench.account().questions(), 0);
}

#[test]
fn a_query_tells_what_is_known_of_the_parts() {
    let mut bench = Bench::bound(SETTINGS);
    ask(&mut bench, &["a", "b"], CarrierOperation::Query);
    tell(&mut bench, PartAnswer::State(ReceiptState::Delivered, None));
    tell(&mut bench, PartAnswer::Refused(0x67));
    let known = SegmentState { segment: 0, state: ReceiptState::Delivered, error: None };
    assert_eq!(said(&mut bench), [CarrierSaid::States(vec![known])]);
    ask(&mut bench, &["a"], CarrierOperation::Query);
    tell(&mut bench, PartAnswer::Refused(0x67));
    assert_eq!(said(&mut bench), [CarrierSaid::Refused(0x67)]);
}

#[test]
fn a_question_takes_a_place_in_the_window_and_waits_for_one() {
    let mut bench = Bench::bound(SETTINGS);
    bench.read(0, alert(1));
    bench.read(1, alert(2));
    assert_eq!(bench.wire.sent.len(), 2, "the window is full");
    ask(&mut bench, &["a"], CarrierOperation::Cancel);
    assert_eq!(bench.wire.asked.len(), 0);
    bench.take(1);
    assert_eq!(bench.wire.asked.len(), 1);

    bench.read(2, alert(3));
    assert_eq!(bench.wire.sent.len(), 2, "the question has the place");
    tell(&mut bench, PartAnswer::Done);
    assert_eq!(bench.wire.sent.len(), 3);
}

#[test]
fn a_question_counts_against_the_rate() {
    let mut bench = Bench::bound(AccountSettings::new(1, 100, 1));
    for _ in 0..5 {
        ask(&mut bench, &["a"], CarrierOperation::Cancel);
    }
    let at_once = bench.wire.asked.len();
    assert!(at_once < 5 && bench.wait_us.is_some(), "{at_once} at once");
    bench.pass(SpanMs::from_secs(10));
    assert!(bench.wire.asked.len() > at_once);
}

#[test]
fn questions_that_wait_for_the_rate_keep_no_code_from_leaving() {
    let mut bench = Bench::bound(AccountSettings::new(1, 1_000, 1_000));
    for _ in 0..500 {
        ask(&mut bench, &["a"], CarrierOperation::Cancel);
    }
    assert!(bench.wire.asked.len() < 500 && bench.wait_us.is_some());
    bench.read(0, Wish { class: TrafficClass::Otp, ..alert(1) });
    assert_eq!(bench.wire.sent.len(), 1, "codes have a share of their own");
}

#[test]
fn a_question_nobody_can_ask_is_answered_in_its_time() {
    let mut bench = Bench::new(SETTINGS);
    ask(&mut bench, &["a"], CarrierOperation::Query);
    bench.pass(SpanMs::from_secs(29));
    assert_eq!(said(&mut bench), []);
    bench.pass(SpanMs::from_secs(1));
    assert_eq!(said(&mut bench), [CarrierSaid::NotAsked]);

    for _ in 0..=QUESTIONS_MAX {
        ask(&mut bench, &["a"], CarrierOperation::Query);
    }
    assert_eq!(said(&mut bench), [CarrierSaid::NotAsked], "there is room for no more");
    bench.account().stop();
    bench.pass(SpanMs::from_millis(1));
    assert_eq!(said(&mut bench).len(), QUESTIONS_MAX, "a stop answers all");
}

#[test]
fn a_question_outlives_the_link_it_was_not_asked_on() {
    let mut bench = Bench::bound(SETTINGS);
    ask(&mut bench, &["a"], CarrierOperation::Cancel);
    tell(&mut bench, PartAnswer::Lost);
    bench.bind_down(0);
    assert_eq!(said(&mut bench), [CarrierSaid::Unanswered]);
    ask(&mut bench, &["b"], CarrierOperation::Cancel);
    bench.bind_up(0);
    tell(&mut bench, PartAnswer::Done);
    assert_eq!(said(&mut bench), [CarrierSaid::Done]);
}
