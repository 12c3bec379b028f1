//! What can be wrong with a text or a header. No message here repeats any of the text.

use thiserror::Error;

/// Why a text cannot be sent as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum TextError {
    /// The text has no characters.
    #[error("the text is empty")]
    Empty,

    /// The text takes more parts than the sender allows.
    #[error("the text takes {count} segments, the limit is {limit}")]
    TooManySegments {
        /// Parts the whole text would take.
        count: usize,
        /// Parts allowed.
        limit: usize,
    },

    /// The text is longer than one `message_payload` TLV can say.
    #[error("the text takes {octets} octets, a message_payload holds {limit}")]
    PayloadTooLong {
        /// Octets of the encoded text.
        octets: usize,
        /// Octets that fit.
        limit: usize,
    },

    /// None of the encodings the carrier takes has all characters of the text.
    #[error("no encoding of the carrier holds every character of the text")]
    Unencodable,
}

/// Why octets announced as a user data header are not one (3GPP TS 23.040 §9.2.3.24).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum UdhError {
    /// The length octet promises more than the body has.
    #[error("the header says {announced} octets, the body has {available}")]
    Truncated {
        /// Octets the header says it has, its length octet included.
        announced: usize,
        /// Octets of the body.
        available: usize,
    },

    /// An information element runs over the end of the header.
    #[error("information element 0x{id:02X} runs over the end of the header")]
    ElementOverrun {
        /// Information element identifier.
        id: u8,
    },
}
