use std::time::Duration;

use super::CloseReason;
use crate::status::CommandStatus;

/// Pause before the first new connection.
pub const RECONNECT_FIRST: Duration = Duration::from_secs(1);

/// Pause that the doubling stops at.
pub const RECONNECT_MAX: Duration = Duration::from_secs(60);

/// Pause after a login refused for what only a person can put right: trying faster only locks the account.
pub const RECONNECT_REFUSED: Duration = Duration::from_secs(300);

/// How long to wait before connecting again: 1 s, doubling to 60 s, each spread by chance.
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
    pub fn pause(&mut self, reason: CloseReason, jitter: f64) -> Duration {
        let jitter = if jitter.is_nan() { 1.0 } else { jitter.clamp(0.0, 1.0) };
        let step = RECONNECT_FIRST
            .saturating_mul(1_u32.checked_shl(self.failures).unwrap_or(u32::MAX))
            .min(RECONNECT_MAX);
        self.failures = self.failures.saturating_add(1);
        match reason {
            CloseReason::BindRefused(status) if is_lasting_refusal(status) => {
                RECONNECT_REFUSED.mul_f64(1.0 + jitter / 10.0)
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
            .map(|_| backoff.pause(CloseReason::ConnectionLost, 1.0).as_secs())
            .collect();
        assert_eq!(seconds, [1, 2, 4, 8, 16, 32, 60, 60]);

        backoff.bound();
        assert_eq!(backoff.pause(CloseReason::PeerSilent, 1.0), RECONNECT_FIRST);
    }

    #[test]
    fn chance_shortens_a_pause_by_half_at_most() {
        let pause = |jitter| ReconnectBackoff::new().pause(CloseReason::ConnectionLost, jitter);

        assert_eq!(pause(0.0), Duration::from_millis(500));
        assert_eq!(pause(7.0), Duration::from_secs(1));
        assert_eq!(pause(f64::NAN), Duration::from_secs(1));
    }

    #[test]
    fn a_wrong_password_and_a_kind_of_session_that_is_not_served_wait_five_minutes() {
        for code in [0x03, 0x0E, 0x0F, 0x53] {
            let refused = CloseReason::BindRefused(CommandStatus(code));
            assert_eq!(ReconnectBackoff::new().pause(refused, 0.0), RECONNECT_REFUSED);
        }
        let full = CloseReason::BindRefused(CommandStatus::ALREADY_BOUND);
        assert_eq!(ReconnectBackoff::new().pause(full, 1.0), RECONNECT_FIRST);
    }

    #[test]
    fn endless_failure_stays_at_a_minute() {
        let mut backoff = ReconnectBackoff { failures: u32::MAX };

        assert_eq!(backoff.pause(CloseReason::ConnectionLost, 1.0), RECONNECT_MAX);
    }
}
