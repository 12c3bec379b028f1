//! One partition of an output topic as it was recorded: what one source wrote there, in order, each once.

use std::{collections::VecDeque, sync::Arc};

use volley_event_log::{EventLog, LogError, PartitionReader, ReadLimit, Record, Topic};
use volley_types::{Position, Source};
use volley_wire::Header;

/// What one source wrote to one partition.
pub(crate) struct Lane {
    reader: Box<dyn PartitionReader>,
    end: u64,
    source: Source,
    read: VecDeque<(Position, Record)>,
    /// The newest one given out; what comes at or before it was published a second time.
    newest: Option<Position>,
    /// Records were trimmed from its start.
    pub(crate) is_trimmed: bool,
}

impl Lane {
    pub(crate) async fn open(
        log: &Arc<dyn EventLog>,
        topic: &Topic,
        partition: u32,
        source: Source,
    ) -> Result<Self, LogError> {
        let bounds = log.bounds(topic, partition).await?;
        let reader = log.reader(topic, partition, bounds.start)?;
        let is_trimmed = bounds.start > 0;
        Ok(Self { reader, end: bounds.end, source, read: VecDeque::new(), newest: None, is_trimmed })
    }

    /// The next one, without taking it; `None` at the end.
    pub(crate) async fn peek(&mut self) -> Result<Option<&(Position, Record)>, LogError> {
        loop {
            while let Some((position, _)) = self.read.front()
                && self.newest.is_some_and(|newest| *position <= newest)
            {
                self.read.pop_front();
            }
            if !self.read.is_empty() || self.reader.position() >= self.end {
                return Ok(self.read.front());
            }
            let source = self.source;
            let written_by = |record: Record| {
                let header = Header::decode(&record.header).ok()?;
                (header.source == source).then_some((header.position, record))
            };
            let records = self.reader.next(ReadLimit::default()).await?;
            self.read.extend(records.into_iter().filter_map(written_by));
        }
    }

    /// Takes the one that was peeked at.
    pub(crate) fn take(&mut self) {
        if let Some((position, _)) = self.read.pop_front() {
            self.newest = Some(position);
        }
    }
}
