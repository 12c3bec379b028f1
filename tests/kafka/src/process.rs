//! One Kafka process, and the watchdog that ends it when the test ends in a way that runs no destructors.

use std::{
    fs::{self, File},
    net::{SocketAddr, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, bail};

use crate::{jars::KafkaJars, properties::Member};

const HEAP_MIB: u32 = 256;
const READY_WAIT_MAX: Duration = Duration::from_secs(90);
const STOP_WAIT_MAX: Duration = Duration::from_secs(15);
const POLL: Duration = Duration::from_millis(50);
const LOG_TAIL_LINES: usize = 40;

/// Ends process `$1` and removes directory `$2` once its own input ends, which is when the test does.
const WATCH: &str = r#"cat >/dev/null; kill -9 "$1" 2>/dev/null; sleep 1; rm -rf -- "$2""#;

pub(crate) struct Process {
    broker: Child,
    watchdog: Child,
    output: PathBuf,
}

impl Process {
    /// Starts a broker whose properties are in `home`; it takes connections some seconds later.
    pub(crate) fn spawn(jars: &KafkaJars, home: &Path, scratch: &Path) -> anyhow::Result<Self> {
        let output = home.join("output.log");
        let file = File::options().create(true).append(true).open(&output)?;
        let broker = jars
            .java(HEAP_MIB)
            .arg("kafka.Kafka")
            .arg(home.join("server.properties"))
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(file)
            .spawn()
            .context("cannot run java; install a Java runtime, 17 or later")?;
        let watchdog = Command::new("sh")
            .args(["-c", WATCH, "volley-kafka-watchdog", &broker.id().to_string()])
            .arg(scratch)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("cannot run sh")?;
        Ok(Self { broker, watchdog, output })
    }

    /// Waits until the broker takes connections.
    pub(crate) fn wait_ready(&mut self, member: &Member) -> anyhow::Result<()> {
        let address = SocketAddr::from(([127, 0, 0, 1], member.broker_port));
        let deadline = Instant::now() + READY_WAIT_MAX;
        while TcpStream::connect_timeout(&address, POLL).is_err() {
            if let Some(status) = self.broker.try_wait()? {
                bail!("Kafka ended at its start ({status}):\n{}", self.log_tail());
            }
            if Instant::now() > deadline {
                bail!("Kafka takes no connections after {READY_WAIT_MAX:?}:\n{}", self.log_tail());
            }
            thread::sleep(POLL);
        }
        Ok(())
    }

    /// Ends it as a power cut would.
    pub(crate) fn kill9(mut self) -> anyhow::Result<()> {
        self.dismiss_watchdog();
        self.broker.kill().context("cannot kill the broker")?;
        self.broker.wait()?;
        Ok(())
    }

    /// Asks it to end, and kills it if it does not.
    pub(crate) fn stop(mut self) -> anyhow::Result<()> {
        self.dismiss_watchdog();
        Command::new("kill").args(["-TERM", &self.broker.id().to_string()]).status()?;
        let deadline = Instant::now() + STOP_WAIT_MAX;
        while self.broker.try_wait()?.is_none() {
            if Instant::now() > deadline {
                self.broker.kill()?;
            }
            thread::sleep(POLL);
        }
        Ok(())
    }

    fn log_tail(&self) -> String {
        let log = fs::read(&self.output).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(LOG_TAIL_LINES)..].join("\n")
    }

    fn dismiss_watchdog(&mut self) {
        // It may have ended already; then there is nothing to dismiss.
        let _ = self.watchdog.kill();
        let _ = self.watchdog.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.dismiss_watchdog();
        // It may have been stopped already.
        let _ = self.broker.kill();
        let _ = self.broker.wait();
    }
}
