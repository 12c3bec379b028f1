//! One of three brokers is killed under load, and later another one: with three copies, two of them in sync, nothing accepted is lost
//! (G2), and the services go on by themselves.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use tokio::time::{Instant, sleep};
use volley_chaos::{
    Carrier, Load, Pace, audit,
    balance::{balance, final_states},
};
use volley_e2e::{
    Backend, Volley,
    fleet::{Fleet, Layout},
    provision::provision,
    scenarios::CARRIER,
};

/// Brokers that are killed, one after the other; each comes back before the next.
const KILLED: [usize; 2] = [0, 1];

/// Load before each kill.
const LOAD: Duration = Duration::from_secs(3);

/// How long it may take until messages are accepted again without the broker: it is missed after nine seconds.
const GO_ON_PATIENCE: Duration = Duration::from_secs(60);

/// How long a broker that came back may take to have what it missed.
const IN_SYNC: Duration = Duration::from_secs(5);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_of_three_brokers_is_killed_and_nothing_is_lost() -> Result<()> {
    let carrier = Carrier::start()?;
    let layout = Layout { instances: 1, brokers: 3 };
    let mut fleet = Fleet::start_as(layout, &[(CARRIER, carrier.address())]).await?;
    let tenants = provision(&fleet).await?;
    let pids = fleet.pids();
    let load = Load::new(tenants.acme.clone(), Pace::GENTLE);
    let running = load.start(fleet.front_door());

    for broker in KILLED {
        sleep(LOAD).await;
        fleet.kill_broker(broker)?;
        sleep(LOAD).await;
        goes_on(&load).await.with_context(|| format!("without broker {broker}"))?;
        fleet
            .until_ready(true)
            .await
            .with_context(|| format!("without broker {broker}"))?;
        fleet.restart_broker(broker)?;
        sleep(IN_SYNC).await;
    }
    running.stop().await?;
    ensure!(fleet.pids() == pids, "a service was started again");

    let told = load.told();
    let mut backend = connected(&fleet, &tenants.acme).await?;
    let ends = final_states(&mut backend, &told).await?;
    balance(&[&carrier], &told, &ends)?;
    audit::closes(&mut fleet)
}

/// Opens the event stream; while the brokers still agree on who leads what, it is refused for now.
async fn connected(fleet: &Fleet, key: &str) -> Result<Backend> {
    let deadline = Instant::now() + GO_ON_PATIENCE;
    loop {
        match Backend::connect(fleet, key).await {
            Ok(backend) => return Ok(backend),
            Err(error) if Instant::now() > deadline => return Err(error.context("the event stream")),
            Err(_) => sleep(Duration::from_millis(500)).await,
        }
    }
}

/// Waits until fifty more messages are accepted.
async fn goes_on(load: &Load) -> Result<()> {
    let (before, deadline) = (load.told().len(), Instant::now() + GO_ON_PATIENCE);
    while load.told().len() < before + 50 {
        ensure!(Instant::now() < deadline, "only {} messages were accepted", load.told().len() - before);
        sleep(Duration::from_millis(100)).await;
    }
    Ok(())
}
