//! What the client was told, what the carriers saw, and what the client's stream says: they must agree (G2, G3).

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use anyhow::{Result, ensure};
use tokio::time::Instant;
use volley_e2e::{Backend, backend::is_final};
use volley_wire::proto::messaging::v1::{MessageState, MessageStatus, event};

use crate::{Carrier, Told, journal::Seen};

/// How long the stream may take to bring every final state.
const SETTLE_PATIENCE: Duration = Duration::from_secs(180);

/// Unanswered submits a bind may have, unless configured.
pub const WINDOW: usize = 100;

/// The final states that the stream told, by message.
pub type Ends = BTreeMap<String, Vec<MessageStatus>>;

/// What the counting came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Balance {
    /// Messages the client was told OK.
    pub told: usize,
    /// Of these, called ambiguous.
    pub ambiguous: usize,
    /// Of these, sent more than once.
    pub doubled: usize,
    /// Of these, sent again after the answer had come: for those who lost the store that knew.
    pub doubled_after_answer: usize,
}

/// Reads the stream until every message the client was told OK has ended.
///
/// # Errors
/// When one does not end in time.
pub async fn final_states(backend: &mut Backend, told: &Told) -> Result<Ends> {
    let mut missing: BTreeSet<&String> = told.keys().collect();
    let mut ended = Ends::new();
    let deadline = Instant::now() + SETTLE_PATIENCE;
    while !missing.is_empty() {
        ensure!(
            Instant::now() < deadline,
            "{} of {} messages have not ended, such as {:?}",
            missing.len(),
            told.len(),
            missing.first()
        );
        for event in backend.events_within(Duration::from_secs(1)).await? {
            let Some(event::Event::Status(status)) = event.event else { continue };
            if is_final(status.state()) {
                missing.remove(&status.message_id);
                ended.entry(status.message_id.clone()).or_default().push(status);
            }
        }
    }
    Ok(ended)
}

/// What the carriers wrote down about a text.
fn tell(carriers: &[&Carrier], text: &str) -> Result<String> {
    let told = carriers.iter().map(|carrier| carrier.entries_about(text));
    Ok(told.collect::<Result<Vec<_>>>()?.concat())
}

/// Every message was at a carrier and was delivered, and none twice that is not called ambiguous.
///
/// # Errors
/// The first message of which this is not so.
#[expect(clippy::print_stdout, reason = "the figures of the run are worth reading")]
pub fn balance(carriers: &[&Carrier], told: &Told, ends: &Ends) -> Result<Balance> {
    let mut seen = BTreeMap::new();
    for carrier in carriers {
        seen.extend(carrier.seen()?);
    }
    let mut balance = Balance { told: told.len(), ambiguous: 0, doubled: 0, doubled_after_answer: 0 };
    for (message, text) in told {
        let Seen { taken, taken_after_answer } = seen.get(text).copied().unwrap_or_default();
        let ends = ends.get(message).map(Vec::as_slice).unwrap_or_default();
        let [end] = ends else {
            anyhow::bail!("message {message} ended {} times", ends.len())
        };
        ensure!(taken > 0, "message {message} was accepted, and no carrier saw it: {end:?}");
        ensure!(end.state() == MessageState::Delivered, "message {message} ended as {}", end.state().as_str_name());
        ensure!(
            taken == 1 || end.ambiguous,
            "message {message} was sent {taken} times, and is not called ambiguous: {}",
            tell(carriers, text)?
        );
        balance.ambiguous += usize::from(end.ambiguous);
        balance.doubled += usize::from(taken > 1);
        balance.doubled_after_answer += usize::from(taken_after_answer > 0);
    }
    let Balance { told, ambiguous, doubled, .. } = balance;
    println!("{told} messages told OK, {ambiguous} ambiguous, {doubled} of them sent twice, 0 lost");
    Ok(balance)
}
