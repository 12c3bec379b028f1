//! Questions about a message that the carrier has, and what it says: `cancel_sm`, `query_sm`, `replace_sm` (SMPP 3.4 §4.8 to §4.10).

use std::str::FromStr;

use rusmpp::{
    pdus::{CancelSm, QuerySm, ReplaceSm},
    types::{COctetString, EmptyOrFullCOctetString, OctetString},
    values::{RegisteredDelivery, ServiceType},
};

use super::{ADDRESS_OCTETS_MAX, Address, CarrierMessageId, MESSAGE_ID_OCTETS_MAX, OtherPdu};
use crate::octets::EncodeError;
use crate::receipt::MessageState;

/// The text that takes the place of another.
#[derive(Debug, Clone, Copy)]
pub struct Replacement<'a> {
    /// `validity_period`; empty keeps the one it has.
    pub validity: &'a str,
    /// `registered_delivery`, which replaces the one it has.
    pub registered_delivery: u8,
    /// The new `short_message`, in the encoding the message has: there is no field for another.
    pub octets: &'a [u8],
}

/// What a carrier says of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueryAnswer {
    /// Its state.
    pub state: MessageState,
    /// The network's error code; 0 where there is none.
    pub error: u8,
}

impl OtherPdu {
    /// Asks the carrier to cancel a message.
    ///
    /// # Errors
    /// The id or an address is over its limit.
    pub fn cancel(id: &str, source: &Address, destination: &Address) -> Result<Self, EncodeError> {
        Ok(Self::new(CancelSm::new(
            ServiceType::default(),
            message_id(id)?,
            source.ton,
            source.npi,
            digits("source_addr", source)?,
            destination.ton,
            destination.npi,
            digits("destination_addr", destination)?,
        )))
    }

    /// Asks the carrier what became of a message.
    ///
    /// # Errors
    /// The id or the address is over its limit.
    pub fn query(id: &str, source: &Address) -> Result<Self, EncodeError> {
        Ok(Self::new(QuerySm::new(message_id(id)?, source.ton, source.npi, digits("source_addr", source)?)))
    }

    /// Asks the carrier to give a message another text.
    ///
    /// # Errors
    /// The id, the address, the validity or the text is over its limit.
    pub fn replace(id: &str, source: &Address, with: Replacement<'_>) -> Result<Self, EncodeError> {
        let Replacement { validity, registered_delivery, octets } = with;
        let short_message = OctetString::try_from(octets)
            .map_err(|_| EncodeError::TooLong { field: "short_message", octets_max: 255 })?;
        Ok(Self::new(ReplaceSm::new(
            message_id(id)?,
            source.ton,
            source.npi,
            digits("source_addr", source)?,
            EmptyOrFullCOctetString::empty(),
            EmptyOrFullCOctetString::from_str(validity)
                .map_err(|_| EncodeError::TimeLength { field: "validity_period" })?,
            RegisteredDelivery::from(registered_delivery),
            0,
            short_message,
            None,
        )))
    }

    /// What a `query_sm_resp` says; `None` where it is another operation, has no body, or a state that is none.
    #[must_use]
    pub fn query_answer(&self) -> Option<QueryAnswer> {
        match self.body()? {
            rusmpp::Pdu::QuerySmResp(answer) => Some(QueryAnswer {
                state: MessageState::from_code(u8::from(answer.message_state))?,
                error: answer.error_code,
            }),
            _ => None,
        }
    }
}

fn message_id(id: &str) -> Result<COctetString<1, 65>, EncodeError> {
    let usable = CarrierMessageId::new(id).is_some();
    let id_octets = COctetString::from_str(id).ok().filter(|_| usable);
    id_octets.ok_or(EncodeError::TooLong { field: "message_id", octets_max: MESSAGE_ID_OCTETS_MAX })
}

fn digits(field: &'static str, address: &Address) -> Result<COctetString<1, 21>, EncodeError> {
    let too_long = EncodeError::TooLong { field, octets_max: ADDRESS_OCTETS_MAX };
    COctetString::from_str(&address.digits).map_err(|_| too_long)
}
