//! The command line: flags over a configuration file over defaults.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::{fs, process};

use anyhow::Context as _;
use clap::{Args, Parser, Subcommand};
use serde_json::json;

use crate::bench::BenchArgs;
use crate::config::{AccountConfig, SimConfig};
use crate::person::default_persons;

/// A simulated mobile carrier: an SMPP 3.4 server with handsets, played persons and a journal.
#[derive(Debug, Parser)]
#[command(name = "volley-carrier-sim", version)]
pub struct Cli {
    /// What to do instead of serving.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// How to serve.
    #[command(flatten)]
    pub serve: ServeArgs,
}

/// Other things the binary can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Measure this carrier against a load client in one process.
    Bench(BenchArgs),
}

/// Flags of the server.
#[derive(Args)]
pub struct ServeArgs {
    /// Where to listen for binds; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<SocketAddr>,
    /// Port of the control interface on 127.0.0.1; 0 takes a free one.
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    pub control_port: u16,
    /// A configuration file, TOML.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The journal's file, JSON Lines, appended to.
    #[arg(long, value_name = "FILE")]
    pub journal: Option<PathBuf>,
    /// An account that may bind, as `system_id:password`; repeatable.
    #[arg(long, value_name = "SYSTEM_ID:PASSWORD", value_parser = parse_account)]
    pub account: Vec<AccountConfig>,
    /// Milliseconds from a submit to its receipt.
    #[arg(long, value_name = "N")]
    pub receipt_delay_ms: Option<u32>,
    /// Milliseconds from a submit to its response.
    #[arg(long, value_name = "N")]
    pub response_delay_ms: Option<u32>,
    /// The seed of every choice left to chance.
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// No played persons but those of the configuration.
    #[arg(long)]
    pub no_default_persons: bool,
    /// A file to write the addresses and the process id to, as JSON, once both ports listen.
    #[arg(long, value_name = "FILE")]
    pub ready_file: Option<PathBuf>,
}

/// Accounts carry passwords, so only their count is shown.
impl std::fmt::Debug for ServeArgs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServeArgs")
            .field("listen", &self.listen)
            .field("accounts", &self.account.len())
            .finish()
    }
}

impl ServeArgs {
    /// The configuration these flags and their file amount to.
    pub fn config(&self) -> anyhow::Result<SimConfig> {
        let mut config = match &self.config {
            Some(path) => read_config(path).with_context(|| format!("in {}", path.display()))?,
            None => SimConfig::default(),
        };
        config.accounts.extend(self.account.iter().cloned());
        config.listen = self.listen.unwrap_or(config.listen);
        config.journal = self.journal.clone().or(config.journal);
        config.receipt_delay_ms = self.receipt_delay_ms.unwrap_or(config.receipt_delay_ms);
        config.response_delay_ms = self.response_delay_ms.unwrap_or(config.response_delay_ms);
        config.seed = self.seed.unwrap_or(config.seed);
        if !self.no_default_persons {
            config.persons.extend(default_persons());
        }
        anyhow::ensure!(!config.accounts.is_empty(), "nobody could bind: give --account or a configuration with one");
        Ok(config)
    }
}

fn read_config(path: &Path) -> anyhow::Result<SimConfig> {
    Ok(SimConfig::from_toml(&fs::read_to_string(path)?)?)
}

fn parse_account(flag: &str) -> Result<AccountConfig, String> {
    let (system_id, password) = flag.split_once(':').ok_or("not of the form system_id:password")?;
    Ok(AccountConfig::new(system_id, password))
}

/// Writes the addresses where a starter waits for them, whole or not at all.
pub fn write_ready_file(path: &Path, smpp: SocketAddr, control: SocketAddr) -> anyhow::Result<()> {
    let ready = json!({ "smpp": smpp, "control": control, "pid": process::id() });
    let unfinished = path.with_extension("unfinished");
    fs::write(&unfinished, ready.to_string()).and_then(|()| fs::rename(&unfinished, path))?;
    Ok(())
}
