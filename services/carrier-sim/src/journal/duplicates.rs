//! Which segments were seen before.

use std::collections::{BTreeSet, VecDeque};

use xxhash_rust::xxh3::xxh3_64;

/// Segments remembered; the oldest is forgotten when one more comes.
pub(crate) const SEGMENTS_REMEMBERED_MAX: usize = 1_000_000;

/// A bounded memory of segments by hash.
#[derive(Default)]
pub(crate) struct Duplicates {
    known: BTreeSet<u64>,
    by_age: VecDeque<u64>,
}

impl Duplicates {
    /// Remembers a segment; true if it was known.
    pub(crate) fn see(&mut self, source: &str, destination: &str, data_coding: u8, octets: &[u8]) -> bool {
        let mut key = Vec::with_capacity(source.len() + destination.len() + octets.len() + 3);
        for part in [source.as_bytes(), destination.as_bytes(), octets] {
            key.extend_from_slice(part);
            key.push(0);
        }
        key.push(data_coding);
        let hash = xxh3_64(&key);
        if !self.known.insert(hash) {
            return true;
        }
        self.by_age.push_back(hash);
        if self.by_age.len() > SEGMENTS_REMEMBERED_MAX
            && let Some(oldest) = self.by_age.pop_front()
        {
            self.known.remove(&oldest);
        }
        false
    }
}
