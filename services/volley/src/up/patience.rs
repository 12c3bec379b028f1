//! Waiting for what may come back: room on a disk, the log.

use std::{io, time::Duration};

use tokio::time::{Instant, sleep};
use volley_event_log::LogError;

use crate::failure::is_unavailable;

/// How long one step of the start waits.
const WAIT_MAX: Duration = Duration::from_secs(60);

/// Pause before a step begins anew.
const PAUSE: Duration = Duration::from_millis(500);

/// Begins a step of the start anew while it fails for want of room on a disk, or because the log does not answer.
pub async fn patiently<T>(step: &str, attempt: impl AsyncFnMut() -> anyhow::Result<T>) -> anyhow::Result<T> {
    insist(step, PAUSE, attempt).await
}

async fn insist<T>(
    step: &str,
    pause: Duration,
    mut attempt: impl AsyncFnMut() -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let deadline = Instant::now() + WAIT_MAX;
    loop {
        match attempt().await {
            Err(error) if may_pass(&error) && Instant::now() < deadline => {
                tracing::warn!(step, error = format!("{error:#}"), "the start waits");
                sleep(pause).await;
            }
            outcome => return outcome,
        }
    }
}

fn may_pass(error: &anyhow::Error) -> bool {
    let disk_is_full =
        |error: &io::Error| matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded);
    is_unavailable(error)
        || error.downcast_ref().is_some_and(LogError::is_retriable)
        || error.downcast_ref().is_some_and(disk_is_full)
}

#[cfg(test)]
mod tests {
    use anyhow::{Context, anyhow};
    use tonic::Status;

    use super::*;
    use crate::failure::CallFailed;

    /// How many attempts it takes, and what comes of them, when they end like this one after the other.
    async fn attempted(outcomes: Vec<anyhow::Result<()>>) -> (usize, anyhow::Result<()>) {
        let (mut outcomes, mut attempts) = (outcomes.into_iter(), 0);
        let outcome = insist("test", Duration::from_millis(1), async || {
            attempts += 1;
            outcomes.next().expect("no further attempt")
        });
        let outcome = outcome.await;
        (attempts, outcome)
    }

    #[tokio::test]
    async fn what_may_pass_is_waited_for() {
        let away = Err(CallFailed(Status::unavailable("the disk is full")).into());
        let unwritten = Err(io::Error::from(io::ErrorKind::StorageFull)).context("cannot write addresses.json");
        let log = Err(LogError::Unavailable { reason: "no room".into() }.into());
        let (attempts, outcome) = attempted(vec![away, unwritten, log, Ok(())]).await;
        assert!(attempts == 4 && outcome.is_ok(), "{attempts}: {outcome:?}");
    }

    #[tokio::test]
    async fn what_does_not_pass_ends_the_start() {
        for error in [
            CallFailed(Status::permission_denied("no")).into(),
            io::Error::from(io::ErrorKind::PermissionDenied).into(),
            LogError::Unusable { reason: "in use".into() }.into(),
            anyhow!("else"),
        ] {
            let (attempts, outcome) = attempted(vec![Err(error), Ok(())]).await;
            assert!(attempts == 1 && outcome.is_err());
        }
    }
}
