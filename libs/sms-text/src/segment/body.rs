//! The octets of each part, as `submit_sm` takes them.

use std::fmt;

use super::{LongForm, SegmentPlan};
use crate::encoding::Encoding;
use crate::gsm7;
use crate::udh::Concatenation;

/// Octets of the longest concatenation header.
const UDH_OCTETS_MAX: usize = 7;

/// How a body says which part of a message it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carriage {
    /// The whole message, in `short_message`.
    Plain,
    /// A part that begins with this header; esm_class bit 6 must be set.
    Udh(Concatenation),
    /// A part to be sent with the three `sar_*` TLVs; esm_class bit 6 must be clear.
    Sar(Concatenation),
    /// The whole message, to go into `message_payload` with an empty `short_message`.
    Payload,
}

/// One body to submit.
#[derive(Clone, PartialEq, Eq)]
pub struct SegmentBody {
    /// What goes into `short_message`, or into `message_payload` if [`Carriage::Payload`].
    pub octets: Vec<u8>,
    /// The octets begin with a user data header: set esm_class bit 6 (0x40).
    pub udhi: bool,
    /// data_coding of the octets, by SMPP's own table. A carrier's profile may know better.
    pub data_coding: u8,
    /// How the part is numbered.
    pub carriage: Carriage,
}

/// Shows sizes only: the text stays out of the logs.
impl fmt::Debug for SegmentBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SegmentBody")
            .field("octets", &self.octets.len())
            .field("data_coding", &self.data_coding)
            .field("carriage", &self.carriage)
            .finish_non_exhaustive()
    }
}

pub(super) fn bodies(plan: &SegmentPlan, reference: u16) -> Vec<SegmentBody> {
    let total = plan.count();
    if total == 1 {
        return vec![body(plan, plan.layout.octets(), Carriage::Plain)];
    }
    if plan.form == LongForm::Payload {
        return vec![body(plan, plan.layout.octets(), Carriage::Payload)];
    }
    let places = (1..=total).map(|sequence| {
        Concatenation::new(reference, plan.ref_bits, total, sequence).expect("the sequence runs from 1 to the total")
    });
    let carriages = places.map(|place| match plan.form {
        LongForm::Sar => Carriage::Sar(place),
        LongForm::Udh | LongForm::Payload => Carriage::Udh(place),
    });
    plan.layout
        .segment_octets()
        .zip(carriages)
        .map(|(octets, carriage)| body(plan, octets, carriage))
        .collect()
}

fn body(plan: &SegmentPlan, text: &[u8], carriage: Carriage) -> SegmentBody {
    let mut octets = Vec::with_capacity(text.len() + UDH_OCTETS_MAX);
    if let Carriage::Udh(place) = carriage {
        place.write_udh(&mut octets);
    }
    if plan.gsm7_packed && plan.encoding() == Encoding::Gsm7 {
        octets.extend(gsm7::pack(text, gsm7::fill_bits(octets.len())));
    } else {
        octets.extend_from_slice(text);
    }
    let udhi = matches!(carriage, Carriage::Udh(_));
    SegmentBody { octets, udhi, data_coding: plan.encoding().data_coding(), carriage }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::segment::{SegmentOptions, plan};
    use crate::udh::RefBits;

    fn bodies_of(units: usize, options: SegmentOptions) -> Vec<SegmentBody> {
        plan(&"a".repeat(units), &options).expect("a short text").segments(0x01A7)
    }

    #[test]
    fn one_part_has_no_header() {
        let bodies = bodies_of(160, SegmentOptions::default());
        assert_eq!((bodies.len(), bodies[0].octets.len(), bodies[0].udhi), (1, 160, false));
    }

    #[test]
    fn each_part_begins_with_its_place() {
        let bodies = bodies_of(161, SegmentOptions::default());
        assert!(bodies.iter().all(|body| body.udhi && body.data_coding == 0));
        assert!(bodies[0].octets.starts_with(&[5, 0, 3, 0xA7, 2, 1, b'a']));
        assert_eq!(bodies[1].octets[..], [&[5, 0, 3, 0xA7, 2, 2][..], &[b'a'; 8]].concat());
        let wide = bodies_of(161, SegmentOptions { ref_bits: RefBits::Sixteen, ..Default::default() });
        assert!(wide[1].octets.starts_with(&[6, 8, 4, 0x01, 0xA7, 2, 2]));
    }

    #[test]
    fn sar_parts_have_no_header() {
        let bodies = bodies_of(161, SegmentOptions { form: LongForm::Sar, ..Default::default() });
        assert_eq!((bodies[0].octets.len(), bodies[0].udhi), (153, false));
        assert!(matches!(bodies[1].carriage, Carriage::Sar(place) if place.sequence() == 2));
    }

    #[test]
    fn a_payload_is_one_body() {
        let bodies = bodies_of(161, SegmentOptions { form: LongForm::Payload, ..Default::default() });
        assert_eq!((bodies.len(), bodies[0].octets.len(), bodies[0].carriage), (1, 161, Carriage::Payload));
    }

    #[test]
    fn a_packed_part_fills_the_radio_message_and_no_more() {
        let bodies = bodies_of(306, SegmentOptions { gsm7_packed: true, ..Default::default() });
        assert!(bodies.iter().all(|body| body.octets.len() == 140));
    }
}
