//! One spelling for what people type: the key under which opt-out words and keywords are compared.
//!
//! ```text
//!   "  Ａrrêt!! " --NFKC--> "  Arrêt!! " --fold--> "  arrêt!! " --blanks--> "arrêt" --accents--> "arret"
//! ```
//!
//! KEY-1: `key(key(x)) == key(x)`.
//! KEY-2: a key holds letters, digits, marks and single blanks, and neither begins nor ends with a blank.

use caseless::Caseless;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory};

/// What is left of `İ` after case folding, besides the `i`.
const COMBINING_DOT_ABOVE: char = '\u{307}';

/// The comparable form of a text, for whole bodies and for words alike. Words to compare with must pass through it too.
///
/// In this order: NFKC; format characters and variation selectors dropped; full case fold; U+0307 dropped; NFKC;
/// everything but letters, digits and marks to a blank; blanks collapsed and trimmed; accents of Latin letters dropped.
#[must_use]
pub fn key(text: &str) -> String {
    if text.is_ascii() { ascii_key(text) } else { unicode_key(text) }
}

fn ascii_key(text: &str) -> String {
    let words = text
        .split(|character: char| !character.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty());
    let mut key = String::with_capacity(text.len());
    for word in words {
        if !key.is_empty() {
            key.push(' ');
        }
        key.extend(word.chars().map(|character| character.to_ascii_lowercase()));
    }
    key
}

fn unicode_key(text: &str) -> String {
    let visible = text.nfkc().filter(|character| !is_invisible(*character));
    let folded: String = visible
        .default_case_fold()
        .filter(|character| *character != COMBINING_DOT_ABOVE)
        .nfkc()
        .collect();
    let spaced: String = folded
        .chars()
        .map(|character| if is_kept(character) { character } else { ' ' })
        .collect();
    let collapsed = spaced.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    without_latin_accents(&collapsed)
}

fn is_invisible(character: char) -> bool {
    let selector =
        matches!(character, '\u{180B}'..='\u{180D}' | '\u{180F}' | '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}');
    selector || character.general_category() == GeneralCategory::Format
}

fn is_kept(character: char) -> bool {
    matches!(
        character.general_category_group(),
        GeneralCategoryGroup::Letter | GeneralCategoryGroup::Number | GeneralCategoryGroup::Mark
    )
}

fn without_latin_accents(text: &str) -> String {
    let mut after_latin = false;
    let bare = text.nfd().filter(move |character| {
        if is_combining_mark(*character) {
            return !after_latin;
        }
        after_latin = is_latin(*character);
        true
    });
    bare.nfc().collect()
}

/// The Latin letters that survive NFKC, case folding and decomposition, by block.
fn is_latin(character: char) -> bool {
    character.is_alphabetic()
        && matches!(
            u32::from(character),
            0..=0x2AF | 0x1D00..=0x1DBF | 0x1E00..=0x1EFF | 0x2C60..=0x2C7F | 0xA720..=0xA7FF | 0xAB30..=0xAB6F
        )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_looks_the_same_has_the_same_key() {
        for (typed, expected) in [
            ("  Stop \n", "stop"),
            ("ＳＴＯＰ", "stop"),
            ("𝐒𝐓𝐎𝐏", "stop"),
            ("İPTAL", "iptal"),
            ("ARRÊT", "arret"),
            ("s\u{336}t\u{336}o\u{336}p\u{336}", "stop"),
            ("st\u{200B}op", "stop"),
            ("Straße", "strasse"),
            ("don't", "don t"),
            ("ｽﾄｯﾌﾟ", "ストップ"),
            ("STOP 🛑", "stop"),
        ] {
            assert_eq!(key(typed), expected);
        }
    }

    #[test]
    fn marks_that_make_another_letter_stay() {
        assert_eq!(key("Й"), "й");
        assert_eq!(key("が"), "が");
    }

    #[test]
    fn decomposed_hangul_is_composed() {
        assert_eq!(key("\u{1109}\u{116E}\u{1109}\u{1175}\u{11AB}"), "수신");
    }

    proptest! {
        /// KEY-1 and KEY-2.
        #[test]
        fn a_key_is_its_own_key(text in "\\PC{0,40}") {
            let once = key(&text);
            prop_assert_eq!(&key(&once), &once);
            prop_assert!(!once.starts_with(' ') && !once.ends_with(' ') && !once.contains("  "));
        }

        #[test]
        fn the_short_way_for_ascii_is_the_long_way(text in "[\\x00-\\x7F]{0,60}") {
            prop_assert_eq!(ascii_key(&text), unicode_key(&text));
        }
    }
}
