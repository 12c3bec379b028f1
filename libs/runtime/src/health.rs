//! What works and what does not, as the components themselves report it.
//!
//! A process is ready when it has at least one component, each of them healthy or degraded, and it is not draining. A component
//! that has registered and said nothing yet is starting, which is not healthy.

use std::{collections::BTreeMap, fmt, sync::Arc};

use serde::Serialize;
use tokio::sync::watch;

/// What a component reports about itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum ComponentHealth {
    /// Registered, nothing reported yet.
    Starting,
    /// Works.
    Healthy,
    /// Works, but something it needs from outside does not: no reason to take work away from this process.
    Degraded {
        /// What is missing; no message texts, no phone numbers.
        reason: String,
    },
    /// Does not work, and why, in words for an operator.
    Unhealthy {
        /// Why; no message texts, no phone numbers.
        reason: String,
    },
}

/// The whole picture at one moment; its JSON form is the answer of `/readyz`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Readiness {
    /// Whether the process should be given work.
    pub ready: bool,
    /// Whether the process is on its way out.
    pub draining: bool,
    /// Every component by name.
    pub components: BTreeMap<String, ComponentHealth>,
}

/// Where components register. Cheap to clone; all clones show the same picture.
#[derive(Clone, Debug)]
pub struct HealthRegistry {
    board: Arc<watch::Sender<Board>>,
    scope: String,
}

#[derive(Clone, Debug, Default)]
struct Board {
    components: BTreeMap<String, ComponentHealth>,
    draining: bool,
}

impl HealthRegistry {
    /// A registry without components, which is not ready.
    #[must_use]
    pub fn new() -> Self {
        Self { board: Arc::new(watch::Sender::new(Board::default())), scope: String::new() }
    }

    /// The same registry, with `scope.` put before the names registered through it: for several services in one process.
    #[must_use]
    pub fn scoped(&self, scope: &str) -> Self {
        Self { board: Arc::clone(&self.board), scope: format!("{}{scope}.", self.scope) }
    }

    /// Adds a component, as starting. A name registered before starts again.
    #[must_use]
    pub fn register(&self, component: &str) -> HealthHandle {
        let handle = HealthHandle {
            board: Arc::clone(&self.board),
            component: format!("{}{component}", self.scope).into(),
        };
        handle.report(ComponentHealth::Starting);
        handle
    }

    /// The picture now.
    #[must_use]
    pub fn readiness(&self) -> Readiness {
        self.board.borrow().readiness()
    }

    /// Resolves once the process is ready.
    pub async fn ready(&self) {
        // The sender is held by `self`, so waiting cannot end for want of one.
        let _ = self.board.subscribe().wait_for(|board| board.readiness().ready).await;
    }

    /// Marks the process as on its way out: from now on it is not ready.
    pub fn set_draining(&self) {
        self.board.send_modify(|board| board.draining = true);
    }
}

impl Default for HealthRegistry {
    fn default() -> Self {
        Self::new()
    }
}

impl Board {
    fn readiness(&self) -> Readiness {
        let works = |component: &ComponentHealth| {
            matches!(component, ComponentHealth::Healthy | ComponentHealth::Degraded { .. })
        };
        Readiness {
            ready: !self.draining && !self.components.is_empty() && self.components.values().all(works),
            draining: self.draining,
            components: self.components.clone(),
        }
    }
}

/// One component's voice. Cheap to clone; the last word counts, also after the handle is gone.
#[derive(Clone)]
pub struct HealthHandle {
    board: Arc<watch::Sender<Board>>,
    component: Arc<str>,
}

impl HealthHandle {
    /// Reports that the component works.
    pub fn healthy(&self) {
        self.report(ComponentHealth::Healthy);
    }

    /// Reports that it works and that something outside does not. The reason is shown to operators: no message texts, no phone
    /// numbers.
    pub fn degraded(&self, reason: impl Into<String>) {
        self.report(ComponentHealth::Degraded { reason: reason.into() });
    }

    /// Reports that it does not, and why. The reason is shown to operators: no message texts, no phone numbers.
    pub fn unhealthy(&self, reason: impl Into<String>) {
        self.report(ComponentHealth::Unhealthy { reason: reason.into() });
    }

    /// Writes the news down and logs it, if it is any.
    fn report(&self, health: ComponentHealth) {
        self.board.send_if_modified(|board| {
            if board.components.get(&*self.component) == Some(&health) {
                return false;
            }
            match &health {
                ComponentHealth::Starting => tracing::debug!(component = %self.component, "starting"),
                ComponentHealth::Healthy => tracing::info!(component = %self.component, "healthy"),
                ComponentHealth::Degraded { reason } => {
                    tracing::info!(component = %self.component, reason, "degraded");
                }
                ComponentHealth::Unhealthy { reason } => {
                    tracing::warn!(component = %self.component, reason, "unhealthy");
                }
            }
            board.components.insert(self.component.to_string(), health);
            true
        });
    }
}

impl fmt::Debug for HealthHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("HealthHandle").field(&self.component).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    #[test]
    fn nothing_registered_is_not_ready() {
        assert!(!HealthRegistry::new().readiness().ready);
    }

    #[test]
    fn one_unhealthy_component_is_enough_to_be_unready_and_says_why() {
        let registry = HealthRegistry::new();
        registry.register("door").healthy();
        let log = registry.register("log");
        log.healthy();
        assert!(registry.readiness().ready);

        log.unhealthy("oldest append waits for 6 s");

        let readiness = registry.readiness();
        assert!(!readiness.ready);
        let reason = "oldest append waits for 6 s".to_owned();
        assert_eq!(readiness.components["log"], ComponentHealth::Unhealthy { reason });
    }

    #[test]
    fn a_degraded_component_keeps_the_process_ready_and_says_what_is_missing() {
        let registry = HealthRegistry::new();
        registry.register("carrier").degraded("no session is bound");

        let readiness = registry.readiness();
        assert!(readiness.ready);
        let reason = "no session is bound".to_owned();
        assert_eq!(readiness.components["carrier"], ComponentHealth::Degraded { reason });
    }

    #[test]
    fn a_draining_process_is_not_ready() {
        let registry = HealthRegistry::new();
        registry.register("log").healthy();
        registry.set_draining();
        assert!(!registry.readiness().ready);
    }

    #[test]
    fn services_of_one_process_keep_their_names_apart() {
        let registry = HealthRegistry::new();
        registry.scoped("ingest").register("log").healthy();
        registry.scoped("routing").register("log").healthy();
        let names: Vec<String> = registry.readiness().components.into_keys().collect();
        assert_eq!(names, ["ingest.log", "routing.log"]);
    }

    #[tokio::test]
    async fn ready_resolves_when_the_last_component_is_healthy() {
        let registry = HealthRegistry::new();
        let (log, door) = (registry.register("log"), registry.register("door"));
        log.healthy();
        let moment = Duration::from_millis(20);
        assert!(timeout(moment, registry.ready()).await.is_err(), "the door is still starting");

        door.healthy();

        timeout(Duration::from_secs(5), registry.ready())
            .await
            .expect("everything is healthy");
    }
}
