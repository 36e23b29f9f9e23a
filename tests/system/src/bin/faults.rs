//! `cargo run -p system --bin faults -- --seed 7 --kills 100`: random faults under load, as long as you like.

use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::Parser;
use system::faults::{self, Plan};

/// Strikes an installation of its own under load, and tells what was lost
#[derive(Debug, Parser)]
struct Arguments {
    /// The schedule's seed; by default another one each time. It is printed, and makes the same schedule again
    #[arg(long)]
    seed: Option<u64>,
    /// How many times a service is killed; about as many other faults come between
    #[arg(long, default_value_t = 100)]
    kills: usize,
    /// Requests a second
    #[arg(long, default_value_t = 20.0)]
    rate: f64,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let plan = Plan {
        seed: arguments.seed.unwrap_or(now.as_secs()),
        kills: arguments.kills,
        rate: arguments.rate,
    };
    match Box::pin(faults::run(plan)).await.is_clean() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}
