//! Ten times `kill -9` of `volley up` under load, then the balance (G2, G3), the books (D15) and the replay (G4).

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use tokio::time::Instant;
use volley_chaos::{Carrier, Load, Told, audit, journal::Seen};
use volley_e2e::{Backend, Volley, backend::is_final, embedded::Embedded, provision::provision};
use volley_wire::proto::messaging::v1::{MessageState, MessageStatus, event};

/// Kills.
const KILLS: u32 = 10;

/// Submits that are unanswered at each kill, at least.
const UNANSWERED_MIN: u64 = 20;

/// Load before each kill.
const LOAD_BEFORE_KILL: Duration = Duration::from_millis(1_500);

/// How long the stream may take to bring every final state after the last kill.
const SETTLE_PATIENCE: Duration = Duration::from_secs(180);

/// Unanswered submits a bind may have (`volley up --carrier`: one bind).
const WINDOW: usize = 100;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_and_nothing_doubled_but_what_is_called_ambiguous() -> Result<()> {
    let carrier = Carrier::start()?;
    let mut volley = Embedded::start(carrier.address()).await?;
    let tenants = provision(&volley).await?;
    let load = Load::new(tenants.acme.clone());

    for kill in 1..=KILLS {
        let stop = Arc::new(AtomicBool::new(false));
        let running = tokio::spawn({
            let (load, stop, door) = (load.clone(), Arc::clone(&stop), volley.front_door());
            async move { load.run(&door, stop).await }
        });
        tokio::time::sleep(LOAD_BEFORE_KILL).await;
        let lost_before = carrier.responses_lost()?;
        let unanswered = carrier.let_unanswered_pile_up(UNANSWERED_MIN)?;
        volley.kill()?;
        stop.store(true, Ordering::Relaxed);
        running.await?;
        ensure!(unanswered >= UNANSWERED_MIN, "kill {kill}: {unanswered} submits were unanswered");
        wait_for_lost(&carrier, lost_before + UNANSWERED_MIN)
            .await
            .with_context(|| format!("kill {kill}"))?;
        carrier.answer_again()?;
        volley.start_again().await.with_context(|| format!("after kill {kill}"))?;
    }

    let told = load.told();
    let mut backend = Backend::connect(&volley, &tenants.acme).await?;
    let statuses = final_states(&mut backend, told.keys()).await?;
    balance(&carrier, &told, &statuses)?;
    volley.stop()?;
    audit::adds_up(volley.data())?;
    audit::replays(volley.data())
}

/// The carrier notices the cut links a moment later.
async fn wait_for_lost(carrier: &Carrier, expected: u64) -> Result<()> {
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        let lost = carrier.responses_lost()?;
        if lost >= expected {
            return Ok(());
        }
        ensure!(Instant::now() < deadline, "{lost} responses were lost, {expected} expected");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Reads the stream until every message the client was told OK has ended.
async fn final_states<'a>(
    backend: &mut Backend,
    told: impl Iterator<Item = &'a String>,
) -> Result<BTreeMap<String, Vec<MessageStatus>>> {
    let mut missing: BTreeSet<&String> = told.collect();
    let mut ended = BTreeMap::<String, Vec<MessageStatus>>::new();
    let deadline = Instant::now() + SETTLE_PATIENCE;
    while !missing.is_empty() {
        ensure!(
            Instant::now() < deadline,
            "{} messages have not ended, such as {:?}",
            missing.len(),
            missing.first()
        );
        for event in backend.events_within(Duration::from_secs(1)).await? {
            let Some(event::Event::Status(status)) = event.event else { continue };
            if is_final(status.state()) {
                missing.remove(&status.message_id);
                ended.entry(status.message_id.clone()).or_default().push(status);
            }
        }
    }
    Ok(ended)
}

#[expect(clippy::print_stdout, reason = "the figures of the run are worth reading")]
fn balance(carrier: &Carrier, told: &Told, statuses: &BTreeMap<String, Vec<MessageStatus>>) -> Result<()> {
    let seen = carrier.seen()?;
    let (mut ambiguous, mut doubled) = (0, 0);
    for (message, text) in told {
        let Seen { taken, taken_after_answer } = seen.get(text).copied().unwrap_or_default();
        let ends = statuses.get(message).map(Vec::as_slice).unwrap_or_default();
        let [end] = ends else {
            anyhow::bail!("message {message} ended {} times", ends.len())
        };
        ensure!(taken > 0, "message {message} was accepted, and the carrier never saw it");
        ensure!(end.state() == MessageState::Delivered, "message {message} ended as {}", end.state().as_str_name());
        ensure!(taken == 1 || end.ambiguous, "message {message} was sent {taken} times, and is not called ambiguous");
        ensure!(taken_after_answer == 0, "message {message} was sent again after its answer had come");
        ambiguous += usize::from(end.ambiguous);
        doubled += usize::from(taken > 1);
    }
    let bound = KILLS as usize * 2 * WINDOW;
    ensure!(ambiguous <= bound, "{ambiguous} messages are ambiguous; two windows a kill are {bound}");
    println!("{} messages told OK, {ambiguous} ambiguous, {doubled} of them sent twice, 0 lost", told.len());
    Ok(())
}
