//! Everything that happens later, in one heap.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::sync::Arc;
use std::time::Instant;

use tokio::sync::Notify;

use super::answers::Answer;
use crate::mo::Mo;
use crate::rule::RuleNumber;
use crate::timetable::TimetableLine;

/// What happens later.
pub(super) enum Due {
    /// A response goes out.
    Answer(Answer),
    /// A delivery joins its account's queue.
    Deliver { account: usize, delivery: u64 },
    /// The time of a message that is held has come.
    Reach { message: u64 },
    /// A person writes.
    Speak(Box<Mo>),
    /// A link is looked at: has the client been silent?
    Idle { link: u64 },
    /// An outage ends, if it is still that one.
    OutageEnds { outage: u64 },
    /// A line of the timetable happens.
    Line(Box<TimetableLine>),
    /// Responses go again, if it is still that pause.
    PauseEnds { pause: u64 },
    /// A rule is no longer in force.
    RuleEnds { rule: RuleNumber },
}

/// A heap of moments; equal moments keep the order they were set in.
pub(super) struct Timers {
    heap: BinaryHeap<Reverse<Timer>>,
    next_order: u64,
    earlier: Arc<Notify>,
}

impl Timers {
    /// `earlier` is notified when a timer is set before all others.
    pub(super) fn new(earlier: Arc<Notify>) -> Self {
        Self { heap: BinaryHeap::new(), next_order: 0, earlier }
    }

    pub(super) fn set(&mut self, at: Instant, due: Due) {
        if self.next().is_none_or(|next| at < next) {
            self.earlier.notify_one();
        }
        let order = self.next_order;
        self.next_order += 1;
        self.heap.push(Reverse(Timer { at, order, due }));
    }

    pub(super) fn next(&self) -> Option<Instant> {
        self.heap.peek().map(|Reverse(timer)| timer.at)
    }

    /// Takes the next thing that is due.
    pub(super) fn pop(&mut self, now: Instant) -> Option<Due> {
        if self.next()? > now {
            return None;
        }
        self.heap.pop().map(|Reverse(timer)| timer.due)
    }
}

struct Timer {
    at: Instant,
    order: u64,
    due: Due,
}

impl Ord for Timer {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.at, self.order).cmp(&(other.at, other.order))
    }
}

impl PartialOrd for Timer {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Timer {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Timer {}
