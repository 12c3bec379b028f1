//! The promises of the modules, over any text.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use proptest::prelude::*;
use volley_sms_text::gsm7::{self, Shifts};
use volley_sms_text::smart::{Replacements, smart_if_cheaper};
use volley_sms_text::{
    DecodeOptions, Encoding, EncodingSet, LongForm, Part, RefBits, SegmentBody, SegmentOptions, Udh, Wording, decode,
    decode_parts, plan, preview, worded,
};

const MANY: u8 = 255;

fn gsm7_text() -> impl Strategy<Value = String> {
    let alphabet: Vec<char> = ('\0'..='\u{20AC}')
        .filter(|character| gsm7::cost(*character).is_some())
        .collect();
    prop::collection::vec(prop::sample::select(alphabet), 1..700).prop_map(String::from_iter)
}

/// What is hard to cut, count or replace.
const PIECES: [&str; 15] = [
    "a",
    "€",
    "[",
    "Ж",
    "😀",
    "👨‍👩‍👧",
    "🇰🇷",
    "e\u{301}",
    "가",
    "똠",
    "’",
    "…",
    " ",
    "\r\n",
    "https://x.example/a–b ",
];

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        gsm7_text(),
        prop::collection::vec(prop::sample::select(&PIECES[..]), 1..200).prop_map(|pieces| pieces.concat()),
        "\\PC{1,200}",
    ]
}

prop_compose! {
    fn any_options()(
        wide in any::<bool>(), keep_graphemes in any::<bool>(), gsm7_packed in any::<bool>(), bits in 0_usize..4,
    ) -> SegmentOptions {
        let encodings = [
            EncodingSet::GSM,
            EncodingSet::of(&[Encoding::Ucs2]),
            EncodingSet::of(&[Encoding::Gsm7, Encoding::Cp949, Encoding::Ucs2]),
            EncodingSet::of(&[Encoding::Gsm7, Encoding::Latin1, Encoding::Iso8859_5, Encoding::Ucs2]),
        ][bits];
        let ref_bits = if wide { RefBits::Sixteen } else { RefBits::Eight };
        SegmentOptions { encodings, ref_bits, keep_graphemes, gsm7_packed, segments_max: MANY, ..Default::default() }
    }
}

fn arrived(body: &SegmentBody) -> Option<Part<'_>> {
    Some(Part {
        data_coding: body.data_coding,
        esm_class: if body.udhi { 0x40 } else { 0 },
        octets: &body.octets,
    })
}

/// The text of a body by itself: `None` if a pair was cut at either end.
fn whole_by_itself(body: &SegmentBody, options: &SegmentOptions) -> bool {
    let reading = DecodeOptions { gsm7_packed: options.gsm7_packed, ..Default::default() };
    let decoded = decode(arrived(body).unwrap(), &reading);
    let (udh, text) = if body.udhi {
        Udh::parse(&body.octets).unwrap()
    } else {
        (Udh::default(), &body.octets[..])
    };
    let ends_in_escape = body.data_coding == 0
        && if options.gsm7_packed {
            gsm7::unpack(text, gsm7::fill_bits(udh.octets)).last() == Some(&gsm7::ESCAPE)
        } else {
            text.last() == Some(&gsm7::ESCAPE)
        };
    !decoded.flagged && !ends_in_escape
}

proptest! {
    /// GSM7-1.
    #[test]
    fn gsm7_reads_back_what_it_wrote(text in gsm7_text()) {
        let septets = gsm7::encode(&text).unwrap();
        prop_assert_eq!(septets.len(), text.chars().filter_map(gsm7::cost).sum::<usize>());
        prop_assert_eq!(gsm7::decode(&septets, Shifts::default()).text, text);
    }

    #[test]
    fn packing_loses_nothing_but_a_final_at_sign(septets in prop::collection::vec(0_u8..128, 0..200), fill in 0_u8..7) {
        let unpacked = gsm7::unpack(&gsm7::pack(&septets, fill), fill);
        let ends_in_at = septets.last() == Some(&0);
        prop_assert!(unpacked == septets || (ends_in_at && unpacked == septets[..septets.len() - 1]));
    }

    #[test]
    fn every_encoding_reads_back_what_it_wrote(text in any_text()) {
        for encoding in Encoding::FOR_TEXT {
            if let Some(octets) = encoding.encode(&text) {
                let starts_with_mark = encoding == Encoding::Ucs2 && (text.starts_with('\u{FEFF}') || text.starts_with('\u{FFFE}'));
                let decoded = encoding.decode(&octets);
                prop_assert!(starts_with_mark || (decoded.text == text && !decoded.lossy), "{encoding:?}");
            }
        }
    }

    /// SEG-1 and SEG-4: the parts hold the text, in any encoding and form, and each keeps to its limit.
    #[test]
    fn parts_reassemble_to_the_text(text in any_text(), options in any_options(), reference in any::<u16>()) {
        let Ok(plan) = plan(&text, &options) else { return Ok(()) };
        let units = plan.segment_units();
        let limits = plan.encoding().limits();
        let limit = if units.len() == 1 { limits.single } else { limits.part(options.ref_bits) };
        prop_assert_eq!(units.iter().sum::<usize>(), plan.units());
        prop_assert!(units.iter().all(|units| (1..=limit).contains(units)));

        let bodies = plan.segments(reference);
        let octets_max = if plan.encoding() == Encoding::Gsm7 && !options.gsm7_packed { 160 } else { 140 };
        prop_assert!(bodies.iter().all(|body| body.octets.len() <= octets_max));
        let reading = DecodeOptions { gsm7_packed: options.gsm7_packed, ..Default::default() };
        let read = decode_parts(&bodies.iter().map(arrived).collect::<Vec<_>>(), &reading);
        let at_sign_lost = options.gsm7_packed && text.contains('@');
        let mark_lost = text.starts_with('\u{FEFF}');
        prop_assert!(at_sign_lost || mark_lost || (read.text == text && !read.flagged));
        for (body, sequence) in bodies.iter().zip(1_u8..) {
            if body.udhi {
                let place = Udh::parse(&body.octets).unwrap().0.concatenation.unwrap();
                prop_assert_eq!((place.sequence(), place.total()), (sequence, plan.count()));
            }
        }
    }

    /// SEG-2.
    #[test]
    fn no_part_begins_or_ends_inside_a_pair(text in any_text(), options in any_options()) {
        let Ok(plan) = plan(&text, &options) else { return Ok(()) };
        prop_assert!(plan.segments(1).iter().all(|body| whole_by_itself(body, &options)));
    }

    /// SEG-3.
    #[test]
    fn whole_graphemes_cost_no_part(text in any_text()) {
        let kept = preview(&text, &SegmentOptions::default()).unwrap();
        let cut = preview(&text, &SegmentOptions { keep_graphemes: false, ..Default::default() }).unwrap();
        prop_assert_eq!(kept.segments, cut.segments);
    }

    /// SMART-2.
    #[test]
    fn smart_encoding_never_costs_and_leaves_links_alone(text in any_text()) {
        let options = SegmentOptions::default();
        let smart = smart_if_cheaper(&text, &options, Replacements::Full);
        let (before, after) = (preview(&text, &options).unwrap(), preview(&smart, &options).unwrap());
        prop_assert!(smart == text || after.segments < before.segments);
        prop_assert_eq!(smart.matches("https://x.example/a–b").count(), text.matches("https://x.example/a–b").count());
    }

    /// SMART-2, as texts leave: never more segments, links as written, nothing told where nothing is changed; verbatim is verbatim.
    #[test]
    fn a_text_leaves_in_no_more_segments_and_tells_what_changed(text in any_text(), options in any_options()) {
        let smart = worded(&text, &options, Wording::Smart);
        let (before, after) = (preview(&text, &options).unwrap(), preview(&smart.text, &options).unwrap());
        prop_assert!(after.segments <= before.segments);
        prop_assert_eq!(smart.substitutions.is_empty(), smart.text == text);
        prop_assert_eq!(smart.text.matches("https://x.example/a–b").count(), text.matches("https://x.example/a–b").count());
        let verbatim = worded(&text, &options, Wording::Verbatim);
        prop_assert!(verbatim.text == text && verbatim.substitutions.is_empty());
    }

    #[test]
    fn the_other_forms_carry_the_same_text(text in any_text()) {
        let options = SegmentOptions { segments_max: MANY, ..Default::default() };
        for form in [LongForm::Sar, LongForm::Payload] {
            let plan = plan(&text, &SegmentOptions { form, ..options }).unwrap();
            let joined: Vec<u8> = plan.segments(9).into_iter().flat_map(|body| body.octets).collect();
            prop_assert_eq!(Some(joined), plan.encoding().encode(&text));
        }
    }

    /// MO-1 and UDH-1: whatever arrives is read.
    #[test]
    fn any_octets_are_read(data_coding: u8, esm_class: u8, octets in prop::collection::vec(any::<u8>(), 0..160), gsm7_packed: bool) {
        let options = DecodeOptions { gsm7_packed, ..Default::default() };
        let part = Part { data_coding, esm_class, octets: &octets };
        let read = decode_parts(&[Some(part), None, Some(part)], &options);
        prop_assert!(read.text.contains("[…]"));
    }
}
