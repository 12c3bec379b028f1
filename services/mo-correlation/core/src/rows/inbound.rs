//! What is kept of receipts and replies.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};
use volley_events::{CarrierMessageId, ConsentAction, ReceiptState};
use volley_rows::{KeyReader, Row, RowKey, RowKind};
use volley_types::{
    AccountId, ArrivalId, AttemptId, Body, CarrierName, DialAddress, MessageId, SubscriberId, TenantId, Timestamp,
};

use super::keys::{put_short, put_subscriber, read_short, read_subscriber};

/// Which attempt and segment a carrier's id belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CarrierIdRow {
    /// The attempt.
    pub attempt: AttemptId,
    /// The segment, from 0.
    pub segment: u8,
}

impl Row for CarrierIdRow {
    const KIND: RowKind = RowKind::CorrelationCarrierId;
    type Key = CarrierIdKey;
}

/// A carrier and one of its ids. Ids are compared without case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CarrierIdKey {
    carrier: CarrierName,
    folded: Vec<u8>,
}

impl CarrierIdKey {
    /// The key of an id.
    pub fn new(carrier: &CarrierName, id: &CarrierMessageId) -> Self {
        Self { carrier: carrier.clone(), folded: id.as_str().to_ascii_lowercase().into_bytes() }
    }
}

impl RowKey for CarrierIdKey {
    fn encode(&self, out: &mut Vec<u8>) {
        KeyReader::put_text(out, self.carrier.as_str());
        put_short(out, &self.folded);
    }

    fn decode(octets: &[u8]) -> Option<Self> {
        let mut reader = KeyReader::new(octets);
        let carrier = CarrierName::new(reader.text()?).ok()?;
        let folded = read_short(&mut reader)?;
        reader.is_empty().then_some(Self { carrier, folded })
    }
}

/// A receipt that no message claims yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnmatchedRow {
    /// The account it came in on.
    pub account: AccountId,
    /// The handset it speaks of.
    pub subscriber: SubscriberId,
    /// The id as the carrier wrote it.
    pub id: Option<CarrierMessageId>,
    /// What it says.
    pub state: ReceiptState,
    /// The carrier's error code.
    pub error: Option<String>,
    /// When it came in.
    pub received_at: Timestamp,
    /// Its octets, so that a corrected profile can read them again.
    pub raw: Body,
    /// Whether it was told that nobody claims it.
    pub told: bool,
    /// When its timer is due.
    pub timer: Option<Timestamp>,
}

impl Row for UnmatchedRow {
    const KIND: RowKind = RowKind::CorrelationUnmatched;
    type Key = UnmatchedKey;
}

/// A carrier, the id a receipt names (may be none), and the receipt's arrival.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnmatchedKey {
    /// Who sent it.
    pub carrier: CarrierName,
    folded: Vec<u8>,
    /// Its arrival.
    pub arrival: ArrivalId,
}

impl UnmatchedKey {
    /// The key of a receipt.
    pub fn new(carrier: &CarrierName, id: Option<&CarrierMessageId>, arrival: ArrivalId) -> Self {
        let folded = id.map(|id| id.as_str().to_ascii_lowercase().into_bytes()).unwrap_or_default();
        Self { carrier: carrier.clone(), folded, arrival }
    }

    /// What the keys of all receipts that name an id start with.
    pub fn id_prefix(carrier: &CarrierName, id: &CarrierMessageId) -> Vec<u8> {
        let mut octets = Vec::new();
        CarrierIdKey::new(carrier, id).encode(&mut octets);
        octets
    }
}

impl RowKey for UnmatchedKey {
    fn encode(&self, out: &mut Vec<u8>) {
        KeyReader::put_text(out, self.carrier.as_str());
        put_short(out, &self.folded);
        out.extend_from_slice(&self.arrival.to_bytes());
    }

    fn decode(octets: &[u8]) -> Option<Self> {
        let mut reader = KeyReader::new(octets);
        let carrier = CarrierName::new(reader.text()?).ok()?;
        let folded = read_short(&mut reader)?;
        let arrival = ArrivalId::from_bytes(reader.array()?);
        reader.is_empty().then_some(Self { carrier, folded, arrival })
    }
}

/// A message of which a carrier may have sent a receipt under an id that nobody was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamelessRow;

impl Row for NamelessRow {
    const KIND: RowKind = RowKind::CorrelationNameless;
    type Key = NamelessKey;
}

/// A handset and such a message to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamelessKey {
    /// The handset.
    pub subscriber: SubscriberId,
    /// The message.
    pub message: MessageId,
}

impl RowKey for NamelessKey {
    fn encode(&self, out: &mut Vec<u8>) {
        put_subscriber(out, &self.subscriber);
        out.extend_from_slice(&self.message.to_bytes());
    }

    fn decode(octets: &[u8]) -> Option<Self> {
        let mut reader = KeyReader::new(octets);
        let subscriber = read_subscriber(&mut reader)?;
        let message = MessageId::from_bytes(reader.array()?);
        reader.is_empty().then_some(Self { subscriber, message })
    }
}

/// An arrival that was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArrivalRow;

impl Row for ArrivalRow {
    const KIND: RowKind = RowKind::CorrelationArrival;
    type Key = ArrivalKey;
}

/// The id of an arrival, as a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArrivalKey(pub ArrivalId);

impl RowKey for ArrivalKey {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.0.to_bytes());
    }

    fn decode(octets: &[u8]) -> Option<Self> {
        octets.try_into().ok().map(|id| Self(ArrivalId::from_bytes(id)))
    }
}

/// A reply that no tenant claims: kept so that an operator can look at it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnroutedRow {
    /// The account it came in on.
    pub account: AccountId,
    /// Who wrote it.
    pub subscriber: SubscriberId,
    /// What it was sent to.
    pub destination: DialAddress,
    /// Its text.
    pub text: Body,
    /// When it came in.
    pub received_at: Timestamp,
}

impl Row for UnroutedRow {
    const KIND: RowKind = RowKind::CorrelationUnrouted;
    type Key = ArrivalKey;
}

/// The parts of a long reply that have come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartsRow {
    /// Arrival of the first part that came: the arrival of the whole.
    pub arrival: ArrivalId,
    /// The account that part came in on.
    pub account: AccountId,
    /// The number it was sent to, as the carrier wrote it.
    pub destination: DialAddress,
    /// When that part came in at our edge.
    pub received_at: Timestamp,
    /// A part may be a repeat.
    pub possible_repeat: bool,
    /// When the first part was decided.
    pub opened_at: Timestamp,
    /// When it is given up.
    pub due: Timestamp,
    /// The parts, by sequence.
    pub parts: Vec<PartRow>,
    /// A consent word in the first part, already acted upon.
    pub acted: Option<ActedRow>,
    /// When its timer is due.
    pub timer: Option<Timestamp>,
}

impl Row for PartsRow {
    const KIND: RowKind = RowKind::CorrelationParts;
    type Key = PartsKey;
}

/// One part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartRow {
    /// Which, from 1.
    pub sequence: u8,
    /// `data_coding`.
    pub data_coding: u8,
    /// `esm_class`.
    pub esm_class: u8,
    /// Its octets.
    pub octets: Body,
}

/// What a consent word did, and for whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActedRow {
    /// What was asked for.
    pub action: ConsentAction,
    /// The tenants it concerned.
    pub tenants: Vec<TenantId>,
}

/// What the parts of one reply have in common. The source is the canonical handset, so that its TON may change in between.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartsKey {
    /// Who writes.
    pub subscriber: SubscriberId,
    /// Through whom.
    pub carrier: CarrierName,
    /// To what, as the carrier writes it.
    pub digits: String,
    /// How the reference was written: 1 octet, 2 octets, or in `sar_*` parameters (3).
    pub form: u8,
    /// The reference.
    pub reference: u16,
    /// How many parts there are.
    pub total: u8,
}

impl RowKey for PartsKey {
    fn encode(&self, out: &mut Vec<u8>) {
        put_subscriber(out, &self.subscriber);
        KeyReader::put_text(out, self.carrier.as_str());
        KeyReader::put_text(out, &self.digits);
        out.push(self.form);
        out.extend_from_slice(&self.reference.to_be_bytes());
        out.push(self.total);
    }

    fn decode(octets: &[u8]) -> Option<Self> {
        let mut reader = KeyReader::new(octets);
        let subscriber = read_subscriber(&mut reader)?;
        let carrier = CarrierName::new(reader.text()?).ok()?;
        let digits = reader.text()?.to_owned();
        let [form] = reader.array()?;
        let reference = u16::from_be_bytes(reader.array()?);
        let [total] = reader.array()?;
        reader
            .is_empty()
            .then_some(Self { subscriber, carrier, digits, form, reference, total })
    }
}

impl PartsRow {
    /// How many octets it holds.
    pub fn octets(&self) -> usize {
        self.parts.iter().map(|part| part.octets.bytes().len()).sum()
    }

    /// The older of two, for making room.
    pub fn by_age(&self, other: &Self) -> Ordering {
        (self.opened_at, self.arrival).cmp(&(other.opened_at, other.arrival))
    }
}

#[cfg(test)]
mod tests {
    use super::{super::keys::assert_reads_back, *};

    #[test]
    fn every_key_reads_back() {
        let carrier = CarrierName::new("skt").unwrap();
        let id = CarrierMessageId::new("0A1b").unwrap();
        assert_reads_back(CarrierIdKey::new(&carrier, &id));
        assert_reads_back(UnmatchedKey::new(&carrier, Some(&id), ArrivalId::from_bytes([7; 16])));
        assert_reads_back(UnmatchedKey::new(&carrier, None, ArrivalId::from_bytes([7; 16])));
        assert_reads_back(ArrivalKey(ArrivalId::from_bytes([0; 16])));
        assert_reads_back(NamelessKey {
            subscriber: SubscriberId::e164(821_012_345_678).unwrap(),
            message: MessageId::from_bytes([8; 16]),
        });
        let subscriber = SubscriberId::e164(821_012_345_678).unwrap();
        assert_reads_back(PartsKey {
            subscriber,
            carrier,
            digits: "4565".to_owned(),
            form: 3,
            reference: 500,
            total: 255,
        });
    }

    #[test]
    fn ids_are_compared_without_case_and_within_their_carrier() {
        let key =
            |carrier, id| CarrierIdKey::new(&CarrierName::new(carrier).unwrap(), &CarrierMessageId::new(id).unwrap());
        assert_eq!(key("skt", "0A1B"), key("skt", "0a1b"));
        assert_ne!(key("skt", "7"), key("kt", "7"));
    }
}
