//! The one place that appends messages: what all calls have waiting goes out in one append, grouped by partition.
//!
//! While appends are under way more gathers, so the appends grow with the load and the cost of each message falls.

use std::{
    collections::{BTreeMap, VecDeque},
    mem,
    sync::Arc,
    time::Instant,
};

use futures::stream::{FuturesUnordered, StreamExt};
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};
use volley_event_log::{Appended, EventLog, LogError, NewRecord, PartitionAppend, Topic};
use volley_runtime::Drain;
use volley_types::{MessageId, Partition};

use super::{
    gate::Gate,
    memory::{Memory, Remembered},
};
use crate::metrics;

/// Appends that may be under way at once.
const APPENDS_IN_FLIGHT_MAX: usize = 8;

/// Bursts taken from the queue at once.
const BURSTS_AT_ONCE_MAX: usize = 1_024;

/// Payload octets after which an append takes no further burst; far below what the log takes at once.
const APPEND_OCTETS: usize = 4 << 20;

/// Messages that one call hands over together.
pub(crate) struct Burst {
    /// The messages, in order; at least one.
    pub(crate) entries: Vec<Entry>,
    /// Their room, given back when the log has spoken.
    pub(crate) room: OwnedSemaphorePermit,
    /// Hears when all are durable, or that it is not known.
    pub(crate) reply: oneshot::Sender<Result<(), LogError>>,
}

/// One message.
pub(crate) struct Entry {
    /// Where it goes.
    pub(crate) partition: Partition,
    /// Its id.
    pub(crate) message: MessageId,
    /// What to remember of it.
    pub(crate) remembered: Remembered,
    /// The record.
    pub(crate) record: NewRecord,
}

/// A burst whose records are on their way.
struct Sent {
    messages: Vec<(MessageId, Remembered)>,
    reply: oneshot::Sender<Result<(), LogError>>,
    _room: OwnedSemaphorePermit,
}

/// Serves the queue of bursts.
pub(crate) struct Appender {
    pub(crate) log: Arc<dyn EventLog>,
    pub(crate) topic: Topic,
    pub(crate) memory: Memory,
    pub(crate) gate: Arc<Gate>,
    pub(crate) queue: mpsc::Receiver<Burst>,
}

impl Appender {
    /// Serves until the drain, and then what is in the queue.
    pub(crate) async fn run(mut self, drain: Drain) -> anyhow::Result<()> {
        let mut under_way = FuturesUnordered::new();
        let mut waiting = Vec::new();
        let mut open = true;
        while open || !under_way.is_empty() {
            tokio::select! {
                Some(()) = under_way.next() => {}
                () = drain.requested(), if open && !self.queue.is_closed() => self.queue.close(),
                taken = self.queue.recv_many(&mut waiting, BURSTS_AT_ONCE_MAX),
                    if open && under_way.len() < APPENDS_IN_FLIGHT_MAX =>
                {
                    open = taken > 0;
                    let mut bursts = VecDeque::from(mem::take(&mut waiting));
                    while !bursts.is_empty() {
                        under_way.push(self.append(&mut bursts));
                    }
                }
            }
        }
        Ok(())
    }

    /// Appends as many of the bursts as fit. The place in the order is taken here; the future only waits.
    fn append(&self, bursts: &mut VecDeque<Burst>) -> impl Future<Output = ()> + Send + use<> {
        let mut by_partition: BTreeMap<Partition, Vec<NewRecord>> = BTreeMap::new();
        let (mut sent, mut octets, mut records) = (Vec::new(), 0, 0_u32);
        while octets < APPEND_OCTETS
            && let Some(Burst { entries, room, reply }) = bursts.pop_front()
        {
            let mut messages = Vec::with_capacity(entries.len());
            for entry in entries {
                octets += entry.record.payload_bytes();
                records += 1;
                by_partition.entry(entry.partition).or_default().push(entry.record);
                messages.push((entry.message, entry.remembered));
            }
            sent.push(Sent { messages, reply, _room: room });
        }
        let counts: Vec<_> = by_partition
            .iter()
            .map(|(partition, records)| (*partition, records.len() as u64))
            .collect();
        let appends = by_partition.into_iter().map(|(partition, records)| PartitionAppend {
            topic: self.topic.clone(),
            partition: partition.0.into(),
            records,
        });
        let (began, acknowledged) = (Instant::now(), self.log.append(appends.collect()));
        let (memory, gate) = (self.memory.clone(), Arc::clone(&self.gate));
        async move {
            let outcome = acknowledged.await;
            metrics::count_append(records, began.elapsed(), outcome.is_ok());
            if let Ok(Appended { base_offsets, .. }) = &outcome {
                for ((partition, count), base) in counts.iter().zip(base_offsets) {
                    gate.appended(*partition, base + count);
                }
            }
            let outcome = outcome.map(drop);
            sent.into_iter().for_each(|burst| burst.settle(&memory, outcome.clone()));
        }
    }
}

impl Sent {
    fn settle(self, memory: &Memory, outcome: Result<(), LogError>) {
        for (message, remembered) in self.messages {
            match &outcome {
                Ok(()) => memory.durable(message, remembered),
                Err(_) => memory.forget(message),
            }
        }
        // Who asked may have gone; the message is durable all the same, and asking again gives the same answer.
        let _ = self.reply.send(outcome);
    }
}
