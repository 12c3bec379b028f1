//! Typographic characters and the GSM-7 characters drawn nearly like them.

/// What is printed for the full-width forms U+FF01 to U+FF5E, which follow ASCII one for one.
const PRINTABLE: &str =
    "!\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~";

/// The few replacements everybody makes: quotes, dashes, ellipsis, blanks.
pub(super) fn common(character: char) -> Option<&'static str> {
    Some(match character {
        '‘' | '’' | '`' | '´' => "'",
        '“' | '”' | '«' | '»' => "\"",
        '–' | '—' | '•' => "-",
        '…' => "...",
        '‹' => "<",
        '›' => ">",
        '\u{A0}' | '\t' => " ",
        '\u{200B}' | '\u{2060}' | '\u{FEFF}' => "",
        _ => return None,
    })
}

/// Every replacement we know.
#[rustfmt::skip]
pub(super) fn full(character: char) -> Option<&'static str> {
    if let Some(replacement) = common(character) {
        return Some(replacement);
    }
    Some(match character {
        '\u{FF40}' => return None,
        '\u{FF01}'..='\u{FF5E}' => {
            let at = (u32::from(character) - 0xFF01) as usize;
            &PRINTABLE[at..=at]
        }
        '\u{201B}' | '\u{02B9}' | '\u{02BB}'..='\u{02BD}' | '\u{02C8}' | '\u{02CA}' | '\u{02CB}' | '\u{275B}' | '\u{275C}' => "'",
        '\u{201E}' | '\u{201F}' | '\u{02BA}' | '\u{02EE}' | '\u{275D}' | '\u{275E}' | '\u{301D}' | '\u{301E}' => "\"",
        '\u{2010}'..='\u{2012}' | '\u{2015}' | '\u{2043}' | '\u{2212}' | '\u{FE63}' => "-",
        '\u{203C}' => "!!",
        '\u{201A}' | '\u{3001}' | '\u{FE50}' | '\u{FE51}' | '\u{FF64}' => ",",
        '\u{3002}' | '\u{FE52}' | '\u{FF61}' => ".",
        '\u{204F}' | '\u{FE54}' => ";",
        '\u{02D0}' | '\u{A789}' => ":",
        '\u{00F7}' | '\u{2044}' | '\u{2215}' | '\u{29F8}' => "/",
        '\u{29F5}' | '\u{29F9}' | '\u{FE68}' => "\\",
        '\u{2223}' | '\u{23D0}' => "|",
        '\u{2017}' => "_",
        '\u{FE59}' | '\u{2768}' | '\u{276A}' | '\u{2985}' => "(",
        '\u{FE5A}' | '\u{2769}' | '\u{276B}' | '\u{2986}' => ")",
        '\u{2774}' | '\u{FE5B}' => "{",
        '\u{2775}' | '\u{FE5C}' => "}",
        '\u{204E}' | '\u{2217}' | '\u{229B}' | '\u{2722}'..='\u{2725}' | '\u{2731}'..='\u{2733}'
        | '\u{273A}'..='\u{273D}' | '\u{2743}' | '\u{2749}'..='\u{274B}' | '\u{FE61}' => "*",
        '\u{02D6}' | '\u{FE62}' => "+",
        '\u{FE66}' => "=",
        '\u{FE64}' => "<",
        '\u{FE65}' => ">",
        '\u{FE56}' => "?",
        '\u{01C3}' | '\u{FE57}' => "!",
        '\u{FE5F}' => "#",
        '\u{FE69}' => "$",
        '\u{FE6A}' => "%",
        '\u{FE60}' => "&",
        '\u{FE6B}' => "@",
        '\u{02C6}' => "^",
        '\u{02DC}' | '\u{02F7}' | '\u{223C}' => "~",
        '\u{00BC}' => "1/4",
        '\u{00BD}' => "1/2",
        '\u{00BE}' => "3/4",
        '\u{2000}'..='\u{200A}' | '\u{202F}' | '\u{205F}' | '\u{2028}' | '\u{2029}' | '\u{3000}' => " ",
        '\0' | '\u{03}' | '\u{04}' | '\u{10}'..='\u{14}' | '\u{17}' | '\u{19}' => "",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gsm7;

    #[test]
    fn only_what_gsm7_lacks_is_replaced_and_only_by_what_it_has() {
        for character in '\0'..=char::MAX {
            if let Some(replacement) = full(character) {
                assert_eq!(gsm7::cost(character), None, "{}", character.escape_unicode());
                assert!(gsm7::encode(replacement).is_some(), "{}", character.escape_unicode());
            }
        }
    }

    #[test]
    fn full_width_forms_are_their_ascii_selves() {
        assert_eq!(
            [full('！'), full('Ａ'), full('９'), full('～'), full('｀')],
            [Some("!"), Some("A"), Some("9"), Some("~"), None]
        );
    }
}
