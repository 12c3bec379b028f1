//! The data directory: the log, the states, the keys.

use std::{
    fs,
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use anyhow::Context;
use volley_runtime::random_bytes;

/// Only the owner may look in.
const DIR_MODE: u32 = 0o700;
/// Only the owner may read a key.
const KEY_MODE: u32 = 0o600;

/// What helps when a kept line is lost.
const REMEDY: &str = "put back what it held, or remove it to have a new one made";

/// A data directory.
#[derive(Debug, Clone)]
pub struct DataDir(PathBuf);

impl DataDir {
    /// Makes it if it is not there.
    pub fn open(path: &Path) -> anyhow::Result<Self> {
        let made = fs::DirBuilder::new().recursive(true).mode(DIR_MODE).create(path);
        made.with_context(|| format!("cannot make the data directory {}", path.display()))?;
        let path = path.canonicalize().with_context(|| format!("cannot use {}", path.display()))?;
        Ok(Self(path))
    }

    /// The directory itself.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The embedded log.
    pub fn log(&self) -> PathBuf {
        self.0.join("log")
    }

    /// The stores of one service.
    pub fn state(&self, service: &str) -> PathBuf {
        self.0.join("state").join(service)
    }

    /// File of the demo tenant's API key.
    pub fn api_key_file(&self) -> PathBuf {
        self.0.join("api-key")
    }

    /// File of the operator's key.
    pub fn operator_key_file(&self) -> PathBuf {
        self.0.join("operator-key")
    }

    /// The operator's key; made at the first start.
    pub fn operator_key(&self) -> anyhow::Result<String> {
        self.secret(&self.operator_key_file(), "vo_")
    }

    /// The key that public events hide handsets with; made at the first start.
    pub fn event_key(&self) -> anyhow::Result<String> {
        self.secret(&self.0.join("event-key"), "")
    }

    /// Which start this is, from 0: plays of the conversation take other handsets each time.
    pub fn count_start(&self) -> anyhow::Result<u32> {
        let file = self.0.join("starts");
        let starts: u32 = match kept(&file)? {
            Some(text) => text
                .parse()
                .with_context(|| format!("{} holds no number of starts: {REMEDY}", file.display()))?,
            None => 0,
        };
        keep(&file, &starts.saturating_add(1).to_string())?;
        Ok(starts)
    }

    /// A key made at the first start. One that cannot be read is an error and not replaced: what it made is not made again with another.
    fn secret(&self, file: &Path, prefix: &str) -> anyhow::Result<String> {
        if let Some(key) = kept(file)? {
            return Ok(key);
        }
        let digits: String = random_bytes::<32>().iter().map(|octet| format!("{octet:02x}")).collect();
        let key = format!("{prefix}{digits}");
        keep(file, &key)?;
        Ok(key)
    }
}

/// Keeps a line in a file that only the owner may read, as a whole or not at all.
pub fn keep(file: &Path, line: &str) -> anyhow::Result<()> {
    let write = || -> io::Result<()> {
        let fresh = file.with_extension("new");
        let mut options = fs::OpenOptions::new();
        let mut opened = options.write(true).create(true).truncate(true).mode(KEY_MODE).open(&fresh)?;
        writeln!(opened, "{line}")?;
        opened.sync_all()?;
        fs::rename(&fresh, file)
    };
    write().with_context(|| format!("cannot write {}", file.display()))
}

/// The line kept in a file; `None` if there is no such file.
pub fn kept(file: &Path) -> anyhow::Result<Option<String>> {
    match fs::read_to_string(file) {
        Ok(text) if text.trim().is_empty() => anyhow::bail!("{} is empty: {REMEDY}", file.display()),
        Ok(text) => Ok(Some(text.trim().to_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read {} ({REMEDY})", file.display())),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn keys_are_made_once_and_nobody_else_reads_them() {
        let dir = tempfile::tempdir().unwrap();
        let data = DataDir::open(&dir.path().join("a/b")).unwrap();
        let key = data.operator_key().unwrap();
        assert_eq!(data.operator_key().unwrap(), key);
        assert_ne!(data.event_key().unwrap(), key);
        let mode = fs::metadata(data.operator_key_file()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, KEY_MODE);
    }

    #[test]
    fn a_key_that_cannot_be_read_is_not_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let data = DataDir::open(dir.path()).unwrap();
        for damaged in [&b"\xff\xfe"[..], b"", b"\n"] {
            fs::write(data.operator_key_file(), damaged).unwrap();
            let refused = data.operator_key().unwrap_err();
            let refused = format!("{refused:#}");
            assert!(refused.contains("operator-key") && refused.contains(REMEDY), "{refused}");
            assert_eq!(fs::read(data.operator_key_file()).unwrap(), damaged);
        }
    }

    #[test]
    fn starts_are_counted() {
        let dir = tempfile::tempdir().unwrap();
        let data = DataDir::open(dir.path()).unwrap();
        assert_eq!([data.count_start().unwrap(), data.count_start().unwrap()], [0, 1]);
        fs::write(data.path().join("starts"), "many").unwrap();
        assert!(format!("{:#}", data.count_start().unwrap_err()).contains("starts"));
    }
}
