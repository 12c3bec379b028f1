//! The texts of a soak: each says whose it is, in every part of it, so that whoever sees it knows which it was.

/// The words before a message's number, and before that of a text from a handset.
const MESSAGE: &str = "soak m";
const WRITTEN: &str = "soak r";
/// What persons put before a message they answer.
pub const ANSWER_PREFIX: &str = "re: ";
/// Digits of a number.
const DIGITS: usize = 7;
/// How often a long text says who it is: several parts, and in each at least once.
const LONG: usize = 14;

/// The text of a message.
pub fn message(number: u32, is_long: bool) -> String {
    repeated(&format!("{MESSAGE}{number:0DIGITS$}."), is_long)
}

/// The text of a handset: a keyword where it needs one, and Korean where it shall be UCS-2.
pub fn written(keyword: &str, number: u32, is_long: bool, is_wide: bool) -> String {
    let end = if is_wide { " 네." } else { "." };
    let text = repeated(&format!("{WRITTEN}{number:0DIGITS$}{end}"), is_long);
    match keyword {
        "" => text,
        keyword => format!("{keyword} {text}"),
    }
}

fn repeated(text: &str, is_long: bool) -> String {
    vec![text; if is_long { LONG } else { 1 }].join(" ")
}

/// The number of the message that a text, a part of it, or an answer to it speaks of.
pub fn message_in(text: &str) -> Option<u32> {
    number_behind(MESSAGE, text)
}

/// The number of the text from a handset that this is, or is a part of.
pub fn written_in(text: &str) -> Option<u32> {
    number_behind(WRITTEN, text)
}

fn number_behind(word: &str, text: &str) -> Option<u32> {
    text.match_indices(word)
        .find_map(|(at, _)| text.get(at + word.len()..at + word.len() + DIGITS)?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_of_a_text_says_which_it_is() {
        let text = message(123, true);
        assert!(text.len() > 160, "longer than one part carries");
        for part in text.as_bytes().chunks(153).filter(|part| part.len() > 40) {
            assert_eq!(message_in(std::str::from_utf8(part).unwrap()), Some(123));
        }
        let wide = written("PIZZA", 9, true, true);
        let letters: Vec<char> = wide.chars().collect();
        for part in letters.chunks(67).filter(|part| part.len() > 40) {
            assert_eq!(written_in(&part.iter().collect::<String>()), Some(9));
        }
        assert_eq!((message_in(&wide), written_in(&text)), (None, None));
    }
}
