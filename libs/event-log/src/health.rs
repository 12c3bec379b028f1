//! Whether the log takes appends, judged by the age of the oldest one it has not acknowledged.
//!
//! Each implementation reports the begin and the end of every append here, and has [`Unacknowledged::judge`] called a
//! few times a second by a thread of its own.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use tokio::sync::watch;

use crate::clock;

/// An append that waits longer than this for its acknowledgement makes the log unhealthy, in milliseconds.
pub const UNACKNOWLEDGED_AGE_MAX_MS: u64 = 5_000;

/// How often health is judged, in milliseconds.
pub(crate) const JUDGE_INTERVAL_MS: u64 = 250;

/// Whether the log takes appends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Health {
    /// Appends are acknowledged in time.
    Healthy,
    /// They are not. Refuse work at the door until it is healthy again.
    Unhealthy {
        /// What is known about why.
        reason: String,
        /// When the oldest unacknowledged append was made, or the failure was seen; Unix microseconds.
        since_us: i64,
    },
}

impl Health {
    /// Whether work should be taken.
    #[must_use]
    pub fn is_healthy(&self) -> bool {
        matches!(self, Self::Healthy)
    }
}

/// The appends on their way, in the order they were made.
pub(crate) struct Unacknowledged {
    state: Mutex<State>,
    health: watch::Sender<Health>,
}

#[derive(Default)]
struct State {
    next_ticket: u64,
    waiting: BTreeMap<u64, Moment>,
    /// What has failed, by the name of the part, and why.
    failures: BTreeMap<&'static str, (String, Moment)>,
    complaint: Option<String>,
}

#[derive(Clone, Copy)]
struct Moment {
    instant: Instant,
    unix_us: i64,
}

impl Moment {
    fn now() -> Self {
        Self { instant: Instant::now(), unix_us: clock::now_us() }
    }
}

/// Stands for one append that waits; to be handed back to [`Unacknowledged::end`].
pub(crate) struct Ticket(u64);

impl Unacknowledged {
    pub(crate) fn new() -> Self {
        Self { state: Mutex::default(), health: watch::Sender::new(Health::Healthy) }
    }

    pub(crate) fn begin(&self) -> Ticket {
        let mut state = self.lock();
        let ticket = state.next_ticket;
        state.next_ticket += 1;
        state.waiting.insert(ticket, Moment::now());
        Ticket(ticket)
    }

    /// The append was acknowledged or has failed.
    pub(crate) fn end(&self, ticket: Ticket) {
        self.lock().waiting.remove(&ticket.0);
    }

    /// Whether nothing is on its way.
    pub(crate) fn is_empty(&self) -> bool {
        self.lock().waiting.is_empty()
    }

    /// Remembers what the client library last complained of, to be named should appends be stuck.
    pub(crate) fn complain(&self, complaint: String) {
        self.lock().complaint = Some(complaint);
    }

    /// No append will get through this part of the log until it has [`Unacknowledged::recovered`].
    pub(crate) fn failed(&self, part: &'static str, reason: String) {
        self.lock().failures.insert(part, (reason, Moment::now()));
        self.judge(Instant::now());
    }

    /// Appends may get through again.
    pub(crate) fn recovered(&self, part: &'static str) {
        self.lock().failures.remove(part);
        self.judge(Instant::now());
    }

    pub(crate) fn judge(&self, now: Instant) {
        let verdict = verdict(&mut self.lock(), now);
        self.health.send_if_modified(|health| {
            let changed = *health != verdict;
            if changed {
                announce(&verdict);
                *health = verdict;
            }
            changed
        });
    }

    pub(crate) fn subscribe(&self) -> watch::Receiver<Health> {
        self.health.subscribe()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn verdict(state: &mut State, now: Instant) -> Health {
    if let Some((reason, since)) = state.failures.values().next() {
        return Health::Unhealthy { reason: reason.clone(), since_us: since.unix_us };
    }
    let limit = Duration::from_millis(UNACKNOWLEDGED_AGE_MAX_MS);
    match state.waiting.first_key_value() {
        Some((_, oldest)) if now.saturating_duration_since(oldest.instant) > limit => {
            let complaint = state
                .complaint
                .as_ref()
                .map_or(String::new(), |words| format!("; last complaint: {words}"));
            let reason = format!("an append has waited for more than {UNACKNOWLEDGED_AGE_MAX_MS} ms{complaint}");
            Health::Unhealthy { reason, since_us: oldest.unix_us }
        }
        Some(_) => Health::Healthy,
        None => {
            state.complaint = None;
            Health::Healthy
        }
    }
}

fn announce(verdict: &Health) {
    match verdict {
        Health::Healthy => tracing::info!("the log is healthy again"),
        Health::Unhealthy { reason, .. } => tracing::warn!(reason, "the log is unhealthy"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_append_older_than_the_limit_is_unhealthy_until_it_ends() {
        let appends = Unacknowledged::new();
        let health = appends.subscribe();
        let ticket = appends.begin();
        let limit = Duration::from_millis(UNACKNOWLEDGED_AGE_MAX_MS);

        appends.judge(Instant::now() + limit - Duration::from_secs(1));
        assert!(health.borrow().is_healthy());

        appends.judge(Instant::now() + limit + Duration::from_secs(1));
        assert!(!health.borrow().is_healthy());

        appends.end(ticket);
        appends.judge(Instant::now() + limit + Duration::from_secs(1));
        assert!(health.borrow().is_healthy());
    }

    #[test]
    fn a_failure_lasts_until_that_part_has_recovered() {
        let appends = Unacknowledged::new();
        let health = appends.subscribe();

        appends.failed("disk", "disk full".to_owned());
        assert!(matches!(&*health.borrow(), Health::Unhealthy { reason, .. } if reason == "disk full"));

        appends.recovered("another part");
        assert!(!health.borrow().is_healthy());
        appends.recovered("disk");
        assert!(health.borrow().is_healthy());
    }
}
