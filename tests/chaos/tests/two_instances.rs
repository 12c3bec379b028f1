//! Two instances of each service on Kafka, by ordinal: they share partitions and carriers, and each is restarted in turn under load.

use std::{collections::BTreeSet, time::Duration};

use anyhow::{Context, Result, ensure};
use tokio::time::sleep;
use volley_chaos::{
    Carrier, Load, Pace, Told, audit,
    balance::{balance, final_states},
};
use volley_e2e::{
    Backend,
    backend::is_final,
    fleet::{Fleet, Kind, Layout, Seat},
    provision::provision,
    scenarios::CARRIER,
};

/// A carrier that the other egress instance owns.
const OTHER_CARRIER: &str = "sim-b";

/// The handsets that have this carrier's route.
const OTHER_EXCHANGE: u32 = 5_000;

const LAYOUT: Layout = Layout { instances: 2, brokers: 1 };

/// Load before the first restart, and between two.
const LOAD: Duration = Duration::from_secs(1);

/// Partitions of the fleet.
const PARTITIONS: usize = 4;

/// Messages that are asked about at each front door, of all partitions.
const ASKED: usize = 40;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_of_two_instances_is_restarted_under_load_and_every_message_ends_once() -> Result<()> {
    let (carrier, other) = (Carrier::start()?, Carrier::start()?);
    let carriers = [(CARRIER, carrier.address()), (OTHER_CARRIER, other.address())];
    let mut fleet = Fleet::start_as(LAYOUT, &carriers).await?;
    let tenants = provision(&fleet).await?;
    each_egress_has_one_carrier(&mut fleet).await?;

    let loads = [
        Load::new(tenants.acme.clone(), Pace::GENTLE),
        Load::among(tenants.acme.clone(), Pace::GENTLE, OTHER_EXCHANGE),
    ];
    let doors = fleet.front_doors();
    let running: Vec<_> = loads.iter().zip(&doors).map(|(load, door)| load.start(door.clone())).collect();
    sleep(LOAD).await;
    for seat in fleet.seats() {
        fleet.stop(&[seat])?;
        fleet
            .start_again(&[seat])
            .await
            .with_context(|| format!("the restart of {seat}"))?;
        sleep(LOAD).await;
    }
    for running in running {
        running.stop().await?;
    }

    let told = loads.iter().flat_map(Load::told).collect();
    let mut backend = Backend::connect_to(&doors[1], &tenants.acme).await?;
    let ends = final_states(&mut backend, &told).await?;
    let counted = balance(&[&carrier, &other], &told, &ends)?;
    ensure!(
        counted.ambiguous == 0,
        "{} messages are ambiguous, though everybody stopped in order",
        counted.ambiguous
    );
    for door in &doors {
        every_partition_answers(door, &tenants.acme, &told).await?;
    }
    audit::closes(&mut fleet)
}

/// Each egress instance works for the carrier that its ordinal gives it, and for no other.
async fn each_egress_has_one_carrier(fleet: &mut Fleet) -> Result<()> {
    let mut owned = BTreeSet::new();
    for ordinal in 0..LAYOUT.instances {
        let egress = fleet.service(Seat { kind: Kind::CarrierEgress, ordinal })?;
        egress.until_says("carrier-egress.").await?;
        let health = egress.health()?;
        let names = [CARRIER, OTHER_CARRIER];
        let here: Vec<_> = names
            .into_iter()
            .filter(|name| health.contains(&format!("carrier-egress.{name}\"")))
            .collect();
        ensure!(here.len() == 1, "egress {ordinal} has {here:?}: {health}");
        owned.extend(here);
    }
    ensure!(owned.len() == 2, "both have {owned:?}");
    Ok(())
}

/// Any front door finds a message at the instance of mo-correlation that owns its partition.
async fn every_partition_answers(door: &str, key: &str, told: &Told) -> Result<()> {
    let mut backend = Backend::connect_to(door, key).await?;
    let mut partitions = BTreeSet::new();
    for message in told.keys().step_by(told.len().div_ceil(ASKED)) {
        let status = backend.status(message).await.with_context(|| format!("{door}: {message}"))?;
        ensure!(is_final(status.state()), "{status:?}");
        // A message's id begins with its partition.
        partitions.insert(message[..4].to_owned());
    }
    ensure!(partitions.len() == PARTITIONS, "only {partitions:?} were asked");
    Ok(())
}
