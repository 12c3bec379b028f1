//! Copies of data directories, and files in them with some octets changed.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

/// Octets of a block of the smallest tables.
const BLOCK: usize = 4 << 10;

/// Octets of the header of a record in a write-ahead log, and where in it the high octet of its length stands.
const HEADER: usize = 7;
const LENGTH_AT: usize = 5;

/// Octets of a block of such a log.
const LOG_BLOCK: usize = 32 << 10;

/// Where a file is changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// One octet in its middle.
    Middle,
    /// The length of its last record, so that it is more than the file holds.
    LastLength,
    /// One octet of every block.
    EveryBlock,
}

/// Copies a directory with all that is in it.
///
/// # Errors
/// When something cannot be read or written.
pub fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).with_context(|| from.display().to_string())? {
        let entry = entry?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        match entry.file_type()?.is_dir() {
            true => copy(&source, &target)?,
            false => {
                std::io::copy(&mut File::open(&source)?, &mut File::create(&target)?)?;
            }
        }
    }
    Ok(())
}

/// Changes the largest file of this kind, by its ending or its name up to the number, below a folder; of a kind of which every
/// store has one, that is one of the largest store. Gives the file.
///
/// # Errors
/// When there is none, or it cannot be changed.
pub fn change(folder: &Path, kind: &str, place: Place) -> Result<PathBuf> {
    let mut files = Vec::new();
    find(folder, kind, &mut files)?;
    let largest = files.into_iter().max().with_context(|| format!("no file of kind {kind}"))?.1;
    let mut octets = fs::read(&largest)?;
    for at in places(&octets, place)? {
        octets[at] ^= 0x40;
    }
    fs::write(&largest, octets)?;
    Ok(largest)
}

fn find(folder: &Path, kind: &str, found: &mut Vec<(u64, PathBuf)>) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let is_kind = path.extension().is_some_and(|ending| ending == kind) || name.split('-').next() == Some(kind);
        if path.is_dir() {
            find(&path, kind, found)?;
        } else if is_kind {
            found.push((fs::metadata(&path)?.len(), path));
        }
    }
    Ok(())
}

fn places(octets: &[u8], place: Place) -> Result<Vec<usize>> {
    match place {
        Place::Middle => Ok(vec![octets.len() / 2]),
        Place::EveryBlock => Ok((BLOCK / 2..octets.len()).step_by(BLOCK).collect()),
        Place::LastLength => Ok(vec![last_record(octets).context("no record")? + LENGTH_AT]),
    }
}

/// Where the last record of a file in RocksDB's framing begins.
fn last_record(octets: &[u8]) -> Option<usize> {
    let (mut at, mut last) = (0, None);
    while at + HEADER <= octets.len() {
        if LOG_BLOCK - at % LOG_BLOCK < HEADER {
            at += LOG_BLOCK - at % LOG_BLOCK;
            continue;
        }
        last = Some(at);
        at += HEADER + usize::from(u16::from_le_bytes([octets[at + LENGTH_AT - 1], octets[at + LENGTH_AT]]));
    }
    last
}
