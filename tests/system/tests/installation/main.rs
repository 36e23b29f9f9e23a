//! What an installation promises, on the three binaries as processes.

mod broken_builds;
mod erasure;
mod good_paths;
mod kills;
mod logs;
mod lost_kafka;
mod metric_series;
mod outages;
mod repetitions;
mod replay;
mod replicas;
mod restore;
mod rolling_restart;
mod upgrade;

use std::time::Duration;

/// How long something may take that a machine under load does late.
const DEADLINE: Duration = Duration::from_secs(60);
