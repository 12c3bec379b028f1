//! What the operating system says of a process.

use std::fs;

use anyhow::{Context, Result};

/// Its resident memory in MiB.
///
/// # Errors
/// When it has ended.
pub fn resident_mib(pid: u32) -> Result<f64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).context("the process has ended")?;
    let kib = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:")?.split_whitespace().next());
    Ok(kib.context("no VmRSS in its status")?.parse::<f64>()? / 1024.0)
}
