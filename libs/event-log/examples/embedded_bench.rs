//! How fast the embedded log is here: `cargo run --example embedded_bench -- [records] [records per append] [in flight]`.
//!
//! Appends 220-octet records to eight partitions while a reader follows each, then reads everything back from the start.
//! CPU time is that of the whole process, RocksDB's background work included.

use std::{
    env, fs,
    io::{self, Write},
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use futures::{StreamExt, stream};
use volley_event_log::{
    EventLog, LogError, NewRecord, PartitionAppend, ReadLimit, Retention, Topic, TopicSpec,
    embedded::{EmbeddedLog, EmbeddedOptions},
};

const PARTITIONS: u32 = 8;
const TICKS_PER_SECOND: f64 = 100.0;

type Failure = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<(), Failure> {
    let mut arguments = env::args().skip(1).map(|argument| argument.parse::<u64>());
    let records = arguments.next().transpose()?.unwrap_or(1_000_000);
    let per_append = arguments.next().transpose()?.unwrap_or(200);
    let in_flight = arguments.next().transpose()?.unwrap_or(8) as usize;
    let directory = tempfile::tempdir_in(".")?;
    let log = Arc::new(EmbeddedLog::open(directory.path(), EmbeddedOptions::default()).await?);
    let topic = log
        .ensure_topic(&TopicSpec::new("bench", PARTITIONS, Retention::Forever))
        .await?;
    let appends = records / per_append;
    let mut out = io::stdout();

    let run = Run::begin();
    let readers = follow(&log, &topic, appends, per_append)?;
    append_all(&log, &topic, appends, per_append, in_flight).await?;
    let appended = run.end(appends * per_append);
    for reader in readers {
        reader.await??;
    }
    let followed = run.end(appends * per_append);
    let syncs = log.stats().syncs;
    writeln!(
        out,
        "appending:            {appended}, {syncs} syncs of {:.1} records",
        (appends * per_append) as f64 / syncs as f64
    )?;
    writeln!(out, "  and read at the end: {followed}")?;

    let again = Run::begin();
    for reader in follow(&log, &topic, appends, per_append)? {
        reader.await??;
    }
    writeln!(out, "reading back:         {}", again.end(appends * per_append))?;
    log.close().await?;
    Ok(())
}

type Reader = tokio::task::JoinHandle<Result<(), LogError>>;

fn follow(log: &Arc<EmbeddedLog>, topic: &Topic, appends: u64, per_append: u64) -> Result<Vec<Reader>, LogError> {
    let reader = |partition| {
        let mut reader = log.reader(topic, partition, 0)?;
        let share = appends / u64::from(PARTITIONS) + u64::from(u64::from(partition) < appends % u64::from(PARTITIONS));
        let end = share * per_append;
        Ok(tokio::spawn(async move {
            while reader.position() < end {
                reader.next(ReadLimit::default()).await?;
            }
            Ok(())
        }))
    };
    (0..PARTITIONS).map(reader).collect()
}

async fn append_all(
    log: &EmbeddedLog,
    topic: &Topic,
    appends: u64,
    per_append: u64,
    in_flight: usize,
) -> Result<(), LogError> {
    let record = NewRecord {
        header: Bytes::from(vec![1; 60]),
        value: Bytes::from(vec![2; 160]),
        ..NewRecord::default()
    };
    let batch = vec![record; per_append as usize];
    let append = |number: u64| {
        let partition = (number % u64::from(PARTITIONS)) as u32;
        log.append(vec![PartitionAppend { topic: topic.clone(), partition, records: batch.clone() }])
    };
    let mut answers = stream::iter(0..appends).map(append).buffered(in_flight);
    while let Some(answer) = answers.next().await {
        answer?;
    }
    Ok(())
}

/// Wall and CPU time since a moment.
struct Run {
    began: Instant,
    cpu: Duration,
}

impl Run {
    fn begin() -> Self {
        Self { began: Instant::now(), cpu: cpu_time() }
    }

    fn end(&self, records: u64) -> String {
        let (wall, cpu) = (self.began.elapsed(), cpu_time() - self.cpu);
        let per_second = records as f64 / wall.as_secs_f64();
        format!("{per_second:.0} records/s, {:.2} µs of CPU a record", cpu.as_secs_f64() * 1e6 / records as f64)
    }
}

/// User and system time of this process, as Linux tells it.
fn cpu_time() -> Duration {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks: f64 = after_name
        .split_whitespace()
        .skip(11)
        .take(2)
        .filter_map(|field| field.parse::<f64>().ok())
        .sum();
    Duration::from_secs_f64(ticks / TICKS_PER_SECOND)
}
