//! One batch: the records of one partition that were written together, as octets.
//!
//! ```text
//!   0       1          9             17               25        29
//!   +-------+----------+-------------+----------------+---------+---------+---------+--
//!   | shape | checksum | base offset | append time us | records | record  | record  | ...
//!   +-------+----------+-------------+----------------+---------+---------+---------+--
//!   a record: varints (0 or 1 + key length), header length, attributes, value length;
//!             key, header, per attribute (varint length, octets) of name and of value, value
//! ```
//!
//! The checksum is xxh3-64 over all that follows it, seeded with the topic's id and the partition: a batch under a wrong
//! key fails it too. RocksDB has checksums of its own on its blocks and its write-ahead log; ours goes further, from the
//! encoding here to the decoding here, whatever memory and files lie between, and costs a few microseconds a megabyte.

use bytes::Bytes;
use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::layout::{PartitionId, be_u32, be_u64};
use crate::{Attribute, LogError, NewRecord, Record};

const SHAPE: u8 = 1;
const CHECKSUM_AT: usize = 1;
const BASE_AT: usize = 9;
const TIME_AT: usize = 17;
const RECORDS_AT: usize = 25;
const HEAD_BYTES: usize = 29;

/// Room for the varints of one record without attributes.
const FRAMING_BYTES: usize = 12;

/// Encoded records that have no offset yet.
pub(super) struct Body {
    octets: Vec<u8>,
    records: u32,
}

impl Body {
    pub(super) fn encode(records: &[NewRecord]) -> Self {
        let payload: usize = records.iter().map(|record| record.payload_bytes() + FRAMING_BYTES).sum();
        let mut octets = Vec::with_capacity(HEAD_BYTES + payload);
        octets.resize(HEAD_BYTES, 0);
        for record in records {
            encode_record(&mut octets, record);
        }
        Self { octets, records: u32::try_from(records.len()).unwrap_or(u32::MAX) }
    }

    pub(super) fn records(&self) -> u32 {
        self.records
    }

    pub(super) fn len(&self) -> usize {
        self.octets.len()
    }

    /// Puts the records of `other` behind these.
    pub(super) fn extend(&mut self, other: &Self) {
        self.octets.extend_from_slice(&other.octets[HEAD_BYTES..]);
        self.records += other.records;
    }

    /// Gives the records their place and their time.
    pub(super) fn seal(mut self, id: PartitionId, base: u64, append_time_us: i64) -> Batch {
        self.octets[0] = SHAPE;
        self.octets[BASE_AT..TIME_AT].copy_from_slice(&base.to_be_bytes());
        self.octets[TIME_AT..RECORDS_AT].copy_from_slice(&append_time_us.to_be_bytes());
        self.octets[RECORDS_AT..HEAD_BYTES].copy_from_slice(&self.records.to_be_bytes());
        let checksum = checksum(id, &self.octets);
        self.octets[CHECKSUM_AT..BASE_AT].copy_from_slice(&checksum.to_be_bytes());
        Batch { octets: self.octets.into(), base, records: self.records, append_time_us }
    }
}

/// Records with their place and time. Cheap to clone.
#[derive(Clone)]
pub(super) struct Batch {
    octets: Bytes,
    base: u64,
    records: u32,
    append_time_us: i64,
}

impl Batch {
    /// Takes octets from storage, which must be the batch of this partition at this base.
    pub(super) fn open(id: PartitionId, base: u64, octets: Bytes) -> Result<Self, LogError> {
        let damaged = |how: &str| LogError::corrupt(format!("the batch at offset {base} of {id:?} {how}"));
        if octets.len() < HEAD_BYTES {
            return Err(damaged("is too short"));
        }
        if octets[0] != SHAPE {
            return Err(damaged("has an unknown shape"));
        }
        if be_u64(&octets, CHECKSUM_AT) != checksum(id, &octets) {
            return Err(damaged("fails its checksum"));
        }
        let batch = Self {
            base: be_u64(&octets, BASE_AT),
            append_time_us: be_u64(&octets, TIME_AT).cast_signed(),
            records: be_u32(&octets, RECORDS_AT),
            octets,
        };
        if batch.base != base || batch.records == 0 {
            return Err(damaged("lies at the wrong place"));
        }
        Ok(batch)
    }

    pub(super) fn octets(&self) -> &Bytes {
        &self.octets
    }

    pub(super) fn base(&self) -> u64 {
        self.base
    }

    /// The offset after the last record.
    pub(super) fn end(&self) -> u64 {
        self.base + u64::from(self.records)
    }

    pub(super) fn append_time_us(&self) -> i64 {
        self.append_time_us
    }

    /// Reads the records one after the other.
    pub(super) fn cursor(self) -> Cursor {
        Cursor { at: HEAD_BYTES, next: self.base, batch: self }
    }
}

/// A place in a batch.
pub(super) struct Cursor {
    batch: Batch,
    at: usize,
    next: u64,
}

impl Cursor {
    pub(super) fn is_at_end(&self) -> bool {
        self.next == self.batch.end()
    }

    /// Steps over the records before `offset`.
    pub(super) fn skip_to(&mut self, offset: u64) -> Result<(), LogError> {
        while self.next < offset && !self.is_at_end() {
            self.record()?;
        }
        Ok(())
    }

    /// The record at this place; the place moves on. Not to be called at the end.
    pub(super) fn record(&mut self) -> Result<Record, LogError> {
        let mut octets = Octets { all: &self.batch.octets, at: self.at };
        let record = decode_record(&mut octets, self.next, self.batch.append_time_us)
            .ok_or_else(|| LogError::corrupt(format!("the record at offset {} does not fit its batch", self.next)))?;
        self.at = octets.at;
        self.next += 1;
        Ok(record)
    }
}

fn checksum(id: PartitionId, octets: &[u8]) -> u64 {
    xxh3_64_with_seed(&octets[BASE_AT..], u64::from(id.topic) << 32 | u64::from(id.partition))
}

fn encode_record(octets: &mut Vec<u8>, record: &NewRecord) {
    put_varint(octets, record.key.as_ref().map_or(0, |key| key.len() + 1));
    put_varint(octets, record.header.len());
    put_varint(octets, record.attributes.len());
    put_varint(octets, record.value.len());
    if let Some(key) = &record.key {
        octets.extend_from_slice(key);
    }
    octets.extend_from_slice(&record.header);
    for attribute in &record.attributes {
        put_varint(octets, attribute.name.len());
        octets.extend_from_slice(attribute.name.as_bytes());
        put_varint(octets, attribute.value.len());
        octets.extend_from_slice(&attribute.value);
    }
    octets.extend_from_slice(&record.value);
}

fn decode_record(octets: &mut Octets<'_>, offset: u64, append_time_us: i64) -> Option<Record> {
    let key_len = octets.varint()?;
    let header_len = octets.varint()?;
    let attribute_count = octets.varint()?;
    let value_len = octets.varint()?;
    let key = match key_len.checked_sub(1) {
        Some(len) => Some(octets.take(len)?),
        None => None,
    };
    let header = octets.take(header_len)?;
    let attributes = (0..attribute_count).map(|_| decode_attribute(octets)).collect::<Option<_>>()?;
    let value = octets.take(value_len)?;
    Some(Record { offset, append_time_us, key, header, attributes, value })
}

fn decode_attribute(octets: &mut Octets<'_>) -> Option<Attribute> {
    let name_len = octets.varint()?;
    let name = String::from_utf8(octets.take(name_len)?.to_vec()).ok()?;
    let value_len = octets.varint()?;
    Some(Attribute { name: name.into(), value: octets.take(value_len)? })
}

fn put_varint(octets: &mut Vec<u8>, mut number: usize) {
    while number >= 0x80 {
        octets.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    octets.push(number as u8);
}

/// A place in a slice of octets; every step is checked.
struct Octets<'a> {
    all: &'a Bytes,
    at: usize,
}

impl Octets<'_> {
    fn varint(&mut self) -> Option<usize> {
        let mut number = 0;
        for shift in (0..35).step_by(7) {
            let octet = *self.all.get(self.at)?;
            self.at += 1;
            number |= usize::from(octet & 0x7f) << shift;
            if octet & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    fn take(&mut self, len: usize) -> Option<Bytes> {
        let end = self.at.checked_add(len).filter(|end| *end <= self.all.len())?;
        let taken = self.all.slice(self.at..end);
        self.at = end;
        Some(taken)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HERE: PartitionId = PartitionId { topic: 3, partition: 1 };

    fn octets(len: usize) -> impl Strategy<Value = Bytes> {
        prop::collection::vec(any::<u8>(), 0..len).prop_map(Bytes::from)
    }

    fn record() -> impl Strategy<Value = NewRecord> {
        let attribute = ("[a-z_]{1,20}", octets(40)).prop_map(|(name, value)| Attribute::new(name, value));
        (prop::option::of(octets(30)), octets(80), prop::collection::vec(attribute, 0..4), octets(400))
            .prop_map(|(key, header, attributes, value)| NewRecord { key, header, attributes, value })
    }

    fn all_of(batch: Batch) -> Vec<Record> {
        let mut cursor = batch.cursor();
        let mut records = Vec::new();
        while !cursor.is_at_end() {
            records.push(cursor.record().expect("a sealed batch decodes"));
        }
        records
    }

    proptest! {
        #[test]
        fn records_come_back_as_they_went(first in prop::collection::vec(record(), 1..9), second in prop::collection::vec(record(), 1..9)) {
            let mut body = Body::encode(&first);
            body.extend(&Body::encode(&second));
            let sealed = body.seal(HERE, 70, 1_234_567);

            let opened = Batch::open(HERE, 70, sealed.octets().clone()).expect("what was sealed opens");

            let expected: Vec<Record> = (70..).zip(first.into_iter().chain(second)).map(|(offset, new)| Record {
                offset, append_time_us: 1_234_567, key: new.key, header: new.header, attributes: new.attributes, value: new.value,
            }).collect();
            prop_assert_eq!(all_of(opened), expected);
        }

        #[test]
        fn a_changed_octet_anywhere_is_noticed(records in prop::collection::vec(record(), 1..4), at in any::<prop::sample::Index>(), bit in 0_u8..8) {
            let sealed = Body::encode(&records).seal(HERE, 5, 9);
            let mut octets = sealed.octets().to_vec();
            let at = at.index(octets.len());
            octets[at] ^= 1 << bit;

            let noticed = matches!(Batch::open(HERE, 5, octets.into()), Err(LogError::Corrupt { .. }));
            prop_assert!(noticed);
        }
    }

    #[test]
    fn a_batch_under_the_wrong_key_is_refused() {
        let sealed = Body::encode(&[NewRecord::default()]).seal(HERE, 5, 9);

        assert!(Batch::open(HERE, 5, sealed.octets().clone()).is_ok());
        assert!(Batch::open(HERE, 6, sealed.octets().clone()).is_err());
        assert!(Batch::open(PartitionId { topic: 3, partition: 2 }, 5, sealed.octets().clone()).is_err());
    }

    #[test]
    fn skipping_lands_on_the_offset_asked_for() {
        let records: Vec<NewRecord> = (0..10_u8)
            .map(|n| NewRecord { value: vec![n].into(), ..NewRecord::default() })
            .collect();
        let mut cursor = Body::encode(&records).seal(HERE, 100, 9).cursor();

        cursor.skip_to(107).expect("a sealed batch decodes");

        assert_eq!(cursor.record().map(|record| (record.offset, record.value.to_vec())), Ok((107, vec![7])));
    }
}
