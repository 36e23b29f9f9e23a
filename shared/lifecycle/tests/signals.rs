//! In a binary of its own, because signals go to the whole process.

use lifecycle::Supervisor;
use rustix::process::{Signal, getpid, kill_process};
use std::time::Duration;
use tokio::time::timeout;

const SOON: Duration = Duration::from_secs(10);

#[tokio::test]
async fn the_first_signal_asks_for_a_stop_and_the_second_ends_all_waiting() {
    let supervisor = Supervisor::new();
    supervisor.stop_on_signals().expect("handlers");
    supervisor.spawn("deaf", std::future::pending());

    kill_process(getpid(), Signal::TERM).expect("sent");
    timeout(SOON, supervisor.stop_requested())
        .await
        .expect("a stop is asked for");

    kill_process(getpid(), Signal::INT).expect("sent");
    timeout(SOON, supervisor.hurried()).await.expect("hurried");
    let drained = timeout(SOON, supervisor.stop(Duration::MAX))
        .await
        .expect("does not wait for the deaf task");
    assert!(!drained);
}
