//! How far the configuration is applied: what processors tell on `progress` each second.

use std::{collections::BTreeMap, time::Duration};

use tokio::{sync::watch, time::timeout};
use volley_backbone::Followed;
use volley_events::Progress;
use volley_ingest_core::Faults;

use crate::refusal::Refusal;

/// The processors whose partitions apply configuration.
const PROCESSORS: [&str; 2] = ["routing", "mo-correlation"];

/// How long a call waits when it does not say, and at most, in milliseconds.
const TIMEOUT_MS_DEFAULT: u32 = 10_000;
const TIMEOUT_MS_MAX: u32 = 60_000;

/// Calls that may wait at once through this front door.
pub(crate) const WAITING_MAX: usize = 256;

/// Partitions that a refusal names.
const NAMED_MAX: usize = 8;

/// A partition of a processor.
type Place = (&'static str, u16);

/// The next offset of `config` that each partition has not applied.
pub(crate) struct Applied {
    places: Vec<Place>,
    followed: Followed,
    heard: watch::Sender<BTreeMap<Place, u64>>,
}

impl Applied {
    /// Nobody has told anything yet.
    pub(crate) fn new(partitions: u16, followed: Followed) -> Self {
        let places = PROCESSORS
            .into_iter()
            .flat_map(|processor| (0..partitions).map(move |partition| (processor, partition)));
        Self { places: places.collect(), followed, heard: watch::Sender::default() }
    }

    /// A partition told how far it is.
    pub(crate) fn heard(&self, progress: &Progress) {
        let place = self
            .places
            .iter()
            .find(|(processor, partition)| *processor == progress.service && *partition == progress.partition);
        let Some(place) = place else { return };
        self.heard.send_if_modified(|heard| {
            let known = heard.entry(*place).or_default();
            let news = progress.config_offset > *known;
            *known = progress.config_offset.max(*known);
            news
        });
    }

    /// Waits until the record at an offset is applied everywhere; `timeout_ms` 0 is the default.
    pub(crate) async fn wait(&self, offset: u64, timeout_ms: u32) -> Result<(), Refusal> {
        let patience = patience(timeout_ms)?;
        let everywhere = async {
            self.followed.folded_to(offset.saturating_add(1)).await;
            let mut heard = self.heard.subscribe();
            // The sender is this very value, so it cannot go while it is waited for.
            let _ = heard.wait_for(|heard| self.behind(heard, offset).next().is_none()).await;
        };
        timeout(patience, everywhere).await.map_err(|_| self.overdue(offset))
    }

    fn behind<'a>(&'a self, heard: &'a BTreeMap<Place, u64>, offset: u64) -> impl Iterator<Item = &'a Place> {
        self.places
            .iter()
            .filter(move |place| heard.get(*place).is_none_or(|next| *next <= offset))
    }

    fn overdue(&self, offset: u64) -> Refusal {
        let heard = self.heard.borrow();
        let behind: Vec<_> = self.behind(&heard, offset).collect();
        let named: Vec<_> = behind
            .iter()
            .take(NAMED_MAX)
            .map(|(processor, partition)| format!("{processor}/{partition}"))
            .collect();
        let words = match (named.is_empty(), behind.len() - named.len()) {
            (true, _) => "this front door".to_owned(),
            (false, 0) => named.join(", "),
            (false, more) => format!("{} and {more} more", named.join(", ")),
        };
        Refusal::Overdue(format!("not applied yet by {words}"))
    }
}

fn patience(timeout_ms: u32) -> Result<Duration, Refusal> {
    let timeout_ms = match timeout_ms {
        0 => TIMEOUT_MS_DEFAULT,
        1..=TIMEOUT_MS_MAX => timeout_ms,
        _ => {
            let words = format!("is {timeout_ms}; allowed are 1 to {TIMEOUT_MS_MAX}");
            return Err(Faults::one("timeout_ms", words).into());
        }
    };
    Ok(Duration::from_millis(timeout_ms.into()))
}
