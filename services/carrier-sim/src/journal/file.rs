//! The journal's file, written by a thread of its own so that no link waits for a disk.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::mem;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::Entry;

/// Milliseconds an entry waits for the file at most.
pub const FLUSH_INTERVAL_MS: u64 = 20;
/// Octets waiting for the file at most; then whoever has more to say waits for the disk.
const WAITING_OCTETS_MAX: usize = 16 * 1024 * 1024;

/// An open journal file. Dropping it writes what is left.
pub(crate) struct JournalFile {
    shared: Arc<Shared>,
    writer: Option<JoinHandle<()>>,
}

struct Shared {
    waiting: Mutex<Waiting>,
    changed: Condvar,
    broken: AtomicBool,
}

struct Waiting {
    lines: Vec<u8>,
    closing: bool,
}

impl JournalFile {
    /// Opens or makes the file; entries go to its end.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        let shared = Arc::new(Shared {
            waiting: Mutex::new(Waiting { lines: Vec::new(), closing: false }),
            changed: Condvar::new(),
            broken: AtomicBool::new(false),
        });
        let theirs = Arc::clone(&shared);
        let writer = thread::Builder::new()
            .name("carrier-sim-journal".into())
            .spawn(move || theirs.write_all(file))?;
        Ok(Self { shared, writer: Some(writer) })
    }

    pub(crate) fn append(&self, entry: &Entry) {
        let mut waiting = self.shared.lock();
        while waiting.lines.len() > WAITING_OCTETS_MAX && !self.is_broken() {
            waiting = self.shared.changed.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
        match serde_json::to_writer(&mut waiting.lines, entry) {
            Ok(()) => waiting.lines.push(b'\n'),
            Err(error) => self.shared.fail(&io::Error::other(error)),
        }
    }

    pub(crate) fn is_broken(&self) -> bool {
        self.shared.broken.load(Ordering::Relaxed)
    }
}

impl Drop for JournalFile {
    fn drop(&mut self) {
        self.shared.lock().closing = true;
        self.shared.changed.notify_all();
        if self.writer.take().is_some_and(|writer| writer.join().is_err()) {
            tracing::error!("the journal's writer panicked");
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The writer's life: sleep, take all lines, write them in one call.
    fn write_all(&self, mut file: File) {
        let mut lines = Vec::new();
        loop {
            let closing = {
                let pause = Duration::from_millis(FLUSH_INTERVAL_MS);
                let waiting = self.lock();
                let (mut waiting, _) = self
                    .changed
                    .wait_timeout_while(waiting, pause, |waiting| !waiting.closing)
                    .unwrap_or_else(PoisonError::into_inner);
                mem::swap(&mut waiting.lines, &mut lines);
                waiting.closing
            };
            self.changed.notify_all();
            if let Err(error) = file.write_all(&lines) {
                self.fail(&error);
            }
            lines.clear();
            if closing {
                break;
            }
        }
        if let Err(error) = file.sync_all() {
            self.fail(&error);
        }
    }

    fn fail(&self, error: &io::Error) {
        if !self.broken.swap(true, Ordering::Relaxed) {
            tracing::error!(%error, "the journal cannot be written: submits are refused from here on");
        }
        self.changed.notify_all();
    }
}
