//! The body that `submit_sm` and `deliver_sm` share (SMPP 3.4 §4.4.1, §4.6.1), written and read in one place.

use bytes::{BufMut, Bytes, BytesMut};

use super::{Address, Tlvs};
use crate::octets::{self, BodyError, EncodeError, Reader};
use crate::status::CommandStatus;

/// Octets of `short_message` we send: 254 in SMPP 3.4 (255 is not allowed). Longer bodies go as `message_payload`.
pub const SHORT_MESSAGE_OCTETS_MAX: usize = 254;

/// Characters of `service_type` (SMPP 3.4 §5.2.11); up to 16 are accepted.
pub(super) const SERVICE_TYPE_OCTETS_MAX: usize = 5;
const SERVICE_TYPE_OCTETS_ACCEPTED: usize = 16;

/// Characters of a time (SMPP 3.4 §7.1.1); up to 32 are accepted.
const TIME_OCTETS: usize = 16;
const TIME_OCTETS_ACCEPTED: usize = 32;

/// The fields as read, owned.
pub(super) struct Decoded {
    pub service_type: String,
    pub source: Address,
    pub destination: Address,
    pub esm_class: u8,
    pub protocol_id: u8,
    pub priority: u8,
    pub schedule: String,
    pub validity: String,
    pub registered_delivery: u8,
    pub replace_if_present: u8,
    pub data_coding: u8,
    pub default_message_id: u8,
    pub short_message: Bytes,
    pub tlvs: Tlvs,
}

/// Reads the body that `pdu`, one whole PDU, carries. Texts and parameters share its memory.
///
/// Accepted beyond the letter of the specification: addresses up to 64 octets, 255 octets of text, padding at the end.
pub(super) fn decode(pdu: &Bytes) -> Result<Decoded, BodyError> {
    let mut reader = Reader::new(&pdu[octets::HEADER_OCTETS..]);
    let (service_type, source, destination) = decode_addressing(&mut reader)?;
    let esm_class = reader.u8("esm_class")?;
    let protocol_id = reader.u8("protocol_id")?;
    let priority = reader.u8("priority_flag")?;
    let schedule = reader.c_string("schedule_delivery_time", TIME_OCTETS_ACCEPTED, CommandStatus::INVALID_SCHEDULE)?;
    let validity = reader.c_string("validity_period", TIME_OCTETS_ACCEPTED, CommandStatus::INVALID_EXPIRY)?;
    let registered_delivery = reader.u8("registered_delivery")?;
    let replace_if_present = reader.u8("replace_if_present_flag")?;
    let data_coding = reader.u8("data_coding")?;
    let default_message_id = reader.u8("sm_default_msg_id")?;
    let short_message_octets = reader.u8("sm_length")?;
    let short_message = reader
        .take(usize::from(short_message_octets))
        .ok_or(BodyError { field: "short_message", status: CommandStatus::INVALID_MESSAGE_LENGTH })?;
    Ok(Decoded {
        service_type,
        source,
        destination,
        esm_class,
        protocol_id,
        priority,
        schedule,
        validity,
        registered_delivery,
        replace_if_present,
        data_coding,
        default_message_id,
        short_message: pdu.slice_ref(short_message),
        tlvs: Tlvs::decode(&mut reader, |value| pdu.slice_ref(value))?,
    })
}

/// The three fields every message operation begins with.
pub(super) fn decode_addressing(reader: &mut Reader<'_>) -> Result<(String, Address, Address), BodyError> {
    let service_type =
        reader.c_string("service_type", SERVICE_TYPE_OCTETS_ACCEPTED, CommandStatus::INVALID_SERVICE_TYPE)?;
    let source = Address::decode(reader, "source_addr", CommandStatus::INVALID_SOURCE_ADDRESS)?;
    let destination = Address::decode(reader, "destination_addr", CommandStatus::INVALID_DESTINATION_ADDRESS)?;
    Ok((service_type, source, destination))
}

/// The fields to write, borrowed.
pub(super) struct View<'a> {
    pub service_type: &'a str,
    pub source: &'a Address,
    pub destination: &'a Address,
    pub esm_class: u8,
    pub protocol_id: u8,
    pub priority: u8,
    pub schedule: &'a str,
    pub validity: &'a str,
    pub registered_delivery: u8,
    pub replace_if_present: u8,
    pub data_coding: u8,
    pub default_message_id: u8,
    pub short_message: &'a [u8],
    pub tlvs: &'a Tlvs,
}

impl View<'_> {
    /// Checks every field against its limit, so that `put` cannot fail half-way.
    pub(super) fn check(&self, address_octets_max: usize) -> Result<(), EncodeError> {
        octets::check_c_string("service_type", self.service_type, SERVICE_TYPE_OCTETS_MAX)?;
        self.source.check("source_addr", address_octets_max)?;
        self.destination.check("destination_addr", address_octets_max)?;
        check_time("schedule_delivery_time", self.schedule)?;
        check_time("validity_period", self.validity)?;
        if self.short_message.len() > SHORT_MESSAGE_OCTETS_MAX {
            return Err(EncodeError::TooLong { field: "short_message", octets_max: SHORT_MESSAGE_OCTETS_MAX });
        }
        self.tlvs.check()
    }

    /// Appends the body of a `submit_sm` or `deliver_sm`.
    pub(super) fn put(&self, out: &mut BytesMut) {
        octets::put_c_string(out, self.service_type);
        self.source.put(out);
        self.destination.put(out);
        out.put_slice(&[self.esm_class, self.protocol_id, self.priority]);
        octets::put_c_string(out, self.schedule);
        octets::put_c_string(out, self.validity);
        out.put_slice(&[
            self.registered_delivery,
            self.replace_if_present,
            self.data_coding,
            self.default_message_id,
            u8::try_from(self.short_message.len()).expect("`check` passed this length before"),
        ]);
        out.put_slice(self.short_message);
        self.tlvs.put(out);
    }

    /// Appends the body of a `data_sm`, which has fewer fields and no `short_message`.
    pub(super) fn put_data(&self, out: &mut BytesMut) {
        octets::put_c_string(out, self.service_type);
        self.source.put(out);
        self.destination.put(out);
        out.put_slice(&[self.esm_class, self.registered_delivery, self.data_coding]);
        self.tlvs.put(out);
    }
}

fn check_time(field: &'static str, time: &str) -> Result<(), EncodeError> {
    if !time.is_empty() && time.len() != TIME_OCTETS {
        return Err(EncodeError::TimeLength { field });
    }
    octets::check_c_string(field, time, TIME_OCTETS)
}
