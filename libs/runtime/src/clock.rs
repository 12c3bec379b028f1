//! Time, handed to the rest of the program as plain numbers.
//!
//! Two clocks, never mixed: wall time, for what is written down, and monotonic time, for how long something took or may still take.

use std::{
    fs, io,
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use rustix::time::{ClockId, clock_gettime};

/// Where the kernel shows the id of the running boot.
const BOOT_ID_PATH: &str = "/proc/sys/kernel/random/boot_id";

/// A source of time: the system's, or one that a test moves by hand. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Clock(Source);

#[derive(Clone, Debug, Default)]
enum Source {
    #[default]
    System,
    Manual(Arc<ManualClock>),
}

impl Clock {
    /// The clock of the machine.
    #[must_use]
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// Wall time in Unix microseconds, UTC. It may jump when the machine's clock is set.
    #[must_use]
    pub fn now_us(&self) -> i64 {
        match &self.0 {
            Source::System => system_now_us(),
            Source::Manual(clock) => clock.wall_us.load(Ordering::SeqCst),
        }
    }

    /// Microseconds since some fixed moment (for the machine's clock: its boot, time asleep included). It never goes back, so
    /// it is the one for deadlines; a machine that was suspended does not believe that no time has passed.
    #[must_use]
    pub fn monotonic_us(&self) -> u64 {
        match &self.0 {
            Source::System => system_monotonic_us(),
            Source::Manual(clock) => clock.monotonic_us.load(Ordering::SeqCst),
        }
    }
}

/// A clock that stands still until a test moves it.
#[derive(Debug)]
pub struct ManualClock {
    wall_us: AtomicI64,
    monotonic_us: AtomicU64,
}

impl ManualClock {
    /// A clock whose wall time is `wall_us` (Unix microseconds) and whose monotonic time is zero.
    #[must_use]
    pub fn at(wall_us: i64) -> Arc<Self> {
        Arc::new(Self { wall_us: AtomicI64::new(wall_us), monotonic_us: AtomicU64::new(0) })
    }

    /// The handle that the code under test reads.
    #[must_use]
    pub fn clock(self: &Arc<Self>) -> Clock {
        Clock(Source::Manual(Arc::clone(self)))
    }

    /// Lets time pass, on both clocks.
    pub fn advance(&self, span: Duration) {
        let span_us = i64::try_from(span.as_micros()).unwrap_or(i64::MAX);
        self.wall_us.fetch_add(span_us, Ordering::SeqCst);
        self.monotonic_us.fetch_add(span_us.unsigned_abs(), Ordering::SeqCst);
    }

    /// Sets wall time (Unix microseconds), backwards too, as an administrator may; monotonic time does not notice.
    pub fn set_wall_us(&self, wall_us: i64) {
        self.wall_us.store(wall_us, Ordering::SeqCst);
    }
}

/// The id the kernel drew at this boot: equal ids mean that the machine was not restarted in between.
///
/// # Errors
/// When the kernel's file cannot be read, as on systems other than Linux.
pub fn boot_id() -> io::Result<String> {
    Ok(fs::read_to_string(BOOT_ID_PATH)?.trim().to_owned())
}

/// A machine whose clock stands before 1970 is taken to be at 1970.
fn system_now_us() -> i64 {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since_epoch.as_micros()).unwrap_or(i64::MAX)
}

fn system_monotonic_us() -> u64 {
    let time = clock_gettime(ClockId::Boottime);
    let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
    let nanoseconds = u64::try_from(time.tv_nsec).unwrap_or_default();
    seconds * 1_000_000 + nanoseconds / 1_000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn manual_clock_moves_only_when_told() {
        let manual = ManualClock::at(1_700_000_000_000_000);
        let clock = manual.clock();
        assert_eq!((clock.now_us(), clock.monotonic_us()), (1_700_000_000_000_000, 0));

        manual.advance(Duration::from_millis(1_500));

        assert_eq!((clock.now_us(), clock.monotonic_us()), (1_700_000_001_500_000, 1_500_000));
    }

    #[test]
    fn setting_the_wall_clock_back_leaves_monotonic_time_alone() {
        let manual = ManualClock::at(1_000);
        manual.advance(Duration::from_micros(10));

        manual.set_wall_us(500);

        assert_eq!((manual.clock().now_us(), manual.clock().monotonic_us()), (500, 10));
    }

    #[test]
    fn system_clock_is_in_this_century_and_goes_forward() {
        let clock = Clock::system();
        let (earlier_us, year_2020_us) = (clock.monotonic_us(), 1_577_836_800_000_000);
        assert!(clock.now_us() > year_2020_us);
        assert!(clock.monotonic_us() >= earlier_us);
    }

    #[test]
    fn boot_id_is_the_same_twice_and_looks_like_one() {
        let boot = boot_id().expect("Linux shows its boot id");
        assert_eq!(boot, boot_id().expect("Linux shows its boot id"));
        assert_eq!(boot.len(), 36);
    }
}
