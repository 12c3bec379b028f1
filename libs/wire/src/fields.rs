//! The small things that every record is made of: ids, narrow numbers, handsets, addresses, texts.

use bytes::Bytes;
use volley_events::CarrierMessageId;
use volley_types::{AttemptId, Body, DialAddress, MessageId, Npi, SubscriberId, Timestamp, Ton};

use crate::{error::Fault, proto::internal::v1 as wire};

/// An id or hash as a protobuf field.
pub(crate) fn id(octets: impl AsRef<[u8]>) -> Bytes {
    Bytes::copy_from_slice(octets.as_ref())
}

/// An id or hash of exactly `N` octets.
pub(crate) fn octets<const N: usize>(field: &[u8]) -> Result<[u8; N], Fault> {
    field.try_into().map_err(|_| Fault::Octets { octets: field.len(), expected: N })
}

/// An id that may be absent: empty means none.
pub(crate) fn octets_unless_empty<const N: usize>(field: &[u8]) -> Result<Option<[u8; N]>, Fault> {
    if field.is_empty() { Ok(None) } else { octets(field).map(Some) }
}

/// A message id.
pub(crate) fn message_id(field: &[u8]) -> Result<MessageId, Fault> {
    octets(field).map(MessageId::from_bytes)
}

/// A text that may be absent: empty means none.
pub(crate) fn unless_empty<T, E>(field: &str, read: impl FnOnce(&str) -> Result<T, E>) -> Result<Option<T>, E> {
    if field.is_empty() { Ok(None) } else { read(field).map(Some) }
}

/// A text that may be absent, as a protobuf field.
pub(crate) fn text_or_empty(text: Option<&str>) -> String {
    text.map(str::to_owned).unwrap_or_default()
}

/// A number that fits into 8 bits.
pub(crate) fn octet(field: u32) -> Result<u8, Fault> {
    u8::try_from(field).map_err(|_| Fault::TooLarge { value: field.into(), limit: u8::MAX.into() })
}

/// A number that fits into 16 bits.
pub(crate) fn short(field: u32) -> Result<u16, Fault> {
    u16::try_from(field).map_err(|_| Fault::TooLarge { value: field.into(), limit: u16::MAX.into() })
}

/// Refuses a list that is too short or too long.
pub(crate) fn counted<T>(list: Vec<T>, least: usize, most: usize) -> Result<Vec<T>, Fault> {
    match list.len() {
        count if (least..=most).contains(&count) => Ok(list),
        count => Err(Fault::Count { count, least, most }),
    }
}

/// A count that is written only where it is not the usual one.
pub(crate) fn unless_as_many(count: u8, usual: usize) -> Option<u32> {
    (usize::from(count) != usual).then_some(count.into())
}

/// A count that is the usual one unless written.
pub(crate) fn or_as_many(field: Option<u32>, usual: usize) -> Result<u8, Fault> {
    octet(field.unwrap_or(u32::try_from(usual).unwrap_or(u32::MAX)))
}

/// Whatever converts by itself, where it must be there.
pub(crate) fn required<W, T: TryFrom<W, Error = Fault>>(field: Option<W>) -> Result<T, Fault> {
    field.ok_or(Fault::Missing).and_then(T::try_from)
}

/// A point in time as a protobuf field.
pub(crate) fn micros(time: Option<Timestamp>) -> Option<i64> {
    time.map(Timestamp::as_micros)
}

/// Carrier message ids, where an empty one stands for none.
pub(crate) fn carrier_ids(ids: &[Option<CarrierMessageId>]) -> wire::CarrierIds {
    let text = |id: &Option<CarrierMessageId>| text_or_empty(id.as_ref().map(CarrierMessageId::as_str));
    wire::CarrierIds { ids: ids.iter().map(text).collect() }
}

/// A carrier message id.
pub(crate) fn carrier_id(field: &str) -> Result<CarrierMessageId, Fault> {
    CarrierMessageId::new(field).ok_or(Fault::CarrierMessageId)
}

impl TryFrom<wire::CarrierIds> for Vec<Option<CarrierMessageId>> {
    type Error = Fault;
    fn try_from(wire: wire::CarrierIds) -> Result<Self, Fault> {
        wire.ids.iter().map(|id| unless_empty(id, carrier_id)).collect()
    }
}

impl From<&SubscriberId> for wire::Subscriber {
    fn from(subscriber: &SubscriberId) -> Self {
        use wire::subscriber::Form;
        let opaque = || Form::Opaque(text_or_empty(subscriber.as_opaque()));
        Self { form: Some(subscriber.as_e164().map_or_else(opaque, Form::E164)) }
    }
}

impl TryFrom<wire::Subscriber> for SubscriberId {
    type Error = Fault;
    fn try_from(wire: wire::Subscriber) -> Result<Self, Fault> {
        use wire::subscriber::Form;
        match wire.form.ok_or(Fault::Missing)? {
            Form::E164(number) => Ok(Self::e164(number)?),
            Form::Opaque(text) => Ok(Self::opaque(&text)?),
        }
    }
}

impl From<&DialAddress> for wire::DialAddress {
    fn from(address: &DialAddress) -> Self {
        Self {
            digits: address.digits().to_owned(),
            ton: address.ton.0.into(),
            npi: address.npi.0.into(),
        }
    }
}

impl TryFrom<wire::DialAddress> for DialAddress {
    type Error = Fault;
    fn try_from(wire: wire::DialAddress) -> Result<Self, Fault> {
        Ok(Self::new(&wire.digits, Ton(octet(wire.ton)?), Npi(octet(wire.npi)?))?)
    }
}

impl From<AttemptId> for wire::Attempt {
    fn from(attempt: AttemptId) -> Self {
        Self { message_id: id(attempt.message.to_bytes()), number: attempt.number.into() }
    }
}

impl TryFrom<wire::Attempt> for AttemptId {
    type Error = Fault;
    fn try_from(wire: wire::Attempt) -> Result<Self, Fault> {
        Ok(Self { message: message_id(&wire.message_id)?, number: short(wire.number)? })
    }
}

impl From<&Body> for wire::Body {
    fn from(body: &Body) -> Self {
        Self { key_id: body.key_id, bytes: id(body.bytes()) }
    }
}

impl TryFrom<wire::Body> for Body {
    type Error = Fault;
    fn try_from(wire: wire::Body) -> Result<Self, Fault> {
        Ok(Self::sealed(wire.key_id, wire.bytes))
    }
}
