//! Ids of messages, attempts, requests, arrivals and runs.

use std::{fmt, str::FromStr, sync::Arc};

use serde::{Deserialize, Deserializer, Serialize};
use sha2::{Digest, Sha256};

use crate::{
    name::{InvalidName, TenantId},
    subscriber::{Partition, SubscriberId},
};

/// Longest request id, in octets.
pub const REQUEST_ID_OCTETS_MAX: usize = 64;

/// The id of a message: 16 bits of its partition and 112 bits of SHA-256 over tenant, request id and subscriber.
///
/// Any front door derives the same id for the same request, so a retry is the same message (G8). Written as 32 hex digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct MessageId([u8; 16]);

impl MessageId {
    /// Derives the id.
    pub fn derive(partition: Partition, tenant: &TenantId, request: &RequestId, subscriber: &SubscriberId) -> Self {
        Self::digest(partition, b"request", tenant.as_str().as_bytes(), request.as_str().as_bytes(), &subscriber.key())
    }

    /// Derives the id of an answer that Volley itself gives to an arrival: a confirmation of STOP, for instance.
    pub fn derive_answer(
        partition: Partition,
        tenant: &TenantId,
        arrival: ArrivalId,
        subscriber: &SubscriberId,
    ) -> Self {
        Self::digest(partition, b"answer", tenant.as_str().as_bytes(), &arrival.to_bytes(), &subscriber.key())
    }

    fn digest(partition: Partition, domain: &[u8], first: &[u8], second: &[u8], third: &[u8]) -> Self {
        let mut hash = Sha256::new();
        for part in [domain, first, second, third] {
            hash.update(u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes());
            hash.update(part);
        }
        let mut id = [0; 16];
        id[..2].copy_from_slice(&partition.0.to_be_bytes());
        id[2..].copy_from_slice(&hash.finalize()[..14]);
        Self(id)
    }

    /// From the 16 octets.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The 16 octets.
    pub const fn to_bytes(self) -> [u8; 16] {
        self.0
    }

    /// The partition that owns the message.
    pub const fn partition(self) -> Partition {
        Partition(u16::from_be_bytes([self.0[0], self.0[1]]))
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = [0; 32];
        hex::encode_to_slice(self.0, &mut text).expect("32 is twice 16");
        f.write_str(std::str::from_utf8(&text).expect("hex is ASCII"))
    }
}

impl fmt::Debug for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The text is not 32 hex digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not a message id: 32 hexadecimal digits")]
pub struct InvalidMessageId;

impl FromStr for MessageId {
    type Err = InvalidMessageId;
    fn from_str(text: &str) -> Result<Self, InvalidMessageId> {
        let mut id = [0; 16];
        hex::decode_to_slice(text, &mut id).map_err(|_| InvalidMessageId)?;
        Ok(Self(id))
    }
}

/// One try of one message at one account. Numbered from 1.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AttemptId {
    /// The message.
    pub message: MessageId,
    /// Which try, from 1.
    pub number: u16,
}

impl fmt::Display for AttemptId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", self.message, self.number)
    }
}

impl fmt::Debug for AttemptId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The id a client gives a request, so that asking again is not sending again.
///
/// Invariant: 1 to [`REQUEST_ID_OCTETS_MAX`] octets of printable ASCII without blanks.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct RequestId(Arc<str>);

impl RequestId {
    /// Checks and keeps the id.
    pub fn new(text: &str) -> Result<Self, InvalidName> {
        match text.len() {
            0 => return Err(InvalidName::Empty),
            octets if octets > REQUEST_ID_OCTETS_MAX => {
                return Err(InvalidName::TooLong { octets, limit: REQUEST_ID_OCTETS_MAX });
            }
            _ => {}
        }
        match text.chars().enumerate().find(|(_, c)| !c.is_ascii_graphic()) {
            Some((position, character)) => {
                Err(InvalidName::Character { character, position, allowed: "printable ASCII without blanks" })
            }
            None => Ok(Self(Arc::from(text))),
        }
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RequestId({})", self.0)
    }
}

impl<'de> Deserialize<'de> for RequestId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        Self::new(&text).map_err(serde::de::Error::custom)
    }
}

/// What a request asks for, in 128 bits: two requests with one id are the same request when these are equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ContentHash([u8; 16]);

impl ContentHash {
    /// The first 128 bits of SHA-256 over the parts, each with its length.
    pub fn of(parts: &[&[u8]]) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        let mut short = [0; 16];
        short.copy_from_slice(&hash.finalize()[..16]);
        Self(short)
    }

    /// From the 16 octets.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The 16 octets.
    pub const fn to_bytes(self) -> [u8; 16] {
        self.0
    }
}

macro_rules! opaque_ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub struct $name([u8; 16]);

        impl $name {
            /// From the 16 octets.
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }

            /// The 16 octets.
            pub const fn to_bytes(self) -> [u8; 16] {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&hex::encode(self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
    )*};
}

opaque_ids! {
    /// One `deliver_sm` as it came in: the run of the egress and a counter. Stored before it is appended.
    ArrivalId;
    /// One run of one process or store.
    RunId;
    /// One conversation between a virtual number and a handset.
    ThreadId;
}

impl ThreadId {
    /// Derives the id of the conversation that this arrival or message opens.
    pub fn derive(partition: Partition, number: &str, subscriber: &SubscriberId, opened_by: &[u8; 16]) -> Self {
        let MessageId(id) = MessageId::digest(partition, b"thread", number.as_bytes(), &subscriber.key(), opened_by);
        Self(id)
    }

    /// The partition that owns the conversation.
    pub const fn partition(self) -> Partition {
        Partition(u16::from_be_bytes([self.0[0], self.0[1]]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(request: &str) -> MessageId {
        let subscriber = SubscriberId::e164(821_012_345_678).unwrap();
        MessageId::derive(Partition(5), &TenantId::new("acme").unwrap(), &RequestId::new(request).unwrap(), &subscriber)
    }

    #[test]
    fn the_same_request_has_the_same_id_and_keeps_its_partition() {
        assert_eq!(id("r1"), id("r1"));
        assert_ne!(id("r1"), id("r2"));
        assert_eq!(id("r1").partition(), Partition(5));
        assert_eq!(id("r1").to_string().len(), 32);
        assert_eq!(id("r1").to_string().parse(), Ok(id("r1")));
        assert_eq!("xyz".parse::<MessageId>(), Err(InvalidMessageId));
    }

    #[test]
    fn parts_of_a_content_do_not_run_together() {
        assert_ne!(ContentHash::of(&[b"ab", b"c"]), ContentHash::of(&[b"a", b"bc"]));
    }

    #[test]
    fn a_request_id_is_printable_and_short() {
        assert!(RequestId::new("order 7").is_err());
        assert!(RequestId::new(&"x".repeat(65)).is_err());
        assert!(RequestId::new("order-7").is_ok());
    }
}
