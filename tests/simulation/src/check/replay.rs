//! G4 and the end of every input: each partition once more, from its first record, one record after the other.

use std::collections::BTreeMap;

use volley_rows::MemoryRows;
use volley_types::{Position, Source};

use super::{Violation, violated};
use crate::{
    decider::{Decided, Decider, Head, source_of},
    log::{Entry, Log, Place, Stored},
    processor::Processor,
    rules::Kind,
    world::World,
};

/// What a replay of one partition found.
pub struct Replay {
    /// Which service.
    pub kind: Kind,
    /// Which partition.
    pub partition: u16,
    /// The offsets whose records were taken.
    pub taken: Vec<u64>,
}

/// Replays everything.
pub fn judge(world: &World) -> Result<Vec<Replay>, Violation> {
    let owners = world.seats.iter().map(|index| &world.processors[*index]);
    owners.map(|processor| replay(processor, &world.log)).collect()
}

fn replay(processor: &Processor, log: &Log) -> Result<Replay, Violation> {
    let (kind, partition) = (processor.kind, processor.partition);
    let name = format!("{kind:?}/{partition}");
    let Some(live) = processor.decider() else {
        return violated("G2", format!("{name} does not run at the end"));
    };
    let records = log.records(processor.input());
    if live.head.position != records.len() as u64 {
        let Head { position, .. } = live.head;
        return violated("G2", format!("{name} stands at {position} of {} records", records.len()));
    }
    let fresh = Decider::restore(kind, partition, MemoryRows::default(), Head::default(), None);
    let mut fresh = fresh.map_err(|what| Violation { guarantee: "G4", what })?;
    let (mut taken, mut outputs) = (Vec::new(), BTreeMap::new());
    while fresh.head.position < records.len() as u64 {
        let offset = fresh.head.position;
        let marks = fresh.head.marks.clone();
        let chained = chained_at(records, offset);
        match fresh.decide(records) {
            Ok(Decided::Outputs(entries)) => {
                if !chained || marks != fresh.head.marks {
                    taken.push(offset);
                }
                for (_, place, entry) in entries {
                    outputs.entry(place).or_insert_with(Vec::new).push(entry);
                }
            }
            Ok(Decided::Stuck | Decided::Superseded) => {
                return violated("G4", format!("the replay of {name} is stuck at {offset}"));
            }
            Err(what) => return violated("G4", format!("the replay of {name} fails at {offset}: {what}")),
        }
    }
    if fresh.rows.live() != live.rows.live() {
        return violated("G4", format!("the rows of {name} differ from those of its replay"));
    }
    if fresh.head != live.head {
        return violated("G4", format!("{name} stands elsewhere than its replay"));
    }
    compare_outputs(source_of(kind, partition), &name, log, &outputs)?;
    Ok(Replay { kind, partition, taken })
}

fn chained_at(records: &[Stored], offset: u64) -> bool {
    let record = usize::try_from(offset).ok().and_then(|place| records.get(place));
    record.is_some_and(|record| record.entry.header.source.is_chained())
}

/// What the log holds of a source, each position once, is what the replay gives.
fn compare_outputs(
    source: Source,
    name: &str,
    log: &Log,
    outputs: &BTreeMap<Place, Vec<Entry>>,
) -> Result<(), Violation> {
    for (place, records) in log.places() {
        let mut held: BTreeMap<Position, &Entry> = BTreeMap::new();
        for Stored { entry, .. } in records.iter().filter(|record| record.entry.header.source == source) {
            if held.insert(entry.header.position, entry).is_some_and(|before| before != entry) {
                let position = entry.header.position;
                return violated("G4", format!("{name} wrote two different records as {position} to {place:?}"));
            }
        }
        let again = outputs.get(place).map_or(&[][..], Vec::as_slice);
        if !held.values().copied().eq(again) {
            let counts = (held.len(), again.len());
            return violated("G4", format!("the outputs of {name} to {place:?} differ from its replay's: {counts:?}"));
        }
    }
    Ok(())
}
