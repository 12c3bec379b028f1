use std::fmt;

use bytes::{Bytes, BytesMut};
use rusmpp::CommandId;

use super::address::ADDRESS_OCTETS_ACCEPTED;
use super::message::{self, View};
use super::{Address, SarPart, Tlvs, tag};
use crate::octets::{self, BodyError, EncodeError, HEADER_OCTETS, Reader};
use crate::status::CommandStatus;

/// The operation that brought a message, and that its answer must fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum DeliverOperation {
    /// `deliver_sm` (SMPP 3.4 §4.6.1).
    #[default]
    DeliverSm,
    /// `data_sm` (SMPP 3.4 §4.7.1): the text is in `message_payload`.
    DataSm,
}

impl DeliverOperation {
    pub(crate) const fn request(self) -> CommandId {
        match self {
            Self::DeliverSm => CommandId::DeliverSm,
            Self::DataSm => CommandId::DataSm,
        }
    }

    pub(crate) const fn response(self) -> CommandId {
        match self {
            Self::DeliverSm => CommandId::DeliverSmResp,
            Self::DataSm => CommandId::DataSmResp,
        }
    }
}

/// What the carrier delivers: a message from a phone or a receipt, by `deliver_sm` or `data_sm`.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct DeliverSm {
    /// Which of the two operations it was.
    pub operation: DeliverOperation,
    /// `service_type`.
    pub service_type: String,
    /// Who wrote: `source_addr` with its TON and NPI. In a receipt, our recipient.
    pub source: Address,
    /// To whom: `destination_addr` with its TON and NPI. In a receipt, our sender.
    pub destination: Address,
    /// `esm_class` (§5.2.12): see [`DeliveryKind`](crate::receipt::DeliveryKind); 0x40 for a user data header.
    pub esm_class: u8,
    /// `protocol_id`.
    pub protocol_id: u8,
    /// `priority_flag`.
    pub priority: u8,
    /// `schedule_delivery_time`, unused here by the specification.
    pub schedule: String,
    /// `validity_period`, unused here by the specification.
    pub validity: String,
    /// `registered_delivery`.
    pub registered_delivery: u8,
    /// `replace_if_present_flag`, unused here by the specification.
    pub replace_if_present: u8,
    /// `data_coding` (§5.2.19).
    pub data_coding: u8,
    /// `sm_default_msg_id`, unused here by the specification.
    pub default_message_id: u8,
    /// `short_message`, up to 255 octets; see [`DeliverSm::content`].
    pub short_message: Bytes,
    /// Optional parameters.
    pub tlvs: Tlvs,
    /// The whole PDU as it came, header included. Empty in a value that never was on a wire.
    pub raw: Bytes,
}

impl DeliverSm {
    /// The text octets: `short_message`, or `message_payload` where that is empty (SMPP 3.4 §5.3.2.32).
    #[must_use]
    pub fn content(&self) -> Bytes {
        if self.short_message.is_empty() {
            self.message_payload().cloned().unwrap_or_default()
        } else {
            self.short_message.clone()
        }
    }

    /// `message_payload`, if it is there.
    #[must_use]
    pub fn message_payload(&self) -> Option<&Bytes> {
        self.tlvs.get(tag::MESSAGE_PAYLOAD)
    }

    /// Whether the text begins with a user data header (`esm_class` bit 6).
    #[must_use]
    pub const fn has_user_data_header(&self) -> bool {
        self.esm_class & 0x40 != 0
    }

    /// The place of this part in a long message, where the carrier says it by `sar_` parameters.
    #[must_use]
    pub fn sar_part(&self) -> Option<SarPart> {
        self.tlvs.sar_part()
    }

    /// Appends the whole PDU to `out`: the carrier's side of the operation. `raw` plays no part.
    ///
    /// # Errors
    /// The first field that does not fit the protocol; `out` is then unchanged.
    pub fn encode(&self, sequence: u32, out: &mut BytesMut) -> Result<(), EncodeError> {
        let view = self.view();
        view.check(ADDRESS_OCTETS_ACCEPTED)?;
        octets::put_pdu(out, self.operation.request().into(), CommandStatus::OK, sequence, |out| {
            match self.operation {
                DeliverOperation::DeliverSm => view.put(out),
                DeliverOperation::DataSm => view.put_data(out),
            }
        });
        Ok(())
    }

    pub(crate) fn decode_deliver(pdu: Bytes) -> Result<Self, BodyError> {
        let body = message::decode(&pdu)?;
        Ok(Self {
            operation: DeliverOperation::DeliverSm,
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
            raw: pdu,
        })
    }

    pub(crate) fn decode_data(pdu: Bytes) -> Result<Self, BodyError> {
        let mut reader = Reader::new(&pdu[HEADER_OCTETS..]);
        let (service_type, source, destination) = message::decode_addressing(&mut reader)?;
        let esm_class = reader.u8("esm_class")?;
        let registered_delivery = reader.u8("registered_delivery")?;
        let data_coding = reader.u8("data_coding")?;
        let tlvs = Tlvs::decode(&mut reader, |value| pdu.slice_ref(value))?;
        Ok(Self {
            operation: DeliverOperation::DataSm,
            service_type,
            source,
            destination,
            esm_class,
            registered_delivery,
            data_coding,
            tlvs,
            raw: pdu,
            ..Self::default()
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
impl fmt::Debug for DeliverSm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeliverSm")
            .field("operation", &self.operation)
            .field("source", &self.source)
            .field("destination", &self.destination)
            .field("esm_class", &format_args!("0x{:02X}", self.esm_class))
            .field("data_coding", &format_args!("0x{:02X}", self.data_coding))
            .field("octets", &self.content().len())
            .field("tlvs", &self.tlvs)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::super::Tlv;
    use super::*;

    #[test]
    fn a_data_sm_comes_back_with_its_payload() {
        let sent = DeliverSm {
            operation: DeliverOperation::DataSm,
            source: Address::international("821012345678"),
            destination: Address::short_code("4565"),
            tlvs: [Tlv::message_payload(&b"VOTE 2"[..])].into_iter().collect(),
            ..DeliverSm::default()
        };
        let mut pdu = BytesMut::new();
        sent.encode(9, &mut pdu).expect("fits");

        let read = DeliverSm::decode_data(pdu.freeze()).expect("decodes");

        assert_eq!(read.content(), &b"VOTE 2"[..]);
        assert_eq!(DeliverSm { raw: Bytes::new(), ..read }, sent);
    }

    #[test]
    fn debug_shows_neither_text_nor_number() {
        let delivered = DeliverSm {
            source: Address::international("821012345678"),
            short_message: Bytes::from_static(b"a secret text"),
            ..DeliverSm::default()
        };
        let shown = format!("{delivered:?}");

        assert!(!shown.contains("secret") && !shown.contains("821012345678"), "{shown}");
    }
}
