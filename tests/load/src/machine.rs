//! What the operating system says of a process and a disk.

use std::{
    fs::{self, File},
    io::Write as _,
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};

use crate::samples::Samples;

/// Kernel clock ticks a second in `/proc/PID/stat` (`USER_HZ`, the same on every Linux).
const TICKS_PER_SECOND: f64 = 100.0;

/// Syncs measured, and the octets written before each.
const SYNCS: usize = 200;
const SYNC_OCTETS: usize = 16 * 1024;

/// User and system time of a process, in seconds.
pub fn cpu_seconds(pid: u32) -> Result<f64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // Fields are counted behind the command name, which may hold blanks: utime and stime are the 12th and 13th.
    let fields = stat.rsplit_once(')').context("no command name in stat")?.1;
    let ticks = fields.split_whitespace().skip(11).take(2).map(str::parse::<f64>);
    Ok(ticks.sum::<Result<f64, _>>()? / TICKS_PER_SECOND)
}

/// A line of `/proc/PID/status` in MiB: `VmRSS` now, `VmHWM` at its peak.
pub fn memory_mib(pid: u32, line: &str) -> Result<f64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let found = status.lines().find_map(|found| found.strip_prefix(line)?.strip_prefix(':'));
    let kib: f64 = found
        .and_then(|rest| rest.split_whitespace().next())
        .with_context(|| format!("no {line} in status"))?
        .parse()?;
    Ok(kib / 1024.0)
}

/// How long `fdatasync` takes on the disk of this directory.
pub fn fdatasync(dir: &Path) -> Result<Samples> {
    let path = dir.join("fdatasync.probe");
    let mut file = File::create(&path)?;
    let mut spans = Samples::default();
    for _ in 0..SYNCS {
        file.write_all(&[7; SYNC_OCTETS])?;
        let begin = Instant::now();
        file.sync_data()?;
        spans.add(begin.elapsed());
        std::thread::sleep(Duration::from_millis(1));
    }
    fs::remove_file(path)?;
    Ok(spans)
}
