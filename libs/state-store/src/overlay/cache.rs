//! Rows as RocksDB holds them, kept in memory: those just written, those just read, and those just found not to be there.

use rustc_hash::FxHashMap;

use super::pending::{Key, Value};

/// Most rows of one generation; there are two.
pub const CACHE_ROWS_MAX: usize = 16_384;

/// Most octets of one generation.
pub const CACHE_BYTES_MAX: usize = 4 << 20;

/// Two generations: what is used moves to the young one, and what was not used while that one filled up goes.
///
/// An absent row has the value `None`: nearly every row is looked for once before it is made.
#[derive(Default)]
pub(super) struct Cache {
    young: FxHashMap<Key, Option<Value>>,
    old: FxHashMap<Key, Option<Value>>,
    young_bytes: usize,
}

fn octets(key: &Key, value: Option<&Value>) -> usize {
    key.len() + value.map_or(0, |value| value.len())
}

impl Cache {
    /// What RocksDB holds under a key, as far as that is known here.
    pub(super) fn get(&mut self, key: &[u8]) -> Option<Option<Value>> {
        if let Some(value) = self.young.get(key) {
            return Some(value.clone());
        }
        let (key, value) = self.old.remove_entry(key)?;
        self.insert(key, value.clone());
        Some(value)
    }

    /// Takes a row in that is not there.
    pub(super) fn insert(&mut self, key: Key, value: Option<Value>) {
        let bytes = octets(&key, value.as_ref());
        if self.young.len() >= CACHE_ROWS_MAX || self.young_bytes + bytes > CACHE_BYTES_MAX {
            let young = FxHashMap::with_capacity_and_hasher(self.young.len(), Default::default());
            self.old = std::mem::replace(&mut self.young, young);
            self.young_bytes = 0;
        }
        debug_assert!(!self.old.contains_key(&key), "one key has two values");
        self.young_bytes += bytes;
        let replaced = self.young.insert(key, value);
        debug_assert!(replaced.is_none(), "a row is there already");
    }

    /// Takes a row out, because it changes.
    pub(super) fn remove(&mut self, key: &[u8]) -> Option<Option<Value>> {
        match self.young.remove_entry(key) {
            Some((key, value)) => {
                self.young_bytes -= octets(&key, value.as_ref());
                Some(value)
            }
            None => self.old.remove(key),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn key(number: usize) -> Key {
        Key::from_slice(&number.to_be_bytes())
    }

    #[test]
    fn what_is_used_stays_and_the_rest_goes_after_two_generations() {
        let mut cache = Cache::default();
        let value: Value = Arc::from(b"v".as_slice());
        for number in 0..=2 * CACHE_ROWS_MAX {
            cache.insert(key(number), Some(value.clone()));
            assert!(cache.get(&key(0)).is_some(), "{number}");
        }
        assert!(cache.get(&key(1)).is_none());
        assert!(cache.young.len() <= CACHE_ROWS_MAX && cache.old.len() <= CACHE_ROWS_MAX);
    }

    #[test]
    fn large_rows_fill_a_generation_by_their_octets() {
        let mut cache = Cache::default();
        let value: Value = Arc::from(vec![0; CACHE_BYTES_MAX / 4]);
        for number in 0..9 {
            cache.insert(key(number), Some(value.clone()));
        }
        assert!(cache.young.len() + cache.old.len() <= 6);
        assert!(cache.young_bytes <= CACHE_BYTES_MAX);
    }

    #[test]
    fn a_row_taken_out_is_in_neither_generation() {
        let mut cache = Cache::default();
        cache.insert(key(1), Some(Arc::from(b"v".as_slice())));
        assert!(cache.remove(&key(1)).is_some());
        assert!(cache.get(&key(1)).is_none());
        assert_eq!(cache.young_bytes, 0);
    }

    #[test]
    fn that_a_row_is_absent_is_known_too() {
        let mut cache = Cache::default();
        cache.insert(key(1), None);
        assert_eq!(cache.get(&key(1)), Some(None));
        assert_eq!(cache.remove(&key(1)), Some(None));
        assert_eq!(cache.get(&key(1)), None);
        assert_eq!(cache.young_bytes, 0);
    }
}
