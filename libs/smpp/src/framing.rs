//! Octets to PDUs.
//!
//!   feed(octets) --> next_frame() --> Ok(Frame)            handle it
//!                                 --> FrameError::Body     answer it, go on
//!                                 --> FrameError::Command  answer it, go on
//!                                 --> FrameError::Length   answer it, close: the stream is out of step
//!
//! FRM-1: no input panics, and no input makes the buffer hold more than one PDU beyond what was just fed.
//! FRM-2: however the octets are cut when fed, the frames are the same. (An impossible length is refused at once,
//!        so its sequence number may not have come yet.)
//!
//! Where carriers are loose, we are too: a missing terminator of the last string, strings over their limits,
//! bodies on PDUs that have none, one to three octets of padding, answers with broken optional parameters.

use bytes::{Buf, BytesMut};
use rusmpp::CommandId;
use thiserror::Error;

use crate::octets::{BodyError, HEADER_OCTETS};
use crate::pdu::{Pdu, encode_header};
use crate::status::CommandStatus;

/// Octets of the largest PDU taken: a `message_payload` of 64 KiB and 4 KiB for everything around it.
pub const PDU_OCTETS_MAX: usize = 68 * 1024;

/// Whether a command id is that of a request: bit 31 marks the responses.
pub(crate) const fn is_request(command_id: u32) -> bool {
    command_id & 0x8000_0000 == 0
}

/// One whole PDU.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// `command_status`: what a response says; zero in requests.
    pub status: CommandStatus,
    /// `sequence_number`, as it came.
    pub sequence: u32,
    /// The body.
    pub pdu: Pdu,
}

/// Why a PDU cannot be handled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum FrameError {
    /// `command_length` is under 16 or over [`PDU_OCTETS_MAX`]: where the next PDU begins is not known.
    #[error("command_length {command_length} is impossible")]
    Length {
        /// What was claimed, in octets.
        command_length: u32,
        /// Its sequence number, 0 if that had not come yet.
        sequence: u32,
    },
    /// No operation has this `command_id`.
    #[error("command_id 0x{command_id:08X} is unknown")]
    Command {
        /// The id.
        command_id: u32,
        /// Its sequence number.
        sequence: u32,
    },
    /// The body does not hold what the operation needs.
    #[error("the body of command_id 0x{command_id:08X} does not decode")]
    Body {
        /// The operation.
        command_id: u32,
        /// Its sequence number.
        sequence: u32,
        /// The field that failed.
        source: BodyError,
    },
}

impl FrameError {
    /// Whether the connection must be closed, after the answer is written.
    #[must_use]
    pub const fn closes(&self) -> bool {
        matches!(self, Self::Length { .. })
    }

    /// Appends what the sender is to be told, and says whether there was anything to tell.
    ///
    /// A request gets its own response where it has one and `generic_nack` otherwise. A bad response gets
    /// nothing: its sequence number is ours, and the sender would take an answer for one to its own request.
    pub fn answer(&self, out: &mut BytesMut) -> bool {
        let Some((command, status, sequence)) = self.reply() else {
            return false;
        };
        encode_header(command, status, sequence, out);
        true
    }

    fn reply(&self) -> Option<(CommandId, CommandStatus, u32)> {
        match *self {
            Self::Length { sequence, .. } => {
                Some((CommandId::GenericNack, CommandStatus::INVALID_COMMAND_LENGTH, sequence))
            }
            Self::Command { command_id, sequence } => {
                is_request(command_id).then_some((CommandId::GenericNack, CommandStatus::INVALID_COMMAND_ID, sequence))
            }
            Self::Body { command_id, sequence, source } => {
                is_request(command_id).then(|| (response_to(command_id), source.status, sequence))
            }
        }
    }
}

/// Cuts a stream of octets into PDUs.
#[derive(Debug, Default)]
pub struct FrameDecoder {
    buffer: BytesMut,
    out_of_step: bool,
}

impl FrameDecoder {
    /// A decoder at the start of a stream.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds what was read. Take the frames out before feeding more.
    pub fn feed(&mut self, octets: &[u8]) {
        if !self.out_of_step {
            self.buffer.extend_from_slice(octets);
        }
    }

    /// The next whole PDU; `None` until more is fed, and for ever after a [`FrameError::Length`].
    pub fn next_frame(&mut self) -> Option<Result<Frame, FrameError>> {
        let command_length = self.word(0)?;
        let octets = match usize::try_from(command_length) {
            Ok(octets @ HEADER_OCTETS..=PDU_OCTETS_MAX) => octets,
            Ok(_) | Err(_) => return Some(Err(self.lose_step(command_length))),
        };
        if self.buffer.len() < octets {
            return None;
        }
        let frame = decode(&self.buffer[..octets]);
        self.buffer.advance(octets);
        Some(frame)
    }

    fn lose_step(&mut self, command_length: u32) -> FrameError {
        let sequence = self.word(12).unwrap_or(0);
        self.out_of_step = true;
        self.buffer = BytesMut::new();
        FrameError::Length { command_length, sequence }
    }

    fn word(&self, at: usize) -> Option<u32> {
        word(&self.buffer, at)
    }
}

/// Reads one PDU whose length has been checked.
fn decode(pdu: &[u8]) -> Result<Frame, FrameError> {
    let field = |at| word(pdu, at).expect("a PDU has at least its 16 octets of header");
    let (command_id, status, sequence) = (field(4), CommandStatus(field(8)), field(12));
    let command = match CommandId::from(command_id) {
        CommandId::Other(_) => return Err(FrameError::Command { command_id, sequence }),
        command => command,
    };
    match Pdu::decode(command, pdu) {
        Ok(pdu) => Ok(Frame { status, sequence, pdu }),
        Err(source) => Err(FrameError::Body { command_id, sequence, source }),
    }
}

fn word(octets: &[u8], at: usize) -> Option<u32> {
    let word = octets.get(at..at + 4)?;
    Some(u32::from_be_bytes([word[0], word[1], word[2], word[3]]))
}

/// The response that belongs to a request, `generic_nack` for those that have none.
fn response_to(command_id: u32) -> CommandId {
    match CommandId::from(command_id).matching_response() {
        CommandId::Other(_) => CommandId::GenericNack,
        response => response,
    }
}
