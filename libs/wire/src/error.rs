//! What can be wrong with a record: the field, and the fault in it.

use volley_types::{InvalidName, address::InvalidAddress, subscriber::InvalidSubscriber};

/// Why octets are no record.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum WireError {
    /// Not the protobuf of an envelope.
    #[error("the record is no protobuf message")]
    NotProtobuf(#[from] prost::DecodeError),
    /// A field holds what it must not.
    #[error("{field}: {fault}")]
    Field {
        /// The field, such as `submission.sender`.
        field: &'static str,
        /// What is wrong with it; reads on from the field's name.
        fault: Fault,
    },
}

/// What is wrong with a field. Never repeats what the field holds beyond one character of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// A field that must be there is not.
    #[error("is missing")]
    Missing,
    /// An id or hash of another length.
    #[error("has {octets} octets instead of {expected}")]
    Octets {
        /// Octets found.
        octets: usize,
        /// Octets it has.
        expected: usize,
    },
    /// A number above its limit.
    #[error("is {value}, the limit is {limit}")]
    TooLarge {
        /// The number found.
        value: u64,
        /// The largest allowed.
        limit: u64,
    },
    /// Too few or too many elements.
    #[error("has {count} elements instead of {least} to {most}")]
    Count {
        /// Elements found.
        count: usize,
        /// Fewest allowed.
        least: usize,
        /// Most allowed.
        most: usize,
    },
    /// An enum's `UNSPECIFIED`, or a number it does not have.
    #[error("has the unknown value {0}")]
    UnknownValue(i32),
    /// A carrier message id that is empty or too long.
    #[error("is no carrier message id of 1 to 64 octets")]
    CarrierMessageId,
    /// A record source that does not exist.
    #[error("names a source that does not exist")]
    Source,
    /// No name.
    #[error(transparent)]
    Name(#[from] InvalidName),
    /// No address, country or number id.
    #[error(transparent)]
    Address(#[from] InvalidAddress),
    /// No subscriber.
    #[error(transparent)]
    Subscriber(#[from] InvalidSubscriber),
}

/// Says in which field a fault is.
pub(crate) trait At<T> {
    /// The value, or the fault with its field.
    fn at(self, field: &'static str) -> Result<T, WireError>;
}

impl<T, E: Into<Fault>> At<T> for Result<T, E> {
    fn at(self, field: &'static str) -> Result<T, WireError> {
        self.map_err(|fault| WireError::Field { field, fault: fault.into() })
    }
}
