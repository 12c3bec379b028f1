//! The fixture itself: three brokers start, and one comes back after it was killed.

use volley_kafka::Cluster;

#[test]
fn a_killed_broker_of_three_comes_back_on_its_port() -> anyhow::Result<()> {
    let mut cluster = Cluster::start(3)?;
    let addresses = cluster.bootstrap();

    cluster.kill9(1)?;
    assert!(cluster.kill9(1).is_err(), "it runs no more");
    cluster.restart(1)?;

    assert_eq!(cluster.bootstrap(), addresses);
    assert_eq!(addresses.split(',').count(), 3);
    Ok(())
}
