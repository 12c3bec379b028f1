//! The life of a message: what clients are told, and when it is over.

use volley_events::{
    AttemptOutcome, CancelAnswered, CancelOutcome, NotSent, PublicKind, QueueReason, ReceiptState, RefusalClass,
    RoutingFact, Verdict,
};
use volley_mo_correlation_core::{Command, Counted, FORGET_AFTER, RECEIPT_GRACE, THREADS_PAGE};
use volley_types::{
    FinalState::{Cancelled, Delivered, Expired, Failed, Refused, Unknown},
    MessageState::{Final, Queued, Submitted},
    Reason, SpanMs, TrafficClass,
};

use crate::world::{BANKS, Mt, Said, World, ids, refused, second};

fn alert() -> Mt {
    Mt::new("alert", "bank", BANKS).class(TrafficClass::Transactional)
}

#[test]
fn a_good_message_is_told_twice_submitted_and_delivered() {
    let mut world = World::new();
    assert_eq!(world.send(&alert()).public(), [PublicKind::MessageAccepted, PublicKind::MessageRouted]);
    world.submitted(&alert(), &["a1"]);
    world.later(second()).receipt("a1", ReceiptState::Enroute);
    let delivered = world.receipt("A1", ReceiptState::Delivered);
    assert_eq!(world.effects.states(), [Submitted, Final(Delivered)]);
    let status = delivered.statuses().remove(0);
    assert_eq!((status.reason, status.segments, status.attempts), (Reason::ReceiptDelivered, 1, 1));
}

#[test]
fn a_waiting_message_is_told_once_and_configuration_is_not_waited_for_aloud() {
    let mut world = World::new();
    world.accept(&alert(), Verdict::Queued(alert().queued(QueueReason::Configuration)));
    assert_eq!(world.effects.states(), []);
    for _ in 0..2 {
        world.tell(Command::Fact(RoutingFact::Queued(alert().queued(QueueReason::NoAllowance))));
    }
    assert_eq!(world.effects.states(), [Queued]);
}

#[test]
fn a_refused_attempt_is_no_end_until_routing_says_so() {
    let mut world = World::new();
    world.send(&alert());
    assert_eq!(world.report(&alert(), 1, refused(0x45)).public(), [PublicKind::AttemptFailed]);
    world.plan_again(&alert(), 2);
    world.report(&alert(), 2, AttemptOutcome::NotSent(NotSent::NoBind));
    assert_eq!(world.effects.states(), []);
    let closed = world.close(alert().closed(Failed, Reason::RetriesExhausted));
    let status = closed.statuses().remove(0);
    assert_eq!((status.state, status.carrier_status, status.attempts), (Final(Failed), Some(0x45), 2));
}

#[test]
fn a_long_message_that_was_taken_in_part_and_is_sent_again_may_be_there_twice() {
    let throttled =
        |given: &[&str]| AttemptOutcome::Refused { status: 0x58, class: RefusalClass::Throttle, ids: ids(given) };
    for (given, twice) in [(["a", ""], true), (["", ""], false)] {
        let mut world = World::new();
        let long = alert().segments(2);
        world.send(&long);
        world.report(&long, 1, throttled(&given));
        world.plan_again(&long, 2);
        let told = world.report(&long, 2, AttemptOutcome::Submitted { ids: ids(&["b", "c"]) });
        assert_eq!(told.statuses()[0].ambiguous, twice, "{given:?}");
    }
}

#[test]
fn what_routing_refuses_ends_at_once() {
    let mut world = World::new();
    let told = world.accept(&alert(), Verdict::Closed(alert().closed(Refused, Reason::OptedOut)));
    assert_eq!(told.states(), [Final(Refused)]);
    assert_eq!(told.statuses()[0].reason, Reason::OptedOut);
    assert_eq!(told.public(), [PublicKind::MessageAccepted, PublicKind::MessageClosed]);
}

#[test]
fn a_repeated_report_or_fact_changes_nothing() {
    let mut world = World::new();
    world.deliverable(&alert(), &["a1"]);
    let before = world.rows.clone();
    assert_eq!(world.submitted(&alert(), &["zz"]).counted(), [Counted::StaleReport]);
    assert_eq!(world.send(&alert()).counted(), [Counted::StaleFact]);
    assert_eq!(world.plan_again(&alert(), 1), []);
    assert_eq!(world.rows, before);
}

#[test]
fn a_long_message_is_delivered_when_all_its_segments_are() {
    let mut world = World::new();
    let long = alert().segments(3);
    world.deliverable(&long, &["a", "b", "c"]);
    for id in ["b", "a"] {
        assert_eq!(world.receipt(id, ReceiptState::Delivered).states(), []);
    }
    assert_eq!(world.receipt("c", ReceiptState::Delivered).states(), [Final(Delivered)]);
}

#[test]
fn a_long_message_fails_when_a_segment_failed_and_none_is_open() {
    let mut world = World::new();
    world.deliverable(&alert().segments(2), &["a", "b"]);
    assert_eq!(world.receipt("a", ReceiptState::Undeliverable).states(), []);
    let failed = world.receipt("b", ReceiptState::Delivered);
    assert_eq!(failed.states(), [Final(Failed)]);
    assert_eq!(failed.statuses()[0].carrier_error.as_deref(), Some("027"));
}

#[test]
fn a_later_receipt_corrects_a_failure_once_and_never_a_delivery() {
    let mut world = World::new();
    world.deliverable(&alert(), &["a"]);
    world.receipt("a", ReceiptState::Expired);
    let corrected = world.later(SpanMs::from_hours(71)).receipt("a", ReceiptState::Delivered);
    assert_eq!(corrected.states(), [Final(Delivered)]);
    assert_eq!(corrected.statuses()[0].corrects, Some(Expired));
    assert_eq!(corrected.public(), [PublicKind::MessageCorrected]);
    let contradicted = world.receipt("a", ReceiptState::Rejected);
    assert_eq!((contradicted.states(), contradicted.counted()), (vec![], vec![Counted::RefusedReceipt]));
}

#[test]
fn after_72_hours_nothing_is_corrected() {
    let mut world = World::new();
    world.deliverable(&alert(), &["a"]);
    world.receipt("a", ReceiptState::Undeliverable);
    let late = world.later(SpanMs::from_hours(73)).receipt("a", ReceiptState::Delivered);
    assert_eq!((late.states(), late.counted()), (vec![], vec![Counted::RefusedReceipt]));
}

#[test]
fn another_failure_does_not_replace_the_first() {
    let mut world = World::new();
    world.deliverable(&alert(), &["a"]);
    world.receipt("a", ReceiptState::Undeliverable);
    assert_eq!(world.receipt("a", ReceiptState::Rejected).states(), []);
}

#[test]
fn an_unknown_receipt_gives_way_to_any_other() {
    let mut world = World::new();
    world.deliverable(&alert(), &["a"]);
    assert_eq!(world.receipt("a", ReceiptState::Unknown).states(), [Final(Unknown)]);
    let corrected = world.receipt("a", ReceiptState::Rejected).statuses().remove(0);
    assert_eq!((corrected.state, corrected.corrects), (Final(Failed), Some(Unknown)));
}

#[test]
fn without_a_receipt_it_ends_unknown_after_validity_and_grace() {
    let mut world = World::new();
    world.deliverable(&alert(), &["a"]);
    assert_eq!(world.later(SpanMs::from_hours(24 + 71)).tick(), []);
    world.restart();
    let told = world.later(SpanMs::from_hours(1)).tick();
    assert_eq!(told.states(), [Final(Unknown)]);
    assert_eq!(told.statuses()[0].reason, Reason::NoReceipt);
}

#[test]
fn an_unanswered_submit_ends_unknown_unless_a_receipt_settles_it() {
    let mut world = World::new();
    let ad = Mt::new("ad", "acme", crate::world::SHARED);
    world.send(&ad);
    let told = world.report(&ad, 1, AttemptOutcome::Ambiguous { ids: ids(&[""]) });
    assert_eq!((told.public(), told.states()), (vec![PublicKind::MessageAmbiguous], vec![]));
    let mut settled = world.fork();
    let mut receipt = settled.receipt_of("skt-1", 1, "late", ReceiptState::Delivered);
    receipt.attempt = Some((ad.attempt(1), 0));
    let told = settled.tell(Command::Receipt(Box::new(receipt)));
    assert_eq!(told.states(), [Submitted, Final(Delivered)]);
    assert!(told.statuses()[1].ambiguous);
    let told = world.later(SpanMs::from_hours(24 + 72)).tick();
    assert_eq!((told.states(), told.statuses()[0].reason), (vec![Final(Unknown)], Reason::Ambiguous));
}

#[test]
fn a_late_answer_settles_an_ambiguous_attempt() {
    let mut world = World::new();
    world.send(&alert());
    world.report(&alert(), 1, AttemptOutcome::Ambiguous { ids: ids(&[""]) });
    assert_eq!(world.submitted(&alert(), &["a"]).states(), [Submitted]);
    assert_eq!(world.receipt("a", ReceiptState::Delivered).states(), [Final(Delivered)]);
}

#[test]
fn an_attempt_that_routing_gave_up_is_ambiguous_and_any_report_that_still_comes_settles_it() {
    let mut world = World::new();
    world.send(&alert());
    let lost = Command::Fact(RoutingFact::AttemptLost(alert().attempt(1)));
    assert_eq!(world.tell(lost.clone()).public(), [PublicKind::MessageAmbiguous]);
    assert_eq!(world.tell(lost), [], "told once");
    let view = world.correlation.message(alert().id(), &world.rows).unwrap().unwrap();
    assert!(view.status.ambiguous);

    let mut taken = world.fork();
    assert_eq!(taken.submitted(&alert(), &["a"]).states(), [Submitted]);
    assert_eq!(taken.receipt("a", ReceiptState::Delivered).states(), [Final(Delivered)]);

    let unsent = AttemptOutcome::NotSent(NotSent::TooLate);
    assert_eq!(world.report(&alert(), 1, unsent).public(), [PublicKind::AttemptFailed]);
    let told = world.later(SpanMs::from_hours(24 + 72)).tick();
    assert_eq!((told.states(), told.statuses()[0].reason), (vec![Final(Expired)], Reason::ValidityEnded));
}

/// Egress says what became of an attempt here first and to routing after it; a store lost between the two is an attempt lost there.
#[test]
fn what_is_tried_again_after_a_carrier_had_it_is_ambiguous() {
    let mut world = World::new();
    world.send(&alert());
    world.submitted(&alert(), &["a"]);
    world.tell(Command::Fact(RoutingFact::AttemptLost(alert().attempt(1))));
    let view = world.correlation.message(alert().id(), &world.rows).unwrap().unwrap();
    assert!(!view.status.ambiguous, "one attempt, and it was answered");

    world.plan_again(&alert(), 2);
    let told = world.receipt("a", ReceiptState::Delivered);
    assert_eq!(told.states(), [Final(Delivered)]);
    assert!(told.statuses()[0].ambiguous, "the person may have it twice");
}

#[test]
fn the_first_answer_to_a_cancellation_is_kept() {
    let mut world = World::new();
    world.send(&alert());
    let cancel = |world: &World| {
        let view = world.correlation.message(alert().id(), &world.rows).unwrap();
        view.unwrap().cancel
    };
    assert_eq!(cancel(&world), None);
    for outcome in [CancelOutcome::Queued, CancelOutcome::TooLate] {
        let answered = CancelAnswered { message: alert().id(), outcome };
        assert_eq!(world.tell(Command::Fact(RoutingFact::CancelAnswered(answered))), []);
        assert_eq!(cancel(&world), Some(CancelOutcome::Queued));
    }
}

#[test]
fn what_a_carrier_has_does_not_wait_again() {
    let mut world = World::new();
    world.send(&alert());
    world.report(&alert(), 1, AttemptOutcome::Ambiguous { ids: ids(&[""]) });
    world.submitted(&alert(), &["a"]);
    world.tell(Command::Fact(RoutingFact::Queued(alert().queued(QueueReason::BackOff))));
    world.plan_again(&alert(), 2);
    assert_eq!(world.effects.states(), [Submitted]);
    let view = world.correlation.message(alert().id(), &world.rows).unwrap().unwrap();
    assert_eq!((view.status.state, view.status.attempts), (Submitted, 2));
}

#[test]
fn a_failed_receipt_of_one_attempt_does_not_end_a_message_that_routing_still_sends() {
    let mut world = World::new();
    world.send(&alert());
    world.report(&alert(), 1, AttemptOutcome::Ambiguous { ids: ids(&["a"]) });
    world.plan_again(&alert(), 2);
    assert_eq!(world.receipt("a", ReceiptState::Undeliverable).states(), []);
    world.report(&alert(), 2, AttemptOutcome::Submitted { ids: ids(&["b"]) });
    assert_eq!(world.receipt("b", ReceiptState::Delivered).states(), [Final(Delivered)]);
}

#[test]
fn what_is_over_is_not_closed_again() {
    let mut world = World::new();
    world.deliverable(&alert(), &["a"]);
    world.receipt("a", ReceiptState::Delivered);
    assert_eq!(world.close(alert().closed(Cancelled, Reason::CancelledByClient)), []);
    assert_eq!(world.later(SpanMs::from_hours(24 + 72)).tick().states(), []);
}

#[test]
fn a_message_is_forgotten_with_its_carrier_ids() {
    let mut world = World::new();
    let configured = world.rows.len();
    world.deliverable(&alert(), &["a"]);
    world.receipt("a", ReceiptState::Delivered);
    world.later(SpanMs::from_hours(24 + 144)).tick();
    assert!(world.correlation.message(alert().id(), &world.rows).unwrap().is_none());
    world.later(SpanMs::from_hours(31 * 24)).tick();
    assert_eq!(world.rows.len(), configured, "the conversation is forgotten too");
    assert!(FORGET_AFTER > RECEIPT_GRACE);
}

#[test]
fn conversations_come_in_pages_each_once() {
    let mut world = World::new();
    let total = THREADS_PAGE + 40;
    for handset in 0..total {
        world.send(&alert().to(handset as u64));
    }
    let bank = crate::world::tenant("bank");
    let (mut seen, mut from, mut pages) = (Vec::new(), None, 0);
    loop {
        let page = world.correlation.threads(Some(&bank), from.as_ref(), &world.rows).unwrap();
        seen.extend(page.threads.into_iter().map(|view| view.subscriber));
        (from, pages) = (page.next, pages + 1);
        if from.is_none() {
            break;
        }
    }
    let listed = seen.len();
    seen.dedup();
    assert_eq!((listed, seen.len(), pages), (total, total, 2));
    let acme = crate::world::tenant("acme");
    assert!(
        world
            .correlation
            .threads(Some(&acme), None, &world.rows)
            .unwrap()
            .threads
            .is_empty()
    );
}

#[test]
fn a_message_can_be_asked_for() {
    let mut world = World::new();
    world.deliverable(&alert(), &["a"]);
    let view = world.correlation.message(alert().id(), &world.rows).unwrap().unwrap();
    assert_eq!((view.tenant.as_str(), view.status.state), ("bank", Submitted));
    let threads = world
        .correlation
        .threads(Some(&view.tenant), None, &world.rows)
        .unwrap()
        .threads;
    assert_eq!((threads.len(), threads[0].sent, threads[0].latest), (1, 1, Some(alert().id())));
}
