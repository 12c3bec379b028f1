//! Configuration: documented structs, filled from defaults, then a TOML file, then the environment.
//!
//! ```text
//! VOLLEY_INGEST__GRPC__LISTEN=127.0.0.1:7000    is    [grpc]
//!                                                     listen = "127.0.0.1:7000"
//! ```
//!
//! A double underscore goes one table down. A value that starts with `[` or `{` is read as TOML, any other as it stands.
//! Structs carry `#[serde(deny_unknown_fields, default)]`: that makes a misspelt key an error, which names the key, where it
//! stood, and the keys it could have been.

mod blame;
mod layers;
mod reference;
mod runtime;
mod secret;

use std::{
    collections::BTreeMap,
    env,
    path::{Path, PathBuf},
};

use serde::de::DeserializeOwned;

use layers::Layers;

pub use reference::check_reference;
pub use runtime::{AdminConfig, RUNTIME_REFERENCE, RuntimeConfig};
pub use secret::Secret;

/// Where a configuration comes from.
#[derive(Clone, Debug)]
pub struct ConfigSource {
    /// The TOML file, if there is one.
    pub file: Option<PathBuf>,
    /// What the names of our environment variables begin with, without the underscores: `VOLLEY_INGEST`. No service's prefix
    /// may be the beginning of another's.
    pub env_prefix: String,
    /// The environment, name to value; names that do not begin with the prefix are not ours.
    pub environment: BTreeMap<String, String>,
}

impl ConfigSource {
    /// The environment of this process, and a file if one is given. A variable that is not Unicode is shown with replacement
    /// characters, as its own error will.
    #[must_use]
    pub fn of_process(file: Option<&Path>, env_prefix: &str) -> Self {
        let readable = |text: std::ffi::OsString| text.to_string_lossy().into_owned();
        Self {
            file: file.map(Path::to_path_buf),
            env_prefix: env_prefix.to_owned(),
            environment: env::vars_os().map(|(name, value)| (readable(name), readable(value))).collect(),
        }
    }
}

/// What is wrong with a configuration. Every variant says where.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read {}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not TOML, or holds an unknown key or a wrong value.
    #[error("{}, line {line}: {fault}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong there, with the key and with those known in its place.
        fault: String,
    },
    /// A variable has an unknown name or a wrong value.
    #[error("environment variable {variable}: {fault}")]
    Environment {
        /// Its whole name.
        variable: String,
        /// What is wrong with it, with the keys known in its place.
        fault: String,
    },
    /// The parts are fine, and together they are not: a key is missing, most likely.
    #[error("{fault}")]
    Together {
        /// What is wrong.
        fault: String,
    },
}

/// Reads a configuration.
///
/// # Errors
/// When the file cannot be read, when a key is unknown, and when a value is not what its field takes.
pub fn load<T: DeserializeOwned>(source: &ConfigSource) -> Result<T, ConfigError> {
    let layers = Layers::read(source)?;
    layers.decode(|_| true).map_err(|fault| blame::find::<T>(&layers, &fault))
}

#[cfg(test)]
mod tests;
