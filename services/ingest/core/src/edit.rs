//! Edits: whether a text may take the place of another.

use volley_sms_text::Wording;
use volley_types::{Body, ContentHash};

use crate::{fault::Faults, text::segments_of};

/// A new text, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewText {
    /// The wish for it: equal for equal texts, so that asking again finds its answer.
    pub edit: ContentHash,
    /// The text.
    pub text: Body,
}

impl NewText {
    /// Checks a text as that of a new message is. Which class it has, and so how it may be worded, only routing knows.
    ///
    /// # Errors
    /// The text is empty, or too long.
    pub fn check(text: &str) -> Result<Self, Faults> {
        segments_of(text, Wording::Smart).map_err(|fault| Faults::one("text", fault))?;
        Ok(Self { edit: ContentHash::of(&[text.as_bytes()]), text: Body::plain(text) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_are_one_wish_and_an_empty_one_is_none() {
        let edit = |text| NewText::check(text).map(|new| new.edit);
        assert_eq!(edit("hello"), edit("hello"));
        assert_ne!(edit("hello"), edit("hullo"));
        let fault = edit("").unwrap_err().to_string();
        assert_eq!(fault, "text is empty");
        assert!(edit(&"x".repeat(1_531)).is_err(), "more than ten segments");
    }
}
