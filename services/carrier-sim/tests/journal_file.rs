//! The journal's file: whole after a stop, and soon enough without one.

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use serde_json::Value;
use support::*;
use volley_carrier_sim::{FLUSH_INTERVAL_MS, SimConfig};

fn lines(path: &std::path::Path) -> Vec<Value> {
    let text = fs::read_to_string(path).expect("the journal");
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

#[tokio::test]
async fn the_file_has_every_fact_in_order_with_numbers_and_text() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("journal.jsonl");
    let sim = start(SimConfig { journal: Some(path.clone()), ..config() }).await;
    let mut client = Client::bound(sim.addr()).await;
    for number in 0..50 {
        client.submit(text_to("79141239907", &format!("text {number}"))).await;
    }
    client.submit(text_to("79141239901", "last")).await;
    client.take_delivery().await;
    eventually("all is settled", || sim.counters().receipts_acked == 1).await;
    sim.shutdown().await;

    let lines = lines(&path);
    let mut kinds = BTreeMap::<String, u64>::new();
    for (position, line) in lines.iter().enumerate() {
        assert_eq!(line["position"], position);
        *kinds.entry(line["kind"].as_str().expect("a kind").to_owned()).or_default() += 1;
    }
    let expected = [
        ("bound", 1),
        ("closed", 1),
        ("delivery_answered", 1),
        ("delivery_sent", 1),
        ("response", 51),
        ("submit", 51),
        ("text", 50),
    ];
    assert_eq!(kinds, expected.map(|(kind, count)| (kind.to_owned(), count)).into());
    let submit = lines.iter().find(|line| line["kind"] == "submit").expect("a submit");
    assert_eq!((&submit["account"], &submit["text"]), (&"acme".into(), &"text 0".into()));
    assert_eq!(submit["destination"]["digits"], "79141239907");
    assert_eq!((submit["message_id"].as_str(), submit["text_hash"].as_str().map(str::len)), (Some("1"), Some(16)));
}

#[tokio::test]
async fn facts_are_in_the_file_soon_and_a_second_run_adds_to_it() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("journal.jsonl");
    for run in 1..=2 {
        let sim = start(SimConfig { journal: Some(path.clone()), ..config() }).await;
        let mut client = Client::bound(sim.addr()).await;
        client.submit(text_to("79141239907", "hello")).await;
        tokio::time::sleep(Duration::from_millis(FLUSH_INTERVAL_MS * 10)).await;
        let submits = lines(&path).iter().filter(|line| line["kind"] == "submit").count();
        assert_eq!(submits, run);
        sim.shutdown().await;
    }
}

#[tokio::test]
async fn a_carrier_that_cannot_write_its_journal_takes_nothing() {
    let sim = start(SimConfig { journal: Some("/dev/full".into()), ..config() }).await;
    let mut client = Client::bound(sim.addr()).await;
    tokio::time::sleep(Duration::from_millis(FLUSH_INTERVAL_MS * 10)).await;
    let refused = client.ask(text_to("79141239907", "hello")).await;
    assert_eq!(refused.status(), rusmpp::CommandStatus::EsmeRsyserr);
    sim.shutdown().await;
}
