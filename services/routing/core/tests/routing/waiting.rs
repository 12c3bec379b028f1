//! What waits, for what, and what is told of it for admission.

use volley_events::{QueueReason, RefusalClass, SettledOutcome, Submission};
use volley_types::{AccountId, SpanMs, TenantId, Timestamp, TrafficClass};

use crate::desk::*;

fn acme(desk: &Desk) -> Option<u64> {
    desk.routing.waiting().get(&TenantId::new("acme").unwrap()).copied()
}

#[test]
fn a_message_leaves_at_its_time_and_not_before() {
    let mut desk = Desk::open();
    desk.allow("main", 10);
    let time = START + SpanMs::from_secs(60);
    let scheduled = Submission { send_at: Some(time), ..message("r1", TrafficClass::Transactional) };
    assert_eq!(waits(&desk.submit(scheduled)), [QueueReason::Schedule]);
    assert_eq!(desk.routing.next_due(&desk.rows, Timestamp::MAX).unwrap(), Some(time));
    assert_eq!(desk.pass(SpanMs::from_secs(59)), []);
    assert_eq!(orders(&desk.pass(SpanMs::from_secs(1))).len(), 1);
}

#[test]
fn everything_that_waits_is_counted_by_tenant_also_after_a_restart() {
    let mut desk = Desk::open();
    desk.allow("main", 1);
    assert_eq!(acme(&desk), None);
    let first = one_order(&desk.submit(message("r1", TrafficClass::Transactional)));
    desk.submit(message("r2", TrafficClass::Transactional));
    let ahead = desk.configured + 1;
    desk.submit(Submission { config_offset: ahead, ..message("r3", TrafficClass::Transactional) });
    let time = Some(START + SpanMs::from_secs(60));
    desk.submit(Submission { send_at: time, ..message("r4", TrafficClass::Transactional) });
    assert_eq!(acme(&desk), Some(3));
    desk.restart();
    assert_eq!(acme(&desk), Some(3));

    let busy = SettledOutcome::Refused { status: 0x14, class: RefusalClass::RetrySameRoute };
    let second = one_order(&desk.settle(&first, busy));
    assert_eq!(acme(&desk), Some(3), "one left, one backs off");
    desk.settle(&second, SettledOutcome::Submitted);
    desk.pass(TrafficClass::Transactional.validity_default());
    assert_eq!(acme(&desk), Some(1), "what waits for configuration ends when it is there");
    desk.configure(account("third", false));
    assert_eq!(acme(&desk), None);
}

#[test]
fn a_retry_keeps_its_place_before_what_came_later() {
    let mut desk = Desk::open();
    desk.allow("main", 1);
    let first = one_order(&desk.submit(message("r1", TrafficClass::Marketing)));
    desk.submit(message("r2", TrafficClass::Marketing));
    desk.handle(allowance("main", 0));
    let again = one_order_of(&mut desk, &first);
    assert_eq!(again, message("r1", TrafficClass::Marketing).message);
}

/// The attempt comes back unsent; room comes again, and one message takes it.
fn one_order_of(desk: &mut Desk, first: &Ordered) -> volley_types::MessageId {
    let unsent = SettledOutcome::NotSent(volley_events::NotSent::NoBind);
    assert_eq!(waits(&desk.settle(first, unsent)), [QueueReason::NoAllowance]);
    let orders = orders(&desk.handle(allowance("main", 1)));
    assert_eq!(orders.len(), 1);
    orders[0].order.attempt.message
}

fn allowance(account: &str, allowed: u32) -> volley_routing_core::Command {
    use std::sync::atomic::{AtomicU64, Ordering};
    static REVISION: AtomicU64 = AtomicU64::new(1_000);
    volley_routing_core::Command::Allow(volley_events::Allowance {
        account: AccountId::new(account).unwrap(),
        lane: TrafficClass::Marketing.lane(),
        run: 1,
        revision: REVISION.fetch_add(1, Ordering::Relaxed),
        allowed,
    })
}

#[test]
fn messages_of_a_route_that_is_gone_find_the_next_in_pieces() {
    let mut desk = Desk::open();
    desk.configure(volley_events::ConfigChange::Route(route("82", &["main"])));
    for number in 0..3_000 {
        desk.submit(message(&format!("r{number}"), TrafficClass::Marketing));
    }
    let mut moved = told(&desk.configure(volley_events::ConfigChange::Route(route("82", &[])))).len();
    assert!(moved <= 1_024, "{moved} in one piece");
    while desk.routing.next_due(&desk.rows, Timestamp::MAX).unwrap() == Some(Timestamp::MIN) {
        moved += told(&desk.pass(SpanMs::ZERO)).len();
    }
    assert_eq!((moved, desk.waiting()), (3_000, 3_000), "all wait under the default route now");
    assert_eq!(orders(&desk.allow("spare", 5)).len(), 5);
}

#[test]
fn a_record_of_room_lets_at_most_a_piece_go_and_settlements_the_rest() {
    let mut desk = Desk::open();
    for number in 0..1_500 {
        desk.submit(message(&format!("r{number}"), TrafficClass::Marketing));
    }
    let released = orders(&desk.allow("main", 2_000));
    assert_eq!(released.len(), 1_024);
    assert_eq!(orders(&desk.settle(&released[0], SettledOutcome::Submitted)).len(), 476);
}
