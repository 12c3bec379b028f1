//! What can go wrong with a store.

use volley_rows::RowError;
use volley_store_check::Damage;

/// What the operating system says of a full disk, and of a full share of one; RocksDB passes no number on.
const NO_ROOM: [&str; 2] = ["No space left on device", "Disk quota exceeded"];

/// Why a store could not be opened, read or written. None of these is helped by trying again at once; [`Full`](Self::Full) is, by
/// opening the store again once the disk has room.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Written by a program whose layout this one does not know.
    #[error("the store at {place} has format {found}, this program reads format {known}")]
    Format {
        /// Its directory.
        place: String,
        /// The format found.
        found: u32,
        /// The format this program reads and writes.
        known: u32,
    },
    /// The store of something else.
    #[error(
        "the store at {place} has {what} {found}, wanted is {wanted}: it belongs to something else and stays untouched"
    )]
    Foreign {
        /// Its directory.
        place: String,
        /// What differs: `the service`, `the log`, `the partition count` …
        what: &'static str,
        /// What the store says.
        found: String,
        /// What was asked for.
        wanted: String,
    },
    /// Something stored fails its checksum or does not decode.
    #[error("the store at {place} is damaged: {what}")]
    Corrupt {
        /// Its directory.
        place: String,
        /// Where, and how it shows.
        what: String,
    },
    /// The disk has no room. What was written last may not be there; what is there is whole.
    #[error("the disk under the store at {place} is full, as it was {doing}: {cause}")]
    Full {
        /// Its directory.
        place: String,
        /// What was being tried.
        doing: &'static str,
        /// RocksDB's own words.
        cause: String,
    },
    /// RocksDB refused, or the disk did.
    #[error("the store at {place} failed while {doing}: {cause}")]
    Engine {
        /// Its directory.
        place: String,
        /// What was being tried.
        doing: &'static str,
        /// RocksDB's own words.
        cause: String,
    },
}

impl StoreError {
    pub(crate) fn from_damage(place: &str, damage: &Damage) -> Self {
        let place = place.to_owned();
        match damage {
            Damage::File { .. } => Self::Corrupt { place, what: damage.to_string() },
            Damage::Unreadable { .. } => Self::Engine { place, doing: "looking for damage", cause: damage.to_string() },
        }
    }

    pub(crate) fn from_engine(place: &str, doing: &'static str, cause: &rocksdb::Error) -> Self {
        let place = place.to_owned();
        match cause.kind() {
            rocksdb::ErrorKind::Corruption => Self::Corrupt { place, what: format!("while {doing}: {cause}") },
            rocksdb::ErrorKind::IOError if NO_ROOM.iter().any(|words| cause.as_ref().contains(words)) => {
                Self::Full { place, doing, cause: cause.to_string() }
            }
            _ => Self::Engine { place, doing, cause: cause.to_string() },
        }
    }
}

impl From<StoreError> for RowError {
    fn from(error: StoreError) -> Self {
        Self::Store(Box::new(error))
    }
}
