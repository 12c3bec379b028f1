//! carrier-sim in a process of its own, and its journal.

use std::{
    collections::BTreeMap,
    fs,
    net::SocketAddr,
    path::PathBuf,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use tempfile::TempDir;
use volley_e2e::{http, process::Process};

use crate::journal::{self, Seen};

/// How long the simulator may take to start, or a count to be reached.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running simulator.
#[derive(Debug)]
pub struct Carrier {
    dir: TempDir,
    _process: Process,
    ready: Ready,
}

#[derive(Debug, Deserialize)]
struct Ready {
    smpp: SocketAddr,
    control: SocketAddr,
}

impl Carrier {
    /// Starts it.
    ///
    /// # Errors
    /// When it does not start in time.
    pub fn start() -> Result<Self> {
        let dir = tempfile::tempdir()?;
        let path = |name: &str| dir.path().join(name).display().to_string();
        let arguments = [
            "--listen".to_owned(),
            "127.0.0.1:0".to_owned(),
            "--account".to_owned(),
            "volley:secret08".to_owned(),
            "--receipt-delay-ms".to_owned(),
            "100".to_owned(),
            "--response-delay-ms".to_owned(),
            "20".to_owned(),
            "--journal".to_owned(),
            path("journal.jsonl"),
            "--ready-file".to_owned(),
            path("ready.json"),
        ];
        let mut process = Process::start("volley-carrier-sim", arguments, &[], &dir.path().join("output.log"))?;
        let deadline = Instant::now() + PATIENCE;
        loop {
            let read = fs::read_to_string(dir.path().join("ready.json")).ok();
            if let Some(ready) = read.and_then(|text| serde_json::from_str(&text).ok()) {
                return Ok(Self { dir, _process: process, ready });
            }
            process.check_running().context("carrier-sim")?;
            ensure!(Instant::now() < deadline, "carrier-sim did not start in time");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Where it takes binds.
    pub fn address(&self) -> SocketAddr {
        self.ready.smpp
    }

    /// Holds its responses back until at least `count` submits are unanswered.
    ///
    /// # Errors
    /// When so many do not come in time.
    pub fn let_unanswered_pile_up(&self, count: u64) -> Result<u64> {
        self.post("/pause-responses")?;
        let deadline = Instant::now() + PATIENCE;
        loop {
            let unanswered = self.counters()?["unanswered"]
                .as_u64()
                .context("no count of unanswered submits")?;
            if unanswered >= count {
                return Ok(unanswered);
            }
            ensure!(Instant::now() < deadline, "only {unanswered} submits are unanswered");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Lets the responses go again.
    ///
    /// # Errors
    /// When the simulator does not answer.
    pub fn answer_again(&self) -> Result<()> {
        self.post("/resume-responses")
    }

    /// Submits that were unanswered when their link ended, so far.
    ///
    /// # Errors
    /// When the simulator does not answer.
    pub fn responses_lost(&self) -> Result<u64> {
        self.counters()?["responses_lost"]
            .as_u64()
            .context("no count of lost responses")
    }

    /// What it saw, by text.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn seen(&self) -> Result<BTreeMap<String, Seen>> {
        journal::seen(&fs::read_to_string(self.journal())?)
    }

    /// The lines of its journal that have this text in them.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn entries_about(&self, text: &str) -> Result<String> {
        let journal = fs::read_to_string(self.journal())?;
        Ok(journal
            .lines()
            .filter(|line| line.contains(text))
            .map(|line| format!("\n{line}"))
            .collect())
    }

    /// Submits after `after_us` on binds that were there at `there_at_us`; both Unix microseconds.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn submits_on_binds(&self, there_at_us: i64, after_us: i64) -> Result<usize> {
        journal::submits_on_binds(&fs::read_to_string(self.journal())?, there_at_us, after_us)
    }

    fn journal(&self) -> PathBuf {
        self.dir.path().join("journal.jsonl")
    }

    fn counters(&self) -> Result<serde_json::Value> {
        Ok(serde_json::from_str(&self.http("GET", "/counters")?)?)
    }

    fn post(&self, path: &str) -> Result<()> {
        self.http("POST", path).map(drop)
    }

    fn http(&self, method: &str, path: &str) -> Result<String> {
        let answer = http::ask(self.ready.control, method, path)?;
        ensure!(matches!(answer.status, 200 | 204), "{method} {path}: {} {}", answer.status, answer.body);
        Ok(answer.body)
    }
}
