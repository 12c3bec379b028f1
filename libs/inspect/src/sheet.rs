//! What is shown to a person: labelled lines.
//!
//! ```text
//!   encoding    UCS-2 (UTF-16, big endian), data_coding 0x08
//!   because     GSM-7 lacks ’ (U+2019)
//! ```

use std::fmt::Write;

/// Characters of the column of labels.
const LABEL_WIDTH: usize = 12;

/// Lines with a label before each.
#[derive(Default)]
pub(crate) struct Sheet {
    text: String,
}

impl Sheet {
    /// Adds a line without a label.
    pub(crate) fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// Adds a labelled line; further lines of `value` are indented below it.
    pub(crate) fn row(&mut self, label: &str, value: &str) {
        for (number, line) in value.split('\n').enumerate() {
            let label = if number == 0 { label } else { "" };
            // Writing into a String does not fail.
            let _ = writeln!(self.text, "{label:<LABEL_WIDTH$}{line}");
        }
    }

    /// The lines, without a last line end.
    pub(crate) fn finish(mut self) -> String {
        self.text.truncate(self.text.trim_end().len());
        self.text
    }
}

/// A character as it looks and by its code point; one that cannot be seen by its code point only.
pub(crate) fn character(character: char) -> String {
    let code_point = format!("U+{:04X}", u32::from(character));
    if character.is_control() || character.is_whitespace() || is_joiner(character) {
        code_point
    } else {
        format!("{character} ({code_point})")
    }
}

/// Characters without a shape of their own: zero width, direction, byte order, variation selectors, combining marks.
fn is_joiner(character: char) -> bool {
    matches!(
        u32::from(character),
        0x0300..=0x036F | 0x200B..=0x200F | 0x202A..=0x202E | 0x2060..=0x2064 | 0xFE00..=0xFE0F | 0xFEFF
    )
}

/// `1 segment`, `2 segments`.
pub(crate) fn counted(count: usize, thing: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {thing}{plural}")
}

/// A text in quotes, its line ends and control characters made visible.
pub(crate) fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\0' => quoted.push_str("\\0"),
            other if other.is_control() => quoted.extend(other.escape_unicode()),
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}
