//! What was called and is not answered: written in any order that keeps each partition's own, answered late.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::sync::oneshot;

use super::{AdversarialOptions, PENDING_BYTES_MAX, Shared, disk::DiskState};
use crate::{
    Appended, LogError, PartitionAppend,
    health::{JUDGE_INTERVAL_MS, Ticket},
};

pub(crate) struct Pending {
    options: AdversarialOptions,
    rng: Rng,
    /// By partition, in the order of the calls.
    parts: BTreeMap<(String, u32), VecDeque<Part>>,
    open: BTreeMap<u64, Open>,
    /// Written, and to be answered after so many more steps.
    written: Vec<(u64, Open)>,
    next: u64,
    bytes: usize,
}

struct Part {
    /// Which append.
    id: u64,
    /// Its place in it.
    place: usize,
    append: PartitionAppend,
}

struct Open {
    left: usize,
    bytes: usize,
    appended: Appended,
    ticket: Ticket,
    answer: oneshot::Sender<Result<Appended, LogError>>,
}

impl Pending {
    pub fn new(options: AdversarialOptions) -> Self {
        Self {
            options,
            rng: Rng(options.seed),
            parts: BTreeMap::new(),
            open: BTreeMap::new(),
            written: Vec::new(),
            next: 0,
            bytes: 0,
        }
    }

    pub fn is_empty(&self) -> bool {
        self.open.is_empty() && self.written.is_empty()
    }

    /// Whether so many octets more may wait. When none do, any may.
    pub fn has_room(&self, bytes: usize) -> Result<(), LogError> {
        let waiting = self.bytes + bytes;
        match self.bytes > 0 && waiting > PENDING_BYTES_MAX {
            true => Err(LogError::Overloaded { waiting, limit: PENDING_BYTES_MAX, unit: "octets" }),
            false => Ok(()),
        }
    }

    pub fn push(
        &mut self,
        parts: Vec<PartitionAppend>,
        bytes: usize,
        ticket: Ticket,
        answer: oneshot::Sender<Result<Appended, LogError>>,
    ) {
        let (id, left) = (self.next, parts.len());
        self.next += 1;
        self.bytes += bytes;
        let appended = Appended { base_offsets: vec![0; left], append_time_us: i64::MIN };
        self.open.insert(id, Open { left, bytes, appended, ticket, answer });
        for (place, append) in parts.into_iter().enumerate() {
            let key = (append.topic.name().to_owned(), append.partition);
            self.parts.entry(key).or_default().push_back(Part { id, place, append });
        }
    }

    /// Writes the oldest part of some partition, and answers what has waited long enough.
    fn step(&mut self, disk: &mut DiskState) -> Vec<Ticket> {
        let partitions = self.parts.len() as u64;
        let chosen = usize::try_from(self.rng.below(partitions.max(1))).unwrap_or(0);
        let key = self.parts.keys().nth(chosen).cloned();
        if let Some(key) = key {
            self.write_oldest(&key, disk);
        }
        self.answer()
    }

    fn write_oldest(&mut self, key: &(String, u32), disk: &mut DiskState) {
        let Some(queue) = self.parts.get_mut(key) else { return };
        let oldest = queue.pop_front();
        if queue.is_empty() {
            self.parts.remove(key);
        }
        let Some(Part { id, place, append }) = oldest else { return };
        // Topic and partition were checked at the call, and topics are never removed.
        let Ok(partition) = disk.partition(&append.topic, append.partition) else {
            return;
        };
        let (base, at_us) = partition.write(append.records);
        let Some(open) = self.open.get_mut(&id) else { return };
        open.appended.base_offsets[place] = base;
        open.appended.append_time_us = open.appended.append_time_us.max(at_us);
        open.left -= 1;
        if open.left == 0
            && let Some(open) = self.open.remove(&id)
        {
            let after = self.rng.below(self.options.acknowledged_after_max + 1);
            self.written.push((after, open));
        }
    }

    fn answer(&mut self) -> Vec<Ticket> {
        let mut answered = Vec::new();
        let mut waiting = Vec::new();
        for (steps, open) in std::mem::take(&mut self.written) {
            if steps > 0 {
                waiting.push((steps - 1, open));
                continue;
            }
            self.bytes -= open.bytes;
            answered.push(open.ticket);
            let outcome = match self.rng.below(1_000) < self.options.fails_per_mille {
                true => Err(LogError::Unavailable { reason: "the answer of the log was lost".to_owned() }),
                false => Ok(open.appended),
            };
            // Whoever does not wait for it does not want to know.
            let _ = open.answer.send(outcome);
        }
        self.written = waiting;
        answered
    }

    /// Of each partition some of the oldest are written. Dropping the answers tells whoever still waits that nothing is known.
    pub fn crash(&mut self, disk: &mut DiskState) {
        for key in self.parts.keys().cloned().collect::<Vec<_>>() {
            let waiting = self.parts.get(&key).map_or(0, VecDeque::len) as u64;
            for _ in 0..self.rng.below(waiting + 1) {
                self.write_oldest(&key, disk);
            }
        }
        self.parts.clear();
        self.open.clear();
        self.written.clear();
        self.bytes = 0;
    }
}

/// Writes until the log ends.
pub(crate) async fn write(shared: Arc<Shared>, options: AdversarialOptions) {
    let mut pauses = Rng(options.seed ^ u64::MAX);
    loop {
        shared.unacknowledged.judge(Instant::now());
        let is_idle = {
            let state = shared.lock();
            if state.ended {
                return;
            }
            state.pending.is_empty()
        };
        match is_idle {
            true if end_if_closed(&shared) => return,
            true => {
                let look = Duration::from_millis(JUDGE_INTERVAL_MS);
                // Either way it is looked again.
                let _ = tokio::time::timeout(look, shared.called.notified()).await;
            }
            false => {
                pause(&mut pauses, options.pause_us_max).await;
                write_one(&shared);
            }
        }
    }
}

fn write_one(shared: &Shared) {
    let mut state = shared.lock();
    if state.ended {
        return;
    }
    let answered = state.pending.step(&mut shared.disk());
    drop(state);
    for ticket in answered {
        shared.unacknowledged.end(ticket);
    }
    shared.tell();
}

/// Whether the log was closed; then readers end too.
fn end_if_closed(shared: &Shared) -> bool {
    let mut state = shared.lock();
    let is_closed = state.refusal.is_some() && state.pending.is_empty();
    state.ended |= is_closed;
    drop(state);
    if is_closed {
        shared.tell();
    }
    is_closed
}

/// Mostly none: timers are coarse, and a test has many appends.
async fn pause(rng: &mut Rng, us_max: u64) {
    match rng.below(16) {
        0 => tokio::time::sleep(Duration::from_micros(rng.below(us_max + 1))).await,
        _ => tokio::task::yield_now().await,
    }
}

/// splitmix64.
struct Rng(u64);

impl Rng {
    /// From 0 to below `end`; 0 when `end` is.
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end.max(1)
    }
}
