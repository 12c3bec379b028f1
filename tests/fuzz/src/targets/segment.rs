use volley_sms_text::smart::{Replacements, smart_if_cheaper};
use volley_sms_text::{
    DecodeOptions, Encoding, EncodingSet, LongForm, Part, RefBits, SegmentOptions, decode_parts, key, plan, preview,
};

use super::{Shape, size};

/// The first octet holds the options, the rest is a text in UTF-8, wrong octets replaced.
pub(super) fn run(octets: &[u8]) -> Shape {
    let [flags, body @ ..] = octets else { return Shape::of(0) };
    let text = String::from_utf8_lossy(body);
    let options = options(*flags);
    let Ok(seen) = preview(&text, &options) else {
        panic!("UCS-2 holds every text")
    };
    assert_eq!(seen.segment_units.iter().sum::<usize>(), seen.units);
    assert_eq!(seen.segments, seen.segment_units.len());

    let smart = smart_if_cheaper(&text, &options, Replacements::Full);
    let cheaper = preview(&smart, &options).is_ok_and(|after| after.segments < seen.segments);
    assert!(smart == text || cheaper, "smart encoding changed a text for nothing");
    assert_eq!(key(&key(&text)), key(&text));

    let planned = plan(&text, &options);
    if let Ok(plan) = &planned {
        let bodies = plan.segments(0x01A7);
        let parts: Vec<_> = bodies
            .iter()
            .map(|body| {
                let esm_class = if body.udhi { 0x40 } else { 0 };
                Some(Part { data_coding: body.data_coding, esm_class, octets: &body.octets })
            })
            .collect();
        let read =
            decode_parts(&parts, &DecodeOptions { gsm7_packed: options.gsm7_packed, ..DecodeOptions::default() });
        let at_sign_lost = options.gsm7_packed && text.contains('@');
        let mark_lost = text.starts_with(['\u{FEFF}', '\u{FFFE}']);
        assert!(read.text == text || at_sign_lost || mark_lost, "the parts do not hold the text");
    }
    Shape::of((
        flags & 0x1F,
        planned.is_ok(),
        seen.encoding.data_coding(),
        size(seen.segments),
        size(text.len()),
        seen.outsiders.len().min(3),
    ))
}

fn options(flags: u8) -> SegmentOptions {
    let encodings = match flags >> 3 & 3 {
        0 => EncodingSet::GSM,
        1 => EncodingSet::of(&[Encoding::Gsm7, Encoding::Cp949, Encoding::Ucs2]),
        2 => EncodingSet::of(&[Encoding::KsC5601, Encoding::Latin1, Encoding::Iso8859_5, Encoding::Ucs2]),
        _ => EncodingSet::of(&[Encoding::Ascii, Encoding::Iso8859_8, Encoding::Ucs2]),
    };
    SegmentOptions {
        encodings,
        ref_bits: if flags & 1 == 0 { RefBits::Eight } else { RefBits::Sixteen },
        keep_graphemes: flags & 2 == 0,
        gsm7_packed: flags & 4 != 0,
        form: LongForm::Udh,
        segments_max: u8::MAX,
        ..SegmentOptions::default()
    }
}
