//! Logs: to standard error, for people or as one JSON object a line.

use std::{
    env,
    io::{self, IsTerminal},
    panic,
};

use serde::{Deserialize, Serialize};
use tracing::{Metadata, Subscriber};
use tracing_subscriber::{
    EnvFilter, filter::filter_fn, layer::Layer, layer::SubscriberExt, registry::LookupSpan, util::SubscriberInitExt,
};

/// Overrides the configured format: `human` or `json`.
pub const FORMAT_VARIABLE: &str = "VOLLEY_LOG_FORMAT";

/// Overrides the configured filter.
pub const FILTER_VARIABLE: &str = "VOLLEY_LOG";

/// Libraries that write whole phone numbers into their logs: they are never heard, whatever a filter says.
const INDISCREET: [&str; 1] = ["rlibphonenumber"];

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
        LogFormat::Human => builder
            .with_ansi(io::stderr().is_terminal())
            .finish()
            .with(discretion())
            .try_init(),
        LogFormat::Json => builder.json().flatten_event(true).finish().with(discretion()).try_init(),
    };
    if installed.is_ok() {
        panic::set_hook(Box::new(|panic| {
            let backtrace = std::backtrace::Backtrace::capture();
            tracing::error!(%backtrace, "{panic}");
        }));
    }
    Ok(())
}

/// Silences [`INDISCREET`] libraries ahead of every filter: no directive, however special, makes them heard.
fn discretion<S: Subscriber + for<'span> LookupSpan<'span>>() -> impl Layer<S> {
    filter_fn(is_discreet)
}

fn is_discreet(event: &Metadata<'_>) -> bool {
    let library = event.target().split("::").next();
    library.is_none_or(|library| !INDISCREET.contains(&library))
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
    use std::sync::{Arc, Mutex};

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
    fn a_library_that_writes_numbers_is_silent_whatever_the_filter_says() {
        for filter in ["trace", "rlibphonenumber=trace", "info,rlibphonenumber::phonenumberutil=trace", "[call]=trace"]
        {
            let written = Written::default();
            let subscriber = tracing_subscriber::fmt()
                .with_env_filter(chosen_filter("info", Some(filter.to_owned())).expect("a good filter"))
                .with_writer(written.clone())
                .finish()
                .with(discretion());
            tracing::subscriber::with_default(subscriber, || {
                let _call = tracing::error_span!("call").entered();
                tracing::trace!(target: "rlibphonenumber::phonenumberutil", "Number '821012345678' is a mobile number");
                tracing::error!(target: "rlibphonenumber", "Number '821012345678' is strange");
                tracing::error!(target: "rlibphonenumber_like", "somebody else");
                tracing::error!("ours");
            });
            let written = written.text();
            assert!(!written.contains("821012345678"), "{filter}: {written}");
            assert_eq!(written.contains("ours"), !filter.starts_with("rlib"), "{filter}: {written}");
        }
    }

    /// What a subscriber wrote.
    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl Written {
        fn text(&self) -> String {
            String::from_utf8(self.0.lock().expect("no writer panics").clone()).expect("logs are text")
        }
    }

    impl io::Write for Written {
        fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("no writer panics").extend_from_slice(octets);
            Ok(octets.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl tracing_subscriber::fmt::MakeWriter<'_> for Written {
        type Writer = Self;

        fn make_writer(&self) -> Self {
            self.clone()
        }
    }

    #[test]
    fn a_second_start_changes_nothing_and_is_no_error() {
        init(&LogConfig::default()).expect("the default can be read");
        init(&LogConfig::default()).expect("once more is fine");
    }
}
