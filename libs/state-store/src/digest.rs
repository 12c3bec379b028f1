//! One number for all rows: two stores with equal digests hold equal rows.

use std::fmt;

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_128;

/// Every so many input offsets the rows are written exactly there, and their digest is kept for comparing with a replay.
pub const DIGEST_EVERY: u64 = 16_384;

/// The sum of the digests of all rows: it does not matter in which order, or in how many steps, they came to be.
#[derive(Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Digest([u8; 16]);

/// The digest at a fixed offset, a multiple of [`DIGEST_EVERY`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FixedDigest {
    /// The next input offset at that point.
    pub position: u64,
    /// Of the rows as of there.
    pub digest: Digest,
}

impl Digest {
    /// The 16 octets.
    pub const fn to_bytes(self) -> [u8; 16] {
        self.0
    }

    pub(crate) fn with(self, row: RowDigest) -> Self {
        Self(u128::from_be_bytes(self.0).wrapping_add(row.0).to_be_bytes())
    }

    pub(crate) fn without(self, row: RowDigest) -> Self {
        Self(u128::from_be_bytes(self.0).wrapping_sub(row.0).to_be_bytes())
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

/// What one row adds to the digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RowDigest(u128);

/// Hashes rows; keeps its buffer between them.
#[derive(Debug, Default)]
pub(crate) struct RowHasher(Vec<u8>);

impl RowHasher {
    /// The hash of key and value, with the key's length before them so that no octet can change sides.
    pub(crate) fn hash(&mut self, key: &[u8], value: &[u8]) -> RowDigest {
        self.0.clear();
        self.0.extend_from_slice(&(key.len() as u64).to_be_bytes());
        self.0.extend_from_slice(key);
        self.0.extend_from_slice(value);
        RowDigest(xxh3_128(&self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_rows_does_not_matter_and_each_can_be_taken_out_again() {
        let mut hasher = RowHasher::default();
        let (a, b) = (hasher.hash(b"a", b"1"), hasher.hash(b"b", b"2"));
        let empty = Digest::default();

        assert_eq!(empty.with(a).with(b), empty.with(b).with(a));
        assert_eq!(empty.with(a).with(b).without(a), empty.with(b));
        assert_ne!(empty.with(a), empty.with(b));
    }

    #[test]
    fn an_octet_that_moves_from_key_to_value_changes_the_digest() {
        let mut hasher = RowHasher::default();
        assert_ne!(hasher.hash(b"ab", b"c"), hasher.hash(b"a", b"bc"));
    }
}
