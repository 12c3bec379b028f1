//! The scenarios on real Kafka, with two instances of each service, each in a process of its own.

use anyhow::Result;
use volley_e2e::{
    fleet::{Fleet, Layout},
    provision::provision,
    scenarios,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_instances_of_each_service_on_kafka() -> Result<()> {
    let sim = scenarios::carrier().await?;
    let layout = Layout { instances: 2, brokers: 1 };
    let mut volley = Fleet::start_as(layout, &[(scenarios::CARRIER, sim.addr())]).await?;
    let tenants = provision(&volley).await?;
    scenarios::all(&mut volley, &sim, &tenants).await
}
