//! One running instance, told everything through its environment.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use volley_kafka::free_address;

use super::{Kind, Seat};
use crate::{http, process::Process, scenarios::PASSWORD};

/// How long a service may take to be ready, or to say something else.
const SAY_PATIENCE: Duration = Duration::from_secs(90);

/// Partitions of the subscriber topics: enough for two instances to own two each, few enough to be light.
const PARTITIONS: u16 = 4;

/// The key under which handsets are hidden on the public topic.
pub(super) const EVENT_KEY: &str = "hides handsets on the public topic";

/// The SHA-256 of the operator's key.
const OPERATOR_KEY_SHA256: &str = "903311446115771283a8efb061452c3c7c14498ff58b8e73fb0fba5351658b20";

/// What every instance is told.
#[derive(Debug, Clone)]
pub(super) struct Surroundings {
    pub(super) brokers: String,
    pub(super) replication: usize,
    pub(super) instances: u16,
    /// The query ports of mo-correlation, by ordinal.
    pub(super) queries: Vec<SocketAddr>,
    /// The accounts, as the environment writes them; all with the same password.
    pub(super) accounts: Vec<String>,
}

/// Where an instance listens, and keeps its state.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) admin: SocketAddr,
    /// The front door, or the port for questions.
    pub(super) port: SocketAddr,
    pub(super) state: PathBuf,
}

impl Place {
    /// Ports nobody has, and a state that is not there yet.
    pub(super) fn fresh(data: &Path, seat: Seat, generation: u32) -> Result<Self> {
        let state = data.join(format!("{}-{}-{generation}", seat.kind.binary(), seat.ordinal));
        Ok(Self { admin: free_address()?, port: free_address()?, state })
    }
}

/// A running instance.
#[derive(Debug)]
pub struct Service {
    seat: Seat,
    place: Place,
    process: Process,
}

impl Service {
    pub(super) fn start(seat: Seat, place: Place, told: &Surroundings, output: &Path) -> Result<Self> {
        let prefix = seat.kind.prefix();
        let environment: Vec<_> = settings(seat, &place, told)
            .into_iter()
            .map(|(key, value)| (format!("{prefix}__{key}"), value))
            .collect();
        let process = Process::start(seat.kind.binary(), [""; 0], &environment, output)?;
        Ok(Self { seat, place, process })
    }

    pub(super) fn place(&self) -> &Place {
        &self.place
    }

    /// Its process.
    pub fn process(&mut self) -> &mut Process {
        &mut self.process
    }

    /// The last lines of what it printed.
    pub fn said(&self) -> String {
        self.process.output_tail()
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    /// How it says it is, with every component.
    ///
    /// # Errors
    /// When it does not answer.
    pub fn health(&self) -> Result<String> {
        Ok(http::ask(self.place.admin, "GET", "/readyz")?.body)
    }

    /// Waits until it says that it is ready, or that it is not; it must run all the time.
    ///
    /// # Errors
    /// When it does not say so in time, or has ended.
    pub async fn until_ready(&mut self, ready: bool) -> Result<()> {
        let wanted = if ready { "that it is ready" } else { "that it is not ready" };
        self.until(wanted, |answer| (answer.status == 200) == ready).await
    }

    /// Waits until its health has these words in it; it must run all the time.
    ///
    /// # Errors
    /// When it does not say so in time, or has ended.
    pub async fn until_says(&mut self, words: &str) -> Result<()> {
        self.until(words, |answer| answer.body.contains(words)).await
    }

    async fn until(&mut self, wanted: &str, fits: impl Fn(&http::Answer) -> bool) -> Result<()> {
        let deadline = Instant::now() + SAY_PATIENCE;
        loop {
            let said = match http::ask(self.place.admin, "GET", "/readyz") {
                Ok(answer) if fits(&answer) => return Ok(()),
                Ok(answer) => answer.body,
                Err(error) => error.to_string(),
            };
            self.process.check_running().with_context(|| self.seat.to_string())?;
            if Instant::now() > deadline {
                bail!("{} does not say {wanted}, but: {said}\n{}", self.seat, self.process.output_tail());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

fn settings(seat: Seat, place: &Place, told: &Surroundings) -> Vec<(String, String)> {
    let mut settings = vec![
        ("KAFKA__BROKERS", told.brokers.clone()),
        ("KAFKA__REPLICATION_FACTOR", told.replication.to_string()),
        ("KAFKA__PARTITIONS", PARTITIONS.to_string()),
        ("RUNTIME__ADMIN__LISTEN", place.admin.to_string()),
    ];
    if seat.kind == Kind::Ingest {
        let queries: Vec<String> = told.queries.iter().map(|query| format!("\"http://{query}\"")).collect();
        settings.extend([
            ("GRPC__LISTEN", place.port.to_string()),
            ("AUTH__OPERATOR_KEY_SHA256", OPERATOR_KEY_SHA256.to_owned()),
            ("QUERIES__MO_CORRELATION", format!("[{}]", queries.join(","))),
        ]);
    } else {
        settings.extend([
            ("STATE__DIR", place.state.display().to_string()),
            ("OWNERSHIP__ORDINAL", seat.ordinal.to_string()),
            ("OWNERSHIP__INSTANCES", told.instances.to_string()),
        ]);
    }
    if seat.kind == Kind::MoCorrelation {
        settings.extend([("QUERY__LISTEN", place.port.to_string()), ("EVENT_KEY", EVENT_KEY.to_owned())]);
    }
    let named = |(key, value): (&str, String)| (key.to_owned(), value);
    let mut settings: Vec<_> = settings.into_iter().map(named).collect();
    if seat.kind == Kind::CarrierEgress {
        let password = |account: &String| (format!("PASSWORDS__{account}"), PASSWORD.to_owned());
        settings.extend(told.accounts.iter().map(password));
    }
    settings
}
