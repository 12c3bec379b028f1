//! The conversation that `volley up` plays: an alert, an advertisement that is answered with STOP, a vote.
//!
//! Nothing is said because it should have happened: every line is read back from the client's stream, the trace, or the
//! simulated carrier's own inbox, and what does not come within [`PATIENCE`] fails the play.

mod client;
mod scenes;

use std::time::Duration;

use volley_carrier_sim::CarrierSimHandle;

use crate::{addresses::Addresses, output};

use client::Client;
use scenes::Cast;

/// How long each thing may take.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Plays it. `start` picks the handsets, so that a play on the same data finds people who have not answered before.
pub async fn play(addresses: &Addresses, sim: &CarrierSimHandle, start: u32) -> anyhow::Result<()> {
    let cast = Cast::of(start);
    let mut client = Client::connect(addresses).await?;
    output::line("\nA short two-way conversation, read back from what really happened:\n")?;
    scenes::alert(&mut client, sim, &cast).await?;
    scenes::advertisement(&mut client, sim, &cast).await?;
    scenes::vote(&mut client, sim, &cast).await?;
    output::line("\nAll of it happened.")?;
    Ok(())
}
