//! A text in words.

use volley_sms_text::korea::{self, KoreanClass, LMS_OCTETS_MAX, SMS_OCTETS_MAX};
use volley_sms_text::preview::Outsider;
use volley_sms_text::smart::{self, Replacements};
use volley_sms_text::{Encoding, Preview, RefBits, SegmentOptions, TextError, preview};

use super::{Question, weigh};
use crate::sheet::{Sheet, character, counted, quoted};

/// Characters outside GSM-7 that are listed to a person; the rest is counted.
const OUTSIDERS_SHOWN: usize = 12;

/// Octets of the encoded text shown to a person.
const OCTETS_SHOWN: usize = 24;

/// The answer in words.
///
/// # Errors
/// Never for a text that UCS-2 holds, which is every text.
pub fn words(question: &Question<'_>) -> Result<String, TextError> {
    let text = question.replaced();
    let seen = weigh(&text, question.ref_bits, true)?;
    let mut sheet = Sheet::default();
    sheet.row("text", &format!("{}, {}", quoted(&text), counted(text.chars().count(), "character")));
    sheet.row("encoding", &encoding_words(&seen));
    if !seen.outsiders.is_empty() {
        sheet.row("because", &format!("GSM-7 lacks {}", outsiders_words(&seen.outsiders)));
    }
    sheet.row("units", &units_words(&seen));
    sheet.row("segments", &segments_words(&seen, question.ref_bits));
    if !question.smart && !seen.outsiders.is_empty() {
        sheet.row("smart", &smart_words(&text, &seen, question.ref_bits)?);
    }
    sheet.row("Korea", &korean_words(&text));
    sheet.row("octets", &octets_words(&text, seen.encoding));
    Ok(sheet.finish())
}

fn encoding_words(seen: &Preview) -> String {
    match seen.encoding {
        Encoding::Gsm7 => "GSM 7-bit, data_coding 0x00",
        _ => "UCS-2 (UTF-16, big endian), data_coding 0x08",
    }
    .to_owned()
}

fn outsiders_words(outsiders: &[Outsider]) -> String {
    let shown = outsiders.iter().take(OUTSIDERS_SHOWN).map(|outsider| match outsider.count {
        1 => character(outsider.character),
        count => format!("{} ×{count}", character(outsider.character)),
    });
    let mut words = shown.collect::<Vec<_>>().join(", ");
    if let Some(more) = outsiders.len().checked_sub(OUTSIDERS_SHOWN).filter(|more| *more > 0) {
        words.push_str(&format!(" and {more} more"));
    }
    words
}

fn units_words(seen: &Preview) -> String {
    let (unit, dear) = match seen.encoding {
        Encoding::Gsm7 => ("septet", ", two for each of ^ { } \\ [ ~ ] | € and form feed"),
        _ => ("UTF-16 code unit", ", two for each character above U+FFFF, such as emoji"),
    };
    let single = seen.encoding.limits().single;
    let left = single
        .checked_sub(seen.units)
        .map_or(String::new(), |left| format!("; {left} more fit into one segment"));
    format!("{}{dear}{left}", counted(seen.units, unit))
}

fn segments_words(seen: &Preview, ref_bits: RefBits) -> String {
    if seen.segments == 1 {
        return format!("1, of {} at most", seen.encoding.limits().single);
    }
    let bits = match ref_bits {
        RefBits::Eight => 8,
        RefBits::Sixteen => 16,
    };
    let filled = seen.segment_units.iter().map(ToString::to_string).collect::<Vec<_>>();
    let limit = seen.encoding.limits().part(ref_bits);
    format!("{}: {} ({limit} at most, {bits}-bit reference)", seen.segments, filled.join(" + "))
}

/// What smart encoding would bring, by the rule that it must save a segment and leaves links alone.
fn smart_words(text: &str, seen: &Preview, ref_bits: RefBits) -> Result<String, TextError> {
    let options = SegmentOptions { ref_bits, ..SegmentOptions::default() };
    let saving = smart::smart_if_cheaper(text, &options, Replacements::Full);
    if saving != text {
        let after = preview(&saving, &options)?;
        let cost = counted(after.segments, "segment");
        return Ok(format!("with look-alikes it takes {cost} instead of {}: {}", seen.segments, quoted(&saving)));
    }
    let forced = preview(&smart::apply(text, Replacements::Full), &options)?;
    Ok(match forced.encoding {
        Encoding::Gsm7 => "look-alikes would make it GSM 7-bit, but save no segment or change a link: left as it is",
        _ => "no look-alikes would bring it into GSM 7-bit",
    }
    .to_owned())
}

fn korean_words(text: &str) -> String {
    let Some(size) = korea::measure(text) else {
        let mut buffer = [0; 4];
        let lacking = text.chars().find(|c| korea::measure(c.encode_utf8(&mut buffer)).is_none());
        let lacking =
            lacking.map_or(String::new(), |lacking| format!(": no Korean charset has {}", character(lacking)));
        return format!("cannot take a KS C 5601 route{lacking}");
    };
    let class = match size.class {
        KoreanClass::Sms => format!("SMS (up to {SMS_OCTETS_MAX})"),
        KoreanClass::Lms => format!("LMS (up to {LMS_OCTETS_MAX}), one message and no segments"),
        KoreanClass::TooLong => format!("over the {LMS_OCTETS_MAX} octets of an LMS"),
    };
    let charset = if size.strict {
        "strict KS C 5601 holds it"
    } else {
        "needs CP949, a strict carrier refuses it"
    };
    format!("{}: {class}; {charset}", counted(size.octets, "octet"))
}

fn octets_words(text: &str, encoding: Encoding) -> String {
    let octets = encoding.encode(text).unwrap_or_default();
    let shown = hex::encode(&octets[..octets.len().min(OCTETS_SHOWN)]);
    let more = if octets.len() > OCTETS_SHOWN { "…" } else { "" };
    format!("{shown}{more} ({} as submit_sm takes them, without header)", octets.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> String {
        words(&Question { text, ref_bits: RefBits::Eight, smart: false }).expect("every text is UCS-2")
    }

    #[test]
    fn a_person_learns_what_made_the_text_dear() {
        let words = said("it’s 5 “o’clock”");
        assert!(words.contains("GSM-7 lacks ’ (U+2019) ×2, “ (U+201C), ” (U+201D)"), "{words}");
        assert!(words.contains("save no segment"), "{words}");
        let words = said(&format!("it’s {}", "a".repeat(100)));
        assert!(words.contains("takes 1 segment instead of 2: \"it's aaa"), "{words}");
    }

    #[test]
    fn a_person_learns_how_korea_counts() {
        assert!(said("안녕하세요").contains("10 octets: SMS (up to 90); strict KS C 5601 holds it"));
        assert!(said("똠").contains("needs CP949"));
        assert!(said("축하😀").contains("no Korean charset has 😀 (U+1F600)"));
    }

    #[test]
    fn what_cannot_be_seen_is_named() {
        assert!(said("a\tb\u{200B}").contains("GSM-7 lacks U+0009, U+200B"));
        assert!(said("").contains("0 characters"));
    }
}
