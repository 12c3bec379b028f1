//! A carrier's task from its store on: what an earlier run left, who owns the carrier, and where each lane goes on.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::{Bytes, BytesMut};
use tokio::sync::{mpsc, watch};
use tokio_util::task::AbortOnDropHandle;
use volley_carrier_egress_core::{
    Account, Allowances, Carrier, Inbound, Newest, Now, Outbox, Start, StoreRow, disown_store, judge_start, keep_store,
    kept_store, number_after,
};
use volley_event_log::{EventLog, LogError, ReadLimit, Record as LogRecord, Topic};
use volley_events::{
    JournalEntry, Run,
    config::{AccountConfig, CarrierConfig},
};
use volley_runtime::{HealthHandle, Secret};
use volley_smpp::SubmitSm;
use volley_state_store::{DurableRows, DurableStore, StoreIdentity};
use volley_types::{CarrierName, Lane, Partition, RunId};
use volley_wire::topics;
use xxhash_rust::xxh3::xxh3_128;

use super::{INBOX_MAX, Task, line::Line};
use crate::{
    error::CarrierError,
    journal::{self, Journal},
    lanes::LaneReader,
    log::{Acknowledged, Appender, Batch},
    metrics::CarrierMetrics,
    outbind,
    rules::Rules,
    supervise::Context,
};

/// Records of the journal, from its end, in which the newest run is looked for first.
const JOURNAL_TAIL: u64 = 4_096;

/// How long a log that is away rests before it is asked again, in milliseconds.
const RETRY_PAUSE_MS: u64 = 500;

/// Opens everything. Sending begins when the run has read itself on the journal.
pub(super) async fn open(context: &Context, name: &CarrierName, health: &HealthHandle) -> Result<Task, CarrierError> {
    let directory = context.shell.followed.directory();
    let config = directory
        .carrier(name)
        .cloned()
        .ok_or_else(|| CarrierError::Unknown(name.clone()))?;
    let log = Arc::clone(&context.shell.log);
    let topic = ensure(context, &topics::of_carrier(name)).await?;
    let mut rows = open_store(context, name)?;
    let end = log.bounds(&topic, 0).await?.end;
    let newest = newest_run(log.as_ref(), &topic).await?;
    let (run, start) = identify(&mut rows, newest.as_ref())?;

    let (sender, inbox) = mpsc::channel(INBOX_MAX);
    let reader = journal::follow(Arc::clone(&log), topic.clone(), end, sender.clone());
    let now = context.now();
    let mut task = Task {
        core: new_core(context, &config, &run),
        rows,
        out: Outbox::default(),
        lines: BTreeMap::new(),
        links: BTreeMap::new(),
        newest_link: 0,
        sender,
        inbox,
        appender: Appender::new(log, name),
        journal: Journal::new(topic.clone(), run, newest.map(|newest| newest.run)),
        _journal_reader: AbortOnDropHandle::new(tokio::spawn(reader)),
        _recall_reader: None,
        metrics: CarrierMetrics::new(name),
        draft: SubmitSm::default(),
        octets: BytesMut::new(),
        run_us: u64::try_from(now.wall.as_micros()).unwrap_or(0),
        next_sweep_us: 0,
        rate_due_us: None,
        stopping: None,
        health: health.clone(),
        manner_told: false,
        context: context.clone(),
        name: name.clone(),
        rules: Arc::new(Rules::of(&directory, &config)),
        config,
    };
    if start == Start::StoreLost {
        task.give_up_what_is_unsettled(&topic).await?;
    }
    keep_store(&mut task.rows, StoreRow { store: run.store })?;
    task.rows.commit()?;
    task.take_up_recalls(now).await?;
    task.take_up_arrivals(now)?;
    task.configure(now).await?;
    task.tell_health(now);
    tracing::info!(carrier = %name, run = %run.run, "opened");
    Ok(task)
}

fn new_core(context: &Context, config: &CarrierConfig, run: &Run) -> Carrier {
    let (name, home) = (config.carrier.clone(), config.home);
    let patience = context.config.patience.into();
    let mut inbound = Inbound::new(name, home, context.shell.topics.partitions, run.run, patience);
    inbound.set_receipt_ids(run.receipt_ids);
    Carrier::new(inbound)
}

/// Where the store of a carrier lies.
pub(crate) fn store_dir(context: &Context, name: &CarrierName) -> PathBuf {
    context.config.state.dir.join("carrier-egress").join(name.as_str())
}

fn open_store(context: &Context, name: &CarrierName) -> Result<DurableRows, CarrierError> {
    let directory = store_dir(context, name);
    let service = format!("carrier-egress/{name}");
    let identity = StoreIdentity {
        service: &service,
        partition: Partition(0),
        partitions: context.shell.topics.partitions,
        log: context.shell.log.identity().0,
        canonicalisation_version: context.shell.canonicalisation_version,
        hash: "xxh3-64",
    };
    Ok(DurableStore::open(&directory, &identity, &context.memory)?.rows())
}

/// Which store, run and boot this is, and how it begins. A store that does not know everything gets a new id, which is kept
/// when it does.
fn identify(rows: &mut DurableRows, newest: Option<&Run>) -> Result<(Run, Start), CarrierError> {
    let random = || RunId::from_bytes(volley_runtime::random_bytes());
    // Where the machine does not tell its boots apart, every start counts as one after a power failure.
    let boot = match volley_runtime::boot_id() {
        Ok(boot) => RunId::from_bytes(xxh3_128(boot.as_bytes()).to_be_bytes()),
        Err(error) => {
            tracing::warn!(%error, "the machine does not tell its boot");
            random()
        }
    };
    let store = kept_store(rows)?.map_or_else(random, |row| row.store);
    let start = judge_start(newest, store, boot);
    let store = match start {
        Start::GoOn => store,
        Start::StoreLost => {
            disown_store(rows);
            rows.commit()?;
            random()
        }
    };
    let receipt_ids = newest.map(|newest| newest.receipt_ids).unwrap_or_default();
    let number = number_after(newest);
    Ok((Run { store, run: random(), boot, clean_stop: false, receipt_ids, number }, start))
}

/// The newest run on the journal.
async fn newest_run(log: &dyn EventLog, topic: &Topic) -> Result<Option<Run>, LogError> {
    let bounds = log.bounds(topic, 0).await?;
    let tail = bounds.end.saturating_sub(JOURNAL_TAIL).max(bounds.start);
    for from in [tail, bounds.start] {
        let mut newest = Newest::default();
        read_range(log, topic, from, bounds.end, |record| {
            if let Some(JournalEntry::Run(run)) = journal::entry_of(&record) {
                newest.read(run);
            }
        })
        .await?;
        let newest = newest.run();
        if newest.is_some() || from == bounds.start {
            return Ok(newest);
        }
    }
    Ok(None)
}

/// Reads the records of a topic's one partition from `from` up to `end`.
pub(super) async fn read_range(
    log: &dyn EventLog,
    topic: &Topic,
    from: u64,
    end: u64,
    mut each: impl FnMut(LogRecord),
) -> Result<(), LogError> {
    if from >= end {
        return Ok(());
    }
    let mut reader = log.reader(topic, 0, from)?;
    while reader.position() < end {
        match reader.next(ReadLimit::default()).await {
            Ok(records) => records.into_iter().filter(|record| record.offset < end).for_each(&mut each),
            Err(error) if error.is_retriable() => tokio::time::sleep(Duration::from_millis(RETRY_PAUSE_MS)).await,
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Makes a topic of one partition, or verifies it.
pub(super) async fn ensure(context: &Context, plan: &topics::TopicPlan) -> Result<Topic, LogError> {
    volley_backbone::ensure(context.shell.log.as_ref(), plan, context.shell.topics.partitions).await
}

impl Task {
    /// Appends again what an earlier run stored of deliveries and had not answered.
    fn take_up_arrivals(&mut self, now: Now) -> Result<(), CarrierError> {
        let kept = self.core.inbound_mut().restore(now, &self.rows)?;
        let (mut batch, mut acknowledged) = (Batch::default(), Acknowledged::default());
        for (arrival, row) in kept {
            acknowledged.arrivals.push(arrival);
            let record = self.appender.stamp(Bytes::from(row.value), row.received_at);
            batch.push(&self.context.shell.topics.correlation_in, Partition(row.partition), record);
        }
        self.appender.append(batch, acknowledged);
        Ok(())
    }

    /// Takes an account in, as its rows left it, and begins to read its lanes.
    pub(super) async fn add_line(&mut self, config: &Arc<AccountConfig>, now: Now) -> Result<(), CarrierError> {
        let id = &config.account;
        let mut lanes = Vec::new();
        for (lane, plan) in Lane::ALL.into_iter().zip(topics::of_account(id)) {
            lanes.push((lane, ensure(&self.context, &plan).await?));
        }
        let settings = self.rules.settings(config);
        let account = Account::restore(id.clone(), self.name.clone(), settings, now, &self.rows)?;
        let positions = Lane::ALL.map(|lane| watch::Sender::new(account.position(lane)));
        let allowances = Allowances::new(self.run_us, self.context.shell.topics.partitions);
        let password = self.password_of(config);
        let mut line =
            Line::new(Arc::clone(config), Arc::clone(&self.rules), password, allowances, positions, Instant::now());
        for ((lane, topic), position) in lanes.into_iter().zip(&line.positions) {
            let reader = LaneReader {
                log: Arc::clone(&self.context.shell.log),
                topic,
                account: id.clone(),
                lane,
                position: position.subscribe(),
                inbox: self.sender.clone(),
            };
            line.readers.push(AbortOnDropHandle::new(tokio::spawn(reader.run())));
        }
        if let Some(outbind) = self.context.config.outbind(id) {
            let listening = outbind::listen(id.clone(), outbind.clone(), self.sender.clone());
            line.readers.push(AbortOnDropHandle::new(tokio::spawn(listening)));
        }
        self.core.add(account);
        self.lines.insert(id.clone(), line);
        Ok(())
    }

    fn password_of(&self, config: &AccountConfig) -> Secret {
        self.context.config.password(&config.account).cloned().unwrap_or_else(|| {
            tracing::warn!(account = %config.account, "no password is set, and it binds with an empty one");
            Secret::default()
        })
    }
}
