//! Faults under load: nothing that was acknowledged is lost, nothing is invented, nothing comes twice that need not.

mod broken_builds;
mod disk_full;
mod memory_limits;
mod random_faults;
mod single_faults;
mod wrong_clocks;

use std::time::Duration;

/// How long something may take that a machine under load does late.
const DEADLINE: Duration = Duration::from_secs(120);
