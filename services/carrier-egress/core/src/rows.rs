//! What egress keeps of an attempt, a lane, a carrier's ids and arrivals. One store a carrier.

use serde::{Deserialize, Serialize};
use volley_events::{AttemptOutcome, CarrierMessageId, NotSent, Record, RefusalClass, SettledOutcome};
use volley_rows::{KeyReader, Row, RowError, RowKey, RowKind, RowStore, RowsExt};
use volley_types::{AccountId, ArrivalId, AttemptId, Lane, Position, RunId, Source, SubscriberId, Timestamp};

use crate::outbox::Arrival;

/// An order that is neither untouched nor behind its lane's position.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum AttemptRow {
    /// It may be on the socket.
    Intent {
        /// When the first segment was handed over.
        sent_at: Timestamp,
    },
    /// It has its outcome, which the log may not have yet.
    Ended {
        /// The outcome; never reconsidered.
        outcome: Outcome,
        /// When the first segment was handed over; `None` when none was.
        sent_at: Option<Timestamp>,
        /// When it ended.
        ended_at: Timestamp,
    },
    /// The log has its report and its settlement.
    Done,
}

impl Row for AttemptRow {
    const KIND: RowKind = RowKind::EgressAttempt;
    type Key = AttemptKey;
}

/// The outcome of an attempt, as it is kept; see [`AttemptOutcome`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// The carrier took every segment.
    Submitted {
        /// Ids, by segment.
        ids: Vec<Option<CarrierMessageId>>,
    },
    /// The carrier refused a segment.
    Refused {
        /// `command_status`.
        status: u32,
        /// What kind of refusal.
        class: RefusalClass,
        /// Ids by segment, up to the last one taken.
        ids: Vec<Option<CarrierMessageId>>,
    },
    /// The carrier may have some of it.
    Ambiguous {
        /// Ids of the segments that were answered.
        ids: Vec<Option<CarrierMessageId>>,
    },
    /// Nothing was sent.
    NotSent(NotSent),
    /// It was taken back before anything was sent.
    Recalled,
}

impl Outcome {
    /// What routing must know of it.
    pub fn settled(&self) -> SettledOutcome {
        match self {
            Self::Submitted { .. } => SettledOutcome::Submitted,
            Self::Refused { status, class, .. } => SettledOutcome::Refused { status: *status, class: *class },
            Self::Ambiguous { .. } => SettledOutcome::Ambiguous,
            Self::NotSent(reason) => SettledOutcome::NotSent(*reason),
            Self::Recalled => SettledOutcome::Recalled,
        }
    }
}

impl From<Outcome> for AttemptOutcome {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Submitted { ids } => Self::Submitted { ids },
            Outcome::Refused { status, class, ids } => Self::Refused { status, class, ids },
            Outcome::Ambiguous { ids } => Self::Ambiguous { ids },
            Outcome::NotSent(reason) => Self::NotSent(reason),
            Outcome::Recalled => Self::Recalled,
        }
    }
}

/// Where an order stands: account, lane, offset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptKey(pub AccountId, pub Lane, pub u64);

impl RowKey for AttemptKey {
    fn encode(&self, out: &mut Vec<u8>) {
        put_lane(out, &self.0, self.1);
        out.extend_from_slice(&self.2.to_be_bytes());
    }

    fn decode(octets: &[u8]) -> Option<Self> {
        let mut reader = KeyReader::new(octets);
        let (account, lane) = read_lane(&mut reader)?;
        let offset = reader.u64()?;
        reader.is_empty().then_some(Self(account, lane, offset))
    }
}

/// What is kept of a lane: how far it is, and the marks of its sources there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum LaneRow {
    /// How far it is.
    At {
        /// The lowest record that is not done.
        position: u64,
        /// It was not read from its beginning: the store before was lost.
        adopted: bool,
    },
    /// The newest position taken from a source below the lane's position.
    Mark(Position),
}

impl Row for LaneRow {
    const KIND: RowKind = RowKind::EgressLane;
    type Key = LaneKey;
}

/// A lane of an account, or one of its sources.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LaneKey(pub AccountId, pub Lane, pub Option<Source>);

impl RowKey for LaneKey {
    fn encode(&self, out: &mut Vec<u8>) {
        put_lane(out, &self.0, self.1);
        if let Some(source) = self.2 {
            out.push(source.kind());
            out.extend_from_slice(&source.id().to_be_bytes());
        }
    }

    fn decode(octets: &[u8]) -> Option<Self> {
        let mut reader = KeyReader::new(octets);
        let (account, lane) = read_lane(&mut reader)?;
        if reader.is_empty() {
            return Some(Self(account, lane, None));
        }
        let [kind] = reader.array()?;
        let source = Source::from_parts(kind, reader.u64()?)?;
        reader.is_empty().then_some(Self(account, lane, Some(source)))
    }
}

/// The attempt that a carrier's message id belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CarrierIdRow {
    /// The attempt.
    pub attempt: AttemptId,
    /// Its segment, from 0.
    pub segment: u8,
    /// The handset; `None` when the row was rebuilt from the journal.
    pub subscriber: Option<SubscriberId>,
    /// The id as the carrier wrote it, where that is another text than the key's.
    pub written: Option<CarrierMessageId>,
}

impl Row for CarrierIdRow {
    const KIND: RowKind = RowKind::EgressCarrierId;
    type Key = CarrierIdKey;
}

/// The day an id was given, counted from 1970, and the id, normalised. Old ids are first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CarrierIdKey {
    /// The day.
    pub day: u16,
    /// The id.
    pub id: String,
}

impl RowKey for CarrierIdKey {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.day.to_be_bytes());
        out.extend_from_slice(self.id.as_bytes());
    }

    fn decode(octets: &[u8]) -> Option<Self> {
        let mut reader = KeyReader::new(octets);
        let day = u16::from_be_bytes(reader.array()?);
        let id = std::str::from_utf8(reader.rest()).ok()?.to_owned();
        Some(Self { day, id })
    }
}

/// What a person wrote, from its arrival until it is sure that the carrier heard our 0.
///
/// A receipt has no such row: a carrier sends again what was not answered, and a receipt that comes twice says nothing new.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArrivalRow {
    /// Hash of the PDU without its sequence number: equal PDUs have equal ones.
    pub fingerprint: u64,
    /// Partition of `correlation.in`.
    pub partition: u16,
    /// When it came in.
    pub received_at: Timestamp,
    /// The record as it is appended; empty once it was answered with 0.
    pub value: Vec<u8>,
    /// When it was answered with 0. The carrier may not have heard it: the row is kept for as long as it may send it again.
    pub answered_at: Option<Timestamp>,
}

impl ArrivalRow {
    /// Of a reply that was answered with 0.
    pub(crate) fn answered(fingerprint: u64, at: Timestamp) -> Self {
        Self {
            fingerprint,
            partition: 0,
            received_at: at,
            value: Vec::new(),
            answered_at: Some(at),
        }
    }
}

impl Row for ArrivalRow {
    const KIND: RowKind = RowKind::EgressArrival;
    type Key = ArrivalKey;
}

/// An arrival.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArrivalKey(pub ArrivalId);

impl RowKey for ArrivalKey {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.0.to_bytes());
    }

    fn decode(octets: &[u8]) -> Option<Self> {
        octets.try_into().ok().map(|octets| Self(ArrivalId::from_bytes(octets)))
    }
}

/// Stores a reply as it will be appended; before the append. Of a receipt nothing is stored.
///
/// # Errors
/// The row cannot be written.
pub fn keep_arrival<S: RowStore + ?Sized>(rows: &mut S, arrival: &Arrival, value: &[u8]) -> Result<(), RowError> {
    if !matches!(arrival.record, Record::ReplyArrived(_)) {
        return Ok(());
    }
    let row = ArrivalRow {
        fingerprint: arrival.fingerprint,
        partition: arrival.partition.0,
        received_at: arrival.received_at,
        value: value.to_vec(),
        answered_at: None,
    };
    rows.put_row(&ArrivalKey(arrival.id), &row)
}

/// Which store this is. There is one such row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoreRow {
    /// The store's own id, drawn when it was made.
    pub store: RunId,
}

impl Row for StoreRow {
    const KIND: RowKind = RowKind::EgressStore;
    type Key = Vec<u8>;
}

/// The store's own id, if it has one.
///
/// # Errors
/// The row cannot be read.
pub fn kept_store<S: RowStore + ?Sized>(rows: &S) -> Result<Option<StoreRow>, RowError> {
    rows.row::<StoreRow>(&Vec::new())
}

/// Gives the store an id: from now on it knows everything its runs did.
///
/// # Errors
/// The row cannot be written.
pub fn keep_store<S: RowStore + ?Sized>(rows: &mut S, row: StoreRow) -> Result<(), RowError> {
    rows.put_row(&Vec::new(), &row)
}

/// Takes the store's id away: it does not know everything.
pub fn disown_store<S: RowStore + ?Sized>(rows: &mut S) {
    rows.delete_row::<StoreRow>(&Vec::new());
}

pub(crate) fn put_lane(out: &mut Vec<u8>, account: &AccountId, lane: Lane) {
    KeyReader::put_text(out, account.as_str());
    out.push(match lane {
        Lane::Otp => 0,
        Lane::Normal => 1,
        Lane::Bulk => 2,
    });
}

fn read_lane(reader: &mut KeyReader<'_>) -> Option<(AccountId, Lane)> {
    let account = AccountId::new(reader.text()?).ok()?;
    let [lane] = reader.array()?;
    Some((account, *Lane::ALL.get(usize::from(lane))?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_read_back_and_keep_the_order() {
        let account = AccountId::new("acme-1").unwrap();
        let key = AttemptKey(account.clone(), Lane::Bulk, 7);
        let mut octets = Vec::new();
        key.encode(&mut octets);
        assert_eq!(AttemptKey::decode(&octets), Some(key));

        let mut later = Vec::new();
        AttemptKey(account, Lane::Bulk, 300).encode(&mut later);
        assert!(octets < later);

        for source in [None, Some(Source::Routing(volley_types::Partition(3)))] {
            let key = LaneKey(AccountId::new("acme-1").unwrap(), Lane::Otp, source);
            let mut octets = Vec::new();
            key.encode(&mut octets);
            assert_eq!(LaneKey::decode(&octets), Some(key));
        }

        let key = CarrierIdKey { day: 20_000, id: "0af3".to_owned() };
        let mut octets = Vec::new();
        key.encode(&mut octets);
        assert_eq!(CarrierIdKey::decode(&octets), Some(key));
    }
}
