//! Ten times `kill -9` on Kafka under load: each service in turn, and all at once; then the balance (G2, G3), the books (D15) and the
//! replay (G4). On the embedded log the four are one process: `kill_loop` kills that.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use tokio::time::sleep;
use volley_chaos::{
    Carrier, Load, Pace, audit,
    balance::{WINDOW, balance, final_states},
};
use volley_e2e::{
    Backend, Volley,
    fleet::{Fleet, Kind, Layout, Seat},
    provision::provision,
    scenarios::CARRIER,
};

/// Rounds of five kills.
const ROUNDS: usize = 2;

/// Of a round, kills that end the binds: of egress, and of all.
const BINDS_ENDED: usize = 2;

/// Load before each kill.
const LOAD: Duration = Duration::from_secs(1);

/// Submits that are unanswered when binds are killed, at least.
const UNANSWERED_MIN: u64 = 10;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_service_in_turn_and_all_at_once_are_killed_and_nothing_is_lost() -> Result<()> {
    let carrier = Carrier::start()?;
    let mut fleet = Fleet::start_as(Layout::SMALL, &[(CARRIER, carrier.address())]).await?;
    let tenants = provision(&fleet).await?;
    let load = Load::new(tenants.acme.clone(), Pace::GENTLE);
    let running = load.start(fleet.front_door());

    let one_each = Kind::ALL.map(|kind| vec![Seat::first(kind)]);
    let round = one_each.into_iter().chain([fleet.seats()]);
    for killed in round.cycle().take(ROUNDS * (Kind::ALL.len() + 1)) {
        sleep(LOAD).await;
        let before = load.told().len();
        let ends_binds = killed.contains(&Seat::first(Kind::CarrierEgress));
        if ends_binds {
            carrier.let_unanswered_pile_up(UNANSWERED_MIN)?;
        }
        fleet.kill(&killed)?;
        if ends_binds {
            carrier.answer_again()?;
        }
        fleet
            .start_again(&killed)
            .await
            .with_context(|| format!("after the kill of {killed:?}"))?;
        sleep(LOAD).await;
        ensure!(load.told().len() > before, "nothing was accepted around the kill of {killed:?}");
    }
    running.stop().await?;

    let told = load.told();
    let mut backend = Backend::connect(&fleet, &tenants.acme).await?;
    let ends = final_states(&mut backend, &told).await?;
    let counted = balance(&[&carrier], &told, &ends)?;
    ensure!(counted.doubled_after_answer == 0, "{counted:?}: sent again after the answer had come");
    let bound = ROUNDS * BINDS_ENDED * 2 * WINDOW;
    ensure!(
        counted.ambiguous <= bound,
        "{} messages are ambiguous; two windows a kill are {bound}",
        counted.ambiguous
    );
    audit::closes(&mut fleet)
}
