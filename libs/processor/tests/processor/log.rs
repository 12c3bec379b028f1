//! A log in memory whose acknowledgements a test can hold back, and whose appends it can make fail.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicI64, Ordering},
    },
};

use async_trait::async_trait;
use tokio::sync::{oneshot, watch};
use volley_event_log::{
    AppendHandle, Appended, Bounds, EventLog, Health, LogError, LogIdentity, NewRecord, PartitionAppend,
    PartitionReader, ReadLimit, Record, Topic, TopicSpec,
};

/// Clones are the same log.
#[derive(Clone)]
pub struct TestLog(Arc<Inner>);

struct Inner {
    state: Mutex<State>,
    grown: watch::Sender<u64>,
    health: watch::Sender<Health>,
    now_us: AtomicI64,
}

#[derive(Default)]
struct State {
    topics: BTreeMap<String, Topic>,
    records: BTreeMap<(String, u32), Vec<Record>>,
    starts: BTreeMap<(String, u32), u64>,
    held: Option<VecDeque<Held>>,
    failing: VecDeque<bool>,
}

/// An append that awaits its acknowledgement.
struct Held {
    appends: Vec<PartitionAppend>,
    acknowledge: oneshot::Sender<Result<Appended, LogError>>,
}

impl TestLog {
    pub fn new() -> Self {
        Self(Arc::new(Inner {
            state: Mutex::default(),
            grown: watch::Sender::new(0),
            health: watch::Sender::new(Health::Healthy),
            now_us: AtomicI64::new(1_000_000),
        }))
    }

    pub fn topic(&self, name: &str, partitions: u32) -> Topic {
        let topic = Topic::new(name, partitions);
        self.state().topics.insert(name.to_owned(), topic.clone());
        topic
    }

    /// The log's clock, Unix microseconds.
    pub fn set_clock(&self, now_us: i64) {
        self.0.now_us.store(now_us, Ordering::SeqCst);
    }

    /// From now on appends wait for [`release`](Self::release).
    pub fn hold(&self) {
        self.state().held = Some(VecDeque::new());
    }

    /// What waits, oldest first: the topics of each append and how many records each gets.
    pub fn held(&self) -> Vec<Vec<(String, usize)>> {
        let state = self.state();
        let held = state.held.iter().flatten();
        held.map(|held| {
            held.appends
                .iter()
                .map(|append| (append.topic.name().to_owned(), append.records.len()))
                .collect()
        })
        .collect()
    }

    /// Takes and acknowledges the append that has waited longest.
    pub fn release(&self) {
        let held = self
            .state()
            .held
            .as_mut()
            .and_then(VecDeque::pop_front)
            .expect("an append waits");
        let appended = self.write(held.appends);
        let _ = held.acknowledge.send(Ok(appended));
    }

    /// Takes everything that waits, and holds nothing any more.
    pub fn release_all(&self) {
        while self.state().held.as_ref().is_some_and(|held| !held.is_empty()) {
            self.release();
        }
        self.state().held = None;
    }

    /// Drops what waits, as a crash of the sender would, and holds nothing any more.
    pub fn forget_held(&self) {
        self.state().held = None;
    }

    /// The next append fails; `written` says whether its records are in the log all the same.
    pub fn fail_next(&self, written: bool) {
        self.state().failing.push_back(written);
    }

    /// Gives up the records before an offset.
    pub fn trim_to(&self, topic: &str, partition: u32, start: u64) {
        self.state().starts.insert((topic.to_owned(), partition), start);
    }

    pub fn add(&self, topic: &str, partition: u32, records: Vec<NewRecord>) -> u64 {
        let topic = self.state().topics[topic].clone();
        self.write(vec![PartitionAppend { topic, partition, records }]).base_offsets[0]
    }

    pub fn records(&self, topic: &str, partition: u32) -> Vec<Record> {
        self.state()
            .records
            .get(&(topic.to_owned(), partition))
            .cloned()
            .unwrap_or_default()
    }

    fn write(&self, appends: Vec<PartitionAppend>) -> Appended {
        let now_us = self.0.now_us.load(Ordering::SeqCst);
        let mut base_offsets = Vec::new();
        let mut state = self.state();
        for append in appends {
            let records = state
                .records
                .entry((append.topic.name().to_owned(), append.partition))
                .or_default();
            base_offsets.push(records.len() as u64);
            for NewRecord { key, header, attributes, value } in append.records {
                let offset = records.len() as u64;
                records.push(Record { offset, append_time_us: now_us, key, header, attributes, value });
            }
        }
        drop(state);
        self.0.grown.send_modify(|version| *version += 1);
        Appended { base_offsets, append_time_us: now_us }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap()
    }
}

#[async_trait]
impl EventLog for TestLog {
    fn identity(&self) -> LogIdentity {
        LogIdentity([5; 16])
    }

    async fn ensure_topic(&self, spec: &TopicSpec) -> Result<Topic, LogError> {
        Ok(self.topic(&spec.name, spec.partitions))
    }

    async fn find_topic(&self, name: &str) -> Result<Option<Topic>, LogError> {
        Ok(self.state().topics.get(name).cloned())
    }

    async fn topics(&self) -> Result<Vec<Topic>, LogError> {
        Ok(self.state().topics.values().cloned().collect())
    }

    fn append(&self, appends: Vec<PartitionAppend>) -> AppendHandle {
        let failing = self.state().failing.pop_front();
        if let Some(written) = failing {
            if written {
                self.write(appends);
            }
            return Box::pin(async { Err(LogError::Unavailable { reason: "a test broke it".to_owned() }) });
        }
        if self.state().held.is_none() {
            let appended = self.write(appends);
            return Box::pin(async { Ok(appended) });
        }
        let (acknowledge, acknowledged) = oneshot::channel();
        self.state()
            .held
            .as_mut()
            .expect("holding")
            .push_back(Held { appends, acknowledge });
        Box::pin(async { acknowledged.await.unwrap_or(Err(LogError::Closed)) })
    }

    fn reader(&self, topic: &Topic, partition: u32, from: u64) -> Result<Box<dyn PartitionReader>, LogError> {
        let place = (topic.name().to_owned(), partition);
        Ok(Box::new(TestReader { log: self.clone(), place, next: from, grown: self.0.grown.subscribe() }))
    }

    async fn bounds(&self, topic: &Topic, partition: u32) -> Result<Bounds, LogError> {
        let (state, place) = (self.state(), (topic.name().to_owned(), partition));
        let end = state.records.get(&place).map_or(0, |records| records.len() as u64);
        Ok(Bounds { start: state.starts.get(&place).copied().unwrap_or(0), end })
    }

    async fn offset_of_time(&self, _: &Topic, _: u32, _: i64) -> Result<u64, LogError> {
        Ok(0)
    }

    async fn trim(&self, topic: &Topic, partition: u32, before: u64) -> Result<(), LogError> {
        self.trim_to(topic.name(), partition, before);
        Ok(())
    }

    fn health(&self) -> watch::Receiver<Health> {
        self.0.health.subscribe()
    }

    async fn close(&self) -> Result<(), LogError> {
        Ok(())
    }
}

struct TestReader {
    log: TestLog,
    place: (String, u32),
    next: u64,
    grown: watch::Receiver<u64>,
}

#[async_trait]
impl PartitionReader for TestReader {
    async fn next(&mut self, limit: ReadLimit) -> Result<Vec<Record>, LogError> {
        loop {
            self.grown.borrow_and_update();
            let records: Vec<Record> = {
                let state = self.log.state();
                let all = state.records.get(&self.place).map_or(&[][..], Vec::as_slice);
                all.iter()
                    .skip(self.next as usize)
                    .take(limit.records.max(1))
                    .cloned()
                    .collect()
            };
            if let Some(last) = records.last() {
                self.next = last.offset + 1;
                return Ok(records);
            }
            if self.grown.changed().await.is_err() {
                return Err(LogError::Closed);
            }
        }
    }

    fn position(&self) -> u64 {
        self.next
    }
}
