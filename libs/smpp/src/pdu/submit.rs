use std::fmt;

use bytes::{Bytes, BytesMut};
use rusmpp::CommandId;

use super::address::ADDRESS_OCTETS_MAX;
use super::message::{self, View};
use super::{Address, Tlvs};
use crate::octets::{self, BodyError, EncodeError};
use crate::status::CommandStatus;

/// A message to a phone: `submit_sm` (SMPP 3.4 §4.4.1).
#[derive(Clone, PartialEq, Eq, Default)]
pub struct SubmitSm {
    /// `service_type`, at most 5 characters; empty for the carrier's default.
    pub service_type: String,
    /// Who sends: `source_addr` with its TON and NPI.
    pub source: Address,
    /// Who receives: `destination_addr` with its TON and NPI.
    pub destination: Address,
    /// `esm_class` (§5.2.12): mode, 0x40 for a user data header, 0x80 for a reply path.
    pub esm_class: u8,
    /// `protocol_id`: 0, or 0x41 to 0x47 to replace a message on the phone.
    pub protocol_id: u8,
    /// `priority_flag`, 0 to 3.
    pub priority: u8,
    /// `schedule_delivery_time` in the form of [`SmppTime`](crate::SmppTime); empty for now.
    pub schedule: String,
    /// `validity_period` in the form of [`SmppTime`](crate::SmppTime); empty for the carrier's default.
    pub validity: String,
    /// `registered_delivery` (§5.2.17): 0x01 asks for a receipt of success and failure.
    pub registered_delivery: u8,
    /// `replace_if_present_flag`, 0 or 1.
    pub replace_if_present: u8,
    /// `data_coding` (§5.2.19).
    pub data_coding: u8,
    /// `sm_default_msg_id`: a canned message of the carrier; 0 for none.
    pub default_message_id: u8,
    /// `short_message`, at most 254 octets, user data header included.
    pub short_message: Bytes,
    /// Optional parameters.
    pub tlvs: Tlvs,
}

impl SubmitSm {
    /// Checks that every field fits the protocol.
    ///
    /// # Errors
    /// The first field that does not.
    pub fn check(&self) -> Result<(), EncodeError> {
        self.view().check(ADDRESS_OCTETS_MAX)
    }

    /// Appends the whole PDU to `out`.
    ///
    /// # Errors
    /// The first field that does not fit the protocol; `out` is then unchanged.
    pub fn encode(&self, sequence: u32, out: &mut BytesMut) -> Result<(), EncodeError> {
        let view = self.view();
        view.check(ADDRESS_OCTETS_MAX)?;
        octets::put_pdu(out, CommandId::SubmitSm.into(), CommandStatus::OK, sequence, |out| view.put(out));
        Ok(())
    }

    pub(crate) fn decode(pdu: &Bytes) -> Result<Self, BodyError> {
        let body = message::decode(pdu)?;
        Ok(Self {
            service_type: body.service_type,
            source: body.source,
            destination: body.destination,
            esm_class: body.esm_class,
            protocol_id: body.protocol_id,
            priority: body.priority,
            schedule: body.schedule,
            validity: body.validity,
            registered_delivery: body.registered_delivery,
            replace_if_present: body.replace_if_present,
            data_coding: body.data_coding,
            default_message_id: body.default_message_id,
            short_message: body.short_message,
            tlvs: body.tlvs,
        })
    }

    fn view(&self) -> View<'_> {
        View {
            service_type: &self.service_type,
            source: &self.source,
            destination: &self.destination,
            esm_class: self.esm_class,
            protocol_id: self.protocol_id,
            priority: self.priority,
            schedule: &self.schedule,
            validity: &self.validity,
            registered_delivery: self.registered_delivery,
            replace_if_present: self.replace_if_present,
            data_coding: self.data_coding,
            default_message_id: self.default_message_id,
            short_message: &self.short_message,
            tlvs: &self.tlvs,
        }
    }
}

/// Shows no text and no whole number.
impl fmt::Debug for SubmitSm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SubmitSm")
            .field("source", &self.source)
            .field("destination", &self.destination)
            .field("esm_class", &format_args!("0x{:02X}", self.esm_class))
            .field("data_coding", &format_args!("0x{:02X}", self.data_coding))
            .field("octets", &self.short_message.len())
            .field("tlvs", &self.tlvs)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alert() -> SubmitSm {
        SubmitSm {
            source: Address::short_code("4565"),
            destination: Address::international("79141234567"),
            short_message: Bytes::from_static(b"a secret text"),
            ..SubmitSm::default()
        }
    }

    #[test]
    fn debug_shows_neither_text_nor_number() {
        let shown = format!("{:?}", alert());

        assert!(!shown.contains("secret") && !shown.contains("79141234567"), "{shown}");
    }

    #[test]
    fn a_field_over_its_limit_leaves_the_output_alone() {
        let mut out = BytesMut::new();
        let long = SubmitSm { short_message: vec![b'x'; 255].into(), ..alert() };

        assert_eq!(long.encode(1, &mut out), Err(EncodeError::TooLong { field: "short_message", octets_max: 254 }));
        assert!(out.is_empty());
    }

    #[test]
    fn a_time_is_empty_or_sixteen_characters() {
        let odd = SubmitSm { validity: "10 minutes".to_owned(), ..alert() };

        assert_eq!(odd.check(), Err(EncodeError::TimeLength { field: "validity_period" }));
    }
}
