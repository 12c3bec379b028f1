//! What configuration says about an account, as far as sending goes.

use volley_events::config::AccountConfig;

use crate::{account::BINDS_MAX, breaker::BreakerSettings, bucket::Slowing};

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
    /// Segments a second of each session; 0 is unlimited.
    pub segments_per_second_per_bind: u32,
    /// How it slows down.
    pub slowing: Slowing,
    /// When it rests.
    pub breaker: BreakerSettings,
}

/// What a carrier allows all its accounts at most. 0 is unlimited.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ContractLimits {
    /// Sessions.
    pub binds: u16,
    /// Unanswered segments a session.
    pub window: u16,
    /// Segments a second over all sessions.
    pub segments_per_second: u32,
    /// Segments a second of each session.
    pub segments_per_second_per_bind: u32,
}

impl AccountSettings {
    /// So wide and so fast, and careful as by default.
    #[must_use]
    pub const fn new(binds: u16, window: u16, segments_per_second: u32) -> Self {
        Self {
            binds,
            window,
            segments_per_second,
            segments_per_second_per_bind: 0,
            slowing: Slowing::DEFAULT,
            breaker: BreakerSettings::DEFAULT,
        }
    }

    /// The same within a contract.
    #[must_use]
    pub fn within(self, contract: ContractLimits) -> Self {
        Self {
            binds: within(self.binds, contract.binds),
            window: within(self.window, contract.window),
            segments_per_second: match self.segments_per_second {
                0 => contract.segments_per_second,
                own => within(own, contract.segments_per_second),
            },
            segments_per_second_per_bind: contract.segments_per_second_per_bind,
            ..self
        }
    }
}

/// The lesser, where a limit of 0 is none.
fn within<T: Ord + Default>(own: T, limit: T) -> T {
    if limit == T::default() { own } else { own.min(limit) }
}

impl From<&AccountConfig> for AccountSettings {
    /// Values beyond the limits are brought to them; a closed account holds no session.
    fn from(config: &AccountConfig) -> Self {
        let binds = if config.closed { 0 } else { config.binds.clamp(1, BINDS_MAX) };
        Self::new(binds, config.window.clamp(1, WINDOW_MAX), config.segments_per_second)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_contract_limits_an_account_and_never_widens_it() {
        let own = AccountSettings::new(4, 100, 0);
        assert_eq!(own.within(ContractLimits::default()), own);

        let contract =
            ContractLimits { binds: 2, window: 500, segments_per_second: 30, segments_per_second_per_bind: 20 };
        let limited = own.within(contract);
        assert_eq!((limited.binds, limited.window), (2, 100));
        assert_eq!((limited.segments_per_second, limited.segments_per_second_per_bind), (30, 20));
        let closed = AccountSettings { binds: 0, ..own };
        assert_eq!(closed.within(contract).binds, 0);
    }
}
