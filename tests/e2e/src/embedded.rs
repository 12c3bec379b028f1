//! One process on the embedded log: `volley up`, with the test's carrier-sim as its carrier.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

use crate::{process::Process, volley::Volley};

/// How long a start may take.
const START_PATIENCE: Duration = Duration::from_secs(90);

/// Name of the carrier and its account.
pub const CARRIER: &str = "sim";

/// `volley up` in a directory of its own.
#[derive(Debug)]
pub struct Embedded {
    dir: TempDir,
    carrier: SocketAddr,
    process: Process,
    front_door: String,
}

impl Embedded {
    /// Starts it.
    ///
    /// # Errors
    /// When it does not come up in time.
    pub async fn start(carrier: SocketAddr) -> Result<Self> {
        let dir = tempfile::tempdir()?;
        let (process, front_door) = up(dir.path(), carrier).await?;
        Ok(Self { dir, carrier, process, front_door })
    }

    /// Ends it at once, as `kill -9` does, and starts it again on the same data.
    ///
    /// # Errors
    /// When it does not come up again in time.
    pub async fn kill_and_restart(&mut self) -> Result<()> {
        self.process.kill_9()?;
        (self.process, self.front_door) = up(self.dir.path(), self.carrier).await?;
        Ok(())
    }

    /// Ends it at once, as `kill -9` does.
    ///
    /// # Errors
    /// When the operating system refuses.
    pub fn kill(&mut self) -> Result<()> {
        self.process.kill_9()
    }

    /// Starts it again after [`kill`](Self::kill).
    ///
    /// # Errors
    /// When it does not come up in time.
    pub async fn start_again(&mut self) -> Result<()> {
        (self.process, self.front_door) = up(self.dir.path(), self.carrier).await?;
        Ok(())
    }

    /// The demo tenant's API key.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn api_key(&self) -> Result<String> {
        Ok(std::fs::read_to_string(self.dir.path().join("api-key"))?.trim().to_owned())
    }

    /// Its data directory.
    pub fn data(&self) -> &Path {
        self.dir.path()
    }
}

impl Volley for Embedded {
    fn front_door(&self) -> String {
        self.front_door.clone()
    }

    fn operator_key(&self) -> String {
        let text = std::fs::read_to_string(self.dir.path().join("operator-key"));
        text.unwrap_or_default().trim().to_owned()
    }

    fn account(&self) -> &str {
        CARRIER
    }

    async fn restart(&mut self) -> Result<()> {
        self.process.stop()?;
        self.start_again().await
    }
}

async fn up(data: &Path, carrier: SocketAddr) -> Result<(Process, String)> {
    let arguments = [
        "up".to_owned(),
        "--data".to_owned(),
        data.display().to_string(),
        "--carrier".to_owned(),
        format!("{CARRIER}=smpp://volley:secret08@{carrier}"),
    ];
    let output = free_output(data);
    let mut process = Process::start("volley", arguments, &[], &output)?;
    let deadline = Instant::now() + START_PATIENCE;
    loop {
        if let Some(front_door) = front_door_of(data, process.id())? {
            return Ok((process, front_door));
        }
        process.check_running().context("volley up")?;
        if Instant::now() > deadline {
            bail!("volley up did not come up in time:\n{}", process.output_tail());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// A new file for the output of each start.
fn free_output(data: &Path) -> PathBuf {
    (0..)
        .map(|start| data.join(format!("output-{start}.log")))
        .find(|path| !path.exists())
        .expect("some number is free")
}

/// The front door that this very process has written down.
fn front_door_of(data: &Path, pid: u32) -> Result<Option<String>> {
    let Ok(text) = std::fs::read_to_string(data.join("addresses.json")) else {
        return Ok(None);
    };
    let addresses: serde_json::Value = serde_json::from_str(&text).context("addresses.json")?;
    let ours = addresses["pid"].as_u64() == Some(u64::from(pid));
    Ok(ours.then(|| addresses["grpc"].as_str().map(str::to_owned)).flatten())
}
