use std::fmt;

use thiserror::Error;

/// One mistake in a profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Where: `limits.window`; empty for the text as a whole.
    pub key: String,
    /// What is wrong, and what is allowed.
    pub fault: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.key.as_str() {
            "" => f.write_str(&self.fault),
            key => write!(f, "{key} {}", self.fault),
        }
    }
}

/// Every mistake in a profile, in the order of its reading; at least one.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub struct Faults(pub Vec<Fault>);

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let faults: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&faults.join("; "))
    }
}
