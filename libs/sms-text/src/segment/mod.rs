//! One text, as many parts as it takes.
//!
//! ```text
//!   text --cheapest encoding--> units --greedy cut--> [153][153][ 41]
//!                                                        |
//!                  segments(reference) --> UDH + octets, data_coding, udhi
//! ```
//!
//! SEG-1: the units of the parts add up to the units of the text, and no part holds more than its limit.
//! SEG-2: no cut falls inside an escape pair, a surrogate pair or a two-octet character.
//! SEG-3: keeping grapheme clusters whole never costs a part.
//! SEG-4: the bodies of a plan, joined behind their headers, are the encoded text.

mod body;
mod cut;
mod layout;

use std::fmt;

pub use body::{Carriage, SegmentBody};
pub(crate) use layout::Layout;

use crate::encoding::{Encoding, EncodingSet, Limits};
use crate::error::TextError;
use crate::udh::RefBits;

/// Segments a message may take unless its sender says otherwise.
pub const SEGMENTS_MAX: u8 = 10;

/// Octets a `message_payload` TLV can hold, its length field having 16 bits.
pub const PAYLOAD_OCTETS_MAX: usize = 65_535;

/// How a text of several parts is carried over SMPP. A text of one part always is a plain `short_message`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LongForm {
    /// A header in each `short_message`. Works nearly everywhere.
    #[default]
    Udh,
    /// The `sar_*` TLVs: the carrier writes the headers.
    Sar,
    /// The whole text in one `message_payload` TLV: the carrier splits it. The segments are those it will bill.
    Payload,
}

/// How one carrier wants texts cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SegmentOptions {
    /// Encodings the carrier takes; the one that costs fewest parts is chosen, the earlier at equal cost.
    pub encodings: EncodingSet,
    /// Width of the concatenation reference.
    pub ref_bits: RefBits,
    /// How a text of several parts is carried.
    pub form: LongForm,
    /// Most segments one text may take.
    pub segments_max: u8,
    /// Keep what a reader sees as one character in one part, where that costs no part.
    pub keep_graphemes: bool,
    /// GSM-7 goes out packed, 8 septets in 7 octets.
    pub gsm7_packed: bool,
    /// What a part holds of the one-octet and Korean encodings, where this carrier departs from 140 octets.
    pub octet_limits: Option<Limits>,
}

impl Default for SegmentOptions {
    fn default() -> Self {
        Self {
            encodings: EncodingSet::GSM,
            ref_bits: RefBits::Eight,
            form: LongForm::Udh,
            segments_max: SEGMENTS_MAX,
            keep_graphemes: true,
            gsm7_packed: false,
            octet_limits: None,
        }
    }
}

impl SegmentOptions {
    fn limits(&self, encoding: Encoding) -> Limits {
        match (encoding, self.octet_limits) {
            (Encoding::Gsm7 | Encoding::Ucs2, _) | (_, None) => encoding.limits(),
            (_, Some(limits)) => limits,
        }
    }
}

/// A text encoded and cut, ready to be numbered.
///
/// Invariant: 1 to 255 segments.
#[derive(Clone, PartialEq, Eq)]
pub struct SegmentPlan {
    layout: Layout,
    form: LongForm,
    ref_bits: RefBits,
    gsm7_packed: bool,
}

/// Encodes and cuts a text the way a carrier wants it.
///
/// # Errors
/// If the text is empty, takes more segments than allowed, or cannot be written in any encoding of the carrier.
pub fn plan(text: &str, options: &SegmentOptions) -> Result<SegmentPlan, TextError> {
    if text.is_empty() {
        return Err(TextError::Empty);
    }
    let layout = Layout::of(text, options)?;
    let (count, limit) = (layout.segments(), usize::from(options.segments_max));
    if count > limit {
        return Err(TextError::TooManySegments { count, limit });
    }
    let plan = SegmentPlan {
        layout,
        form: options.form,
        ref_bits: options.ref_bits,
        gsm7_packed: options.gsm7_packed,
    };
    let octets = plan.layout.octets().len();
    if options.form == LongForm::Payload && octets > PAYLOAD_OCTETS_MAX {
        return Err(TextError::PayloadTooLong { octets, limit: PAYLOAD_OCTETS_MAX });
    }
    Ok(plan)
}

impl SegmentPlan {
    /// The encoding chosen.
    #[must_use]
    pub fn encoding(&self) -> Encoding {
        self.layout.encoding()
    }

    /// Septets, UTF-16 code units or octets of the whole text.
    #[must_use]
    pub fn units(&self) -> usize {
        self.layout.units()
    }

    /// Segments the text takes on air, 1 to 255, whatever form carries it.
    #[must_use]
    pub fn count(&self) -> u8 {
        u8::try_from(self.layout.segments()).expect("plan() refused more than segments_max, an u8")
    }

    /// Units of each segment.
    #[must_use]
    pub fn segment_units(&self) -> Vec<usize> {
        self.layout.segment_units().collect()
    }

    /// The bodies to submit, in order. `reference` ties the parts together and should differ between two long
    /// messages to one phone; of an 8-bit reference only the low octet counts.
    #[must_use]
    pub fn segments(&self, reference: u16) -> Vec<SegmentBody> {
        body::bodies(self, reference)
    }
}

/// Shows sizes only: the text stays out of the logs.
impl fmt::Debug for SegmentPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SegmentPlan")
            .field("layout", &self.layout)
            .field("form", &self.form)
            .field("ref_bits", &self.ref_bits)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FAMILY: &str = "👨‍👩‍👧";

    fn units(text: &str, options: &SegmentOptions) -> Vec<usize> {
        plan(text, options).expect("a sendable text").segment_units()
    }

    #[test]
    fn an_empty_text_is_refused() {
        assert_eq!(plan("", &SegmentOptions::default()), Err(TextError::Empty));
    }

    #[test]
    fn one_segment_too_many_is_refused_by_number() {
        let text = "a".repeat(1_531);
        let refused = plan(&text, &SegmentOptions::default());
        assert_eq!(refused, Err(TextError::TooManySegments { count: 11, limit: 10 }));
        assert_eq!(plan(&text[1..], &SegmentOptions::default()).map(|plan| plan.count()), Ok(10));
    }

    #[test]
    fn a_family_stays_together_when_that_costs_no_part() {
        let text = format!("{}{FAMILY}{}", "Ж".repeat(65), "Ж".repeat(10));
        assert_eq!(units(&text, &SegmentOptions::default()), [65, 18]);
        assert_eq!(units(&text, &SegmentOptions { keep_graphemes: false, ..Default::default() }), [67, 16]);
    }

    #[test]
    fn a_family_is_parted_rather_than_paid_for() {
        let text = format!("{}{FAMILY}{}", "Ж".repeat(65), "Ж".repeat(61));
        assert_eq!(units(&text, &SegmentOptions::default()), [67, 67]);
    }

    #[test]
    fn latin_1_is_chosen_where_brackets_make_gsm7_dear() {
        let encodings = EncodingSet::of(&[Encoding::Gsm7, Encoding::Latin1, Encoding::Ucs2]);
        let options = SegmentOptions { encodings, ..Default::default() };
        assert_eq!(plan(&"[".repeat(100), &options).map(|plan| plan.encoding()), Ok(Encoding::Latin1));
        assert_eq!(plan("[]", &options).map(|plan| plan.encoding()), Ok(Encoding::Gsm7));
    }

    #[test]
    fn a_korean_relay_gets_its_long_message_in_one_body() {
        let options = SegmentOptions {
            encodings: EncodingSet::of(&[Encoding::Cp949]),
            form: LongForm::Payload,
            segments_max: 1,
            octet_limits: Some(Limits { single: 2_000, part_8_bit: 2_000, part_16_bit: 2_000 }),
            ..Default::default()
        };
        let plan = plan(&"가".repeat(1_000), &options).expect("a long message");
        assert_eq!((plan.units(), plan.count(), plan.segments(1).len()), (2_000, 1, 1));
    }

    #[test]
    fn what_the_carrier_cannot_write_is_refused() {
        let options = SegmentOptions { encodings: EncodingSet::of(&[Encoding::KsC5601]), ..Default::default() };
        assert_eq!(plan("😀", &options), Err(TextError::Unencodable));
    }

    #[test]
    fn debug_does_not_show_the_text() {
        let plan = plan("12345", &SegmentOptions::default()).expect("a short text");
        let shown = format!("{plan:?} {:?}", plan.segments(7));
        assert!(!shown.contains("12345") && !shown.contains("49, 50"), "{shown}");
    }
}
