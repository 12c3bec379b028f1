//! The parts of the embedded log put together, started and stopped.

use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError, mpsc},
    thread::{self, JoinHandle},
    time::Duration,
};

use tokio::sync::oneshot;

use super::{
    batch::Body,
    care::{Caretaker, Trimmer},
    catalog::Catalog,
    options::EmbeddedOptions,
    partition::Tails,
    queue::{AppendQueue, Part, Waiting},
    storage::Storage,
    writer::{Counters, Writer},
};
use crate::{Appended, LogError, LogIdentity, PartitionAppend, check, health::Unacknowledged};

pub(super) struct Core {
    pub(super) identity: LogIdentity,
    pub(super) storage: Arc<Storage>,
    pub(super) catalog: Arc<Catalog>,
    pub(super) trimmer: Trimmer,
    pub(super) unacknowledged: Unacknowledged,
    pub(super) counters: Counters,
    pub(super) queue: AppendQueue,
    threads: Mutex<Option<Threads>>,
}

struct Threads {
    writer: JoinHandle<()>,
    caretaker: JoinHandle<()>,
    stop_caretaker: mpsc::Sender<()>,
}

type Answered = oneshot::Receiver<Result<Appended, LogError>>;

impl Core {
    /// Opens the database and starts the threads. Blocks while the write-ahead log is replayed.
    pub(super) fn open(directory: &Path, options: &EmbeddedOptions) -> Result<Arc<Self>, LogError> {
        let storage = Arc::new(Storage::open(directory, options)?);
        let identity = storage.identify()?;
        let catalog = Arc::new(Catalog::load(&*storage.db()?)?);
        let core = Arc::new(Self {
            identity,
            catalog,
            trimmer: Trimmer::new(storage.clone()),
            unacknowledged: Unacknowledged::new(),
            counters: Counters::default(),
            queue: AppendQueue::new(options.queue_bytes_max),
            threads: Mutex::new(None),
            storage,
        });
        let threads = core.spawn(options)?;
        core.threads.lock().unwrap_or_else(PoisonError::into_inner).replace(threads);
        Ok(core)
    }

    fn spawn(self: &Arc<Self>, options: &EmbeddedOptions) -> Result<Threads, LogError> {
        let tails = Tails::new(options.tail_bytes_max);
        let writer = Writer { core: self.clone(), tails, clock_us: self.newest_time_us() };
        let retention_interval = Duration::from_millis(options.retention_interval_ms.max(1));
        let caretaker = Caretaker { core: self.clone(), retention_interval };
        let (stop_caretaker, stop) = mpsc::channel();
        Ok(Threads {
            writer: spawn("log-writer", move || writer.run())?,
            caretaker: spawn("log-caretaker", move || caretaker.run(&stop))?,
            stop_caretaker,
        })
    }

    fn newest_time_us(&self) -> i64 {
        let entries = self.catalog.all();
        let times = entries
            .iter()
            .flat_map(|entry| &entry.partitions)
            .map(|partition| partition.view().clock_us);
        times.max().unwrap_or(i64::MIN)
    }

    /// Checks the append, encodes it and gives it its place in the order.
    pub(super) fn enqueue(&self, appends: &[PartitionAppend]) -> Result<Answered, LogError> {
        check::check(appends)?;
        let part = |append: &PartitionAppend| {
            let partition = self.catalog.partition(&append.topic, append.partition)?;
            Ok(Part { partition, body: Body::encode(&append.records) })
        };
        let parts = appends.iter().map(part).collect::<Result<Vec<_>, LogError>>()?;
        let (answer, answered) = oneshot::channel();
        let waiting = Waiting { parts, answer, ticket: self.unacknowledged.begin() };
        match self.queue.push(waiting) {
            Ok(()) => Ok(answered),
            Err((error, refused)) => {
                self.unacknowledged.end(refused.ticket);
                Err(error)
            }
        }
    }

    /// Writes what waits, ends the threads and the readers, and lets go of the database. Blocks; may be called again.
    pub(super) fn close(&self) {
        self.queue.close(LogError::Closed);
        let Some(threads) = self.threads.lock().unwrap_or_else(PoisonError::into_inner).take() else {
            return;
        };
        drop(threads.stop_caretaker);
        for thread in [threads.writer, threads.caretaker] {
            if thread.join().is_err() {
                tracing::error!("a thread of the log had panicked");
            }
        }
        for entry in self.catalog.all() {
            entry.partitions.iter().for_each(|partition| partition.close());
        }
        self.storage.close();
    }
}

fn spawn(name: &str, body: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, LogError> {
    let unusable = |error| LogError::Unusable { reason: format!("no thread for {name}: {error}") };
    thread::Builder::new().name(name.to_owned()).spawn(body).map_err(unusable)
}
