//! Several brokers that form one cluster.

use std::{fs, path::PathBuf};

use anyhow::Context;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use tempfile::TempDir;

use crate::{
    jars::KafkaJars,
    process::Process,
    properties::{self, Member},
};

/// Brokers numbered from 0, each also a controller. Dropping it ends them.
pub struct Cluster {
    jars: KafkaJars,
    members: Vec<Member>,
    processes: Vec<Option<Process>>,
    scratch: TempDir,
}

impl Cluster {
    /// Starts so many brokers (1, or an odd number) and waits until all take connections.
    ///
    /// # Errors
    ///
    /// When Kafka cannot be fetched, formatted or started; the end of the broker's output is part of the error.
    pub fn start(brokers: usize) -> anyhow::Result<Self> {
        let jars = KafkaJars::ensure()?;
        let members = Member::on_free_ports(brokers)?;
        let scratch = tempfile::Builder::new().prefix("volley-kafka-").tempdir()?;
        let processes = members.iter().map(|_| None).collect();
        let mut cluster = Self { jars, members, processes, scratch };
        cluster.format()?;
        (0..brokers).try_for_each(|broker| cluster.spawn(broker))?;
        (0..brokers).try_for_each(|broker| cluster.wait_ready(broker))?;
        Ok(cluster)
    }

    /// The addresses of all brokers, comma-separated.
    #[must_use]
    pub fn bootstrap(&self) -> String {
        self.members.iter().map(Member::address).collect::<Vec<_>>().join(",")
    }

    /// Ends a broker with SIGKILL.
    ///
    /// # Errors
    ///
    /// When it does not run.
    pub fn kill9(&mut self, broker: usize) -> anyhow::Result<()> {
        self.processes[broker].take().context("the broker does not run")?.kill9()
    }

    /// Ends a broker the orderly way.
    ///
    /// # Errors
    ///
    /// When it does not run.
    pub fn stop(&mut self, broker: usize) -> anyhow::Result<()> {
        self.processes[broker].take().context("the broker does not run")?.stop()
    }

    /// Starts a broker again that was ended, on its old data and ports, and waits until it takes connections.
    ///
    /// # Errors
    ///
    /// As [`Cluster::start`].
    pub fn restart(&mut self, broker: usize) -> anyhow::Result<()> {
        self.spawn(broker)?;
        self.wait_ready(broker)
    }

    fn format(&self) -> anyhow::Result<()> {
        let id = random_id();
        let voters = self.voters();
        for (broker, member) in self.members.iter().enumerate() {
            let home = self.home(broker);
            fs::create_dir_all(&home)?;
            let file = home.join("server.properties");
            fs::write(&file, properties::of(member, &self.members, &home.join("log")))?;
            let file = file.display().to_string();
            let mut arguments = vec!["format", "-t", &id, "-c", &file];
            match &voters {
                Some(voters) => arguments.extend(["--initial-controllers", voters]),
                None => arguments.push("--standalone"),
            }
            self.jars.tool("kafka.tools.StorageTool", &arguments)?;
        }
        Ok(())
    }

    /// The first controllers of a cluster of several; `None` for one broker alone.
    fn voters(&self) -> Option<String> {
        let voter = |member: &Member| format!("{}@127.0.0.1:{}:{}", member.node, member.controller_port, random_id());
        let voters: Vec<String> = self.members.iter().map(voter).collect();
        (voters.len() > 1).then(|| voters.join(","))
    }

    fn spawn(&mut self, broker: usize) -> anyhow::Result<()> {
        let process = Process::spawn(&self.jars, &self.home(broker), self.scratch.path())?;
        self.processes[broker] = Some(process);
        Ok(())
    }

    fn wait_ready(&mut self, broker: usize) -> anyhow::Result<()> {
        let process = self.processes[broker].as_mut().context("the broker does not run")?;
        process.wait_ready(&self.members[broker])
    }

    fn home(&self, broker: usize) -> PathBuf {
        self.scratch.path().join(format!("broker-{broker}"))
    }
}

/// An id as Kafka writes them: 16 octets in base64 for URLs. Ours begin with a letter, so that none looks like an option.
fn random_id() -> String {
    let mut octets: [u8; 16] = rand::random();
    octets[0] &= 0x3f;
    URL_SAFE_NO_PAD.encode(octets)
}
