//! The partition loop, as a model: `libs/processor` without its threads, stores and sockets, by the same rules.
//!
//! ```text
//!   input ──▶ chain ──▶ rules ──▶ outputs ──rank 1──▶ rank 2 ──acknowledged──▶ settled ──now and then──▶ kept
//!               └ repeated: dropped · gap: refused once what closes it lies behind, else waits
//! ```
//!
//! PROC-1 to PROC-5 hold as in the library: rows, marks and position are kept together and only after the log has the outputs of
//! their batch; several batches are under way; the second rank of a batch waits for its own first rank and for the second ranks
//! of those before it; a record after a gap is passed over only when the log holds the one that closes it; a start appends its
//! `Owner` record and works once the log has it, and until it reads a later one. A crash goes back to what was kept, another
//! owner begins with a copy of that or with nothing. Skips and dead letters are not modelled: here a poisoned record is a
//! violation.

use std::collections::{BTreeMap, VecDeque};

use volley_events::{Owner, Record, Tick};
use volley_rows::MemoryRows;
use volley_types::{Position, RunId, Source, Timestamp};
use volley_wire::Header;

use crate::{
    decider::{Decided, Decider, Head, owner_of},
    log::{Entry, Log, Part, Place, Ticket, Topic, Writer},
    mutation::Mutation,
    rng::Rng,
    rows::{Changes, keep},
    rules::Kind,
};

/// Batches under way at once.
const PIPELINE_MAX: usize = 3;

/// Records of a batch, at most.
const BATCH_MAX: u64 = 8;

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

/// What a look came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Worked {
    /// It wants to look again at this time, at the latest.
    Until(Option<Timestamp>),
    /// A later owner is there: it stops.
    Superseded,
}

enum Batch {
    Decided,
    Nothing,
    Superseded,
}

/// One partition of a service, as one of its owners has it.
#[derive(Debug)]
pub struct Processor {
    /// As which of all it appends.
    id: u16,
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
    /// Its `Owner` record, until the log has it.
    taking_over: Option<Ticket>,
    /// Records of its own that it appended.
    own: u64,
    is_ticking: bool,
    /// It stands still: nothing it hears of moves it.
    pub is_paused: bool,
    /// Records that it decided since somebody else is to be the owner.
    pub decided_late: Option<u64>,
    mutation: Option<Mutation>,
}

impl Processor {
    /// One that never ran.
    pub fn new(id: u16, kind: Kind, partition: u16, mutation: Option<Mutation>) -> Self {
        Self {
            id,
            kind,
            partition,
            decider: None,
            flights: VecDeque::new(),
            settled: VecDeque::new(),
            kept_rows: MemoryRows::default(),
            kept_head: Head::default(),
            run: 0,
            taking_over: None,
            own: 0,
            is_ticking: false,
            is_paused: false,
            decided_late: None,
            mutation,
        }
    }

    /// Another one for the same partition: with a copy of what this one kept, or with nothing.
    pub fn successor(&self, id: u16, has_copy: bool) -> Self {
        let mut other = Self::new(id, self.kind, self.partition, self.mutation);
        if has_copy {
            other.kept_rows = self.kept_rows.clone();
            other.kept_head = self.kept_head.clone();
        }
        other
    }

    /// Its input.
    pub fn input(&self) -> Place {
        match self.kind {
            Kind::Routing => (Topic::RoutingIn, self.partition),
            Kind::Correlation => (Topic::CorrelationIn, self.partition),
        }
    }

    fn writer(&self) -> Writer {
        Writer::Processor(self.id)
    }

    /// Whether it runs.
    pub fn is_up(&self) -> bool {
        self.decider.is_some()
    }

    /// Where it stands and what it knows, while it runs.
    pub fn decider(&self) -> Option<&Decider> {
        self.decider.as_ref()
    }

    /// Starts from what was kept, as a run: says so on its input.
    ///
    /// # Errors
    /// In words, when the rows cannot be read.
    pub fn start(&mut self, run: u64, log: &mut Log, now: Timestamp) -> Result<(), String> {
        self.run = run;
        let (rows, head) = (self.kept_rows.clone(), self.kept_head.clone());
        self.decider = Some(Decider::restore(self.kind, self.partition, rows, head, self.mutation)?);
        self.taking_over = Some(self.append_own(&Record::Owner(Owner { run: run_id(run) }), log, now));
        Ok(())
    }

    fn append_own(&mut self, record: &Record, log: &mut Log, now: Timestamp) -> Ticket {
        self.own += 1;
        let position = Position { offset: self.own, index: 0 };
        let entry = Entry {
            header: Header::new(own_source(self.run), position, None, now),
            value: volley_wire::encode(record, None),
        };
        log.append(self.writer(), vec![(self.input(), vec![entry])], now)
    }

    /// Dies. What was not kept is gone, and so may be what the log had not acknowledged.
    pub fn crash(&mut self, log: &mut Log) {
        self.decider = None;
        self.flights.clear();
        self.settled.clear();
        self.taking_over = None;
        self.is_ticking = false;
        log.cut(self.writer());
    }

    /// The log acknowledged an append.
    pub fn acknowledged(&mut self, ticket: Ticket, log: &Log) {
        if self.taking_over.take_if(|owner| *owner == ticket).is_some() {
            let run = run_id(self.run);
            let records = log.records(self.input());
            let owner_at = records.iter().rposition(|record| owner_of(&record.entry) == Some(run));
            if let (Some(decider), Some(owner_at)) = (&mut self.decider, owner_at) {
                decider.sit_down(run, owner_at as u64);
            }
        }
        for flight in &mut self.flights {
            flight.stage = match flight.stage {
                Stage::First(sent) if sent == ticket => Stage::Between,
                Stage::Second(sent) if sent == ticket => Stage::Done,
                stage => stage,
            };
        }
    }

    /// Does what can be done now.
    ///
    /// # Errors
    /// In words: the partition would halt.
    pub fn work(&mut self, log: &mut Log, now: Timestamp, rng: &mut Rng) -> Result<Worked, String> {
        if self.decider.is_none() || self.is_paused || self.taking_over.is_some() {
            return Ok(Worked::Until(None));
        }
        // A batch without outputs is done at once, and nothing would wake us for the next one.
        loop {
            self.move_on(log, now);
            if self.flights.len() >= PIPELINE_MAX {
                break;
            }
            match self.batch(log, now, rng)? {
                Batch::Decided => {}
                Batch::Nothing => break,
                Batch::Superseded => return Ok(Worked::Superseded),
            }
        }
        self.keep_settled(rng);
        self.tick(log, now).map(Worked::Until)
    }

    /// Decides a batch and sends it on its way.
    fn batch(&mut self, log: &mut Log, now: Timestamp, rng: &mut Rng) -> Result<Batch, String> {
        let (input, own) = (self.input(), own_source(self.run));
        let Some(decider) = &mut self.decider else { return Ok(Batch::Nothing) };
        let (mut first, mut second, begun) = (BTreeMap::new(), BTreeMap::new(), decider.head.position);
        for _ in 0..rng.between(1, BATCH_MAX) {
            let at = decider.head.position;
            let outputs = match decider.decide(log.records(input))? {
                Decided::Outputs(outputs) => outputs,
                Decided::Stuck => break,
                // What was decided before it is nobody's loss: the later owner decides it too.
                Decided::Superseded => return Ok(Batch::Superseded),
            };
            let decided = &log.records(input)[usize::try_from(at).unwrap_or(usize::MAX)];
            self.is_ticking &= decided.entry.header.source != own;
            for (is_second, place, entry) in outputs {
                let of = if is_second { &mut second } else { &mut first };
                of.entry(place).or_insert_with(Vec::new).push(entry);
            }
        }
        if decider.head.position == begun {
            return Ok(Batch::Nothing);
        }
        if let Some(late) = &mut self.decided_late {
            *late += decider.head.position - begun;
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
        Ok(Batch::Decided)
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
        let Some(decider) = self.decider.as_ref().filter(|decider| decider.has_caught_up()) else {
            return Ok(None);
        };
        let due = decider.next_due(now)?.filter(|_| !self.is_ticking);
        if due.is_none_or(|due| due > now) {
            return Ok(due);
        }
        self.is_ticking = true;
        self.append_own(&Record::Tick(Tick), log, now);
        Ok(None)
    }
}

/// What a run is called.
fn run_id(run: u64) -> RunId {
    RunId::from_bytes((u128::from(run) << 64).to_be_bytes())
}

/// What the own records of a run name as their source.
fn own_source(run: u64) -> Source {
    Source::Owner(run)
}
