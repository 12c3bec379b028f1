//! The Volley under load, and the carrier it is bound to.

use std::net::SocketAddr;

use anyhow::{Context, Result};
use volley_carrier_sim::{AccountConfig, CarrierSim, CarrierSimHandle, Line, Person, Rule, SimConfig};
use volley_e2e::{
    Volley,
    client::{Keyed, keyed},
    embedded::Embedded,
    fleet::Fleet,
    provision::provision,
    scenarios::{PASSWORD, SYSTEM_ID},
};
use volley_wire::proto::admin::v1::{PutAccountRequest, admin_service_client::AdminServiceClient};

use crate::args::{Log, Shape};

/// Binds, and unanswered submits of each.
const BINDS: u32 = 2;
const WINDOW: u32 = 500;

/// Time from a submit to its receipt.
const RECEIPT_DELAY_MS: u32 = 50;

/// Journal entries kept to read latencies from: those of the last 200 000 messages of a run.
const JOURNAL_ENTRIES_MAX: usize = 1_000_000;

/// What a person answers begins with this, then comes the text answered.
pub const ANSWER_PREFIX: &str = "ok ";

/// A Volley, its carrier, and the key of the tenant that sends.
pub struct Target {
    volley: Running,
    /// The carrier.
    pub sim: CarrierSimHandle,
    /// The tenant's key.
    pub key: String,
}

enum Running {
    Embedded(Embedded),
    Kafka(Fleet),
}

impl Target {
    /// Starts both and sets them up.
    pub async fn start(log: Log) -> Result<Self> {
        let account = AccountConfig { deliver_window: 2_000, ..AccountConfig::new(SYSTEM_ID, PASSWORD) };
        let config = SimConfig {
            accounts: vec![account],
            receipt_delay_ms: RECEIPT_DELAY_MS,
            journal_entries_max: JOURNAL_ENTRIES_MAX,
            texts_max: 0,
            ..SimConfig::default()
        };
        let sim = CarrierSim::start(config).await?;
        let (volley, key) = match log {
            Log::Embedded => {
                let volley = Embedded::start(sim.addr()).await?;
                let key = set_up(&volley, sim.addr()).await?;
                (Running::Embedded(volley), key)
            }
            Log::Kafka => {
                let volley = Fleet::start(sim.addr()).await?;
                let key = set_up(&volley, sim.addr()).await?;
                (Running::Kafka(volley), key)
            }
        };
        Ok(Self { volley, sim, key })
    }

    /// A channel to the front door.
    pub async fn connect(&self) -> Result<Keyed> {
        let front_door = match &self.volley {
            Running::Embedded(volley) => volley.front_door(),
            Running::Kafka(volley) => volley.front_door(),
        };
        keyed(&front_door, &self.key).await
    }

    /// The last lines of what Volley printed.
    pub fn said(&self) -> String {
        match &self.volley {
            Running::Embedded(volley) => volley.said(),
            Running::Kafka(volley) => volley.said(),
        }
    }

    /// Its processes, by name.
    pub fn processes(&self) -> Vec<(&'static str, u32)> {
        match &self.volley {
            Running::Embedded(volley) => vec![("all four services", volley.pid())],
            Running::Kafka(volley) => volley.pids(),
        }
    }

    /// Tells the carrier and its handsets how to behave.
    pub fn behave(&self, shape: Shape) -> Result<()> {
        self.sim.clear_rules();
        if matches!(shape, Shape::Mt | Shape::Loop) {
            self.sim.rule("*", Rule { receipt_copies: 0, ..Rule::DELIVERED });
        }
        if shape == Shape::Loop {
            let line = Line { times: 0, delay_ms: 0, ..Line::new("*", format!("{ANSWER_PREFIX}{{text}}")) };
            let person = Person { number: "*".into(), script: vec![line] };
            anyhow::ensure!(self.sim.person(person), "the carrier takes no more persons");
        }
        Ok(())
    }
}

/// Tenants and numbers, and an account as wide as a large carrier's.
async fn set_up(volley: &impl Volley, carrier: SocketAddr) -> Result<String> {
    let tenants = provision(volley).await?;
    let mut admin = AdminServiceClient::new(keyed(&volley.front_door(), &volley.operator_key()?).await?);
    let account = PutAccountRequest {
        account: volley.account().into(),
        carrier: volley.account().into(),
        host: carrier.ip().to_string(),
        port: carrier.port().into(),
        system_id: SYSTEM_ID.into(),
        binds: BINDS,
        window: WINDOW,
        ..Default::default()
    };
    admin.put_account(account).await.context("the account")?;
    Ok(tenants.acme)
}
