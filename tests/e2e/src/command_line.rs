//! The command `volley`, as people and scripts use it.

use std::{path::Path, process::Command};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::process::path_of;

/// What a command said, and how it ended.
#[derive(Debug, Clone)]
pub struct Ran {
    /// Its exit code.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

/// Runs `volley` to its end, on the Volley of this data directory.
///
/// # Errors
/// When it does not start, or is killed.
pub fn volley(data: &Path, arguments: &[&str]) -> Result<Ran> {
    let output = Command::new(path_of("volley")?)
        .arg("--data")
        .arg(data)
        .args(arguments)
        .output()?;
    Ok(Ran {
        code: output.status.code().context("volley was killed")?,
        out: String::from_utf8(output.stdout)?,
        err: String::from_utf8(output.stderr)?,
    })
}

impl Ran {
    /// Fails unless it ended with this code.
    ///
    /// # Errors
    /// When it did not.
    pub fn ended_with(self, code: i32) -> Result<Self> {
        ensure!(self.code == code, "it ended with {}, not with {code}:\n{}{}", self.code, self.out, self.err);
        Ok(self)
    }

    /// What it said, as one JSON object a line.
    ///
    /// # Errors
    /// When a line is none.
    pub fn json(&self) -> Result<Vec<Value>> {
        let object = |line: &str| {
            let value: Value = serde_json::from_str(line).with_context(|| format!("not JSON: {line}"))?;
            ensure!(value.is_object(), "not an object: {line}");
            Ok(value)
        };
        self.out.lines().map(object).collect()
    }
}
