use crate::{Readiness, Signals, Spawner};
use futures_util::FutureExt;
use prometheus::{IntCounterVec, IntGaugeVec, Opts, Registry};
use std::future::Future;
use std::io;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::Instrument;

/// Owns the tasks of a process and its stop. Clones are handles to the same supervisor.
#[derive(Debug, Clone)]
pub struct Supervisor {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    runtime: Handle,
    /// A stop was asked for; servers react.
    requested: CancellationToken,
    /// Servers have finished; tasks must flush and end.
    stop: CancellationToken,
    /// Somebody asked twice: nothing waits any longer.
    hurry: CancellationToken,
    readiness: Readiness,
    tasks: TaskTracker,
    spawner: Spawner,
    failed: AtomicBool,
    metrics: TaskMetrics,
}

#[derive(Debug)]
struct TaskMetrics {
    panics: IntCounterVec,
    running: IntGaugeVec,
}

impl TaskMetrics {
    fn new() -> TaskMetrics {
        let panics = Opts::new(
            "leadstream_task_panics_total",
            "Tasks that died of a panic, by name.",
        );
        let running = Opts::new(
            "leadstream_tasks_running",
            "Watched tasks that are running, by name.",
        );
        TaskMetrics {
            panics: IntCounterVec::new(panics, &["task"]).expect("a valid metric"),
            running: IntGaugeVec::new(running, &["task"]).expect("a valid metric"),
        }
    }
}

impl Supervisor {
    /// Must be called on the main tokio runtime: tasks run there, wherever they are spawned from.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    pub fn new() -> Supervisor {
        let runtime = Handle::current();
        let inner = Inner {
            spawner: Spawner::new(runtime.clone()),
            runtime,
            requested: CancellationToken::new(),
            stop: CancellationToken::new(),
            hurry: CancellationToken::new(),
            readiness: Readiness::default(),
            tasks: TaskTracker::new(),
            failed: AtomicBool::new(false),
            metrics: TaskMetrics::new(),
        };
        Supervisor {
            inner: Arc::new(inner),
        }
    }

    /// Cancelled when tasks must flush and end: after the servers have finished their requests.
    pub fn token(&self) -> CancellationToken {
        self.inner.stop.clone()
    }

    pub fn readiness(&self) -> Readiness {
        self.inner.readiness.clone()
    }

    /// For short tasks that a stop waits for, one a request for example.
    pub fn spawner(&self) -> Spawner {
        self.inner.spawner.clone()
    }

    /// Starts a task that must live as long as the process. A panic in it is logged with `name`, counted, and stops
    /// the process in good order with exit code 70. It should end soon after [`Supervisor::token`] is cancelled.
    ///
    /// `name` is whose task it is and what it does, `signup: publish events`: one process may run several services.
    pub fn spawn<F>(&self, name: &'static str, task: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let supervisor = self.clone();
        let watched = async move {
            let running = supervisor.inner.metrics.running.with_label_values(&[name]);
            running.inc();
            let outcome = AssertUnwindSafe(task).catch_unwind().await;
            running.dec();
            if outcome.is_err() {
                supervisor.task_panicked(name);
            }
        };
        self.inner
            .tasks
            .spawn_on(watched.in_current_span(), &self.inner.runtime);
    }

    fn task_panicked(&self, name: &'static str) {
        tracing::error!(task = name, "a task died of a panic: stopping the process");
        self.inner.metrics.panics.with_label_values(&[name]).inc();
        self.inner.failed.store(true, Ordering::Release);
        self.request_stop();
    }

    /// Makes SIGINT and SIGTERM ask for a stop, from the return of this call on. A second one ends all waiting.
    ///
    /// # Errors
    /// The handlers cannot be installed.
    pub fn stop_on_signals(&self) -> io::Result<()> {
        let _runtime = self.inner.runtime.enter();
        let mut signals = Signals::listen()?;
        let supervisor = self.clone();
        self.inner.runtime.spawn(async move {
            loop {
                let signal = signals.next().await;
                tracing::info!(signal, "stopping");
                if supervisor.inner.requested.is_cancelled() {
                    supervisor.inner.hurry.cancel();
                }
                supervisor.request_stop();
            }
        });
        Ok(())
    }

    /// Asks for a stop; returns at once. `web::serve` notices, stops its servers and returns to `main`.
    pub fn request_stop(&self) {
        self.inner.requested.cancel();
    }

    /// Completes when a stop was asked for: by a signal, by [`Supervisor::request_stop`], or by a task's panic.
    pub async fn stop_requested(&self) {
        self.inner.requested.cancelled().await;
    }

    /// Completes when somebody lost patience: a second signal came.
    pub async fn hurried(&self) {
        self.inner.hurry.cancelled().await;
    }

    /// First step of a stop: `/readyz` says no from now on.
    pub fn turn_readiness_off(&self) {
        self.inner.readiness.turn_off();
    }

    /// Last step of a stop, after the servers: cancels the token, waits until every task has ended, at most
    /// `deadline`. True if all of them did.
    pub async fn stop(&self, deadline: Duration) -> bool {
        self.request_stop();
        self.turn_readiness_off();
        self.inner.stop.cancel();
        self.inner.tasks.close();
        let all = async {
            // Watched tasks may wait for spawned ones and the other way round.
            tokio::join!(self.inner.spawner.finished(), self.inner.tasks.wait());
        };
        let drained = tokio::select! {
            () = all => true,
            () = tokio::time::sleep(deadline) => false,
            () = self.hurried() => false,
        };
        if !drained {
            let left = self.inner.tasks.len() + self.inner.spawner.running();
            tracing::warn!(tasks = left, "stopped before every task had ended");
        }
        drained
    }

    /// True after the panic of a watched task: the process should end with exit code 70.
    pub fn has_failed(&self) -> bool {
        self.inner.failed.load(Ordering::Acquire)
    }

    /// Adds `leadstream_task_panics_total{task}` and `leadstream_tasks_running{task}`.
    ///
    /// # Errors
    /// They are registered there already.
    pub fn register_metrics(&self, registry: &Registry) -> Result<(), prometheus::Error> {
        registry.register(Box::new(self.inner.metrics.panics.clone()))?;
        registry.register(Box::new(self.inner.metrics.running.clone()))
    }
}

impl Default for Supervisor {
    fn default() -> Supervisor {
        Supervisor::new()
    }
}
