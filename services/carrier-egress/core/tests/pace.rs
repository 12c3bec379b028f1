//! Slowing down and stopping: what a carrier allows a session, how congested it is, and when it refuses everything.

mod support;

use support::*;
use volley_carrier_egress_core::{AccountSettings, BreakerSettings};
use volley_events::{AttemptOutcome, NotSent, RefusalClass};
use volley_types::SpanMs;

const SYSTEM_ERROR: u32 = 0x08;
const WIDE: AccountSettings = AccountSettings::new(2, 100, 0);
const BREAKER: BreakerSettings = BreakerSettings { refusals: 3, pause: SpanMs::from_secs(10) };

#[test]
fn each_session_keeps_its_own_rate() {
    let mut bench = Bench::bound(AccountSettings { segments_per_second_per_bind: 10, ..WIDE });
    for number in 0..10 {
        bench.read(number.into(), alert(number));
    }
    assert_eq!(bench.wire.sent.len(), 1, "a burst of one session");
    bench.bind_up(1);
    assert_eq!(bench.wire.sent.len(), 2, "and of the other");
    assert!(bench.wait_us.is_some());
    for _ in 0..10 {
        bench.pass(SpanMs::from_millis(100));
    }
    let on = |bind| bench.wire.sent.iter().filter(|sent| sent.bind == bind).count();
    assert_eq!((on(0), on(1)), (5, 5));
}

#[test]
fn a_congested_carrier_gets_less() {
    let mut bench = Bench::bound(AccountSettings { segments_per_second: 100, ..WIDE });
    let now = bench.now();
    bench.account().congested(100, now);
    for number in 0..50 {
        bench.read(number.into(), alert(number));
    }
    for _ in 0..10 {
        bench.pass(SpanMs::from_millis(50));
    }
    assert!((20..=35).contains(&bench.wire.sent.len()), "{} in half a second", bench.wire.sent.len());
}

#[test]
fn an_account_that_is_refused_everything_rests_and_routing_hears_of_it() {
    let mut bench = Bench::bound(AccountSettings { window: 3, breaker: BREAKER, ..WIDE });
    for number in 0..6 {
        bench.read(number.into(), alert(number));
    }
    for token in 1..=3 {
        bench.refuse(token, SYSTEM_ERROR, RefusalClass::RetrySameRoute);
    }
    bench.log_catches_up();
    let now = bench.now();
    assert!(bench.account().is_resting(now));
    assert_eq!((bench.account().binds_up(), bench.account().binds_sending(now)), (1, 0));
    let before = bench.wire.sent.len();
    bench.pass(SpanMs::from_secs(9));
    assert_eq!(bench.wire.sent.len(), before, "nothing leaves while it rests");

    bench.pass(SpanMs::from_secs(1));
    assert!(bench.wire.sent.len() > before, "then it tries again");
    let newest = bench.wire.sent.last().unwrap().token;
    bench.refuse(newest, SYSTEM_ERROR, RefusalClass::RetrySameRoute);
    let now = bench.now();
    assert!(bench.account().is_resting(now), "one more refusal is enough");
}

#[test]
fn what_waits_while_an_account_rests_goes_back_after_the_patience_of_its_class() {
    let pause = SpanMs::from_hours(1);
    let mut bench =
        Bench::bound(AccountSettings { window: 1, breaker: BreakerSettings { refusals: 1, pause }, ..WIDE });
    bench.read(0, alert(1));
    bench.read(1, alert(2));
    bench.refuse(1, SYSTEM_ERROR, RefusalClass::RetrySameRoute);
    bench.pass(SpanMs::from_secs(61));
    let ends: Vec<_> = bench.outcomes().into_iter().map(|(_, outcome)| outcome).collect();
    assert!(
        matches!(ends.as_slice(), [AttemptOutcome::Refused { .. }, AttemptOutcome::NotSent(NotSent::NoBind)]),
        "{ends:?}"
    );
}
