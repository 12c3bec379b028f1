//! Every case of `segmentation.json`, every expected field.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod common;

use std::collections::BTreeMap;

use serde::Deserialize;
use volley_sms_text::gsm7::{self, Shifts};
use volley_sms_text::korea;
use volley_sms_text::smart::{self, Replacements};
use volley_sms_text::{Concatenation, Encoding, RefBits, SegmentOptions, TextError, plan, preview};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    id: String,
    text: String,
    ref_bits: u8,
    encoding: String,
    units: usize,
    segments: usize,
    segment_units: Vec<usize>,
    #[serde(default)]
    smart: bool,
    text_after_smart: Option<String>,
    /// Absent: not stated. `null`: not encodable.
    #[serde(default, deserialize_with = "stated")]
    kr: Option<Option<Kr>>,
    packed_hex: Option<String>,
    unpacked_hex: Option<String>,
    utf16_hex: Option<String>,
    #[serde(rename = "note")]
    _note: Option<String>,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Kr {
    bytes: usize,
    strict_ksc5601: bool,
    class: String,
}

fn stated<'de, D: serde::Deserializer<'de>>(value: D) -> Result<Option<Option<Kr>>, D::Error> {
    Option::<Kr>::deserialize(value).map(Some)
}

fn check(case: &Case) {
    let id = &case.id;
    let text = if case.smart {
        smart::apply(&case.text, Replacements::Common)
    } else {
        case.text.as_str().into()
    };
    if let Some(expected) = &case.text_after_smart {
        assert_eq!(&text, expected, "{id}: text_after_smart");
    }
    let ref_bits = if case.ref_bits == 16 { RefBits::Sixteen } else { RefBits::Eight };
    let options = SegmentOptions { ref_bits, segments_max: u8::MAX, keep_graphemes: false, ..Default::default() };
    let seen = preview(&text, &options).unwrap();
    let encoding = match seen.encoding {
        Encoding::Gsm7 => "gsm7",
        Encoding::Ucs2 => "ucs2",
        other => panic!("{id}: {other:?}"),
    };
    assert_eq!(encoding, case.encoding, "{id}: encoding");
    assert_eq!(seen.units, case.units, "{id}: units");
    assert_eq!(seen.segments, case.segments, "{id}: segments");
    assert_eq!(seen.segment_units, case.segment_units, "{id}: segment_units");
    assert_eq!(seen.outsiders.is_empty(), encoding == "gsm7", "{id}: outsiders");
    check_plan(case, &text, &options);
    check_octets(case, &text);
    if let Some(expected) = &case.kr {
        let size = korea::measure(&text).map(|size| Kr {
            bytes: size.octets,
            strict_ksc5601: size.strict,
            class: size.class.as_str().to_owned(),
        });
        assert_eq!(&size, expected, "{id}: kr");
    }
}

fn check_plan(case: &Case, text: &str, options: &SegmentOptions) {
    if text.is_empty() {
        assert_eq!(plan(text, options), Err(TextError::Empty), "{}", case.id);
        return;
    }
    let plan = plan(text, options).unwrap();
    assert_eq!(plan.segment_units(), case.segment_units, "{}: planned units", case.id);
    let bodies = plan.segments(1);
    assert_eq!(bodies.len(), case.segments, "{}: bodies", case.id);
    assert!(bodies.iter().all(|body| body.udhi == (case.segments > 1)), "{}: udhi", case.id);
}

fn check_octets(case: &Case, text: &str) {
    let septets = gsm7::encode(text);
    if let Some(expected) = &case.unpacked_hex {
        assert_eq!(septets.as_ref().map(hex::encode).as_ref(), Some(expected), "{}: unpacked_hex", case.id);
    }
    if let Some(expected) = &case.packed_hex {
        let septets = septets.unwrap();
        let packed = gsm7::pack(&septets, 0);
        assert_eq!(&hex::encode(&packed), expected, "{}: packed_hex", case.id);
        assert_eq!(gsm7::unpack(&packed, 0), septets, "{}: unpacked again", case.id);
    }
    if let Some(expected) = &case.utf16_hex {
        let octets = Encoding::Ucs2.encode(text).unwrap();
        assert_eq!(&hex::encode(octets), expected, "{}: utf16_hex", case.id);
    }
}

#[test]
fn every_case_is_counted_as_expected() {
    let cases: Vec<Case> = serde_json::from_value(common::vectors("segmentation.json")["cases"].take()).unwrap();
    assert!(!cases.is_empty());
    cases.iter().for_each(check);
}

#[test]
fn the_header_example_comes_out_octet_for_octet() {
    let example = &common::vectors("segmentation.json")["meta"]["udh_example"];
    let septets = gsm7::encode(example["text"].as_str().unwrap()).unwrap();
    let mut header = Vec::new();
    Concatenation::new(0xA7, RefBits::Eight, 2, 1).unwrap().write_udh(&mut header);
    let fill_bits = gsm7::fill_bits(header.len());
    assert_eq!(hex::encode(&header), example["udh_hex"]);
    assert_eq!(u64::from(fill_bits), example["fill_bits"]);
    let on_air = [&header[..], &gsm7::pack(&septets, fill_bits)].concat();
    assert_eq!(hex::encode(&on_air), example["packed_tpdu_ud_hex"]);
    assert_eq!(hex::encode([&header[..], &septets].concat()), example["smpp_short_message_hex"]);
    let read = gsm7::decode(&gsm7::unpack(&on_air[6..], fill_bits), Shifts::default());
    assert_eq!(read.text, example["text"].as_str().unwrap());
}

#[test]
fn the_common_replacements_are_those_of_the_vectors_and_no_others() {
    let map: BTreeMap<String, String> =
        serde_json::from_value(common::vectors("segmentation.json")["meta"]["smart_map_used"].take()).unwrap();
    let ours = ('\0'..=char::MAX).filter_map(|c| {
        Replacements::Common
            .of(c)
            .map(|replacement| (format!("U+{:04X}", u32::from(c)), replacement.to_owned()))
    });
    assert_eq!(ours.collect::<BTreeMap<_, _>>(), map);
}
