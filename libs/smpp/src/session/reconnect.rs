use std::time::Duration;

use super::CloseReason;
use crate::status::CommandStatus;

/// Pause before the first new connection.
pub const RECONNECT_FIRST: Duration = Duration::from_secs(1);

/// Pause that the doubling stops at.
pub const RECONNECT_MAX: Duration = Duration::from_secs(60);

/// Pause after a login refused for what only a person can put right: trying faster only locks the account.
pub const RECONNECT_REFUSED: Duration = Duration::from_secs(300);

/// The pauses of one carrier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReconnectPauses {
    /// The first one; it doubles.
    pub first: Duration,
    /// Where the doubling stops.
    pub longest: Duration,
    /// After a refusal that only a person can put right.
    pub refused: Duration,
}

impl Default for ReconnectPauses {
    fn default() -> Self {
        Self { first: RECONNECT_FIRST, longest: RECONNECT_MAX, refused: RECONNECT_REFUSED }
    }
}

/// How long to wait before connecting again: doubling, each pause spread by chance.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReconnectBackoff {
    failures: u32,
}

impl ReconnectBackoff {
    /// No failure yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The session is bound: the next failure is the first again.
    pub fn bound(&mut self) {
        self.failures = 0;
    }

    /// The pause after a session, or an attempt at one, that ended for `reason`.
    ///
    /// `jitter` is a random number from 0 to 1: the pause lies between half and all of its step, so that the
    /// binds of one carrier do not come back all at once. The pause after a refused login is never shortened.
    pub fn pause(&mut self, reason: CloseReason, pauses: ReconnectPauses, jitter: f64) -> Duration {
        let jitter = if jitter.is_nan() { 1.0 } else { jitter.clamp(0.0, 1.0) };
        let step = pauses
            .first
            .saturating_mul(1_u32.checked_shl(self.failures).unwrap_or(u32::MAX))
            .min(pauses.longest);
        self.failures = self.failures.saturating_add(1);
        match reason {
            CloseReason::BindRefused(status) if is_lasting_refusal(status) => {
                pauses.refused.mul_f64(1.0 + jitter / 10.0)
            }
            _ => step.mul_f64(0.5 + jitter / 2.0),
        }
    }
}

/// Whether a login was refused for something only a person can put right: ESME_RINVPASWD, _RINVSYSID, _RINVSYSTYP, and
/// _RINVCMDID, which is a kind of session that the carrier does not serve.
#[must_use]
pub fn is_lasting_refusal(status: CommandStatus) -> bool {
    matches!(
        status,
        CommandStatus::INVALID_PASSWORD
            | CommandStatus::INVALID_SYSTEM_ID
            | CommandStatus::INVALID_SYSTEM_TYPE
            | CommandStatus::INVALID_COMMAND_ID
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_to_a_minute_and_start_again_after_a_bind() {
        let mut backoff = ReconnectBackoff::new();
        let seconds: Vec<u64> = (0..8)
            .map(|_| {
                backoff
                    .pause(CloseReason::ConnectionLost, ReconnectPauses::default(), 1.0)
                    .as_secs()
            })
            .collect();
        assert_eq!(seconds, [1, 2, 4, 8, 16, 32, 60, 60]);

        backoff.bound();
        assert_eq!(backoff.pause(CloseReason::PeerSilent, ReconnectPauses::default(), 1.0), RECONNECT_FIRST);
    }

    #[test]
    fn a_carrier_may_have_pauses_of_its_own() {
        let second = Duration::from_secs(1);
        let pauses = ReconnectPauses { first: 5 * second, longest: 7 * second, refused: 20 * second };
        let mut backoff = ReconnectBackoff::new();
        assert_eq!(backoff.pause(CloseReason::ConnectionLost, pauses, 1.0), 5 * second);
        assert_eq!(backoff.pause(CloseReason::ConnectionLost, pauses, 1.0), 7 * second);
        let refused = CloseReason::BindRefused(CommandStatus::INVALID_PASSWORD);
        assert_eq!(backoff.pause(refused, pauses, 0.0), 20 * second);
    }

    #[test]
    fn chance_shortens_a_pause_by_half_at_most() {
        let pause =
            |jitter| ReconnectBackoff::new().pause(CloseReason::ConnectionLost, ReconnectPauses::default(), jitter);

        assert_eq!(pause(0.0), Duration::from_millis(500));
        assert_eq!(pause(7.0), Duration::from_secs(1));
        assert_eq!(pause(f64::NAN), Duration::from_secs(1));
    }

    #[test]
    fn a_wrong_password_and_a_kind_of_session_that_is_not_served_wait_five_minutes() {
        for code in [0x03, 0x0E, 0x0F, 0x53] {
            let refused = CloseReason::BindRefused(CommandStatus(code));
            assert_eq!(ReconnectBackoff::new().pause(refused, ReconnectPauses::default(), 0.0), RECONNECT_REFUSED);
        }
        let full = CloseReason::BindRefused(CommandStatus::ALREADY_BOUND);
        assert_eq!(ReconnectBackoff::new().pause(full, ReconnectPauses::default(), 1.0), RECONNECT_FIRST);
    }

    #[test]
    fn endless_failure_stays_at_a_minute() {
        let mut backoff = ReconnectBackoff { failures: u32::MAX };

        assert_eq!(backoff.pause(CloseReason::ConnectionLost, ReconnectPauses::default(), 1.0), RECONNECT_MAX);
    }
}
