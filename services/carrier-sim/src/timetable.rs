//! What a carrier does by the clock, without hands: so that whoever has its configuration sees the same.

use serde::{Deserialize, Serialize};

use crate::carrier::Outage;
use crate::config::ConfigError;
use crate::pattern::Pattern;
use crate::rule::Rule;

/// Lines of a timetable at most.
pub const TIMETABLE_MAX: usize = 1_024;
/// Milliseconds between two times that a line happens, at least.
pub const EVERY_MS_MIN: u64 = 100;

/// One line: something that happens, once or again and again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimetableLine {
    /// Milliseconds from now, or from the carrier's start, to the first time.
    pub after_ms: u64,
    /// Milliseconds from each time to the next, at least [`EVERY_MS_MIN`]; without it there is no next.
    #[serde(default)]
    pub every_ms: Option<u64>,
    /// What happens.
    pub event: Event,
}

/// What happens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Event {
    /// The carrier is not there for a while.
    Outage {
        /// How.
        kind: Outage,
        /// Milliseconds until it is back.
        lasts_ms: u64,
    },
    /// Every link is cut without a word.
    CutLinks,
    /// Responses to submits are kept back for a while; a link that ends meanwhile takes them along.
    PauseResponses {
        /// Milliseconds.
        lasts_ms: u64,
    },
    /// A rule is in force for a while, ahead of all others.
    Rule {
        /// The numbers dialled.
        number: Pattern,
        /// What becomes of messages to them.
        rule: Box<Rule>,
        /// Milliseconds.
        lasts_ms: u64,
    },
}

impl TimetableLine {
    /// Something that happens once.
    pub const fn once(after_ms: u64, event: Event) -> Self {
        Self { after_ms, every_ms: None, event }
    }

    /// Checks what the types cannot.
    ///
    /// # Errors
    /// When it would happen without pause.
    pub fn check(&self) -> Result<(), ConfigError> {
        match self.every_ms {
            Some(every_ms) if every_ms < EVERY_MS_MIN => Err(ConfigError::TooOften { every_ms }),
            _ => Ok(()),
        }
    }
}
