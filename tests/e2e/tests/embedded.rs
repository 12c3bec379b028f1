//! The scenarios on one process with the embedded log.

use anyhow::Result;
use volley_e2e::{embedded::Embedded, provision::provision, scenarios};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_process_on_the_embedded_log() -> Result<()> {
    let sim = scenarios::carrier().await?;
    let mut volley = Embedded::start(sim.addr()).await?;
    let tenants = provision(&volley).await?;
    scenarios::all(&mut volley, &sim, &tenants).await
}
