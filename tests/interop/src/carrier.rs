//! A foreign carrier in a process of its own, and its journal.

use std::{
    io::{BufRead, BufReader, Write},
    net::{Ipv4Addr, SocketAddr, TcpListener},
    process::{Child, ChildStdin, ChildStdout, Stdio},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::kit::Library;

/// How long a thing may take to appear in the journal.
const PATIENCE: Duration = Duration::from_secs(30);

/// How often the journal is looked at.
const POLL: Duration = Duration::from_millis(20);

/// A running carrier. It ends with this handle, and by itself when the test does: its input ends then.
#[derive(Debug)]
pub struct ForeignCarrier {
    process: Child,
    commands: ChildStdin,
    journal: Arc<Mutex<Vec<Value>>>,
    address: SocketAddr,
}

impl ForeignCarrier {
    /// Starts one on a free port.
    ///
    /// # Errors
    /// When its library cannot be fetched, or it does not listen in time.
    pub fn start(library: Library, options: &[(&str, &str)]) -> Result<Self> {
        Self::start_at(free_address()?, library, options)
    }

    /// Starts one on a certain port of this machine.
    ///
    /// # Errors
    /// When its library cannot be fetched, or it does not listen in time.
    pub fn start_at(address: SocketAddr, library: Library, options: &[(&str, &str)]) -> Result<Self> {
        let mut command = library.command()?;
        command.arg("--port").arg(address.port().to_string());
        for (name, value) in options {
            command.arg(name).arg(value);
        }
        let mut process = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start a carrier on {library:?}"))?;
        let commands = process.stdin.take().context("no standard input")?;
        let journal = Arc::default();
        follow(process.stdout.take().context("no standard output")?, Arc::clone(&journal));
        let carrier = Self { process, commands, journal, address };
        carrier.wait_for("listening", |_| true)?;
        Ok(carrier)
    }

    /// Where it takes binds.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Tells it to do something: `unbind`, `mo SOURCE DESTINATION TEXT`.
    ///
    /// # Errors
    /// When it has ended.
    pub fn command(&mut self, line: &str) -> Result<()> {
        writeln!(self.commands, "{line}").context("the carrier has ended")
    }

    /// Everything of one kind that has happened.
    pub fn happened(&self, event: &str) -> Vec<Value> {
        self.journal().iter().filter(|entry| entry["event"] == event).cloned().collect()
    }

    /// The first event of a kind that fits, as soon as it has happened.
    ///
    /// # Errors
    /// When it does not happen in time.
    pub fn wait_for(&self, event: &str, fits: impl Fn(&Value) -> bool) -> Result<Value> {
        self.wait_for_several(event, 1, fits)?.pop().context("one was waited for")
    }

    /// So many events of a kind that fit, as soon as they have happened.
    ///
    /// # Errors
    /// When they do not happen in time.
    pub fn wait_for_several(&self, event: &str, count: usize, fits: impl Fn(&Value) -> bool) -> Result<Vec<Value>> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let mut happened = self.happened(event);
            happened.retain(&fits);
            if happened.len() >= count {
                return Ok(happened);
            }
            if Instant::now() > deadline {
                bail!("{} of {count} {event:?} happened; the journal: {:#?}", happened.len(), *self.journal());
            }
            std::thread::sleep(POLL);
        }
    }

    fn journal(&self) -> MutexGuard<'_, Vec<Value>> {
        self.journal.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for ForeignCarrier {
    fn drop(&mut self) {
        // It may have ended already; then there is nothing to end.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A port of this machine that nobody listens on.
///
/// # Errors
/// When there is none.
pub fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}

/// Collects what the carrier writes, until it ends. What is not JSON is a library's own chatter.
fn follow(output: ChildStdout, journal: Arc<Mutex<Vec<Value>>>) {
    std::thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            if let Ok(entry) = serde_json::from_str(&line) {
                journal.lock().unwrap_or_else(PoisonError::into_inner).push(entry);
            }
        }
    });
}
