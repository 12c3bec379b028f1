//! A start without the store of the newest run: what is unsettled is not ours to send, and counts as ambiguous.
//!
//!   say that this run lives ──▶ wait for the lease of the run before ──▶ lane ends and marks ──▶ ids ──▶ tell routing ──▶ go on

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use volley_carrier_egress_core::{Account, Carrier, LEASE_US, LaneTail, NewId};
use volley_event_log::Topic;
use volley_events::{JournalEntry, JournalId, LaneEnd, LanesLost, Record};
use volley_types::{AccountId, Lane, Partition, Position, Source, Timestamp};
use volley_wire::{Header, topics};

use super::{
    Task,
    open::{ensure, read_range},
};
use crate::{
    error::CarrierError,
    journal::entry_of,
    log::{Acknowledged, Batch},
};

/// How far back the journal is read for ids: as long as they are kept, in microseconds.
const IDS_BACK_US: i64 = 7 * 86_400_000_000;

/// The newest positions of the sources of a lane.
type Marks = BTreeMap<Source, Position>;

/// A lane as the loss of its store found it.
struct Ended {
    account: AccountId,
    lane: Lane,
    end: u64,
    marks: Marks,
}

impl Ended {
    fn for_partition(&self, partition: Partition) -> LaneEnd {
        LaneEnd {
            account: self.account.clone(),
            lane: self.lane,
            end: self.end,
            newest: self.marks.get(&Source::Routing(partition)).copied(),
        }
    }
}

impl Task {
    /// Calls everything unsettled ambiguous, and begins each lane at its end.
    pub(super) async fn give_up_what_is_unsettled(&mut self, journal: &Topic) -> Result<(), CarrierError> {
        tracing::error!(carrier = %self.name, "the store is not the one of the newest run: what is unsettled is ambiguous");
        self.journal.say(self.context.now(), &mut self.appender);
        self.appender.next().await?;
        tokio::time::sleep(Duration::from_micros(LEASE_US)).await;
        let directory = self.context.shell.followed.directory();
        let accounts: Vec<_> = directory
            .accounts()
            .filter(|account| account.carrier == self.name)
            .cloned()
            .collect();
        let now = self.context.now();
        let mut ends = Vec::new();
        for config in accounts {
            let settings = config.as_ref().into();
            let mut account = Account::restore(config.account.clone(), self.name.clone(), settings, now, &self.rows)?;
            for (lane, plan) in Lane::ALL.into_iter().zip(topics::of_account(&config.account)) {
                let topic = ensure(&self.context, &plan).await?;
                let (end, marks) = self.end_of(&topic, lane, now.wall).await?;
                account.restart_lane_at(lane, end, marks.clone(), &mut self.rows);
                ends.push(Ended { account: config.account.clone(), lane, end, marks });
            }
            account.keep_positions(&mut self.rows)?;
        }
        self.rebuild_ids(journal, now.wall).await?;
        self.tell_lanes_lost(ends, now.wall).await
    }

    /// The end of a lane, and its sources' marks there, as far back as an order may lie in it.
    async fn end_of(&mut self, topic: &Topic, lane: Lane, now: Timestamp) -> Result<(u64, Marks), CarrierError> {
        let log = Arc::clone(&self.context.shell.log);
        let end = log.bounds(topic, 0).await?.end;
        let from = log.offset_of_time(topic, 0, (now - lane.dwell_max()).as_micros()).await?;
        let mut tail = LaneTail::default();
        read_range(log.as_ref(), topic, from, end, |record| {
            if let Ok(header) = Header::decode(&record.header) {
                tail.read(header.source, header.position);
            }
        })
        .await?;
        Ok((end, tail.into_marks()))
    }

    async fn rebuild_ids(&mut self, journal: &Topic, now: Timestamp) -> Result<(), CarrierError> {
        let log = self.context.shell.log.as_ref();
        let end = log.bounds(journal, 0).await?.end;
        let from = log.offset_of_time(journal, 0, now.as_micros() - IDS_BACK_US).await?;
        let rows = &mut self.rows;
        let mut failed = None;
        read_range(log, journal, from, end, |record| {
            let Some(JournalEntry::Ids(ids)) = entry_of(&record) else { return };
            let at = Timestamp::from_micros(record.append_time_us);
            for JournalId { id, attempt, segment, written } in ids.ids {
                let kept = Carrier::rebuild_id(&NewId { id, attempt, segment, written }, at, rows);
                failed = failed.take().or(kept.err());
            }
        })
        .await?;
        failed.map_or(Ok(()), |error| Err(error.into()))
    }

    /// Each partition of routing learns which of its own orders the lost store knew of.
    async fn tell_lanes_lost(&mut self, ends: Vec<Ended>, now: Timestamp) -> Result<(), CarrierError> {
        let mut batch = Batch::default();
        for partition in (0..self.context.shell.topics.partitions).map(Partition) {
            let ends = ends.iter().map(|ended| ended.for_partition(partition)).collect();
            let lost = Record::LanesLost(LanesLost { carrier: self.name.clone(), ends });
            let record = self.appender.record(&lost, now);
            batch.push(&self.context.shell.topics.routing_in, partition, record);
        }
        self.appender.append(batch, Acknowledged::default());
        self.appender.next().await?;
        Ok(())
    }
}
