use std::process::Command;
use std::sync::OnceLock;

use ::engines::{EngineSpec, SharedEngines, join};

use crate::built;

/// Where the engines that all tests of a target directory share can be reached.
#[derive(Clone, Debug)]
pub struct Engines {
    /// Unix socket URL of the database `postgres`; the user is a superuser.
    pub postgres_url: String,
    /// `host:port` of the broker.
    pub kafka_bootstrap: String,
}

/// The shared engines, started under `target/test-engines` if they do not run: the first time in seconds, after that
/// at once. They stay up while any test process lives, and 20 s longer.
///
/// # Panics
/// With a sentence a person can follow when something is missing on the machine.
pub async fn engines() -> &'static Engines {
    static ENGINES: OnceLock<(Engines, SharedEngines)> = OnceLock::new();
    let started = tokio::task::spawn_blocking(|| &ENGINES.get_or_init(start).0);
    started.await.expect("the engines of the tests are there")
}

fn start() -> (Engines, SharedEngines) {
    let spec = EngineSpec {
        data_dir: built::target_dir().join("test-engines"),
        postgres: true,
        kafka: true,
    };
    let guard = Command::new(built::binary("engines", "engine-guard"));
    let shared =
        join(&spec, guard, |_| {}).unwrap_or_else(|error| panic!("tests need real engines: {error}"));
    let urls = shared.engines().clone();
    let engines = Engines {
        postgres_url: urls.postgres_url.expect("Postgres was asked for"),
        kafka_bootstrap: urls.kafka_bootstrap.expect("Kafka was asked for"),
    };
    (engines, shared)
}
