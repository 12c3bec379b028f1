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

/// G12 at its full size, by hand: `cargo test -p volley-e2e --test taking_back -- --ignored --nocapture`, with VOLLEY_WAITING messages.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a million messages take minutes"]
async fn stop_is_applied_within_a_second_with_a_million_messages_waiting() -> Result<()> {
    let waiting = std::env::var("VOLLEY_WAITING")
        .ok()
        .and_then(|count| count.parse().ok())
        .unwrap_or(1_000_000);
    let sim = scenarios::carrier().await?;
    let volley = Embedded::start(sim.addr()).await?;
    let tenants = provision(&volley).await?;
    let begun = std::time::Instant::now();
    let times = taking_back::stops_in_a_campaign(&volley, &sim, &tenants, waiting, 100).await?;
    println!("{waiting} advertisements; all in {:.0?}", begun.elapsed());
    for (what, mut times) in [("queued for the carrier", times.queued), ("waiting in routing", times.waiting)] {
        times.sort();
        let at = |percent: usize| times[(times.len() * percent / 100).min(times.len() - 1)];
        ensure!(!times.is_empty(), "no message was {what}");
        println!("{what}: {} STOPs, p50 {:.1?}, p99 {:.1?}, longest {:.1?}", times.len(), at(50), at(99), at(100));
        ensure!(at(99) < Duration::from_secs(1), "G12: p99 {:?}", at(99));
    }
    Ok(())
}
