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
pub struct Queues {
    queues: BTreeMap<(String, Lane), Queue>,
    /// Places in all of them.
    waiting: u64,
}

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
        self.waiting
    }

    /// Whether none waits.
    pub fn is_empty(&self) -> bool {
        self.queues.is_empty()
    }

    /// The routes under which messages wait for this lane.
    pub fn routes(&self, lane: Lane) -> impl Iterator<Item = &str> {
        self.queues
            .keys()
            .filter(move |(_, of)| *of == lane)
            .map(|(route, _)| route.as_str())
    }

    /// The queues there are: route and lane.
    pub fn names(&self) -> impl Iterator<Item = (&str, Lane)> {
        self.queues.keys().map(|(route, lane)| (route.as_str(), *lane))
    }

    /// Some message of a queue, whosever it is.
    pub fn any_of<S: RowStore + ?Sized>(
        &self,
        rows: &S,
        route: &str,
        lane: Lane,
    ) -> Result<Option<QueueKey>, RowError> {
        let first = rows.rows_with_prefix::<QueueRow>(&QueueKey::queue_prefix(route, lane), 1)?;
        Ok(first.into_iter().next().map(|(key, _)| key))
    }

    /// Puts a message in its place in its tenant's part of a queue.
    pub fn park<S: RowStore + ?Sized>(&mut self, rows: &mut S, key: &QueueKey) -> Result<(), RowError> {
        rows.put_row(key, &QueueRow)?;
        self.enter(key);
        Ok(())
    }

    /// Takes a message out of its queue, wherever it stands in it.
    pub fn leave<S: RowStore + ?Sized>(&mut self, rows: &mut S, key: &QueueKey) {
        rows.delete_row::<QueueRow>(key);
        let place = (key.taken_by, key.message);
        self.change(key, |part| {
            part.count = part.count.saturating_sub(1);
            if let Ok(index) = part.ahead.binary_search(&place) {
                part.ahead.remove(index);
                if index == 0 {
                    part.floor = place;
                }
            }
        });
    }

    /// Finds the message whose turn it is: the first one of the tenant after the one served last; tenants for which
    /// `is_held` says so are stepped over. It stays in its queue until it [leaves](Self::leave).
    pub fn next<S: RowStore + ?Sized>(
        &mut self,
        rows: &mut S,
        route: &str,
        lane: Lane,
        is_held: impl Fn(&TenantId) -> bool,
    ) -> Result<Option<QueueKey>, RowError> {
        let Some(queue) = self.queues.get_mut(&(route.to_owned(), lane)) else {
            return Ok(None);
        };
        let prefix = QueueKey::queue_prefix(route, lane);
        let last = rows.row::<TurnRow>(&prefix)?.map(|turn| turn.last);
        let Some(tenant) = turn(queue, last.as_ref(), is_held) else {
            return Ok(None);
        };
        let Some(part) = queue.get_mut(&tenant) else { return Ok(None) };
        part.look_ahead(rows, route, lane, &tenant)?;
        let Some((taken_by, message)) = part.ahead.front().copied() else {
            return Ok(None);
        };
        if last.as_ref() != Some(&tenant) {
            rows.put_row(&prefix, &TurnRow { last: tenant.clone() })?;
        }
        Ok(Some(QueueKey { route: route.to_owned(), lane, tenant, taken_by, message }))
    }

    /// Notes a place that the rows hold.
    fn enter(&mut self, key: &QueueKey) {
        self.waiting += 1;
        let queue = self.queues.entry((key.route.clone(), key.lane)).or_default();
        let place = (key.taken_by, key.message);
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
        let Some(queue) = self.queues.get_mut(&name) else { return };
        let Some(part) = queue.get_mut(&key.tenant) else { return };
        let before = part.count;
        change(part);
        self.waiting = self.waiting + part.count - before;
        if part.count == 0 {
            queue.remove(&key.tenant);
        }
        if queue.is_empty() {
            self.queues.remove(&name);
        }
    }
}

/// The tenant whose turn it is; tenants follow each other by name, after the last one comes the first.
fn turn(queue: &Queue, last: Option<&TenantId>, is_held: impl Fn(&TenantId) -> bool) -> Option<TenantId> {
    let begin = last
        .and_then(|last| follower(queue, last))
        .or_else(|| queue.keys().next().cloned())?;
    let mut candidate = begin.clone();
    while is_held(&candidate) {
        candidate = follower(queue, &candidate).or_else(|| queue.keys().next().cloned())?;
        if candidate == begin {
            return None;
        }
    }
    Some(candidate)
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
        let (taken_by, message) = self.floor;
        let from = QueueKey { route: route.to_owned(), lane, tenant: tenant.clone(), taken_by, message };
        let found = rows.rows_from::<QueueRow>(&from, AHEAD_MAX)?.into_iter().map(|(key, _)| key);
        let ours = found.take_while(|key| key.route == route && key.lane == lane && key.tenant == *tenant);
        self.ahead = ours.map(|key| (key.taken_by, key.message)).collect();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use volley_rows::MemoryRows;

    use super::*;

    fn key(tenant: &str, taken_by: u64) -> QueueKey {
        let tenant = TenantId::new(tenant).unwrap();
        let message = MessageId::from_bytes([1; 16]);
        QueueKey { route: "82".into(), lane: Lane::Bulk, tenant, taken_by, message }
    }

    /// The next message, as it leaves.
    fn take(queues: &mut Queues, rows: &mut MemoryRows, held: &[&str]) -> Option<QueueKey> {
        let is_held = |tenant: &TenantId| held.contains(&tenant.as_str());
        let next = queues.next(rows, "82", Lane::Bulk, is_held).unwrap();
        next.inspect(|key| queues.leave(rows, key))
    }

    fn served(queues: &mut Queues, rows: &mut MemoryRows, held: &[&str]) -> Vec<(String, u64)> {
        let keys = std::iter::from_fn(|| take(queues, rows, held));
        keys.map(|key| (key.tenant.to_string(), key.taken_by)).collect()
    }

    fn parked(places: &[(&str, u64)]) -> (Queues, MemoryRows) {
        let (mut queues, mut rows) = (Queues::default(), MemoryRows::default());
        for (tenant, taken_by) in places {
            queues.park(&mut rows, &key(tenant, *taken_by)).unwrap();
        }
        (queues, rows)
    }

    fn owned(places: &[(&str, u64)]) -> Vec<(String, u64)> {
        let owned = |(tenant, taken_by): &(&str, u64)| ((*tenant).to_owned(), *taken_by);
        places.iter().map(owned).collect()
    }

    #[test]
    fn tenants_take_turns_and_each_keeps_its_order() {
        let (mut queues, mut rows) = parked(&[("a", 1), ("a", 2), ("a", 3), ("b", 4), ("bb", 5), ("a-2", 6)]);
        let expected = [("a", 1), ("a-2", 6), ("b", 4), ("bb", 5), ("a", 2), ("a", 3)];
        assert_eq!(served(&mut queues, &mut rows, &[]), owned(&expected));
        assert!(queues.is_empty());
    }

    #[test]
    fn a_tenant_that_is_held_is_stepped_over_and_keeps_its_place() {
        let (mut queues, mut rows) = parked(&[("a", 1), ("a", 2), ("b", 3), ("c", 4), ("c", 5)]);
        assert_eq!(served(&mut queues, &mut rows, &["a", "b"]), owned(&[("c", 4), ("c", 5)]));
        assert_eq!(served(&mut queues, &mut rows, &["a", "b"]), []);
        assert_eq!(served(&mut queues, &mut rows, &[]), owned(&[("a", 1), ("b", 3), ("a", 2)]));
    }

    #[test]
    fn what_is_parked_again_has_the_place_it_had() {
        let (mut queues, mut rows) = parked(&[("a", 1), ("a", 2), ("a", 3)]);
        let first = take(&mut queues, &mut rows, &[]).unwrap();
        queues.park(&mut rows, &first).unwrap();
        assert_eq!(served(&mut queues, &mut rows, &[]), owned(&[("a", 1), ("a", 2), ("a", 3)]));
    }

    #[test]
    fn queues_do_not_mix() {
        let (mut queues, mut rows) = parked(&[("a", 1)]);
        for (route, lane) in [("82", Lane::Otp), ("8", Lane::Bulk), ("", Lane::Bulk)] {
            assert_eq!(queues.next(&mut rows, route, lane, |_| false).unwrap(), None);
        }
        assert!(queues.next(&mut rows, "82", Lane::Bulk, |_| false).unwrap().is_some());
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
            for (index, (tenant, taken_by)) in parked.into_iter().enumerate() {
                let message = MessageId::from_bytes((index as u128).to_be_bytes());
                let key = QueueKey { message, ..key(&format!("t{tenant}"), taken_by) };
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
                take(&mut queues, &mut rows, &[]);
            }
            let mut again = rows.clone();
            let mut restored = Queues::restore(&again).unwrap();
            prop_assert_eq!(restored.waiting(), queues.waiting());
            loop {
                let (ours, theirs) = (take(&mut queues, &mut rows, &[]), take(&mut restored, &mut again, &[]));
                prop_assert_eq!(&ours, &theirs);
                if ours.is_none() {
                    break;
                }
            }
        }
    }
}
