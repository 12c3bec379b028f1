//! Cases as JSON Lines: one object a line in, one object a line out.

use std::io::{self, BufRead, Read, Write};

use serde_json::Value;

use crate::error::CaseError;
use crate::input::Object;
use crate::{ids, optout, pdu, receipt, status, text};

/// Octets of one line: a PDU of the largest size in hexadecimal, and room for blanks and the fields around it.
pub const LINE_OCTETS_MAX: usize = 1024 * 1024;

/// What the cases are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// Texts, as in `segmentation.json`.
    Text,
    /// Receipts, as in `dlr.json`.
    Receipt,
    /// PDUs, as in `smpp_pdus.json`.
    Pdu,
    /// Bodies from phones, as in `optout.json`.
    Optout,
    /// Statuses, as in `smpp_status.json`.
    Status,
    /// Pairs of message ids, as in `id_base_pairs` of `dlr.json`.
    Ids,
}

impl Subject {
    fn answer(self, case: &Object) -> Result<Object, CaseError> {
        match self {
            Self::Text => text::case(case),
            Self::Receipt => receipt::case(case),
            Self::Pdu => pdu::case(case),
            Self::Optout => optout::case(case),
            Self::Status => status::case(case),
            Self::Ids => ids::case(case),
        }
    }
}

/// How many lines were answered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Lines that were not empty.
    pub lines: u64,
    /// Those among them whose answer has an `error`.
    pub faulty: u64,
}

/// Answers every line of `input` with one line on `output`, each written before the next is read.
///
/// Empty lines are skipped. A line that cannot be answered gets its `id`, if it has one, and `error`.
///
/// # Errors
/// If reading or writing fails.
pub fn answer_cases(subject: Subject, mut input: impl BufRead, mut output: impl Write) -> io::Result<Tally> {
    let mut tally = Tally::default();
    let mut line = Vec::new();
    while let Some(whole) = read_line(&mut input, &mut line)? {
        let question = line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&line).trim_ascii();
        if whole && question.is_empty() {
            continue;
        }
        let answer = if whole { answer_line(subject, question) } else { too_long() };
        tally.lines += 1;
        tally.faulty += u64::from(answer.contains_key("error"));
        serde_json::to_writer(&mut output, &answer)?;
        output.write_all(b"\n")?;
        output.flush()?;
    }
    Ok(tally)
}

/// Reads the next line. `None` at the end; `false` if the line is too long, its rest being skipped.
fn read_line(input: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<Option<bool>> {
    line.clear();
    let limit = LINE_OCTETS_MAX as u64 + 1;
    let read = input.by_ref().take(limit).read_until(b'\n', line)?;
    if read == 0 {
        return Ok(None);
    }
    let whole = line.ends_with(b"\n") || read <= LINE_OCTETS_MAX;
    if !whole {
        input.skip_until(b'\n')?;
    }
    Ok(Some(whole))
}

fn answer_line(subject: Subject, line: &[u8]) -> Object {
    match serde_json::from_slice(line) {
        Ok(Value::Object(case)) => {
            let id = case.get("id").cloned().unwrap_or_default();
            let mut answer = subject.answer(&case).unwrap_or_else(|error| fault(&error));
            answer.insert("id".to_owned(), id);
            answer
        }
        Ok(_) => refusal(&CaseError::NotAnObject),
        Err(error) => refusal(&CaseError::NotJson(error.to_string())),
    }
}

fn too_long() -> Object {
    refusal(&CaseError::LineTooLong { limit: LINE_OCTETS_MAX })
}

/// The answer to a line whose id is not to be had.
fn refusal(error: &CaseError) -> Object {
    let mut answer = fault(error);
    answer.insert("id".to_owned(), Value::Null);
    answer
}

fn fault(error: &CaseError) -> Object {
    Object::from_iter([("error".to_owned(), Value::from(error.to_string()))])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(subject: Subject, input: &[u8]) -> (Vec<Value>, Tally) {
        let mut output = Vec::new();
        let tally = answer_cases(subject, input, &mut output).expect("memory does not fail");
        let lines = output.split(|octet| *octet == b'\n').filter(|line| !line.is_empty());
        (lines.map(|line| serde_json::from_slice(line).expect("JSON")).collect(), tally)
    }

    #[test]
    fn one_bad_line_stops_nothing() {
        let input =
            b"{\"id\":\"a\",\"text\":\"hi\"}\n\nnot json\n[1]\n{\"id\":7}\n\xFF\n{\"id\":\"b\",\"text\":\"ho\"}";
        let (answers, tally) = answered(Subject::Text, input);
        let ids: Vec<&Value> = answers.iter().map(|answer| &answer["id"]).collect();
        assert_eq!(ids, [&"a".into(), &Value::Null, &Value::Null, &7.into(), &Value::Null, &"b".into()]);
        assert_eq!(tally, Tally { lines: 6, faulty: 4 });
        assert_eq!(answers[3]["error"], "`text` is missing");
        assert_eq!(answers[5]["units"], 2);
    }

    #[test]
    fn a_line_without_end_is_refused_and_the_next_one_answered() {
        let endless = format!("{{\"text\":\"{}\"}}\n{{\"id\":1,\"text\":\"x\"}}\n", "a".repeat(LINE_OCTETS_MAX));
        let (answers, tally) = answered(Subject::Text, endless.as_bytes());
        assert_eq!((tally.lines, tally.faulty), (2, 1));
        assert_eq!(answers[1]["id"], 1);
    }

    #[test]
    fn carriage_returns_and_a_byte_order_mark_are_no_part_of_a_line() {
        let (answers, tally) = answered(Subject::Status, b"\xEF\xBB\xBF{\"code\":88}\r\n\r\n");
        assert_eq!((answers.len(), tally.faulty), (1, 0));
        assert_eq!(answers[0]["class"], "throttle_backoff");
    }
}
