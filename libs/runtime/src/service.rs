//! The `main` of a service: everything around what the service itself is.
//!
//! ```no_run
//! # use volley_runtime::{App, RuntimeConfig, Service, ServiceConfig};
//! # #[derive(Default, serde::Serialize, serde::Deserialize)]
//! # struct Config { runtime: RuntimeConfig }
//! # impl ServiceConfig for Config { fn runtime(&self) -> &RuntimeConfig { &self.runtime } }
//! # async fn start(config: Config, app: &mut App) -> anyhow::Result<()> { Ok(()) }
//! const SERVICE: Service = Service {
//!     name: "volley-routing",
//!     version: env!("CARGO_PKG_VERSION"),
//!     env_prefix: "VOLLEY_ROUTING",
//!     reference: "# routing.toml, by include_str!",
//! };
//!
//! fn main() -> std::process::ExitCode {
//!     SERVICE.main(start)
//! }
//! ```

use std::{
    env,
    ffi::OsString,
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
};

use anyhow::Context;
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    admin::AdminServer,
    app::App,
    config::{self, ConfigSource, RUNTIME_REFERENCE, RuntimeConfig},
    metrics::Metrics,
    signals::Signals,
    telemetry,
};

/// The configuration of a service: its own part, and the part every service has.
pub trait ServiceConfig: Default + Serialize + DeserializeOwned {
    /// The part every service has.
    fn runtime(&self) -> &RuntimeConfig;
}

/// What is fixed about a service.
#[derive(Clone, Copy, Debug)]
pub struct Service {
    /// The name of its binary.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
    /// What the names of its environment variables begin with: `VOLLEY_ROUTING`.
    pub env_prefix: &'static str,
    /// Its own part of the configuration, as a documented TOML file with every default.
    pub reference: &'static str,
}

impl Service {
    /// Reads command line and configuration, starts logs, metrics and the admin port, calls `start`, and stays until a signal
    /// or a failure; then drains. `start` spawns the service's parts on the app and returns.
    ///
    /// Ends with success after a drain in time, else with the failure on standard error and status 1.
    pub fn main<C: ServiceConfig>(self, start: impl AsyncFnOnce(C, &mut App) -> anyhow::Result<()>) -> ExitCode {
        self.main_with(env::args_os(), start)
    }

    /// As [`Self::main`], with a command line of the caller's; its first word is the program.
    pub fn main_with<C, A>(
        self,
        arguments: impl IntoIterator<Item = A>,
        start: impl AsyncFnOnce(C, &mut App) -> anyhow::Result<()>,
    ) -> ExitCode
    where
        C: ServiceConfig,
        A: Into<OsString> + Clone,
    {
        let outcome = match self.command().get_matches_from(arguments) {
            arguments if arguments.get_flag("print-config") => self.print_config(&mut io::stdout().lock()),
            arguments => self.configured(&arguments).and_then(|config| run(self.name, config, start)),
        };
        match outcome {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                // The log may not have been started, so this line goes out by itself. If it cannot, the status remains.
                let _ = writeln!(io::stderr(), "{}: {error:#}", self.name);
                ExitCode::FAILURE
            }
        }
    }

    fn command(self) -> Command {
        let config = Arg::new("config")
            .long("config")
            .value_name("FILE")
            .value_parser(value_parser!(PathBuf));
        let print = Arg::new("print-config").long("print-config").action(ArgAction::SetTrue);
        Command::new(self.name)
            .version(self.version)
            .after_help(format!("Every key can also be set in the environment: {}__TABLE__KEY=value.", self.env_prefix))
            .arg(config.help("Reads the configuration from a TOML file"))
            .arg(print.help("Prints every key with its meaning and its default, and ends"))
    }

    fn configured<C: ServiceConfig>(self, arguments: &ArgMatches) -> anyhow::Result<C> {
        let file = arguments.get_one::<PathBuf>("config");
        let source = ConfigSource::of_process(file.map(PathBuf::as_path), self.env_prefix);
        Ok(config::load(&source)?)
    }

    fn print_config(self, out: &mut impl Write) -> anyhow::Result<()> {
        Ok(write!(out, "{}\n{RUNTIME_REFERENCE}", self.reference)?)
    }
}

#[tokio::main]
async fn run<C: ServiceConfig>(
    name: &'static str,
    config: C,
    start: impl AsyncFnOnce(C, &mut App) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let runtime = config.runtime().clone();
    telemetry::init(&runtime.log)?;
    let mut signals = Signals::install().context("cannot take over signals")?;
    let mut app = App::new();
    serve_admin(&runtime, &mut app).await?;

    let outcome = tokio::select! {
        signal = signals.received() => {
            tracing::info!(service = name, %signal, "draining");
            Ok(())
        }
        failure = Box::pin(start_and_watch(config, &mut app, start)) => Err(failure),
    };
    let drained = app.drain(runtime.drain_grace()).await;
    outcome.and(drained.map_err(anyhow::Error::from))
}

/// Resolves only when something is wrong.
async fn start_and_watch<C>(
    config: C,
    app: &mut App,
    start: impl AsyncFnOnce(C, &mut App) -> anyhow::Result<()>,
) -> anyhow::Error {
    match start(config, app).await {
        Ok(()) => app.failed().await.into(),
        Err(error) => error,
    }
}

/// The admin port is the first to begin and the last to end: what happens in between can be watched.
async fn serve_admin(runtime: &RuntimeConfig, app: &mut App) -> anyhow::Result<()> {
    let metrics = Metrics::install()?;
    if runtime.admin.enabled {
        let listen = runtime.admin.listen;
        let admin = AdminServer::bind(listen, app.health().clone(), metrics)
            .await
            .with_context(|| format!("cannot listen on {listen} for the admin port"))?;
        tracing::info!(address = %admin.address(), "admin port");
        app.spawn("admin", |drain| admin.serve(drain));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SERVICE: Service = Service {
        name: "volley-test",
        version: "1.2.3",
        env_prefix: "VOLLEY_TEST",
        reference: "# How wide the window is, in messages.\nwindow = 64\n",
    };

    #[test]
    fn the_command_line_is_sound() {
        SERVICE.command().debug_assert();
    }

    #[test]
    fn printing_the_configuration_shows_the_service_and_what_every_service_has() {
        let mut out = Vec::new();
        SERVICE.print_config(&mut out).expect("memory takes it");
        let text = String::from_utf8(out).expect("text");
        assert!(text.contains("window = 64") && text.contains("drain_grace_ms = 30000"), "{text}");
    }
}
