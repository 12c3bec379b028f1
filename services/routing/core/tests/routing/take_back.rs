//! STOP, cancellation and pause: what waits ends or stays, what is queued for a carrier is recalled (D9).

use volley_events::{
    CancelOutcome, CancelRequested, ConsentAction, NotSent, Origin, QueueReason, RecallScope, RefusalClass,
    SettledOutcome, Submission,
};
use volley_routing_core::Command;
use volley_types::{
    ArrivalId, DialAddress, FinalState, Npi, Reason, SpanMs, SubscriberId, TenantId, Timestamp, Ton, TrafficClass,
};

use crate::desk::*;

fn cancelled(effects: &[volley_routing_core::Effect]) {
    let end = told(effects).into_iter().find_map(|fact| {
        if let volley_events::RoutingFact::Closed(end) = fact {
            Some(end)
        } else {
            None
        }
    });
    let end = end.expect("it has ended");
    assert_eq!((end.state, end.reason), (FinalState::Cancelled, Reason::CancelledByClient));
}

#[test]
fn rte_9_a_message_that_waits_is_cancelled_at_once() {
    let submission = message("r1", TrafficClass::Transactional);
    let scheduled = Submission { send_at: Some(START + SpanMs::from_secs(60)), ..submission.clone() };
    for waiting in [submission, scheduled] {
        let mut desk = Desk::open();
        let message = waiting.message;
        desk.submit(waiting);
        let effects = desk.cancel(message);
        cancelled(&effects);
        assert_eq!(answers(&effects), [CancelOutcome::Scheduled]);
        assert_eq!((recalls(&effects).len(), desk.waiting()), (0, 0));
        assert_eq!(desk.allow("main", 10), [], "nothing of it leaves");
        assert_eq!(answers(&desk.cancel(message)), [CancelOutcome::TooLate], "mo-correlation keeps the first answer");
    }
}

#[test]
fn what_waits_for_configuration_ends_when_it_is_there() {
    let ahead =
        |desk: &Desk| Submission { config_offset: desk.configured + 1, ..message("r1", TrafficClass::Transactional) };
    let copied = |desk: &mut Desk| desk.configure(account("third", false));

    let mut desk = Desk::open();
    let waiting = ahead(&desk);
    let message = waiting.message;
    desk.submit(waiting);
    assert_eq!(desk.cancel(message), [], "mo-correlation may not know its tenant yet");
    let effects = copied(&mut desk);
    cancelled(&effects);
    assert_eq!(answers(&effects), [CancelOutcome::Scheduled]);

    let mut desk = Desk::open();
    let waiting = ahead(&desk);
    let deadline = waiting.deadline;
    desk.submit(waiting);
    desk.now = deadline + SpanMs::from_secs(1);
    assert_eq!(desk.handle(Command::Tick), []);
    let end = closed(&copied(&mut desk));
    assert_eq!((end.state, end.reason), (FinalState::Expired, Reason::ValidityEnded));

    let mut desk = Desk::open();
    let waiting = ahead(&desk);
    desk.submit(waiting);
    assert_eq!(told(&desk.handle(consent(ConsentAction::OptOut))), []);
    let end = closed(&copied(&mut desk));
    assert_eq!((end.state, end.reason), (FinalState::Refused, Reason::OptedOut));
}

#[test]
fn rte_9_a_message_in_a_carriers_queue_is_recalled_and_gets_no_other_attempt() {
    let refused = SettledOutcome::Refused { status: 0x14, class: RefusalClass::RetrySameRoute };
    for outcome in [SettledOutcome::Recalled, SettledOutcome::NotSent(NotSent::NoBind), refused] {
        let mut desk = Desk::open();
        desk.allow("main", 10);
        let order = one_order(&desk.submit(message("r1", TrafficClass::Transactional)));
        let effects = desk.cancel(order.order.attempt.message);
        assert_eq!(recalls(&effects), [RecallScope::Message(order.order.attempt.message)]);
        assert_eq!(told(&effects), [], "the answer is egress's");
        desk.restart();
        let effects = desk.settle(&order, outcome);
        cancelled(&effects);
        assert_eq!((answers(&effects), orders(&effects).len()), (vec![CancelOutcome::Queued], 0));
    }
}

#[test]
fn rte_9_a_message_that_a_carrier_has_cannot_be_taken_back() {
    for outcome in [SettledOutcome::Submitted, SettledOutcome::TooLate, SettledOutcome::Ambiguous] {
        let mut desk = Desk::open();
        desk.allow("main", 10);
        let order = one_order(&desk.submit(message("r1", TrafficClass::Transactional)));
        desk.cancel(order.order.attempt.message);
        let effects = desk.settle(&order, outcome);
        assert_eq!(answers(&effects), [CancelOutcome::TooLate]);
        assert_eq!((told(&effects).len(), orders(&effects).len()), (1, 0), "and is not sent again either");
    }
    let mut desk = Desk::open();
    desk.allow("main", 10);
    let order = one_order(&desk.submit(message("r1", TrafficClass::Otp)));
    desk.settle(&order, SettledOutcome::Submitted);
    assert_eq!(answers(&desk.cancel(order.order.attempt.message)), [CancelOutcome::TooLate]);
}

#[test]
fn another_tenants_wish_and_one_for_an_unknown_message_change_nothing() {
    let mut desk = Desk::open();
    let message = message("r1", TrafficClass::Otp).message;
    assert_eq!(desk.cancel(message), []);
    desk.submit(self::message("r1", TrafficClass::Otp));
    let globex = TenantId::new("globex").unwrap();
    let wish = CancelRequested { message, tenant: globex, received_at: desk.now };
    assert_eq!(desk.handle(Command::Cancel(wish)), []);
    assert_eq!(desk.waiting(), 1);
}

#[test]
fn rte_5_stop_ends_what_waits_at_once_and_recalls_what_is_queued() {
    let mut desk = Desk::open();
    desk.submit(message("parked", TrafficClass::Marketing));
    let time = Some(START + SpanMs::from_secs(60));
    desk.submit(Submission { send_at: time, ..message("scheduled", TrafficClass::Transactional) });
    let other = SubscriberId::e164(821_012_345_679).unwrap();
    let to_other = message("other", TrafficClass::Marketing);
    let id = volley_types::MessageId::from_bytes([9; 16]);
    desk.submit(Submission { subscriber: other, message: id, ..to_other });

    let effects = desk.handle(consent(ConsentAction::OptOut));
    let ends: Vec<_> = told(&effects)
        .into_iter()
        .map(|fact| match fact {
            volley_events::RoutingFact::Closed(end) => (end.state, end.reason),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(ends, [(FinalState::Refused, Reason::OptedOut); 2]);
    let source = DialAddress::new("4565", Ton::UNKNOWN, Npi::ISDN).unwrap();
    let subscriber = SubscriberId::e164(821_012_345_678).unwrap();
    let tenant = TenantId::new("acme").unwrap();
    assert_eq!(recalls(&effects), [RecallScope::OptOut { tenant, subscriber, source }]);
    assert_eq!(desk.waiting(), 1, "another person's message waits on");
}

#[test]
fn rte_5_what_stop_recalled_is_refused_and_a_confirmation_leaves_all_the_same() {
    let mut desk = Desk::open();
    desk.allow("main", 10);
    let advertisement = one_order(&desk.submit(message("r1", TrafficClass::Marketing)));
    let origin = Origin::Confirmation { arrival: ArrivalId::from_bytes([1; 16]) };
    let help = one_order(&desk.submit(Submission { origin, ..message("help", TrafficClass::Transactional) }));
    desk.handle(consent(ConsentAction::OptOut));
    assert_eq!(closed(&desk.settle(&advertisement, SettledOutcome::Recalled)).reason, Reason::OptedOut);
    assert_eq!(orders(&desk.settle(&help, SettledOutcome::Recalled)).len(), 1);
}

#[test]
fn start_recalls_nothing() {
    let mut desk = Desk::open();
    assert_eq!(desk.handle(consent(ConsentAction::OptIn)), []);
}

#[test]
fn a_paused_tenants_messages_wait_and_what_is_queued_comes_back() {
    let mut desk = Desk::open();
    desk.allow("main", 1);
    let first = one_order(&desk.submit(message("r1", TrafficClass::Marketing)));
    desk.submit(message("r2", TrafficClass::Marketing));

    let effects = desk.pause(true);
    assert_eq!(recalls(&effects), [RecallScope::Tenant(TenantId::new("acme").unwrap())]);
    assert_eq!(desk.pause(true), [], "told once");
    assert_eq!(waits(&desk.settle(&first, SettledOutcome::Recalled)), [QueueReason::Paused]);
    assert_eq!(waits(&desk.submit(message("r3", TrafficClass::Otp))), [QueueReason::Paused]);
    assert_eq!(desk.allow("spare", 10), []);
    desk.restart();

    let again = orders(&desk.pause(false));
    let ids: Vec<_> = again.iter().map(|order| order.order.attempt.message).collect();
    let expected = ["r3", "r1", "r2"].map(|request| match request {
        "r3" => message(request, TrafficClass::Otp).message,
        _ => message(request, TrafficClass::Marketing).message,
    });
    assert_eq!(ids, expected, "by lane, and in the order accepted");
}

#[test]
fn a_pause_holds_nobody_elses_messages_and_ends_nothings_validity() {
    let mut desk = Desk::open();
    desk.configure(tenant("globex", false));
    desk.pause(true);
    desk.submit(message("r1", TrafficClass::Otp));
    let end = closed(&desk.pass(TrafficClass::Otp.validity_default()));
    assert_eq!((end.state, end.reason), (FinalState::Expired, Reason::ValidityEnded));
    assert_eq!(Timestamp::MIN.max(START), START);
}
