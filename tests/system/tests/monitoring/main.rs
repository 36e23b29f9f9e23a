//! Alerts and dashboards below `deploy/monitoring`: they name metrics that exist, and alerts have a runbook and a test.

mod alerts;
mod exported;
mod expression;
mod queries;

use std::path::{Path, PathBuf};

/// The folder of rules, tests of rules, and dashboards.
fn monitoring() -> PathBuf {
    root().join("deploy/monitoring")
}

/// The workspace's root.
fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    here.canonicalize().expect("the workspace")
}
