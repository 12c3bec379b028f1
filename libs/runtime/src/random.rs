//! Randomness: drawn here, at the edge, and handed on as values, so that what uses it can be replayed.

use std::fmt;

/// A random number, from a cryptographically secure generator seeded by the operating system.
#[must_use]
pub fn random_u64() -> u64 {
    rand::random()
}

/// `N` random octets, from a cryptographically secure generator seeded by the operating system: fit for keys and salts.
#[must_use]
pub fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    rand::fill(&mut bytes);
    bytes
}

/// Tells one run of a process from every other: 128 random bits, shown as 32 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunId([u8; 16]);

impl RunId {
    /// An id no other run has.
    #[must_use]
    pub fn random() -> Self {
        Self(random_bytes())
    }

    /// The id as it is written in records.
    #[must_use]
    pub fn to_bytes(self) -> [u8; 16] {
        self.0
    }

    /// The id read back from a record.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

impl fmt::Debug for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RunId({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_draws_differ() {
        assert_ne!(random_bytes::<16>(), random_bytes::<16>());
        assert_ne!(random_u64(), random_u64());
    }

    #[test]
    fn run_id_survives_being_written_and_read_back() {
        let run = RunId::random();
        assert_eq!(RunId::from_bytes(run.to_bytes()), run);
    }

    #[test]
    fn run_id_is_shown_as_thirty_two_digits() {
        let mut bytes = [0; 16];
        bytes[15] = 0xab;
        assert_eq!(RunId::from_bytes(bytes).to_string(), "000000000000000000000000000000ab");
    }
}
