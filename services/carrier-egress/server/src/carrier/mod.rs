//! The task of one carrier: it owns the core, the store, the sessions, and what is on its way to the log.
//!
//! ```text
//!   lanes, sockets, acknowledgements, time ──▶ core decides ──▶ one write to the store ──▶ sockets ──▶ log
//!                    all that is ready            a turn
//! ```
//!
//! CAR-1: no octet of a turn goes to a socket, and no record to the log, before the turn's rows are written.
//! CAR-2: a settlement is appended after the log has acknowledged the report it follows.
//! CAR-3: nothing is sent unless this run is the newest on the carrier's journal, and was so within ten seconds.

mod ending;
mod inputs;
mod line;
mod open;
mod recall;
mod stop;
mod store_lost;
mod turn;

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::BytesMut;
use tokio::{
    net::TcpStream,
    sync::{mpsc, watch},
};
use tokio_util::task::AbortOnDropHandle;
use volley_carrier_egress_core::{Carrier, LinkId, Now, Outbox};
use volley_event_log::LogError;
use volley_events::config::CarrierConfig;
use volley_runtime::{Drain, HealthHandle};
use volley_smpp::SubmitSm;
use volley_state_store::DurableRows;
use volley_types::{AccountId, CarrierName, Lane, RunId};

use crate::{
    error::CarrierError,
    journal::Journal,
    lanes::LaneRecord,
    link::LinkInput,
    log::{Acknowledged, Appender},
    metrics::CarrierMetrics,
    recalls::Told,
    rules::Rules,
    supervise::Context,
};
use line::Line;
pub(crate) use open::store_dir;
use stop::Stopping;

/// Inputs that may wait for the task. A chunk of a socket is 64 KiB at most, one of a lane 512 KiB.
const INBOX_MAX: usize = 128;

/// Most inputs taken into one turn.
const TURN_INPUTS_MAX: usize = 64;

/// How often time alone is looked at, in microseconds.
const SWEEP_US: u64 = 50_000;

/// What wakes a carrier's task from outside.
#[derive(Debug)]
pub(crate) enum Input {
    /// Records of a lane.
    Orders { account: AccountId, lane: Lane, records: Vec<LaneRecord> },
    /// A lane cannot be read any more.
    LaneFailed { account: AccountId, lane: Lane, error: LogError },
    /// Something happened on a connection.
    Link(LinkId, LinkInput),
    /// The carrier has called an account, and said who it is.
    Called { account: AccountId, stream: TcpStream },
    /// A run was read on the journal.
    Run { run: RunId, counter: u64 },
    /// The journal cannot be read any more.
    JournalFailed(LogError),
    /// Routing takes something back.
    Recalls(Vec<Told>),
    /// Recalls cannot be read any more.
    RecallsFailed(LogError),
}

/// Everything the task owns.
struct Task {
    context: Context,
    name: CarrierName,
    config: Arc<CarrierConfig>,
    rules: Arc<Rules>,
    core: Carrier,
    rows: DurableRows,
    out: Outbox,
    lines: BTreeMap<AccountId, Line>,
    /// Which session a connection belongs to.
    links: BTreeMap<LinkId, (AccountId, u16)>,
    newest_link: u64,
    sender: mpsc::Sender<Input>,
    inbox: mpsc::Receiver<Input>,
    appender: Appender,
    journal: Journal,
    _journal_reader: AbortOnDropHandle<()>,
    _recall_reader: Option<AbortOnDropHandle<()>>,
    metrics: CarrierMetrics,
    draft: SubmitSm,
    /// Memory for what goes to a socket.
    octets: BytesMut,
    /// Start time of this run, microseconds: rules over what earlier runs allowed.
    run_us: u64,
    next_sweep_us: u64,
    /// When a rate lets more through, if one holds something back.
    rate_due_us: Option<u64>,
    stopping: Option<Stopping>,
    health: HealthHandle,
    /// That receipts name ids otherwise than they were given has been logged.
    manner_told: bool,
}

/// Runs a carrier until the drain is over, or something is wrong.
///
/// # Errors
/// The log or the store refused for good, or another run took over.
pub(crate) async fn run(
    context: &Context,
    name: &CarrierName,
    health: &HealthHandle,
    drain: &Drain,
) -> Result<(), CarrierError> {
    let offsets = context.shell.followed.offsets();
    let opened = Box::pin(open::open(context, name, health));
    let task = tokio::select! {
        () = drain.requested() => return Ok(()),
        task = opened => task?,
    };
    Box::pin(task.run(offsets, drain)).await
}

impl Task {
    async fn run(mut self, mut offsets: watch::Receiver<u64>, drain: &Drain) -> Result<(), CarrierError> {
        enum Woken {
            Input(Option<Input>),
            Acknowledged(Result<Acknowledged, LogError>),
            Configured,
            Time,
            Drain,
        }
        loop {
            let (wake_at, may_stop) = (self.wake_at().into(), self.stopping.is_none());
            let woken = tokio::select! {
                input = self.inbox.recv() => Woken::Input(input),
                acknowledged = self.appender.next() => Woken::Acknowledged(acknowledged),
                Ok(()) = offsets.changed() => Woken::Configured,
                () = tokio::time::sleep_until(wake_at) => Woken::Time,
                () = drain.requested(), if may_stop => Woken::Drain,
            };
            let now = self.context.now();
            match woken {
                Woken::Input(Some(input)) => self.take(input, now)?,
                Woken::Acknowledged(acknowledged) => self.acknowledged(acknowledged?, now)?,
                Woken::Configured => self.configure(now).await?,
                Woken::Input(None) | Woken::Time => {}
                Woken::Drain => self.stop(),
            }
            self.take_what_is_ready(now)?;
            self.turn(now)?;
            if self.is_stopped(now)? {
                return Ok(());
            }
        }
    }

    fn take_what_is_ready(&mut self, now: Now) -> Result<(), CarrierError> {
        for _ in 0..TURN_INPUTS_MAX {
            let Ok(input) = self.inbox.try_recv() else { break };
            self.take(input, now)?;
        }
        while let Some(acknowledged) = self.appender.ready() {
            self.acknowledged(acknowledged?, now)?;
        }
        Ok(())
    }

    /// When to wake though nothing happened.
    fn wake_at(&self) -> Instant {
        let now_us = self.context.now().monotonic_us;
        let due_us = self
            .rate_due_us
            .map_or(self.next_sweep_us, |due_us| due_us.min(self.next_sweep_us));
        Instant::now() + Duration::from_micros(due_us.saturating_sub(now_us))
    }

    /// Takes over what was configured since.
    async fn configure(&mut self, now: Now) -> Result<(), CarrierError> {
        let directory = self.context.shell.followed.directory();
        if let Some(config) = directory.carrier(&self.name)
            && *config != self.config
        {
            self.config = Arc::clone(config);
            self.core.inbound_mut().set_home(config.home);
        }
        let rules = Rules::of(&directory, &self.config);
        let other_rules = *self.rules != rules;
        if other_rules {
            self.rules = Arc::new(rules);
        }
        let name = self.name.clone();
        for account in directory.accounts().filter(|account| account.carrier == name) {
            match self.lines.get_mut(&account.account) {
                None => self.add_line(account, now).await?,
                Some(line) if line.config != *account || other_rules => {
                    line.configure(account, &self.rules, Instant::now());
                    if let Some(of_core) = self.core.account_mut(&account.account) {
                        of_core.configure(line.settings, now);
                    }
                }
                Some(_) => {}
            }
        }
        Ok(())
    }
}
