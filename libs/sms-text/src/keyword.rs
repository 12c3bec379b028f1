//! The word a phone began with, for keyword lookup.
//!
//! ```text
//!   "Vote-1, please"  ->  words: vote | 1 | please
//!                         first "vote"    joined "vote1"    rest "1 please"
//!   "VOTE1"           ->  first "vote1"   parted "vote" + "1"
//! ```
//!
//! Lookup order: first word, then joined first two, then, where numeric options are registered, the parted first word.

use std::fmt;

use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

use crate::normalise::key;

/// The words of a body, normalised, digits of any script as ASCII. Empty if the body has no word.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Tokens {
    words: Vec<String>,
}

/// Shows the count only: what people write stays out of the logs.
impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tokens({})", self.words.len())
    }
}

/// Takes a body apart into words.
#[must_use]
pub fn tokenise(body: &str) -> Tokens {
    let key = key(body);
    let words = key.split(' ').map(|word| word.chars().filter_map(plain).collect::<String>());
    Tokens { words: words.filter(|word| !word.is_empty()).collect() }
}

/// The form a keyword is registered and looked up under: its words joined. Empty for a keyword without letters or digits.
#[must_use]
pub fn keyword_key(keyword: &str) -> String {
    tokenise(keyword).words.concat()
}

impl Tokens {
    /// The first word.
    #[must_use]
    pub fn first(&self) -> Option<&str> {
        self.words.first().map(String::as_str)
    }

    /// The first two words as one (`VOTE 1` as `vote1`); `None` if there is only one.
    #[must_use]
    pub fn joined(&self) -> Option<String> {
        self.words.get(..2).map(<[String]>::concat)
    }

    /// What follows the first word.
    #[must_use]
    pub fn rest(&self) -> String {
        self.after(1)
    }

    /// What follows the first two words.
    #[must_use]
    pub fn rest_after_joined(&self) -> String {
        self.after(2)
    }

    /// A first word made of letters and then digits, parted there (`vote12` as `vote`, `12`).
    #[must_use]
    pub fn parted(&self) -> Option<(&str, &str)> {
        let first = self.first()?;
        let letters = first.trim_end_matches(|character: char| character.is_ascii_digit());
        let (word, digits) = first.split_at(letters.len());
        (!word.is_empty() && !digits.is_empty()).then_some((word, digits))
    }

    /// All words, in order.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.words.iter().map(String::as_str)
    }

    fn after(&self, words: usize) -> String {
        self.words.get(words..).unwrap_or_default().join(" ")
    }
}

/// ASCII for a digit of any script; nothing for an enclosing mark, such as the box of a keycap emoji.
fn plain(character: char) -> Option<char> {
    match character.general_category() {
        GeneralCategory::DecimalNumber => char::from_digit(digit_value(character), 10),
        GeneralCategory::EnclosingMark => None,
        _ => Some(character),
    }
}

/// Decimal digits stand in Unicode in runs of ten, zero first: the distance from the start of the run is the value.
fn digit_value(digit: char) -> u32 {
    let scalar = u32::from(digit);
    let is_digit =
        |scalar: &u32| char::from_u32(*scalar).is_some_and(|c| c.general_category() == GeneralCategory::DecimalNumber);
    let before = (0..scalar).rev().take_while(is_digit).count();
    (before % 10) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_and_two_words_lead_to_one_keyword() {
        for body in ["VOTE 1", "vote-1", "Vote.1", "ＶＯＴＥ １"] {
            let tokens = tokenise(body);
            assert_eq!(
                (tokens.first(), tokens.joined().as_deref(), tokens.rest().as_str()),
                (Some("vote"), Some("vote1"), "1")
            );
        }
        assert_eq!(tokenise("VOTE1").first(), Some("vote1"));
        assert_eq!(tokenise("VOTE1").joined(), None);
        assert_eq!(tokenise("vote12 now").parted(), Some(("vote", "12")));
        assert_eq!(tokenise("42").parted(), None);
    }

    #[test]
    fn digits_of_any_script_are_digits() {
        for body in ["7", "٧", "७", "７", "7️⃣", "𝟕", "𑛇"] {
            assert_eq!(tokenise(body).first(), Some("7"), "{}", body.escape_unicode());
        }
    }

    #[test]
    fn a_registered_keyword_meets_what_is_typed() {
        assert_eq!(keyword_key("Café-Club"), "cafeclub");
        assert_eq!(tokenise("CAFE club bitte").joined().as_deref(), Some("cafeclub"));
        assert_eq!(tokenise("CAFE club bitte").rest_after_joined(), "bitte");
        assert_eq!(keyword_key("!"), "");
    }

    #[test]
    fn nothing_has_no_first_word() {
        assert_eq!(tokenise("  🛑 ").first(), None);
        assert_eq!(tokenise("").rest(), "");
    }

    #[test]
    fn vowel_signs_stay_inside_their_word() {
        assert_eq!(tokenise("हिन्दी 1").words().count(), 2);
    }
}
