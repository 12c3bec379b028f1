//! Follows one append call until the broker has acknowledged its last record.
//!
//! librdkafka reports record by record; each report carries a pointer to its [`Share`], and the last one answers the
//! call: one answer for an append, not one for a record.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicI64, AtomicU64, AtomicUsize, Ordering},
};

use tokio::sync::oneshot;

use crate::{
    Appended, LogError,
    health::{Ticket, Unacknowledged},
};

/// What may be unacknowledged, over all producers.
pub(super) struct Window {
    records: AtomicUsize,
    bytes: AtomicUsize,
    records_max: usize,
    bytes_max: usize,
}

impl Window {
    pub(super) fn new(records_max: usize, bytes_max: usize) -> Self {
        Self { records: AtomicUsize::new(0), bytes: AtomicUsize::new(0), records_max, bytes_max }
    }

    /// Takes room for an append; an empty window has room for any.
    pub(super) fn reserve(&self, records: usize, bytes: usize) -> Result<(), LogError> {
        let before = (self.records.fetch_add(records, Ordering::AcqRel), self.bytes.fetch_add(bytes, Ordering::AcqRel));
        let over = if before.0 > 0 && before.0 + records > self.records_max {
            (before.0, self.records_max, "records")
        } else if before.1 > 0 && before.1 + bytes > self.bytes_max {
            (before.1, self.bytes_max, "octets")
        } else {
            return Ok(());
        };
        self.release(records, bytes);
        Err(LogError::Overloaded { waiting: over.0, limit: over.1, unit: over.2 })
    }

    fn release(&self, records: usize, bytes: usize) {
        self.records.fetch_sub(records, Ordering::AcqRel);
        self.bytes.fetch_sub(bytes, Ordering::AcqRel);
    }
}

/// One append call on its way.
pub(super) struct Call {
    records: usize,
    bytes: usize,
    /// Records without a report.
    left: AtomicUsize,
    bases: Vec<AtomicU64>,
    newest_ms: AtomicI64,
    end: Mutex<End>,
    window: Arc<Window>,
    unacknowledged: Arc<Unacknowledged>,
}

#[derive(Default)]
struct End {
    failure: Option<LogError>,
    ticket: Option<Ticket>,
    answer: Option<oneshot::Sender<Result<Appended, LogError>>>,
}

/// The part of a call that goes to one partition.
pub(super) struct Share {
    call: Arc<Call>,
    index: usize,
}

impl Call {
    /// Begins a call of `parts` partitions whose room in the window is taken.
    pub(super) fn begin(
        parts: usize,
        records: usize,
        bytes: usize,
        window: Arc<Window>,
        unacknowledged: Arc<Unacknowledged>,
    ) -> (Arc<Self>, oneshot::Receiver<Result<Appended, LogError>>) {
        let (answer, answered) = oneshot::channel();
        let end = End { failure: None, ticket: Some(unacknowledged.begin()), answer: Some(answer) };
        let call = Self {
            records,
            bytes,
            left: AtomicUsize::new(records),
            bases: (0..parts).map(|_| AtomicU64::new(u64::MAX)).collect(),
            newest_ms: AtomicI64::new(i64::MIN),
            end: Mutex::new(end),
            window,
            unacknowledged,
        };
        (Arc::new(call), answered)
    }

    pub(super) fn share(self: &Arc<Self>, index: usize) -> Arc<Share> {
        Arc::new(Share { call: self.clone(), index })
    }

    fn settle(&self, records: usize) {
        if self.left.fetch_sub(records, Ordering::AcqRel) != records {
            return;
        }
        self.window.release(self.records, self.bytes);
        let end = std::mem::take(&mut *self.end.lock().unwrap_or_else(PoisonError::into_inner));
        if let Some(ticket) = end.ticket {
            self.unacknowledged.end(ticket);
        }
        let outcome = end.failure.map_or_else(|| Ok(self.appended()), Err);
        if let Some(answer) = end.answer {
            // Who dropped the handle does not want to know.
            let _ = answer.send(outcome);
        }
    }

    fn appended(&self) -> Appended {
        Appended {
            base_offsets: self.bases.iter().map(|base| base.load(Ordering::Acquire)).collect(),
            append_time_us: self.newest_ms.load(Ordering::Acquire).saturating_mul(1_000),
        }
    }
}

impl Share {
    /// The broker has one of the records, at this offset since this time.
    pub(super) fn delivered(&self, offset: u64, append_time_ms: i64) {
        self.call.bases[self.index].fetch_min(offset, Ordering::AcqRel);
        self.call.newest_ms.fetch_max(append_time_ms, Ordering::AcqRel);
        self.call.settle(1);
    }

    /// So many of the records got no acknowledgement. The first reason is the one that is told.
    pub(super) fn failed(&self, records: usize, error: LogError) {
        self.call
            .end
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .failure
            .get_or_insert(error);
        self.call.settle(records);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begin(window: &Arc<Window>, records: usize) -> (Arc<Call>, oneshot::Receiver<Result<Appended, LogError>>) {
        window.reserve(records, records * 10).expect("the window has room");
        Call::begin(2, records, records * 10, window.clone(), Arc::new(Unacknowledged::new()))
    }

    #[test]
    fn the_last_report_answers_with_the_lowest_offset_of_each_partition() {
        let window = Arc::new(Window::new(10, 1_000));
        let (call, mut answered) = begin(&window, 3);
        let (first, second) = (call.share(0), call.share(1));

        first.delivered(8, 1_000);
        second.delivered(40, 1_002);
        assert!(answered.try_recv().is_err());
        first.delivered(7, 1_001);

        let appended = Appended { base_offsets: vec![7, 40], append_time_us: 1_002_000 };
        assert_eq!(answered.try_recv(), Ok(Ok(appended)));
    }

    #[test]
    fn one_failed_record_fails_the_call_after_all_are_reported() {
        let window = Arc::new(Window::new(10, 1_000));
        let (call, mut answered) = begin(&window, 3);

        call.share(0).failed(2, LogError::Closed);
        assert!(answered.try_recv().is_err());
        call.share(1).delivered(1, 1);

        assert_eq!(answered.try_recv(), Ok(Err(LogError::Closed)));
    }

    #[test]
    fn the_window_is_given_back_when_the_call_ends() {
        let window = Arc::new(Window::new(4, 1_000));
        let (call, _answered) = begin(&window, 3);

        assert_eq!(window.reserve(2, 1), Err(LogError::Overloaded { waiting: 3, limit: 4, unit: "records" }));
        assert!(window.reserve(1, 990).is_err());
        call.share(0).failed(3, LogError::Closed);

        assert_eq!(window.reserve(4, 1_000), Ok(()));
    }
}
