//! Logs: to standard error, for people or as one JSON object a line.

use std::{
    env,
    io::{self, IsTerminal},
    panic,
};

use serde::{Deserialize, Serialize};
use tracing_subscriber::{EnvFilter, util::SubscriberInitExt};

/// Overrides the configured format: `human` or `json`.
pub const FORMAT_VARIABLE: &str = "VOLLEY_LOG_FORMAT";

/// Overrides the configured filter.
pub const FILTER_VARIABLE: &str = "VOLLEY_LOG";

/// What the log looks like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// One line an event, in colour on a terminal.
    #[default]
    Human,
    /// One JSON object an event.
    Json,
}

/// How much is logged, and how it looks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LogConfig {
    /// For people or for machines.
    pub format: LogFormat,
    /// Levels by module, as in `info,volley_routing=debug`.
    pub filter: String,
}

impl Default for LogConfig {
    fn default() -> Self {
        Self { format: LogFormat::default(), filter: "info".to_owned() }
    }
}

/// Why logging could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The filter does not follow the syntax of filters.
    #[error("log filter {filter:?} cannot be read")]
    Filter {
        /// The filter as given.
        filter: String,
        /// What is wrong with it.
        source: tracing_subscriber::filter::ParseError,
    },
    /// The environment asks for a format that does not exist.
    #[error("{FORMAT_VARIABLE} is {0:?}; it can be human or json")]
    Format(String),
}

/// Starts logging, once for the process: a later call changes nothing, so that each service of a shared process may make it.
/// Panics are logged too, where they happened.
///
/// # Errors
/// When the filter or the format, from the configuration or from the environment, cannot be read.
pub fn init(config: &LogConfig) -> Result<(), TelemetryError> {
    let format = chosen_format(config.format, env::var(FORMAT_VARIABLE).ok())?;
    let filter = chosen_filter(&config.filter, env::var(FILTER_VARIABLE).ok())?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);

    let installed = match format {
        LogFormat::Human => builder.with_ansi(io::stderr().is_terminal()).finish().try_init(),
        LogFormat::Json => builder.json().flatten_event(true).finish().try_init(),
    };
    if installed.is_ok() {
        panic::set_hook(Box::new(|panic| {
            let backtrace = std::backtrace::Backtrace::capture();
            tracing::error!(%backtrace, "{panic}");
        }));
    }
    Ok(())
}

fn chosen_format(configured: LogFormat, variable: Option<String>) -> Result<LogFormat, TelemetryError> {
    match variable.as_deref() {
        None | Some("") => Ok(configured),
        Some("human") => Ok(LogFormat::Human),
        Some("json") => Ok(LogFormat::Json),
        Some(other) => Err(TelemetryError::Format(other.to_owned())),
    }
}

fn chosen_filter(configured: &str, variable: Option<String>) -> Result<EnvFilter, TelemetryError> {
    let filter = variable
        .filter(|filter| !filter.is_empty())
        .unwrap_or_else(|| configured.to_owned());
    EnvFilter::try_new(&filter).map_err(|source| TelemetryError::Filter { filter, source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_overrides_the_configured_format() {
        assert_eq!(chosen_format(LogFormat::Human, Some("json".to_owned())).ok(), Some(LogFormat::Json));
        assert_eq!(chosen_format(LogFormat::Json, None).ok(), Some(LogFormat::Json));
    }

    #[test]
    fn an_unknown_format_is_refused_by_name() {
        let error = chosen_format(LogFormat::Human, Some("xml".to_owned())).expect_err("there is no such format");
        assert_eq!(error.to_string(), "VOLLEY_LOG_FORMAT is \"xml\"; it can be human or json");
    }

    #[test]
    fn the_environment_overrides_the_configured_filter() {
        let filter = chosen_filter("info", Some("volley_routing=debug".to_owned())).expect("a good filter");
        assert_eq!(filter.to_string(), "volley_routing=debug");
    }

    #[test]
    fn a_filter_that_cannot_be_read_is_refused() {
        assert!(matches!(chosen_filter("a=b=c", None), Err(TelemetryError::Filter { .. })));
    }

    #[test]
    fn a_second_start_changes_nothing_and_is_no_error() {
        init(&LogConfig::default()).expect("the default can be read");
        init(&LogConfig::default()).expect("once more is fine");
    }
}
