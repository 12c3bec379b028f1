//! Records an operator told us to pass over.

use std::{collections::BTreeSet, sync::Arc};

use tokio::sync::watch;

use crate::TopicName;

/// One record of one input.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SkipPoint {
    /// The input topic.
    pub topic: TopicName,
    /// Its partition.
    pub partition: u32,
    /// The record's offset.
    pub offset: u64,
}

/// The records to pass over: filled from `config` before the start, watched by halted partitions. Clones share one list.
///
/// A record passed over is not decided; the mark of its chain moves as its header says, so the source goes on after it.
#[derive(Debug, Clone)]
pub struct SkipList(Arc<watch::Sender<BTreeSet<SkipPoint>>>);

impl SkipList {
    /// The list as `config` had it at the start.
    pub fn new(points: impl IntoIterator<Item = SkipPoint>) -> Self {
        Self(Arc::new(watch::Sender::new(points.into_iter().collect())))
    }

    /// Adds a record; a partition halted by it goes on. Records already passed are not decided anew.
    pub fn add(&self, point: SkipPoint) {
        self.0.send_if_modified(|points| points.insert(point));
    }

    /// Whether this record is to be passed over.
    pub fn contains(&self, point: &SkipPoint) -> bool {
        self.0.borrow().contains(point)
    }

    /// The offsets of one partition.
    pub(crate) fn offsets(&self, topic: &TopicName, partition: u32) -> BTreeSet<u64> {
        let points = self.0.borrow();
        let ours = points
            .iter()
            .filter(|point| point.topic == *topic && point.partition == partition);
        ours.map(|point| point.offset).collect()
    }

    /// Waits until this record is on the list.
    pub(crate) async fn listed(&self, point: &SkipPoint) {
        let mut changes = self.0.subscribe();
        // The sender lives in `self`, so waiting cannot fail.
        let _ = changes.wait_for(|points| points.contains(point)).await;
    }
}

impl Default for SkipList {
    fn default() -> Self {
        Self::new([])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(partition: u32, offset: u64) -> SkipPoint {
        SkipPoint { topic: TopicName::new("volley.routing.in.v1"), partition, offset }
    }

    #[test]
    fn the_offsets_of_a_partition_are_its_own() {
        let list = SkipList::new([point(0, 7), point(1, 9)]);
        list.add(point(0, 3));

        let offsets = list.offsets(&TopicName::new("volley.routing.in.v1"), 0);

        assert_eq!(offsets, BTreeSet::from([3, 7]));
        assert!(list.contains(&point(1, 9)) && !list.contains(&point(1, 3)));
    }
}
