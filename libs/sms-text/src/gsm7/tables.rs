//! The tables of 3GPP TS 23.038: default alphabet, extension, and the national tables phones in Turkey, Spain and Portugal use.
//!
//! A national table is its base table with some positions replaced, and is written so here (Annex A.2 and A.3).

use super::{ESCAPE, Language};

/// A locking table: one character for each of the 128 septets. At [`ESCAPE`] stands the space a receiver shows for it.
pub type Table = [char; 128];

/// A shift table: what follows an escape. `None` where the table has no character.
pub type ShiftTable = [Option<char>; 128];

/// The GSM 7-bit default alphabet (§6.2.1).
#[rustfmt::skip]
pub const DEFAULT: Table = [
    '@', '£', '$', '¥', 'è', 'é', 'ù', 'ì', 'ò', 'Ç', '\n', 'Ø', 'ø', '\r', 'Å', 'å',
    'Δ', '_', 'Φ', 'Γ', 'Λ', 'Ω', 'Π', 'Ψ', 'Σ', 'Θ', 'Ξ', ' ', 'Æ', 'æ', 'ß', 'É',
    ' ', '!', '"', '#', '¤', '%', '&', '\'', '(', ')', '*', '+', ',', '-', '.', '/',
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', ':', ';', '<', '=', '>', '?',
    '¡', 'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J', 'K', 'L', 'M', 'N', 'O',
    'P', 'Q', 'R', 'S', 'T', 'U', 'V', 'W', 'X', 'Y', 'Z', 'Ä', 'Ö', 'Ñ', 'Ü', '§',
    '¿', 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o',
    'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z', 'ä', 'ö', 'ñ', 'ü', 'à',
];

/// The default extension table (§6.2.1.1): each of these costs an escape and a septet.
#[rustfmt::skip]
pub const EXTENSION: ShiftTable = shifted([None; 128], &[
    (0x0A, '\x0C'), (0x14, '^'), (0x28, '{'), (0x29, '}'), (0x2F, '\\'), (0x3C, '['),
    (0x3D, '~'), (0x3E, ']'), (0x40, '|'), (0x65, '€'),
]);

#[rustfmt::skip]
const TURKISH_LOCKING: Table = replaced(DEFAULT, &[
    (0x04, '€'), (0x07, 'ı'), (0x0B, 'Ğ'), (0x0C, 'ğ'), (0x1C, 'Ş'), (0x1D, 'ş'),
    (0x40, 'İ'), (0x60, 'ç'),
]);

#[rustfmt::skip]
const TURKISH_SINGLE: ShiftTable = shifted(EXTENSION, &[
    (0x47, 'Ğ'), (0x49, 'İ'), (0x53, 'Ş'), (0x63, 'ç'), (0x67, 'ğ'), (0x69, 'ı'),
    (0x73, 'ş'),
]);

#[rustfmt::skip]
const SPANISH_SINGLE: ShiftTable = shifted(EXTENSION, &[
    (0x09, 'ç'), (0x41, 'Á'), (0x49, 'Í'), (0x4F, 'Ó'), (0x55, 'Ú'), (0x61, 'á'),
    (0x69, 'í'), (0x6F, 'ó'), (0x75, 'ú'),
]);

#[rustfmt::skip]
const PORTUGUESE_LOCKING: Table = replaced(DEFAULT, &[
    (0x04, 'ê'), (0x06, 'ú'), (0x07, 'í'), (0x08, 'ó'), (0x09, 'ç'), (0x0B, 'Ô'),
    (0x0C, 'ô'), (0x0E, 'Á'), (0x0F, 'á'), (0x12, 'ª'), (0x13, 'Ç'), (0x14, 'À'),
    (0x15, '∞'), (0x16, '^'), (0x17, '\\'), (0x18, '€'), (0x19, 'Ó'), (0x1A, '|'),
    (0x1C, 'Â'), (0x1D, 'â'), (0x1E, 'Ê'), (0x24, 'º'), (0x40, 'Í'), (0x5B, 'Ã'),
    (0x5C, 'Õ'), (0x5D, 'Ú'), (0x60, '~'), (0x7B, 'ã'), (0x7C, 'õ'), (0x7D, '`'),
]);

#[rustfmt::skip]
const PORTUGUESE_SINGLE: ShiftTable = shifted(EXTENSION, &[
    (0x05, 'ê'), (0x09, 'ç'), (0x0B, 'Ô'), (0x0C, 'ô'), (0x0E, 'Á'), (0x0F, 'á'),
    (0x12, 'Φ'), (0x13, 'Γ'), (0x15, 'Ω'), (0x16, 'Π'), (0x17, 'Ψ'), (0x18, 'Σ'),
    (0x19, 'Θ'), (0x1F, 'Ê'), (0x41, 'À'), (0x49, 'Í'), (0x4F, 'Ó'), (0x55, 'Ú'),
    (0x5B, 'Ã'), (0x5C, 'Õ'), (0x61, 'Â'), (0x69, 'í'), (0x6F, 'ó'), (0x75, 'ú'),
    (0x7B, 'ã'), (0x7C, 'õ'), (0x7F, 'â'),
]);

static LOCKING: [Table; 3] = [DEFAULT, TURKISH_LOCKING, PORTUGUESE_LOCKING];
static SINGLE: [ShiftTable; 4] = [EXTENSION, TURKISH_SINGLE, SPANISH_SINGLE, PORTUGUESE_SINGLE];

/// The table in force under a locking shift. Spanish has none of its own and reads the default alphabet.
#[must_use]
pub fn locking(language: Option<Language>) -> &'static Table {
    match language {
        None | Some(Language::Spanish) => &LOCKING[0],
        Some(Language::Turkish) => &LOCKING[1],
        Some(Language::Portuguese) => &LOCKING[2],
    }
}

/// The table behind an escape under a single shift.
#[must_use]
pub fn single(language: Option<Language>) -> &'static ShiftTable {
    match language {
        None => &SINGLE[0],
        Some(Language::Turkish) => &SINGLE[1],
        Some(Language::Spanish) => &SINGLE[2],
        Some(Language::Portuguese) => &SINGLE[3],
    }
}

/// Set in a [`code_of`] answer when the septet must follow an escape.
pub(super) const EXTENDED: u8 = 0x80;

/// The [`code_of`] answer for a character GSM-7 does not have. No extension stands at 0x7F, so it is free.
pub(super) const ABSENT: u8 = 0xFF;

const GREEK_FIRST: u32 = 'Γ' as u32;
const GREEK_LAST: u32 = 'Ω' as u32;

static LATIN_CODES: [u8; 256] = codes_from(0);
static GREEK_CODES: [u8; 32] = codes_from(GREEK_FIRST);

/// The septet of a character in the default alphabet or, with [`EXTENDED`] set, in its extension; [`ABSENT`] if in neither.
#[inline]
pub(super) fn code_of(character: char) -> u8 {
    match u32::from(character) {
        scalar @ 0..=0xFF => LATIN_CODES[scalar as usize],
        scalar @ GREEK_FIRST..=GREEK_LAST => GREEK_CODES[(scalar - GREEK_FIRST) as usize],
        0x20AC => EXTENDED | 0x65,
        _ => ABSENT,
    }
}

/// [`code_of`] an octet of ASCII. The answer for any other octet means nothing.
#[inline]
pub(super) fn ascii_code(octet: u8) -> u8 {
    LATIN_CODES[usize::from(octet)]
}

/// Inverts both tables for the `N` characters from `first` on.
const fn codes_from<const N: usize>(first: u32) -> [u8; N] {
    let mut codes = [ABSENT; N];
    let mut septet = 0;
    while septet < 128 {
        let plain = (DEFAULT[septet] as u32).wrapping_sub(first) as usize;
        if septet != ESCAPE as usize && plain < N {
            codes[plain] = septet as u8;
        }
        if let Some(character) = EXTENSION[septet] {
            let extended = (character as u32).wrapping_sub(first) as usize;
            if extended < N {
                codes[extended] = EXTENDED | septet as u8;
            }
        }
        septet += 1;
    }
    codes
}

const fn replaced(mut table: Table, replacements: &[(u8, char)]) -> Table {
    let mut at = 0;
    while at < replacements.len() {
        table[replacements[at].0 as usize] = replacements[at].1;
        at += 1;
    }
    table
}

const fn shifted(mut table: ShiftTable, additions: &[(u8, char)]) -> ShiftTable {
    let mut at = 0;
    while at < additions.len() {
        table[additions[at].0 as usize] = Some(additions[at].1);
        at += 1;
    }
    table
}
