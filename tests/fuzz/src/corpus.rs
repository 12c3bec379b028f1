//! The inputs kept in `corpus/`, one file each.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use crate::Target;

/// The folder of a target's inputs.
#[must_use]
pub fn folder(target: Target) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target.name)
}

/// The inputs of a target with their file names, by name.
///
/// # Errors
/// If the folder cannot be read or is empty: a replay of nothing must not pass.
pub fn read(target: Target) -> Result<Vec<(String, Vec<u8>)>> {
    let folder = folder(target);
    let mut inputs = Vec::new();
    for entry in fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        inputs.push((name, fs::read(&path)?));
    }
    ensure!(!inputs.is_empty(), "{} holds no input", folder.display());
    inputs.sort();
    Ok(inputs)
}

/// Adds an input, under a name of its kind and its shape, and gives its path.
///
/// # Errors
/// If it cannot be written.
pub fn save(target: Target, kind: &str, shape: u64, octets: &[u8]) -> Result<PathBuf> {
    let path = folder(target).join(format!("{kind}-{shape:016x}"));
    fs::write(&path, octets).with_context(|| path.display().to_string())?;
    Ok(path)
}
