//! Following `config`: every service that needs it folds it by itself, from the first record.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, PoisonError},
};

use arc_swap::ArcSwap;
use tokio::sync::watch;
use volley_directory::{Conflict, Directory};
use volley_event_log::{EventLog, LogError, PartitionReader, ReadLimit, Record, Topic};
use volley_events::ConfigRecord;
use volley_runtime::{App, HealthHandle};

use crate::Pauses;

/// Verdicts of administrative calls that are remembered; older ones are forgotten.
pub const VERDICTS_MAX: usize = 4_096;

/// What the fold made of one administrative call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Offset of its record.
    pub offset: u64,
    /// Why it changed nothing, if so.
    pub conflict: Option<Conflict>,
}

/// Why `config` cannot be followed any more.
#[derive(Debug, thiserror::Error)]
pub enum FollowerError {
    /// The log failed for good.
    #[error("config cannot be read")]
    Log(#[from] LogError),
    /// A record is not one of `config`.
    #[error("the record at offset {offset} of config cannot be read: {fault}")]
    Unreadable {
        /// Its offset.
        offset: u64,
        /// What is wrong with it.
        fault: String,
    },
}

/// What has been folded so far. Clones see the same.
#[derive(Debug, Clone)]
pub struct Followed(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    directory: ArcSwap<Directory>,
    offset: watch::Sender<u64>,
    verdicts: Mutex<Verdicts>,
}

#[derive(Debug, Default)]
struct Verdicts {
    by_call: BTreeMap<[u8; 16], Verdict>,
    in_order: VecDeque<[u8; 16]>,
}

impl Verdicts {
    fn keep(&mut self, call: [u8; 16], verdict: Verdict) {
        if self.in_order.len() == VERDICTS_MAX
            && let Some(oldest) = self.in_order.pop_front()
        {
            self.by_call.remove(&oldest);
        }
        self.in_order.push_back(call);
        self.by_call.insert(call, verdict);
    }
}

impl Followed {
    fn new() -> Self {
        let (offset, _) = watch::channel(0);
        let directory = ArcSwap::from_pointee(Directory::new());
        Self(Arc::new(Shared { directory, offset, verdicts: Mutex::default() }))
    }

    /// The directory as of now.
    pub fn directory(&self) -> Arc<Directory> {
        self.0.directory.load_full()
    }

    /// The offset after the newest record folded, and its changes.
    pub fn offsets(&self) -> watch::Receiver<u64> {
        self.0.offset.subscribe()
    }

    /// Waits until every record before `offset` is folded.
    pub async fn folded_to(&self, offset: u64) {
        let mut offsets = self.offsets();
        // The sender lives in `self`, so waiting cannot fail.
        let _ = offsets.wait_for(|folded| *folded >= offset).await;
    }

    /// What the fold made of a call, if its record was folded and is still remembered.
    pub fn verdict(&self, call: &[u8; 16]) -> Option<Verdict> {
        let verdicts = self.0.verdicts.lock().unwrap_or_else(PoisonError::into_inner);
        verdicts.by_call.get(call).cloned()
    }

    fn fold(&self, records: &[Record]) -> Result<(), FollowerError> {
        let mut directory = Directory::clone(&self.0.directory.load());
        let mut verdicts = self.0.verdicts.lock().unwrap_or_else(PoisonError::into_inner);
        for record in records {
            let change = read(record)?;
            let conflict = directory.apply(&change).err();
            verdicts.keep(change.call, Verdict { offset: record.offset, conflict });
        }
        drop(verdicts);
        let offset = directory.offset();
        self.0.directory.store(Arc::new(directory));
        self.0.offset.send_replace(offset);
        Ok(())
    }
}

/// The record of `config` at its offset.
fn read(record: &Record) -> Result<ConfigRecord, FollowerError> {
    let unreadable = |fault| FollowerError::Unreadable { offset: record.offset, fault };
    match volley_wire::decode(&record.value).map_err(|fault| unreadable(fault.to_string()))? {
        volley_events::Record::Config(change) => Ok(ConfigRecord { offset: record.offset, ..*change }),
        other => Err(unreadable(format!("it is a {}", volley_wire::describe(&other).kind))),
    }
}

/// Folds `config` for as long as it runs.
pub struct Follower {
    followed: Followed,
    reader: Box<dyn PartitionReader>,
}

impl Follower {
    /// Folds what is there, and is ready to go on.
    ///
    /// # Errors
    /// When the log is away or a record cannot be read.
    pub async fn start(log: &dyn EventLog, config: &Topic) -> Result<Self, FollowerError> {
        let end = log.bounds(config, 0).await?.end;
        let mut follower = Self { followed: Followed::new(), reader: log.reader(config, 0, 0)? };
        while follower.reader.position() < end {
            follower.step().await?;
        }
        Ok(follower)
    }

    /// What has been folded, now and later.
    pub fn followed(&self) -> Followed {
        self.followed.clone()
    }

    /// Goes on as a task of `app`, until the drain. It holds on to the log, so that the log outlives everybody who reads config.
    pub fn spawn(self, log: Arc<dyn EventLog>, app: &mut App) {
        let health = app.health().register("config");
        health.healthy();
        app.spawn("config", |drain| async move {
            let ended = tokio::select! {
                () = drain.requested() => Ok(()),
                ended = self.run(Some(&health)) => ended,
            };
            drop(log);
            Ok(ended?)
        });
    }

    /// Goes on, and says how it is; ends only with an error. While the log is away it waits, unhealthy.
    ///
    /// # Errors
    /// When the log fails for good or a record cannot be read.
    pub async fn run(mut self, health: Option<&HealthHandle>) -> Result<(), FollowerError> {
        let mut pauses = Pauses::default();
        loop {
            match self.step().await {
                Ok(()) => {
                    pauses.worked();
                    health.inspect(|health| health.healthy());
                }
                Err(FollowerError::Log(error)) if error.is_retriable() => {
                    health.inspect(|health| health.unhealthy(error.to_string()));
                    tokio::time::sleep(pauses.after_failure()).await;
                }
                Err(error) => return Err(error),
            }
        }
    }

    async fn step(&mut self) -> Result<(), FollowerError> {
        let records = self.reader.next(ReadLimit::default()).await?;
        self.followed.fold(&records)
    }
}
