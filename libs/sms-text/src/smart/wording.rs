//! The text as it leaves, and what of it was replaced.

use std::borrow::Cow;
use std::fmt;

use unicode_normalization::is_nfc;

use super::{Replacements, compose, links, outside, segments, smart_if_cheaper};
use crate::segment::SegmentOptions;

/// How a text may be changed on its way out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wording {
    /// Not at all: codes, and what a template or its client wants as written.
    Verbatim,
    /// Composed, and with look-alikes where that saves a segment.
    Smart,
}

/// A text as it leaves.
#[derive(Clone, PartialEq, Eq)]
pub struct Worded<'t> {
    /// The text.
    pub text: Cow<'t, str>,
    /// What was replaced in it, in the order of first appearance.
    pub substitutions: Vec<Substitution>,
}

/// Shows sizes only.
impl fmt::Debug for Worded<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Worded({} octets, {} kinds replaced)", self.text.len(), self.substitutions.len())
    }
}

/// A replacement. Letters and digits are named as a kind, so that it tells nothing of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Substitution {
    /// What stood there; a code point where the character cannot be seen.
    pub from: String,
    /// What stands there now; empty where it was removed.
    pub to: String,
    /// How often.
    pub count: u32,
}

/// Words a text for a carrier. Links are never changed.
#[must_use]
pub fn worded<'t>(text: &'t str, options: &SegmentOptions, wording: Wording) -> Worded<'t> {
    let mut substitutions = Vec::new();
    if wording == Wording::Verbatim || has_nothing_to_replace(text) {
        return Worded { text: Cow::Borrowed(text), substitutions };
    }
    let composed = composed(text, options);
    if let Cow::Owned(composed) = &composed {
        let pieces = text.chars().count().saturating_sub(composed.chars().count());
        note(&mut substitutions, "letters and marks apart", "letters with marks", count(pieces.max(1)));
    }
    let replaced = match smart_if_cheaper(&composed, options, Replacements::Full) {
        Cow::Owned(replaced) => Some(replaced),
        Cow::Borrowed(_) => None,
    };
    if replaced.is_some() {
        note_replaced(&mut substitutions, &composed);
    }
    Worded { text: replaced.map_or(composed, Cow::Owned), substitutions }
}

/// Printable ASCII and line ends, but the grave accent: in GSM-7, and as composed as it can be.
fn has_nothing_to_replace(text: &str) -> bool {
    text.bytes()
        .all(|octet| matches!(octet, b' '..=b'_' | b'a'..=b'~' | b'\n' | b'\r'))
}

/// The text with its characters composed, unless that would change a link, or cost a segment: a few characters fall apart.
fn composed<'t>(text: &'t str, options: &SegmentOptions) -> Cow<'t, str> {
    let links_stay = || links::ranges(text).into_iter().all(|link| is_nfc(&text[link]));
    match compose(text) {
        Cow::Owned(composed) if links_stay() && segments(&composed, options) <= segments(text, options) => {
            Cow::Owned(composed)
        }
        _ => Cow::Borrowed(text),
    }
}

fn note_replaced(substitutions: &mut Vec<Substitution>, text: &str) {
    let links = links::ranges(text);
    for (_, character) in outside(text, &links) {
        match Replacements::Full.of(character) {
            None => {}
            Some(to) if to.chars().any(char::is_alphanumeric) => {
                note(substitutions, "letters and digits of other widths", "plain ones", 1);
            }
            Some(to) => note(substitutions, &shown(character), to, 1),
        }
    }
}

fn note(substitutions: &mut Vec<Substitution>, from: &str, to: &str, count: u32) {
    match substitutions.iter_mut().find(|known| known.from == from) {
        Some(known) => known.count += count,
        None => substitutions.push(Substitution { from: from.to_owned(), to: to.to_owned(), count }),
    }
}

fn count(characters: usize) -> u32 {
    u32::try_from(characters).unwrap_or(u32::MAX)
}

/// A character, or its code point where it has no shape.
fn shown(character: char) -> String {
    let shapeless = matches!(character, '\u{200B}' | '\u{2060}' | '\u{FEFF}');
    if shapeless || character.is_control() || character.is_whitespace() {
        format!("U+{:04X}", u32::from(character))
    } else {
        character.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn smart(text: &str) -> (String, Vec<(String, String, u32)>) {
        let worded = worded(text, &SegmentOptions::default(), Wording::Smart);
        let told = worded.substitutions.into_iter().map(|it| (it.from, it.to, it.count)).collect();
        (worded.text.into_owned(), told)
    }

    fn told(from: &str, to: &str, count: u32) -> (String, String, u32) {
        (from.into(), to.into(), count)
    }

    #[test]
    fn what_was_replaced_is_told_with_how_often() {
        let text = format!("“It’s {}” – it’s\u{A0}{}", "a".repeat(40), "b".repeat(40));
        let (sent, substitutions) = smart(&text);
        assert_eq!(sent, format!("\"It's {}\" - it's {}", "a".repeat(40), "b".repeat(40)));
        let expected =
            [told("“", "\"", 1), told("’", "'", 2), told("”", "\"", 1), told("–", "-", 1), told("U+00A0", " ", 1)];
        assert_eq!(substitutions, expected);
    }

    #[test]
    fn what_saves_nothing_is_left_and_nothing_is_told() {
        assert_eq!(smart("“Hi”"), ("“Hi”".to_owned(), vec![]));
        assert_eq!(smart("plain text\r\n[~]"), ("plain text\r\n[~]".to_owned(), vec![]));
    }

    #[test]
    fn letters_and_digits_are_not_told_one_by_one() {
        let (sent, substitutions) = smart(&format!("ＰＩＮ ４７１１ {}", "a".repeat(100)));
        assert!(sent.starts_with("PIN 4711 "));
        assert_eq!(substitutions, [told("letters and digits of other widths", "plain ones", 7)]);
    }

    #[test]
    fn pieces_are_composed_also_in_a_short_text_but_not_in_a_link() {
        assert_eq!(
            smart("cafe\u{301}"),
            ("café".to_owned(), vec![told("letters and marks apart", "letters with marks", 1)])
        );
        let link = "see https://example.com/cafe\u{301}";
        assert_eq!(smart(link), (link.to_owned(), vec![]));
    }

    #[test]
    fn verbatim_is_verbatim() {
        let text = format!("it’s cafe\u{301} {}", "a".repeat(100));
        let worded = worded(&text, &SegmentOptions::default(), Wording::Verbatim);
        assert_eq!((worded.text.as_ref(), worded.substitutions.len()), (text.as_str(), 0));
    }

    #[test]
    fn debug_does_not_show_the_text() {
        let worded = worded("secret", &SegmentOptions::default(), Wording::Smart);
        assert!(!format!("{worded:?}").contains("secret"));
    }
}
