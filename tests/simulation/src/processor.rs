//! The partition loop, as a model: `libs/processor` without its threads, stores and sockets, by the same rules.
//!
//! ```text
//!   input ──▶ chain ──▶ rules ──▶ outputs ──rank 1──▶ rank 2 ──acknowledged──▶ settled ──now and then──▶ kept
//!               └ repeated: dropped · gap: refused once what closes it lies behind, else waits
//! ```
//!
//! PROC-1 to PROC-4 hold as in the library: rows, marks and position are kept together and only after the log has the outputs of
//! their batch; several batches are under way; the second rank of a batch waits for its own first rank and for the second ranks
//! of those before it; a record after a gap is passed over only when the log holds the one that closes it. A crash goes back to
//! what was kept. Owners (PROC-5), skips and dead letters are not modelled: here a poisoned record is a violation.

use std::collections::{BTreeMap, VecDeque};

use volley_events::{Record, Tick};
use volley_rows::MemoryRows;
use volley_types::{Partition, Position, Source, Timestamp};
use volley_wire::Header;

use crate::{
    log::{Entry, Log, Part, Place, Stored, Ticket, Topic, Writer},
    mutation::Mutation,
    rng::Rng,
    rows::{Changes, Staged, keep},
    rules::{Kind, Rank, Rules},
};

/// Batches under way at once.
const PIPELINE_MAX: usize = 3;

/// Records of a batch, at most.
const BATCH_MAX: u64 = 8;

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
    mutation: Option<Mutation>,
}

/// What one record led to.
#[derive(Debug, PartialEq, Eq)]
pub enum Decided {
    /// These outputs, in order; perhaps none.
    Outputs(Vec<(Rank2, Place, Entry)>),
    /// It follows a gap that nothing closes yet.
    Stuck,
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
        Ok(Self { source: source_of(kind, partition), rules, rows, head, mutation })
    }

    /// Decides the record at the position, if it can be decided.
    ///
    /// # Errors
    /// In words: the partition would halt.
    pub fn decide(&mut self, records: &[Stored]) -> Result<Decided, String> {
        let place = usize::try_from(self.head.position).unwrap_or(usize::MAX);
        let Some(record) = records.get(place) else { return Ok(Decided::Stuck) };
        let header = record.entry.header;
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

    /// When the next timer is due.
    ///
    /// # Errors
    /// In words, when the rows cannot be read.
    pub fn next_due(&self) -> Result<Option<Timestamp>, String> {
        self.rules.next_due(&self.rows)
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

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    First(Ticket),
    Between,
    Second(Ticket),
    Done,
}

#[derive(Debug)]
struct Flight {
    stage: Stage,
    second: Vec<Part>,
    batch: (Head, Changes),
}

/// One partition of a service.
#[derive(Debug)]
pub struct Processor {
    /// Which service.
    pub kind: Kind,
    /// Which partition.
    pub partition: u16,
    /// While it runs.
    decider: Option<Decider>,
    flights: VecDeque<Flight>,
    /// Settled and not kept yet.
    settled: VecDeque<(Head, Changes)>,
    kept_rows: MemoryRows,
    kept_head: Head,
    run: u64,
    ticks: u64,
    is_ticking: bool,
    mutation: Option<Mutation>,
}

impl Processor {
    /// One that never ran.
    pub fn new(kind: Kind, partition: u16, mutation: Option<Mutation>) -> Self {
        Self {
            kind,
            partition,
            decider: None,
            flights: VecDeque::new(),
            settled: VecDeque::new(),
            kept_rows: MemoryRows::default(),
            kept_head: Head::default(),
            run: 0,
            ticks: 0,
            is_ticking: false,
            mutation,
        }
    }

    /// Its input.
    pub fn input(&self) -> Place {
        match self.kind {
            Kind::Routing => (Topic::RoutingIn, self.partition),
            Kind::Correlation => (Topic::CorrelationIn, self.partition),
        }
    }

    /// As whom it appends.
    pub fn writer(&self) -> Writer {
        match self.kind {
            Kind::Routing => Writer::Routing(self.partition),
            Kind::Correlation => Writer::Correlation(self.partition),
        }
    }

    /// Whether it runs.
    pub fn is_up(&self) -> bool {
        self.decider.is_some()
    }

    /// Where it stands and what it knows, while it runs.
    pub fn decider(&self) -> Option<&Decider> {
        self.decider.as_ref()
    }

    /// Starts from what was kept.
    ///
    /// # Errors
    /// In words, when the rows cannot be read.
    pub fn start(&mut self) -> Result<(), String> {
        self.run += 1;
        let (rows, head) = (self.kept_rows.clone(), self.kept_head.clone());
        self.decider = Some(Decider::restore(self.kind, self.partition, rows, head, self.mutation)?);
        Ok(())
    }

    /// Dies. What was not kept is gone, and so may be what the log had not acknowledged.
    pub fn crash(&mut self, log: &mut Log) {
        self.decider = None;
        self.flights.clear();
        self.settled.clear();
        self.is_ticking = false;
        log.cut(self.writer());
    }

    /// The log acknowledged an append.
    pub fn acknowledged(&mut self, ticket: Ticket) {
        for flight in &mut self.flights {
            flight.stage = match flight.stage {
                Stage::First(sent) if sent == ticket => Stage::Between,
                Stage::Second(sent) if sent == ticket => Stage::Done,
                stage => stage,
            };
        }
    }

    /// Does what can be done now; gives when it wants to look again at the latest.
    ///
    /// # Errors
    /// In words: the partition would halt.
    pub fn work(&mut self, log: &mut Log, now: Timestamp, rng: &mut Rng) -> Result<Option<Timestamp>, String> {
        if self.decider.is_none() {
            return Ok(None);
        }
        // A batch without outputs is done at once, and nothing would wake us for the next one.
        loop {
            self.move_on(log, now);
            if self.flights.len() >= PIPELINE_MAX || !self.batch(log, now, rng)? {
                break;
            }
        }
        self.keep_settled(rng);
        self.tick(log, now)
    }

    /// Decides a batch and sends it on its way. `false`: there was nothing to decide.
    fn batch(&mut self, log: &mut Log, now: Timestamp, rng: &mut Rng) -> Result<bool, String> {
        let (input, own) = (self.input(), own_source(self.kind, self.partition, self.run));
        let Some(decider) = &mut self.decider else { return Ok(false) };
        let (mut first, mut second, begun) = (BTreeMap::new(), BTreeMap::new(), decider.head.position);
        for _ in 0..rng.between(1, BATCH_MAX) {
            let at = decider.head.position;
            let Decided::Outputs(outputs) = decider.decide(log.records(input))? else {
                break;
            };
            let decided = &log.records(input)[usize::try_from(at).unwrap_or(usize::MAX)];
            self.is_ticking &= decided.entry.header.source != own;
            for (is_second, place, entry) in outputs {
                let of = if is_second { &mut second } else { &mut first };
                of.entry(place).or_insert_with(Vec::new).push(entry);
            }
        }
        if decider.head.position == begun {
            return Ok(false);
        }
        let batch = (decider.head.clone(), decider.rows.take_changes());
        if self.mutation == Some(Mutation::RanksSwapped) {
            std::mem::swap(&mut first, &mut second);
        }
        if self.mutation == Some(Mutation::CommitBeforePublish) {
            self.settled.push_back(batch.clone());
        }
        let stage = self
            .send(first.into_iter().collect(), log, now)
            .map_or(Stage::Between, Stage::First);
        self.flights
            .push_back(Flight { stage, second: second.into_iter().collect(), batch });
        Ok(true)
    }

    fn send(&self, parts: Vec<Part>, log: &mut Log, now: Timestamp) -> Option<Ticket> {
        (!parts.is_empty()).then(|| log.append(self.writer(), parts, now))
    }

    /// Sends second ranks that may go, and settles the oldest batches that are done.
    fn move_on(&mut self, log: &mut Log, now: Timestamp) {
        let mut may_go = true;
        for place in 0..self.flights.len() {
            if self.flights[place].stage == Stage::Between && may_go {
                let second = std::mem::take(&mut self.flights[place].second);
                self.flights[place].stage = self.send(second, log, now).map_or(Stage::Done, Stage::Second);
            }
            may_go &= matches!(self.flights[place].stage, Stage::Second(_) | Stage::Done);
        }
        while let Some(flight) = self.flights.pop_front_if(|flight| flight.stage == Stage::Done) {
            if self.mutation != Some(Mutation::CommitBeforePublish) {
                self.settled.push_back(flight.batch);
            }
        }
    }

    /// Position, marks and rows are kept together, some time after they are settled.
    fn keep_settled(&mut self, rng: &mut Rng) {
        let often = if self.mutation == Some(Mutation::CommitBeforePublish) { 1_000 } else { 300 };
        if !rng.chance(often) {
            return;
        }
        for (head, changes) in self.settled.drain(..) {
            keep(&mut self.kept_rows, changes);
            self.kept_head = head;
        }
    }

    /// Appends a `Tick` when a timer is due; one at a time.
    fn tick(&mut self, log: &mut Log, now: Timestamp) -> Result<Option<Timestamp>, String> {
        let Some(decider) = &self.decider else { return Ok(None) };
        let due = decider.next_due()?.filter(|_| !self.is_ticking);
        if due.is_none_or(|due| due > now) {
            return Ok(due);
        }
        self.is_ticking = true;
        self.ticks += 1;
        let position = Position { offset: self.ticks, index: 0 };
        let header = Header::new(own_source(self.kind, self.partition, self.run), position, None, now);
        let value = volley_wire::encode(&Record::Tick(Tick), None);
        log.append(self.writer(), vec![(self.input(), vec![Entry { header, value }])], now);
        Ok(None)
    }
}

/// What the own records of a run name as their source.
fn own_source(kind: Kind, partition: u16, run: u64) -> Source {
    Source::Owner(run << 8 | u64::from(partition) << 1 | u64::from(kind == Kind::Routing))
}
