//! Prometheus metrics: one recorder for the process, shared by every service in it.
//!
//! Each service lists its metrics in a table of [`Metric`] in its own `metrics.rs` and hands it to [`describe`].

mod process;

use std::{
    sync::{Mutex, PoisonError},
    thread,
    time::Duration,
};

pub use ::metrics::Unit;

use ::metrics::{describe_counter, describe_gauge, describe_histogram};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};

/// How often the process is measured and collected samples are folded into their histograms, so that memory stays bounded
/// also when nobody scrapes.
const UPKEEP_INTERVAL: Duration = Duration::from_secs(5);

/// Upper bounds of the buckets of every histogram named `…_seconds`: from a log sync to a dwell limit.
const BUCKETS_S: [f64; 18] = [
    0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0,
    600.0,
];

static INSTALLED: Mutex<Option<Metrics>> = Mutex::new(None);

/// What there is to say about one metric.
#[derive(Clone, Copy, Debug)]
pub struct Metric {
    /// Counter, gauge or histogram.
    pub kind: MetricKind,
    /// Full name, unit last: `volley_ingest_admit_seconds`.
    pub name: &'static str,
    /// The unit of its values.
    pub unit: Unit,
    /// What it tells, and its labels.
    pub help: &'static str,
}

/// The kinds of metrics.
#[derive(Clone, Copy, Debug)]
pub enum MetricKind {
    /// Only grows.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Spreads over buckets when its name ends in `_seconds`, else over quantiles.
    Histogram,
}

/// Why metrics could not be started.
#[derive(Debug, thiserror::Error)]
pub enum MetricsError {
    /// Another recorder was installed before.
    #[error("cannot install the metrics recorder")]
    Recorder(#[from] BuildError),
    /// The operating system refused the upkeep thread.
    #[error("cannot start the metrics thread")]
    Thread(#[from] std::io::Error),
}

/// The metrics of this process. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Metrics(PrometheusHandle);

impl Metrics {
    /// Installs the recorder, or gives the one that is installed already.
    ///
    /// # Errors
    /// When a recorder that is not ours is in place, or a thread cannot be had.
    pub fn install() -> Result<Self, MetricsError> {
        let mut installed = INSTALLED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(metrics) = &*installed {
            return Ok(metrics.clone());
        }
        let seconds = Matcher::Suffix("_seconds".to_owned());
        let handle = PrometheusBuilder::new()
            .set_buckets_for_metric(seconds, &BUCKETS_S)?
            .install_recorder()?;
        let metrics = Self(handle);
        metrics.start_upkeep()?;
        Ok(installed.insert(metrics).clone())
    }

    /// Everything, as Prometheus reads it.
    #[must_use]
    pub fn render(&self) -> String {
        process::measure();
        self.0.render()
    }

    fn start_upkeep(&self) -> std::io::Result<()> {
        process::describe();
        let handle = self.0.clone();
        thread::Builder::new().name("metrics".to_owned()).spawn(move || {
            loop {
                process::measure();
                handle.run_upkeep();
                thread::sleep(UPKEEP_INTERVAL);
            }
        })?;
        Ok(())
    }
}

/// Gives each metric its unit and its description.
pub fn describe(metrics: &[Metric]) {
    for Metric { kind, name, unit, help } in metrics {
        match kind {
            MetricKind::Counter => describe_counter!(*name, *unit, *help),
            MetricKind::Gauge => describe_gauge!(*name, *unit, *help),
            MetricKind::Histogram => describe_histogram!(*name, *unit, *help),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_of_one_process_share_one_recorder() {
        let (first, second) = (Metrics::install().expect("free"), Metrics::install().expect("ours"));
        describe(&[Metric {
            kind: MetricKind::Counter,
            name: "volley_test_messages",
            unit: Unit::Count,
            help: "Messages.",
        }]);

        ::metrics::counter!("volley_test_messages").increment(3);

        assert!(first.render().contains("# HELP volley_test_messages Messages."));
        assert!(second.render().contains("volley_test_messages 3"));
    }

    #[test]
    fn histograms_of_seconds_have_buckets() {
        let metrics = Metrics::install().expect("ours");
        ::metrics::histogram!("volley_test_admit_seconds").record(0.000_2);
        assert!(metrics.render().contains("volley_test_admit_seconds_bucket{le=\"0.00025\"} 1"));
    }

    #[test]
    fn the_process_measures_itself() {
        let text = Metrics::install().expect("ours").render();
        for name in ["process_cpu_seconds_total", "process_resident_memory_bytes", "process_open_fds"] {
            let value = text
                .lines()
                .find_map(|line| line.strip_prefix(name)?.trim().parse::<f64>().ok());
            assert!(value.is_some_and(|value| value >= 0.0), "{name} is missing from:\n{text}");
        }
    }
}
