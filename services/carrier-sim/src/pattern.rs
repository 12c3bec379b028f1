//! What a number or a text must look like: literal characters and `*` for any run of them, case ignored.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A pattern such as `79141234567`, `*9901`, `82*`, `*stop*` or `*`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Pattern(String);

impl Pattern {
    /// Whether `text` as a whole has this form.
    pub fn matches(&self, text: &str) -> bool {
        if self.0 == "*" {
            return true;
        }
        if text.is_ascii() {
            return wild_match(self.0.as_bytes(), text.to_ascii_lowercase().as_bytes());
        }
        wild_match(self.0.as_bytes(), text.to_lowercase().as_bytes())
    }
}

/// Walks both once, going back to the last `*` when a literal fails.
fn wild_match(pattern: &[u8], text: &[u8]) -> bool {
    let (mut in_pattern, mut in_text) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while in_text < text.len() {
        match (pattern.get(in_pattern), star) {
            (Some(b'*'), _) => {
                star = Some((in_pattern, in_text));
                in_pattern += 1;
            }
            (Some(literal), _) if *literal == text[in_text] => {
                in_pattern += 1;
                in_text += 1;
            }
            (_, Some((star_at, taken))) => {
                star = Some((star_at, taken + 1));
                in_pattern = star_at + 1;
                in_text = taken + 1;
            }
            (_, None) => return false,
        }
    }
    pattern[in_pattern..].iter().all(|octet| *octet == b'*')
}

impl From<String> for Pattern {
    fn from(pattern: String) -> Self {
        Self(pattern.trim_start_matches('+').to_lowercase())
    }
}

impl From<&str> for Pattern {
    fn from(pattern: &str) -> Self {
        pattern.to_owned().into()
    }
}

impl From<Pattern> for String {
    fn from(pattern: Pattern) -> Self {
        pattern.0
    }
}

/// A pattern may be a whole number or text, so only its end is shown.
impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pattern({})", crate::redact::number(&self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_whole_ends_and_middles() {
        for (pattern, text, expected) in [
            ("79141234567", "79141234567", true),
            ("+79141234567", "79141234567", true),
            ("79141234567", "791412345678", false),
            ("*9901", "79141239901", true),
            ("*9901", "99012", false),
            ("82*", "821012345678", true),
            ("*stop*", "Reply STOP to opt out", true),
            ("*ab*abc", "xabyababc", true),
            ("*стоп*", "Ответьте СТОП", true),
            ("*", "", true),
            ("", "x", false),
        ] {
            assert_eq!(Pattern::from(pattern).matches(text), expected, "{pattern} on {text}");
        }
    }
}
