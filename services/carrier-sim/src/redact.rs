//! What may be shown of a number or a text in logs and `Debug` output.

/// How many digits of a number are shown.
const DIGITS_SHOWN: usize = 3;

/// The last three characters of a number.
pub(crate) fn number(number: &str) -> String {
    let hidden = number.chars().count().saturating_sub(DIGITS_SHOWN);
    format!("..{}", number.chars().skip(hidden).collect::<String>())
}

/// The length of a text, never the text.
pub(crate) fn text(text: &str) -> String {
    format!("<{} characters>", text.chars().count())
}
