//! The appends that wait for the writer, in the order of the calls, bounded in octets.

use std::{
    collections::VecDeque,
    mem,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::oneshot;

use super::{batch::Body, partition::Partition};
use crate::{Appended, LogError, health::Ticket};

/// What a waiting append takes beside its octets, roughly; so that many small ones are bounded too.
const APPEND_OVERHEAD_BYTES: usize = 256;

/// One append call.
pub(super) struct Waiting {
    pub(super) parts: Vec<Part>,
    pub(super) answer: oneshot::Sender<Result<Appended, LogError>>,
    pub(super) ticket: Ticket,
}

/// The records of one append call for one partition.
pub(super) struct Part {
    pub(super) partition: Arc<Partition>,
    pub(super) body: Body,
}

impl Waiting {
    pub(super) fn weight(&self) -> usize {
        self.parts.iter().map(|part| part.body.len()).sum::<usize>() + APPEND_OVERHEAD_BYTES
    }
}

pub(super) struct AppendQueue {
    state: Mutex<State>,
    filled: Condvar,
    bytes_max: usize,
}

struct State {
    waiting: VecDeque<Waiting>,
    /// Octets waiting or being written.
    bytes: usize,
    /// Why no more are taken.
    refusal: Option<LogError>,
    /// None will be taken again.
    is_closed: bool,
}

impl AppendQueue {
    pub(super) fn new(bytes_max: usize) -> Self {
        let state = State { waiting: VecDeque::new(), bytes: 0, refusal: None, is_closed: false };
        Self { state: Mutex::new(state), filled: Condvar::new(), bytes_max }
    }

    /// Puts the append at the end, if there is room; gives it back with the reason if not. An empty queue has room for any.
    pub(super) fn push(&self, append: Waiting) -> Result<(), (LogError, Waiting)> {
        let weight = append.weight();
        let mut state = self.lock();
        if let Some(refusal) = &state.refusal {
            return Err((refusal.clone(), append));
        }
        if state.bytes > 0 && state.bytes + weight > self.bytes_max {
            let full = LogError::Overloaded { waiting: state.bytes, limit: self.bytes_max, unit: "octets" };
            return Err((full, append));
        }
        state.bytes += weight;
        state.waiting.push_back(append);
        drop(state);
        self.filled.notify_one();
        Ok(())
    }

    /// Waits for appends and takes them, up to about `bytes_max` octets; `None` once closed and empty.
    pub(super) fn take(&self, bytes_max: usize) -> Option<Vec<Waiting>> {
        let mut state = self.lock();
        while state.waiting.is_empty() {
            if state.is_closed {
                return None;
            }
            state = self.filled.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        let mut group = Vec::with_capacity(state.waiting.len());
        let mut bytes = 0;
        while bytes < bytes_max
            && let Some(append) = state.waiting.pop_front()
        {
            bytes += append.weight();
            group.push(append);
        }
        Some(group)
    }

    /// Makes room again after a group of this weight was written.
    pub(super) fn release(&self, bytes: usize) {
        self.lock().bytes -= bytes;
    }

    /// Takes no more appends; those that wait are still written. A first reason stays.
    pub(super) fn close(&self, refusal: LogError) {
        let mut state = self.lock();
        state.is_closed = true;
        state.refusal.get_or_insert(refusal);
        drop(state);
        self.filled.notify_all();
    }

    /// Takes no appends until it is [opened](Self::open) again, and hands out those that wait. For when the writer has none in hand
    /// that it could still write.
    pub(super) fn fence(&self, refusal: LogError) -> Vec<Waiting> {
        let mut state = self.lock();
        state.refusal = Some(refusal);
        state.bytes = 0;
        mem::take(&mut state.waiting).into()
    }

    /// Takes appends again after [`fence`](Self::fence), unless it was closed meanwhile.
    pub(super) fn open(&self) {
        let mut state = self.lock();
        if !state.is_closed {
            state.refusal = None;
        }
    }

    /// Waits so long, or until it is closed; `true` when it is.
    pub(super) fn closed_within(&self, pause: Duration) -> bool {
        let waited = self.filled.wait_timeout_while(self.lock(), pause, |state| !state.is_closed);
        waited.unwrap_or_else(PoisonError::into_inner).0.is_closed
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
