//! Deciding a batch: chain, skip, step, outputs. Nothing here waits for anything.
//!
//! A record either has its whole effect (rows, mark, outputs, clock, position) or none: what stops the partition stops it
//! before the record.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use volley_event_log::{RECORD_BYTES_MAX, Record};
use volley_state_store::{DIGEST_EVERY, Overlay, StoreHeader};
use volley_types::{Partition, Position, RunId, Source, Timestamp};
use volley_wire::Header;

use crate::{
    CLOCK_AHEAD_MAX, Control, DEAD_LETTER_VALUE_BYTES_MAX, DeadLetter, Fold, FoldError, Input, Outbox, Output, Rank,
    TopicName,
    chain::{self, Link},
    halt::{Fault, Gap, Stop},
    own,
    publish::{Outgoing, STEP_OUTPUT_BYTES_MAX},
    read_back::Published,
};

/// Whose records are decided, and for whom.
#[derive(Debug, Clone)]
pub(crate) struct Seat {
    pub(crate) input: TopicName,
    pub(crate) partition: Partition,
    /// What its outputs name as their source.
    pub(crate) source: Source,
    pub(crate) run: RunId,
    /// Where this start's own `Owner` record lies.
    pub(crate) owner_at: u64,
    pub(crate) dead_letter: TopicName,
    pub(crate) dead_letter_partition: u32,
}

/// Decides records one after the other.
pub(crate) struct Decider<F> {
    pub(crate) fold: F,
    pub(crate) overlay: Overlay,
    /// Where the partition stands with everything decided.
    header: StoreHeader,
    seat: Seat,
    /// Up to which offset records of a source may be refused for a gap: there lies the one that closes it.
    healed: BTreeMap<Source, u64>,
    published: Published,
    ranks: BTreeMap<TopicName, Rank>,
    outbox: Outbox,
}

/// What became of a batch.
#[derive(Debug, Default)]
pub(crate) struct Decided {
    pub(crate) outgoing: Outgoing,
    /// Records in it.
    pub(crate) records: usize,
    /// Whether a `Tick` of this run was among them.
    pub(crate) ticked: bool,
    /// Why the record after them was not decided.
    pub(crate) stop: Option<Stop>,
}

impl<F: Fold> Decider<F> {
    pub(crate) fn new(
        fold: F,
        overlay: Overlay,
        seat: Seat,
        healed: BTreeMap<Source, u64>,
        published: Published,
    ) -> Self {
        let header = overlay.settled().clone();
        Self {
            fold,
            overlay,
            header,
            seat,
            healed,
            published,
            ranks: BTreeMap::new(),
            outbox: Outbox::new(),
        }
    }

    /// Where the partition stands with everything decided.
    pub(crate) fn header(&self) -> &StoreHeader {
        &self.header
    }

    /// Where this start's own `Owner` record lies: with it decided, the start has caught up.
    pub(crate) fn owner_at(&self) -> u64 {
        self.seat.owner_at
    }

    /// The partition, as the log counts.
    pub(crate) fn partition(&self) -> u32 {
        u32::from(self.seat.partition.0)
    }

    /// Decides records from the front, as one batch: up to the end, a limit of outputs, an offset whose digest is kept, or a stop.
    pub(crate) fn decide(&mut self, records: &mut VecDeque<Record>, skips: &BTreeSet<u64>, now: Timestamp) -> Decided {
        let mut decided = Decided::default();
        while let Some(record) = records.front() {
            if let Err(stop) = self.decide_record(record, skips, now, &mut decided) {
                decided.stop = Some(stop);
                break;
            }
            decided.records += 1;
            records.pop_front();
            if decided.outgoing.is_full() || self.header.position.is_multiple_of(DIGEST_EVERY) {
                break;
            }
        }
        if decided.records > 0 {
            self.overlay.seal(self.header.clone());
        }
        decided
    }

    fn decide_record(
        &mut self,
        record: &Record,
        skips: &BTreeSet<u64>,
        now: Timestamp,
        decided: &mut Decided,
    ) -> Result<(), Stop> {
        let clock = self.header.clock.max(Timestamp::from_micros(record.append_time_us));
        if clock > now + CLOCK_AHEAD_MAX {
            return Err(Fault::ClockAhead { offset: record.offset, ahead_ms: clock.since(now).as_millis() }.into());
        }
        match Header::decode(&record.header) {
            header if skips.contains(&record.offset) => self.pass_over(record.offset, header.ok()),
            Ok(header) => self.decide_from(record, header, clock, decided)?,
            Err(fault) => self.bury(record, &fault.to_string(), decided)?,
        }
        self.header.clock = clock;
        self.header.position = record.offset + 1;
        Ok(())
    }

    fn decide_from(
        &mut self,
        record: &Record,
        header: Header,
        clock: Timestamp,
        decided: &mut Decided,
    ) -> Result<(), Stop> {
        match header.source {
            Source::Owner(_) => self.decide_own(record, header, clock, decided),
            origin if origin.is_chained() => self.decide_chained(origin, record, header, clock, decided),
            _ => self.step(record, header, clock, decided),
        }
    }

    fn decide_own(
        &mut self,
        record: &Record,
        header: Header,
        clock: Timestamp,
        decided: &mut Decided,
    ) -> Result<(), Stop> {
        match self.fold.classify(&record.value) {
            Control::Owner(run) if run != self.seat.run && record.offset > self.seat.owner_at => {
                Err(Stop::Superseded(run))
            }
            Control::Owner(_) => Ok(()),
            Control::Tick | Control::Other => {
                decided.ticked |= header.source == own::source_of(self.seat.run);
                self.step(record, header, clock, decided)
            }
        }
    }

    fn decide_chained(
        &mut self,
        origin: Source,
        record: &Record,
        header: Header,
        clock: Timestamp,
        decided: &mut Decided,
    ) -> Result<(), Stop> {
        let mark = self.header.marks.get(&origin).copied();
        match chain::link(mark, &header) {
            Link::Next => {
                self.step(record, header, clock, decided)?;
                self.header.marks.insert(origin, header.position);
            }
            Link::Repeated => self.header.duplicates += 1,
            Link::Gap => {
                let gap = Gap { origin, position: header.position, predecessor: header.predecessor, mark };
                self.refuse(record.offset, gap)?;
            }
        }
        Ok(())
    }

    /// A record after a gap is not taken. It stops the partition until it is known that the source has published from the gap again.
    fn refuse(&mut self, offset: u64, gap: Gap) -> Result<(), Stop> {
        if self.healed.get(&gap.origin).is_none_or(|closed_at| *closed_at <= offset) {
            return Err(Fault::Gap { offset, gap }.into());
        }
        tracing::warn!(partition = %self.seat.partition, offset, %gap, "a record after a gap was refused; it comes again");
        self.header.refused += 1;
        Ok(())
    }

    /// An operator's skip: the record has no effect but that its chain goes on after it.
    fn pass_over(&mut self, offset: u64, header: Option<Header>) {
        tracing::warn!(partition = %self.seat.partition, offset, "a record was passed over, as the configuration says");
        self.header.skipped += 1;
        if let Some(header) = header.filter(|header| header.source.is_chained()) {
            let mark = self.header.marks.entry(header.source).or_insert(header.position);
            *mark = header.position.max(*mark);
        }
    }

    fn step(&mut self, record: &Record, header: Header, now: Timestamp, decided: &mut Decided) -> Result<(), Stop> {
        let input = Input {
            partition: self.seat.partition,
            offset: record.offset,
            now,
            header,
            key: record.key.as_ref(),
            attributes: &record.attributes,
            value: &record.value,
        };
        let stepped = self.fold.step(&input, &mut self.overlay, &mut self.outbox);
        let kept = match stepped {
            Ok(()) => self.send(record.offset, decided),
            Err(FoldError::Poison { reason }) => {
                self.take_back();
                self.bury(record, &reason, decided)
            }
            Err(error) => Err(Fault::Step { offset: record.offset, error }),
        };
        match kept {
            Ok(()) => self.overlay.keep_step(),
            Err(_) => self.take_back(),
        }
        Ok(kept?)
    }

    fn take_back(&mut self) {
        self.overlay.undo_step();
        self.outbox.clear();
    }

    /// Sends an undecodable record to `dead-letter`.
    fn bury(&mut self, record: &Record, reason: &str, decided: &mut Decided) -> Result<(), Fault> {
        tracing::warn!(partition = %self.seat.partition, offset = record.offset, reason, "a record went to dead-letter");
        let kept = record.value.len().min(DEAD_LETTER_VALUE_BYTES_MAX);
        let letter = DeadLetter {
            topic: self.seat.input.to_string(),
            partition: u32::from(self.seat.partition.0),
            offset: record.offset,
            reason: reason.to_owned(),
            header: record.header.clone(),
            value_bytes: record.value.len() as u64,
            value: record.value.slice(..kept),
        };
        self.outbox.push(Output {
            topic: self.seat.dead_letter.clone(),
            partition: self.seat.dead_letter_partition,
            rank: Rank::Second,
            key: None,
            attributes: Vec::new(),
            value: self.fold.dead_letter(&letter),
            observed_at: Timestamp::from_micros(record.append_time_us),
        });
        self.send(record.offset, decided)?;
        self.header.dead_letters += 1;
        Ok(())
    }

    /// Moves the outputs of one record from the outbox into the batch: all of them, or none when one is not allowed.
    fn send(&mut self, offset: u64, decided: &mut Decided) -> Result<(), Fault> {
        self.check_outputs(offset)?;
        for (output, index) in self.outbox.drain().zip(0..) {
            let (lane, rank) = (output.lane(), output.rank);
            let position = Position { offset, index };
            let predecessor = self.header.outputs.insert(lane.clone(), position);
            if self.published.take(&lane, position) {
                continue;
            }
            let header = Header::new(self.seat.source, position, predecessor, output.observed_at);
            decided.outgoing.push(rank, lane, output.into_record(&header));
        }
        Ok(())
    }

    fn check_outputs(&mut self, offset: u64) -> Result<(), Fault> {
        let mut together = 0;
        for output in self.outbox.outputs() {
            let (bytes, topic) = (output.record_bytes(), &output.topic);
            if bytes > RECORD_BYTES_MAX {
                return Err(Fault::OutputTooLarge { offset, topic: topic.clone(), bytes, limit: RECORD_BYTES_MAX });
            }
            let rank = match self.ranks.get(topic) {
                Some(rank) => *rank,
                None => *self.ranks.entry(topic.clone()).or_insert(output.rank),
            };
            if rank != output.rank {
                return Err(Fault::RankChanged { offset, topic: topic.clone() });
            }
            together += bytes;
        }
        if together > STEP_OUTPUT_BYTES_MAX {
            return Err(Fault::OutputsTooLarge { offset, bytes: together, limit: STEP_OUTPUT_BYTES_MAX });
        }
        Ok(())
    }
}
