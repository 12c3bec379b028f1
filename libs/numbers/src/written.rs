//! A number as somebody wrote it, reduced to its digits.
//!
//!   "+82 (0)10-1234-5678"  -->  marked international, 8201012345678
//!
//! Separators go; a letter, `#` or `*` is a fault, because dropping it would make another number of it.

use rlibphonenumber::PHONE_NUMBER_UTIL;

/// Most digits looked at: the 15 of E.164 and room for exit, carrier and trunk prefixes in front of them.
pub(crate) const WRITTEN_DIGITS_MAX: usize = 32;

/// What leads out of the country nearly everywhere, and is written so where it does not.
const EXIT_PREFIX: &str = "00";

/// Digits without separators, and whether a `+` stood in front of them.
pub(crate) struct Written {
    /// `+`, then the digits: both forms that the numbering plans read are slices of it.
    text: [u8; 1 + WRITTEN_DIGITS_MAX],
    end: usize,
    marked_international: bool,
}

/// Why a text is no number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WritingFault {
    /// Neither a digit nor a separator, or a `+` between digits. Position in characters, from 0.
    Character { character: char, position: usize },
    /// More than [`WRITTEN_DIGITS_MAX`] digits.
    TooManyDigits,
}

impl Written {
    pub(crate) fn read(text: impl Iterator<Item = char>) -> Result<Self, WritingFault> {
        let mut written = Self::empty();
        for (position, character) in text.enumerate() {
            if let Some(digit) = decimal_digit(character) {
                written.push(digit)?;
            } else if character == '+' && written.is_empty() {
                written.marked_international = true;
            } else if !is_separator(character) {
                return Err(WritingFault::Character { character, position });
            }
        }
        Ok(written)
    }

    fn empty() -> Self {
        Self { text: [b'+'; 1 + WRITTEN_DIGITS_MAX], end: 1, marked_international: false }
    }

    fn push(&mut self, digit: u8) -> Result<(), WritingFault> {
        let slot = self.text.get_mut(self.end).ok_or(WritingFault::TooManyDigits)?;
        *slot = digit;
        self.end += 1;
        Ok(())
    }

    /// Whether a `+` stands in front.
    pub(crate) fn is_marked_international(&self) -> bool {
        self.marked_international
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.digits().is_empty()
    }

    pub(crate) fn digits(&self) -> &str {
        &self.with_plus()[1..]
    }

    pub(crate) fn with_plus(&self) -> &str {
        std::str::from_utf8(&self.text[..self.end]).expect("a plus and ASCII digits")
    }

    /// What follows a leading `00`, if there is one.
    pub(crate) fn after_exit_prefix(&self) -> Option<Self> {
        let rest = self.digits().strip_prefix(EXIT_PREFIX)?;
        Self::read(rest.chars()).ok()
    }
}

/// The ASCII digit for a decimal digit of any script.
fn decimal_digit(character: char) -> Option<u8> {
    if character.is_ascii() || !character.is_numeric() {
        return character.is_ascii_digit().then_some(character as u8);
    }
    let mut buffer = [0; 4];
    let digit = PHONE_NUMBER_UTIL.normalize_digits_only(character.encode_utf8(&mut buffer));
    digit.bytes().next()
}

/// What people and phone books put between digits, invisible direction marks included. `~` is the pause of Russia's `8~10`.
fn is_separator(character: char) -> bool {
    matches!(character,
        '-' | '.' | '(' | ')' | '/' | '~' | '\t'
        | '\u{ad}' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{30fc}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
        || (character.is_whitespace() && !character.is_control())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digits_of(text: &str) -> Result<String, WritingFault> {
        Written::read(text.chars()).map(|written| written.digits().to_owned())
    }

    #[test]
    fn separators_go_and_the_plus_is_remembered() {
        let written = Written::read("\u{202a}(+82) 010-1234.5678\u{202c}".chars()).unwrap();
        assert!(written.is_marked_international());
        assert_eq!(written.digits(), "8201012345678");
        assert_eq!(written.with_plus(), "+8201012345678");
    }

    #[test]
    fn digits_of_any_script_count() {
        assert_eq!(digits_of("٠١٢٣ ۴۵۶ ७८९ 𝟘").unwrap(), "0123456".to_owned() + "7890");
    }

    #[test]
    fn what_would_make_another_number_is_a_fault() {
        for (text, character, position) in [
            ("#1234", '#', 0),
            ("010*5", '*', 3),
            ("1-800-FLOWERS", 'F', 6),
            ("82+10", '+', 2),
            ("1½", '½', 1),
            ("1\n2", '\n', 1),
        ] {
            assert_eq!(digits_of(text), Err(WritingFault::Character { character, position }), "{text}");
        }
    }

    #[test]
    fn digits_are_bounded() {
        assert_eq!(digits_of(&"1".repeat(WRITTEN_DIGITS_MAX)).unwrap().len(), WRITTEN_DIGITS_MAX);
        assert_eq!(digits_of(&"1".repeat(WRITTEN_DIGITS_MAX + 1)), Err(WritingFault::TooManyDigits));
    }

    #[test]
    fn the_exit_prefix_leaves_the_number() {
        let written = Written::read("00 82 10".chars()).unwrap();
        assert_eq!(written.after_exit_prefix().unwrap().with_plus(), "+8210");
        assert!(Written::read("0821".chars()).unwrap().after_exit_prefix().is_none());
    }
}
