//! G12: once a recall is applied, nothing in its scope begins; and nothing else is touched.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use proptest::prelude::*;
use support::{Bench, SETTINGS, START, Wish, account_id, alert, attempt, order};
use volley_carrier_egress_core::{AccountSettings, Origin, Place, RECALL_HELD, Taken};
use volley_events::{AttemptOutcome, Recall, RecallScope, SettledOutcome};
use volley_types::{DialAddress, Npi, Partition, Position, Source, SpanMs, SubscriberId, TenantId, Ton, TrafficClass};

const WIDE: AccountSettings = AccountSettings { binds: 1, window: 100, ..SETTINGS };

fn routing(partition: u16) -> Source {
    Source::Routing(Partition(partition))
}

fn at(offset: u64) -> Position {
    Position { offset, index: 0 }
}

fn advert(number: u16) -> Wish {
    Wish { class: TrafficClass::Marketing, ..alert(number) }
}

fn bank() -> TenantId {
    TenantId::new("bank").unwrap()
}

fn stop_of(number: u16, digits: &str) -> RecallScope {
    RecallScope::OptOut {
        tenant: bank(),
        subscriber: SubscriberId::e164(alert(number).handset).unwrap(),
        source: DialAddress::new(digits, Ton::UNKNOWN, Npi::ISDN).unwrap(),
    }
}

/// Reads the `offset`-th order of a lane that routing of partition 0 wrote, one for each of its inputs.
fn read(bench: &mut Bench, offset: u64, wish: Wish) {
    let origin = Origin {
        source: routing(0),
        position: at(offset),
        predecessor: offset.checked_sub(1).map(at),
    };
    let (place, now) = (Place { lane: wish.class.lane(), offset }, bench.now());
    let taken = bench
        .carrier
        .offer(&account_id(), (place, &origin), order(wish), now, &mut bench.rows, &mut bench.out);
    assert_eq!(taken.unwrap(), Taken::Taken);
    bench.turn();
}

fn recall(bench: &mut Bench, scope: RecallScope, source: Source, position: u64) {
    let now = bench.now();
    bench
        .carrier
        .recall(&Recall { scope }, (source, at(position)), now.wall, now, &mut bench.rows, &mut bench.out)
        .unwrap();
    bench.turn();
}

#[test]
fn a_recalled_message_is_reported_settled_and_never_sent() {
    let mut bench = Bench::new(SETTINGS);
    read(&mut bench, 0, alert(1));
    read(&mut bench, 1, alert(2));
    recall(&mut bench, RecallScope::Message(attempt(1).message), routing(0), 7);
    assert_eq!(bench.outcomes(), [(attempt(1), AttemptOutcome::Recalled)]);
    assert_eq!(bench.log_catches_up(), [SettledOutcome::Recalled]);
    bench.bind_up(0);
    assert_eq!(bench.handsets(), [alert(2).handset]);
}

#[test]
fn a_recall_that_comes_before_its_order_holds_it_back_when_it_comes() {
    let mut bench = Bench::bound(SETTINGS);
    recall(&mut bench, RecallScope::Message(attempt(1).message), routing(0), 7);
    read(&mut bench, 0, alert(1));
    assert_eq!(bench.outcomes(), [(attempt(1), AttemptOutcome::Recalled)]);
    assert!(bench.wire.sent.is_empty());
}

#[test]
fn what_its_source_decided_later_or_another_decided_is_not_taken_back() {
    let mut bench = Bench::bound(SETTINGS);
    recall(&mut bench, RecallScope::Tenant(bank()), routing(0), 1);
    recall(&mut bench, RecallScope::Tenant(bank()), routing(5), 100);
    read(&mut bench, 0, alert(1));
    read(&mut bench, 1, alert(2));
    assert_eq!(bench.handsets(), [alert(2).handset], "the pause ended, and this one was decided after it");
}

#[test]
fn what_has_begun_goes_on_to_its_last_segment() {
    let mut bench = Bench::bound(AccountSettings { binds: 1, window: 1, ..SETTINGS });
    read(&mut bench, 0, Wish { segments: 2, ..alert(1) });
    recall(&mut bench, RecallScope::Message(attempt(1).message), routing(0), 7);
    bench.take(1);
    bench.take(2);
    assert_eq!(bench.wire.sent.len(), 2);
    assert!(
        matches!(bench.outcomes()[..], [(_, AttemptOutcome::Submitted { .. })]),
        "its outcome says: too late"
    );
}

#[test]
fn stop_takes_back_all_of_the_number_and_all_advertising_of_that_person() {
    let mut bench = Bench::new(WIDE);
    read(&mut bench, 0, alert(1));
    read(&mut bench, 1, alert(2));
    read(&mut bench, 0, advert(1));
    read(&mut bench, 1, advert(2));
    recall(&mut bench, stop_of(1, "1588"), routing(0), 9);
    bench.bind_up(0);
    let left: Vec<_> = bench.wire.sent.iter().map(|sent| sent.order).collect();
    assert_eq!(left, [1, 2, 2], "advertising from any number, alerts only from the one written to");

    let mut bench = Bench::new(WIDE);
    read(&mut bench, 0, alert(1));
    recall(&mut bench, stop_of(1, "4565"), routing(0), 9);
    bench.bind_up(0);
    assert!(bench.wire.sent.is_empty());
}

#[test]
fn a_repeated_recall_changes_nothing_and_an_older_one_takes_nothing_from_a_newer() {
    let mut bench = Bench::new(WIDE);
    for position in [5, 5, 3] {
        recall(&mut bench, RecallScope::Tenant(bank()), routing(0), position);
    }
    assert_eq!(bench.carrier.recalls(), 1);
    bench.bind_up(0);
    read(&mut bench, 0, alert(1));
    assert!(bench.wire.sent.is_empty());
}

#[test]
fn a_recall_is_forgotten_when_all_it_could_take_back_has_expired() {
    let mut bench = Bench::new(WIDE);
    recall(&mut bench, RecallScope::Tenant(bank()), routing(0), 5);
    bench.pass(SpanMs::from_millis(RECALL_HELD.as_millis() - 1));
    assert_eq!(bench.carrier.recalls(), 1);
    bench.pass(SpanMs::from_millis(1));
    assert_eq!(bench.carrier.recalls(), 0);
}

#[test]
fn a_verdict_outlives_a_restart_without_the_recall() {
    let mut bench = Bench::new(SETTINGS);
    read(&mut bench, 0, alert(1));
    recall(&mut bench, RecallScope::Message(attempt(1).message), routing(0), 7);
    let mut next = Bench::on(bench.rows, SETTINGS);
    next.bind_up(0);
    read(&mut next, 0, alert(1));
    assert!(next.wire.sent.is_empty());
    assert_eq!(next.outcomes(), [(attempt(1), AttemptOutcome::Recalled)]);
}

proptest! {
    /// G12: whatever comes when, no segment of an order leaves after a recall that takes it back was applied, and every order
    /// that no recall takes back leaves.
    #[test]
    fn nothing_in_scope_begins_after_a_recall(
        happenings in prop::collection::vec((0..4u8, 0..6u16, 0..30u64), 1..60),
    ) {
        let mut bench = Bench::new(WIDE);
        let (mut recalls, mut orders) = (Vec::new(), Vec::new());
        for (kind, which, position) in happenings {
            match kind {
                0 if bench.wire.up.is_empty() => bench.bind_up(0),
                1 => {
                    let scope = match which % 3 {
                        0 => RecallScope::Message(attempt(which).message),
                        1 => stop_of(which, "4565"),
                        _ => RecallScope::Tenant(bank()),
                    };
                    recall(&mut bench, scope.clone(), routing(0), position);
                    recalls.push((scope, position, bench.wire.sent.len()));
                }
                _ => {
                    let offset = orders.len() as u64;
                    let number = u16::try_from(offset).unwrap();
                    read(&mut bench, offset, Wish { handset: alert(which).handset, ..alert(number) });
                    orders.push((number, which));
                }
            }
        }
        bench.bind_up(0);
        let takes = |(scope, position, _): &(RecallScope, u64, usize), (number, which): (u16, u16)| {
            let in_scope = match scope {
                RecallScope::Message(message) => *message == attempt(number).message,
                RecallScope::OptOut { subscriber, .. } => subscriber.as_e164() == Some(alert(which).handset),
                RecallScope::Tenant(_) => true,
            };
            in_scope && u64::from(number) < *position
        };
        for order in orders {
            let sent = bench.wire.sent.iter().position(|sent| sent.order == order.0);
            let recalled: Vec<_> = recalls.iter().filter(|recall| takes(recall, order)).collect();
            match sent {
                Some(sent) => prop_assert!(recalled.iter().all(|(_, _, sent_before)| sent < *sent_before)),
                None => prop_assert!(!recalled.is_empty()),
            }
        }
        prop_assert!(bench.now().wall >= START);
    }
}
