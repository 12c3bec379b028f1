//! The shell around the carrier: a listener, a task for each connection, and one clock for everything that is due.

mod connection;
mod handle;

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use thiserror::Error;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use handle::{CarrierSimHandle, WaitTimeout};

use crate::carrier::{Carrier, Signals};
use crate::clock::Now;
use crate::config::{ConfigError, SimConfig};
use crate::journal::JournalFile;

/// How finely delays are kept, in milliseconds: what is due within one such span is done together.
const TICK_MS: u64 = 1;
/// How long the clock sleeps when nothing is due, in milliseconds.
const IDLE_TICK_MS: u64 = 1_000;
/// How long the listener rests after a failed accept, in milliseconds.
const ACCEPT_RETRY_MS: u64 = 50;

/// Why a carrier did not start.
#[derive(Debug, Error)]
pub enum StartError {
    /// The configuration cannot be.
    #[error("the configuration is wrong")]
    Config(#[from] ConfigError),
    /// The address is not to be had.
    #[error("cannot listen")]
    Listen(#[source] io::Error),
    /// The journal's file is not to be had.
    #[error("cannot open the journal")]
    Journal(#[source] io::Error),
}

/// A simulated carrier.
pub struct CarrierSim;

impl CarrierSim {
    /// Starts a carrier on the current runtime and gives its handle once it listens.
    pub async fn start(config: SimConfig) -> Result<CarrierSimHandle, StartError> {
        config.check()?;
        let listener = TcpListener::bind(config.listen).await.map_err(StartError::Listen)?;
        let addr = listener.local_addr().map_err(StartError::Listen)?;
        let file = config
            .journal
            .as_deref()
            .map(JournalFile::open)
            .transpose()
            .map_err(StartError::Journal)?;
        let shared = Arc::new(Shared::new(config, file));
        shared.tasks.spawn(accept_all(Arc::clone(&shared), listener));
        shared.tasks.spawn(keep_time(Arc::clone(&shared)));
        Ok(CarrierSimHandle::new(shared, addr))
    }
}

/// What the tasks share.
struct Shared {
    carrier: Mutex<Carrier>,
    earlier: Arc<Notify>,
    arrived: Arc<Notify>,
    /// No new connections; those there are end when their client agrees.
    closing: CancellationToken,
    /// Everything ends.
    closed: CancellationToken,
    tasks: TaskTracker,
    connections: TaskTracker,
}

impl Shared {
    fn new(config: SimConfig, file: Option<JournalFile>) -> Self {
        let (earlier, arrived) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let signals = Signals { earlier: Arc::clone(&earlier), arrived: Arc::clone(&arrived) };
        Self {
            carrier: Mutex::new(Carrier::new(config, file, signals, Now::read())),
            earlier,
            arrived,
            closing: CancellationToken::new(),
            closed: CancellationToken::new(),
            tasks: TaskTracker::new(),
            connections: TaskTracker::new(),
        }
    }

    /// The carrier, for as long as it takes to tell it something.
    fn carrier(&self) -> MutexGuard<'_, Carrier> {
        self.carrier.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn accept_all(shared: Arc<Shared>, listener: TcpListener) {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = shared.closing.cancelled() => return,
        };
        match accepted {
            Ok((stream, _)) => welcome(&shared, stream),
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(ACCEPT_RETRY_MS)).await;
            }
        }
    }
}

fn welcome(shared: &Arc<Shared>, stream: TcpStream) {
    if shared.carrier().is_hung_up() {
        return;
    }
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection was gone before it was used");
        return;
    }
    shared.connections.spawn(connection::serve(Arc::clone(shared), stream, None));
}

/// Connects to a client, and says who calls.
async fn call(shared: &Arc<Shared>, to: SocketAddr, call: connection::Call) -> io::Result<()> {
    let stream = TcpStream::connect(to).await?;
    stream.set_nodelay(true)?;
    shared
        .connections
        .spawn(connection::serve(Arc::clone(shared), stream, Some(call)));
    Ok(())
}

/// Tells the carrier the time whenever something is due.
async fn keep_time(shared: Arc<Shared>) {
    loop {
        let idle = Instant::now() + Duration::from_millis(IDLE_TICK_MS);
        let next = shared.carrier().next_tick().map_or(idle, |next| next.min(idle));
        let soonest = Instant::now() + Duration::from_millis(TICK_MS);
        tokio::select! {
            () = tokio::time::sleep_until(next.max(soonest).into()) => {}
            () = shared.earlier.notified() => continue,
            () = shared.closed.cancelled() => return,
        }
        shared.carrier().tick(Now::read());
    }
}
