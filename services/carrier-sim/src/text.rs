//! Octets of a submit to a text, and a person's text to the parts of an MO.

use volley_sms_text::gsm7::{self, Shifts};
use volley_sms_text::{
    Carriage, Concatenation, Encoding, EncodingSet, LongForm, RefBits, SegmentBody, SegmentOptions, TextError, Udh,
    plan,
};

use crate::mo::{Alphabet, LongText};
use crate::wire::SubmitSm;

/// Parts an MO may have.
const MO_PARTS_MAX: u8 = 10;
/// Septets of GSM-7, and octets of all else, that one radio message holds, alone and as one of several parts.
const SEPTETS: (usize, usize) = (160, 153);
const OCTETS: (usize, usize) = (140, 134);

/// One segment without its header.
#[derive(Clone)]
pub(crate) struct Segment {
    pub(crate) place: Option<Concatenation>,
    pub(crate) data_coding: u8,
    pub(crate) octets: Vec<u8>,
    shifts: Shifts,
}

impl Segment {
    pub(crate) fn of(submit: &SubmitSm<'_>) -> Self {
        let udh = if submit.has_user_data_header() { Udh::parse(submit.body).ok() } else { None };
        let (udh, octets) = udh.unwrap_or((Udh::default(), submit.body));
        Self {
            place: udh.concatenation.or(submit.sar),
            data_coding: submit.data_coding,
            octets: octets.to_vec(),
            shifts: udh.shifts,
        }
    }

    pub(crate) fn text(&self) -> String {
        joined_text([self])
    }

    /// `[part, parts]`, from 1.
    pub(crate) fn part(&self) -> [u8; 2] {
        self.place.map_or([1, 1], |place| [place.sequence(), place.total()])
    }
}

/// The text of segments in order. They are joined before they are read: a cut may fall inside a character.
pub(crate) fn joined_text<'a>(segments: impl IntoIterator<Item = &'a Segment>) -> String {
    let mut octets = Vec::new();
    let mut first: Option<&Segment> = None;
    for segment in segments {
        first = first.or(Some(segment));
        octets.extend_from_slice(&segment.octets);
    }
    let Some(first) = first else { return String::new() };
    match encoding_of(first.data_coding) {
        Encoding::Gsm7 => gsm7::decode(&octets, first.shifts).text,
        other => other.decode(&octets).text,
    }
}

/// How many radio messages a submit becomes.
pub(crate) fn segment_count(submit: &SubmitSm<'_>) -> u32 {
    let (single, part) = if encoding_of(submit.data_coding) == Encoding::Gsm7 { SEPTETS } else { OCTETS };
    let count = if submit.body.len() <= single { 1 } else { submit.body.len().div_ceil(part) };
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// The alphabet behind a `data_coding` (SMPP 3.4 §5.2.19); the carrier's own default is GSM-7, one septet to an octet.
fn encoding_of(data_coding: u8) -> Encoding {
    match data_coding {
        0x01 => Encoding::Ascii,
        0x02 | 0x04 | 0xF4..=0xF7 => Encoding::Binary,
        0x03 => Encoding::Latin1,
        0x06 => Encoding::Iso8859_5,
        0x07 => Encoding::Iso8859_8,
        0x08 | 0x18 => Encoding::Ucs2,
        0x0E => Encoding::Cp949,
        _ => Encoding::Gsm7,
    }
}

/// A person's text as the parts of an MO.
pub(crate) fn mo_parts(
    text: &str,
    alphabet: Alphabet,
    long: LongText,
    reference: u16,
) -> Result<Vec<SegmentBody>, TextError> {
    let encodings = match alphabet {
        Alphabet::Auto => EncodingSet::GSM,
        Alphabet::Gsm7 => EncodingSet::of(&[Encoding::Gsm7]),
        Alphabet::Ucs2 => EncodingSet::of(&[Encoding::Ucs2]),
    };
    let (form, ref_bits) = match long {
        LongText::Udh8 => (LongForm::Udh, RefBits::Eight),
        LongText::Udh16 => (LongForm::Udh, RefBits::Sixteen),
        LongText::Sar => (LongForm::Sar, RefBits::Sixteen),
        LongText::Payload => (LongForm::Payload, RefBits::Eight),
    };
    let options = SegmentOptions {
        encodings,
        form,
        ref_bits,
        segments_max: MO_PARTS_MAX,
        ..SegmentOptions::default()
    };
    Ok(plan(text, &options)?.segments(reference))
}

/// The place a body has in its text, if it is one of several.
pub(crate) fn place_of(body: &SegmentBody) -> Option<Concatenation> {
    match body.carriage {
        Carriage::Udh(place) | Carriage::Sar(place) => Some(place),
        Carriage::Plain | Carriage::Payload => None,
    }
}
