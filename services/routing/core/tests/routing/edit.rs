//! Another text for a message: while it waits, while it is on its way, and when a carrier has it.

use volley_events::{
    EditOutcome, EditRequested, HandsetAvailable, RefusalClass, RoutingFact, SettledOutcome, SubmitOrder,
};
use volley_routing_core::{Command, Effect};
use volley_types::{
    AccountId, Body, CarrierName, ContentHash, MessageId, SpanMs, SubscriberId, TenantId, TrafficClass,
};

use crate::desk::*;

fn edit(desk: &mut Desk, message: MessageId, tenant: &TenantId, text: &str) -> Vec<Effect> {
    let edit = ContentHash::of(&[text.as_bytes()]);
    let (tenant, received_at) = (tenant.clone(), desk.now);
    let wish = EditRequested { message, tenant, edit, text: Body::plain(text), received_at };
    desk.handle(Command::Edit(Box::new(wish)))
}

fn outcomes(effects: &[Effect]) -> Vec<EditOutcome> {
    let outcome = |fact| {
        if let RoutingFact::EditAnswered(answered) = fact {
            Some(answered.outcome)
        } else {
            None
        }
    };
    told(effects).into_iter().filter_map(outcome).collect()
}

fn text_of(order: &SubmitOrder) -> &[u8] {
    order.segments[0].as_slice()
}

#[test]
fn a_message_that_waits_leaves_with_its_new_text() {
    let mut desk = Desk::open();
    let submission = message("r1", TrafficClass::Transactional);
    let (id, tenant) = (submission.message, submission.tenant.clone());
    desk.submit(submission);
    assert_eq!(outcomes(&edit(&mut desk, id, &tenant, "gate 7")), [EditOutcome::Edited]);
    desk.restart();
    let order = one_order(&desk.allow("main", 10));
    assert_eq!(text_of(&order.order), b"gate 7");

    assert_eq!(outcomes(&edit(&mut desk, id, &tenant, "gate 8")), [EditOutcome::InTransit]);
    desk.settle(&order, SettledOutcome::Submitted);
    let facts = told(&edit(&mut desk, id, &tenant, "gate 8"));
    let [RoutingFact::EditForCarrier(wish)] = facts.as_slice() else {
        panic!("{facts:?}")
    };
    assert_eq!((wish.message, wish.text.text()), (id, Some("gate 8")), "only its carrier can do it now");
}

#[test]
fn another_tenant_changes_nothing_and_nobody_changes_what_was_never_taken() {
    let mut desk = Desk::open();
    let submission = message("r1", TrafficClass::Transactional);
    let (id, tenant) = (submission.message, submission.tenant.clone());
    assert_eq!(edit(&mut desk, id, &tenant, "gate 7"), []);
    desk.submit(submission);
    assert_eq!(edit(&mut desk, id, &TenantId::new("globex").unwrap(), "gate 7"), []);
    assert_ne!(text_of(&one_order(&desk.allow("main", 10)).order), b"gate 7");
}

#[test]
fn what_backs_off_is_tried_at_once_when_its_handset_can_be_reached() {
    let mut desk = Desk::open();
    desk.allow("main", 10);
    let submission = message("r1", TrafficClass::Transactional);
    let subscriber = submission.subscriber.clone();
    let order = one_order(&desk.submit(submission));
    desk.settle(&order, SettledOutcome::Refused { status: 0x14, class: RefusalClass::RetrySameRoute });
    assert_eq!(desk.waiting(), 1);

    let available = |subscriber: SubscriberId, desk: &Desk| {
        Command::Available(HandsetAvailable {
            carrier: CarrierName::new("acme").unwrap(),
            account: AccountId::new("main").unwrap(),
            subscriber,
            received_at: desk.now,
        })
    };
    let another = available(SubscriberId::e164(79_149_999_999).unwrap(), &desk);
    assert_eq!(desk.handle(another), []);
    let this = available(subscriber, &desk);
    let again = one_order(&desk.handle(this));
    assert_eq!(again.order.attempt.number, 2);
    assert_eq!(orders(&desk.pass(SpanMs::from_secs(60))).len(), 0, "the end of the back-off finds it gone");
}
