//! An instance that stood still, was replaced by one with an empty disk, and wakes up (§3.1, start and hand-over): it stops by
//! itself, and nothing is lost, doubled or decided otherwise.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, ensure};
use tokio::time::sleep;
use volley_chaos::{
    Carrier, Load, Pace, audit,
    balance::{balance, final_states},
};
use volley_e2e::{
    Backend, Volley,
    fleet::{Fleet, Kind, Layout, Seat},
    provision::provision,
    scenarios::CARRIER,
};

/// Each service that owns something, and how its health says that it owns it no more.
const OWNERS: [(Kind, &str); 3] = [
    (Kind::Routing, "Superseded"),
    (Kind::MoCorrelation, "Superseded"),
    (Kind::CarrierEgress, "a later run took the carrier"),
];

/// Load before an instance freezes, and after it has woken up.
const LOAD: Duration = Duration::from_secs(2);

/// How long the replacement works while the other one sleeps.
const ASLEEP: Duration = Duration::from_secs(3);

/// What a frozen egress had handed to its sockets is at the carrier by then, in microseconds.
const ON_THE_WAY_US: i64 = 1_000_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_owner_that_wakes_up_after_it_was_replaced_stops_and_changes_nothing() -> Result<()> {
    let carrier = Carrier::start()?;
    let mut fleet = Fleet::start_as(Layout::SMALL, &[(CARRIER, carrier.address())]).await?;
    let tenants = provision(&fleet).await?;
    let load = Load::new(tenants.acme.clone(), Pace::GENTLE);
    let running = load.start(fleet.front_door());

    for (kind, words) in OWNERS {
        sleep(LOAD).await;
        let before = load.told().len();
        let frozen_us = now_us()?;
        let mut zombie = fleet.replace_frozen(Seat::first(kind)).await?;
        sleep(ASLEEP).await;
        zombie.process().wake()?;
        zombie
            .until_says(words)
            .await
            .with_context(|| format!("the woken {}", kind.binary()))?;
        zombie.until_ready(false).await?;
        sleep(LOAD).await;
        ensure!(load.told().len() > before, "nothing was accepted around the hand-over of {}", kind.binary());
        zombie
            .process()
            .stop()
            .with_context(|| format!("the woken {}", kind.binary()))?;
        if kind == Kind::CarrierEgress {
            let late = carrier.submits_on_binds(frozen_us, frozen_us + ON_THE_WAY_US)?;
            ensure!(late == 0, "the woken egress sent {late} times");
        }
    }
    running.stop().await?;

    let told = load.told();
    let mut backend = Backend::connect(&fleet, &tenants.acme).await?;
    let ends = final_states(&mut backend, &told).await?;
    balance(&[&carrier], &told, &ends)?;
    audit::closes(&mut fleet)
}

fn now_us() -> Result<i64> {
    Ok(SystemTime::now().duration_since(UNIX_EPOCH)?.as_micros().try_into()?)
}
