//! Receipts that come early, late, twice, or to nobody (G13).

use volley_events::{AttemptOutcome, PublicKind, ReceiptArrived, ReceiptState};
use volley_mo_correlation_core::{Command, Counted, Effect, UNMATCHED_PATIENCE, Wanted};
use volley_types::{
    AttemptId,
    FinalState::{Delivered, Failed},
    MessageId,
    MessageState::{Final, Submitted},
    SpanMs, Timestamp, TrafficClass,
};

use crate::world::{BANKS, Mt, Said, World, second};

fn alert() -> Mt {
    Mt::new("alert", "bank", BANKS).class(TrafficClass::Transactional)
}

#[test]
fn a_receipt_before_the_response_waits_for_it() {
    let mut world = World::new();
    world.send(&alert());
    let early = world.receipt("a", ReceiptState::Delivered);
    assert_eq!((early.states(), early.counted()), (vec![], vec![Counted::UnmatchedReceipt]));
    world.restart();
    assert_eq!(world.submitted(&alert(), &["A"]).states(), [Submitted, Final(Delivered)]);
    assert_eq!(world.correlation.unmatched(), 0);
    assert_eq!(world.later(UNMATCHED_PATIENCE).tick().public(), []);
}

#[test]
fn a_bad_receipt_before_the_response_waits_even_when_egress_knows_the_attempt() {
    let mut world = World::new();
    world.send(&alert());
    let mut receipt = world.receipt_of("skt-1", 1, "a", ReceiptState::Rejected);
    receipt.attempt = Some((alert().attempt(1), 0));
    assert_eq!(world.tell(Command::Receipt(Box::new(receipt))).states(), []);
    assert_eq!(world.submitted(&alert(), &["a"]).states(), [Submitted, Final(Failed)]);
}

#[test]
fn a_receipt_after_a_restart_finds_its_message() {
    let mut world = World::new();
    world.deliverable(&alert(), &["a"]);
    world.restart();
    assert_eq!(world.receipt("a", ReceiptState::Delivered).states(), [Final(Delivered)]);
}

#[test]
fn the_same_receipt_twice_is_told_once() {
    let mut world = World::new();
    world.deliverable(&alert(), &["a"]);
    world.receipt("a", ReceiptState::Delivered);
    assert_eq!(world.receipt("a", ReceiptState::Delivered), []);
}

#[test]
fn two_carriers_may_give_the_same_id() {
    let mut world = World::new();
    let (first, other) = (alert(), Mt::new("other", "bank", BANKS).by("kt-1"));
    world.deliverable(&first, &["7"]);
    world.deliverable(&other, &["7"]);
    let receipt = world.receipt_of("kt-1", 1, "7", ReceiptState::Delivered);
    let told = world.tell(Command::Receipt(Box::new(receipt)));
    assert_eq!(told.statuses()[0].message, other.id());
    assert_eq!(world.receipt("7", ReceiptState::Undeliverable).statuses()[0].message, first.id());
}

#[test]
fn an_id_that_speaks_of_another_handset_is_credited_to_nobody() {
    let mut world = World::new();
    world.deliverable(&alert(), &["7"]);
    let stranger = world.receipt_of("skt-1", 2, "7", ReceiptState::Delivered);
    assert_eq!(world.tell(Command::Receipt(Box::new(stranger))).states(), []);
    assert_eq!(world.correlation.unmatched(), 1);
}

#[test]
fn an_attempt_of_another_carrier_or_without_such_a_segment_is_not_believed() {
    let mut world = World::new();
    world.deliverable(&alert(), &["7"]);
    let unknown = AttemptId { message: MessageId::from_bytes([0; 16]), number: 1 };
    for (account, attempt) in
        [("kt-1", (alert().attempt(1), 0)), ("skt-1", (alert().attempt(1), 9)), ("skt-1", (unknown, 0))]
    {
        let mut receipt = world.receipt_of(account, 1, "x", ReceiptState::Delivered);
        receipt.attempt = Some(attempt);
        assert_eq!(world.tell(Command::Receipt(Box::new(receipt))).states(), []);
    }
    assert_eq!(world.correlation.unmatched(), 3);
}

#[test]
fn an_unmatched_receipt_is_listed_told_once_and_dropped_after_72_hours() {
    let mut world = World::new();
    let receipt = world.receipt_of("skt-1", 1, "lost", ReceiptState::Delivered);
    for _ in 0..2 {
        world.tell(Command::Receipt(Box::new(receipt.clone())));
    }
    world.restart();
    let all = Wanted { carrier: None, since: Timestamp::MIN };
    let listed = world.correlation.unmatched_receipts(&all, None, &world.rows).unwrap().receipts;
    assert_eq!((listed.len(), listed[0].id.as_ref().map(|id| id.as_str())), (1, Some("lost")));
    assert_eq!(world.later(UNMATCHED_PATIENCE).tick().public(), [PublicKind::ReceiptUnmatched]);
    assert_eq!(world.later(SpanMs::from_hours(71)).tick(), []);
    world.later(SpanMs::from_hours(1)).tick();
    assert_eq!(world.correlation.unmatched(), 0);
}

#[test]
fn a_receipt_without_an_id_is_kept() {
    let mut world = World::new();
    world.deliverable(&alert(), &["7"]);
    assert_eq!(world.receipt("", ReceiptState::Delivered).counted(), [Counted::UnmatchedReceipt]);
}

#[test]
fn an_id_used_again_means_the_newest_message() {
    let mut world = World::new();
    world.deliverable(&alert(), &["7"]);
    world.later(second()).deliverable(&Mt::new("newer", "bank", BANKS), &["7"]);
    let told = world.receipt("7", ReceiptState::Delivered);
    assert_eq!(told.statuses()[0].request.as_str(), "newer");
}

/// Nobody was told the id: the answer to the submit was lost.
fn silence(world: &mut World, mt: &Mt, number: u16) {
    let ids = vec![None; mt.planned(number).submits.into()];
    world.report(mt, number, AttemptOutcome::Ambiguous { ids });
}

/// What follows when nobody claimed a receipt in time.
fn patience_ends(world: &mut World) -> Vec<Effect> {
    world.later(UNMATCHED_PATIENCE).tick()
}

#[test]
fn a_receipt_under_an_unknown_id_settles_the_only_silent_attempt_it_can_be_meant_for() {
    let mut world = World::new();
    world.send(&alert());
    silence(&mut world, &alert(), 1);
    assert_eq!(
        world.receipt("never told", ReceiptState::Delivered).statuses().len(),
        0,
        "the answer may still come"
    );
    world.restart();
    let told = patience_ends(&mut world);
    assert_eq!(told.counted(), [Counted::InferredReceipt]);
    let statuses = told.statuses();
    let status = statuses.last().unwrap();
    assert_eq!(status.state, Final(Delivered));
    assert!(status.inferred && status.ambiguous);
    assert_eq!(world.correlation.unmatched(), 0);
    assert_eq!(
        world.receipt("never told", ReceiptState::Delivered).statuses().len(),
        0,
        "a repeat finds it by its id"
    );
    assert_eq!(world.correlation.unmatched(), 0);
}

#[test]
fn a_receipt_that_two_messages_may_claim_stays_unmatched() {
    let mut world = World::new();
    let newer = Mt::new("newer", "bank", BANKS);
    for mt in [&alert(), &newer] {
        world.send(mt);
        silence(&mut world, mt, 1);
    }
    world.receipt("never told", ReceiptState::Delivered);
    let told = patience_ends(&mut world);
    assert_eq!((told.statuses().len(), told.public()), (0, vec![PublicKind::ReceiptUnmatched]));
    world.receipt("again", ReceiptState::Undeliverable);
    assert_eq!(patience_ends(&mut world).statuses().len(), 0);
    assert_eq!(world.correlation.unmatched(), 2);
}

#[test]
fn a_receipt_that_an_unreported_attempt_may_claim_waits_for_its_report() {
    let mut world = World::new();
    let newer = Mt::new("newer", "bank", BANKS);
    world.send(&alert());
    silence(&mut world, &alert(), 1);
    world.send(&newer);
    world.receipt("its own", ReceiptState::Delivered);
    assert_eq!(patience_ends(&mut world).statuses().len(), 0);
    let told = world.submitted(&newer, &["its own"]);
    let statuses = told.statuses();
    let status = statuses.last().unwrap();
    assert_eq!((status.message, status.state, status.inferred), (newer.id(), Final(Delivered), false));
}

#[test]
fn another_carriers_receipt_and_another_handsets_settle_nothing() {
    let mut world = World::new();
    world.send(&alert().to(2));
    silence(&mut world, &alert().to(2), 1);
    world.send(&Mt::new("elsewhere", "bank", BANKS).by("kt-1"));
    silence(&mut world, &Mt::new("elsewhere", "bank", BANKS).by("kt-1"), 1);
    world.receipt("never told", ReceiptState::Delivered);
    assert_eq!(patience_ends(&mut world).statuses().len(), 0);
    assert_eq!(world.correlation.unmatched(), 1);
}

#[test]
fn every_segment_of_a_silent_attempt_wants_a_receipt_of_its_own() {
    let mut world = World::new();
    let long = alert().segments(2);
    world.send(&long);
    silence(&mut world, &long, 1);
    world.receipt("a", ReceiptState::Delivered);
    world.receipt("a", ReceiptState::Delivered);
    assert_eq!(patience_ends(&mut world).statuses().len(), 0, "one segment of two, and its repeat");
    world.receipt("b", ReceiptState::Delivered);
    let told = patience_ends(&mut world);
    assert_eq!(told.statuses().last().unwrap().state, Final(Delivered));
}

#[test]
fn a_receipt_that_comes_again_once_its_attempt_is_known_stands_for_one_segment() {
    let mut world = World::new();
    let long = alert().segments(2);
    world.send(&long);
    silence(&mut world, &long, 1);
    world.receipt("a", ReceiptState::Delivered);
    let again = world.receipt_of("skt-1", 1, "a", ReceiptState::Delivered);
    world.tell(Command::Receipt(Box::new(ReceiptArrived { attempt: Some((long.attempt(1), 0)), ..again })));
    assert_eq!(patience_ends(&mut world).statuses().len(), 0, "of the other segment nothing is known");
    assert_eq!(world.correlation.unmatched(), 0);
}

#[test]
fn an_answer_that_still_comes_goes_before_what_could_be_inferred() {
    let mut world = World::new();
    world.send(&alert());
    silence(&mut world, &alert(), 1);
    world.receipt("late", ReceiptState::Delivered);
    let told = world.submitted(&alert(), &["late"]);
    let statuses = told.statuses();
    assert_eq!(statuses.last().unwrap().state, Final(Delivered));
    assert!(!statuses.last().unwrap().inferred);
}
