//! Carriers asked about messages they have: to cancel them, to tell of them, to replace their texts.

use volley_events::{
    Asked, CancelAnswered, CancelOutcome, CarrierAnswer, CarrierOperation, CarrierRequest, CarrierSaid, ConfigChange,
    EditForCarrier, EditOutcome, ReceiptState, RoutingFact, SegmentState, config::CarrierProfileConfig,
};
use volley_mo_correlation_core::{Command, Effect, MessageView, QUERY_AFTER, QUERY_AGAIN, RECEIPT_GRACE};
use volley_types::{
    Body, CarrierName, ContentHash,
    FinalState::{Cancelled, Delivered, Unknown},
    MessageState::{self, Final},
    Reason, SpanMs, TrafficClass,
};

use crate::world::{BANKS, Mt, Said, World, ids};

const DOES_ALL: &str = "[at_carrier]\ncancel = true\nquery = true\nreplace = true\n";

fn alert() -> Mt {
    Mt::new("alert", "bank", BANKS).class(TrafficClass::Transactional)
}

fn world(profile: &str) -> World {
    let mut world = World::new();
    let carrier = CarrierName::new("skt").unwrap();
    let profile = CarrierProfileConfig { carrier, profile: profile.to_owned() };
    world.configure(ConfigChange::CarrierProfile(profile));
    world
}

/// A world in which the carrier has the message, under these ids.
fn submitted(profile: &str, mt: &Mt, given: &[&str]) -> World {
    let mut world = world(profile);
    world.send(mt);
    world.submitted(mt, given);
    world
}

fn asked(effects: &[Effect]) -> Vec<CarrierRequest> {
    let asked = |effect: &Effect| if let Effect::AskCarrier(it) = effect { Some((**it).clone()) } else { None };
    effects.iter().filter_map(asked).collect()
}

fn too_late(world: &mut World, mt: &Mt) -> Vec<CarrierRequest> {
    let answered = CancelAnswered { message: mt.id(), outcome: CancelOutcome::TooLate };
    asked(&world.tell(Command::Fact(RoutingFact::CancelAnswered(answered))))
}

fn says(world: &mut World, mt: &Mt, asked: Asked, said: CarrierSaid) -> Vec<Effect> {
    let planned = mt.planned(1);
    let answer = CarrierAnswer {
        attempt: mt.attempt(1),
        account: planned.account,
        carrier: planned.carrier,
        answered_at: world.now,
        asked,
        said,
    };
    world.tell(Command::CarrierAnswer(answer))
}

fn view(world: &World, mt: &Mt) -> MessageView {
    world.correlation.message(mt.id(), &world.rows).unwrap().unwrap()
}

fn state(world: &World, mt: &Mt) -> (MessageState, Reason) {
    let status = view(world, mt).status;
    (status.state, status.reason)
}

fn cancel(world: &World, mt: &Mt) -> Option<CancelOutcome> {
    view(world, mt).cancel
}

const TAKEN_BACK: (MessageState, Reason) = (Final(Cancelled), Reason::CancelledByClient);

#[test]
fn what_is_too_late_for_volley_goes_on_to_the_carrier_with_every_part() {
    let long = alert().segments(2);
    let mut world = submitted(DOES_ALL, &long, &["a", "b"]);
    let [request] = <[_; 1]>::try_from(too_late(&mut world, &long)).unwrap();
    let named: Vec<_> = request.segments.iter().map(|(part, id)| (*part, id.as_str())).collect();
    assert_eq!((named, request.operation), (vec![(0, "a"), (1, "b")], CarrierOperation::Cancel));
    assert_eq!(request.destination.digits(), "821012340001");
    assert_eq!(cancel(&world, &long), Some(CancelOutcome::Pending));
    assert!(too_late(&mut world, &long).is_empty(), "it is not asked twice");

    world.restart();
    let told = says(&mut world, &long, Asked::Cancel, CarrierSaid::Done);
    assert_eq!(told.states(), [Final(Cancelled)]);
    assert_eq!((state(&world, &long), cancel(&world, &long)), (TAKEN_BACK, Some(CancelOutcome::CancelledAtCarrier)));
}

#[test]
fn a_receipt_that_contradicts_a_cancellation_corrects_it() {
    let mut world = submitted(DOES_ALL, &alert(), &["a"]);
    too_late(&mut world, &alert());
    says(&mut world, &alert(), Asked::Cancel, CarrierSaid::Done);
    assert_eq!(world.receipt("a", ReceiptState::Deleted).states(), [], "that is what was asked for");
    assert_eq!(state(&world, &alert()), TAKEN_BACK);

    let mut world = submitted(DOES_ALL, &alert(), &["a"]);
    too_late(&mut world, &alert());
    says(&mut world, &alert(), Asked::Cancel, CarrierSaid::Done);
    let told = world.receipt("a", ReceiptState::Delivered);
    assert_eq!(told.statuses()[0].corrects, Some(Cancelled));
    assert_eq!(state(&world, &alert()).0, Final(Delivered));
}

#[test]
fn a_carrier_that_refuses_or_was_not_asked_makes_it_too_late() {
    for said in [CarrierSaid::Refused(0x11), CarrierSaid::NotAsked] {
        let mut world = submitted(DOES_ALL, &alert(), &["a"]);
        too_late(&mut world, &alert());
        assert_eq!(says(&mut world, &alert(), Asked::Cancel, said), []);
        assert_eq!(cancel(&world, &alert()), Some(CancelOutcome::TooLate));
        assert_eq!(world.receipt("a", ReceiptState::Delivered).states(), [Final(Delivered)]);
    }
}

#[test]
fn silence_about_a_cancellation_is_broken_by_a_question_or_a_receipt() {
    let mut world = submitted(DOES_ALL, &alert(), &["a"]);
    too_late(&mut world, &alert());
    let questions = asked(&says(&mut world, &alert(), Asked::Cancel, CarrierSaid::Unanswered));
    assert_eq!(questions[0].operation, CarrierOperation::Query);
    assert_eq!(cancel(&world, &alert()), Some(CancelOutcome::Pending));
    let deleted = SegmentState { segment: 0, state: ReceiptState::Deleted, error: None };
    says(&mut world, &alert(), Asked::Query, CarrierSaid::States(vec![deleted]));
    assert_eq!(
        (state(&world, &alert()), cancel(&world, &alert())),
        (TAKEN_BACK, Some(CancelOutcome::CancelledAtCarrier))
    );

    let mut world = submitted(DOES_ALL, &alert(), &["a"]);
    too_late(&mut world, &alert());
    says(&mut world, &alert(), Asked::Cancel, CarrierSaid::Unanswered);
    world.receipt("a", ReceiptState::Delivered);
    assert_eq!(cancel(&world, &alert()), Some(CancelOutcome::TooLate));
}

#[test]
fn nothing_is_asked_of_a_carrier_that_does_not_do_it_or_about_parts_that_have_no_id() {
    let mut plain = submitted("", &alert(), &["a"]);
    assert!(too_late(&mut plain, &alert()).is_empty());
    assert_eq!(cancel(&plain, &alert()), Some(CancelOutcome::TooLate));

    let long = alert().segments(2);
    let mut world = world(DOES_ALL);
    world.send(&long);
    let ids = vec![ids(&["a"]).remove(0), None];
    world.report(&long, 1, volley_events::AttemptOutcome::Ambiguous { ids });
    assert!(too_late(&mut world, &long).is_empty(), "nobody could name the second part");
    assert_eq!(cancel(&world, &long), Some(CancelOutcome::TooLate));

    let mut world = submitted(DOES_ALL, &long, &["a", "b"]);
    world.receipt("a", ReceiptState::Delivered);
    assert!(too_late(&mut world, &long).is_empty(), "the person has half of it");
}

#[test]
fn a_message_without_a_receipt_is_asked_about_before_it_is_unknown() {
    let mut world = submitted(DOES_ALL, &alert(), &["a"]);
    let deadline = world.accepted(&alert()).deadline;
    world.now = deadline + QUERY_AFTER;
    let questions = asked(&world.tick());
    assert_eq!(questions.len(), 1);
    assert_eq!(questions[0].segments[0].1.as_str(), "a");

    let said = |state| CarrierSaid::States(vec![SegmentState { segment: 0, state, error: Some("7".to_owned()) }]);
    assert_eq!(says(&mut world, &alert(), Asked::Query, said(ReceiptState::Enroute)), []);
    world.later(QUERY_AGAIN);
    assert_eq!(asked(&world.tick()).len(), 1, "it was on its way: asked again");
    let told = says(&mut world, &alert(), Asked::Query, said(ReceiptState::Delivered));
    assert_eq!(told.states(), [Final(Delivered)]);
    world.later(QUERY_AGAIN);
    assert_eq!(asked(&world.tick()), [], "it is over");
}

#[test]
fn a_message_the_carrier_does_not_know_is_not_asked_about_again_and_ends_as_unknown() {
    let mut world = submitted(DOES_ALL, &alert(), &["a"]);
    let deadline = world.accepted(&alert()).deadline;
    world.now = deadline + QUERY_AFTER;
    world.tick();
    says(&mut world, &alert(), Asked::Query, CarrierSaid::Refused(0x67));
    world.later(QUERY_AGAIN);
    assert_eq!(asked(&world.tick()), []);
    world.now = deadline + RECEIPT_GRACE;
    assert_eq!(world.tick().states(), [Final(Unknown)]);
}

#[test]
fn where_no_carrier_is_asked_a_message_waits_as_long_and_no_question_is_made() {
    let mut world = submitted("", &alert(), &["a"]);
    let deadline = world.accepted(&alert()).deadline;
    world.now = deadline + SpanMs::from_hours(71);
    assert_eq!(world.tick(), []);
    world.now = deadline + RECEIPT_GRACE;
    assert_eq!(world.tick().states(), [Final(Unknown)]);
}

fn wishes(world: &mut World, mt: &Mt, text: &str) -> Vec<CarrierRequest> {
    let edit = ContentHash::of(&[text.as_bytes()]);
    let wish = EditForCarrier { message: mt.id(), edit, text: Body::plain(text) };
    asked(&world.tell(Command::Fact(RoutingFact::EditForCarrier(Box::new(wish)))))
}

fn edit(world: &World, mt: &Mt) -> Option<EditOutcome> {
    view(world, mt).edit.map(|(_, outcome)| outcome)
}

#[test]
fn a_text_is_replaced_at_the_carrier_in_the_encoding_it_has() {
    let mut world = submitted(DOES_ALL, &alert(), &["a"]);
    let [request] = <[_; 1]>::try_from(wishes(&mut world, &alert(), "gate 7")).unwrap();
    let CarrierOperation::Replace { edit: wish, octets, data_coding, .. } = request.operation else {
        panic!("no replacement")
    };
    assert_eq!((octets.as_slice(), data_coding), (&b"gate 7"[..], 0));
    assert!(wishes(&mut world, &alert(), "gate 7").is_empty(), "the same wish is asked once");
    assert_eq!(edit(&world, &alert()), Some(EditOutcome::Pending));

    says(&mut world, &alert(), Asked::Replace(ContentHash::of(&[b"another"])), CarrierSaid::Done);
    assert_eq!(edit(&world, &alert()), Some(EditOutcome::Pending), "that was not this wish");
    says(&mut world, &alert(), Asked::Replace(wish), CarrierSaid::Done);
    assert_eq!(edit(&world, &alert()), Some(EditOutcome::ReplacedAtCarrier));
}

#[test]
fn a_text_that_does_not_fit_or_comes_too_late_is_not_asked_for() {
    let mut world = submitted(DOES_ALL, &alert(), &["a"]);
    for text in ["게이트 7", &"x".repeat(161)] {
        assert!(wishes(&mut world, &alert(), text).is_empty());
        assert_eq!(edit(&world, &alert()), Some(EditOutcome::DoesNotFit));
    }
    let long = alert().segments(2);
    let mut world = submitted(DOES_ALL, &long, &["a", "b"]);
    assert!(wishes(&mut world, &long, "gate 7").is_empty());
    assert_eq!(edit(&world, &long), Some(EditOutcome::DoesNotFit));

    let mut world = submitted("", &alert(), &["a"]);
    assert!(wishes(&mut world, &alert(), "gate 7").is_empty());
    assert_eq!(edit(&world, &alert()), Some(EditOutcome::NotSupported));

    let mut world = submitted(DOES_ALL, &alert(), &["a"]);
    world.receipt("a", ReceiptState::Delivered);
    assert!(wishes(&mut world, &alert(), "gate 7").is_empty());
    assert_eq!(edit(&world, &alert()), Some(EditOutcome::TooLate));
}
