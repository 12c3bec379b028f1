//! The public topic: the flat event, its deterministic id, its CloudEvents attributes, and the pseudonyms of handsets (D13).

use std::{borrow::Cow, fmt};

use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use prost::Message;
use sha2::{Digest, Sha256};
use volley_events::PublicEvent;
use volley_types::{AccountId, CarrierName, Keyword, NumberId, PollId, Position, RequestId, Source, SubscriberId};
use volley_types::{MessageId, ThreadId, Timestamp};

use crate::{
    error::WireError,
    fields::text_or_empty,
    proto::{
        events::v1 as wire,
        messaging::v1::{ErrorCode, MessageState, Reason, TrafficClass},
    },
    redact,
    words::number,
};

/// How the public topic writes handsets.
#[derive(Debug, Clone, Copy)]
pub enum Handsets<'a> {
    /// As pseudonyms: the default.
    Hashed(&'a Pseudonyms),
    /// As `+digits`, where the tenant asked for it; keys are pseudonyms all the same.
    Clear(&'a Pseudonyms),
}

impl Handsets<'_> {
    fn pseudonyms(&self) -> &Pseudonyms {
        match self {
            Self::Hashed(pseudonyms) | Self::Clear(pseudonyms) => pseudonyms,
        }
    }
}

/// Writes handsets as keyed hashes: the same handset has the same pseudonym as long as the deployment keeps its key.
#[derive(Clone)]
pub struct Pseudonyms(Hmac<Sha256>);

/// Octets of a pseudonym, and of an event id, before they are written in hexadecimal.
const SHORT_HASH_OCTETS: usize = 16;

impl Pseudonyms {
    /// Pseudonyms under the deployment's key: any octets, best 32 random ones.
    pub fn new(key: &[u8]) -> Self {
        Self(Hmac::new_from_slice(key).expect("HMAC takes a key of any length"))
    }

    /// The pseudonym of a handset: 32 hexadecimal digits, the first half of HMAC-SHA-256 over its key octets.
    pub fn of(&self, subscriber: &SubscriberId) -> String {
        let mac = self.0.clone().chain_update(subscriber.key()).finalize().into_bytes();
        hex::encode(&mac[..SHORT_HASH_OCTETS])
    }
}

/// Does not show the key.
impl fmt::Debug for Pseudonyms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pseudonyms")
    }
}

/// One record of the public topic, ready to be appended beside its own header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicRecord {
    /// The event's id: 32 hexadecimal digits.
    pub event_id: String,
    /// The key of the record: the handset's pseudonym, where there is a handset.
    pub key: Option<Bytes>,
    /// The protobuf of the event, without envelope.
    pub value: Bytes,
    /// CloudEvents 1.0 attributes as record headers (Kafka protocol binding, binary mode).
    pub attributes: Vec<(Cow<'static, str>, Bytes)>,
}

/// Makes the public record of an event that `source` decided at `position`.
pub fn public_record(event: &PublicEvent, source: Source, position: Position, handsets: Handsets<'_>) -> PublicRecord {
    let event_id = event_id(source, position);
    let pseudonym = event.subscriber.as_ref().map(|subscriber| handsets.pseudonyms().of(subscriber));
    let key = pseudonym.clone().map(Bytes::from);
    let handset = match (handsets, &event.subscriber) {
        (Handsets::Clear(_), Some(subscriber)) => Some(subscriber.to_written()),
        _ => pseudonym,
    };
    let value = flat(event, event_id.clone(), handset.unwrap_or_default())
        .encode_to_vec()
        .into();
    let attributes = vec![
        ("ce_specversion".into(), Bytes::from_static(b"1.0")),
        ("ce_id".into(), event_id.clone().into()),
        ("ce_type".into(), format!("volley.{}", event.kind.as_str()).into()),
        ("ce_source".into(), source_path(source).into()),
        ("ce_time".into(), rfc3339(event.at).into()),
        ("content-type".into(), Bytes::from_static(b"application/protobuf")),
    ];
    PublicRecord { event_id, key, value, attributes }
}

/// The id of the event that `source` decided at `position`: the first half of SHA-256 over kind, id, offset and index, big endian.
/// A replay gives it again, so a reader can tell a rare repeat.
pub fn event_id(source: Source, position: Position) -> String {
    let hash = Sha256::new()
        .chain_update([source.kind()])
        .chain_update(source.id().to_be_bytes())
        .chain_update(position.offset.to_be_bytes())
        .chain_update(position.index.to_be_bytes())
        .finalize();
    hex::encode(&hash[..SHORT_HASH_OCTETS])
}

/// A record of the public topic, as strangers read it.
///
/// # Errors
/// [`WireError::NotProtobuf`] when it is no public event.
pub fn public_event(value: &Bytes) -> Result<wire::PublicEvent, WireError> {
    Ok(wire::PublicEvent::decode(value.clone())?)
}

/// A record of the public topic as JSON, handsets hidden.
///
/// # Errors
/// [`WireError::NotProtobuf`] when it is no public event.
pub fn public_to_json(value: &Bytes) -> Result<serde_json::Value, WireError> {
    Ok(redact::to_json(&public_event(value)?))
}

fn flat(event: &PublicEvent, event_id: String, handset: String) -> wire::PublicEvent {
    wire::PublicEvent {
        event_id,
        r#type: event.kind.as_str().to_owned(),
        at_us: event.at.as_micros(),
        tenant: event.tenant.as_str().to_owned(),
        message_id: event.message.as_ref().map(MessageId::to_string).unwrap_or_default(),
        request_id: text_or_empty(event.request.as_ref().map(RequestId::as_str)),
        thread_id: event.thread.as_ref().map(ThreadId::to_string).unwrap_or_default(),
        number: text_or_empty(event.number.as_ref().map(NumberId::as_str)),
        subscriber: handset,
        traffic_class: event.class.map_or(0, number::<TrafficClass, _>),
        attempt: event.attempt.into(),
        account: text_or_empty(event.account.as_ref().map(AccountId::as_str)),
        carrier: text_or_empty(event.carrier.as_ref().map(CarrierName::as_str)),
        segments: event.segments.into(),
        state: event.state.map_or(0, number::<MessageState, _>),
        reason: number::<Reason, _>(event.reason),
        carrier_status: event.carrier_status.unwrap_or(0),
        carrier_error: text_or_empty(event.carrier_error.as_deref()),
        keyword: text_or_empty(event.keyword.as_ref().map(Keyword::as_str)),
        poll: text_or_empty(event.poll.as_ref().map(PollId::as_str)),
        error_code: event.error_code.map_or(0, number::<ErrorCode, _>),
    }
}

/// A source as a URI reference, such as `/volley/routing/3`.
fn source_path(source: Source) -> String {
    match source {
        Source::FrontDoor(run) => format!("/volley/ingest/{run:016x}"),
        Source::Routing(partition) => format!("/volley/routing/{partition}"),
        Source::Correlation(partition) => format!("/volley/mo-correlation/{partition}"),
        Source::ConfigFanout => "/volley/config".to_owned(),
        Source::Egress(carrier) => format!("/volley/carrier-egress/{carrier:016x}"),
        Source::Owner(run) => format!("/volley/owner/{run:016x}"),
    }
}

/// A point in time as RFC 3339 in UTC; one outside the years -9999 to 9999 as the nearest that can be written.
fn rfc3339(at: Timestamp) -> String {
    let nearest = if at.as_micros() < 0 { jiff::Timestamp::MIN } else { jiff::Timestamp::MAX };
    jiff::Timestamp::from_microsecond(at.as_micros()).unwrap_or(nearest).to_string()
}

#[cfg(test)]
mod tests {
    use volley_events::PublicKind;
    use volley_types::{Partition, TenantId};

    use super::*;

    const AT: Position = Position { offset: 7, index: 1 };

    fn event() -> PublicEvent {
        PublicEvent {
            kind: PublicKind::MessageAccepted,
            at: Timestamp::from_micros(1_763_900_000_123_456),
            tenant: TenantId::new("acme").unwrap(),
            message: None,
            request: None,
            thread: None,
            number: None,
            subscriber: Some(SubscriberId::e164(821_012_345_678).unwrap()),
            class: None,
            attempt: 0,
            account: None,
            carrier: None,
            segments: 0,
            state: None,
            reason: volley_types::Reason::None,
            carrier_status: None,
            carrier_error: None,
            error_code: None,
            keyword: None,
            poll: None,
        }
    }

    fn written(handsets: Handsets<'_>) -> String {
        let record = public_record(&event(), Source::Routing(Partition(3)), AT, handsets);
        wire::PublicEvent::decode(record.value).unwrap().subscriber
    }

    #[test]
    fn an_event_id_never_changes() {
        assert_eq!(event_id(Source::Routing(Partition(3)), AT), "2dc05f20e4db9a03750ac6212772ee2b");
        assert_ne!(event_id(Source::Correlation(Partition(3)), AT), event_id(Source::Routing(Partition(3)), AT));
    }

    #[test]
    fn the_attributes_are_those_of_cloud_events() {
        let pseudonyms = Pseudonyms::new(b"key");
        let record = public_record(&event(), Source::Routing(Partition(3)), AT, Handsets::Hashed(&pseudonyms));
        let attributes: Vec<_> = record.attributes.iter().map(|(name, value)| (&**name, &value[..])).collect();
        assert_eq!(
            attributes,
            [
                ("ce_specversion", &b"1.0"[..]),
                ("ce_id", record.event_id.as_bytes()),
                ("ce_type", b"volley.message.accepted"),
                ("ce_source", b"/volley/routing/3"),
                ("ce_time", b"2025-11-23T12:13:20.123456Z"),
                ("content-type", b"application/protobuf"),
            ]
        );
    }

    #[test]
    fn a_handset_is_a_keyed_hash_unless_the_tenant_asked_for_clear_numbers() {
        let (one, other) = (Pseudonyms::new(b"one"), Pseudonyms::new(b"other"));
        assert_eq!(written(Handsets::Clear(&one)), "+821012345678");
        assert_eq!(written(Handsets::Hashed(&one)).len(), 32);
        assert_eq!(written(Handsets::Hashed(&one)), written(Handsets::Hashed(&one)));
        assert_ne!(written(Handsets::Hashed(&one)), written(Handsets::Hashed(&other)));
    }

    #[test]
    fn the_key_is_the_pseudonym_whatever_is_written() {
        let pseudonyms = Pseudonyms::new(b"key");
        let key = |handsets| public_record(&event(), Source::Routing(Partition(3)), AT, handsets).key;
        let wanted = Bytes::from(pseudonyms.of(&SubscriberId::e164(821_012_345_678).unwrap()));
        assert_eq!(key(Handsets::Hashed(&pseudonyms)), Some(wanted.clone()));
        assert_eq!(key(Handsets::Clear(&pseudonyms)), Some(wanted));
    }

    #[test]
    fn any_time_can_be_written() {
        assert_eq!(rfc3339(Timestamp::from_micros(0)), "1970-01-01T00:00:00Z");
        assert!(rfc3339(Timestamp::MIN).starts_with("-009999"));
        assert!(rfc3339(Timestamp::MAX).starts_with("9999"));
    }
}
