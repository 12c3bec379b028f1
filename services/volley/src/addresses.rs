//! `DIR/addresses.json`: where a running `volley up` is.

use std::path::{Path, PathBuf};

use anyhow::Context;
use serde::{Deserialize, Serialize};

/// Name of the file in the data directory.
const FILE: &str = "addresses.json";

/// Ports, process and key files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Addresses {
    /// The process.
    pub pid: u32,
    /// The front door, gRPC without TLS.
    pub grpc: String,
    /// Health and metrics, HTTP.
    pub admin: String,
    /// The simulated carrier, SMPP; absent with carriers of one's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carrier_sim: Option<String>,
    /// The simulated carrier's control port, HTTP; absent with carriers of one's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carrier_sim_control: Option<String>,
    /// The demo tenant.
    pub tenant: String,
    /// File of its API key, mode 0600.
    pub api_key_file: PathBuf,
    /// File of the operator's key, mode 0600.
    pub operator_key_file: PathBuf,
}

impl Addresses {
    /// Reads the file of a data directory.
    pub fn read(data: &Path) -> anyhow::Result<Self> {
        let path = data.join(FILE);
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("cannot read {}: is `volley up` running with this --data?", path.display()))?;
        serde_json::from_str(&text).with_context(|| format!("{} does not read", path.display()))
    }

    /// Writes it, as a whole or not at all.
    pub fn write(&self, data: &Path) -> anyhow::Result<()> {
        let (path, fresh) = (data.join(FILE), data.join("addresses.json.new"));
        let text = serde_json::to_string_pretty(self)? + "\n";
        std::fs::write(&fresh, text).with_context(|| format!("cannot write {}", fresh.display()))?;
        std::fs::rename(&fresh, &path).with_context(|| format!("cannot write {}", path.display()))
    }

    /// Removes it: nobody is there any more.
    pub fn remove(data: &Path) -> anyhow::Result<()> {
        let path = data.join(FILE);
        std::fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))
    }
}

/// The data directory unless another is named: `$XDG_DATA_HOME/volley`, or `~/.local/share/volley`.
pub fn default_data_dir() -> anyhow::Result<PathBuf> {
    let var = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let base = var("XDG_DATA_HOME").or_else(|| Some(var("HOME")?.join(".local/share")));
    Ok(base
        .context("neither XDG_DATA_HOME nor HOME is set: name a directory with --data")?
        .join("volley"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_read_back() {
        let dir = tempfile::tempdir().unwrap();
        let addresses = Addresses {
            pid: 7,
            grpc: "127.0.0.1:7700".into(),
            admin: "127.0.0.1:7701".into(),
            carrier_sim: None,
            carrier_sim_control: None,
            tenant: "demo".into(),
            api_key_file: dir.path().join("api-key"),
            operator_key_file: dir.path().join("operator-key"),
        };
        assert!(Addresses::read(dir.path()).is_err());
        addresses.write(dir.path()).unwrap();
        assert_eq!(Addresses::read(dir.path()).unwrap(), addresses);
        Addresses::remove(dir.path()).unwrap();
        assert!(Addresses::read(dir.path()).is_err());
    }
}
