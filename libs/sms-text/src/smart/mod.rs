//! Smart encoding: typographic characters replaced by look-alikes, so that a text fits GSM-7.
//!
//! ```text
//!   “It’s…” (7 UCS-2 units)   ->   "It's..." (8 septets)
//! ```
//!
//! SMART-1: a text already in GSM-7 is left as it is.
//! SMART-2: [`smart_if_cheaper`] changes a text only if that takes fewer segments, and never inside a link.
//!
//! Whether a text may be changed at all is the caller's decision: not for one-time codes, and not for a text under
//! the legal control of a template. The caller keeps both texts.

mod links;
mod table;
mod wording;

use std::borrow::Cow;
use std::ops::Range;

use unicode_normalization::{UnicodeNormalization, is_nfc};

pub use wording::{Substitution, Worded, Wording, worded};

use crate::segment::{Layout, SegmentOptions};

/// Which characters are replaced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Replacements {
    /// Quotes, dashes, ellipsis, blanks.
    Common,
    /// Those, and full-width forms, brackets, operators, stars, fractions and the like.
    #[default]
    Full,
}

impl Replacements {
    /// What stands for a character; an empty string if it is removed, `None` if it stays.
    #[must_use]
    pub fn of(self, character: char) -> Option<&'static str> {
        match self {
            Self::Common => table::common(character),
            Self::Full => table::full(character),
        }
    }
}

/// Replaces everywhere, links included, whatever it costs.
#[must_use]
pub fn apply(text: &str, replacements: Replacements) -> Cow<'_, str> {
    replace_outside(text, replacements, &[])
}

/// Replaces outside links, if the text then takes fewer segments; else gives back the text as it is.
#[must_use]
pub fn smart_if_cheaper<'t>(text: &'t str, options: &SegmentOptions, replacements: Replacements) -> Cow<'t, str> {
    let changed = replace_outside(text, replacements, &links::ranges(text));
    if matches!(changed, Cow::Owned(_)) && segments(&changed, options) < segments(text, options) {
        changed
    } else {
        Cow::Borrowed(text)
    }
}

/// Composes characters (`e` and U+0301 become `é`), which are cheaper and more widely drawn than their pieces.
#[must_use]
pub fn compose(text: &str) -> Cow<'_, str> {
    if text.is_ascii() || is_nfc(text) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.nfc().collect())
    }
}

/// Replaces outside the given ranges, which are in order and do not overlap.
fn replace_outside<'t>(text: &'t str, replacements: Replacements, kept: &[Range<usize>]) -> Cow<'t, str> {
    let mut changed = String::new();
    let mut copied = 0;
    for (at, character) in outside(text, kept) {
        if let Some(replacement) = replacements.of(character) {
            changed.push_str(&text[copied..at]);
            changed.push_str(replacement);
            copied = at + character.len_utf8();
        }
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    changed.push_str(&text[copied..]);
    Cow::Owned(changed)
}

/// Segments a text takes; of one that cannot be written, more than any.
fn segments(text: &str, options: &SegmentOptions) -> usize {
    Layout::of(text, options).map_or(usize::MAX, |layout| layout.segments())
}

/// The characters outside the given ranges, which are in order and do not overlap, with their places.
fn outside<'a>(text: &'a str, kept: &'a [Range<usize>]) -> impl Iterator<Item = (usize, char)> + 'a {
    let mut kept = kept.iter().peekable();
    text.char_indices().filter(move |(at, _)| {
        while kept.next_if(|range| range.end <= *at).is_some() {}
        kept.peek().is_none_or(|range| !range.contains(at))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cheaper(text: &str) -> Cow<'_, str> {
        smart_if_cheaper(text, &SegmentOptions::default(), Replacements::Full)
    }

    #[test]
    fn a_text_of_one_segment_is_left_alone() {
        assert!(matches!(cheaper("“Hi”"), Cow::Borrowed(_)));
    }

    #[test]
    fn a_quote_that_costs_two_segments_is_replaced() {
        let text = format!("it’s {}", "a".repeat(100));
        assert_eq!(cheaper(&text), text.replace('’', "'"));
    }

    #[test]
    fn ellipses_that_would_grow_are_left_alone() {
        let text = "…".repeat(70);
        assert_eq!(cheaper(&text), text);
    }

    #[test]
    fn a_link_is_never_touched() {
        let text = format!("“{}” “https://example.com/a–b”", "a".repeat(100));
        assert_eq!(cheaper(&text), text, "the dash in the link keeps the text in UCS-2, so the quotes stay too");
        let replaced = replace_outside(&text, Replacements::Full, &links::ranges(&text));
        assert!(replaced.ends_with("\"https://example.com/a–b\""));
    }

    #[test]
    fn an_emoji_keeps_the_text_in_ucs2_and_unchanged() {
        let text = format!("it’s {} 😀", "a".repeat(60));
        assert_eq!(cheaper(&text), text);
    }

    #[test]
    fn pieces_are_composed() {
        assert_eq!(compose("cafe\u{301}"), "café");
        assert!(matches!(compose("café"), Cow::Borrowed(_)));
    }
}
