//! A log that keeps what it promised and nothing more.
//!
//! ```text
//!   append ──▶ pending, one part a partition ──its own delay──▶ durable, in the order of the calls of a writer ──▶ acknowledged
//!                  └── the writer dies: each part is lost, or still arrives late
//! ```
//!
//! Partitions of one append become durable one by one, as on Kafka. Append times may step back a little (LOG-4).

use std::collections::BTreeMap;

use bytes::Bytes;
use volley_types::{Lane, SpanMs, Timestamp};
use volley_wire::Header;

use crate::rng::Rng;

/// How far append times may step back, in milliseconds.
const CLOCK_STEP_MS: u64 = 3;

/// Who appends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Writer {
    /// A front door.
    Door(u8),
    /// The fan-out of `config`.
    Fanout,
    /// A partition of routing or mo-correlation, as one of its owners has it: counted over all.
    Processor(u16),
    /// One of those who were owner of a carrier: counted over all.
    Egress(u16),
}

/// A topic; accounts are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Topic {
    /// `routing.in`.
    RoutingIn,
    /// `correlation.in`.
    CorrelationIn,
    /// `inbox`.
    Inbox,
    /// `events`.
    Events,
    /// `recall`.
    Recall,
    /// `cursors`.
    Cursors,
    /// `egress-journal.<carrier>`.
    Journal(u8),
    /// `egress.<account>.<lane>`.
    Lane(u8, Lane),
}

/// A partition of a topic.
pub type Place = (Topic, u16);

/// A record on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Source and positions.
    pub header: Header,
    /// The body.
    pub value: Bytes,
}

/// Records for one partition.
pub type Part = (Place, Vec<Entry>);

/// A record as the log holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Append time.
    pub at: Timestamp,
    /// The record.
    pub entry: Entry,
}

/// An append that was called.
pub type Ticket = u64;

/// What became durable, and what was acknowledged.
#[derive(Debug, Default)]
pub struct Advance {
    /// Partitions with new records.
    pub grown: Vec<Place>,
    /// Acknowledged appends.
    pub acknowledged: Vec<(Writer, Ticket)>,
}

#[derive(Debug)]
struct Pending {
    writer: Writer,
    ticket: Ticket,
    part: Part,
}

/// How bad it is.
#[derive(Debug, Clone, Copy)]
pub struct Weather {
    /// The usual longest time until a part is durable, milliseconds.
    pub delay_ms: u64,
    /// So many parts in a thousand take up to [`slow_ms`](Self::slow_ms).
    pub slow_per_mille: u64,
    /// Longest time of those, milliseconds.
    pub slow_ms: u64,
    /// What a dead writer left in the middle may be lost though what followed it arrives.
    pub holes: bool,
}

/// The log.
#[derive(Debug)]
pub struct Log {
    partitions: BTreeMap<Place, Vec<Stored>>,
    pending: BTreeMap<(Timestamp, u64), Pending>,
    acknowledgements: BTreeMap<(Timestamp, u64), (Writer, Ticket)>,
    /// When the newest part of a writer to a partition becomes durable: the next one no earlier.
    newest: BTreeMap<(Writer, Place), Timestamp>,
    /// Parts that are not durable yet.
    left: BTreeMap<Ticket, usize>,
    next: u64,
    rng: Rng,
    weather: Weather,
}

impl Log {
    /// An empty log.
    pub fn new(rng: Rng, weather: Weather) -> Self {
        Self {
            partitions: BTreeMap::new(),
            pending: BTreeMap::new(),
            acknowledgements: BTreeMap::new(),
            newest: BTreeMap::new(),
            left: BTreeMap::new(),
            next: 0,
            rng,
            weather,
        }
    }

    /// From now on it behaves like this.
    pub fn set_weather(&mut self, weather: Weather) {
        self.weather = weather;
    }

    /// The records of a partition.
    pub fn records(&self, place: Place) -> &[Stored] {
        self.partitions.get(&place).map_or(&[], Vec::as_slice)
    }

    /// Every partition that holds something.
    pub fn places(&self) -> impl Iterator<Item = (&Place, &Vec<Stored>)> {
        self.partitions.iter()
    }

    /// Appends.
    pub fn append(&mut self, writer: Writer, parts: Vec<Part>, now: Timestamp) -> Ticket {
        let ticket = self.ticket();
        self.left.insert(ticket, parts.len());
        for part in parts {
            let newest = self.newest.get(&(writer, part.0)).copied().unwrap_or(now);
            let at = (now + self.delay()).max(newest);
            self.newest.insert((writer, part.0), at);
            let order = self.ticket();
            self.pending.insert((at, order), Pending { writer, ticket, part });
        }
        ticket
    }

    fn ticket(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    fn delay(&mut self) -> SpanMs {
        let slow = self.rng.chance(self.weather.slow_per_mille);
        let most = if slow { self.weather.slow_ms } else { self.weather.delay_ms };
        SpanMs::from_millis(self.rng.between(1, most.max(1)))
    }

    /// When something happens next.
    pub fn next_at(&self) -> Option<Timestamp> {
        let first = self.pending.first_key_value().map(|((at, _), _)| *at);
        let second = self.acknowledgements.first_key_value().map(|((at, _), _)| *at);
        first.into_iter().chain(second).min()
    }

    /// Lets everything happen that is due.
    pub fn advance(&mut self, now: Timestamp) -> Advance {
        let mut advance = Advance::default();
        while let Some(first) = self.pending.first_entry().filter(|first| first.key().0 <= now) {
            let Pending { writer, ticket, part: (place, entries) } = first.remove();
            let at = now - SpanMs::from_millis(self.rng.below(CLOCK_STEP_MS));
            let stored = entries.into_iter().map(|entry| Stored { at, entry });
            self.partitions.entry(place).or_default().extend(stored);
            advance.grown.push(place);
            self.part_is_durable(writer, ticket, now);
        }
        while let Some(first) = self.acknowledgements.first_entry().filter(|first| first.key().0 <= now) {
            advance.acknowledged.push(first.remove());
        }
        advance
    }

    fn part_is_durable(&mut self, writer: Writer, ticket: Ticket, now: Timestamp) {
        let Some(left) = self.left.get_mut(&ticket) else { return };
        *left -= 1;
        if *left == 0 {
            self.left.remove(&ticket);
            let at = now + self.delay();
            let order = self.ticket();
            self.acknowledgements.insert((at, order), (writer, ticket));
        }
    }

    /// A writer died: nobody hears of its appends any more, and what is not durable may be lost.
    pub fn cut(&mut self, writer: Writer) {
        self.acknowledgements.retain(|_, (of, _)| *of != writer);
        let mut is_lost: BTreeMap<Place, bool> = BTreeMap::new();
        let mut lost = Vec::new();
        for (key, pending) in self.pending.iter().filter(|(_, pending)| pending.writer == writer) {
            self.left.remove(&pending.ticket);
            let tail = is_lost.entry(pending.part.0).or_default();
            let here = self.rng.chance(500);
            *tail |= here;
            if here || (*tail && !self.weather.holes) {
                lost.push(*key);
            }
        }
        for key in lost {
            self.pending.remove(&key);
        }
    }
}
