//! The scenarios on one process with the embedded log.

use anyhow::Result;
use volley_e2e::{embedded::Embedded, provision::provision, scenarios};

/// One Volley serves all scenarios, the restart last.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_process_on_the_embedded_log() -> Result<()> {
    let sim = scenarios::carrier().await?;
    let mut volley = Embedded::start(scenarios::address(&sim)).await?;
    let tenants = provision(&volley).await?;
    scenarios::a_verification_code_arrives_once(&volley, &sim, &tenants).await?;
    scenarios::a_bank_alert_is_reported_delivered(&volley, &sim, &tenants).await?;
    scenarios::stop_after_an_advertisement(&volley, &sim, &tenants).await?;
    scenarios::two_tenants_share_a_short_code(&volley, &sim, &tenants).await?;
    scenarios::a_reply_after_a_restart_finds_its_message(&mut volley, &sim, &tenants).await?;
    Ok(())
}
