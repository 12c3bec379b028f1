//! The disk is full: a clear error, unhealthy, refused at the door; and when it has room again it goes on, in process, with nothing lost.

use std::{collections::BTreeSet, time::Duration};

use anyhow::{Context, Result, ensure};
use tokio::time::{Instant, sleep, timeout};
use volley_chaos::{
    Carrier, Load, Pace, SmallDisk, audit,
    balance::{balance, final_states},
};
use volley_e2e::{
    Backend, Volley,
    backend::{Code, code_of},
    embedded::Embedded,
    provision::{ACME_NUMBER, provision},
};
use volley_event_log::{
    EventLog, Health, LogError, NewRecord, PartitionAppend, ReadLimit, Retention, Topic, TopicSpec,
    embedded::{EmbeddedLog, EmbeddedOptions},
};
use volley_wire::proto::messaging::v1::TrafficClass;

/// How long the log may take to notice, or to go on.
const PATIENCE: Duration = Duration::from_secs(60);

/// The disk of the log alone, and what is left of it once it is filled.
const LOG_DISK_MIB: u32 = 48;
const LOG_LEFT: u64 = 4 << 20;

/// How long the log refuses everything before it counts as full: it looks for room every second.
const REFUSED: Duration = Duration::from_secs(3);

/// A disk for everything that `volley up` keeps, and what is left of it once it is filled: enough to start with.
const DISK_MIB: u32 = 512;
const LEFT: u64 = 8 << 20;

/// Too little for a start, which opens some twenty stores: nothing at all, and enough for the log and some of them.
const TOO_LITTLE: [u64; 2] = [0, 1 << 20];

/// How long a start stands before the disk gets room.
const STANDING: Duration = Duration::from_secs(5);

/// Handset that a message to is refused while the disk is full.
const HANDSET: &str = "821020040001";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_says_that_its_disk_is_full_and_goes_on_when_it_has_room() -> Result<()> {
    let Some(disk) = SmallDisk::mount(LOG_DISK_MIB)? else { return Ok(()) };
    let options = EmbeddedOptions { memtable_bytes: 1 << 20, ..EmbeddedOptions::default() };
    let log = EmbeddedLog::open(disk.path().join("log"), options.clone()).await?;
    let topic = log
        .ensure_topic(&TopicSpec::new("volley.test.v1", 1, Retention::Forever))
        .await?;
    let mut numbers = Numbers::default();
    numbers.append(&log, &topic).await?;

    let mut health = log.health();
    disk.fill(LOG_LEFT)?;
    let refused = numbers.until_refused(&log, &topic, &disk).await?;
    ensure!(refused.to_string().contains("is full"), "{refused}");
    let is_full = |health: &Health| matches!(health, Health::Unhealthy { reason, .. } if reason.contains("is full"));
    timeout(PATIENCE, health.wait_for(is_full)).await.context("health")??;

    disk.make_room()?;
    timeout(PATIENCE, health.wait_for(Health::is_healthy))
        .await
        .context("the log does not go on")??;
    for _ in 0..100 {
        numbers.append(&log, &topic).await?;
    }
    numbers.are_there(&log, &topic).await?;
    log.close().await?;
    let log = EmbeddedLog::open(disk.path().join("log"), options).await?;
    numbers.are_there(&log, &topic).await.context("opened again")?;
    log.close().await?;
    Ok(())
}

/// Records that are numbered from 0, and what became of them.
#[derive(Default)]
struct Numbers {
    next: u64,
    acknowledged: Vec<u64>,
    /// Their append failed: they may be there or not.
    unknown: BTreeSet<u64>,
}

impl Numbers {
    /// Appends one record of a kilobyte that begins with a number.
    async fn append(&mut self, log: &EmbeddedLog, topic: &Topic) -> Result<(), LogError> {
        let number = self.next;
        self.next += 1;
        let mut value = number.to_be_bytes().to_vec();
        value.resize(1 << 10, 7);
        let records = vec![NewRecord { value: value.into(), ..NewRecord::default() }];
        let append = PartitionAppend { topic: topic.clone(), partition: 0, records };
        let appended = log.append(vec![append]).await;
        match &appended {
            Ok(_) => self.acknowledged.push(number),
            Err(_) => drop(self.unknown.insert(number)),
        }
        appended.map(drop)
    }

    /// Appends until the log has refused for a while, and takes what room it finds by tidying up. Gives the last refusal.
    async fn until_refused(&mut self, log: &EmbeddedLog, topic: &Topic, disk: &SmallDisk) -> Result<LogError> {
        let (deadline, mut since) = (Instant::now() + PATIENCE, None);
        loop {
            match self.append(log, topic).await {
                Ok(()) => since = None,
                Err(error) => {
                    ensure!(error.is_retriable(), "{error}");
                    disk.fill(0)?;
                    if since.get_or_insert_with(Instant::now).elapsed() > REFUSED {
                        return Ok(error);
                    }
                    sleep(Duration::from_millis(50)).await;
                }
            }
            ensure!(Instant::now() < deadline, "the disk is full, and the log takes {} records", self.next);
        }
    }

    /// Everything acknowledged is there, once and in order; beside it nothing but what may be there, once too.
    async fn are_there(&self, log: &EmbeddedLog, topic: &Topic) -> Result<()> {
        let end = log.bounds(topic, 0).await?.end;
        let mut reader = log.reader(topic, 0, 0)?;
        let mut found = Vec::new();
        while reader.position() < end {
            for record in reader.next(ReadLimit::default()).await? {
                found.push(u64::from_be_bytes(record.value[..8].try_into()?));
            }
        }
        ensure!(found.is_sorted_by(|one, next| one < next), "out of order, or twice");
        found.retain(|number| !self.unknown.contains(number));
        ensure!(
            found == self.acknowledged,
            "{} are there, {} were acknowledged",
            found.len(),
            self.acknowledged.len()
        );
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn volley_refuses_at_the_door_while_its_disk_is_full_and_goes_on_with_nothing_lost() -> Result<()> {
    let Some(disk) = SmallDisk::mount(DISK_MIB)? else { return Ok(()) };
    let carrier = Carrier::start()?;
    let mut volley = Embedded::start_in(disk.home()?, carrier.address()).await?;
    let tenants = provision(&volley).await?;
    // Files that are open have room set aside; those of a new start have not.
    volley.stop()?;
    disk.fill(LEFT)?;
    volley.start_again().await?;
    let pid = volley.pid();

    let load = Load::new(tenants.acme.clone(), Pace::FULL);
    let running = load.start(volley.front_door());
    until(&volley, "is full").await?;
    ensure!(volley.health()?.status != 200, "it says that it is ready");
    let mut backend = Backend::connect(&volley, &tenants.acme).await?;
    let refused = backend
        .send("full-1", ACME_NUMBER, HANDSET, "No room?", TrafficClass::Transactional)
        .await;
    let code = refused.as_ref().err().and_then(code_of);
    ensure!(matches!(code, Some(Code::Unavailable | Code::ResourceExhausted)), "{refused:?}");
    let during = load.told().len();

    disk.make_room()?;
    until_ready(&volley).await?;
    let (deadline, enough) = (Instant::now() + PATIENCE, load.told().len() + 100);
    while load.told().len() < enough {
        ensure!(Instant::now() < deadline, "only {} messages were accepted", load.told().len() - during);
        sleep(Duration::from_millis(50)).await;
    }
    running.stop().await?;
    ensure!(volley.pid() == pid, "it was started again");

    let told = load.told();
    let mut backend = Backend::connect(&volley, &tenants.acme).await?;
    let ends = final_states(&mut backend, &told).await?;
    balance(&[&carrier], &told, &ends)?;
    volley.stop()?;
    let copy = tempfile::tempdir()?;
    disk.copy_to(copy.path())?;
    audit::adds_up(copy.path())?;
    audit::replays(copy.path())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_on_a_disk_with_too_little_room_waits_for_more() -> Result<()> {
    let Some(disk) = SmallDisk::mount(DISK_MIB)? else { return Ok(()) };
    let carrier = Carrier::start()?;
    let mut volley = Embedded::start_in(disk.home()?, carrier.address()).await?;
    for left in TOO_LITTLE {
        volley.stop()?;
        disk.fill(left)?;

        let begun = Instant::now();
        let room = async {
            sleep(STANDING).await;
            disk.make_room()
        };
        let (started, room) = tokio::join!(volley.start_again(), room);
        room?;
        started.with_context(|| format!("with {left} octets left"))?;
        // What failed attempts leave behind is removed by the next ones: where anything is left, that may be room enough.
        ensure!(left > 0 || begun.elapsed() > STANDING, "it came up before there was room");
        until_ready(&volley).await?;
    }
    volley.stop()
}

/// Waits until it says that it is not ready, with these words.
async fn until(volley: &Embedded, words: &str) -> Result<()> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let health = volley.health()?;
        if health.status != 200 && health.body.contains(words) {
            return Ok(());
        }
        ensure!(Instant::now() < deadline, "it does not say that it {words}: {}", health.body);
        sleep(Duration::from_millis(50)).await;
    }
}

async fn until_ready(volley: &Embedded) -> Result<()> {
    let deadline = Instant::now() + PATIENCE;
    while volley.health()?.status != 200 {
        ensure!(Instant::now() < deadline, "it does not go on: {}", volley.health()?.body);
        sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}
