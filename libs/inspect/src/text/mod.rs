//! What a text costs: encoding, units, segments, and how a Korean relay counts it.

mod data;
mod words;

use volley_sms_text::smart::{self, Replacements};
use volley_sms_text::{Preview, RefBits, SegmentOptions, TextError, preview};

pub(crate) use data::case;
pub use data::data;
pub use words::words;

/// What is asked.
#[derive(Clone, Copy)]
pub struct Question<'a> {
    /// The text.
    pub text: &'a str,
    /// Width of the concatenation reference.
    pub ref_bits: RefBits,
    /// Replace typographic characters by look-alikes first, whatever that brings.
    pub smart: bool,
}

impl Question<'_> {
    fn replaced(&self) -> String {
        if self.smart {
            smart::apply(self.text, Replacements::Common).into_owned()
        } else {
            self.text.to_owned()
        }
    }
}

fn weigh(text: &str, ref_bits: RefBits, keep_graphemes: bool) -> Result<Preview, TextError> {
    preview(text, &SegmentOptions { ref_bits, keep_graphemes, ..SegmentOptions::default() })
}
