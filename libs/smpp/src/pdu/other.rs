use std::fmt;

use bytes::{Buf, BytesMut};
use rusmpp::decode::DecodeWithLength;
use rusmpp::encode::{Length, owned::Encode};
use rusmpp::{Command, CommandId};

use super::ConvertError;
use crate::framing::is_request;
use crate::octets::BodyError;
use crate::status::CommandStatus;

/// An operation off the hot path, in the types of `rusmpp`: `query_sm`, `cancel_sm`, `replace_sm`,
/// `submit_multi`, `alert_notification`, broadcasts, and their responses.
#[derive(Clone, PartialEq, Eq)]
pub struct OtherPdu {
    command: CommandId,
    body: Option<Box<rusmpp::Pdu>>,
}

impl OtherPdu {
    /// Wraps an operation to be sent.
    #[must_use]
    pub fn new(pdu: impl Into<rusmpp::Pdu>) -> Self {
        let pdu = pdu.into();
        Self { command: pdu.command_id(), body: Some(Box::new(pdu)) }
    }

    /// Which operation it is.
    #[must_use]
    pub const fn command(&self) -> CommandId {
        self.command
    }

    /// Its fields; `None` for a response whose body was left out, as in refusals.
    #[must_use]
    pub fn body(&self) -> Option<&rusmpp::Pdu> {
        self.body.as_deref()
    }

    /// Appends the whole PDU to `out`.
    ///
    /// # Errors
    /// There is no body to send.
    pub fn encode(&self, status: CommandStatus, sequence: u32, out: &mut BytesMut) -> Result<(), ConvertError> {
        let body = self.body.clone().ok_or(ConvertError::NoBody)?;
        put_command(&Command::new(status.0.into(), sequence, *body), out);
        Ok(())
    }

    pub(crate) fn decode(command: CommandId, pdu: &[u8]) -> Result<Self, BodyError> {
        let read = read_command(pdu).map_err(|_| BodyError::cut_short("body"))?;
        let body = read.pdu().cloned().map(Box::new);
        if body.is_none() && is_request(command.into()) {
            return Err(BodyError::cut_short("body"));
        }
        Ok(Self { command, body })
    }
}

/// Shows the operation only: the fields hold numbers and texts.
impl fmt::Debug for OtherPdu {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OtherPdu({:?})", self.command)
    }
}

/// Writes a command of `rusmpp`, length included.
pub(super) fn put_command(command: &Command, out: &mut BytesMut) {
    let length = command.length() + 4;
    out.extend_from_slice(&u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes());
    command.encode(out);
}

/// Reads one whole PDU into a command of `rusmpp`.
pub(super) fn read_command(pdu: &[u8]) -> Result<Command, rusmpp::decode::DecodeError> {
    let mut rest = BytesMut::from(pdu);
    rest.advance(4);
    let length = rest.len();
    Command::decode(&mut rest, length).map(|(command, _)| command)
}
