//! What RocksDB lets pass when it opens a damaged directory, looked for before it opens it (design G14).
//!
//! RocksDB checks the checksum of every record of a write-ahead log or manifest that it takes. What it cannot take it may leave
//! out without a word, because a process that dies leaves the same picture:
//!
//! | damage | RocksDB alone | here |
//! |---|---|---|
//! | a length near the end of a file says more than is there | the rest of the file is a torn end, and cut | [`Damage::File`] |
//! | zeros in the middle of a file | the rest of that block is passed over | [`Damage::File`] |
//! | CURRENT is gone or names no manifest | a new, empty store is begun, and the old files are removed | [`Damage::File`] |
//!
//! CHECK-1: a file as a dying process leaves it passes: whole records, then the beginning of one, then nothing or zeros.
//! CHECK-2: nothing is changed; what is damaged stays for whoever repairs it.
//!
//! Wrong checksums are left to RocksDB, and so are tables: every block of them has its own.

mod cut;
mod directory;
mod framing;

use std::{io, path::PathBuf};

pub use directory::check;

/// Why a directory must not be opened.
#[derive(Debug, thiserror::Error)]
pub enum Damage {
    /// A file is not as it was written.
    #[error("{} is damaged at octet {at}: {what}", .file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// The first octet that makes no sense.
        at: u64,
        /// How it shows.
        what: &'static str,
    },
    /// A file is there and cannot be read.
    #[error("{} cannot be read: {error}", .file.display())]
    Unreadable {
        /// The file, or the directory.
        file: PathBuf,
        /// What the operating system said.
        error: io::Error,
    },
}
