//! What an owner appends at the end of a turn: reports and arrivals, settlements, allowances.

use std::collections::BTreeMap;

use bytes::Bytes;
use volley_carrier_egress_core::Place as OrderPlace;
use volley_events::{Record, Settlement};
use volley_types::{ArrivalId, Lane, Partition, Position, Source, Timestamp};
use volley_wire::Header;

use super::{Egress, journal, moment, run::Run};
use crate::log::{Entry, Log, Part, Topic};

/// Deliveries as they are appended.
pub(super) type Values = Vec<(ArrivalId, Partition, Timestamp, Bytes)>;

#[derive(Debug)]
pub(super) enum Awaited {
    Appended { reports: Vec<OrderPlace>, arrivals: Vec<ArrivalId> },
    Settled(Vec<OrderPlace>),
}

impl Egress {
    pub(super) fn append(&mut self, values: Values, sweeps: bool, log: &mut Log, now: Timestamp) {
        let Some(mut run) = self.run.take() else { return };
        let (mut parts, mut reports, mut arrivals) = (BTreeMap::new(), Vec::new(), Vec::new());
        for report in run.out.reports.drain(..) {
            reports.push(report.place);
            let at = (Topic::CorrelationIn, report.partition.0);
            push(&mut parts, at, self.entry(&Record::AttemptReport(report.report), now));
        }
        for report in run.out.late_reports.drain(..) {
            let at = (Topic::CorrelationIn, report.attempt.message.partition().0);
            push(&mut parts, at, self.entry(&Record::AttemptReport(report), now));
        }
        for (arrival, partition, received_at, value) in run.again.drain(..).chain(values) {
            arrivals.push(arrival);
            push(&mut parts, (Topic::CorrelationIn, partition.0), self.stamp(value, received_at));
        }
        self.send(&mut run, parts, Awaited::Appended { reports, arrivals }, log, now);
        self.append_settlements(&mut run, log, now);
        self.append_journal(&mut run, sweeps, log, now);
        if sweeps {
            self.append_allowances(&mut run, log, now);
        }
        self.run = Some(run);
    }

    fn append_settlements(&mut self, run: &mut Run, log: &mut Log, now: Timestamp) {
        let mut due: BTreeMap<(u16, Lane), Vec<_>> = BTreeMap::new();
        let mut places = Vec::new();
        for settlement in run.out.settlements.drain(..) {
            places.push(settlement.place);
            due.entry((settlement.partition.0, settlement.place.lane))
                .or_default()
                .push(settlement.settled);
        }
        let mut parts = BTreeMap::new();
        for ((partition, lane), settled) in due {
            let settlement = Settlement { account: self.account.clone(), lane, settled };
            push(&mut parts, (Topic::RoutingIn, partition), self.entry(&Record::Settlement(settlement), now));
        }
        self.send(run, parts, Awaited::Settled(places), log, now);
    }

    /// Says that it lives when it is time to, and now and then which ids the carrier gave.
    fn append_journal(&mut self, run: &mut Run, gathers: bool, log: &mut Log, now: Timestamp) {
        let word = run.journal.word(self.appended + 1, moment(now));
        let mut entries: Vec<Entry> = word.iter().map(|word| self.entry(word, now)).collect();
        let gathered = if gathers { run.journal.gathered() } else { None };
        entries.extend(gathered.iter().map(|ids| self.entry(ids, now)));
        if !entries.is_empty() {
            log.append(self.writer(), vec![(journal::place(self.carrier), entries)], now);
        }
    }

    fn append_allowances(&mut self, run: &mut Run, log: &mut Log, now: Timestamp) {
        let Some(account) = run.core.account(&self.account) else { return };
        let (binds, settings) = (account.binds_sending(moment(now)), account.settings());
        let mut parts = BTreeMap::new();
        for (partition, allowance) in run.allowances.due(&self.account, &settings, binds, moment(now)) {
            push(&mut parts, (Topic::RoutingIn, partition.0), self.entry(&Record::Allowance(allowance), now));
        }
        self.send(run, parts, Awaited::Settled(Vec::new()), log, now);
    }

    fn send(
        &mut self,
        run: &mut Run,
        parts: BTreeMap<(Topic, u16), Vec<Entry>>,
        awaited: Awaited,
        log: &mut Log,
        now: Timestamp,
    ) {
        let parts: Vec<Part> = parts.into_iter().collect();
        if !parts.is_empty() {
            let ticket = log.append(self.writer(), parts, now);
            run.awaited.insert(ticket, awaited);
        }
    }

    pub(super) fn entry(&mut self, record: &Record, now: Timestamp) -> Entry {
        self.stamp(volley_wire::encode(record, None), now)
    }

    fn stamp(&mut self, value: Bytes, observed_at: Timestamp) -> Entry {
        self.appended += 1;
        let position = Position { offset: self.appended, index: 0 };
        Entry {
            header: Header::new(Source::Egress(u64::from(self.id)), position, None, observed_at),
            value,
        }
    }
}

fn push(parts: &mut BTreeMap<(Topic, u16), Vec<Entry>>, at: (Topic, u16), entry: Entry) {
    parts.entry(at).or_default().push(entry);
}
