//! What is fuzzed. Each target panics when a promise is broken, and is small enough to be read in full.

mod gsm7;
mod pdu;
mod receipt;
mod segment;
mod udh;

use std::hash::{DefaultHasher, Hash, Hasher};

/// One thing that reads octets.
#[derive(Clone, Copy)]
pub struct Target {
    /// Its name, and that of its folder in the corpus.
    pub name: &'static str,
    /// Reads the octets. Panics if a promise is broken.
    pub run: fn(&[u8]) -> Shape,
}

/// All of them.
pub const TARGETS: [Target; 5] = [
    Target { name: "pdu", run: pdu::run },
    Target { name: "udh", run: udh::run },
    Target { name: "receipt", run: receipt::run },
    Target { name: "gsm7", run: gsm7::run },
    Target { name: "segment", run: segment::run },
];

/// The target of a name.
#[must_use]
pub fn target(name: &str) -> Option<Target> {
    TARGETS.into_iter().find(|target| target.name == name)
}

/// What an input was read as, without its content: two inputs of one shape took about the same way through the code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Shape(pub u64);

impl Shape {
    /// The shape that these features make.
    pub(crate) fn of(features: impl Hash) -> Self {
        let mut hasher = DefaultHasher::new();
        features.hash(&mut hasher);
        Self(hasher.finish())
    }
}

/// A length as one of few sizes.
pub(crate) fn size(length: usize) -> u32 {
    usize::BITS - length.leading_zeros()
}
