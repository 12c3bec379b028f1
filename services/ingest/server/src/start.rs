//! Putting the parts together.

use std::{net::SocketAddr, sync::Arc};

use anyhow::Context;
use tokio::{net::TcpListener, sync::Semaphore};
use volley_backbone::{Followed, Follower, Topics, connect};
use volley_event_log::EventLog;
use volley_events::Record;
use volley_ingest_core::KeyHash;
use volley_runtime::{App, Clock, random_u64};

use crate::{
    Config, MessageQueries, RemoteQueries,
    admin::{Admin, Applied, Registrar},
    auth::Keyring,
    door::{Appender, Door, DoorParts, Gate},
    events::{Cursors, EventStreams},
    follow,
    messaging::{Messaging, STREAMS_MAX},
    metrics,
    operator::OperatorParts,
    serve::{Services, serve},
    stamp::Stamp,
    wishes::Wishes,
};

/// How far back progress is read at a start, in microseconds: each processor tells it once a second.
const PROGRESS_BACK_US: i64 = 10_000_000;

/// What a front door works with, and shares with the other services of its process.
#[derive(Clone)]
pub struct Parts {
    /// The log.
    pub log: Arc<dyn EventLog>,
    /// Its topics.
    pub topics: Topics,
    /// The configuration, followed.
    pub followed: Followed,
    /// The clock.
    pub clock: Clock,
    /// Who answers questions about messages and conversations.
    pub queries: Arc<dyn MessageQueries>,
    /// What the operator key is known by; `None` closes administration.
    pub operator_key: Option<KeyHash>,
}

/// A running front door.
#[derive(Debug, Clone, Copy)]
pub struct Handle {
    /// Where it listens.
    pub address: SocketAddr,
}

/// Starts on a log that others use too, as in `volley up`. When it returns, the port answers.
///
/// # Errors
/// When the port is taken or the log is away.
pub async fn start(config: &Config, parts: Parts, app: &mut App) -> anyhow::Result<Handle> {
    metrics::register();
    let component = app.health().register("ingest");
    let stamp = Arc::new(Stamp::of_run(random_u64()));
    let gate = Arc::new(gate(config, &parts).await?);
    // Drained last, for calls still need them: the folds and the appender.
    let behind = app.stage("ingest, behind the door");
    let progress = follow_progress(&parts).await?;
    let applied = Arc::new(Applied::new(parts.topics.partitions, parts.followed.clone()));
    let (heard, told) = (Arc::clone(&gate), Arc::clone(&applied));
    behind.spawn("progress", |drain| {
        progress.run(drain, move |record| {
            if let Record::Progress(progress) = record {
                told.heard(&progress);
                heard.heard(progress);
            }
        })
    });
    let follower = follow::Follower::new(Arc::clone(&parts.log), parts.topics.cursors.clone(), 0).await?;
    let cursors = cursors(&parts, follower.followed(), &stamp);
    let folded = cursors.clone();
    behind.spawn("cursors", |drain| follower.run(drain, move |record| folded.fold(record)));
    cursors.catch_up().await.context("cursors cannot be read")?;
    let door = door(&parts, &gate, &stamp, &behind);

    let listen = config.grpc.listen;
    let listener = TcpListener::bind(listen)
        .await
        .with_context(|| format!("cannot listen on {listen}"))?;
    let address = listener.local_addr()?;
    let front = app.stage("ingest");
    let services = services(parts, door, cursors, stamp, applied, front.drain(), component);
    front.spawn("gRPC", |drain| serve(services, listener, drain));
    tracing::info!(%address, "gRPC port");
    Ok(Handle { address })
}

/// Starts alone, against Kafka.
///
/// # Errors
/// When the brokers cannot be reached, the topics are not as they must be, or the configuration is wrong.
pub async fn start_alone(config: Config, app: &mut App) -> anyhow::Result<()> {
    let operator_key = operator_key(&config.auth.operator_key_sha256)?;
    let queries = Arc::new(RemoteQueries::new(&config.queries)?);
    let log = connect(&config.kafka).await?;
    let topics = Topics::ensure(log.as_ref(), config.kafka.partitions).await?;
    let follower = Follower::start(log.as_ref(), &topics.config).await?;
    let followed = follower.followed();
    follower.spawn(Arc::clone(&log), app);
    let parts = Parts { log, topics, followed, clock: Clock::system(), queries, operator_key };
    start(&config, parts, app).await?;
    Ok(())
}

fn operator_key(written: &str) -> anyhow::Result<Option<KeyHash>> {
    if written.is_empty() {
        return Ok(None);
    }
    let mut hash = KeyHash::default();
    hex::decode_to_slice(written, &mut hash).context("auth.operator_key_sha256 is not 64 hexadecimal digits")?;
    Ok(Some(hash))
}

async fn gate(config: &Config, parts: &Parts) -> anyhow::Result<Gate> {
    let routing_in = &parts.topics.routing_in;
    let mut ends = Vec::with_capacity(routing_in.partitions() as usize);
    for partition in 0..routing_in.partitions() {
        ends.push(parts.log.bounds(routing_in, partition).await?.end);
    }
    Ok(Gate::new(config.admission.clone(), &ends, parts.clock.clone()))
}

async fn follow_progress(parts: &Parts) -> anyhow::Result<follow::Follower> {
    let (log, topic) = (Arc::clone(&parts.log), parts.topics.progress.clone());
    let from = log.offset_of_time(&topic, 0, parts.clock.now_us() - PROGRESS_BACK_US).await?;
    Ok(follow::Follower::new(log, topic, from).await?)
}

fn cursors(parts: &Parts, followed: follow::Followed, stamp: &Arc<Stamp>) -> Cursors {
    let (log, topic) = (Arc::clone(&parts.log), parts.topics.cursors.clone());
    Cursors::new(log, topic, followed, Arc::clone(stamp), parts.clock.clone())
}

fn door(parts: &Parts, gate: &Arc<Gate>, stamp: &Arc<Stamp>, stage: &volley_runtime::Stage) -> Arc<Door> {
    let (door, memory, queue) = Door::new(DoorParts {
        followed: parts.followed.clone(),
        partitions: parts.topics.partitions,
        clock: parts.clock.clone(),
        health: parts.log.health(),
        gate: Arc::clone(gate),
        stamp: Arc::clone(stamp),
    });
    let (log, topic, gate) = (Arc::clone(&parts.log), parts.topics.routing_in.clone(), Arc::clone(gate));
    let appender = Appender { log, topic, memory, gate, queue };
    stage.spawn("appends", |drain| appender.run(drain));
    Arc::new(door)
}

fn services(
    parts: Parts,
    door: Arc<Door>,
    cursors: Cursors,
    stamp: Arc<Stamp>,
    applied: Arc<Applied>,
    drain: volley_runtime::Drain,
    component: volley_runtime::HealthHandle,
) -> Services {
    let Parts { log, topics, followed, clock, queries, operator_key } = parts;
    let registrar =
        Registrar::new(Arc::clone(&log), topics.clone(), followed.clone(), Arc::clone(&stamp), clock.clone());
    let registrar = Arc::new(registrar);
    let wishes = Wishes::new(
        Arc::clone(&log),
        topics.routing_in.clone(),
        Arc::clone(&queries),
        Arc::clone(&door),
        stamp,
        clock.clone(),
    );
    let events = EventStreams::new(Arc::clone(&log), topics.clone(), followed.clone(), cursors, clock);
    let health = log.health();
    let operator = OperatorParts {
        log,
        topics,
        followed: followed.clone(),
        door: Arc::clone(&door),
        queries: Arc::clone(&queries),
        registrar: Arc::clone(&registrar),
        drain: drain.clone(),
    };
    Services {
        messaging: Messaging { door, events, wishes, drain, streams: Arc::new(Semaphore::new(STREAMS_MAX)) },
        admin: Admin::new(registrar, applied),
        operator: operator.into(),
        keyring: Keyring::new(followed, operator_key),
        health,
        component,
    }
}
