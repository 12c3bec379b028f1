//! Four processes on real Kafka: each service alone, as on machines of their own, told everything through its environment.
//!
//! ```text
//!   ingest ──▶ ┌───────┐ ◀──▶ routing
//!              │ Kafka │
//!              └───────┘ ◀──▶ carrier-egress ──SMPP──▶ carrier-sim in the test's process
//!   ingest ──questions──▶ mo-correlation ◀──▶ Kafka
//! ```

use std::{
    net::{SocketAddr, TcpListener},
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use tempfile::TempDir;
use volley_kafka::Broker;

use crate::{
    http,
    process::Process,
    provision::provision_carrier,
    scenarios::{CARRIER, PASSWORD},
    volley::Volley,
};

/// How long a service may take to be ready.
const READY_PATIENCE: Duration = Duration::from_secs(90);

/// Partitions of the subscriber topics: enough for two to differ, few enough to be light.
const PARTITIONS: u16 = 4;

/// The operator's key, and its SHA-256 as the front door is told it.
const OPERATOR_KEY: &str = "e2e-operator-key";
const OPERATOR_KEY_SHA256: &str = "903311446115771283a8efb061452c3c7c14498ff58b8e73fb0fba5351658b20";

/// The four services, the broker between them, and their data.
pub struct FourProcesses {
    services: Vec<Service>,
    front_door: SocketAddr,
    broker: Broker,
    data: TempDir,
    starts: u32,
}

impl FourProcesses {
    /// Starts a broker and the services, and sets up the carrier.
    ///
    /// # Errors
    /// When one does not come up in time.
    pub async fn start(carrier: SocketAddr) -> Result<Self> {
        let broker = tokio::task::spawn_blocking(Broker::start).await??;
        let data = tempfile::tempdir()?;
        let (services, front_door) = start_services(&broker.bootstrap(), data.path(), 0).await?;
        let volley = Self { services, front_door, broker, data, starts: 1 };
        provision_carrier(&volley, carrier).await?;
        Ok(volley)
    }

    /// The services' processes, by the names of their binaries.
    pub fn pids(&self) -> Vec<(&'static str, u32)> {
        self.services
            .iter()
            .map(|service| (service.binary, service.process.id()))
            .collect()
    }
}

/// What happens to the broker, and how the services take it.
impl FourProcesses {
    /// Ends the broker with SIGKILL.
    ///
    /// # Errors
    /// When it does not run.
    pub fn kill_broker(&mut self) -> Result<()> {
        self.broker.kill9()
    }

    /// Starts the broker again, on its old data and port.
    ///
    /// # Errors
    /// When it does not come up in time.
    pub fn restart_broker(&mut self) -> Result<()> {
        tokio::task::block_in_place(|| self.broker.restart())
    }

    /// Waits until every service says that it is ready, or that it is not; each must run all the time.
    ///
    /// # Errors
    /// When one does not say so in time, or has ended.
    pub async fn until_ready(&mut self, ready: bool) -> Result<()> {
        for service in &mut self.services {
            service.until_ready(ready).await?;
        }
        Ok(())
    }
}

impl Volley for FourProcesses {
    fn front_door(&self) -> String {
        self.front_door.to_string()
    }

    fn operator_key(&self) -> Result<String> {
        Ok(OPERATOR_KEY.to_owned())
    }

    fn account(&self) -> &str {
        CARRIER
    }

    async fn restart(&mut self) -> Result<()> {
        for service in &self.services {
            service.process.ask_to_end().context(service.binary)?;
        }
        for service in &mut self.services {
            service.process.wait_for_end().context(service.binary)?;
        }
        (self.services, self.front_door) =
            start_services(&self.broker.bootstrap(), self.data.path(), self.starts).await?;
        self.starts += 1;
        Ok(())
    }
}

/// A running service.
struct Service {
    binary: &'static str,
    admin: SocketAddr,
    process: Process,
}

/// Starts all four at once, on ports of their own, and waits until each says that it is ready. Gives the front door's address.
async fn start_services(brokers: &str, data: &Path, start: u32) -> Result<(Vec<Service>, SocketAddr)> {
    let [front_door, query, admin @ ..] = free_addresses::<6>()?;
    let state = |service: &str| ("STATE__DIR", data.join(service).display().to_string());
    let told = [
        ("volley-ingest", "VOLLEY_INGEST", ingest(front_door, query)),
        ("volley-routing", "VOLLEY_ROUTING", vec![state("routing")]),
        ("volley-carrier-egress", "VOLLEY_EGRESS", vec![state("carrier-egress"), password()]),
        ("volley-mo-correlation", "VOLLEY_MO_CORRELATION", correlation(query, state("mo-correlation"))),
    ];
    let mut services = Vec::new();
    for ((binary, prefix, own), admin) in told.into_iter().zip(admin) {
        let settings = common(brokers, admin).into_iter().chain(own);
        let environment: Vec<_> = settings.map(|(key, value)| (format!("{prefix}__{key}"), value)).collect();
        let output = data.join(format!("{binary}-{start}.log"));
        let process = Process::start(binary, [""; 0], &environment, &output)?;
        services.push(Service { binary, admin, process });
    }
    for service in &mut services {
        service.until_ready(true).await?;
    }
    Ok((services, front_door))
}

type Setting = (&'static str, String);

fn common(brokers: &str, admin: SocketAddr) -> [Setting; 4] {
    [
        ("KAFKA__BROKERS", brokers.to_owned()),
        ("KAFKA__REPLICATION_FACTOR", "1".to_owned()),
        ("KAFKA__PARTITIONS", PARTITIONS.to_string()),
        ("RUNTIME__ADMIN__LISTEN", admin.to_string()),
    ]
}

fn ingest(front_door: SocketAddr, query: SocketAddr) -> Vec<Setting> {
    vec![
        ("GRPC__LISTEN", front_door.to_string()),
        ("AUTH__OPERATOR_KEY_SHA256", OPERATOR_KEY_SHA256.to_owned()),
        ("QUERIES__MO_CORRELATION", format!("[\"http://{query}\"]")),
    ]
}

fn password() -> Setting {
    // The account's name in capitals is how the environment writes it.
    ("PASSWORDS__SIM", PASSWORD.to_owned())
}

fn correlation(query: SocketAddr, state: Setting) -> Vec<Setting> {
    vec![
        ("QUERY__LISTEN", query.to_string()),
        ("EVENT_KEY", "hides handsets on the public topic".to_owned()),
        state,
    ]
}

impl Service {
    async fn until_ready(&mut self, ready: bool) -> Result<()> {
        let deadline = Instant::now() + READY_PATIENCE;
        loop {
            let said = match http::ask(self.admin, "GET", "/readyz") {
                Ok(answer) if (answer.status == 200) == ready => return Ok(()),
                Ok(answer) => answer.body,
                Err(error) => error.to_string(),
            };
            self.process.check_running().context(self.binary)?;
            if Instant::now() > deadline {
                let wanted = if ready { "ready" } else { "unready" };
                bail!("{} does not become {wanted}: {said}\n{}", self.binary, self.process.output_tail());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

/// Addresses nobody listens on: all held at once, so that they differ, and let go.
fn free_addresses<const N: usize>() -> Result<[SocketAddr; N]> {
    let held: Vec<TcpListener> = (0..N).map(|_| TcpListener::bind("127.0.0.1:0")).collect::<Result<_, _>>()?;
    let addresses: Vec<SocketAddr> = held.iter().map(TcpListener::local_addr).collect::<Result<_, _>>()?;
    Ok(addresses.try_into().expect("there are as many as were held"))
}
