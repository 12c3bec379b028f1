//! What of our outputs already lies on a topic that no receiver deduplicates: `events` (§3.1).
//!
//! After a crash the records between the stored position and the crash are decided again. Receivers with marks drop the repeated
//! outputs; strangers on `events` have none, so what is there is found out at start and not published again.

use std::collections::{BTreeMap, BTreeSet};

use volley_event_log::{EventLog, LogError, ReadLimit, Record, Topic};
use volley_state_store::{StoreHeader, TopicPartition};
use volley_types::{Position, Source};
use volley_wire::Header;

/// Most outputs remembered from a topic partition; those beyond it may be published a second time, under the same event id.
const READ_BACK_MAX: usize = 1_000_000;

/// Outputs that were published before the start and will be decided again.
#[derive(Debug, Default)]
pub(crate) struct Published(BTreeMap<TopicPartition, BTreeSet<Position>>);

impl Published {
    /// Whether this output is already there. Each is asked for once.
    pub(crate) fn take(&mut self, lane: &TopicPartition, position: Position) -> bool {
        if self.0.is_empty() {
            return false;
        }
        let Some(positions) = self.0.get_mut(lane) else { return false };
        let there = positions.remove(&position);
        if positions.is_empty() {
            self.0.remove(lane);
        }
        there
    }

    /// Reads one partition of a topic from where the state does not know it, and notes what `source` wrote there.
    pub(crate) async fn read(
        &mut self,
        log: &dyn EventLog,
        topic: &Topic,
        lane: &TopicPartition,
        source: Source,
        header: &mut StoreHeader,
    ) -> Result<(), LogError> {
        let bounds = log.bounds(topic, lane.partition).await?;
        let from = header
            .read_back_from
            .get(lane)
            .copied()
            .unwrap_or(bounds.start)
            .max(bounds.start);
        header.read_back_from.insert(lane.clone(), from);
        let covered = header.outputs.get(lane).copied();
        let mut positions = BTreeSet::new();
        let mut reader = log.reader(topic, lane.partition, from)?;
        while reader.position() < bounds.end && positions.len() < READ_BACK_MAX {
            let records = reader.next(ReadLimit::default()).await?;
            positions.extend(
                records
                    .iter()
                    .filter_map(|record| written_by(source, record))
                    .filter(|found| Some(*found) > covered),
            );
        }
        if !positions.is_empty() {
            self.0.insert(lane.clone(), positions);
        }
        Ok(())
    }
}

fn written_by(source: Source, record: &Record) -> Option<Position> {
    let header = Header::decode(&record.header).ok()?;
    (header.source == source).then_some(header.position)
}
