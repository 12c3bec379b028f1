//! The carrier's own record of everything that arrived and everything it sent.
//!
//!   a fact --> counters --> the newest entries in memory --> the file, JSON Lines
//!
//! JRN-1: a fact is written down before its effect is put on a socket.
//! JRN-2: the file is whole after a stop; after a kill it lacks the last [`FLUSH_INTERVAL_MS`] at most.
//!
//! The file and the look-ups hold numbers and texts in full: that is what a witness is for. `Debug` shows neither.

mod counters;
mod duplicates;
mod entry;
mod file;

use std::collections::VecDeque;
use std::sync::Arc;

pub use counters::Counters;
pub use entry::{DeliveryKind, Entry, Fact, JournalFilter};
pub use file::FLUSH_INTERVAL_MS;
pub(crate) use file::JournalFile;

use crate::clock::Now;
use duplicates::Duplicates;

/// Counters, the newest entries, and the file.
pub(crate) struct Journal {
    pub(crate) counters: Counters,
    pub(crate) duplicates: Duplicates,
    entries: VecDeque<Entry>,
    entries_max: usize,
    next_position: u64,
    file: Option<JournalFile>,
}

impl Journal {
    pub(crate) fn new(entries_max: usize, file: Option<JournalFile>) -> Self {
        Self {
            counters: Counters::default(),
            duplicates: Duplicates::default(),
            entries: VecDeque::new(),
            entries_max,
            next_position: 0,
            file,
        }
    }

    /// Writes a fact down.
    pub(crate) fn record(&mut self, now: Now, account: &Arc<str>, bind: u64, fact: Fact) {
        let position = self.next_position;
        self.next_position += 1;
        let entry = Entry { position, at_us: now.unix_us, account: Arc::clone(account), bind, fact };
        if let Some(file) = &self.file {
            file.append(&entry);
        }
        if self.entries.len() >= self.entries_max {
            self.entries.pop_front();
        }
        if self.entries_max > 0 {
            self.entries.push_back(entry);
        }
    }

    /// Whether the file can no longer be written: a witness without a record must not take messages.
    pub(crate) fn is_broken(&self) -> bool {
        self.file.as_ref().is_some_and(JournalFile::is_broken)
    }

    /// The kept entries that fit, oldest first.
    pub(crate) fn find(&self, filter: &JournalFilter) -> Vec<Entry> {
        let limit = filter.limit.unwrap_or(usize::MAX);
        self.entries
            .iter()
            .filter(|entry| filter.fits(entry))
            .take(limit)
            .cloned()
            .collect()
    }

    /// Gives the file back for its last flush.
    pub(crate) fn take_file(&mut self) -> Option<JournalFile> {
        self.file.take()
    }
}
