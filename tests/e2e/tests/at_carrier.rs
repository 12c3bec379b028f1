//! What carriers do with messages they have, on one process with the embedded log.

use anyhow::{Context, Result};
use volley_e2e::{at_carrier, embedded::Embedded, provision::provision, scenarios};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_carrier_has_can_be_cancelled_and_changed_there() -> Result<()> {
    let sim = scenarios::carrier().await?;
    let volley = Embedded::start(sim.addr()).await?;
    let tenants = provision(&volley).await?;
    at_carrier::the_carrier_does_all(&volley).await?;
    at_carrier::a_message_is_cancelled_at_its_carrier(&volley, &sim, &tenants)
        .await
        .context("a cancellation")?;
    at_carrier::a_silent_carrier_leaves_a_cancellation_pending_until_its_receipt(&volley, &sim, &tenants)
        .await
        .context("a silent carrier")?;
    at_carrier::a_message_gets_another_text(&volley, &sim, &tenants)
        .await
        .context("another text")?;
    Ok(())
}
