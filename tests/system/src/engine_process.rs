//! The engines' own processes, to be killed and frozen: an engine's working directory tells it from all others.

use std::fs;
use std::path::Path;

use rustix::process::{Pid, Signal, kill_process};

/// Signals every process that works in this folder; answers how many there were.
pub(crate) fn signal_all_in(folder: &Path, signal: Signal) -> usize {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let in_it =
        processes.filter(|entry| fs::read_link(entry.path().join("cwd")).is_ok_and(|cwd| cwd == folder));
    let ids = in_it.filter_map(|entry| Pid::from_raw(entry.file_name().to_str()?.parse().ok()?));
    // One that has ended meanwhile is what was wanted.
    ids.filter(|id| kill_process(*id, signal).is_ok()).count()
}
