//! How texts leave, and what is said when they do not arrive, on one process with the embedded log.

use anyhow::{Context, Result};
use volley_e2e::{embedded::Embedded, provision::provision, scenarios, texts};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn texts_are_worded_carried_and_explained() -> Result<()> {
    let sim = scenarios::carrier().await?;
    let volley = Embedded::start(sim.addr()).await?;
    let tenants = provision(&volley).await?;
    texts::texts_leave_in_as_few_segments_as_they_may(&volley, &sim, &tenants)
        .await
        .context("the wording")?;
    texts::a_long_text_goes_whole_where_the_carrier_wants_that(&volley, &sim, &tenants)
        .await
        .context("a message_payload")?;
    texts::what_went_wrong_is_told_in_one_vocabulary(&volley, &tenants)
        .await
        .context("the error codes")
}
