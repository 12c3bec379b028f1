//! What configuration says about an account, as far as sending goes.

use volley_events::config::AccountConfig;

use crate::account::BINDS_MAX;

/// Most unanswered segments a bind may be configured for.
const WINDOW_MAX: u16 = 1_000;

/// How wide and how fast an account sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccountSettings {
    /// Sessions to hold; 0 when the account is closed, at most [`BINDS_MAX`].
    pub binds: u16,
    /// Unanswered segments a session, 1 to 1 000.
    pub window: u16,
    /// Segments a second over all sessions; 0 is unlimited.
    pub segments_per_second: u32,
}

impl From<&AccountConfig> for AccountSettings {
    /// Values beyond the limits are brought to them; a closed account holds no session.
    fn from(config: &AccountConfig) -> Self {
        Self {
            binds: if config.closed { 0 } else { config.binds.clamp(1, BINDS_MAX) },
            window: config.window.clamp(1, WINDOW_MAX),
            segments_per_second: config.segments_per_second,
        }
    }
}
