//! What the carrier's journal says about each text.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use serde::Deserialize;

/// An answer put on its socket at least so long before its link ended had come; a later one may have been cut off.
const ANSWER_TRAVEL_US: i64 = 250_000;

/// What the carrier saw of one text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Seen {
    /// Submits taken.
    pub taken: u32,
    /// Of these, submits taken after the answer to an earlier one had come.
    pub taken_after_answer: u32,
}

/// The fields of an entry that matter here.
#[derive(Deserialize)]
struct Entry {
    kind: String,
    at_us: i64,
    bind: u64,
    #[serde(default)]
    sequence: u32,
    #[serde(default)]
    status: u32,
    #[serde(default)]
    text: String,
}

/// Reads a journal of one JSON object a line; gives what was seen, by text.
///
/// # Errors
/// When a line does not read.
pub fn seen(journal: &str) -> Result<BTreeMap<String, Seen>> {
    let entries = entries(journal)?;
    let closed = entries.iter().filter(|entry| entry.kind == "closed");
    let ends: BTreeMap<u64, i64> = closed.map(|entry| (entry.bind, entry.at_us)).collect();
    let had_come = |answer: &Entry| {
        let end = ends.get(&answer.bind);
        end.is_none_or(|end| end - answer.at_us >= ANSWER_TRAVEL_US)
    };

    let mut seen = BTreeMap::<String, Seen>::new();
    let mut unanswered = BTreeMap::new();
    let mut answered = BTreeSet::new();
    for entry in entries.iter().filter(|entry| entry.status == 0) {
        let submit = (entry.bind, entry.sequence);
        match entry.kind.as_str() {
            "submit" => {
                let seen = seen.entry(entry.text.clone()).or_default();
                seen.taken += 1;
                seen.taken_after_answer += u32::from(answered.contains(&entry.text));
                unanswered.insert(submit, &entry.text);
            }
            "response" => answered.extend(unanswered.remove(&submit).filter(|_| had_come(entry))),
            _ => {}
        }
    }
    Ok(seen)
}

/// Submits after `after_us` on binds that were there at `there_at_us`; both Unix microseconds.
///
/// # Errors
/// When a line does not read.
pub fn submits_on_binds(journal: &str, there_at_us: i64, after_us: i64) -> Result<usize> {
    let entries = entries(journal)?;
    let there: BTreeSet<u64> = entries
        .iter()
        .filter(|entry| entry.at_us <= there_at_us)
        .map(|entry| entry.bind)
        .collect();
    let late = |entry: &&Entry| entry.kind == "submit" && entry.at_us > after_us && there.contains(&entry.bind);
    Ok(entries.iter().filter(late).count())
}

fn entries(journal: &str) -> Result<Vec<Entry>> {
    journal
        .lines()
        .map(|line| serde_json::from_str(line).context("the journal"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(kind: &str, at_ms: i64, bind: u64, text: &str) -> String {
        let at_us = at_ms * 1_000;
        serde_json::json!({"kind": kind, "at_us": at_us, "bind": bind, "sequence": 1, "status": 0, "text": text})
            .to_string()
    }

    fn seen_once_more(answered_ms: i64) -> Seen {
        let journal = [
            line("submit", 0, 1, "hello"),
            line("response", answered_ms, 1, ""),
            line("closed", 1_000, 1, ""),
            line("submit", 2_000, 2, "hello"),
        ];
        seen(&journal.join("\n")).unwrap()["hello"]
    }

    #[test]
    fn only_submits_on_binds_that_were_there_are_late() {
        let journal = [
            line("bind", 0, 1, ""),
            line("submit", 10, 1, "in time"),
            line("submit", 50, 1, "late"),
            line("submit", 50, 2, "of another"),
        ];
        assert_eq!(submits_on_binds(&journal.join("\n"), 10_000, 20_000).unwrap(), 1);
    }

    #[test]
    fn a_text_taken_again_after_its_answer_had_come_is_told_apart() {
        assert_eq!(seen_once_more(20), Seen { taken: 2, taken_after_answer: 1 });
        assert_eq!(seen_once_more(990), Seen { taken: 2, taken_after_answer: 0 });
    }
}
