//! How many attempts routing may leave unsettled with an account, per lane and routing partition.
//!
//! Enough to keep windows and rate busy while settlements travel, and no more: what waits here cannot be taken back cheaply.

use volley_events::Allowance;
use volley_types::{AccountId, Lane, Partition};

use crate::{settings::AccountSettings, time::Now};

/// Most attempts of one lane that may be unsettled, over all partitions (but for at least one a partition).
pub const ALLOWANCE_TOTAL_MAX: u32 = 8_192;

/// Unsettled attempts for an account without a rate: less than a second of what one carrier link can take. With half of it three in
/// ten messages were parked at full load, each for an instant.
const UNLIMITED_TOTAL: u32 = ALLOWANCE_TOTAL_MAX;

/// Windows that may be unsettled: one on its way and one whose results travel.
const WINDOWS: u32 = 2;

/// Seconds of the rate that may be unsettled.
const RATE_SECONDS: u32 = 2;

/// How often an allowance is said again though nothing changed, in microseconds.
pub const ALLOWANCE_REPEAT_US: u64 = 30_000_000;

/// What was last told to routing.
#[derive(Debug)]
pub struct Allowances {
    /// Start time of this run, microseconds.
    run: u64,
    revision: u64,
    partitions: u16,
    told: Option<(u32, u64)>,
}

impl Allowances {
    /// Nothing was told yet. `run` is the start time of this run of egress in microseconds; `partitions` those of routing.
    pub fn new(run: u64, partitions: u16) -> Self {
        Self { run, revision: 0, partitions: partitions.max(1), told: None }
    }

    /// What must be told now: all of it when it changed, or 30 s after it was last told.
    pub fn due(
        &mut self,
        account: &AccountId,
        settings: &AccountSettings,
        binds_up: u16,
        now: Now,
    ) -> Vec<(Partition, Allowance)> {
        let allowed = allowed(settings, binds_up, self.partitions);
        let told_lately =
            |(told, at_us): (u32, u64)| told == allowed && now.monotonic_us < at_us.saturating_add(ALLOWANCE_REPEAT_US);
        if self.told.is_some_and(told_lately) {
            return Vec::new();
        }
        self.told = Some((allowed, now.monotonic_us));
        self.revision += 1;
        let (run, revision) = (self.run, self.revision);
        let of_partition = |partition| {
            Lane::ALL.map(|lane| {
                (Partition(partition), Allowance { account: account.clone(), lane, run, revision, allowed })
            })
        };
        (0..self.partitions).flat_map(of_partition).collect()
    }
}

/// For one lane and one partition: 0 without a bind, else at least 1.
fn allowed(settings: &AccountSettings, binds_up: u16, partitions: u16) -> u32 {
    if binds_up == 0 {
        return 0;
    }
    let windows = WINDOWS * u32::from(settings.window) * u32::from(binds_up);
    let by_rate = match settings.segments_per_second {
        0 => UNLIMITED_TOTAL,
        rate => rate.saturating_mul(RATE_SECONDS),
    };
    windows
        .max(by_rate)
        .min(ALLOWANCE_TOTAL_MAX)
        .div_ceil(u32::from(partitions))
        .max(1)
}

#[cfg(test)]
mod tests {
    use volley_types::Timestamp;

    use super::*;

    const SETTINGS: AccountSettings = AccountSettings::new(2, 100, 0);

    fn at(seconds: u64) -> Now {
        Now { wall: Timestamp::from_micros(0), monotonic_us: seconds * 1_000_000 }
    }

    fn account() -> AccountId {
        AccountId::new("acme-1").unwrap()
    }

    #[test]
    fn there_is_none_without_a_bind_and_at_least_one_with_it() {
        assert_eq!(allowed(&SETTINGS, 0, 8), 0);
        let slow = AccountSettings { window: 1, segments_per_second: 1, ..SETTINGS };
        assert_eq!(allowed(&slow, 1, 8), 1);
        assert_eq!(allowed(&SETTINGS, 1, 8), 1_024);
        let fast = AccountSettings { window: 1_000, segments_per_second: 1_000_000, ..SETTINGS };
        assert_eq!(allowed(&fast, 16, 8), 1_024);
    }

    #[test]
    fn it_is_told_at_start_on_change_and_again_after_a_while() {
        let mut allowances = Allowances::new(77, 8);
        let first = allowances.due(&account(), &SETTINGS, 0, at(0));
        assert_eq!(first.len(), 24, "three lanes, eight partitions");
        assert!(
            first
                .iter()
                .all(|(_, told)| (told.run, told.revision, told.allowed) == (77, 1, 0))
        );
        assert!(allowances.due(&account(), &SETTINGS, 0, at(29)).is_empty());

        let changed = allowances.due(&account(), &SETTINGS, 1, at(29));
        assert!(changed.iter().all(|(_, told)| (told.revision, told.allowed) == (2, 1_024)));
        assert!(allowances.due(&account(), &SETTINGS, 1, at(58)).is_empty());
        assert!(
            allowances
                .due(&account(), &SETTINGS, 1, at(59))
                .iter()
                .all(|(_, told)| told.revision == 3)
        );
    }
}
