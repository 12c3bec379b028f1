use std::fmt;

use bytes::{BufMut, BytesMut};
use rusmpp::CommandId;

use super::{Tlvs, tag};
use crate::octets::{self, BodyError, EncodeError, Reader};
use crate::status::CommandStatus;

/// Characters of `system_id`, `password` and `system_type` sent and accepted. The specification allows 15, 8 and 12;
/// carriers hand out longer ones.
pub const CREDENTIAL_OCTETS_MAX: usize = 64;

/// Characters of `address_range` (SMPP 3.4 §4.1.1).
const ADDRESS_RANGE_OCTETS_MAX: usize = 40;

/// What a session may do (SMPP 3.4 §2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum BindMode {
    /// Sends only.
    Transmitter,
    /// Receives only.
    Receiver,
    /// Sends and receives.
    #[default]
    Transceiver,
}

impl BindMode {
    /// Whether messages may be submitted.
    #[must_use]
    pub const fn sends(self) -> bool {
        matches!(self, Self::Transmitter | Self::Transceiver)
    }

    pub(crate) const fn request(self) -> CommandId {
        match self {
            Self::Transmitter => CommandId::BindTransmitter,
            Self::Receiver => CommandId::BindReceiver,
            Self::Transceiver => CommandId::BindTransceiver,
        }
    }

    pub(crate) const fn response(self) -> CommandId {
        match self {
            Self::Transmitter => CommandId::BindTransmitterResp,
            Self::Receiver => CommandId::BindReceiverResp,
            Self::Transceiver => CommandId::BindTransceiverResp,
        }
    }
}

/// A login: `bind_transmitter`, `bind_receiver` or `bind_transceiver` (SMPP 3.4 §4.1).
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Bind {
    /// Which of the three.
    pub mode: BindMode,
    /// `system_id`.
    pub system_id: String,
    /// `password`.
    pub password: String,
    /// `system_type`, mostly empty.
    pub system_type: String,
    /// `interface_version`: 0x34 or 0x50; 0x33 and below is an old peer.
    pub interface_version: u8,
    /// `addr_ton` of `address_range`.
    pub address_ton: u8,
    /// `addr_npi` of `address_range`.
    pub address_npi: u8,
    /// `address_range`: the addresses a receiver serves, mostly empty.
    pub address_range: String,
}

impl Bind {
    /// Checks that every field fits the protocol.
    ///
    /// # Errors
    /// The first field that does not.
    pub fn check(&self) -> Result<(), EncodeError> {
        octets::check_c_string("system_id", &self.system_id, CREDENTIAL_OCTETS_MAX)?;
        octets::check_c_string("password", &self.password, CREDENTIAL_OCTETS_MAX)?;
        octets::check_c_string("system_type", &self.system_type, CREDENTIAL_OCTETS_MAX)?;
        octets::check_c_string("address_range", &self.address_range, ADDRESS_RANGE_OCTETS_MAX)
    }

    /// Appends the whole PDU to `out`.
    ///
    /// # Errors
    /// The first field that does not fit the protocol; `out` is then unchanged.
    pub fn encode(&self, sequence: u32, out: &mut BytesMut) -> Result<(), EncodeError> {
        self.check()?;
        octets::put_pdu(out, self.mode.request().into(), CommandStatus::OK, sequence, |out| {
            octets::put_c_string(out, &self.system_id);
            octets::put_c_string(out, &self.password);
            octets::put_c_string(out, &self.system_type);
            out.put_slice(&[self.interface_version, self.address_ton, self.address_npi]);
            octets::put_c_string(out, &self.address_range);
        });
        Ok(())
    }

    pub(crate) fn decode(mode: BindMode, reader: &mut Reader<'_>) -> Result<Self, BodyError> {
        let mut credential = |field, refusal| reader.c_string(field, CREDENTIAL_OCTETS_MAX, refusal);
        let system_id = credential("system_id", CommandStatus::INVALID_SYSTEM_ID)?;
        let password = credential("password", CommandStatus::INVALID_PASSWORD)?;
        let system_type = credential("system_type", CommandStatus::INVALID_SYSTEM_TYPE)?;
        Ok(Self {
            mode,
            system_id,
            password,
            system_type,
            interface_version: reader.u8("interface_version")?,
            address_ton: reader.u8("addr_ton")?,
            address_npi: reader.u8("addr_npi")?,
            address_range: reader.last_c_string(),
        })
    }
}

/// Shows no password.
impl fmt::Debug for Bind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bind")
            .field("mode", &self.mode)
            .field("system_id", &self.system_id)
            .field("interface_version", &format_args!("0x{:02X}", self.interface_version))
            .finish_non_exhaustive()
    }
}

/// The answer to a login (SMPP 3.4 §4.1). On refusal mostly empty.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BindResp {
    /// Which login it answers.
    pub mode: BindMode,
    /// The carrier's own `system_id`; empty where the body is missing.
    pub system_id: String,
    /// Optional parameters.
    pub tlvs: Tlvs,
}

impl BindResp {
    /// `sc_interface_version`. Without it the specification has us assume a peer that knows no optional parameters;
    /// in practice many take them all the same.
    #[must_use]
    pub fn interface_version(&self) -> Option<u8> {
        self.tlvs.get_u8(tag::SC_INTERFACE_VERSION)
    }

    /// Appends the whole PDU to `out`; the body is left out when `status` is a refusal.
    ///
    /// # Errors
    /// The first field that does not fit the protocol; `out` is then unchanged.
    pub fn encode(&self, status: CommandStatus, sequence: u32, out: &mut BytesMut) -> Result<(), EncodeError> {
        octets::check_c_string("system_id", &self.system_id, CREDENTIAL_OCTETS_MAX)?;
        self.tlvs.check()?;
        octets::put_pdu(out, self.mode.response().into(), status, sequence, |out| {
            if status.is_ok() {
                octets::put_c_string(out, &self.system_id);
                self.tlvs.put(out);
            }
        });
        Ok(())
    }

    pub(crate) fn decode(mode: BindMode, body: &[u8]) -> Self {
        let mut reader = Reader::new(body);
        let system_id = reader.last_c_string();
        Self { mode, system_id, tlvs: Tlvs::decode_leniently(&mut reader) }
    }
}

/// A carrier asking to be bound to: `outbind` (SMPP 3.4 §4.1.7). It has no response.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Outbind {
    /// The carrier's `system_id`.
    pub system_id: String,
    /// The carrier's password at ours.
    pub password: String,
}

impl Outbind {
    pub(crate) fn decode(body: &[u8]) -> Result<Self, BodyError> {
        let mut reader = Reader::new(body);
        Ok(Self {
            system_id: reader.c_string("system_id", CREDENTIAL_OCTETS_MAX, CommandStatus::INVALID_SYSTEM_ID)?,
            password: reader.last_c_string(),
        })
    }
}

/// Shows no password.
impl fmt::Debug for Outbind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outbind")
            .field("system_id", &self.system_id)
            .finish_non_exhaustive()
    }
}
