//! What stands around a processor in every service: its stores, its health, its progress, its drain.

use std::{collections::BTreeSet, path::PathBuf, sync::Arc, time::Duration};

use metrics::gauge;
use serde::{Deserialize, Serialize};
use tokio::task::JoinHandle;
use volley_event_log::{EventLog, Health, NewRecord, PartitionAppend, Topic};
use volley_events::{Progress, Record};
use volley_numbers::CANONICALISATION_VERSION;
use volley_processor::{
    Fold, PartitionState, PartitionStatus, Parts, Processor, ProcessorConfig, ProcessorHandle, SkipList, SkipPoint,
    TopicName, Tuning,
};
use volley_runtime::{App, Clock, Drain, HealthHandle, Stage};
use volley_state_store::{SharedMemory, SharedMemoryOptions};
use volley_types::{Partition, Position, RunId, Source, Timestamp};
use volley_wire::{Header, topics};

use crate::{Followed, Follower, KafkaConfig, Ownership, Topics, connect};

/// Name of the hash that maps subscribers to partitions.
pub const PARTITION_HASH: &str = "xxh3-64";

/// How often health is looked at and progress is told.
const PROGRESS_EVERY: Duration = Duration::from_secs(1);

/// The `[state]` table of a service that keeps state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StateConfig {
    /// Directory of the stores. What is lost with it is rebuilt from the log.
    pub dir: PathBuf,
    /// Memory for blocks read back, shared by all partitions, in MiB.
    pub block_cache_mib: usize,
    /// Memory for rows not on disk yet, shared by all partitions, in MiB.
    pub write_buffer_mib: usize,
}

impl Default for StateConfig {
    fn default() -> Self {
        Self { dir: PathBuf::from("state"), block_cache_mib: 128, write_buffer_mib: 128 }
    }
}

/// What a processor is to do: its input, who it is in its outputs, where its state lies, and which partitions are its own.
#[derive(Debug, Clone, Copy)]
pub struct Duty<'a> {
    /// Its one input topic.
    pub input: &'a Topic,
    /// The source its outputs name, by partition.
    pub source: fn(Partition) -> Source,
    /// Its stores.
    pub state: &'a StateConfig,
    /// Its partitions.
    pub ownership: Ownership,
}

/// What every processor of this process works with.
#[derive(Clone)]
pub struct ProcessorShell {
    /// The log.
    pub log: Arc<dyn EventLog>,
    /// Its topics.
    pub topics: Topics,
    /// The configuration, for records to pass over.
    pub followed: Followed,
    /// The clock.
    pub clock: Clock,
    /// Version of the function that makes subscribers out of addresses.
    pub canonicalisation_version: u16,
    /// Whether the log writes one append over several partitions as a whole: the embedded one does.
    pub atomic_appends: bool,
}

impl ProcessorShell {
    /// The shell of a service that runs alone, against Kafka: connects, makes the topics, and follows `config` as a task of `app`.
    ///
    /// # Errors
    /// When the brokers cannot be reached, or the topics are not as they must be.
    pub async fn on_kafka(config: &KafkaConfig, app: &mut App) -> anyhow::Result<Self> {
        let log = connect(config).await?;
        Self::on_log(log, config.partitions, false, app).await
    }

    /// The shell on a log: makes the topics, and follows `config` as a task of `app`.
    ///
    /// # Errors
    /// When the log is away, or the topics are not as they must be.
    pub async fn on_log(
        log: Arc<dyn EventLog>,
        partitions: u16,
        atomic_appends: bool,
        app: &mut App,
    ) -> anyhow::Result<Self> {
        let topics = Topics::ensure(log.as_ref(), partitions).await?;
        let follower = Follower::start(log.as_ref(), &topics.config).await?;
        let followed = follower.followed();
        follower.spawn(Arc::clone(&log), app);
        Ok(Self {
            log,
            topics,
            followed,
            clock: Clock::system(),
            canonicalisation_version: CANONICALISATION_VERSION,
            atomic_appends,
        })
    }

    /// Starts a processor and what watches over it, as tasks of a stage.
    pub fn start<F: Fold>(
        &self,
        duty: Duty<'_>,
        stage: &Stage,
        health: HealthHandle,
        make: impl Fn(Partition) -> F + Send + Sync + 'static,
    ) -> ProcessorHandle<F> {
        let Duty { input, source, state, ownership } = duty;
        let name = make(Partition(0)).name();
        let config = ProcessorConfig {
            input: input.clone(),
            partitions: ownership.partitions(self.topics.partitions),
            source,
            run: RunId::from_bytes(volley_runtime::random_bytes()),
            state_dir: state.dir.join(name),
            canonicalisation_version: self.canonicalisation_version,
            hash: PARTITION_HASH,
            dead_letter: TopicName::new(topics::DEAD_LETTER),
            read_back: BTreeSet::from([TopicName::new(topics::EVENTS)]),
            ranks_in_one_append: self.atomic_appends,
            tuning: Tuning::default(),
        };
        let handle = Processor::spawn(config, self.parts(state, stage), make);
        let (watched, shell) = (handle.clone(), self.clone());
        stage.spawn(name, move |drain| async move {
            shell.watch(name, &watched, &health, &drain).await;
            watched.drain().await;
            Ok(())
        });
        handle
    }

    fn parts(&self, state: &StateConfig, stage: &Stage) -> Parts {
        let clock = self.clock.clone();
        let skips = SkipList::new(self.skip_points());
        let (shell, kept) = (self.clone(), skips.clone());
        stage.spawn("skips", move |drain| async move {
            let mut offsets = shell.followed.offsets();
            loop {
                tokio::select! {
                    () = drain.requested() => return Ok(()),
                    changed = offsets.changed() => changed?,
                }
                shell.skip_points().into_iter().for_each(|point| kept.add(point));
            }
        });
        let options = SharedMemoryOptions {
            block_cache_bytes: state.block_cache_mib << 20,
            write_buffer_bytes: state.write_buffer_mib << 20,
        };
        Parts {
            log: Arc::clone(&self.log),
            memory: SharedMemory::new(&options),
            clock: Arc::new(move || Timestamp::from_micros(clock.now_us())),
            skips,
        }
    }

    fn skip_points(&self) -> Vec<SkipPoint> {
        let directory = self.followed.directory();
        let point = |skip: &volley_events::config::SkipConfig| SkipPoint {
            topic: TopicName::new(&skip.topic),
            partition: skip.partition,
            offset: skip.offset,
        };
        directory.skips().map(point).collect()
    }

    /// Reports health, metrics and progress until the drain.
    async fn watch<F: Fold>(
        &self,
        name: &'static str,
        handle: &ProcessorHandle<F>,
        health: &HealthHandle,
        drain: &Drain,
    ) {
        let log = self.log.health();
        let mut teller = Teller { run: u64::from_be_bytes(volley_runtime::random_bytes()), told: 0, telling: None };
        loop {
            let statuses = handle.status();
            measure(name, &statuses);
            report(&statuses, &log.borrow(), health);
            self.tell(name, &statuses, &mut teller);
            tokio::select! {
                () = drain.requested() => return,
                () = tokio::time::sleep(PROGRESS_EVERY) => {}
            }
        }
    }

    /// Progress is for admission: a record that is lost is followed by another a second later. While the log has not taken the
    /// last one, no more is said: what is old news by then need not pile up.
    fn tell(&self, name: &'static str, statuses: &[PartitionStatus], teller: &mut Teller) {
        if teller.telling.as_ref().is_some_and(|telling| !telling.is_finished()) {
            return;
        }
        let now = Timestamp::from_micros(self.clock.now_us());
        // A partition that another run owns is that one's to tell about.
        let owned = |status: &&PartitionStatus| !matches!(status.state, PartitionState::Superseded);
        let records = statuses.iter().filter(owned).map(|status| {
            teller.told += 1;
            let progress = Progress {
                service: name.to_owned(),
                partition: status.partition.0,
                position: status.position,
                end: status.end,
                parked: status.parked.clone(),
                at: now,
                config_offset: status.config_offset,
            };
            let header = Header::new(Source::Owner(teller.run), Position { offset: teller.told, index: 0 }, None, now);
            NewRecord {
                key: None,
                header: header.encode().to_vec().into(),
                attributes: Vec::new(),
                value: volley_wire::encode(&Record::Progress(progress), None),
            }
        });
        let records: Vec<_> = records.collect();
        if records.is_empty() {
            return;
        }
        let append =
            self.log
                .append(vec![PartitionAppend { topic: self.topics.progress.clone(), partition: 0, records }]);
        teller.telling = Some(tokio::spawn(async move {
            if let Err(error) = append.await {
                tracing::debug!(service = name, %error, "progress was not told");
            }
        }));
    }
}

/// Who tells the progress of one processor.
struct Teller {
    run: u64,
    /// Records so far.
    told: u64,
    /// The last one on its way.
    telling: Option<JoinHandle<()>>,
}

fn measure(name: &'static str, statuses: &[PartitionStatus]) {
    for status in statuses {
        let partition = status.partition.to_string();
        gauge!("volley_processor_lag_records", "service" => name, "partition" => partition.clone())
            .set(status.lag() as f64);
        gauge!("volley_processor_position", "service" => name, "partition" => partition.clone())
            .set(status.position as f64);
        gauge!("volley_processor_dead_letters", "service" => name, "partition" => partition)
            .set(status.dead_letters as f64);
    }
}

/// Unhealthy while a partition is, or while the log takes nothing.
fn report(statuses: &[PartitionStatus], log: &Health, health: &HealthHandle) {
    let troubled = statuses.iter().find(|status| !status.is_healthy());
    let starting = statuses.iter().any(|status| status.state == PartitionState::Starting);
    match (troubled, log) {
        (Some(status), _) => health.unhealthy(format!("partition {}: {:?}", status.partition, status.state)),
        (None, Health::Unhealthy { reason, .. }) => health.unhealthy(reason.clone()),
        // A component that has said nothing yet, or not since its start, is starting.
        (None, Health::Healthy) if starting => {}
        (None, Health::Healthy) => health.healthy(),
    }
}
