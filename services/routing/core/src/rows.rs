//! The rows routing keeps, and their keys.

use serde::{Deserialize, Serialize};
use volley_events::Origin;
use volley_rows::{KeyReader, Row, RowKey, RowKind};
use volley_types::{
    AccountId, ArrivalId, Body, ContentHash, Lane, MessageId, NumberId, RequestId, SubscriberId, TenantId, Timestamp,
    TrafficClass,
};

use crate::life::Life;

/// One message, from its acceptance until its id may be forgotten.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageRow {
    /// What the request asked for; tells a repeat from a conflict.
    pub content: ContentHash,
    /// Where it is.
    pub life: Life,
    /// Attempts made.
    pub attempts: u16,
    /// Attempts that count against the limit: throttled and unsent ones do not.
    pub counted: u16,
    /// What an attempt needs; dropped when done.
    pub order: Option<Box<OrderFacts>>,
    /// When its timer is due.
    pub timer: Option<Timestamp>,
}

impl Row for MessageRow {
    const KIND: RowKind = RowKind::RoutingMessage;
    type Key = MessageId;
}

/// What an attempt needs to know of its message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderFacts {
    /// Whose it is.
    pub tenant: TenantId,
    /// The client's id for it.
    pub request: RequestId,
    /// The virtual number.
    pub sender: NumberId,
    /// The handset.
    pub subscriber: SubscriberId,
    /// The text.
    pub text: Body,
    /// Its class.
    pub class: TrafficClass,
    /// End of its validity.
    pub deadline: Timestamp,
    /// When the log had it.
    pub accepted_at: Timestamp,
    /// When the front door took it.
    pub received_at: Timestamp,
    /// The arrival it confirms, for an answer of our own.
    pub confirms: Option<ArrivalId>,
}

impl OrderFacts {
    /// Who asked for it.
    pub fn origin(&self) -> Origin {
        match self.confirms {
            Some(arrival) => Origin::Confirmation { arrival },
            None => Origin::Client,
        }
    }
}

/// An opt-out of one handset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OptOutRow {
    /// Since when, by our edge.
    pub since: Timestamp,
}

impl Row for OptOutRow {
    const KIND: RowKind = RowKind::RoutingOptOut;
    type Key = OptOutKey;
}

/// What an opt-out covers: everything from one number, or all advertising of a tenant (no number).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OptOutKey {
    /// The handset.
    pub subscriber: SubscriberId,
    /// The tenant.
    pub tenant: TenantId,
    /// The number, or none for all of the tenant's advertising.
    pub number: Option<NumberId>,
}

impl RowKey for OptOutKey {
    fn encode(&self, out: &mut Vec<u8>) {
        put_subscriber(out, &self.subscriber);
        KeyReader::put_text(out, self.tenant.as_str());
        out.extend_from_slice(self.number.as_ref().map_or("", NumberId::as_str).as_bytes());
    }

    fn decode(octets: &[u8]) -> Option<Self> {
        let mut reader = KeyReader::new(octets);
        let subscriber = read_subscriber(&mut reader)?;
        let tenant = TenantId::new(reader.text()?).ok()?;
        let number = match std::str::from_utf8(reader.rest()).ok()? {
            "" => None,
            number => Some(NumberId::new(number).ok()?),
        };
        Some(Self { subscriber, tenant, number })
    }
}

/// How many attempts an account's lane may have unsettled, and has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AllowanceRow {
    /// The run of egress that said so.
    pub run: u64,
    /// Its revision within the run.
    pub revision: u64,
    /// How many may be unsettled.
    pub allowed: u32,
    /// How many are.
    pub unsettled: u32,
}

impl AllowanceRow {
    /// Whether another attempt may be handed over.
    pub fn has_room(&self) -> bool {
        self.unsettled < self.allowed
    }
}

impl Row for AllowanceRow {
    const KIND: RowKind = RowKind::RoutingAllowance;
    type Key = LaneKey;
}

/// An account's lane.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LaneKey(pub AccountId, pub Lane);

impl RowKey for LaneKey {
    fn encode(&self, out: &mut Vec<u8>) {
        KeyReader::put_text(out, self.0.as_str());
        out.push(lane_octet(self.1));
    }

    fn decode(octets: &[u8]) -> Option<Self> {
        let mut reader = KeyReader::new(octets);
        let account = AccountId::new(reader.text()?).ok()?;
        let [lane] = reader.array()?;
        Some(Self(account, lane_of(lane)?))
    }
}

/// A parked message in its queue; the key says it all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueRow;

impl Row for QueueRow {
    const KIND: RowKind = RowKind::RoutingQueue;
    type Key = QueueKey;
}

/// A place in a queue: by route and lane, then tenant, then the order of parking.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct QueueKey {
    /// Prefix of the route.
    pub route: String,
    /// The lane.
    pub lane: Lane,
    /// Whose message it is.
    pub tenant: TenantId,
    /// Offset of the record that parked it.
    pub parked_by: u64,
    /// The message.
    pub message: MessageId,
}

impl QueueKey {
    /// The octets that all places of one queue start with.
    pub fn queue_prefix(route: &str, lane: Lane) -> Vec<u8> {
        let mut octets = Vec::new();
        KeyReader::put_text(&mut octets, route);
        octets.push(lane_octet(lane));
        octets
    }
}

impl RowKey for QueueKey {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&Self::queue_prefix(&self.route, self.lane));
        KeyReader::put_text(out, self.tenant.as_str());
        out.extend_from_slice(&self.parked_by.to_be_bytes());
        out.extend_from_slice(&self.message.to_bytes());
    }

    fn decode(octets: &[u8]) -> Option<Self> {
        let mut reader = KeyReader::new(octets);
        let route = reader.text()?.to_owned();
        let [lane] = reader.array()?;
        let tenant = TenantId::new(reader.text()?).ok()?;
        let parked_by = reader.u64()?;
        let message = MessageId::from_bytes(reader.array()?);
        reader
            .is_empty()
            .then_some(Self { route, lane: lane_of(lane)?, tenant, parked_by, message })
    }
}

/// The tenant that was served last from a queue, under the queue's prefix.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TurnRow {
    /// The tenant.
    pub last: TenantId,
}

impl Row for TurnRow {
    const KIND: RowKind = RowKind::RoutingTurn;
    type Key = Vec<u8>;
}

/// Something is due about a message; the key says it all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimerRow;

impl Row for TimerRow {
    const KIND: RowKind = RowKind::RoutingTimer;
    type Key = TimerKey;
}

/// When, and about which message. A message has at most one timer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TimerKey {
    /// When it is due.
    pub due: Timestamp,
    /// The message.
    pub message: MessageId,
}

impl RowKey for TimerKey {
    fn encode(&self, out: &mut Vec<u8>) {
        self.due.encode(out);
        self.message.encode(out);
    }

    fn decode(octets: &[u8]) -> Option<Self> {
        let (due, message) = octets.split_at_checked(8)?;
        Some(Self { due: Timestamp::decode(due)?, message: MessageId::decode(message)? })
    }
}

/// A message that waits for a configuration record; the key says it all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfigWaitRow;

impl Row for ConfigWaitRow {
    const KIND: RowKind = RowKind::RoutingConfigWait;
    type Key = ConfigWaitKey;
}

/// What a message waits for, and its place among those that do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ConfigWaitKey {
    /// The directory must have come to this offset.
    pub config_offset: u64,
    /// Offset of the record that made it wait.
    pub parked_by: u64,
    /// The message.
    pub message: MessageId,
}

impl RowKey for ConfigWaitKey {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.config_offset.to_be_bytes());
        out.extend_from_slice(&self.parked_by.to_be_bytes());
        self.message.encode(out);
    }

    fn decode(octets: &[u8]) -> Option<Self> {
        let mut reader = KeyReader::new(octets);
        let (config_offset, parked_by) = (reader.u64()?, reader.u64()?);
        Some(Self { config_offset, parked_by, message: MessageId::decode(reader.rest())? })
    }
}

/// The last concatenation reference of a number and a handset (telecom: counted per pair, so that two long messages differ).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReferenceRow {
    /// The last one used.
    pub last: u8,
}

impl Row for ReferenceRow {
    const KIND: RowKind = RowKind::RoutingReference;
    type Key = PairKey;
}

/// A number and a handset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PairKey {
    /// The handset.
    pub subscriber: SubscriberId,
    /// The number.
    pub number: NumberId,
}

impl RowKey for PairKey {
    fn encode(&self, out: &mut Vec<u8>) {
        put_subscriber(out, &self.subscriber);
        out.extend_from_slice(self.number.as_str().as_bytes());
    }

    fn decode(octets: &[u8]) -> Option<Self> {
        let mut reader = KeyReader::new(octets);
        let subscriber = read_subscriber(&mut reader)?;
        let number = NumberId::new(std::str::from_utf8(reader.rest()).ok()?).ok()?;
        Some(Self { subscriber, number })
    }
}

fn put_subscriber(out: &mut Vec<u8>, subscriber: &SubscriberId) {
    let key = subscriber.key();
    out.push(u8::try_from(key.len()).expect("a subscriber key is at most 129 octets"));
    out.extend_from_slice(&key);
}

fn read_subscriber(reader: &mut KeyReader<'_>) -> Option<SubscriberId> {
    let [length] = reader.array()?;
    let key: Option<Vec<u8>> = (0..length).map(|_| reader.array::<1>().map(|[octet]| octet)).collect();
    SubscriberId::from_key(&key?).ok()
}

const fn lane_octet(lane: Lane) -> u8 {
    match lane {
        Lane::Otp => 1,
        Lane::Normal => 2,
        Lane::Bulk => 3,
    }
}

const fn lane_of(octet: u8) -> Option<Lane> {
    match octet {
        1 => Some(Lane::Otp),
        2 => Some(Lane::Normal),
        3 => Some(Lane::Bulk),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round_trip<K: RowKey + PartialEq + std::fmt::Debug>(key: K) {
        let mut octets = Vec::new();
        key.encode(&mut octets);
        assert_eq!(K::decode(&octets), Some(key));
    }

    #[test]
    fn every_key_reads_back() {
        let subscriber = SubscriberId::e164(821_012_345_678).unwrap();
        let (tenant, number) = (TenantId::new("acme").unwrap(), NumberId::new("KR:4565").unwrap());
        let message = MessageId::from_bytes([7; 16]);
        round_trip(OptOutKey {
            subscriber: subscriber.clone(),
            tenant: tenant.clone(),
            number: Some(number.clone()),
        });
        round_trip(OptOutKey { subscriber: subscriber.clone(), tenant: tenant.clone(), number: None });
        round_trip(LaneKey(AccountId::new("main").unwrap(), Lane::Bulk));
        round_trip(QueueKey { route: String::new(), lane: Lane::Otp, tenant, parked_by: 9, message });
        round_trip(TimerKey { due: Timestamp::from_micros(-4), message });
        round_trip(ConfigWaitKey { config_offset: 3, parked_by: 9, message });
        round_trip(PairKey { subscriber, number });
    }
}
