use std::fmt;

use bytes::BytesMut;
use rusmpp::CommandId;

use super::{DeliverOperation, Tlvs};
use crate::octets::{self, EncodeError, Reader};
use crate::status::CommandStatus;

/// Characters of a message id by the specification (65 octets with the terminator, SMPP 3.4 §5.2.23).
pub const MESSAGE_ID_OCTETS_MAX: usize = 64;

/// Characters of a message id accepted: some carriers hand out longer ones. A longer one still is no id.
pub const MESSAGE_ID_OCTETS_ACCEPTED: usize = 255;

/// The id a carrier gives to a message, as it came: opaque, unique at that carrier for some days.
///
/// Invariant: 1 to 255 characters, without blanks at its ends. Compare through
/// [`MessageIdKey`](crate::receipt::MessageIdKey): responses and receipts may write the same id in different bases.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CarrierMessageId(Box<str>);

impl CarrierMessageId {
    /// Takes an id from the wire or a store; `None` where nothing usable is in it.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        let usable = !text.is_empty() && text.len() <= MESSAGE_ID_OCTETS_ACCEPTED;
        usable.then(|| Self(text.into()))
    }

    /// The id as the carrier wrote it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CarrierMessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for CarrierMessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CarrierMessageId({})", self.0)
    }
}

/// The answer to a `submit_sm` or `data_sm` (SMPP 3.4 §4.4.2, §4.7.2). On refusal mostly empty.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SubmitResp {
    /// The id of the accepted message.
    pub message_id: Option<CarrierMessageId>,
    /// Optional parameters.
    pub tlvs: Tlvs,
}

impl SubmitResp {
    /// An acceptance under `message_id`.
    #[must_use]
    pub fn accepted(message_id: &str) -> Self {
        Self { message_id: CarrierMessageId::new(message_id), tlvs: Tlvs::new() }
    }

    /// Appends a `submit_sm_resp`, the carrier's side; the body is left out when `status` is a refusal.
    ///
    /// # Errors
    /// The id or an optional parameter is over its limit; `out` is then unchanged.
    pub fn encode_submit(&self, status: CommandStatus, sequence: u32, out: &mut BytesMut) -> Result<(), EncodeError> {
        self.encode(CommandId::SubmitSmResp, status, sequence, out)
    }

    /// Appends a `data_sm_resp`; the body is left out when `status` is a refusal.
    ///
    /// # Errors
    /// The id or an optional parameter is over its limit; `out` is then unchanged.
    pub fn encode_data(&self, status: CommandStatus, sequence: u32, out: &mut BytesMut) -> Result<(), EncodeError> {
        self.encode(CommandId::DataSmResp, status, sequence, out)
    }

    fn encode(
        &self,
        command: CommandId,
        status: CommandStatus,
        sequence: u32,
        out: &mut BytesMut,
    ) -> Result<(), EncodeError> {
        let message_id = self.message_id.as_ref().map_or("", CarrierMessageId::as_str);
        octets::check_c_string("message_id", message_id, MESSAGE_ID_OCTETS_ACCEPTED)?;
        self.tlvs.check()?;
        octets::put_pdu(out, command.into(), status, sequence, |out| {
            if status.is_ok() {
                octets::put_c_string(out, message_id);
                self.tlvs.put(out);
            }
        });
        Ok(())
    }

    pub(crate) fn decode(body: &[u8]) -> Self {
        let mut reader = Reader::new(body);
        let message_id = CarrierMessageId::new(&reader.last_c_string());
        Self { message_id, tlvs: Tlvs::decode_leniently(&mut reader) }
    }
}

/// Appends our answer to a delivered message: `deliver_sm_resp` or `data_sm_resp` with an empty message id.
pub fn encode_deliver_resp(operation: DeliverOperation, status: CommandStatus, sequence: u32, out: &mut BytesMut) {
    octets::put_pdu(out, operation.response().into(), status, sequence, |out| {
        octets::put_c_string(out, "");
    });
}

/// Appends a PDU that is its header alone: enquiries, unbinds, their responses, `generic_nack`.
pub fn encode_header(command: CommandId, status: CommandStatus, sequence: u32, out: &mut BytesMut) {
    octets::put_pdu(out, command.into(), status, sequence, |_| ());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_with_and_without_its_terminator() {
        let id = CarrierMessageId::new("38601fa");

        assert_eq!(SubmitResp::decode(b"38601fa\0").message_id, id);
        assert_eq!(SubmitResp::decode(b"38601fa").message_id, id);
        assert_eq!(SubmitResp::decode(b"").message_id, None);
        assert_eq!(SubmitResp::decode(b"\0").message_id, None);
    }

    #[test]
    fn congestion_comes_with_the_answer() {
        let answer = SubmitResp::decode(b"1\0\x04\x28\x00\x01\x5a");

        assert_eq!(answer.tlvs.congestion_state(), Some(90));
    }

    #[test]
    fn a_broken_parameter_does_not_cost_the_answer() {
        let answer = SubmitResp::decode(b"1\0\x04\x28\x00\x09\x5a");

        assert_eq!(answer.message_id, CarrierMessageId::new("1"));
        assert!(answer.tlvs.is_empty());
    }

    #[test]
    fn an_endless_id_is_no_id() {
        assert_eq!(SubmitResp::decode(&[b'7'; 4_000]).message_id, None);
    }
}
