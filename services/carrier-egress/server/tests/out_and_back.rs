//! An order on its way out, and what comes back, against a simulated carrier on the embedded log.

mod support;

use std::collections::BTreeSet;

use support::{QUIET, World, account, alert, alerts, attempt, handset, is_submitted, sim_config};
use tokio::time::sleep;
use volley_carrier_egress::Config;
use volley_carrier_sim::{Rule, SimConfig};
use volley_events::{AttemptOutcome, ConfigChange, NotSent, ReceiptState, Record, SettledOutcome, SubmitOrder};
use volley_types::{Npi, Ton, TrafficClass};

/// What was told of the account's lanes, by partition and then in order.
async fn allowances(world: &World) -> Vec<u32> {
    let allowed = |record| {
        if let Record::Allowance(allowance) = record {
            Some(allowance.allowed)
        } else {
            None
        }
    };
    world
        .records(&world.topics.routing_in)
        .await
        .into_iter()
        .filter_map(allowed)
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_sent_reported_settled_and_its_receipt_names_it() {
    let mut world = World::bound(sim_config()).await;
    world.order(alerts(1..3)).await;

    let reports = world.wait_for(2, || world.reports()).await;
    assert!(reports.iter().all(is_submitted));
    let settled = world.wait_for(2, || world.settled()).await;
    assert!(settled.iter().all(|settled| settled.outcome == SettledOutcome::Submitted));

    let receipts = world.wait_for(2, || world.receipts()).await;
    let named: BTreeSet<_> = receipts.iter().filter_map(|receipt| receipt.attempt).collect();
    assert_eq!(named, BTreeSet::from([(attempt(1), 0), (attempt(2), 0)]));
    for receipt in &receipts {
        assert_eq!(receipt.state, ReceiptState::Delivered);
        let (of, _) = receipt.attempt.unwrap();
        let report = reports.iter().find(|report| report.attempt == of).unwrap();
        let AttemptOutcome::Submitted { ids } = &report.outcome else {
            panic!("not submitted")
        };
        assert_eq!(ids, std::slice::from_ref(&receipt.carrier_message_id), "report and receipt write the id alike");
    }
    world
        .until("receipts answered with 0", |world| world.sim.counters().receipts_acked == 2)
        .await;
    assert_eq!(world.sim.inbox("79140000001")[0].text, "alert 1");
    world.drain_egress().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_before_its_response_finds_its_attempt() {
    let mut world = World::bound(sim_config()).await;
    world
        .sim
        .rule("79140000001", Rule { receipt_before_response: true, ..Rule::DELIVERED });
    world.order(alerts(1..2)).await;
    let receipts = world.wait_for(1, || world.receipts()).await;
    assert_eq!(receipts[0].attempt, Some((attempt(1), 0)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_order_is_reported_with_its_status() {
    let mut world = World::bound(sim_config()).await;
    world.sim.rule("79140000001", Rule::refused(0x0B));
    world.order(alerts(1..2)).await;
    let reports = world.wait_for(1, || world.reports()).await;
    assert!(matches!(reports[0].outcome, AttemptOutcome::Refused { status: 0x0B, .. }));
    let settled = world.wait_for(1, || world.settled()).await;
    assert!(matches!(settled[0].outcome, SettledOutcome::Refused { status: 0x0B, .. }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_is_on_the_log_before_it_is_answered() {
    let mut world = World::bound(sim_config()).await;
    world.order(alerts(1..2)).await;
    world.wait_for(1, || world.reports()).await;
    world.sim.send_mo("+79140000001", "4565", "KELLY").unwrap();
    let replies = world.wait_for(1, || world.replies()).await;
    let reply = &replies[0];
    assert_eq!((reply.octets.bytes(), reply.destination.digits()), (&b"KELLY"[..], "4565"));
    assert_eq!((&reply.subscriber, reply.possible_repeat), (&handset(1), false));
    world
        .until("the reply answered with 0", |world| world.sim.counters().mos_acked == 1)
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_log_has_the_carrier_come_again_and_the_reply_is_there_once() {
    let mut config = Config::default();
    config.patience.answer_ms = 200;
    let mut world = World::new(SimConfig { ack_timeout_ms: 5_000, ..sim_config() }).await;
    world.start_egress_with(config).await;
    world.until("a bind", |world| world.sim.counters().binds_open > 0).await;
    world.order(alerts(1..2)).await;
    world.wait_for(1, || world.receipts()).await;

    world.log.hold(&world.topics.correlation_in);
    world.sim.send_mo("79140000001", "4565", "KELLY").unwrap();
    world
        .until("the carrier to come again", |world| world.sim.counters().redeliveries > 0)
        .await;
    world.log.let_go();
    world
        .until("the reply answered with 0", |world| world.sim.counters().mos_acked == 1)
        .await;
    assert_eq!(world.replies().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_acknowledged_reports_sending_stops_after_two_windows() {
    let mut world = World::bound(sim_config()).await;
    world.log.hold(&world.topics.correlation_in);
    world.order(alerts(0..50)).await;
    world.until("two windows", |world| world.sim.counters().submits == 20).await;
    sleep(QUIET).await;
    assert_eq!(world.sim.counters().submits, 20);
    world.log.let_go();
    world.wait_for(50, || world.settled()).await;
    assert_eq!(world.sim.counters().submits, 50);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_cannot_bind_gives_a_code_up_after_its_patience() {
    let mut world = World::new(sim_config()).await;
    let mut config = Config::default();
    config
        .passwords
        .insert("acme-1".to_owned(), volley_runtime::Secret::new("wrong"));
    world.start_egress_with(config).await;
    world.order(vec![SubmitOrder { class: TrafficClass::Otp, ..alert(1) }]).await;
    let reports = world.wait_for(1, || world.reports()).await;
    assert_eq!(reports[0].outcome, AttemptOutcome::NotSent(NotSent::NoBind));
    let allowed = allowances(&world).await;
    assert!(!allowed.is_empty() && allowed.iter().all(|allowed| *allowed == 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bound_account_tells_its_allowance_and_a_closed_one_none() {
    let world = World::bound(sim_config()).await;
    let until = tokio::time::Instant::now() + support::SOON;
    while !allowances(&world).await.iter().any(|allowed| *allowed > 0) {
        assert!(tokio::time::Instant::now() < until, "no allowance in time");
        sleep(QUIET / 10).await;
    }
    let mut closed = world.account_config();
    closed.closed = true;
    world.configure(ConfigChange::Account(closed)).await;
    world
        .until("the bind to end", |world| world.sim.counters().binds_open == 0)
        .await;
    sleep(QUIET).await;
    assert_eq!(allowances(&world).await.last(), Some(&0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_is_no_order_goes_to_the_dead_letters_and_the_lane_goes_on() {
    let mut world = World::bound(sim_config()).await;
    let name = volley_wire::topics::egress(&account(), TrafficClass::Transactional.lane());
    let topic = volley_event_log::Topic::new(name.clone(), 1);
    let source = volley_types::Source::FrontDoor(7);
    world
        .append(&topic, volley_types::Partition(0), source, vec![Record::Tick(volley_events::Tick)])
        .await;
    world.order(alerts(1..2)).await;
    world.wait_for(1, || world.settled()).await;
    let letters = world.records(&world.topics.dead_letter).await;
    assert!(matches!(&letters[..], [Record::DeadLetter(letter)] if letter.topic == name && letter.offset == 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_no_submit_sm_can_carry_is_refused_and_harms_nobody() {
    let mut world = World::bound(sim_config()).await;
    let long = volley_types::DialAddress::new(&"7".repeat(40), Ton::INTERNATIONAL, Npi::ISDN).unwrap();
    world.order(vec![SubmitOrder { destination: long, ..alert(1) }, alert(2)]).await;
    let reports = world.wait_for(2, || world.reports()).await;
    assert!(
        reports
            .iter()
            .any(|report| matches!(report.outcome, AttemptOutcome::Refused { status: 0x0B, .. }))
    );
    assert!(reports.iter().any(is_submitted));
}
