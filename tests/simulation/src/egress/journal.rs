//! `egress-journal.<carrier>` as an owner uses it: that it lives, who else does, and which ids the carrier gave.

use std::collections::BTreeMap;

use volley_carrier_egress_core::{Lease, NewId, Now};
use volley_events::{JournalEntry, JournalId, JournalIds, Record, Run};

use crate::log::{Log, Place, Topic};

/// The one partition of a carrier's journal.
pub fn place(carrier: u8) -> Place {
    (Topic::Journal(carrier), 0)
}

/// What the journal says: each entry with the counter of its writer and the moment the log took it.
pub fn entries(
    log: &Log,
    carrier: u8,
    from: usize,
) -> impl Iterator<Item = (JournalEntry, u64, volley_types::Timestamp)> {
    let records = log.records(place(carrier));
    records[from.min(records.len())..]
        .iter()
        .filter_map(|stored| match volley_wire::decode(&stored.entry.value) {
            Ok(Record::Journal(entry)) => Some((entry, stored.entry.header.position.offset, stored.at)),
            _ => None,
        })
}

/// Our side of it.
#[derive(Debug)]
pub(super) struct Journal {
    carrier: u8,
    pub(super) run: Run,
    pub(super) lease: Lease,
    /// When our words were handed to the log, by their counter: what one of them is worth when it is read back.
    said: BTreeMap<u64, u64>,
    /// Where reading goes on.
    read: usize,
    pub(super) ids: Vec<NewId>,
}

impl Journal {
    /// Of a run that follows `newest`, and reads from the end the journal has now.
    pub(super) fn new(carrier: u8, run: Run, newest: Option<&Run>, log: &Log) -> Self {
        Self {
            carrier,
            lease: Lease::new(run.run, newest.map(|newest| newest.run)),
            run,
            said: BTreeMap::new(),
            read: log.records(place(carrier)).len(),
            ids: Vec::new(),
        }
    }

    /// That it lives, if it is time to say so; `counter` is the record's.
    pub(super) fn word(&mut self, counter: u64, now: Now) -> Option<Record> {
        if !self.lease.say(now.monotonic_us) {
            return None;
        }
        self.said.insert(counter, now.monotonic_us);
        Some(Record::Journal(JournalEntry::Run(self.run)))
    }

    /// The ids that were gathered.
    pub(super) fn gathered(&mut self) -> Option<Record> {
        let told =
            |new: NewId| JournalId { id: new.id, attempt: new.attempt, segment: new.segment, written: new.written };
        let ids: Vec<_> = std::mem::take(&mut self.ids).into_iter().map(told).collect();
        (!ids.is_empty()).then_some(Record::Journal(JournalEntry::Ids(JournalIds { ids })))
    }

    /// Reads what is new.
    pub(super) fn read(&mut self, log: &Log) {
        for (entry, counter, _) in entries(log, self.carrier, self.read) {
            let JournalEntry::Run(run) = entry else { continue };
            let said = (run.run == self.run.run).then(|| self.said.remove(&counter)).flatten();
            self.lease.read(run.run, said);
        }
        self.read = log.records(place(self.carrier)).len();
    }
}
