//! Random faults under load, and what is lost by them: nothing.
//!
//! Visitors post, and what they were answered is kept in a ledger on disk. Meanwhile a schedule, made of a seed, strikes
//! services, databases, Kafka and the relay. In the end everything is whole again, and a verifier joins ledger, databases,
//! topics and mailbox.

mod arena;
mod blow;
mod findings;
mod ledger;
mod schedule;
mod verifier;
mod visitors;

use std::time::Duration;

pub use arena::Arena;
pub use blow::{Blow, Name};
pub use findings::Findings;
pub use schedule::Schedule;

/// How long and how hard.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// Makes the schedule: the same seed, the same blows.
    pub seed: u64,
    /// How many times a service is killed; about as many other faults come between.
    pub kills: usize,
    /// Requests a second, of all visitors together.
    pub rate: f64,
}

/// Runs a plan, tells what is done on standard output, and answers with what was found.
///
/// # Panics
/// When the installation does not heal within minutes.
pub async fn run(plan: Plan) -> Findings {
    let schedule = Schedule::new(plan.seed, plan.kills);
    say(format_args!(
        "seed {} · {} kills · {} blows",
        plan.seed,
        plan.kills,
        schedule.blows().count()
    ));
    strike(&schedule, plan.rate).await
}

/// As [`run`], with a schedule of one's own under `rate` requests a second.
///
/// # Panics
/// When the installation does not heal within minutes.
pub async fn strike(schedule: &Schedule, rate: f64) -> Findings {
    let mut arena = Arena::start().await;
    let visitors = arena.send_visitors(rate);
    let ledger = visitors.ledger();
    arena.suffer(schedule, &ledger).await;
    arena.heal().await;
    visitors.go_home().await;
    let left_over = arena.come_to_rest().await;
    let findings = verifier::verify(&arena, &ledger, schedule, left_over).await;
    say(&findings);
    if !findings.is_clean() {
        say(format_args!("ledger and logs are in {}", arena.keep().display()));
    }
    findings
}

/// Between two looks at something that takes seconds.
const LOOK: Duration = Duration::from_millis(200);

/// One line for whoever looks on; under a test, shown with its failure.
#[expect(clippy::print_stdout, reason = "the test runner shows it with the failure")]
fn say(line: impl std::fmt::Display) {
    println!("{line}");
}
