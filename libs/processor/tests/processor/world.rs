//! One processor over a log in memory, in a runtime of its own that a test can kill.

use std::{
    collections::BTreeSet,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use bytes::Bytes;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use volley_event_log::{EventLog, NewRecord, Record};
use volley_processor::{
    PartitionState, PartitionStatus, Parts, Processor, ProcessorConfig, ProcessorHandle, SkipList, SkipPoint,
    TopicName, Tuning,
};
use volley_state_store::{SharedMemory, SharedMemoryOptions};
use volley_types::{Partition, Position, RunId, Source, Timestamp};
use volley_wire::Header;

use crate::{
    log::TestLog,
    script::{Script, count_of},
};

const PATIENCE: Duration = Duration::from_secs(30);

pub struct World {
    pub log: TestLog,
    pub tuning: Tuning,
    pub ranks_in_one_append: bool,
    pub skips: SkipList,
    pub logic_version: u32,
    pub run: u8,
    dir: TempDir,
    memory: SharedMemory,
    clock_us: Arc<AtomicI64>,
    running: Option<(Runtime, ProcessorHandle<Script>)>,
}

/// Never writes by itself, so that a kill finds nothing committed.
pub fn no_commit() -> Tuning {
    Tuning { write_interval_ms: 3_600_000, flush_interval_ms: 3_600_000, ..Tuning::default() }
}

impl World {
    pub fn new() -> Self {
        let log = TestLog::new();
        for topic in ["in", "corr", "events", "dead-letter"] {
            log.topic(topic, 1);
        }
        Self {
            log,
            tuning: Tuning { write_interval_ms: 20, flush_interval_ms: 200, ..Tuning::default() },
            ranks_in_one_append: false,
            skips: SkipList::default(),
            logic_version: 1,
            run: 1,
            dir: tempfile::tempdir().unwrap(),
            memory: SharedMemory::new(&SharedMemoryOptions { block_cache_bytes: 8 << 20, write_buffer_bytes: 8 << 20 }),
            clock_us: Arc::new(AtomicI64::new(1_000_000)),
            running: None,
        }
    }

    /// Sets the clocks of the machine and of the log.
    pub fn set_clocks(&self, now_us: i64) {
        self.set_machine_clock(now_us);
        self.log.set_clock(now_us);
    }

    pub fn set_machine_clock(&self, now_us: i64) {
        self.clock_us.store(now_us, Ordering::SeqCst);
    }

    pub fn start(&mut self) {
        let (clock_us, version) = (Arc::clone(&self.clock_us), self.logic_version);
        let log: Arc<dyn EventLog> = Arc::new(self.log.clone());
        let parts = Parts {
            log,
            memory: self.memory.clone(),
            clock: Arc::new(move || Timestamp::from_micros(clock_us.load(Ordering::SeqCst))),
            skips: self.skips.clone(),
        };
        let runtime = Runtime::new().unwrap();
        let entered = runtime.enter();
        let handle = Processor::spawn(self.config(), parts, move |_| Script { version, ..Script::new() });
        drop(entered);
        self.running = Some((runtime, handle));
    }

    fn config(&self) -> ProcessorConfig {
        ProcessorConfig {
            input: self.log.topic("in", 1),
            partitions: vec![Partition(0)],
            source: Source::Correlation,
            run: RunId::from_bytes([self.run; 16]),
            state_dir: PathBuf::from(self.dir.path()),
            canonicalisation_version: 1,
            hash: "xxh3-64",
            dead_letter: TopicName::new("dead-letter"),
            read_back: BTreeSet::from([TopicName::new("events")]),
            ranks_in_one_append: self.ranks_in_one_append,
            tuning: self.tuning.clone(),
        }
    }

    /// Ends the processor between two instructions: nothing is drained, written or flushed.
    pub fn kill(&mut self) {
        let (runtime, handle) = self.running.take().expect("it runs");
        runtime.shutdown_timeout(PATIENCE);
        drop(handle);
    }

    pub fn drain(&mut self) {
        let (runtime, handle) = self.running.take().expect("it runs");
        runtime
            .block_on(async { tokio::time::timeout(PATIENCE, handle.drain()).await })
            .expect("it drains in time");
        assert_eq!(handle.status()[0].state, PartitionState::Stopped);
    }

    pub fn status(&self) -> PartitionStatus {
        self.running.as_ref().expect("it runs").1.status().remove(0)
    }

    /// How often a key was counted, asked of the running partition.
    pub fn count(&self, key: &'static str) -> u64 {
        let (runtime, handle) = self.running.as_ref().expect("it runs");
        runtime
            .block_on(handle.query(Partition(0), move |_, rows| count_of(rows, key).unwrap()))
            .unwrap()
    }

    /// How many rows the views were built from.
    pub fn restored(&self) -> usize {
        let (runtime, handle) = self.running.as_ref().expect("it runs");
        runtime
            .block_on(handle.query(Partition(0), |script, _| script.restored))
            .unwrap()
    }

    /// Adds lines to the input as a front door would.
    pub fn tell(&self, lines: &[&str]) -> u64 {
        let header =
            |index| Header::new(Source::FrontDoor(9), Position { offset: 0, index }, None, Timestamp::from_micros(7));
        self.log
            .add("in", 0, lines.iter().zip(0..).map(|(line, index)| record(header(index), line)).collect())
    }

    /// Adds a line to the input as routing of partition 0 would.
    pub fn tell_chained(&self, offset: u64, predecessor: Option<u64>, line: &str) -> u64 {
        let at = |offset| Position { offset, index: 0 };
        let header =
            Header::new(Source::Routing(Partition(0)), at(offset), predecessor.map(at), Timestamp::from_micros(7));
        self.log.add("in", 0, vec![record(header, line)])
    }

    pub fn skip(&self, offset: u64) {
        self.skips.add(SkipPoint { topic: TopicName::new("in"), partition: 0, offset });
    }

    /// What was published on a topic, in order.
    pub fn said(&self, topic: &str) -> Vec<String> {
        self.log
            .records(topic, 0)
            .iter()
            .map(|record| String::from_utf8_lossy(&record.value).into_owned())
            .collect()
    }

    pub fn until(&self, what: &str, holds: impl Fn(&Self) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !holds(self) {
            assert!(Instant::now() < deadline, "waited in vain until {what}");
            thread::sleep(Duration::from_millis(2));
        }
    }

    /// Waits until everything in the input is decided and acknowledged.
    pub fn until_decided(&self) {
        self.until("everything is decided", |world| {
            let (status, end) = (world.status(), world.log.records("in", 0).len() as u64);
            status.is_running() && status.position == end
        });
    }

    pub fn until_halted(&self) -> (String, Option<u64>) {
        self.until("it halts", |world| matches!(world.status().state, PartitionState::Halted { .. }));
        match self.status().state {
            PartitionState::Halted { why, offset } => (why, offset),
            other => panic!("it went on: {other:?}"),
        }
    }
}

pub fn record(header: Header, line: &str) -> NewRecord {
    NewRecord {
        header: Bytes::copy_from_slice(&header.encode()),
        value: Bytes::copy_from_slice(line.as_bytes()),
        ..NewRecord::default()
    }
}

pub fn header_of(record: &Record) -> Header {
    Header::decode(&record.header).unwrap()
}

/// A record without what differs when it is published a second time.
pub fn content(record: &Record) -> (Vec<u8>, Vec<u8>) {
    (record.header.to_vec(), record.value.to_vec())
}
