//! The broker is killed under the four services, is away for a while, and comes back: they go unhealthy and on again, in process,
//! and nothing is lost.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use tokio::time::{Instant, sleep};
use volley_chaos::{Load, Pace, Told};
use volley_e2e::{
    Backend, Volley,
    backend::{Code, PATIENCE, code_of, is_final},
    fleet::Fleet,
    provision::{ACME_NUMBER, provision},
    scenarios,
};
use volley_wire::proto::messaging::v1::{MessageState, MessageStatus, TrafficClass};

/// How long the broker is away once all services have noticed: longer than a carrier's owner may send without it. In the environment
/// `VOLLEY_OUTAGE_S` sets another number of seconds.
const AWAY_S: u64 = 12;

/// How long the load runs before and after.
const LOAD: Duration = Duration::from_secs(3);

/// Whom a message to is refused while the log is away.
const IMPATIENT_HANDSET: &str = "821020030002";

/// Who writes while the log is away.
const PATIENT_HANDSET: &str = "821020030001";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_services_outlive_their_broker() -> Result<()> {
    let sim = scenarios::carrier().await?;
    let mut volley = Fleet::start(sim.addr()).await?;
    let tenants = provision(&volley).await?;
    let mut acme = Backend::connect(&volley, &tenants.acme).await?;
    let pids = volley.pids();

    let load = Load::new(tenants.acme.clone(), Pace::FULL);
    let loading = load.start(volley.front_door());
    sleep(LOAD).await;
    let before = load.told().len();
    ensure!(before > 50, "only {before} messages were accepted before the outage");

    volley.kill_broker(0)?;
    volley.until_ready(false).await.context("the broker is away")?;
    let refused = acme
        .send("away-1", ACME_NUMBER, IMPATIENT_HANDSET, "Now?", TrafficClass::Otp)
        .await;
    let code = refused.as_ref().err().and_then(code_of);
    ensure!(code == Some(Code::Unavailable), "{refused:?}");
    sim.send_mo(PATIENT_HANDSET, ACME_NUMBER.trim_start_matches("KR:"), "Are you there?")?;
    sleep(away()?).await;
    let during = load.told().len();
    volley.restart_broker(0)?;
    volley.until_ready(true).await.context("the broker is back")?;
    sleep(LOAD).await;
    loading.stop().await?;

    let told = load.told();
    ensure!(told.len() > during + 50, "{} messages were accepted after the outage", told.len() - during);
    ensure!(volley.pids() == pids, "a service was started again");
    println!("accepted: {before} before, {} during, {} in all", during - before, told.len());
    let ends = all_ends(&mut acme, &told).await?;
    let (mut lost, mut twice) = (Vec::new(), Vec::new());
    for end in &ends {
        let text = &told[&end.message_id];
        let copies = sim.inbox(&end.to[1..]).iter().filter(|received| received.text == *text).count();
        match copies {
            0 => lost.push(&end.message_id),
            1 => {}
            _ if end.ambiguous => {}
            _ => twice.push(&end.message_id),
        }
    }
    ensure!(lost.is_empty(), "accepted and never at the carrier: {lost:?}");
    ensure!(twice.is_empty(), "sent again without being called ambiguous: {twice:?}");
    let ambiguous = ends.iter().filter(|end| end.ambiguous).count();
    println!("delivered: {}, of which ambiguous: {ambiguous}", ends.len());
    let undelivered = ends.iter().find(|end| end.state() != MessageState::Delivered);
    ensure!(undelivered.is_none(), "{undelivered:?}");
    let reply = acme.reply_of(PATIENT_HANDSET).await.context("what was written in the outage")?;
    ensure!(reply.text == "Are you there?", "{reply:?}");
    Ok(())
}

fn away() -> Result<Duration> {
    let seconds = std::env::var("VOLLEY_OUTAGE_S").map_or(Ok(AWAY_S), |seconds| seconds.parse());
    Ok(Duration::from_secs(seconds?))
}

/// The final state of every message that was accepted.
async fn all_ends(backend: &mut Backend, told: &Told) -> Result<Vec<MessageStatus>> {
    let deadline = Instant::now() + 2 * PATIENCE;
    let mut ends = Vec::with_capacity(told.len());
    for message in told.keys() {
        loop {
            let status = backend.status(message).await.with_context(|| format!("message {message}"))?;
            if is_final(status.state()) {
                ends.push(status);
                break;
            }
            ensure!(Instant::now() < deadline, "it does not end: {status:?}");
            sleep(Duration::from_millis(50)).await;
        }
    }
    Ok(ends)
}
