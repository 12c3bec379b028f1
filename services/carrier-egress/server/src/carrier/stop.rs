//! Stopping in order: lanes are not read any more, what was sent is waited for, the sessions end, the journal is told.
//!
//! ```text
//!   Finishing ──everything sent is settled──▶ Unbinding ──sessions over, rows synced──▶ LastWords ──log has them──▶ stopped
//! ```

use std::time::Instant;

use volley_carrier_egress_core::{Account, Now};

use super::Task;
use crate::error::CarrierError;

/// How long sessions may take to end, in microseconds.
const UNBIND_US: u64 = 2_000_000;

/// How far a stop is.
pub(super) enum Stopping {
    /// What was sent is answered, reported and settled.
    Finishing,
    /// The sessions end, at the latest by this monotonic moment.
    Unbinding { until_us: u64 },
    /// The journal learns that the stop was clean.
    LastWords,
}

impl Task {
    /// Begins to stop.
    pub(super) fn stop(&mut self) {
        tracing::info!(carrier = %self.name, "stopping");
        self.stopping = Some(Stopping::Finishing);
        for (account, line) in &mut self.lines {
            line.readers.clear();
            if let Some(account) = self.core.account_mut(account) {
                account.stop();
            }
        }
    }

    /// Takes the next step of a stop; `true` at its end.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(super) fn is_stopped(&mut self, now: Now) -> Result<bool, CarrierError> {
        let is_over = match &self.stopping {
            None => false,
            Some(Stopping::Finishing) => {
                if self.core.accounts().all(|account| Account::unfinished(account) == 0) {
                    let instant = Instant::now();
                    self.lines.values_mut().for_each(|line| line.unbind(instant));
                    self.stopping = Some(Stopping::Unbinding { until_us: now.monotonic_us + UNBIND_US });
                    self.next_sweep_us = now.monotonic_us;
                }
                false
            }
            Some(Stopping::Unbinding { until_us }) => {
                let over = self.lines.values().all(|line| line.slots.iter().all(|slot| slot.is_idle()));
                if over || now.monotonic_us >= *until_us {
                    // The journal will say that the store knows everything: after a failure of power as well.
                    self.rows.sync()?;
                    self.journal.say_clean_stop(now, &mut self.appender);
                    self.stopping = Some(Stopping::LastWords);
                }
                false
            }
            Some(Stopping::LastWords) => self.appender.is_idle() && self.rows.pending() == 0,
        };
        Ok(is_over)
    }
}
