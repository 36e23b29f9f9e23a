//! Names that say whose they are: what a process left behind can be told from what others use now.

use rustix::process::{Pid, test_kill_process};
use uuid::Uuid;

/// `<process>_<random>`: another one each time, also after the number of a process was given anew.
pub(crate) fn unique() -> String {
    format!("{}_{}", std::process::id(), Uuid::now_v7().simple())
}

/// Whether the process of a name that ends with [`unique`] is gone; a name of another form belongs to nobody.
pub(crate) fn is_gone(name: &str) -> bool {
    let process = name
        .rsplit('_')
        .nth(1)
        .and_then(|number| number.parse().ok())
        .and_then(Pid::from_raw);
    process.is_none_or(|process| test_kill_process(process) == Err(rustix::io::Errno::SRCH))
}
