//! One process on the embedded log: `volley up`, with the test's carrier-sim as its carrier, or with its own.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

use crate::{
    process::Process,
    scenarios::{CARRIER, PASSWORD, SYSTEM_ID},
    volley::Volley,
};

/// How long a start may take.
const START_PATIENCE: Duration = Duration::from_secs(90);

/// `volley up` in a directory of its own.
#[derive(Debug)]
pub struct Embedded {
    process: Process,
    front_door: String,
    options: Vec<String>,
    dir: TempDir,
}

impl Embedded {
    /// Starts it with this carrier.
    ///
    /// # Errors
    /// When it does not come up in time.
    pub async fn start(carrier: SocketAddr) -> Result<Self> {
        let carrier = format!("{CARRIER}=smpp://{SYSTEM_ID}:{PASSWORD}@{carrier}");
        Self::start_with(vec!["--carrier".into(), carrier]).await
    }

    /// Starts it with a simulated carrier of its own, and without the conversation.
    ///
    /// # Errors
    /// When it does not come up in time.
    pub async fn start_simulated() -> Result<Self> {
        Self::start_with(vec!["--no-demo".into()]).await
    }

    /// Starts it with these options of `volley up`.
    ///
    /// # Errors
    /// When it does not come up in time.
    pub async fn start_with(options: Vec<String>) -> Result<Self> {
        let dir = tempfile::tempdir()?;
        let (process, front_door) = up(dir.path(), &options).await?;
        Ok(Self { process, front_door, options, dir })
    }

    /// Ends it at once, as `kill -9` does.
    ///
    /// # Errors
    /// When the operating system refuses.
    pub fn kill(&mut self) -> Result<()> {
        self.process.kill_9()
    }

    /// Asks it to end, and waits until it has.
    ///
    /// # Errors
    /// When it does not end in time.
    pub fn stop(&mut self) -> Result<()> {
        self.process.stop()
    }

    /// Starts it again after [`kill`](Self::kill), on the same data.
    ///
    /// # Errors
    /// When it does not come up in time.
    pub async fn start_again(&mut self) -> Result<()> {
        (self.process, self.front_door) = up(self.dir.path(), &self.options).await?;
        Ok(())
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.process.id()
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

    fn operator_key(&self) -> Result<String> {
        let file = self.dir.path().join("operator-key");
        let text = std::fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        Ok(text.trim().to_owned())
    }

    fn account(&self) -> &str {
        CARRIER
    }

    async fn restart(&mut self) -> Result<()> {
        self.process.stop()?;
        self.start_again().await
    }
}

async fn up(data: &Path, options: &[String]) -> Result<(Process, String)> {
    let mut arguments = vec!["up".to_owned(), "--data".to_owned(), data.display().to_string()];
    arguments.extend_from_slice(options);
    let mut process = Process::start("volley", arguments, &[], &free_output(data))?;
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
