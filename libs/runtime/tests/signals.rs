//! A service as a process, and what signals do to it. The process is this test binary, called again for one test.

use std::{
    env,
    io::{BufRead, BufReader},
    process::{Child, ChildStderr, Command, ExitCode, ExitStatus, Stdio},
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};
use serde::{Deserialize, Serialize};
use volley_runtime::{App, RuntimeConfig, Service, ServiceConfig};

const SERVICE: Service = Service {
    name: "volley-test",
    version: "0.0.0",
    env_prefix: "VOLLEY_TEST",
    reference: "drain_takes_ms = 0\n",
};

/// Tells this binary that it is the service.
const IS_SERVICE: &str = "RUNTIME_TEST_IS_SERVICE";

#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Config {
    runtime: RuntimeConfig,
    drain_takes_ms: u64,
}

impl ServiceConfig for Config {
    fn runtime(&self) -> &RuntimeConfig {
        &self.runtime
    }
}

async fn start(config: Config, app: &mut App) -> anyhow::Result<()> {
    app.spawn("slow", move |drain| async move {
        tracing::info!("working");
        drain.requested().await;
        tokio::time::sleep(Duration::from_millis(config.drain_takes_ms)).await;
        Ok(())
    });
    Ok(())
}

/// The service itself, when this binary was called for it; else a test of nothing that takes no time.
#[test]
fn service_process() {
    if env::var_os(IS_SERVICE).is_some() {
        let ended_well = SERVICE.main_with(["volley-test"], start) == ExitCode::SUCCESS;
        std::process::exit(i32::from(!ended_well));
    }
}

struct Running {
    child: Child,
    log: BufReader<ChildStderr>,
}

impl Running {
    /// Starts the service and waits until it works.
    fn start(drain_takes_ms: u64, drain_grace_ms: u64) -> Self {
        let mut child = Command::new(env::current_exe().expect("the path of this test"))
            .args(["service_process", "--exact", "--nocapture"])
            .env(IS_SERVICE, "1")
            .env("VOLLEY_TEST__DRAIN_TAKES_MS", drain_takes_ms.to_string())
            .env("VOLLEY_TEST__RUNTIME__DRAIN_GRACE_MS", drain_grace_ms.to_string())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the service starts");
        let log = BufReader::new(child.stderr.take().expect("its log is piped"));
        let mut running = Self { child, log };
        running.wait_for("working");
        running
    }

    fn wait_for(&mut self, words: &str) {
        let mut line = String::new();
        while !line.contains(words) {
            line.clear();
            assert_ne!(self.log.read_line(&mut line).expect("its log"), 0, "ended before it said {words:?}");
        }
    }

    fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.child.id())
            .ok()
            .and_then(Pid::from_raw)
            .expect("a process id");
        kill_process(pid, signal).expect("it is running");
    }

    fn ended(mut self) -> (ExitStatus, String) {
        let status = self.child.wait().expect("it is ours");
        (status, self.log.lines().map_while(Result::ok).collect::<Vec<_>>().join("\n"))
    }
}

#[test]
fn the_first_signal_drains_and_ends_with_success() {
    let service = Running::start(50, 30_000);
    service.signal(Signal::TERM);
    assert_eq!(service.ended().0.code(), Some(0));
}

#[test]
fn a_second_signal_ends_the_process_at_once() {
    for (second, status) in [(Signal::TERM, 143), (Signal::INT, 130)] {
        let mut service = Running::start(600_000, 600_000);
        service.signal(Signal::TERM);
        service.wait_for("draining");
        service.signal(second);
        assert_eq!(service.ended().0.code(), Some(status));
    }
}

#[test]
fn a_drain_that_misses_its_deadline_says_who_was_late() {
    let service = Running::start(600_000, 50);
    service.signal(Signal::INT);
    let (status, log) = service.ended();
    assert_eq!(status.code(), Some(1));
    assert!(log.contains("volley-test: still running after 50ms: slow"), "{log}");
}
