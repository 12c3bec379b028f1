//! What the carriers saw, folded from their journals while they run.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use anyhow::{Result, ensure};
use volley_carrier_sim::{CarrierSimHandle, DeliveryKind, Entry, Fact, JournalFilter};

use crate::words::message_in;

/// A carrier and an id it gave.
type Id = (usize, Arc<str>);

/// A handset and what it wrote.
pub type Written = (String, String);

/// A segment that a carrier took.
#[derive(Debug)]
pub struct Taken {
    /// Which part, from 1, of how many.
    pub part: [u8; 2],
    /// The id it was given.
    pub id: Id,
    /// Its answer was put on a socket.
    pub is_answered: bool,
}

/// What became of a message at the carriers.
#[derive(Debug, Default)]
pub struct Seen {
    /// Every segment that was taken, in the order of a carrier's journal.
    pub taken: Vec<Taken>,
    /// Times that its handset got the whole text.
    pub texts: usize,
}

impl Seen {
    /// How often a part was taken at the most.
    pub fn copies(&self) -> usize {
        let of = |part: u8| self.taken.iter().filter(|taken| taken.part[0] == part).count();
        self.taken.iter().map(|taken| of(taken.part[0])).max().unwrap_or(0)
    }

    /// Whether every part was taken at least once.
    pub fn is_whole(&self) -> bool {
        let parts: BTreeSet<u8> = self.taken.iter().map(|taken| taken.part[0]).collect();
        self.taken
            .first()
            .is_some_and(|taken| parts.len() == usize::from(taken.part[1]))
    }

    /// Whether more was taken than reached the handset.
    pub fn has_undelivered(&self) -> bool {
        let parts = self.taken.first().map_or(1, |taken| usize::from(taken.part[1]));
        self.taken.len() > self.texts * parts
    }
}

/// Parts of one text, by how often each was answered with 0.
#[derive(Debug, Default)]
struct Heard(BTreeMap<u8, (u8, usize)>);

impl Heard {
    /// Times that all of its parts were.
    fn times(&self) -> usize {
        let parts = self.0.values().map(|(total, _)| usize::from(*total)).max().unwrap_or(0);
        match self.0.len() == parts {
            true => self.0.values().map(|(_, answered)| *answered).min().unwrap_or(0),
            false => 0,
        }
    }
}

/// One attempt to deliver a part of a text: when, on which carrier's link, and what came of it.
#[derive(Debug, Clone, Copy)]
struct Attempt {
    at_us: i64,
    link: (usize, u64),
    part: u8,
    /// When it was answered, and the status.
    answer: Option<(i64, u32)>,
}

/// Everything that was seen.
#[derive(Debug, Default)]
pub struct Witness {
    next: Vec<u64>,
    seen: BTreeMap<u32, Seen>,
    /// How often an id was given.
    given: BTreeMap<Id, u32>,
    /// By carrier, link and sequence number: the message and its place among those taken.
    unanswered: BTreeMap<(usize, u64, u32), (u32, usize)>,
    /// What is under way to Volley, by carrier and number of the delivery.
    receipts: BTreeMap<(usize, u64), Id>,
    texts: BTreeMap<(usize, u64), (Written, [u8; 2])>,
    receipted: BTreeSet<Id>,
    heard: BTreeMap<Written, Heard>,
    /// How each text was delivered, and when links ended.
    attempts: BTreeMap<Written, Vec<Attempt>>,
    ended: BTreeMap<(usize, u64), i64>,
    /// Deliveries that Volley refused for good.
    pub refused: u64,
}

impl Witness {
    /// Reads on in the journals.
    ///
    /// # Errors
    /// When a journal has forgotten what was not read yet.
    pub fn read_on(&mut self, carriers: &[CarrierSimHandle]) -> Result<()> {
        self.next.resize(carriers.len(), 0);
        for (carrier, sim) in carriers.iter().enumerate() {
            let filter = JournalFilter { since: self.next[carrier], ..JournalFilter::default() };
            for entry in sim.journal(&filter) {
                ensure!(entry.position == self.next[carrier], "the journal of carrier {carrier} is too short");
                self.next[carrier] += 1;
                self.fold(carrier, entry);
            }
        }
        Ok(())
    }

    fn fold(&mut self, carrier: usize, entry: Entry) {
        match entry.fact {
            Fact::Submit { sequence, message_id: Some(id), part, text, .. } => {
                let Some(message) = message_in(&text) else { return };
                let seen = self.seen.entry(message).or_default();
                *self.given.entry((carrier, Arc::clone(&id))).or_default() += 1;
                self.unanswered
                    .insert((carrier, entry.bind, sequence), (message, seen.taken.len()));
                seen.taken.push(Taken { part, id: (carrier, id), is_answered: false });
            }
            Fact::Response { sequence, .. } => {
                if let Some((message, at)) = self.unanswered.remove(&(carrier, entry.bind, sequence))
                    && let Some(taken) = self.seen.get_mut(&message).and_then(|seen| seen.taken.get_mut(at))
                {
                    taken.is_answered = true;
                }
            }
            Fact::Closed { .. } => {
                self.ended.insert((carrier, entry.bind), entry.at_us);
                self.unanswered.retain(|(at, bind, _), _| (*at, *bind) != (carrier, entry.bind));
            }
            Fact::Text { text, .. } => {
                if let Some(message) = message_in(&text) {
                    self.seen.entry(message).or_default().texts += 1;
                }
            }
            Fact::DeliverySent { delivery, delivery_kind: DeliveryKind::Receipt, message_id: Some(id), .. } => {
                self.receipts.insert((carrier, delivery), (carrier, id));
            }
            Fact::DeliverySent { delivery, delivery_kind: DeliveryKind::Mo, source, text, .. } => {
                let (part, text) = part_of(&text);
                let written = (source.digits.to_string(), text.to_owned());
                let link = (carrier, entry.bind);
                let attempt = Attempt { at_us: entry.at_us, link, part: part[0], answer: None };
                self.attempts.entry(written.clone()).or_default().push(attempt);
                self.texts.insert((carrier, delivery), (written, part));
            }
            Fact::DeliveryAnswered { delivery, status, .. } => {
                self.note_answer((carrier, delivery), (carrier, entry.bind), (entry.at_us, status));
                match status {
                    0 => self.answered((carrier, delivery)),
                    0x08 | 0x14 | 0x58 | 0x64 => {}
                    _ => self.refused += 1,
                }
            }
            _ => {}
        }
    }

    fn note_answer(&mut self, delivery: (usize, u64), link: (usize, u64), answer: (i64, u32)) {
        let Some((written, [part, _])) = self.texts.get(&delivery) else { return };
        let attempts = self.attempts.get_mut(written).into_iter().flatten();
        let is_it = |attempt: &&mut Attempt| attempt.link == link && attempt.part == *part;
        if let Some(attempt) = attempts.rev().find(is_it) {
            attempt.answer = Some(answer);
        }
    }

    /// How a text was delivered, attempt by attempt.
    pub fn story(&self, written: &Written) -> String {
        let attempts = self.attempts.get(written).map(Vec::as_slice).unwrap_or_default();
        attempts.iter().map(|attempt| self.told(attempt)).collect()
    }

    fn told(&self, attempt: &Attempt) -> String {
        let Attempt { at_us, link: link @ (carrier, number), part, answer } = attempt;
        let end = match (answer, self.ended.get(link)) {
            (Some((at_us, status)), _) => format!(", answered {status:#04x} at {}", clock(*at_us)),
            (None, Some(at_us)) => format!(", link ended at {}", clock(*at_us)),
            (None, None) => String::new(),
        };
        format!("\n          {} part {part} on link {number} of carrier {carrier}{end}", clock(*at_us))
    }

    fn answered(&mut self, delivery: (usize, u64)) {
        if let Some(id) = self.receipts.remove(&delivery) {
            self.receipted.insert(id);
        }
        if let Some((written, [part, total])) = self.texts.remove(&delivery) {
            self.heard.entry(written).or_default().0.entry(part).or_insert((total, 0)).1 += 1;
        }
    }

    /// What became of a message.
    pub fn seen(&self, message: u32) -> Option<&Seen> {
        self.seen.get(&message)
    }

    /// Whether a receipt for this segment was answered with 0.
    pub fn is_receipted(&self, taken: &Taken) -> bool {
        self.receipted.contains(&taken.id)
    }

    /// Whether its id was given to another segment too.
    pub fn is_shared(&self, taken: &Taken) -> bool {
        self.given.get(&taken.id).is_some_and(|times| *times > 1)
    }

    /// Every text that Volley answered for in all its parts, and how often.
    pub fn heard(&self) -> impl Iterator<Item = (&Written, usize)> {
        self.heard
            .iter()
            .map(|(written, heard)| (written, heard.times()))
            .filter(|(_, times)| *times > 0)
    }

    /// How often Volley answered for all parts of this text.
    pub fn times(&self, written: &Written) -> usize {
        self.heard.get(written).map_or(0, Heard::times)
    }

    /// Segments taken, and those of them that had been taken before.
    pub fn segments(&self) -> (usize, usize) {
        let taken = self.seen.values().map(|seen| seen.taken.len()).sum();
        let again = self.seen.values().map(|seen| {
            let parts: BTreeSet<u8> = seen.taken.iter().map(|taken| taken.part[0]).collect();
            seen.taken.len() - parts.len()
        });
        (taken, again.sum())
    }
}

/// Seconds since midnight, UTC, to the millisecond.
pub fn clock(at_us: i64) -> String {
    let ms = at_us / 1_000 % 86_400_000;
    format!("{}.{:03} s", ms / 1_000, ms % 1_000)
}

/// `[2 of 3] text` as the journal writes parts; anything else is a whole text.
fn part_of(text: &str) -> ([u8; 2], &str) {
    let read = || {
        let (place, text) = text.strip_prefix('[')?.split_once("] ")?;
        let (part, total) = place.split_once(" of ")?;
        Some(([part.parse().ok()?, total.parse().ok()?], text))
    };
    read().unwrap_or(([1, 1], text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_counts_when_all_its_parts_were_answered() {
        assert_eq!(part_of("[2 of 3] hello"), ([2, 3], "hello"));
        assert_eq!(part_of("[hello]"), ([1, 1], "[hello]"));
        let mut heard = Heard::default();
        heard.0.insert(1, (2, 2));
        assert_eq!(heard.times(), 0);
        heard.0.insert(2, (2, 1));
        assert_eq!(heard.times(), 1);
    }
}
