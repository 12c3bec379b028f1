//! The canonical handset: the key of everything that happens to one person.

use std::{fmt, num::NonZeroU64, sync::Arc};

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

/// Most partitions a log may be created with: a message id keeps 16 bits for it, and state is one store a partition.
pub const PARTITIONS_MAX: u16 = 1_024;

/// Longest opaque subscriber key, in octets.
pub const OPAQUE_OCTETS_MAX: usize = 128;

/// The canonical handset.
///
/// Invariant: `E164` holds 7 to 15 digits without the leading `+`, the first not zero; `Opaque` holds 1 to
/// [`OPAQUE_OCTETS_MAX`] octets of `carrier/ton/digits` for what no numbering plan explains.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SubscriberId(Form);

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
enum Form {
    E164(NonZeroU64),
    Opaque(Arc<str>),
}

/// Why a value is no subscriber.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSubscriber {
    /// Not 7 to 15 digits starting with 1 to 9.
    #[error("is not a number of 7 to 15 digits that starts with 1 to 9")]
    NotE164,
    /// Empty or longer than [`OPAQUE_OCTETS_MAX`].
    #[error("has {octets} octets; an opaque subscriber has 1 to {OPAQUE_OCTETS_MAX}")]
    OpaqueLength {
        /// Octets given.
        octets: usize,
    },
    /// The key's first octet or length is wrong.
    #[error("is not a subscriber key")]
    NotAKey,
}

impl SubscriberId {
    /// A number in E.164, without `+`.
    pub fn e164(number: u64) -> Result<Self, InvalidSubscriber> {
        match NonZeroU64::new(number) {
            Some(digits) if (1_000_000..1_000_000_000_000_000).contains(&number) => Ok(Self(Form::E164(digits))),
            _ => Err(InvalidSubscriber::NotE164),
        }
    }

    /// An address that no numbering plan explains, as `carrier/ton/digits`.
    pub fn opaque(text: &str) -> Result<Self, InvalidSubscriber> {
        match text.len() {
            1..=OPAQUE_OCTETS_MAX => Ok(Self(Form::Opaque(Arc::from(text)))),
            octets => Err(InvalidSubscriber::OpaqueLength { octets }),
        }
    }

    /// The number in E.164 without `+`, unless opaque.
    pub fn as_e164(&self) -> Option<u64> {
        match &self.0 {
            Form::E164(number) => Some(number.get()),
            Form::Opaque(_) => None,
        }
    }

    /// The opaque text, unless a number.
    pub fn as_opaque(&self) -> Option<&str> {
        match &self.0 {
            Form::E164(_) => None,
            Form::Opaque(text) => Some(text),
        }
    }

    /// How the outside writes it: `+821012345678`, or the opaque text.
    pub fn to_written(&self) -> String {
        match &self.0 {
            Form::E164(number) => format!("+{number}"),
            Form::Opaque(text) => text.to_string(),
        }
    }

    /// The stable key octets: 1 and eight octets of the number, or 2 and the text.
    pub fn key(&self) -> Vec<u8> {
        match &self.0 {
            Form::E164(number) => {
                let mut key = Vec::with_capacity(1 + size_of::<u64>());
                key.push(1);
                key.extend(number.get().to_be_bytes());
                key
            }
            Form::Opaque(text) => {
                let mut key = Vec::with_capacity(1 + text.len());
                key.push(2);
                key.extend(text.as_bytes());
                key
            }
        }
    }

    /// Reads [`key`](Self::key) back.
    pub fn from_key(key: &[u8]) -> Result<Self, InvalidSubscriber> {
        match key.split_first() {
            Some((1, number)) => {
                let number = number.try_into().map_err(|_| InvalidSubscriber::NotAKey)?;
                Self::e164(u64::from_be_bytes(number))
            }
            Some((2, text)) => Self::opaque(std::str::from_utf8(text).map_err(|_| InvalidSubscriber::NotAKey)?),
            _ => Err(InvalidSubscriber::NotAKey),
        }
    }

    /// The partition of everything about this handset: xxh3-64 of the key, modulo the count.
    pub fn partition(&self, partitions: u16) -> Partition {
        let hash = xxh3_64(&self.key());
        let partition = hash % u64::from(partitions.max(1));
        Partition(u16::try_from(partition).expect("less than a u16"))
    }
}

/// Shows the last three digits only: subscriber numbers stay out of the logs.
impl fmt::Debug for SubscriberId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Form::E164(number) => write!(f, "Subscriber(..{:03})", number.get() % 1_000),
            Form::Opaque(text) => write!(f, "Subscriber(opaque, {} octets)", text.len()),
        }
    }
}

/// One partition of the subscriber topics, from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Partition(pub u16);

impl fmt::Display for Partition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_partition_of_a_number_never_changes() {
        let subscriber = SubscriberId::e164(821_012_345_678).unwrap();
        assert_eq!(subscriber.key(), [1, 0, 0, 0, 0xbf, 0x28, 0x26, 0x33, 0x4e]);
        assert_eq!(subscriber.partition(1_024), Partition(725));
    }

    #[test]
    fn debug_hides_the_number() {
        assert_eq!(format!("{:?}", SubscriberId::e164(79_141_234_567).unwrap()), "Subscriber(..567)");
    }

    proptest! {
        #[test]
        fn a_key_reads_back(number in 1_000_000u64..1_000_000_000_000_000, text in "[a-z]{1,9}/[0-9]/[!-~]{1,40}") {
            for subscriber in [SubscriberId::e164(number).unwrap(), SubscriberId::opaque(&text).unwrap()] {
                prop_assert_eq!(SubscriberId::from_key(&subscriber.key()).unwrap(), subscriber);
            }
        }
    }
}
