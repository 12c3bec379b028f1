//! Everything between a service and the operating system.
//!
//!   command line, TOML, environment --> config --> Service::main --> App: stages of tasks
//!   SIGTERM, SIGINT --> Signals --> drain, newest stage first, within one deadline
//!   health, metrics, logs --> admin port and standard error
//!
//! RT-1: clocks and randomness are read here; the other crates are given time and ids as values.
//! RT-2: a key nobody knows is an error that names it, in the file as in the environment.
//! RT-3: a drain ends by its deadline, and a second signal ends the process at once.
//! RT-4: secrets never appear in `Debug`, in a serialized configuration, or in an error.

pub mod admin;
pub mod app;
pub mod clock;
pub mod config;
pub mod health;
pub mod metrics;
pub mod random;
pub mod service;
pub mod signals;
pub mod telemetry;

pub use app::{App, Drain, DrainError, Stage, TaskFailure};
pub use clock::{Clock, ManualClock, boot_id};
pub use config::{RuntimeConfig, Secret};
pub use health::{HealthHandle, HealthRegistry};
pub use random::{RunId, random_bytes, random_u64};
pub use service::{Service, ServiceConfig};
pub use signals::{Signal, Signals};
