//! `volley up --carrier`, with the demo tenant.

use std::{
    fs,
    net::SocketAddr,
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use serde_json::Value;
use volley_e2e::{Backend, embedded::Embedded, http, scenarios};

/// The login that `volley up` is started with.
pub const SYSTEM_ID: &str = scenarios::SYSTEM_ID;
/// Its password.
pub const PASSWORD: &str = scenarios::PASSWORD;

/// Component of the health report that speaks of the carrier.
const COMPONENT: &str = "carrier-egress.sim";

/// How long health may take to change.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running `volley up` whose one carrier is foreign.
#[derive(Debug)]
pub struct Up(Embedded);

impl Up {
    /// Starts it.
    ///
    /// # Errors
    /// When it does not come up in time.
    pub async fn start(carrier: SocketAddr) -> Result<Self> {
        Embedded::start(carrier).await.map(Self)
    }

    /// Starts it with a profile for its carrier; `scheme` is `smpp` or `smpps`.
    ///
    /// # Errors
    /// When it does not come up in time.
    pub async fn start_with_profile(scheme: &str, carrier: SocketAddr, profile: &Path) -> Result<Self> {
        let name = scenarios::CARRIER;
        let options = [
            "--carrier".to_owned(),
            format!("{name}={scheme}://{SYSTEM_ID}:{PASSWORD}@{carrier}"),
            "--profile".to_owned(),
            format!("{name}={}", profile.display()),
        ];
        Embedded::start_with(options.into()).await.map(Self)
    }

    /// The demo tenant's backend, its stream open.
    ///
    /// # Errors
    /// When the front door refuses.
    pub async fn backend(&self) -> Result<Backend> {
        let key = fs::read_to_string(self.0.data().join("api-key")).context("the API key")?;
        Backend::connect(&self.0, key.trim()).await
    }

    /// Everything it logged so far.
    ///
    /// # Errors
    /// When that cannot be read.
    pub fn log(&self) -> Result<String> {
        fs::read_to_string(self.0.data().with_file_name("output-0.log")).context("the log")
    }

    /// Waits until health says of the carrier what is expected, and is ready all the while.
    ///
    /// # Errors
    /// When it says something else for too long.
    pub async fn wait_for_health(&self, state: &str, words: &[&str]) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let component = self.health()?;
            let reason = component["reason"].as_str().unwrap_or_default();
            if component["state"] == state && words.iter().all(|word| reason.contains(word)) {
                return Ok(());
            }
            if Instant::now() > deadline {
                bail!("the carrier's health is {component}, not {state} with {words:?}");
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    fn health(&self) -> Result<Value> {
        let addresses: Value = serde_json::from_str(&fs::read_to_string(self.0.data().join("addresses.json"))?)?;
        let admin = addresses["admin"].as_str().context("no admin port")?.parse()?;
        let answer = http::ask(admin, "GET", "/readyz")?;
        anyhow::ensure!(answer.status == 200, "a carrier's trouble is no reason to be unready: {}", answer.body);
        let readiness: Value = serde_json::from_str(&answer.body)?;
        Ok(readiness["components"][COMPONENT].clone())
    }
}
