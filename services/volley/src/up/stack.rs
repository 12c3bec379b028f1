//! The four services in one process, on one log.

use std::{sync::Arc, time::Duration};

use anyhow::Context;
use tokio::time::timeout;
use volley_backbone::{KafkaConfig, PARTITIONS_EMBEDDED, ProcessorShell, StateConfig, connect};
use volley_carrier_sim::{AccountConfig, CarrierSim, CarrierSimHandle, Control, SimConfig};
use volley_event_log::{
    EventLog,
    embedded::{EmbeddedLog, EmbeddedOptions},
};
use volley_ingest::LocalQueries;
use volley_runtime::{App, RuntimeConfig, Secret, admin::AdminServer, metrics::Metrics, random_bytes};
use volley_types::CarrierName;

use crate::{
    addresses::Addresses,
    client::{Admin, keyed},
    up::{
        data_dir::DataDir,
        options::{CarrierOption, UpOptions},
        patience::patiently,
        provision::{Carrier, TENANT, provision},
    },
};

/// How long provisioning and being ready may take together.
const READY_PATIENCE: Duration = Duration::from_secs(60);

/// Time from a submit to its receipt at the simulated carrier.
const SIM_RECEIPT_DELAY_MS: u32 = 200;

/// What runs.
pub struct Stack {
    /// Where it is.
    pub addresses: Addresses,
    /// The simulated carrier, unless there are others.
    pub sim: Option<CarrierSimHandle>,
}

/// Starts everything as stages of the app, the log first, the front door last; drains run the other way round.
pub async fn start(
    app: &mut App,
    config: &RuntimeConfig,
    data: &DataDir,
    options: &UpOptions,
) -> anyhow::Result<Stack> {
    let admin = serve_admin(app, config).await?;
    let shell = open_log(app, data, options).await?;
    let (sim, carriers) = carriers(app, options).await?;

    let state = |service: &str| StateConfig { dir: data.state(service), ..StateConfig::default() };
    let event_key = patiently("keeping the event key", async || data.event_key()).await?;
    let correlation = volley_mo_correlation::Config {
        state: state("mo-correlation"),
        event_key: Secret::new(event_key),
        ..Default::default()
    };
    let correlation = volley_mo_correlation::start(&correlation, &shell, app)?;
    let routing = volley_routing::Config { state: state("routing"), ..Default::default() };
    volley_routing::start(&routing, &shell, app)?;
    let password = |carrier: &CarrierOption| (carrier.name.to_string(), carrier.password.clone());
    let egress = volley_carrier_egress::Config {
        state: state("carrier-egress"),
        passwords: carriers.iter().map(password).collect(),
        ..Default::default()
    };
    volley_carrier_egress::start(&egress, &shell, app)?;

    let operator_key = patiently("keeping the operator's key", async || data.operator_key()).await?;
    let mut ingest = volley_ingest::Config::default();
    ingest.grpc.listen = options.listen;
    let parts = volley_ingest::Parts {
        log: Arc::clone(&shell.log),
        topics: shell.topics.clone(),
        followed: shell.followed.clone(),
        clock: shell.clock.clone(),
        queries: Arc::new(LocalQueries::new(Arc::new(correlation.query_service()))),
        operator_key: Some(volley_ingest_core::hash_of_key(&operator_key)),
    };
    let grpc = volley_ingest::start(&ingest, parts, app).await?.address.to_string();

    let mut client = Admin::new(keyed(&grpc, &operator_key).await?);
    let simulated = sim.is_some();
    options.check_profiles()?;
    let carrier = |option| Ok(Carrier { option, simulated, profile: options.profile_of(option)? });
    let carriers = carriers.iter().map(carrier).collect::<anyhow::Result<Vec<_>>>()?;
    let ready = async {
        patiently("provisioning", async || provision(&mut client, data, &carriers).await).await?;
        app.health().ready().await;
        anyhow::Ok(())
    };
    let ready = timeout(READY_PATIENCE, ready).await;
    ready
        .with_context(|| format!("not ready after {} s: {:?}", READY_PATIENCE.as_secs(), app.health().readiness()))??;

    let (sim, control) = sim.unzip();
    let addresses = Addresses {
        pid: std::process::id(),
        grpc,
        admin,
        carrier_sim: sim.as_ref().map(|sim: &CarrierSimHandle| sim.addr().to_string()),
        carrier_sim_control: control,
        tenant: TENANT.into(),
        api_key_file: data.api_key_file(),
        operator_key_file: data.operator_key_file(),
    };
    Ok(Stack { addresses, sim })
}

async fn serve_admin(app: &mut App, config: &RuntimeConfig) -> anyhow::Result<String> {
    let listen = config.admin.listen;
    let admin = AdminServer::bind(listen, app.health().clone(), Metrics::install()?).await;
    let admin = admin.with_context(|| format!("cannot listen on {listen} for the admin port"))?;
    let address = admin.address().to_string();
    app.spawn("admin", |drain| admin.serve(drain));
    Ok(address)
}

async fn open_log(app: &mut App, data: &DataDir, options: &UpOptions) -> anyhow::Result<ProcessorShell> {
    let (log, partitions, atomic): (Arc<dyn EventLog>, u16, bool) = match &options.kafka {
        Some(brokers) => {
            let config = KafkaConfig {
                brokers: brokers.clone(),
                replication_factor: options.kafka_replication,
                ..KafkaConfig::default()
            };
            (connect(&config).await.with_context(|| format!("Kafka at {brokers}"))?, config.partitions, false)
        }
        None => {
            let open = async || Ok(EmbeddedLog::open(data.log(), EmbeddedOptions::default()).await?);
            let log = patiently("opening the log", open).await?;
            (Arc::new(log), PARTITIONS_EMBEDDED, true)
        }
    };
    let closing = Arc::clone(&log);
    app.spawn("log", |drain| async move {
        drain.requested().await;
        Ok(closing.close().await?)
    });
    ProcessorShell::on_log(log, partitions, atomic, app).await
}

/// The carriers named on the command line, or a simulated one with its control port.
async fn carriers(
    app: &mut App,
    options: &UpOptions,
) -> anyhow::Result<(Option<(CarrierSimHandle, String)>, Vec<CarrierOption>)> {
    if !options.carrier.is_empty() {
        return Ok((None, options.carrier.clone()));
    }
    let password: String = random_bytes::<4>().iter().map(|octet| format!("{octet:02x}")).collect();
    let config = SimConfig {
        accounts: vec![AccountConfig::new("volley", password.as_str())],
        receipt_delay_ms: SIM_RECEIPT_DELAY_MS,
        ..SimConfig::default()
    };
    let sim = CarrierSim::start(config.with_default_persons())
        .await
        .context("the simulated carrier")?;
    let control = Control::start(sim.clone(), 0)
        .await
        .context("the simulated carrier's control port")?;
    let (address, control_address) = (sim.addr(), control.addr().to_string());
    let ending = sim.clone();
    app.spawn("carrier-sim", |drain| async move {
        drain.requested().await;
        control.shutdown().await;
        ending.shutdown().await;
        Ok(())
    });
    let carrier = CarrierOption {
        name: CarrierName::new("sim")?,
        system_id: "volley".into(),
        password: Secret::new(password),
        host: address.ip().to_string(),
        port: address.port(),
        tls: false,
    };
    Ok((Some((sim, control_address)), vec![carrier]))
}
