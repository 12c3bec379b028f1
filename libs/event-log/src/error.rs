//! What can go wrong with a log, by what the caller can do about it.

/// Why a call on the log failed.
///
/// Cheap to clone: one failed write answers everybody who was in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LogError {
    /// The record holds more than [`RECORD_BYTES_MAX`](crate::RECORD_BYTES_MAX); nothing of the append was written.
    #[error("a record for {topic} has {bytes} octets, the limit is {limit}")]
    RecordTooLarge {
        /// Where it should have gone.
        topic: String,
        /// Its payload, octets.
        bytes: usize,
        /// The limit, octets.
        limit: usize,
    },
    /// One append holds more than [`APPEND_BYTES_MAX`](crate::APPEND_BYTES_MAX); nothing of it was written.
    #[error("an append has {bytes} octets, the limit is {limit}")]
    AppendTooLarge {
        /// Its payload, octets.
        bytes: usize,
        /// The limit, octets.
        limit: usize,
    },
    /// The record cannot be written for another reason; nothing of the append was written.
    #[error("a record for {topic} is not valid: {reason}")]
    InvalidRecord {
        /// Where it should have gone.
        topic: String,
        /// What is wrong.
        reason: String,
    },
    /// No topic of this name.
    #[error("there is no topic {topic}")]
    UnknownTopic {
        /// The name asked for.
        topic: String,
    },
    /// The topic has no such partition.
    #[error("topic {topic} has {partitions} partitions, there is no partition {partition}")]
    UnknownPartition {
        /// The topic.
        topic: String,
        /// The partition asked for.
        partition: u32,
        /// How many there are.
        partitions: u32,
    },
    /// The topic asked for can exist in no log.
    #[error("topic {topic} cannot be: {reason}")]
    InvalidTopic {
        /// The name asked for.
        topic: String,
        /// What is wrong.
        reason: String,
    },
    /// The topic is there, but not as wanted.
    #[error("topic {topic} is not as wanted: {reason}")]
    TopicMismatch {
        /// The topic.
        topic: String,
        /// What differs.
        reason: String,
    },
    /// The offset is not in the log: trimmed away, or not written yet. A stored position like this halts its owner.
    #[error("offset {offset} of {topic}/{partition} is not in the log, which holds {start}..{end}")]
    OffsetOutOfRange {
        /// The topic.
        topic: String,
        /// The partition.
        partition: u32,
        /// The offset asked for.
        offset: u64,
        /// The first offset there.
        start: u64,
        /// The offset after the last.
        end: u64,
    },
    /// The queue of appends is full; nothing was written. Try again later.
    #[error("the log is overloaded: {waiting} {unit} wait to be written, the bound is {limit}")]
    Overloaded {
        /// How much waits.
        waiting: usize,
        /// The bound it would pass.
        limit: usize,
        /// What is counted: `octets` or `records`.
        unit: &'static str,
    },
    /// The log cannot be reached or did not answer; whether an append was written is unknown. Try again later.
    #[error("the log is not available: {reason}")]
    Unavailable {
        /// What was being tried, and what came of it.
        reason: String,
    },
    /// What is stored is damaged. Nothing from the damaged place is served.
    #[error("the log is damaged: {reason}")]
    Corrupt {
        /// Where, and how it shows.
        reason: String,
    },
    /// The storage was written in a format this program does not know.
    #[error("the log at {place} has format {found}, this program reads format {known}")]
    WrongFormat {
        /// The directory.
        place: String,
        /// The format found.
        found: String,
        /// The format this program reads and writes.
        known: u32,
    },
    /// The log cannot be opened or used as configured; trying again does not help.
    #[error("the log cannot be used: {reason}")]
    Unusable {
        /// What is wrong, and with what.
        reason: String,
    },
    /// [`EventLog::close`](crate::EventLog::close) was called.
    #[error("the log is closed")]
    Closed,
}

impl LogError {
    /// Whether the same call may succeed later without anybody's help.
    #[must_use]
    pub fn is_retriable(&self) -> bool {
        match self {
            Self::Unavailable { .. } | Self::Overloaded { .. } => true,
            Self::RecordTooLarge { .. }
            | Self::AppendTooLarge { .. }
            | Self::InvalidRecord { .. }
            | Self::UnknownTopic { .. }
            | Self::UnknownPartition { .. }
            | Self::InvalidTopic { .. }
            | Self::TopicMismatch { .. }
            | Self::OffsetOutOfRange { .. }
            | Self::Corrupt { .. }
            | Self::WrongFormat { .. }
            | Self::Unusable { .. }
            | Self::Closed => false,
        }
    }

    pub(crate) fn unavailable(what: &str, cause: impl std::fmt::Display) -> Self {
        Self::Unavailable { reason: format!("{what}: {cause}") }
    }

    pub(crate) fn corrupt(what: impl std::fmt::Display) -> Self {
        Self::Corrupt { reason: what.to_string() }
    }
}
