//! Deciding one record after the other, as a partition does it: the chain of each source, the later owner, then the rules.

use std::collections::BTreeMap;

use volley_events::{Owner, Record};
use volley_rows::MemoryRows;
use volley_types::{Partition, Position, RunId, Source, Timestamp};
use volley_wire::Header;

use crate::{
    log::{Entry, Place, Stored},
    mutation::Mutation,
    rows::Staged,
    rules::{Kind, Rank, Rules},
};

/// Where a partition stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Head {
    /// The next record.
    pub position: u64,
    /// The running maximum of append times.
    pub clock: Timestamp,
    /// The newest position taken from each source.
    pub marks: BTreeMap<Source, Position>,
    /// The newest output to each place.
    pub outputs: BTreeMap<Place, Position>,
}

/// Decides records one after the other. The live loop and the replay use the same.
#[derive(Debug)]
pub struct Decider {
    source: Source,
    rules: Rules,
    /// The rows.
    pub rows: Staged,
    /// Where it stands.
    pub head: Head,
    /// As which run it decides, once the log has its word; a replay is nobody's.
    seat: Option<Seat>,
    mutation: Option<Mutation>,
}

/// Who decides.
#[derive(Debug, Clone, Copy)]
struct Seat {
    run: RunId,
    /// Where its `Owner` record lies.
    owner_at: u64,
}

/// What one record led to.
#[derive(Debug, PartialEq, Eq)]
pub enum Decided {
    /// These outputs, in order; perhaps none.
    Outputs(Vec<(Rank2, Place, Entry)>),
    /// It follows a gap that nothing closes yet.
    Stuck,
    /// It is the word of a later owner (PROC-5).
    Superseded,
}

/// Whether an output is of the second rank.
pub type Rank2 = bool;

impl Decider {
    /// On what was kept.
    ///
    /// # Errors
    /// In words, when the rows cannot be read.
    pub fn restore(
        kind: Kind,
        partition: u16,
        kept: MemoryRows,
        head: Head,
        mutation: Option<Mutation>,
    ) -> Result<Self, String> {
        let rules = Rules::restore(kind, partition, &kept)?;
        let rows = Staged::on(kept);
        Ok(Self { source: source_of(kind, partition), rules, rows, head, seat: None, mutation })
    }

    /// From now on it decides as a run whose `Owner` record lies at an offset.
    pub fn sit_down(&mut self, run: RunId, owner_at: u64) {
        self.seat = Some(Seat { run, owner_at });
    }

    /// Whether everything from before its run was decided.
    pub fn has_caught_up(&self) -> bool {
        self.seat.is_some_and(|seat| self.head.position > seat.owner_at)
    }

    /// Decides the record at the position, if it can be decided.
    ///
    /// # Errors
    /// In words: the partition would halt.
    pub fn decide(&mut self, records: &[Stored]) -> Result<Decided, String> {
        let place = usize::try_from(self.head.position).unwrap_or(usize::MAX);
        let Some(record) = records.get(place) else { return Ok(Decided::Stuck) };
        let header = record.entry.header;
        if let Some(owner) = owner_of(&record.entry) {
            return Ok(self.pass_owner(owner, record.at));
        }
        let mark = self.head.marks.get(&header.source).copied();
        let taken = match self.link(mark, &header) {
            Link::Next => true,
            Link::Repeated => false,
            Link::Gap if is_closed(mark, header.source, &records[place + 1..]) => false,
            Link::Gap => return Ok(Decided::Stuck),
        };
        self.head.clock = self.head.clock.max(record.at);
        let outputs = if taken { self.step(record)? } else { Vec::new() };
        self.head.position += 1;
        Ok(Decided::Outputs(outputs))
    }

    fn pass_owner(&mut self, owner: RunId, at: Timestamp) -> Decided {
        let is_later = |seat: Seat| owner != seat.run && self.head.position > seat.owner_at;
        if self.seat.is_some_and(is_later) && self.mutation != Some(Mutation::LaterOwnerNotMinded) {
            return Decided::Superseded;
        }
        self.head.clock = self.head.clock.max(at);
        self.head.position += 1;
        Decided::Outputs(Vec::new())
    }

    fn link(&self, mark: Option<Position>, header: &Header) -> Link {
        let link = link(mark, header);
        match (self.mutation, link) {
            (Some(Mutation::MarkNotChecked), Link::Repeated) | (Some(Mutation::GapAccepted), Link::Gap) => Link::Next,
            (_, link) => link,
        }
    }

    fn step(&mut self, record: &Stored) -> Result<Vec<(Rank2, Place, Entry)>, String> {
        let Entry { header, value } = &record.entry;
        let offset = self.head.position;
        let outputs = self.rules.step(offset, self.head.clock, value, &mut self.rows)?;
        if header.source.is_chained() {
            self.head.marks.insert(header.source, header.position);
        }
        let mut entries = Vec::with_capacity(outputs.len());
        for (output, index) in outputs.into_iter().zip(0..) {
            let position = Position { offset, index };
            let predecessor = self.head.outputs.insert(output.place, position);
            let header = Header::new(self.source, position, predecessor, header.observed_at);
            entries.push((output.rank == Rank::Second, output.place, Entry { header, value: output.value }));
        }
        Ok(entries)
    }

    /// When the next timer is due, or a time before it while none is due by `now`.
    ///
    /// # Errors
    /// In words, when the rows cannot be read.
    pub fn next_due(&self, now: Timestamp) -> Result<Option<Timestamp>, String> {
        self.rules.next_due(&self.rows, now)
    }
}

/// The run that says in a record that it owns the partition.
pub fn owner_of(entry: &Entry) -> Option<RunId> {
    match entry.header.source {
        Source::Owner(_) => match volley_wire::decode(&entry.value) {
            Ok(Record::Owner(Owner { run })) => Some(run),
            _ => None,
        },
        _ => None,
    }
}

enum Link {
    Next,
    Repeated,
    Gap,
}

/// As `volley_processor::chain::link`.
fn link(mark: Option<Position>, header: &Header) -> Link {
    match mark {
        _ if !header.source.is_chained() => Link::Next,
        Some(mark) if header.position <= mark => Link::Repeated,
        mark if header.predecessor == mark => Link::Next,
        _ => Link::Gap,
    }
}

/// Whether what follows holds the record that comes after the mark.
fn is_closed(mark: Option<Position>, source: Source, rest: &[Stored]) -> bool {
    let closes =
        |header: &Header| header.source == source && header.predecessor == mark && Some(header.position) > mark;
    rest.iter().any(|record| closes(&record.entry.header))
}

/// What the outputs of a partition name as their source.
pub fn source_of(kind: Kind, partition: u16) -> Source {
    match kind {
        Kind::Routing => Source::Routing(Partition(partition)),
        Kind::Correlation => Source::Correlation(Partition(partition)),
    }
}
