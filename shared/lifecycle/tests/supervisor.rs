//! Tasks and the stop of a process, without signals (see `signals.rs`).

use lifecycle::Supervisor;
use prometheus::Registry;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::Notify;

const SOON: Duration = Duration::from_secs(10);

#[tokio::test]
async fn a_stop_waits_until_tasks_have_flushed() {
    let supervisor = Supervisor::new();
    let flushed = Arc::new(AtomicBool::new(false));
    let (token, done) = (supervisor.token(), Arc::clone(&flushed));
    supervisor.spawn("flusher", async move {
        token.cancelled().await;
        tokio::task::yield_now().await;
        done.store(true, Ordering::SeqCst);
    });

    assert!(supervisor.stop(SOON).await);
    assert!(flushed.load(Ordering::SeqCst));
    assert!(!supervisor.has_failed());
}

#[tokio::test(start_paused = true)]
async fn a_stop_gives_up_at_its_deadline() {
    let supervisor = Supervisor::new();
    supervisor.spawn("deaf", std::future::pending());
    assert!(!supervisor.stop(SOON).await);
}

#[tokio::test]
async fn a_stop_waits_for_spawned_work_whose_caller_has_gone() {
    let supervisor = Supervisor::new();
    let (go, written) = (Arc::new(Notify::new()), Arc::new(AtomicBool::new(false)));
    let (gate, result) = (Arc::clone(&go), Arc::clone(&written));
    drop(supervisor.spawner().spawn(async move {
        gate.notified().await;
        result.store(true, Ordering::SeqCst);
    }));

    let stopping = supervisor.clone();
    let (drained, ()) = tokio::join!(stopping.stop(SOON), async { go.notify_one() });
    assert!(drained);
    assert!(written.load(Ordering::SeqCst));
}

#[tokio::test]
async fn a_watched_task_that_panics_stops_the_process_as_failed() {
    let supervisor = Supervisor::new();
    let registry = Registry::new();
    supervisor.register_metrics(&registry).expect("registered once");
    supervisor.spawn("fragile", async { panic!("on purpose") });

    tokio::time::timeout(SOON, supervisor.stop_requested())
        .await
        .expect("a stop is asked for");
    assert!(supervisor.stop(SOON).await);
    assert!(supervisor.has_failed());
    let panics = registry
        .gather()
        .into_iter()
        .find(|family| family.name() == "leadstream_task_panics_total");
    assert_eq!(
        panics.expect("counted").get_metric()[0].get_counter().get_value(),
        1.0
    );
}

#[tokio::test]
async fn a_panic_in_spawned_work_ends_only_that_work() {
    let supervisor = Supervisor::new();
    let outcome = supervisor.spawner().spawn(async { panic!("on purpose") }).await;
    assert!(outcome.is_err_and(|error| error.is_panic()));
    assert!(!supervisor.has_failed());
    assert!(supervisor.stop(SOON).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn work_spawned_from_another_runtime_runs_on_the_main_one() {
    let supervisor = Supervisor::new();
    let spawner = supervisor.spawner();
    let main_runtime = tokio::runtime::Handle::current().id();
    let worker = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .expect("a runtime");
        runtime.block_on(async {
            spawner
                .spawn(async { tokio::runtime::Handle::current().id() })
                .await
        })
    });
    let ran_on = tokio::task::spawn_blocking(|| worker.join())
        .await
        .expect("joined")
        .expect("no panic");
    assert_eq!(ran_on.expect("finished"), main_runtime);
}

#[tokio::test]
async fn readiness_goes_off_with_the_stop() {
    let supervisor = Supervisor::new();
    let readiness = supervisor.readiness();
    assert!(!readiness.is_shutting_down());
    supervisor.stop(SOON).await;
    assert!(readiness.is_shutting_down());
}
