//! Whose store it is.

use serde::{Deserialize, Serialize};
use volley_types::Partition;

use crate::StoreError;

/// The layout of a store. Raised when the meaning of what is stored changes; a row kind that is merely added does not count.
pub const STORE_FORMAT: u32 = 1;

/// What a store belongs to. Written when it is made, compared at each opening.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoreIdentity<'a> {
    /// Name of the service.
    pub service: &'a str,
    /// The partition, 0 where there is only one.
    pub partition: Partition,
    /// How many partitions the input has.
    pub partitions: u16,
    /// The log that positions in this store refer to.
    pub log: [u8; 16],
    /// Version of the function that makes subscribers out of addresses.
    pub canonicalisation_version: u16,
    /// Name of the hash that maps subscribers to partitions.
    pub hash: &'a str,
}

/// Whether the store has a write-ahead log: one kind is never opened as the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Durability {
    /// The event log can tell everything again.
    Replayed,
    /// A killed process keeps everything.
    Kept,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Stored {
    durability: Durability,
    service: String,
    partition: Partition,
    partitions: u16,
    log: [u8; 16],
    canonicalisation_version: u16,
    hash: String,
}

impl StoreIdentity<'_> {
    fn stored(&self, durability: Durability) -> Stored {
        Stored {
            durability,
            service: self.service.to_owned(),
            partition: self.partition,
            partitions: self.partitions,
            log: self.log,
            canonicalisation_version: self.canonicalisation_version,
            hash: self.hash.to_owned(),
        }
    }

    /// The identity row: the format as four octets, readable by every later format, then the rest.
    pub(crate) fn encode(&self, durability: Durability) -> Vec<u8> {
        let mut octets = STORE_FORMAT.to_be_bytes().to_vec();
        octets.extend(postcard::to_allocvec(&self.stored(durability)).expect("numbers and texts encode into memory"));
        octets
    }

    /// Compares with the identity row of the store at `place`.
    pub(crate) fn check(&self, durability: Durability, place: &str, row: &[u8]) -> Result<(), StoreError> {
        let corrupt = |what: &str| StoreError::Corrupt { place: place.to_owned(), what: what.to_owned() };
        let (format, rest) = row.split_first_chunk().ok_or_else(|| corrupt("its identity is cut short"))?;
        let found = u32::from_be_bytes(*format);
        if found != STORE_FORMAT {
            return Err(StoreError::Format { place: place.to_owned(), found, known: STORE_FORMAT });
        }
        let stored: Stored = postcard::from_bytes(rest).map_err(|_| corrupt("its identity does not decode"))?;
        match difference(&stored, &self.stored(durability)) {
            Some((what, found, wanted)) => Err(StoreError::Foreign { place: place.to_owned(), what, found, wanted }),
            None => Ok(()),
        }
    }
}

fn difference(found: &Stored, wanted: &Stored) -> Option<(&'static str, String, String)> {
    let texts = |identity: &Stored| {
        [
            ("the durability", format!("{:?}", identity.durability)),
            ("the service", identity.service.clone()),
            ("the log", identity.log.iter().map(|octet| format!("{octet:02x}")).collect()),
            ("the partition count", identity.partitions.to_string()),
            ("the partition", identity.partition.to_string()),
            ("the canonicalisation version", identity.canonicalisation_version.to_string()),
            ("the partition hash", identity.hash.clone()),
        ]
    };
    let pairs = texts(found).into_iter().zip(texts(wanted));
    pairs
        .map(|((what, found), (_, wanted))| (what, found, wanted))
        .find(|(_, found, wanted)| found != wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: StoreIdentity<'_> = StoreIdentity {
        service: "routing",
        partition: Partition(3),
        partitions: 8,
        log: [7; 16],
        canonicalisation_version: 1,
        hash: "xxh3-64",
    };

    fn refusal(stored: StoreIdentity<'_>) -> String {
        let row = stored.encode(Durability::Replayed);
        OURS.check(Durability::Replayed, "/state/3", &row).unwrap_err().to_string()
    }

    #[test]
    fn its_own_store_is_taken() {
        assert_eq!(OURS.check(Durability::Replayed, "/state/3", &OURS.encode(Durability::Replayed)), Ok(()));
    }

    #[test]
    fn every_difference_is_refused_and_named() {
        let cases = [
            (StoreIdentity { service: "correlation", ..OURS }, "the service correlation, wanted is routing"),
            (StoreIdentity { partition: Partition(4), ..OURS }, "the partition 4, wanted is 3"),
            (StoreIdentity { partitions: 16, ..OURS }, "the partition count 16, wanted is 8"),
            (StoreIdentity { log: [8; 16], ..OURS }, "the log 0808"),
            (StoreIdentity { canonicalisation_version: 2, ..OURS }, "the canonicalisation version 2, wanted is 1"),
            (StoreIdentity { hash: "murmur", ..OURS }, "the partition hash murmur, wanted is xxh3-64"),
        ];
        for (stored, words) in cases {
            let refusal = refusal(stored);
            assert!(refusal.contains(words), "{refusal}");
        }
    }

    #[test]
    fn another_format_is_refused_before_anything_else_is_read() {
        let mut row = OURS.encode(Durability::Replayed);
        row[3] = 9;
        row.truncate(6);
        let refused = OURS.check(Durability::Replayed, "/state/3", &row);
        assert_eq!(refused, Err(StoreError::Format { place: "/state/3".to_owned(), found: 9, known: 1 }));
    }

    #[test]
    fn a_durable_store_is_never_opened_as_a_replayed_one() {
        let row = OURS.encode(Durability::Kept);
        let refused = OURS.check(Durability::Replayed, "/state/3", &row);
        assert!(matches!(refused, Err(StoreError::Foreign { what: "the durability", .. })));
    }
}
