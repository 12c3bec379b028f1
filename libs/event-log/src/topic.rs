//! Topics: an ordered name space of logs, each split into a fixed number of partitions.

use std::{fmt, sync::Arc};

use crate::LogError;

/// The most partitions a topic may have.
pub const PARTITIONS_MAX: u32 = 1024;

/// The longest topic name, in characters (Kafka's own limit).
pub const TOPIC_NAME_MAX: usize = 249;

const HOUR_MS: u64 = 3_600_000;

/// A topic that exists. Cheap to clone; compared, ordered and hashed by name.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Topic(Arc<Described>);

#[derive(PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Described {
    name: String,
    partitions: u32,
}

impl Topic {
    /// Names a topic. Logs make these; a log under test or a stub may too.
    pub fn new(name: impl Into<String>, partitions: u32) -> Self {
        Self(Arc::new(Described { name: name.into(), partitions }))
    }

    /// The full name, such as `volley.routing.in.v1`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// How many partitions it has, for ever: `0..partitions` are valid.
    #[must_use]
    pub fn partitions(&self) -> u32 {
        self.0.partitions
    }
}

impl fmt::Debug for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Topic({} x{})", self.name(), self.partitions())
    }
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a topic must be like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicSpec {
    /// Letters, digits, `.`, `_` and `-`; at most [`TOPIC_NAME_MAX`] characters.
    pub name: String,
    /// 1 to [`PARTITIONS_MAX`]; cannot change later.
    pub partitions: u32,
    /// How long records are kept.
    pub retention: Retention,
}

/// How long records are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Retention {
    /// Until trimmed by [`EventLog::trim`](crate::EventLog::trim), if ever.
    Forever,
    /// At least this many milliseconds after the append; the log removes them some time later.
    AgeMs(u64),
}

impl Retention {
    /// Kept for this many hours.
    #[must_use]
    pub const fn hours(hours: u64) -> Self {
        Self::AgeMs(hours * HOUR_MS)
    }

    /// Kept for this many days.
    #[must_use]
    pub const fn days(days: u64) -> Self {
        Self::hours(days * 24)
    }
}

impl fmt::Display for Retention {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Forever => f.write_str("kept for ever"),
            Self::AgeMs(ms) => write!(f, "kept for {ms} ms"),
        }
    }
}

impl TopicSpec {
    /// A topic of this name, partition count and retention.
    pub fn new(name: impl Into<String>, partitions: u32, retention: Retention) -> Self {
        Self { name: name.into(), partitions, retention }
    }

    /// Checks name, partition count and retention.
    ///
    /// # Errors
    ///
    /// [`LogError::InvalidTopic`] naming what is wrong.
    pub fn validate(&self) -> Result<(), LogError> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        let reason = if self.name.is_empty() || self.name.len() > TOPIC_NAME_MAX {
            format!("its name must have 1 to {TOPIC_NAME_MAX} characters")
        } else if self.name == "." || self.name == ".." || !self.name.chars().all(allowed) {
            "its name may hold only letters, digits, '.', '_' and '-'".to_owned()
        } else if !(1..=PARTITIONS_MAX).contains(&self.partitions) {
            format!("it must have 1 to {PARTITIONS_MAX} partitions, not {}", self.partitions)
        } else if self.retention == Retention::AgeMs(0) {
            "a retention of 0 ms keeps nothing".to_owned()
        } else {
            return Ok(());
        };
        Err(LogError::InvalidTopic { topic: self.name.clone(), reason })
    }

    /// Compares with what exists under this name.
    ///
    /// # Errors
    ///
    /// [`LogError::TopicMismatch`] naming the first difference.
    pub fn verify(&self, partitions: u32, retention: Retention) -> Result<(), LogError> {
        let reason = if self.partitions != partitions {
            format!("it has {partitions} partitions, {} are wanted", self.partitions)
        } else if self.retention != retention {
            format!("it is {retention}, wanted is {}", self.retention)
        } else {
            return Ok(());
        };
        Err(LogError::TopicMismatch { topic: self.name.clone(), reason })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_counts_outside_the_limits_are_refused_in_words() {
        for (name, partitions) in [("", 1), ("a b", 1), ("..", 1), ("ok", 0), ("ok", PARTITIONS_MAX + 1)] {
            let refused = TopicSpec::new(name, partitions, Retention::Forever).validate();
            assert!(matches!(refused, Err(LogError::InvalidTopic { .. })), "{name:?} x{partitions}");
        }
        assert!(TopicSpec::new("volley.routing.in.v1", 8, Retention::Forever).validate().is_ok());
    }

    #[test]
    fn a_difference_is_named() {
        let spec = TopicSpec::new("t", 8, Retention::days(3));

        let count = spec.verify(4, Retention::days(3)).map_err(|error| error.to_string());
        let kept = spec.verify(8, Retention::Forever).map_err(|error| error.to_string());

        assert_eq!(count, Err("topic t is not as wanted: it has 4 partitions, 8 are wanted".to_owned()));
        assert_eq!(
            kept,
            Err("topic t is not as wanted: it is kept for ever, wanted is kept for 259200000 ms".to_owned())
        );
        assert_eq!(spec.verify(8, Retention::days(3)).ok(), Some(()));
    }
}
