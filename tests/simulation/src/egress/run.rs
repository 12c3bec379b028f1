//! A running owner: what it reads, what its core decides, what it keeps.

use std::collections::BTreeMap;

use volley_carrier_egress_core::{Allowances, Carrier, Now, Outbox, Place as OrderPlace, SegmentAnswer, keep_arrival};
use volley_events::Record;
use volley_types::{AccountId, Lane, Timestamp};

use super::{
    append::{Awaited, Values},
    journal::Journal,
    moment,
    planted::{lost, origin_of, unmark},
    stopping::Stopping,
    wire::{Bind, Segment, Wire},
};
use crate::{
    log::{Log, Ticket, Topic},
    mutation::Mutation,
    rows::Staged,
};

/// A running owner.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) number: u64,
    pub(super) core: Carrier,
    pub(super) rows: Staged,
    pub(super) out: Outbox,
    pub(super) binds: Vec<Bind>,
    pub(super) sent: Vec<Segment>,
    pub(super) cursors: BTreeMap<Lane, usize>,
    pub(super) recalls: usize,
    pub(super) allowances: Allowances,
    pub(super) awaited: BTreeMap<Ticket, Awaited>,
    /// Arrivals of an earlier run, to be appended again.
    pub(super) again: Values,
    pub(super) journal: Journal,
    pub(super) stopping: Option<Stopping>,
}

impl Run {
    /// Whether it may send now.
    pub(super) fn may_send(&self, now: Timestamp, mutation: Option<Mutation>) -> bool {
        self.journal.lease.holds(moment(now).monotonic_us) || mutation == Some(Mutation::LeaseNotChecked)
    }

    /// Recalls are read to their end before anything of a lane.
    pub(super) fn take_recalls(&mut self, log: &Log, now: Now) -> Result<(), String> {
        let records = log.records((Topic::Recall, 0));
        for stored in &records[self.recalls.min(records.len())..] {
            let header = stored.entry.header;
            if let Ok(Record::Recall(recall)) = volley_wire::decode(&stored.entry.value) {
                let origin = (header.source, header.position);
                self.core
                    .recall(&recall, origin, stored.at, now, &mut self.rows, &mut self.out)
                    .map_err(|error| error.to_string())?;
            }
        }
        self.recalls = records.len();
        Ok(())
    }

    pub(super) fn read(
        &mut self,
        account: &AccountId,
        index: u8,
        log: &Log,
        now: Timestamp,
        mutation: Option<Mutation>,
    ) -> Result<(), String> {
        // Who stops begins nothing any more.
        for lane in Lane::ALL.into_iter().filter(|_| self.stopping.is_none()) {
            let records = log.records((Topic::Lane(index, lane), 0));
            let from = self.cursors.get(&lane).copied().unwrap_or(0).min(records.len());
            for (stored, offset) in records[from..].iter().zip(from as u64..) {
                let Ok(Record::SubmitOrder(order)) = volley_wire::decode(&stored.entry.value) else {
                    return Err(format!("offset {offset} of a lane is no order"));
                };
                let origin = origin_of(&stored.entry.header, mutation);
                let place = OrderPlace { lane, offset };
                self.core
                    .offer(account, (place, &origin), order, moment(now), &mut self.rows, &mut self.out)
                    .map_err(|error| error.to_string())?;
            }
            self.cursors.insert(lane, records.len());
        }
        Ok(())
    }

    pub(super) fn sweep(
        &mut self,
        account: &AccountId,
        now: Timestamp,
        mutation: Option<Mutation>,
    ) -> Result<(), String> {
        let late = |bind: &mut Bind| {
            let late: Vec<u64> = bind
                .open
                .iter()
                .filter(|(_, at)| **at <= now)
                .map(|(token, _)| *token)
                .collect();
            bind.open.retain(|_, at| *at > now);
            late
        };
        let late: Vec<u64> = self.binds.iter_mut().flat_map(late).collect();
        for token in late {
            self.answered(account, token, lost(mutation), now)?;
        }
        self.core
            .sweep(moment(now), &mut self.rows, &mut self.out)
            .map_err(|error| error.to_string())?;
        Ok(())
    }

    /// Hands over what may leave, ends the turn, stores what was delivered as it will be appended.
    pub(super) fn decide(
        &mut self,
        account: &AccountId,
        now: Timestamp,
        mutation: Option<Mutation>,
    ) -> Result<Values, String> {
        let fault = |error: volley_rows::RowError| error.to_string();
        if self.may_send(now, mutation) {
            let mut wire = Wire { binds: &mut self.binds, sent: &mut self.sent, run: self.number, now };
            self.core
                .pump(account, moment(now), &mut wire, &mut self.rows, &mut self.out)
                .map_err(fault)?;
        }
        self.core.finish_turn(&mut self.rows, &mut self.out).map_err(fault)?;
        self.journal.ids.append(&mut self.out.ids);
        if mutation == Some(Mutation::RepeatNotMarked) {
            self.out.arrivals.iter_mut().for_each(unmark);
        }
        let mut values = Vec::new();
        for arrival in std::mem::take(&mut self.out.arrivals) {
            let value = volley_wire::encode(&arrival.record, None);
            keep_arrival(&mut self.rows, &arrival, &value).map_err(fault)?;
            values.push((arrival.id, arrival.partition, arrival.received_at, value));
        }
        Ok(values)
    }

    pub(super) fn answered(
        &mut self,
        account: &AccountId,
        token: u64,
        answer: SegmentAnswer,
        now: Timestamp,
    ) -> Result<(), String> {
        self.core
            .answered(account, token, answer, moment(now), &mut self.rows, &mut self.out)
            .map_err(|error| error.to_string())
    }
}
