//! The labelled text of a receipt (SMPP 3.4 Appendix B), which every vendor writes a little differently.

use std::ops::Range;

/// The labels, in the order of the specification's example. Matched in any case and any order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Label {
    Id,
    Sub,
    Dlvrd,
    SubmitDate,
    DoneDate,
    Stat,
    Err,
    Text,
}

const LABELS: [(&str, Label); 12] = [
    ("id:", Label::Id),
    ("sub:", Label::Sub),
    ("dlvrd:", Label::Dlvrd),
    ("submit date:", Label::SubmitDate),
    ("submit_date:", Label::SubmitDate),
    ("submitdate:", Label::SubmitDate),
    ("done date:", Label::DoneDate),
    ("done_date:", Label::DoneDate),
    ("donedate:", Label::DoneDate),
    ("stat:", Label::Stat),
    ("err:", Label::Err),
    ("text:", Label::Text),
];

/// One label in the text: where it begins, and where its value does.
struct Mark {
    label: Label,
    begins: usize,
    ends: usize,
}

/// The fields that a text holds, each at its first occurrence.
#[derive(Default)]
pub(super) struct Fields<'a> {
    values: Vec<(Label, &'a str)>,
    quoted: Option<&'a str>,
}

impl<'a> Fields<'a> {
    /// Reads `text`. What follows `text:` is the message's own and opaque, unless a field that is `needed` is
    /// missing before it and found behind it: then the carrier writes its fields there.
    pub(super) fn read(text: &'a str, needed: &[Label]) -> Self {
        let marks = marks(text);
        let quote = marks.iter().position(|mark| mark.label == Label::Text);
        let (head, tail) = marks.split_at(quote.unwrap_or(marks.len()));

        let mut fields = Self::default();
        let head_ends = tail.first().map_or(text.len(), |mark| mark.begins);
        fields.take(text, head, head_ends);

        if let Some((quote, behind)) = tail.split_first() {
            let opened = needed
                .iter()
                .filter(|label| fields.word(**label).is_none())
                .any(|label| behind.iter().any(|mark| mark.label == *label));
            let quote_ends = match behind.first() {
                Some(first) if opened => first.begins,
                _ => text.len(),
            };
            fields.quoted = slice(text, quote.ends..quote_ends);
            if opened {
                fields.take(text, behind, text.len());
            }
        }
        fields
    }

    /// The first word of a field; `None` if the field is missing or empty.
    pub(super) fn word(&self, label: Label) -> Option<&'a str> {
        let value = self.values.iter().find(|(known, _)| *known == label)?.1;
        let word = value.split_whitespace().next()?.trim_end_matches([',', ';', '|', '/']);
        (!word.is_empty()).then_some(word)
    }

    /// The quoted beginning of the message, if there is any.
    pub(super) const fn quoted(&self) -> Option<&'a str> {
        self.quoted
    }

    /// Takes the values of `marks`, each up to the next mark, the last up to `end`. First occurrences win.
    fn take(&mut self, text: &'a str, marks: &[Mark], end: usize) {
        let ends = marks.iter().skip(1).map(|mark| mark.begins).chain([end]);
        for (mark, value_ends) in marks.iter().zip(ends) {
            if self.values.iter().all(|(label, _)| *label != mark.label) {
                let value = slice(text, mark.ends..value_ends).unwrap_or_default();
                self.values.push((mark.label, value));
            }
        }
    }
}

/// A value without the blanks around it and the zero octets that end some bodies. Those that begin one are UCS-2.
fn slice(text: &str, range: Range<usize>) -> Option<&str> {
    let value = text.get(range)?.trim_start();
    let value = value.trim_end_matches(|character: char| character.is_whitespace() || character == '\0');
    (!value.is_empty()).then_some(value)
}

/// Every label that stands at the start or behind a blank, a control character or a separator.
fn marks(text: &str) -> Vec<Mark> {
    let octets = text.as_bytes();
    let mut marks = Vec::new();
    let mut at = 0;
    while at < octets.len() {
        let starts_word = at == 0 || matches!(octets[at - 1], 0..=b' ' | b',' | b';' | b'|' | b'/');
        match starts_word.then(|| label_at(&octets[at..])).flatten() {
            Some((label, length)) => {
                marks.push(Mark { label, begins: at, ends: at + length });
                at += length;
            }
            None => at += 1,
        }
    }
    marks
}

fn label_at(octets: &[u8]) -> Option<(Label, usize)> {
    LABELS
        .iter()
        .find(|(word, _)| {
            octets
                .get(..word.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(word.as_bytes()))
        })
        .map(|(word, label)| (*label, word.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEEDED: [Label; 2] = [Label::Id, Label::Stat];

    #[test]
    fn quoted_labels_are_quoted() {
        let fields = Fields::read("id:20 stat:DELIVRD text:id:99 stat:UNDELIV", &NEEDED);

        assert_eq!(fields.word(Label::Id), Some("20"));
        assert_eq!(fields.word(Label::Stat), Some("DELIVRD"));
        assert_eq!(fields.quoted(), Some("id:99 stat:UNDELIV"));
    }

    #[test]
    fn fields_behind_the_quote_are_read_when_one_is_missing_before_it() {
        let fields = Fields::read("id:1 text:Hello there stat:EXPIRED err:21b", &NEEDED);

        assert_eq!(fields.word(Label::Stat), Some("EXPIRED"));
        assert_eq!(fields.word(Label::Err), Some("21b"));
        assert_eq!(fields.quoted(), Some("Hello there"));
    }

    #[test]
    fn an_empty_field_does_not_swallow_the_next() {
        let fields = Fields::read("id: sub:001 stat:DELIVRD\r\nerr:000\0", &NEEDED);

        assert_eq!(fields.word(Label::Id), None);
        assert_eq!(fields.word(Label::Sub), Some("001"));
        assert_eq!(fields.word(Label::Err), Some("000"));
    }

    #[test]
    fn fields_may_be_parted_by_more_than_blanks() {
        let fields = Fields::read("id:7|sub:001;dlvrd:001,stat:DELIVRD/err:000", &NEEDED);

        let words = [Label::Id, Label::Sub, Label::Dlvrd, Label::Stat, Label::Err].map(|label| fields.word(label));
        assert_eq!(words, [Some("7"), Some("001"), Some("001"), Some("DELIVRD"), Some("000")]);
    }

    #[test]
    fn quoted_octets_of_ucs2_keep_their_first() {
        let fields = Fields::read("id:7 stat:DELIVRD text:\0H\0i\0", &NEEDED);

        assert_eq!(fields.quoted(), Some("\0H\0i"));
    }

    #[test]
    fn a_label_inside_a_word_is_none() {
        let fields = Fields::read("id:abc-id:5 valid:7 stat:DELIVRD", &NEEDED);

        assert_eq!(fields.word(Label::Id), Some("abc-id:5"));
    }
}
