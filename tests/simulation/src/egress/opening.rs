//! How an owner begins: on the store of the newest run at once, on any other only after it has called ambiguous what is unsettled.
//!
//! ```text
//!   newest run on the journal? ──its store──────────────────────────────────────────────────────────▶ up
//!                              └─another──▶ say that this run lives ──▶ wait for the lease ──▶ tell ──▶ up
//! ```

use std::collections::{BTreeMap, BTreeSet};

use volley_carrier_egress_core::{
    Account, Carrier, LEASE_US, LaneTail, NewId, Newest, Start, StoreRow, disown_store, judge_start, keep_store,
    kept_store, number_after,
};
use volley_events::{CarrierMessageId, JournalEntry, JournalId, LaneEnd, LanesLost, Record, Run};
use volley_types::{Lane, Partition, Position, RunId, Source, SpanMs, Timestamp};

use super::{
    Egress,
    journal::{self, Journal},
    moment, settings,
};
use crate::{
    log::{Log, Stored, Ticket, Topic},
    mutation::Mutation,
    rows::{Staged, keep},
    setup::{PARTITIONS, carrier_name},
};

/// A store that was counted as lost.
#[derive(Debug)]
pub struct Loss {
    /// When the journal was read back for ids.
    pub at: Timestamp,
    /// Which ids it knew.
    pub known: BTreeSet<CarrierMessageId>,
}

/// A start without the store of the newest run.
#[derive(Debug)]
pub(super) struct Opening {
    journal: Journal,
    rows: Staged,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    /// Its first word is on its way to the log.
    Said(Ticket),
    /// The run before may still send, until then.
    Waits(Timestamp),
    /// Routing is being told.
    Tells(Ticket),
}

/// A lane as the loss of its store found it.
type Ended = (Lane, u64, BTreeMap<Source, Position>);

impl Egress {
    /// Starts on the disk it has, as a run.
    ///
    /// # Errors
    /// In words, when the rows cannot be read.
    pub fn start(&mut self, run: u64, log: &mut Log, now: Timestamp) -> Result<(), String> {
        self.run_number = run;
        let newest = newest_run(log, self.carrier, self.mutation);
        let kept = kept_store(&self.disk).map_err(|error| error.to_string())?;
        let fresh = id(run, b'S');
        let store = kept.map_or(fresh, |row| row.store);
        let start = match self.mutation {
            Some(Mutation::StoreLossNotNoticed) => Start::GoOn,
            _ => judge_start(newest.as_ref(), store, id(self.boot, b'B')),
        };
        let store = if start == Start::GoOn { store } else { fresh };
        let own = Run {
            store,
            // Arrival ids begin with its first half: no two runs of anybody have the same.
            run: id(run, b'R'),
            boot: id(self.boot, b'B'),
            clean_stop: false,
            number: number_after(newest.as_ref()),
            receipt_ids: newest.map(|newest| newest.receipt_ids).unwrap_or_default(),
        };
        let journal = Journal::new(self.carrier, own, newest.as_ref(), log);
        match start {
            Start::GoOn => self.go_up(journal, Staged::on(self.disk.clone()), log, now),
            Start::StoreLost => {
                disown_store(&mut self.disk);
                self.announce(journal, log, now);
                Ok(())
            }
        }
    }

    fn announce(&mut self, mut journal: Journal, log: &mut Log, now: Timestamp) {
        let counter = self.appended + 1;
        let Some(word) = journal.word(counter, moment(now)) else { return };
        let entry = self.entry(&word, now);
        let ticket = log.append(self.writer(), vec![(journal::place(self.carrier), vec![entry])], now);
        let rows = Staged::on(self.disk.clone());
        self.opening = Some(Opening { journal, rows, stage: Stage::Said(ticket) });
    }

    /// The log has what the opening waits for.
    pub(super) fn opening_acknowledged(&mut self, ticket: Ticket, log: &Log, now: Timestamp) -> Result<(), String> {
        let Some(mut opening) = self.opening.take() else { return Ok(()) };
        match opening.stage {
            Stage::Said(said) if said == ticket => {
                let awaited = self.mutation != Some(Mutation::LeaseNotAwaited);
                let lease = SpanMs::from_millis(if awaited { LEASE_US / 1_000 } else { 0 });
                opening.stage = Stage::Waits(now + lease);
            }
            Stage::Tells(told) if told == ticket => {
                let Opening { journal, rows, .. } = opening;
                return self.go_up(journal, rows, log, now);
            }
            Stage::Said(_) | Stage::Waits(_) | Stage::Tells(_) => {}
        }
        self.opening = Some(opening);
        Ok(())
    }

    /// When an opening goes on by itself.
    pub fn opens_at(&self) -> Option<Timestamp> {
        match self.opening.as_ref()?.stage {
            Stage::Waits(until) => Some(until),
            Stage::Said(_) | Stage::Tells(_) => None,
        }
    }

    /// The lease of the run before is over: calls ambiguous what is unsettled, and begins each lane at its end.
    pub(super) fn go_on_opening(&mut self, log: &mut Log, now: Timestamp) -> Result<(), String> {
        let Some(mut opening) = self.opening.take() else { return Ok(()) };
        if let Stage::Waits(until) = opening.stage
            && now >= until
        {
            let ended = self.lose_lanes(&mut opening.rows, log, now)?;
            self.rebuild_ids(&mut opening.rows, log, now)?;
            opening.stage = Stage::Tells(self.tell_lanes_lost(&ended, log, now));
        }
        self.opening = Some(opening);
        Ok(())
    }

    fn lose_lanes(&mut self, rows: &mut Staged, log: &Log, now: Timestamp) -> Result<Vec<Ended>, String> {
        let name = carrier_name(self.carrier);
        let restored = Account::restore(self.account.clone(), name, settings(), moment(now), rows);
        let mut account = restored.map_err(|error| error.to_string())?;
        let mut ended = Vec::new();
        for lane in Lane::ALL {
            let records = log.records((Topic::Lane(self.carrier, lane), 0));
            let from = now - lane.dwell_max();
            let marks = self.marks_of(records.iter().filter(|stored| stored.at >= from));
            account.restart_lane_at(lane, records.len() as u64, marks.clone(), rows);
            ended.push((lane, records.len() as u64, marks));
        }
        account.keep_positions(rows).map_err(|error| error.to_string())?;
        Ok(ended)
    }

    fn marks_of<'a>(&self, records: impl Iterator<Item = &'a Stored>) -> BTreeMap<Source, Position> {
        let places = records.map(|stored| (stored.entry.header.source, stored.entry.header.position));
        if self.mutation == Some(Mutation::LaneTailNotTheNewest) {
            return places.collect();
        }
        let mut tail = LaneTail::default();
        places.for_each(|(source, position)| tail.read(source, position));
        tail.into_marks()
    }

    fn rebuild_ids(&mut self, rows: &mut Staged, log: &Log, now: Timestamp) -> Result<(), String> {
        let mut loss = Loss { at: now, known: BTreeSet::new() };
        for (entry, _, at) in journal::entries(log, self.carrier, 0) {
            let JournalEntry::Ids(ids) = entry else { continue };
            for JournalId { id, attempt, segment, written } in ids.ids {
                loss.known.insert(id.clone());
                Carrier::rebuild_id(&NewId { id, attempt, segment, written }, at, rows)
                    .map_err(|error| error.to_string())?;
            }
        }
        self.losses.push(loss);
        Ok(())
    }

    fn tell_lanes_lost(&mut self, ended: &[Ended], log: &mut Log, now: Timestamp) -> Ticket {
        let mut parts = Vec::new();
        for partition in 0..PARTITIONS {
            let end = |(lane, end, marks): &Ended| LaneEnd {
                account: self.account.clone(),
                lane: *lane,
                end: *end,
                newest: marks.get(&Source::Routing(Partition(partition))).copied(),
            };
            let lost = LanesLost { carrier: carrier_name(self.carrier), ends: ended.iter().map(end).collect() };
            let entry = self.entry(&Record::LanesLost(lost), now);
            parts.push(((Topic::RoutingIn, partition), vec![entry]));
        }
        log.append(self.writer(), parts, now)
    }

    fn go_up(&mut self, journal: Journal, mut rows: Staged, log: &Log, now: Timestamp) -> Result<(), String> {
        let row = StoreRow { store: journal.run.store };
        keep_store(&mut rows, row).map_err(|error| error.to_string())?;
        keep(&mut self.disk, rows.take_changes());
        self.open(journal, log, now)
    }
}

fn newest_run(log: &Log, carrier: u8, mutation: Option<Mutation>) -> Option<Run> {
    let runs = journal::entries(log, carrier, 0).filter_map(|(entry, ..)| match entry {
        JournalEntry::Run(run) => Some(run),
        JournalEntry::Ids(_) => None,
    });
    if mutation == Some(Mutation::LastWordIsNewest) {
        return runs.last();
    }
    let mut newest = Newest::default();
    runs.for_each(|run| newest.read(run));
    newest.run()
}

fn id(number: u64, of: u8) -> RunId {
    RunId::from_bytes((u128::from(number << 8 | u64::from(of)) << 64).to_be_bytes())
}
