//! A carrier's profile at work, against a simulated carrier on the embedded log.

mod support;

use support::{World, alerts, attempt, carrier, is_submitted, sim_config};
use volley_carrier_sim::Rule;
use volley_events::{AttemptOutcome, ConfigChange, Record, RefusalClass, config::CarrierProfileConfig};

const SUBMIT_FAILED: u32 = 0x45;

/// Egress, bound to a carrier with this profile.
async fn bound_with(profile: &str) -> World {
    let mut world = World::new(sim_config()).await;
    speaks(&world, profile).await;
    world.start_egress().await;
    world.until("a bind", |world| world.sim.counters().binds_open > 0).await;
    world
}

/// Sets the carrier's profile.
async fn speaks(world: &World, profile: &str) {
    let change = CarrierProfileConfig { carrier: carrier(), profile: profile.to_owned() };
    world.configure(ConfigChange::CarrierProfile(change)).await;
}

async fn told(world: &World) -> Vec<u32> {
    let allowed = |record| match record {
        Record::Allowance(allowance) => Some(allowance.allowed),
        _ => None,
    };
    let records = world.records(&world.topics.routing_in).await;
    records.into_iter().filter_map(allowed).collect()
}

/// Waits until what was told of the account's lanes fits.
async fn until_told(world: &World, fits: impl Fn(&[u32]) -> bool) {
    let fitting = || async {
        let told = told(world).await;
        if fits(&told) { vec![()] } else { Vec::new() }
    };
    world.wait_for(1, fitting).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_is_refused_everything_rests_and_comes_back() {
    let mut world = bound_with("[pace]\nbreaker_refusals = 3\nbreaker_pause_ms = 1000").await;
    until_told(&world, |told| told.last() > Some(&0)).await;
    let before = told(&world).await.len();
    for number in 1..4 {
        world.sim.rule(format!("7914000000{number}"), Rule::refused(SUBMIT_FAILED));
    }
    world.order(alerts(1..4)).await;

    let zeros = |told: &[u32]| told[before..].contains(&0);
    until_told(&world, zeros).await;
    until_told(&world, |told| zeros(told) && told.last() > Some(&0)).await;
    world.order(alerts(4..5)).await;
    let reports = world.wait_for(4, || world.reports()).await;
    assert!(
        reports
            .iter()
            .any(|report| report.attempt == attempt(4) && is_submitted(report))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_and_an_unmarked_receipt_mean_what_the_profile_says() {
    let profile = "[receipts]\nmarked_by = \"esm_class-or-content\"\n[statuses]\n\"0x45\" = \"permanent\"";
    let mut world = bound_with(profile).await;
    world.sim.rule("79140000001", Rule::refused(SUBMIT_FAILED));
    world.sim.rule("79140000002", Rule { receipt_marked: false, ..Rule::DELIVERED });
    world.order(alerts(1..3)).await;

    let receipts = world.wait_for(1, || world.receipts()).await;
    assert_eq!(receipts[0].attempt, Some((attempt(2), 0)));
    let reports = world.wait_for(2, || world.reports()).await;
    let refused = |outcome: &AttemptOutcome| {
        matches!(outcome, AttemptOutcome::Refused { class: RefusalClass::Permanent, status: SUBMIT_FAILED, .. })
    };
    assert!(reports.iter().any(|report| refused(&report.outcome)), "{reports:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_that_do_not_fit_a_new_profile_end_and_others_begin() {
    let mut world = World::bound(sim_config()).await;
    assert_eq!(world.sim.counters().binds_open, 1);
    speaks(&world, "[session]\nbind = \"pair\"").await;
    world.until("a pair", |world| world.sim.counters().binds_open == 2).await;
    world.order(alerts(1..2)).await;
    let receipts = world.wait_for(1, || world.receipts()).await;
    assert_eq!(receipts[0].attempt, Some((attempt(1), 0)));
    world.drain_egress().await;
}
