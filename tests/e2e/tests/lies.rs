//! Volley against a carrier that lies and dies, one process with the embedded log.

use std::time::Duration;

use anyhow::{Context, Result};
use volley_e2e::{
    embedded::Embedded,
    lies,
    provision::provision,
    scenarios::{PASSWORD, SYSTEM_ID, carrier},
};

/// Seconds that the outage lasts here; in `VOLLEY_OUTAGE_S` more may be asked for, such as the 1200 of a real one.
const OUTAGE_S: u64 = 20;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_lie_of_the_carrier_ends_as_it_must() -> Result<()> {
    let sim = carrier().await?;
    let volley = Embedded::start(sim.addr()).await?;
    let tenants = provision(&volley).await?;
    lies::each_lie_is_survived(&volley, &sim, &tenants).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_carrier_is_waited_for_gone_round_or_outlived() -> Result<()> {
    let seconds = match std::env::var("VOLLEY_OUTAGE_S") {
        Ok(seconds) => seconds.parse().context("VOLLEY_OUTAGE_S")?,
        Err(_) => OUTAGE_S,
    };
    let (sim, other) = (carrier().await?, carrier().await?);
    let option = |name: &str, at| ["--carrier".to_owned(), format!("{name}=smpp://{SYSTEM_ID}:{PASSWORD}@{at}")];
    let options = [option("sim", sim.addr()), option("other", other.addr())].concat();
    let volley = Embedded::start_with(options).await?;
    let tenants = provision(&volley).await?;
    let lasts = Duration::from_secs(seconds);
    lies::an_outage_is_survived(&volley, ("sim", &sim), ("other", &other), &tenants, lasts).await
}
