//! The scenarios on four processes with real Kafka.

use anyhow::Result;
use volley_e2e::{fleet::Fleet, provision::provision, scenarios};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_processes_on_kafka() -> Result<()> {
    let sim = scenarios::carrier().await?;
    let mut volley = Fleet::start(sim.addr()).await?;
    let tenants = provision(&volley).await?;
    scenarios::all(&mut volley, &sim, &tenants).await
}
