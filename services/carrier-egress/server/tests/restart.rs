//! Egress is killed, drained, or loses its store; what was sent is known afterwards.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use std::collections::BTreeMap;

use support::{QUIET, World, account, alerts, attempt, carrier, is_submitted, sim_config};
use tokio::time::sleep;
use volley_carrier_sim::{Fact, IdForm, JournalFilter, Rule, SimConfig};
use volley_event_log::EventLog;
use volley_events::{AttemptOutcome, AttemptReport, JournalEntry, LanesLost, ReceiptIds, Record};
use volley_types::{Lane, RunId};

fn ambiguous(reports: &[AttemptReport]) -> usize {
    let is_ambiguous = |report: &&AttemptReport| matches!(report.outcome, AttemptOutcome::Ambiguous { .. });
    reports.iter().filter(is_ambiguous).count()
}

/// How often each handset was written to.
fn submits(world: &World) -> BTreeMap<String, usize> {
    let mut submits = BTreeMap::new();
    for entry in world.sim.journal(&JournalFilter::kind("submit")) {
        if let Fact::Submit { destination, .. } = entry.fact {
            *submits.entry(destination.digits.to_string()).or_default() += 1;
        }
    }
    submits
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_kill_only_what_has_no_intent_is_sent() {
    let mut world = World::bound(sim_config()).await;
    world.sim.pause_responses(true);
    world.order(alerts(0..25)).await;
    world.until("a whole window", |world| world.sim.counters().submits == 10).await;
    world.kill_egress().await;
    world.sim.pause_responses(false);

    world.start_egress().await;
    let reports = world.wait_for(25, || world.reports()).await;
    assert_eq!(ambiguous(&reports), 10);
    assert_eq!(reports.iter().filter(|report| is_submitted(report)).count(), 15);
    world.wait_for(25, || world.settled()).await;
    let submits = submits(&world);
    assert_eq!(submits.len(), 25);
    assert!(submits.values().all(|times| *times == 1), "nothing was sent twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_had_come_is_reported_after_the_kill() {
    let mut world = World::bound(sim_config()).await;
    world.log.hold(&world.topics.correlation_in);
    world.order(alerts(0..5)).await;
    world.until("the answers", |world| world.sim.counters().responses == 5).await;
    sleep(QUIET).await;
    world.kill_egress().await;
    world.log.let_go();

    world.start_egress().await;
    world.wait_for(5, || world.settled()).await;
    let reports = world.reports().await;
    assert!(reports.iter().all(is_submitted), "none is ambiguous: every answer was written");
    assert_eq!(world.sim.counters().submits, 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_after_a_restart_still_finds_its_attempt() {
    let slow = SimConfig { receipt_delay_ms: 2_000, ..sim_config() };
    let mut world = World::bound(slow).await;
    world.order(alerts(1..2)).await;
    world.wait_for(1, || world.settled()).await;
    world.kill_egress().await;
    world.start_egress().await;
    let receipts = world.wait_for(1, || world.receipts()).await;
    assert_eq!(receipts[0].attempt, Some((attempt(1), 0)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drain_settles_what_was_sent_and_the_next_start_sends_the_rest() {
    let slow = SimConfig { response_delay_ms: 300, ..sim_config() };
    let mut world = World::bound(slow).await;
    world.order(alerts(0..25)).await;
    world.until("a window", |world| world.sim.counters().submits >= 10).await;
    world.drain_egress().await;
    let sent = usize::try_from(world.sim.counters().submits).unwrap();
    assert!(sent < 25);
    let reports = world.reports().await;
    assert_eq!((reports.len(), ambiguous(&reports)), (sent, 0));
    assert_eq!(world.settled().await.len(), sent);

    world.start_egress().await;
    world.wait_for(25, || world.settled()).await;
    assert!(submits(&world).values().all(|times| *times == 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_store_sends_nothing_again_and_says_so() {
    let mut world = World::bound(sim_config()).await;
    world.order(alerts(0..3)).await;
    world.wait_for(3, || world.settled()).await;
    world.kill_egress().await;
    world.forget_state();

    world.start_egress().await;
    world
        .until("a bind after the lease", |world| world.sim.counters().binds_open > 0)
        .await;
    let lost = world.records(&world.topics.routing_in).await;
    let lost: Vec<_> = lost
        .iter()
        .filter_map(|record| if let Record::LanesLost(lost) = record { Some(lost) } else { None })
        .collect();
    assert_eq!(lost.len(), usize::from(support::PARTITIONS));
    let end = |lost: &LanesLost| {
        lost.ends
            .iter()
            .find(|end| end.account == account() && end.lane == Lane::Normal)
            .cloned()
    };
    let ends: Vec<_> = lost.iter().filter_map(|lost| end(lost)).collect();
    assert!(ends.len() == lost.len() && ends.iter().all(|end| end.end == 3));
    assert!(ends.iter().any(|end| end.newest.is_some()), "the partition that ordered learns how far");

    world.order(alerts(3..5)).await;
    world.wait_for(5, || world.settled()).await;
    assert_eq!(world.sim.counters().submits, 5);
}

/// Flips octets of the store's newest write-ahead log: one in its middle, where RocksDB alone would leave out what comes after.
fn damage_write_ahead_log(world: &World) {
    let store = world.state_dir().join("carrier-egress").join(carrier().as_str());
    let files = std::fs::read_dir(store).unwrap().map(|file| file.unwrap().path());
    let log = files
        .filter(|file| file.extension().is_some_and(|ending| ending == "log"))
        .max()
        .unwrap();
    let mut octets = std::fs::read(&log).unwrap();
    let middle = octets.len() / 2;
    octets[middle] ^= 0x10;
    std::fs::write(log, octets).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_store_counts_as_lost_and_nothing_is_sent_again() {
    let mut world = World::bound(sim_config()).await;
    world.order(alerts(0..8)).await;
    world.wait_for(8, || world.settled()).await;
    world.kill_egress().await;
    damage_write_ahead_log(&world);

    world.start_egress().await;
    let lost = || async {
        let records = world.records(&world.topics.routing_in).await.into_iter();
        records.filter(|record| matches!(record, Record::LanesLost(_))).collect()
    };
    world.wait_for(usize::from(support::PARTITIONS), lost).await;
    let aside = world.state_dir().join("carrier-egress.damaged").join(carrier().as_str());
    assert!(aside.join("CURRENT").exists(), "what was damaged is kept for whoever looks into it");

    world.order(alerts(8..10)).await;
    world.wait_for(10, || world.settled()).await;
    assert_eq!(world.sim.counters().submits, 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_is_cut_leaves_its_window_ambiguous_and_comes_back() {
    let mut world = World::bound(sim_config()).await;
    world.sim.pause_responses(true);
    world.order(alerts(0..15)).await;
    world.until("a whole window", |world| world.sim.counters().submits == 10).await;
    world.sim.cut_links();
    world.sim.pause_responses(false);
    let reports = world.wait_for(15, || world.reports()).await;
    assert_eq!(ambiguous(&reports), 10);
    assert!(submits(&world).values().all(|times| *times == 1));
}

/// What the newest run on the journal has learned of how receipts name ids, and which run that is.
async fn learned(world: &World) -> Option<(RunId, ReceiptIds)> {
    let name = volley_wire::topics::of_carrier(&carrier()).name;
    let journal = world.log.find_topic(&name).await.unwrap().unwrap();
    let runs = world.records(&journal).await.into_iter().filter_map(|record| match record {
        Record::Journal(JournalEntry::Run(run)) => Some((run.run, run.receipt_ids)),
        _ => None,
    });
    runs.last()
}

#[tokio::test(flavor = "multi_thread")]
async fn how_receipts_name_ids_is_learned_once_and_outlives_a_lost_store() {
    let config = SimConfig { first_message_id: Some(40_000_000), ..sim_config() };
    let mut world = World::bound(config).await;
    world.sim.rule("*", Rule { id_form: IdForm::HexInResponse, ..Rule::DELIVERED });
    world.order(alerts(0..1)).await;
    let credited = || async {
        let receipts = world.receipts().await.into_iter();
        receipts.filter(|receipt| receipt.attempt.is_some()).collect::<Vec<_>>()
    };
    world.wait_for(1, credited).await;
    let otherwise = || async {
        learned(&world)
            .await
            .filter(|(_, ids)| *ids == ReceiptIds::Otherwise)
            .into_iter()
            .collect()
    };
    let (first, _) = world.wait_for(1, otherwise).await.remove(0);

    world.kill_egress().await;
    world.forget_state();
    world.start_egress().await;
    let again = || async { learned(&world).await.filter(|(run, _)| *run != first).into_iter().collect() };
    let (_, ids) = world.wait_for(1, again).await.remove(0);
    assert_eq!(ids, ReceiptIds::Otherwise, "it does not have to be learned again");
    world.drain_egress().await;
}
