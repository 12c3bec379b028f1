//! Receipts that come early, late, twice, or to nobody (G13).

use volley_events::{PublicKind, ReceiptState};
use volley_mo_correlation_core::{Command, Counted, UNMATCHED_PATIENCE, Wanted};
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
