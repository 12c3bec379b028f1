//! Any PDU taken apart field by field, for people who look at one: nothing is refused, everything is named.
//!
//!   octets --dissect--> header, fields, parameters        each with its place in the octets
//!                         |            |
//!                         +-- remarks  +-- meaning::of_field, meaning::of_parameter   what it says, in words
//!
//! DIS-1: every octet sequence of 16 octets or more dissects; where it stops making sense, what came before is kept.
//! DIS-2: what the session's own reader takes apart without complaint, this takes apart to the same values.
//!
//! The reader of a session is [`framing`](crate::framing): it is fast and forgiving. This one is for `volley inspect`.

mod layout;
pub mod meaning;
mod operation;
pub mod parameters;
mod walk;

use std::fmt;
use std::ops::Range;

use thiserror::Error;

use crate::octets::HEADER_OCTETS;
use crate::status::CommandStatus;
pub use operation::{Operation, operation};

/// One PDU, taken apart as far as it goes.
#[derive(Clone, PartialEq, Eq)]
pub struct Dissection {
    /// `command_length`, as claimed.
    pub command_length: u32,
    /// `command_id`.
    pub command_id: u32,
    /// `command_status`.
    pub status: CommandStatus,
    /// `sequence_number`.
    pub sequence: u32,
    /// The fields of the body, in order. None if the operation is not known, or a response came without its body.
    pub fields: Vec<Field>,
    /// The optional parameters, in order; `None` where the operation has none, and there are none.
    pub parameters: Option<Vec<Parameter>>,
    /// What is odd and does no harm.
    pub remarks: Vec<Remark>,
    /// Where the body stopped making sense.
    pub fault: Option<Fault>,
}

/// One field of a body.
#[derive(Clone, PartialEq, Eq)]
pub struct Field {
    /// The specification's name.
    pub name: &'static str,
    /// Where it stands in the PDU, in octets from its beginning.
    pub place: Range<usize>,
    /// What it holds.
    pub value: FieldValue,
}

/// What a field holds.
#[derive(Clone, PartialEq, Eq)]
pub enum FieldValue {
    /// One or four octets, big endian.
    Integer(u32),
    /// A C-octet string without its terminator, one `char` an octet.
    Text(String),
    /// Octets without a form: `short_message`.
    Octets(Vec<u8>),
    /// Repeated groups of fields: the destinations of a `submit_multi`, the failures of its answer.
    List(Vec<Vec<Field>>),
}

/// One optional parameter.
#[derive(Clone, PartialEq, Eq)]
pub struct Parameter {
    /// Its tag.
    pub tag: u16,
    /// Where it stands in the PDU, tag and length included.
    pub place: Range<usize>,
    /// Its value.
    pub value: Vec<u8>,
}

/// What is odd about a PDU, though it can be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Remark {
    /// A string over the specification's limit.
    #[error("{name} has {characters} characters, the specification allows {limit}")]
    OverLimit {
        /// The field.
        name: &'static str,
        /// Characters it has.
        characters: usize,
        /// Characters allowed, terminator excluded.
        limit: usize,
    },
    /// The last string of the body has no terminator.
    #[error("{name} has no terminating zero octet")]
    Unterminated {
        /// The field.
        name: &'static str,
    },
    /// A response that succeeded, without the body that belongs to it.
    #[error("the body is missing although the status is OK")]
    NoBody,
    /// Octets at the end of the body that are no parameter: too few for one, or on an operation that has none.
    #[error("{octets} octets of padding end the body")]
    Padding {
        /// How many.
        octets: usize,
    },
    /// A body on an operation that has none.
    #[error("{octets} octets of body, where this operation has none")]
    UnexpectedBody {
        /// How many.
        octets: usize,
    },
    /// More octets were given than the PDU has.
    #[error("{octets} octets follow the PDU")]
    Following {
        /// How many.
        octets: usize,
    },
}

/// Where a body stops making sense.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Fault {
    /// `command_length` is under 16.
    #[error("command_length {claimed} is shorter than a header, which has 16 octets")]
    ImpossibleLength {
        /// What it says.
        claimed: u32,
    },
    /// Fewer octets were given than `command_length` says.
    #[error("command_length says {claimed} octets, there are {given}")]
    Truncated {
        /// What it says.
        claimed: u32,
        /// What is there.
        given: usize,
    },
    /// No operation has this `command_id`.
    #[error("no operation has command_id 0x{command_id:08X}")]
    UnknownCommand {
        /// The id.
        command_id: u32,
    },
    /// The body ends inside a field.
    #[error("the body ends in {name}, at octet {at}: {needed} octets are needed, {left} are left")]
    CutShort {
        /// The field.
        name: &'static str,
        /// Where the field begins.
        at: usize,
        /// Octets it needs.
        needed: usize,
        /// Octets left.
        left: usize,
    },
    /// A string inside the body has no terminator.
    #[error("{name}, at octet {at}, has no terminating zero octet")]
    NoTerminator {
        /// The field.
        name: &'static str,
        /// Where the field begins.
        at: usize,
    },
    /// A `dest_flag` that is neither 1 nor 2.
    #[error("dest_flag {flag} at octet {at} is neither 1 (an address) nor 2 (a distribution list)")]
    DestFlag {
        /// What it says.
        flag: u32,
        /// Where it stands.
        at: usize,
    },
}

/// Fewer octets than a header has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("{0} octets are no PDU: its header alone has 16")]
pub struct NoHeader(pub usize);

/// Takes one PDU apart.
///
/// # Errors
/// If there is no whole header.
pub fn dissect(octets: &[u8]) -> Result<Dissection, NoHeader> {
    let header = octets.get(..HEADER_OCTETS).ok_or(NoHeader(octets.len()))?;
    let word = |at: usize| u32::from_be_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
    let mut dissection = Dissection {
        command_length: word(0),
        command_id: word(4),
        status: CommandStatus(word(8)),
        sequence: word(12),
        fields: Vec::new(),
        parameters: None,
        remarks: Vec::new(),
        fault: None,
    };
    walk::body(&mut dissection, octets);
    Ok(dissection)
}

impl Dissection {
    /// The operation, if the specifications know it.
    #[must_use]
    pub fn operation(&self) -> Option<&'static Operation> {
        operation(self.command_id)
    }

    /// The value of a field of the body.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&FieldValue> {
        self.fields.iter().find(|field| field.name == name).map(|field| &field.value)
    }

    /// The value of a field that is a number.
    #[must_use]
    pub fn integer(&self, name: &str) -> Option<u32> {
        match self.field(name)? {
            FieldValue::Integer(value) => Some(*value),
            FieldValue::Text(_) | FieldValue::Octets(_) | FieldValue::List(_) => None,
        }
    }

    /// The value of an optional parameter; of a repeated one the first.
    #[must_use]
    pub fn parameter(&self, tag: u16) -> Option<&[u8]> {
        let mut parameters = self.parameters.iter().flatten();
        parameters
            .find(|parameter| parameter.tag == tag)
            .map(|parameter| parameter.value.as_slice())
    }
}

/// Shows the operation only: the fields hold numbers, texts and passwords.
impl fmt::Debug for Dissection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Dissection(0x{:08X}, {} fields, {:?})", self.command_id, self.fields.len(), self.fault)
    }
}

/// Shows name and place only.
impl fmt::Debug for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}[{:?}]", self.name, self.place)
    }
}

/// Shows the kind only.
impl fmt::Debug for FieldValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Integer(_) => "Integer",
            Self::Text(_) => "Text",
            Self::Octets(_) => "Octets",
            Self::List(_) => "List",
        })
    }
}

/// Shows tag and length only.
impl fmt::Debug for Parameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04X}[{}]", self.tag, self.value.len())
    }
}
