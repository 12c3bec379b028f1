//! One process on the embedded log: `volley up`, with the test's carrier-sim as its carrier, or with its own.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

use crate::{
    http,
    process::Process,
    scenarios::{CARRIER, PASSWORD, SYSTEM_ID},
    volley::Volley,
};

/// How long a start may take.
const START_PATIENCE: Duration = Duration::from_secs(90);

/// Where a Volley lives.
#[derive(Debug)]
pub struct Home {
    /// A command that becomes the program, to run it elsewhere; empty to run it here.
    entry: Vec<String>,
    /// The data directory, as the program sees it.
    inside: PathBuf,
    /// The same, as the test sees it.
    data: PathBuf,
    /// For what it prints; also the data directory's parent when that is here.
    scratch: TempDir,
}

impl Home {
    /// A directory of its own.
    ///
    /// # Errors
    /// When there is none to be had.
    pub fn here() -> Result<Self> {
        let scratch = tempfile::tempdir()?;
        let data = scratch.path().join("data");
        Ok(Self { entry: Vec::new(), inside: data.clone(), data, scratch })
    }

    /// One that is entered by a command; what the program calls `inside` the test sees as `data`.
    ///
    /// # Errors
    /// When there is no directory to be had for its output.
    pub fn elsewhere(entry: Vec<String>, inside: PathBuf, data: PathBuf) -> Result<Self> {
        Ok(Self { entry, inside, data, scratch: tempfile::tempdir()? })
    }
}

/// `volley up` in a home of its own.
#[derive(Debug)]
pub struct Embedded {
    process: Process,
    front_door: String,
    options: Vec<String>,
    home: Home,
}

impl Embedded {
    /// Starts it with this carrier.
    ///
    /// # Errors
    /// When it does not come up in time.
    pub async fn start(carrier: SocketAddr) -> Result<Self> {
        Self::start_in(Home::here()?, carrier).await
    }

    /// Starts it in this home with this carrier.
    ///
    /// # Errors
    /// When it does not come up in time.
    pub async fn start_in(home: Home, carrier: SocketAddr) -> Result<Self> {
        let carrier = format!("{CARRIER}=smpp://{SYSTEM_ID}:{PASSWORD}@{carrier}");
        let options = vec!["--carrier".into(), carrier];
        let (process, front_door) = up(&home, &options).await?;
        Ok(Self { process, front_door, options, home })
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
        let home = Home::here()?;
        let (process, front_door) = up(&home, &options).await?;
        Ok(Self { process, front_door, options, home })
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
        (self.process, self.front_door) = up(&self.home, &self.options).await?;
        Ok(())
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    /// The last lines of what it printed.
    pub fn said(&self) -> String {
        self.process.output_tail()
    }

    /// Its data directory.
    pub fn data(&self) -> &Path {
        &self.home.data
    }

    /// Whether it says that it is ready, and how every component is.
    ///
    /// # Errors
    /// When it does not answer.
    pub fn health(&self) -> Result<http::Answer> {
        let addresses = addresses(&self.home.data)?.context("it has written no addresses")?;
        let admin = addresses["admin"].as_str().context("addresses.json names no admin port")?;
        http::ask(admin.parse()?, "GET", "/readyz")
    }
}

impl Volley for Embedded {
    fn front_door(&self) -> String {
        self.front_door.clone()
    }

    fn operator_key(&self) -> Result<String> {
        let file = self.home.data.join("operator-key");
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

async fn up(home: &Home, options: &[String]) -> Result<(Process, String)> {
    let mut arguments = vec!["up".to_owned(), "--data".to_owned(), home.inside.display().to_string()];
    arguments.extend_from_slice(options);
    let output = free_output(home.scratch.path());
    let mut process = Process::start_through(&home.entry, "volley", arguments, &[], &output)?;
    let deadline = Instant::now() + START_PATIENCE;
    loop {
        if let Some(front_door) = front_door_of(&home.data, process.id())? {
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
fn free_output(scratch: &Path) -> PathBuf {
    (0..)
        .map(|start| scratch.join(format!("output-{start}.log")))
        .find(|path| !path.exists())
        .expect("some number is free")
}

/// The front door that this very process has written down.
fn front_door_of(data: &Path, pid: u32) -> Result<Option<String>> {
    let Some(addresses) = addresses(data)? else { return Ok(None) };
    let ours = addresses["pid"].as_u64() == Some(u64::from(pid));
    Ok(ours.then(|| addresses["grpc"].as_str().map(str::to_owned)).flatten())
}

/// What the process has written down about itself; `None` before it has.
fn addresses(data: &Path) -> Result<Option<serde_json::Value>> {
    let Ok(text) = std::fs::read_to_string(data.join("addresses.json")) else {
        return Ok(None);
    };
    Ok(Some(serde_json::from_str(&text).context("addresses.json")?))
}
