//! When to look at the timers, and whether a `Tick` is under way.
//!
//! Looking reads rows, so it is done at the time the next timer is due, soon after batches that may have set an earlier one, and
//! once a second. At most one `Tick` is under way.

use std::{future::poll_fn, task::Poll, time::Duration};

use tokio::time::Instant;
use volley_event_log::{AppendHandle, LogError};
use volley_types::Timestamp;

/// Longest time between two looks.
const LOOK_MAX: Duration = Duration::from_secs(1);

/// Shortest time between two looks while batches are being decided.
const LOOK_MIN: Duration = Duration::from_millis(50);

/// Shortest time between two Ticks while the partition's clock has not reached the timer (the log's clock is behind ours).
const TICK_MIN: Duration = Duration::from_millis(20);

pub(crate) struct Timer {
    look_at: Instant,
    looked_at: Instant,
    ticked_at: Option<Instant>,
    tick: Tick,
}

enum Tick {
    None,
    Appending(AppendHandle),
    Appended,
}

impl Timer {
    pub(crate) fn new(now: Instant) -> Self {
        Self { look_at: now, looked_at: now, ticked_at: None, tick: Tick::None }
    }

    /// When to look next; `None` while a Tick is under way, for deciding it makes us look again.
    pub(crate) fn look_at(&self) -> Option<Instant> {
        matches!(self.tick, Tick::None).then_some(self.look_at)
    }

    /// A batch was decided: it may have set a timer.
    pub(crate) fn batch_decided(&mut self) {
        self.look_at = self.look_at.min(self.looked_at + LOOK_MIN);
    }

    /// Our Tick was decided: more may be due.
    pub(crate) fn tick_decided(&mut self, now: Instant) {
        self.tick = Tick::None;
        self.look_at = now;
    }

    /// Takes note of when the next timer is due. Whether a Tick should be appended now.
    pub(crate) fn look(&mut self, instant: Instant, due: Option<Timestamp>, now: Timestamp, clock: Timestamp) -> bool {
        self.looked_at = instant;
        let pause = match due {
            Some(due) if due > now => Duration::from_millis(due.since(now).as_millis() + 1).min(LOOK_MAX),
            Some(due) if due > clock => self.pause_after_tick(instant),
            Some(_) => Duration::ZERO,
            None => LOOK_MAX,
        };
        self.look_at = instant + pause;
        pause.is_zero()
    }

    /// Our Tick is on its way.
    pub(crate) fn ticking(&mut self, instant: Instant, handle: AppendHandle) {
        self.ticked_at = Some(instant);
        self.tick = Tick::Appending(handle);
    }

    /// Waits until the log has our Tick; for ever when none is on its way.
    pub(crate) async fn appended(&mut self) -> Result<(), LogError> {
        poll_fn(|context| match &mut self.tick {
            Tick::Appending(handle) => handle.as_mut().poll(context).map(|appended| appended.map(drop)),
            Tick::None | Tick::Appended => Poll::Pending,
        })
        .await
    }

    /// The log has our Tick, or failed it: then the next look appends another.
    pub(crate) fn tick_appended(&mut self, instant: Instant, taken: bool) {
        (self.tick, self.look_at) = match taken {
            true => (Tick::Appended, self.look_at),
            false => (Tick::None, instant + LOOK_MAX),
        };
    }

    fn pause_after_tick(&self, instant: Instant) -> Duration {
        self.ticked_at
            .map_or(Duration::ZERO, |ticked_at| (ticked_at + TICK_MIN).saturating_duration_since(instant))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_micros(millis * 1_000)
    }

    #[tokio::test]
    async fn looks_again_when_the_timer_is_due_and_ticks_then() {
        let start = Instant::now();
        let mut timer = Timer::new(start);

        assert!(!timer.look(start, Some(at(300)), at(100), at(90)));
        assert_eq!(timer.look_at(), Some(start + Duration::from_millis(201)));
        assert!(!timer.look(start, None, at(100), at(90)));
        assert_eq!(timer.look_at(), Some(start + LOOK_MAX));
        assert!(timer.look(start, Some(at(300)), at(300), at(90)));
    }

    #[tokio::test]
    async fn one_tick_at_a_time() {
        let start = Instant::now();
        let mut timer = Timer::new(start);
        timer.ticking(start, Box::pin(std::future::pending()));
        assert_eq!(timer.look_at(), None);
        timer.tick_appended(start, true);
        assert_eq!(timer.look_at(), None);
        timer.tick_decided(start);
        assert_eq!(timer.look_at(), Some(start));
    }

    #[tokio::test]
    async fn a_log_whose_clock_is_behind_is_not_flooded_with_ticks() {
        let start = Instant::now();
        let mut timer = Timer::new(start);
        timer.ticking(start, Box::pin(std::future::pending()));
        timer.tick_decided(start);
        assert!(!timer.look(start, Some(at(300)), at(310), at(290)));
        assert!(timer.look(start, Some(at(280)), at(310), at(290)), "rows due by the partition's clock do not wait");
    }

    #[tokio::test]
    async fn batches_bring_the_look_forward() {
        let start = Instant::now();
        let mut timer = Timer::new(start);
        timer.look(start, None, at(0), at(0));
        timer.batch_decided();
        assert_eq!(timer.look_at(), Some(start + LOOK_MIN));
    }
}
