//! A disk of a few megabytes: a file system in memory, in a mount namespace of its own that ends with the test.

use std::{
    fs::{self, OpenOptions},
    io::{BufRead, BufReader, ErrorKind, Read, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use anyhow::{Context, Result};
use tempfile::TempDir;
use volley_e2e::embedded::Home;

use crate::damage;

/// Mounts, says so, and holds the namespace until its input ends, which is when the test does.
const HOLD: &str = r#"mount -t tmpfs -o "size=$1m,mode=700" tmpfs "$2" && echo mounted && exec cat"#;

/// Octets written at once to fill the disk.
const CHUNK: usize = 64 << 10;

/// A small disk.
#[derive(Debug)]
pub struct SmallDisk {
    holder: Child,
    mount_point: TempDir,
}

impl SmallDisk {
    /// Mounts one of so many MiB; `None`, with the reason on standard error, where that is not allowed.
    ///
    /// # Errors
    /// When the attempt itself fails.
    #[expect(
        clippy::print_stderr,
        reason = "who reads the test's output must know that it proved nothing"
    )]
    pub fn mount(mib: u32) -> Result<Option<Self>> {
        let mount_point = tempfile::tempdir()?;
        let unshare = Command::new("unshare")
            .args(["--mount", "--propagation", "private", "sh", "-c", HOLD, "volley-small-disk"])
            .arg(mib.to_string())
            .arg(mount_point.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        let mut holder = match unshare {
            Ok(holder) => holder,
            Err(error) => {
                eprintln!("SKIPPED: a small disk needs unshare(1): {error}");
                return Ok(None);
            }
        };
        let mut said = String::new();
        BufReader::new(holder.stdout.take().context("no output")?).read_line(&mut said)?;
        if said.trim() == "mounted" {
            return Ok(Some(Self { holder, mount_point }));
        }
        holder.wait()?;
        let mut reason = String::new();
        holder.stderr.take().context("no error output")?.read_to_string(&mut reason)?;
        eprintln!("SKIPPED: a small disk needs a mount namespace, as root has: {}", reason.trim());
        Ok(None)
    }

    /// The disk, as this process sees it.
    pub fn path(&self) -> PathBuf {
        let inside = self.mount_point.path();
        let relative = inside.strip_prefix("/").unwrap_or(inside);
        Path::new("/proc")
            .join(self.holder.id().to_string())
            .join("root")
            .join(relative)
    }

    /// A home for `volley up`, which runs inside.
    ///
    /// # Errors
    /// When no directory for its output can be had.
    pub fn home(&self) -> Result<Home> {
        let holder = self.holder.id().to_string();
        let entry = ["nsenter", "--target", &holder, "--mount", "--"].map(str::to_owned).to_vec();
        Home::elsewhere(entry, self.mount_point.path().to_owned(), self.path())
    }

    /// Fills it until so many octets are left.
    ///
    /// # Errors
    /// When it fails for another reason than that it is full.
    pub fn fill(&self, left: u64) -> Result<()> {
        let mut file = OpenOptions::new().create(true).append(true).open(self.filler())?;
        let chunk = vec![0; CHUNK];
        loop {
            match file.write_all(&chunk) {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::StorageFull => break,
                Err(error) => return Err(error.into()),
            }
        }
        let length = file.metadata()?.len();
        Ok(file.set_len(length.saturating_sub(left))?)
    }

    /// Gives the room back.
    ///
    /// # Errors
    /// When it was not filled.
    pub fn make_room(&self) -> Result<()> {
        Ok(fs::remove_file(self.filler())?)
    }

    /// Copies what is on it, without what fills it.
    ///
    /// # Errors
    /// When something cannot be read or written.
    pub fn copy_to(&self, to: &Path) -> Result<()> {
        damage::copy(&self.path(), to)
    }

    fn filler(&self) -> PathBuf {
        self.path().join("filler")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // It may have ended already; then there is nothing to end.
        let _ = self.holder.kill();
        let _ = self.holder.wait();
    }
}
