//! The engines' own processes, to be killed and frozen: an engine's working directory tells it from all others.

use std::fs;
use std::path::Path;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use testkit::wait_until;

/// How long a guard may take to start an engine that died.
const STARTED_AGAIN: Duration = Duration::from_secs(60);

/// Kills every process that works in this folder, as soon as there is one.
///
/// # Panics
/// When there is none for [`STARTED_AGAIN`].
pub(crate) async fn kill_all_in(folder: &Path) {
    wait_until("there is an engine to kill", STARTED_AGAIN, async || {
        signal_all_in(folder, Signal::KILL) > 0
    })
    .await;
}

/// Signals every process that works in this folder; answers how many there were.
pub(crate) fn signal_all_in(folder: &Path, signal: Signal) -> usize {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let in_it =
        processes.filter(|entry| fs::read_link(entry.path().join("cwd")).is_ok_and(|cwd| cwd == folder));
    let ids = in_it.filter_map(|entry| Pid::from_raw(entry.file_name().to_str()?.parse().ok()?));
    // One that has ended meanwhile is what was wanted.
    ids.filter(|id| kill_process(*id, signal).is_ok()).count()
}
