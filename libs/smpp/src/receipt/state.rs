use std::fmt;

/// The state of a message at its carrier (SMPP 3.4 §5.2.28; 0 and 9 are of 5.0 §4.7.15).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum MessageState {
    /// Waits for its scheduled time.
    Scheduled = 0,
    /// On its way.
    Enroute = 1,
    /// The phone has it.
    Delivered = 2,
    /// Its validity ran out.
    Expired = 3,
    /// Somebody deleted it.
    Deleted = 4,
    /// It cannot be delivered.
    Undeliverable = 5,
    /// By the specification read by customer care; carriers mean "taken by the next hop".
    Accepted = 6,
    /// The carrier does not know, or uses a word of its own.
    Unknown = 7,
    /// It was refused.
    Rejected = 8,
    /// It was left out on purpose.
    Skipped = 9,
}

impl MessageState {
    const NAMES: [(Self, &'static str); 10] = [
        (Self::Scheduled, "SCHEDULED"),
        (Self::Enroute, "ENROUTE"),
        (Self::Delivered, "DELIVERED"),
        (Self::Expired, "EXPIRED"),
        (Self::Deleted, "DELETED"),
        (Self::Undeliverable, "UNDELIVERABLE"),
        (Self::Accepted, "ACCEPTED"),
        (Self::Unknown, "UNKNOWN"),
        (Self::Rejected, "REJECTED"),
        (Self::Skipped, "SKIPPED"),
    ];

    /// Words that carriers write besides the full names.
    const WORDS: [(&'static str, Self); 11] = [
        ("DELIVRD", Self::Delivered),
        ("UNDELIV", Self::Undeliverable),
        ("UNDELIVERED", Self::Undeliverable),
        ("UNDELIVRD", Self::Undeliverable),
        ("ACCEPTD", Self::Accepted),
        ("ACKED", Self::Accepted),
        ("REJECTD", Self::Rejected),
        ("BUFFRED", Self::Enroute),
        ("BUFFERD", Self::Enroute),
        ("BUFFERED", Self::Enroute),
        ("SCHEDLD", Self::Scheduled),
    ];

    /// The state that a `message_state` parameter means; `None` for values without one.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Self::NAMES.get(usize::from(code)).map(|(state, _)| *state)
    }

    /// The state that a `stat:` word means, in any case; `None` for words of the carrier's own.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        let named = Self::NAMES.iter().find(|(_, name)| word.eq_ignore_ascii_case(name));
        let written = Self::WORDS.iter().find(|(known, _)| word.eq_ignore_ascii_case(known));
        named.map(|(state, _)| *state).or(written.map(|(_, state)| *state))
    }

    /// The name, `UNDELIVERABLE`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        // The array is in the order of the values.
        Self::NAMES[self as usize].1
    }

    /// Whether the carrier will say nothing more: not so for SCHEDULED, ENROUTE and ACCEPTED.
    #[must_use]
    pub const fn is_final(self) -> bool {
        !matches!(self, Self::Scheduled | Self::Enroute | Self::Accepted)
    }

    /// What we conclude from the state.
    #[must_use]
    pub const fn outcome(self) -> Outcome {
        match self {
            Self::Scheduled | Self::Enroute | Self::Accepted => Outcome::Enroute,
            Self::Delivered => Outcome::Delivered,
            Self::Expired => Outcome::Failed(FailureKind::Expired),
            Self::Deleted => Outcome::Failed(FailureKind::Deleted),
            Self::Undeliverable => Outcome::Failed(FailureKind::Undeliverable),
            Self::Unknown => Outcome::Unknown,
            Self::Rejected => Outcome::Failed(FailureKind::Rejected),
            Self::Skipped => Outcome::Failed(FailureKind::Skipped),
        }
    }
}

impl fmt::Display for MessageState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a receipt's state means for the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// Nothing is decided yet.
    Enroute,
    /// The phone has it, or for some networks the carrier of the far side.
    Delivered,
    /// It will not arrive.
    Failed(FailureKind),
    /// Nobody knows; a later receipt may.
    Unknown,
}

/// Why a message will not arrive, as far as the state tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FailureKind {
    /// Its validity ran out.
    Expired,
    /// Somebody deleted it.
    Deleted,
    /// It cannot be delivered.
    Undeliverable,
    /// It was refused.
    Rejected,
    /// It was left out on purpose.
    Skipped,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_names_go_both_ways() {
        for code in 0..=9 {
            let state = MessageState::from_code(code).expect("0 to 9 are states");
            assert_eq!(state as u8, code);
            assert_eq!(MessageState::from_word(state.as_str()), Some(state));
        }
        assert_eq!(MessageState::from_code(10), None);
    }

    #[test]
    fn accepted_is_not_the_end() {
        assert!(!MessageState::Accepted.is_final());
        assert_eq!(MessageState::Accepted.outcome(), Outcome::Enroute);
    }

    #[test]
    fn carriers_words_are_read_in_any_case() {
        assert_eq!(MessageState::from_word("delivrd"), Some(MessageState::Delivered));
        assert_eq!(MessageState::from_word("BUFFRED"), Some(MessageState::Enroute));
        assert_eq!(MessageState::from_word("DND_REJECTED"), None);
    }
}
