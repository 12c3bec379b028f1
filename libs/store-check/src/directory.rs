//! The directory of one RocksDB.

use std::{
    fs::{self, File},
    io::ErrorKind,
    path::{Path, PathBuf},
};

use crate::{Damage, framing};

/// Looks for what RocksDB would pass over. A directory that does not exist, or holds no store, is as it should be.
///
/// Reads the manifest and the write-ahead logs once: as much as RocksDB itself does when it opens them.
///
/// # Errors
/// The first damage found.
pub fn check(directory: &Path) -> Result<(), Damage> {
    let logs = write_ahead_logs(directory)?;
    match manifest(directory)? {
        Some(manifest) => check_records(&manifest)?,
        None if logs.is_empty() && files(directory, "sst")?.is_empty() => return Ok(()),
        None => return Err(missing(directory.join("CURRENT"), "it is missing beside the files of a store")),
    }
    logs.iter().try_for_each(|log| check_records(log))
}

/// The manifest that CURRENT names; `None` without a CURRENT.
fn manifest(directory: &Path) -> Result<Option<PathBuf>, Damage> {
    let current = directory.join("CURRENT");
    let named = match fs::read(&current) {
        Ok(named) => named,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Damage::Unreadable { file: current, error }),
    };
    let Some(name) = manifest_name(&named) else {
        return Err(missing(current, "it does not name a manifest"));
    };
    let manifest = directory.join(name);
    match manifest.exists() {
        true => Ok(Some(manifest)),
        false => Err(missing(current, "it names a manifest that is not there")),
    }
}

/// `MANIFEST-`, digits, the end of the line.
fn manifest_name(named: &[u8]) -> Option<&str> {
    let name = std::str::from_utf8(named).ok()?.strip_suffix('\n')?;
    let number = name.strip_prefix("MANIFEST-")?;
    let digits = !number.is_empty() && number.bytes().all(|octet| octet.is_ascii_digit());
    digits.then_some(name)
}

/// The write-ahead logs that hold something, oldest first.
fn write_ahead_logs(directory: &Path) -> Result<Vec<PathBuf>, Damage> {
    let mut logs = files(directory, "log")?;
    logs.retain(|log| fs::metadata(log).map_or(true, |found| found.len() > 0));
    Ok(logs)
}

/// The files with this ending, by name.
fn files(directory: &Path, ending: &str) -> Result<Vec<PathBuf>, Damage> {
    let unreadable = |error| Damage::Unreadable { file: directory.to_owned(), error };
    let entries = match fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(unreadable(error)),
    };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(unreadable)?.path();
        if path.extension().is_some_and(|found| found == ending) {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn check_records(file: &Path) -> Result<(), Damage> {
    match File::open(file).and_then(framing::walk) {
        Ok(None) => Ok(()),
        Ok(Some((at, what))) => Err(Damage::File { file: file.to_owned(), at, what }),
        Err(error) => Err(Damage::Unreadable { file: file.to_owned(), error }),
    }
}

fn missing(file: PathBuf, what: &'static str) -> Damage {
    Damage::File { file, at: 0, what }
}
