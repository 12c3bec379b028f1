//! What is written reads back, and what is not a record is refused in words, never by a panic.

#![expect(clippy::unwrap_used, reason = "a test that cannot build its input fails")]

mod common;

use std::collections::BTreeSet;

use bytes::Bytes;
use proptest::{collection::vec, prelude::*};
use prost_reflect::DescriptorPool;
use volley_wire::{
    Header, TraceContext, decode, decode_cursor, decode_traced, describe, encode, proto::FILE_DESCRIPTOR_SET,
    public_to_json, to_json,
};

use common::{Draw, KINDS, any_record};

/// Octets to draw a record from: more than any record needs.
const ENOUGH: usize = 1_024;

#[test]
fn the_drawn_records_are_of_every_kind_the_envelope_knows() {
    let contract = DescriptorPool::decode(FILE_DESCRIPTOR_SET).unwrap();
    let envelope = contract.get_message_by_name("volley.internal.v1.Envelope").unwrap();
    let body = envelope.oneofs().find(|oneof| oneof.name() == "body").unwrap();
    let known: BTreeSet<_> = body.fields().map(|field| field.name().to_owned()).collect();

    let drawn: BTreeSet<_> = (0..KINDS)
        .map(|kind| describe(&any_record(kind, &mut Draw(&[]))).kind.to_owned())
        .collect();

    assert_eq!(drawn, known);
}

#[test]
fn the_trace_context_travels_beside_the_record() {
    let trace = Some(TraceContext { trace_id: [1; 16], parent: [2; 8], flags: 3 });
    for kind in 0..KINDS {
        let record = any_record(kind, &mut Draw(&[]));
        assert_eq!(decode_traced(&encode(&record, trace)), Ok((record.clone(), trace)));
        assert_eq!(decode_traced(&encode(&record, None)), Ok((record, None)));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn every_record_reads_back(kind in 0..KINDS, octets in vec(any::<u8>(), ENOUGH)) {
        let record = any_record(kind, &mut Draw(&octets));
        let value = encode(&record, None);
        prop_assert_eq!(&encode(&record, None), &value);
        prop_assert_eq!(decode(&value), Ok(record));
    }

    #[test]
    fn every_record_can_be_shown(kind in 0..KINDS, octets in vec(any::<u8>(), ENOUGH)) {
        let record = any_record(kind, &mut Draw(&octets));
        let described = describe(&record);
        prop_assert!(!described.summary.is_empty());
        prop_assert!(to_json(&record).get(described.kind).is_some());
    }

    #[test]
    fn a_damaged_record_is_refused_or_read_but_never_panics(
        kind in 0..KINDS,
        octets in vec(any::<u8>(), ENOUGH),
        place in any::<prop::sample::Index>(),
        damage in 1..=u8::MAX,
    ) {
        let mut value = encode(&any_record(kind, &mut Draw(&octets)), None).to_vec();
        let place = place.index(value.len());
        let _ = decode(&Bytes::copy_from_slice(&value[..place]));
        value[place] ^= damage;
        if let Err(error) = decode(&value.into()) {
            prop_assert!(!error.to_string().is_empty());
        }
    }

    #[test]
    fn any_octets_are_refused_or_read_but_never_panic(octets in vec(any::<u8>(), 0..256)) {
        let value = Bytes::from(octets);
        let _ = decode(&value);
        let _ = Header::decode(&value);
        let _ = decode_cursor(&value);
        let _ = public_to_json(&value);
    }
}
