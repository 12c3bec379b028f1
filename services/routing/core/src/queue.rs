//! The queues of messages that wait for an account with room: by route and lane, tenants in turn, each in its order.
//!
//! The places are rows. In memory lie, a tenant's part of a queue, how many there are and the next few of them, so that taking one
//! does not walk over the places of those that left before.

use std::{
    collections::{BTreeMap, VecDeque},
    ops::Bound,
};

use volley_rows::{RowError, RowStore, RowsExt};
use volley_types::{Lane, MessageId, TenantId};

use crate::rows::{QueueKey, QueueRow, TurnRow};

/// Most places of a tenant's part of a queue that are held in memory.
const AHEAD_MAX: usize = 128;

/// Most queue rows read at once at start.
const RESTORE_ROWS: usize = 4_096;

/// All queues of a partition: a view of the rows.
#[derive(Debug, Default)]
pub struct Queues(BTreeMap<(String, Lane), Queue>);

type Queue = BTreeMap<TenantId, Part>;

/// The order within a tenant's part.
type Place = (u64, MessageId);

/// A tenant's part of a queue.
#[derive(Debug)]
struct Part {
    /// Places there are.
    count: u64,
    /// The first ones, in order.
    ahead: VecDeque<Place>,
    /// No place comes before this one.
    floor: Place,
}

impl Queues {
    /// Counts what the rows hold.
    pub fn restore<S: RowStore + ?Sized>(rows: &S) -> Result<Self, RowError> {
        let mut queues = Self::default();
        let mut batch = rows.rows_with_prefix::<QueueRow>(&[], RESTORE_ROWS)?;
        while let Some((last, _)) = batch.last().cloned() {
            batch.iter().for_each(|(key, _)| queues.enter(key));
            batch = rows.rows_from::<QueueRow>(&last, RESTORE_ROWS)?.split_off(1);
        }
        Ok(queues)
    }

    /// How many messages wait.
    pub fn waiting(&self) -> u64 {
        self.0.values().flat_map(BTreeMap::values).map(|part| part.count).sum()
    }

    /// Whether none waits.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many messages of each tenant wait.
    pub fn by_tenant(&self) -> BTreeMap<&TenantId, u64> {
        let mut counts = BTreeMap::new();
        for (tenant, part) in self.0.values().flatten() {
            *counts.entry(tenant).or_default() += part.count;
        }
        counts
    }

    /// The routes under which messages wait for this lane.
    pub fn routes(&self, lane: Lane) -> impl Iterator<Item = &str> {
        self.0
            .keys()
            .filter(move |(_, of)| *of == lane)
            .map(|(route, _)| route.as_str())
    }

    /// Puts a message at the end of its tenant's part of a queue.
    pub fn park<S: RowStore + ?Sized>(&mut self, rows: &mut S, key: &QueueKey) -> Result<(), RowError> {
        rows.put_row(key, &QueueRow)?;
        self.enter(key);
        Ok(())
    }

    /// Takes a message out of its queue, wherever it stands in it.
    pub fn leave<S: RowStore + ?Sized>(&mut self, rows: &mut S, key: &QueueKey) {
        rows.delete_row::<QueueRow>(key);
        let place = (key.parked_by, key.message);
        self.change(key, |part| {
            part.count = part.count.saturating_sub(1);
            if let Ok(index) = part.ahead.binary_search(&place) {
                part.ahead.remove(index);
            }
        });
    }

    /// Takes the next message out of a queue: the first one of the tenant after the one served last. Only messages parked by a
    /// record before `before` are considered.
    pub fn next<S: RowStore + ?Sized>(
        &mut self,
        rows: &mut S,
        route: &str,
        lane: Lane,
        before: u64,
    ) -> Result<Option<QueueKey>, RowError> {
        let Some(queue) = self.0.get_mut(&(route.to_owned(), lane)) else {
            return Ok(None);
        };
        let prefix = QueueKey::queue_prefix(route, lane);
        let last = rows.row::<TurnRow>(&prefix)?.map(|turn| turn.last);
        let Some((tenant, (parked_by, message))) =
            turn(queue, last.as_ref(), before, |tenant, part| part.look_ahead(rows, route, lane, tenant))?
        else {
            return Ok(None);
        };
        if last.as_ref() != Some(&tenant) {
            rows.put_row(&prefix, &TurnRow { last: tenant.clone() })?;
        }
        let key = QueueKey { route: route.to_owned(), lane, tenant, parked_by, message };
        rows.delete_row::<QueueRow>(&key);
        self.change(&key, Part::pop);
        Ok(Some(key))
    }

    /// Notes a place that the rows hold.
    fn enter(&mut self, key: &QueueKey) {
        let queue = self.0.entry((key.route.clone(), key.lane)).or_default();
        let place = (key.parked_by, key.message);
        match queue.get_mut(&key.tenant) {
            Some(part) => part.enter(place),
            None => {
                queue.insert(key.tenant.clone(), Part { count: 1, ahead: [place].into(), floor: place });
            }
        }
    }

    /// Changes a tenant's part of a queue, and forgets it when nothing is left.
    fn change(&mut self, key: &QueueKey, change: impl FnOnce(&mut Part)) {
        let name = (key.route.clone(), key.lane);
        let Some(queue) = self.0.get_mut(&name) else { return };
        let Some(part) = queue.get_mut(&key.tenant) else { return };
        change(part);
        if part.count == 0 {
            queue.remove(&key.tenant);
        }
        if queue.is_empty() {
            self.0.remove(&name);
        }
    }
}

/// The tenant whose turn it is, and the first of its places; tenants follow each other by name, after the last one comes the first.
fn turn(
    queue: &mut Queue,
    last: Option<&TenantId>,
    before: u64,
    mut look_ahead: impl FnMut(&TenantId, &mut Part) -> Result<(), RowError>,
) -> Result<Option<(TenantId, Place)>, RowError> {
    let begin = last
        .and_then(|last| follower(queue, last))
        .or_else(|| queue.keys().next().cloned());
    let mut candidate = begin.clone();
    while let Some(tenant) = candidate {
        let Some(part) = queue.get_mut(&tenant) else { break };
        look_ahead(&tenant, part)?;
        if let Some(place) = part.ahead.front().copied().filter(|place| place.0 < before) {
            return Ok(Some((tenant, place)));
        }
        candidate = follower(queue, &tenant).or_else(|| queue.keys().next().cloned());
        candidate = candidate.filter(|candidate| Some(candidate) != begin.as_ref());
    }
    Ok(None)
}

fn follower(queue: &Queue, tenant: &TenantId) -> Option<TenantId> {
    let later = queue.range::<TenantId, _>((Bound::Excluded(tenant), Bound::Unbounded));
    later.map(|(tenant, _)| tenant).next().cloned()
}

impl Part {
    fn enter(&mut self, place: Place) {
        self.count += 1;
        self.floor = self.floor.min(place);
        let all_are_ahead = self.ahead.len() as u64 + 1 == self.count;
        let fits_among_them = self.ahead.back().is_some_and(|last| place < *last);
        if (all_are_ahead && self.ahead.len() < AHEAD_MAX) || fits_among_them {
            let index = self.ahead.partition_point(|other| *other < place);
            self.ahead.insert(index, place);
            self.ahead.truncate(AHEAD_MAX);
        }
    }

    fn pop(&mut self) {
        if let Some(place) = self.ahead.pop_front() {
            self.floor = place;
            self.count = self.count.saturating_sub(1);
        }
    }

    /// Reads the next places, if those read before are used up.
    fn look_ahead<S: RowStore + ?Sized>(
        &mut self,
        rows: &S,
        route: &str,
        lane: Lane,
        tenant: &TenantId,
    ) -> Result<(), RowError> {
        if !self.ahead.is_empty() || self.count == 0 {
            return Ok(());
        }
        let (parked_by, message) = self.floor;
        let from = QueueKey { route: route.to_owned(), lane, tenant: tenant.clone(), parked_by, message };
        let found = rows.rows_from::<QueueRow>(&from, AHEAD_MAX)?.into_iter().map(|(key, _)| key);
        let ours = found.take_while(|key| key.route == route && key.lane == lane && key.tenant == *tenant);
        self.ahead = ours.map(|key| (key.parked_by, key.message)).collect();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use volley_rows::MemoryRows;

    use super::*;

    fn key(tenant: &str, parked_by: u64) -> QueueKey {
        let tenant = TenantId::new(tenant).unwrap();
        let message = MessageId::from_bytes([1; 16]);
        QueueKey { route: "82".into(), lane: Lane::Bulk, tenant, parked_by, message }
    }

    fn served(queues: &mut Queues, rows: &mut MemoryRows) -> Vec<(String, u64)> {
        let next = || queues.next(rows, "82", Lane::Bulk, u64::MAX).unwrap();
        let keys = std::iter::from_fn(next);
        keys.map(|key| (key.tenant.to_string(), key.parked_by)).collect()
    }

    #[test]
    fn tenants_take_turns_and_each_keeps_its_order() {
        let (mut rows, mut queues) = (MemoryRows::default(), Queues::default());
        for (tenant, parked_by) in [("a", 1), ("a", 2), ("a", 3), ("b", 4), ("bb", 5), ("a-2", 6)] {
            queues.park(&mut rows, &key(tenant, parked_by)).unwrap();
        }
        let expected = [("a", 1), ("a-2", 6), ("b", 4), ("bb", 5), ("a", 2), ("a", 3)];
        let expected: Vec<_> = expected.map(|(tenant, parked_by)| (tenant.to_owned(), parked_by)).into();
        assert_eq!(served(&mut queues, &mut rows), expected);
        assert!(queues.is_empty());
    }

    #[test]
    fn queues_do_not_mix() {
        let (mut rows, mut queues) = (MemoryRows::default(), Queues::default());
        queues.park(&mut rows, &key("a", 1)).unwrap();
        for (route, lane) in [("82", Lane::Otp), ("8", Lane::Bulk), ("", Lane::Bulk)] {
            assert_eq!(queues.next(&mut rows, route, lane, u64::MAX).unwrap(), None);
        }
        assert!(queues.next(&mut rows, "82", Lane::Bulk, u64::MAX).unwrap().is_some());
    }

    #[test]
    fn what_was_parked_later_can_be_left_for_later() {
        let (mut rows, mut queues) = (MemoryRows::default(), Queues::default());
        for (tenant, parked_by) in [("a", 9), ("b", 3), ("b", 9)] {
            queues.park(&mut rows, &key(tenant, parked_by)).unwrap();
        }
        assert_eq!(queues.next(&mut rows, "82", Lane::Bulk, 9).unwrap(), Some(key("b", 3)));
        assert_eq!(queues.next(&mut rows, "82", Lane::Bulk, 9).unwrap(), None);
        assert_eq!(queues.waiting(), 2);
    }

    proptest! {
        /// What is served, and in which order, depends on the rows alone: not on restarts, nor on how much is read ahead (G4).
        #[test]
        fn a_restart_changes_nothing(
            parked in prop::collection::vec((0..3u8, 0..40u64), 0..400),
            leaving in prop::collection::vec(any::<prop::sample::Index>(), 0..40),
            served_before in 0..200usize,
        ) {
            let (mut rows, mut queues) = (MemoryRows::default(), Queues::default());
            let mut keys = Vec::new();
            for (index, (tenant, parked_by)) in parked.into_iter().enumerate() {
                let message = MessageId::from_bytes((index as u128).to_be_bytes());
                let key = QueueKey { message, ..key(&format!("t{tenant}"), parked_by) };
                queues.park(&mut rows, &key).unwrap();
                keys.push(key);
            }
            for index in leaving {
                if !keys.is_empty() {
                    let key = keys.swap_remove(index.index(keys.len()));
                    queues.leave(&mut rows, &key);
                }
            }
            for _ in 0..served_before {
                queues.next(&mut rows, "82", Lane::Bulk, u64::MAX).unwrap();
            }
            let mut again = rows.clone();
            let mut restored = Queues::restore(&again).unwrap();
            prop_assert_eq!(restored.waiting(), queues.waiting());
            loop {
                let (ours, theirs) = (
                    queues.next(&mut rows, "82", Lane::Bulk, u64::MAX).unwrap(),
                    restored.next(&mut again, "82", Lane::Bulk, u64::MAX).unwrap(),
                );
                prop_assert_eq!(&ours, &theirs);
                if ours.is_none() {
                    break;
                }
            }
        }
    }
}
