//! Ten times `kill -9` of `volley up` under load, then the balance (G2, G3), the books (D15) and the replay (G4).

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use tokio::time::Instant;
use volley_chaos::{
    Carrier, Load, Pace, audit,
    balance::{WINDOW, balance, final_states},
};
use volley_e2e::{Backend, Volley, embedded::Embedded, provision::provision};

/// Kills.
const KILLS: u32 = 10;

/// Submits that are unanswered at each kill, at least.
const UNANSWERED_MIN: u64 = 20;

/// Load before each kill.
const LOAD_BEFORE_KILL: Duration = Duration::from_millis(1_500);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_and_nothing_doubled_but_what_is_called_ambiguous() -> Result<()> {
    let carrier = Carrier::start()?;
    let mut volley = Embedded::start(carrier.address()).await?;
    let tenants = provision(&volley).await?;
    let load = Load::new(tenants.acme.clone(), Pace::FULL);

    for kill in 1..=KILLS {
        let running = load.start(volley.front_door());
        tokio::time::sleep(LOAD_BEFORE_KILL).await;
        let lost_before = carrier.responses_lost()?;
        let unanswered = carrier.let_unanswered_pile_up(UNANSWERED_MIN)?;
        volley.kill()?;
        running.stop().await?;
        ensure!(unanswered >= UNANSWERED_MIN, "kill {kill}: {unanswered} submits were unanswered");
        wait_for_lost(&carrier, lost_before + UNANSWERED_MIN)
            .await
            .with_context(|| format!("kill {kill}"))?;
        carrier.answer_again()?;
        volley.start_again().await.with_context(|| format!("after kill {kill}"))?;
    }

    let told = load.told();
    let mut backend = Backend::connect(&volley, &tenants.acme).await?;
    let ends = final_states(&mut backend, &told).await?;
    let counted = balance(&[&carrier], &told, &ends)?;
    ensure!(counted.doubled_after_answer == 0, "{counted:?}: sent again after the answer had come");
    // `volley up --carrier`: one bind.
    let bound = KILLS as usize * 2 * WINDOW;
    ensure!(
        counted.ambiguous <= bound,
        "{} messages are ambiguous; two windows a kill are {bound}",
        counted.ambiguous
    );
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
