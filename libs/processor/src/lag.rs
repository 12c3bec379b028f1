//! How far the inputs have grown: asked once a second, beside the loops, so that they never wait for the answer.

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use tokio_util::sync::CancellationToken;
use volley_event_log::{EventLog, Topic};

use crate::status::Board;

const LAG_INTERVAL: Duration = Duration::from_secs(1);

/// Keeps the ends on the boards until it is told to stop. A log that does not answer leaves them as they were.
pub(crate) async fn watch_ends(
    log: Arc<dyn EventLog>,
    input: Topic,
    boards: Vec<(u32, Weak<Board>)>,
    stop: CancellationToken,
) {
    let mut interval = tokio::time::interval(LAG_INTERVAL);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = interval.tick() => {}
        }
        for (partition, board) in &boards {
            let Some(board) = board.upgrade() else { continue };
            match log.bounds(&input, *partition).await {
                Ok(bounds) => board.show_end(bounds.end),
                Err(error) => tracing::debug!(partition, %error, "the end of the input is not known now"),
            }
        }
    }
}
