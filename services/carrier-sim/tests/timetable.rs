//! What the carrier does by the clock, and the answers it loses.

mod support;

use std::time::Duration;

use rusmpp::CommandStatus;
use support::*;
use volley_carrier_sim::{Event, Mo, Outage, PartOrder, Rule, SimConfig, SubmitAnswer, TimetableLine};

/// Until the first thing happens.
const FIRST_MS: u64 = 300;
/// How long it lasts.
const LASTS_MS: u64 = 500;

fn timetable(event: Event) -> SimConfig {
    SimConfig { timetable: vec![TimetableLine::once(FIRST_MS, event)], ..config() }
}

#[tokio::test]
async fn an_outage_begins_and_ends_without_hands_and_costs_nothing() {
    let sim = start(timetable(Event::Outage { kind: Outage::HungUp, lasts_ms: LASTS_MS })).await;
    sim.rule("*", Rule { receipt_delay_ms: Some(400), ..Rule::DELIVERED });
    let mut client = Client::bound(sim.addr()).await;
    let id = client.submit(text_to("79141234567", "before the outage")).await;
    assert!(client.is_closed().await);
    let mut refused = Client::connect(sim.addr()).await;
    assert!(refused.is_closed().await);
    tokio::time::sleep(Duration::from_millis(LASTS_MS)).await;
    let mut client = Client::bound(sim.addr()).await;
    assert_eq!(client.take_delivery().await.field("id"), id);
    sim.shutdown().await;
}

#[tokio::test]
async fn a_rule_holds_for_its_time_and_no_longer() {
    let throttled = Rule { submit: SubmitAnswer::Refuse { status: 0x58, times: 0 }, ..Rule::DELIVERED };
    let rule = Event::Rule { number: "*".into(), rule: Box::new(throttled), lasts_ms: LASTS_MS };
    let sim = start(timetable(rule)).await;
    let mut client = Client::bound(sim.addr()).await;
    let mut status = async || client.ask(text_to("79141239907", "may I?")).await.status();
    assert_eq!(status().await, CommandStatus::EsmeRok);
    tokio::time::sleep(Duration::from_millis(FIRST_MS + 50)).await;
    assert_eq!(status().await, CommandStatus::EsmeRthrottled);
    tokio::time::sleep(Duration::from_millis(LASTS_MS)).await;
    assert_eq!(status().await, CommandStatus::EsmeRok);
    sim.shutdown().await;
}

#[tokio::test]
async fn responses_are_kept_back_for_their_time() {
    let sim = start(timetable(Event::PauseResponses { lasts_ms: LASTS_MS })).await;
    let mut client = Client::bound(sim.addr()).await;
    tokio::time::sleep(Duration::from_millis(FIRST_MS + 50)).await;
    let sequence = client.send(text_to("79141239907", "anybody there?")).await;
    assert!(client.next_within(Duration::from_millis(200)).await.is_none());
    assert_eq!(client.next().await.sequence_number(), sequence);
    sim.shutdown().await;
}

#[tokio::test]
async fn what_happens_again_and_again_does() {
    let sim = start(config()).await;
    let line = TimetableLine { after_ms: 0, every_ms: Some(200), event: Event::CutLinks };
    sim.plan(line.clone()).expect("a line that can be");
    assert!(sim.plan(TimetableLine { every_ms: Some(1), ..line }).is_err());
    for _ in 0..3 {
        let mut client = Client::bound(sim.addr()).await;
        assert!(client.is_closed().await);
    }
    sim.shutdown().await;
}

#[tokio::test]
async fn a_text_whose_answer_was_lost_comes_again_on_another_bind() {
    let sim = start(config()).await;
    let mut first = Client::bound(sim.addr()).await;
    let mut second = Client::bound(sim.addr()).await;
    let mo = Mo {
        answer_lost: true,
        part_order: PartOrder::Reversed,
        ..Mo::new("79141234567", "4565", "x".repeat(200))
    };
    assert_eq!(sim.send(&mo).expect("taken"), 2);
    let lost = first.take_delivery().await;
    assert!(first.is_closed().await);
    let other = second.take_delivery().await;
    let again = second.take_delivery().await;
    assert_eq!(again.octets, lost.octets);
    assert_ne!(other.octets, lost.octets);
    eventually("both parts are settled, once", || sim.counters().mos_acked == 2).await;
    assert_eq!(sim.counters().redeliveries, 1);
    sim.shutdown().await;
}
