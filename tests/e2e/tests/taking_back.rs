//! What is taken back, stopped, paused or kept in order, on one process with the embedded log.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use volley_e2e::{embedded::Embedded, provision::provision, scenarios, taking_back};

/// Advertisements that wait while persons write STOP.
const WAITING: u32 = 20_000;

/// Twice what G12 allows, for machines that have other things to do.
const STOP_MAX: Duration = Duration::from_secs(2);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_shall_not_leave_does_not_leave() -> Result<()> {
    let sim = scenarios::carrier().await?;
    let volley = Embedded::start(sim.addr()).await?;
    let tenants = provision(&volley).await?;
    taking_back::a_message_is_taken_back(&volley, &sim, &tenants)
        .await
        .context("a cancellation")?;
    taking_back::stop_overtakes_what_is_queued(&volley, &sim, &tenants)
        .await
        .context("STOP")?;
    taking_back::a_pause_holds(&volley, &sim, &tenants).await.context("a pause")?;
    taking_back::a_conversation_keeps_its_order(&volley, &sim, &tenants)
        .await
        .context("order")?;
    let longest = taking_back::stop_overtakes_a_campaign(&volley, &sim, &tenants, WAITING)
        .await
        .context("STOP in a campaign")?;
    println!("with {WAITING} advertisements waiting, a STOP took {longest:?} at most");
    ensure!(longest < STOP_MAX, "a STOP took {longest:?}");
    Ok(())
}
