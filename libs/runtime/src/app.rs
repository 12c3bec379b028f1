//! The running parts of a process, in stages that end in the reverse of the order they began in.
//!
//!   begin:   log -> partitions -> front door
//!   drain:   front door -> partitions -> log          one deadline over all of it
//!
//! So what a part depends on is still there while the part finishes its work. The tasks of one stage drain side by side.

use std::{
    collections::BTreeMap,
    future::Future,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

use tokio::{
    sync::{mpsc, oneshot},
    task::{AbortHandle, JoinError},
    time::{Instant, timeout_at},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::health::HealthRegistry;

/// Failures that may wait to be looked at; the ones beyond are in the log only.
const FAILURES_WAITING_MAX: usize = 64;

/// Asks a task to finish what it has and return. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Drain(CancellationToken);

impl Drain {
    /// A request that is made when the returned guard is dropped: for tests, and for parts run outside an [`App`].
    #[must_use]
    pub fn on_drop() -> (tokio_util::sync::DropGuard, Self) {
        let token = CancellationToken::new();
        (token.clone().drop_guard(), Self(token))
    }

    /// Resolves once the task should finish. May be awaited again and again, and inside `select!`.
    pub async fn requested(&self) {
        self.0.cancelled().await;
    }

    /// Whether the task should finish: for loops that do not await.
    #[must_use]
    pub fn is_requested(&self) -> bool {
        self.0.is_cancelled()
    }
}

/// A task that ended with an error or a panic.
#[derive(Debug, thiserror::Error)]
#[error("{task} failed")]
pub struct TaskFailure {
    /// The name the task was spawned under.
    pub task: String,
    /// What it ended with.
    pub source: anyhow::Error,
}

/// Why a drain did not end well.
#[derive(Debug, thiserror::Error)]
pub enum DrainError {
    /// The deadline came first. What was still running was aborted.
    #[error("still running after {grace:?}: {}", unfinished.join(", "))]
    Deadline {
        /// The time that was given.
        grace: Duration,
        /// The names of the tasks that were still running.
        unfinished: Vec<String>,
    },
    /// A task failed on its way out, or just before.
    #[error(transparent)]
    Task(#[from] TaskFailure),
}

/// The supervisor of a process. What still runs when it is dropped is aborted.
#[derive(Debug)]
pub struct App {
    stages: Vec<Stage>,
    failures: mpsc::Receiver<TaskFailure>,
    report: mpsc::Sender<TaskFailure>,
    health: HealthRegistry,
}

impl App {
    /// An app in which nothing runs yet.
    #[must_use]
    pub fn new() -> Self {
        let (report, failures) = mpsc::channel(FAILURES_WAITING_MAX);
        Self { stages: Vec::new(), failures, report, health: HealthRegistry::new() }
    }

    /// Where the parts report how they are.
    #[must_use]
    pub fn health(&self) -> &HealthRegistry {
        &self.health
    }

    /// Begins a stage that drains before all stages begun earlier.
    pub fn stage(&mut self, name: &str) -> Stage {
        let stage = Stage {
            name: name.into(),
            drain: CancellationToken::new(),
            tracker: TaskTracker::new(),
            running: Arc::default(),
            report: self.report.clone(),
        };
        self.stages.push(stage.clone());
        stage
    }

    /// Spawns a task as a stage of its own.
    pub fn spawn<Task, Running>(&mut self, name: &str, task: Task)
    where
        Task: FnOnce(Drain) -> Running,
        Running: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        self.stage(name).spawn(name, task);
    }

    /// Resolves when a task has ended with an error or a panic; one that returns `Ok` may end at any time.
    pub async fn failed(&mut self) -> TaskFailure {
        self.failures.recv().await.expect("the app itself holds a sender")
    }

    /// Ends the stages, newest first, and waits for their tasks.
    ///
    /// # Errors
    /// When `grace` has passed before all have ended, and when a task failed.
    pub async fn drain(mut self, grace: Duration) -> Result<(), DrainError> {
        self.health.set_draining();
        let deadline = Instant::now() + grace;

        while let Some(stage) = self.stages.last() {
            stage.request_drain();
            if timeout_at(deadline, stage.tracker.wait()).await.is_err() {
                let unfinished = self.stages.iter().rev().flat_map(Stage::running).collect();
                return Err(DrainError::Deadline { grace, unfinished });
            }
            self.stages.pop();
        }
        self.failures.try_recv().map_or(Ok(()), |failure| Err(failure.into()))
    }
}

impl Default for App {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for App {
    fn drop(&mut self) {
        for stage in self.stages.iter().rev() {
            stage.request_drain();
            stage.abort();
        }
    }
}

/// Tasks that drain together. Cheap to clone, so tasks can be added while it runs.
#[derive(Clone, Debug)]
pub struct Stage {
    name: Arc<str>,
    drain: CancellationToken,
    tracker: TaskTracker,
    running: Arc<Mutex<Roll>>,
    report: mpsc::Sender<TaskFailure>,
}

/// Who is running: named, so that a missed deadline can say who missed it.
#[derive(Debug, Default)]
struct Roll {
    next: u64,
    tasks: BTreeMap<u64, (String, AbortHandle)>,
}

impl Stage {
    /// The request the tasks of this stage are given.
    #[must_use]
    pub fn drain(&self) -> Drain {
        Drain(self.drain.clone())
    }

    /// Spawns a task. It should return soon after its [`Drain`] is requested; an error it returns is a failure of the app.
    pub fn spawn<Task, Running>(&self, name: &str, task: Task)
    where
        Task: FnOnce(Drain) -> Running,
        Running: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        let running = tokio::spawn(task(self.drain()));
        let (number, stage, name) = (self.enrol(name, running.abort_handle()), self.clone(), name.to_owned());
        self.tracker.spawn(async move {
            let outcome = running.await.unwrap_or_else(if_panicked);
            stage.dismiss(number, name, outcome);
        });
    }

    /// Runs a task on a thread of its own, for work that blocks. A thread cannot be aborted: it must mind its [`Drain`].
    ///
    /// # Errors
    /// When the operating system refuses the thread.
    pub fn spawn_thread<Task>(&self, name: &str, task: Task) -> std::io::Result<()>
    where
        Task: FnOnce(Drain) -> anyhow::Result<()> + Send + 'static,
    {
        let drain = self.drain();
        let (ended, end) = oneshot::channel();
        thread::Builder::new().name(name.to_owned()).spawn(move || {
            // Nobody listens any more when the app was dropped, and then nobody wants to know.
            let _ = ended.send(task(drain));
        })?;
        self.spawn(name, |_| async move { end.await.unwrap_or_else(|_| Err(anyhow::anyhow!("thread panicked"))) });
        Ok(())
    }

    fn request_drain(&self) {
        tracing::debug!(stage = %self.name, "draining");
        self.drain.cancel();
        self.tracker.close();
    }

    fn abort(&self) {
        for (_, task) in self.roll().tasks.values() {
            task.abort();
        }
    }

    fn running(&self) -> Vec<String> {
        self.roll().tasks.values().map(|(name, _)| name.clone()).collect()
    }

    fn enrol(&self, name: &str, task: AbortHandle) -> u64 {
        let mut roll = self.roll();
        roll.next += 1;
        let number = roll.next;
        roll.tasks.insert(number, (name.to_owned(), task));
        number
    }

    fn dismiss(&self, number: u64, task: String, outcome: anyhow::Result<()>) {
        self.roll().tasks.remove(&number);
        match outcome {
            Ok(()) => tracing::debug!(task, "ended"),
            Err(source) => {
                tracing::error!(task, error = format!("{source:#}"), "failed");
                // A full queue means that failures nobody has looked at yet are waiting: one is enough to act.
                let _ = self.report.try_send(TaskFailure { task, source });
            }
        }
    }

    fn roll(&self) -> MutexGuard<'_, Roll> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Aborting is the app's own doing and no failure; a panic is one.
fn if_panicked(stopped: JoinError) -> anyhow::Result<()> {
    if stopped.is_cancelled() { Ok(()) } else { Err(stopped.into()) }
}

#[cfg(test)]
mod tests {
    use std::{future::pending, sync::mpsc as sync_mpsc};

    use super::*;

    const GRACE: Duration = Duration::from_secs(10);
    const SHORT_GRACE: Duration = Duration::from_millis(50);

    #[tokio::test]
    async fn stages_drain_newest_first_and_tasks_of_a_stage_together() {
        let mut app = App::new();
        let (ended, order) = sync_mpsc::channel();
        for name in ["log", "partitions", "door"] {
            let ended = ended.clone();
            app.spawn(name, move |drain| async move {
                drain.requested().await;
                tokio::time::sleep(Duration::from_millis(5)).await;
                ended.send(name)?;
                Ok(())
            });
        }

        app.drain(GRACE).await.expect("all end in time");

        assert_eq!(order.try_iter().collect::<Vec<_>>(), ["door", "partitions", "log"]);
    }

    #[tokio::test]
    async fn an_earlier_stage_works_on_while_a_later_one_drains() {
        let mut app = App::new();
        let (request, mut requests) = mpsc::channel::<oneshot::Sender<&str>>(1);
        app.spawn("log", |drain| async move {
            tokio::select! {
                () = drain.requested() => anyhow::bail!("asked to end while the door still needs it"),
                Some(reply) = requests.recv() => reply.send("acknowledged").map_err(anyhow::Error::msg),
            }
        });
        app.spawn("door", |drain| async move {
            drain.requested().await;
            let (reply, answer) = oneshot::channel();
            request.send(reply).await?;
            anyhow::ensure!(answer.await? == "acknowledged");
            Ok(())
        });

        app.drain(GRACE).await.expect("the door gets its answer");
    }

    #[tokio::test]
    async fn a_missed_deadline_names_who_was_still_running() {
        let mut app = App::new();
        app.spawn("log", |drain| async move {
            drain.requested().await;
            Ok(())
        });
        let binds = app.stage("binds");
        binds.spawn("bind voda-1", |_| pending());
        binds.spawn("bind voda-2", |_| async { Ok(()) });

        let error = app.drain(SHORT_GRACE).await.expect_err("one bind never ends");

        assert_eq!(error.to_string(), "still running after 50ms: bind voda-1, log");
    }

    #[tokio::test]
    async fn a_missed_deadline_aborts_what_is_left() {
        let mut app = App::new();
        let (alive, mut dead) = mpsc::channel::<()>(1);
        app.spawn("stuck", |_| async move {
            let _alive = alive;
            pending().await
        });

        app.drain(SHORT_GRACE).await.expect_err("it is stuck");

        assert_eq!(dead.recv().await, None, "the task was dropped");
    }

    #[tokio::test]
    async fn a_failed_task_is_reported_by_name_with_its_cause() {
        let mut app = App::new();
        app.spawn("fine", |_| async { Ok(()) });
        app.spawn("log", |_| async { Err(anyhow::anyhow!("disk full")) });

        let failure = app.failed().await;

        assert_eq!((failure.task.as_str(), failure.source.to_string().as_str()), ("log", "disk full"));
    }

    #[tokio::test]
    async fn a_panic_is_a_failure() {
        let mut app = App::new();
        app.spawn("odd", |_| async { panic!("odd") });
        assert_eq!(app.failed().await.task, "odd");
    }

    #[tokio::test]
    async fn a_failure_on_the_way_out_is_reported_by_the_drain() {
        let mut app = App::new();
        app.spawn("store", |drain| async move {
            drain.requested().await;
            Err(anyhow::anyhow!("cannot flush"))
        });
        let error = app.drain(GRACE).await.expect_err("the flush failed");
        assert!(matches!(error, DrainError::Task(TaskFailure { task, .. }) if task == "store"));
    }

    #[tokio::test]
    async fn threads_are_drained_like_tasks() {
        let mut app = App::new();
        let stage = app.stage("consumers");
        let (ended, end) = sync_mpsc::channel();
        stage
            .spawn_thread("consumer", move |drain| {
                while !drain.is_requested() {
                    thread::sleep(Duration::from_millis(1));
                }
                Ok(ended.send(())?)
            })
            .expect("one more thread");

        app.drain(GRACE).await.expect("the thread minds its drain");

        assert!(end.try_recv().is_ok());
    }
}
