//! P1 to P4: the hot path beside a bare server and a naive service, in turns.

use std::time::Duration;

use super::{DRAINED, Run};
use crate::error::BenchError;
use crate::load::{ClosedLoop, OpenLoop, Tally, closed, open};
use crate::program::{Program, Recipe};
use crate::report::median;
use crate::screen;
use crate::stage::Cpu;

const WARM_UP: Duration = Duration::from_millis(700);
const DURATION: Duration = Duration::from_millis(2500);
const CONNECTIONS: [usize; 2] = [64, 256];
const HALF_LOAD: Duration = Duration::from_secs(5);

/// One server under one number of connections, once.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sample {
    rate: f64,
    p50_ms: f64,
    p99_ms: f64,
    /// Microseconds of server and Postgres for each signup, with whatever follows it in the server.
    pub(super) cpu_micros: Cpu,
}

/// The rounds of one server under one number of connections.
type Samples = Vec<Sample>;

/// The servers, each with its samples for 64 and 256 connections.
struct Contest {
    ceiling: [Samples; 2],
    naive: [Samples; 2],
    signup: [Samples; 2],
}

/// Measures and judges.
///
/// # Errors
/// When a server fails.
pub(crate) async fn signup(run: &mut Run) -> Result<(), BenchError> {
    let services = &run.stage.services;
    let ceiling = services.ceiling.start().await?;
    let naive = services.naive.start().await?;
    let signup = services.signup.start().await?;
    let mut contest = Contest {
        ceiling: Default::default(),
        naive: Default::default(),
        signup: Default::default(),
    };
    for round in 1..=run.rounds {
        screen::progress(&format!("signups: round {round} of {}", run.rounds));
        for (place, connections) in CONNECTIONS.into_iter().enumerate() {
            contest.ceiling[place].push(sample(run, &services.ceiling, &ceiling, connections).await?);
            contest.naive[place].push(sample(run, &services.naive, &naive, connections).await?);
            contest.signup[place].push(sample(run, &services.signup, &signup, connections).await?);
        }
    }
    let half = half_load(run, contest.signup[0].median(|sample| sample.rate) / 2.0).await?;
    judge(run, &contest, &half);
    Ok(())
}

pub(super) async fn sample(
    run: &Run,
    recipe: &Recipe,
    program: &Program,
    connections: usize,
) -> Result<Sample, BenchError> {
    run.stage.checkpoint().await?;
    let before = run.stage.cpu(program.pid())?;
    let load = ClosedLoop {
        to: recipe.public,
        campaign: "bench",
        connections,
        warm_up: WARM_UP,
        duration: DURATION,
    };
    let tally = closed(load).await?;
    // What was taken has to be published as well, which belongs to its cost.
    run.stage.outbox_is_empty(DRAINED).await?;
    let after = run.stage.cpu(program.pid())?;
    if tally.refused > 0 {
        screen::progress(&format!("{} refused {} signups", recipe.name, tally.refused));
    }
    // The warm-up's signups cost as much as those that are counted.
    let all = tally.accepted as f64 * (WARM_UP + DURATION).as_secs_f64() / DURATION.as_secs_f64();
    Ok(Sample {
        rate: tally.rate(),
        p50_ms: tally.quantile_ms(0.5),
        p99_ms: tally.quantile_ms(0.99),
        cpu_micros: after.micros_since(before, all),
    })
}

async fn half_load(run: &Run, rate: f64) -> Result<Tally, BenchError> {
    screen::progress("signups: half load");
    let load = OpenLoop {
        to: run.stage.services.signup.public,
        campaign: "bench",
        connections: CONNECTIONS[0],
        rate,
        duration: HALF_LOAD,
        journal: None,
    };
    let tally = open(load).await?;
    run.stage.outbox_is_empty(DRAINED).await?;
    Ok(tally)
}

/// The median of something over samples.
trait Median {
    fn median(&self, of: impl Fn(&Sample) -> f64) -> f64;
}

impl Median for Samples {
    fn median(&self, of: impl Fn(&Sample) -> f64) -> f64 {
        median(self.iter().map(of).collect())
    }
}

impl Contest {
    /// The median over rounds of a ratio taken inside each round, for 64 and for 256 connections.
    fn ratios(&self, ratio: impl Fn(&Sample, &Sample, &Sample) -> f64) -> [f64; 2] {
        [0, 1].map(|place| {
            let rounds = self.signup[place].iter().zip(&self.naive[place]);
            let rounds = rounds.zip(&self.ceiling[place]);
            median(
                rounds
                    .map(|((signup, naive), ceiling)| ratio(signup, naive, ceiling))
                    .collect(),
            )
        })
    }
}

fn judge(run: &mut Run, contest: &Contest, half: &Tally) {
    let report = &mut run.report;
    let [few, many] = contest.ratios(|signup, naive, _| signup.rate / naive.rate);
    let goal = "durable signups/s over the naive service: 10 (64, 256 connections)";
    report.goal("P1", goal, format!("{few:.1}, {many:.1}"), few.min(many) >= 10.0);
    let [few, many] = contest.ratios(|signup, _, ceiling| signup.rate / ceiling.rate);
    let goal = "share of the bare HTTP ceiling: 0.35";
    report.goal("P2", goal, format!("{few:.2}, {many:.2}"), few.min(many) >= 0.35);
    let [few, many] = contest.ratios(|signup, naive, _| naive.cpu_micros.sum() / signup.cpu_micros.sum());
    let goal = "CPU of server and Postgres for a signup, naive over ours: 12";
    report.goal("P3", goal, format!("{few:.1}, {many:.1}"), few.min(many) >= 12.0);
    let [few, many] = contest.ratios(|signup, naive, _| naive.p99_ms / signup.p99_ms);
    let goal = "p99 when saturated, naive over ours: 5";
    report.goal("P4", goal, format!("{few:.1}, {many:.1}"), few.min(many) >= 5.0);
    let p50 = half.quantile_ms(0.5);
    let goal = "p50 at half load: at most 3 ms";
    report.goal("P4", goal, format!("{p50:.2} ms"), p50 <= 3.0);
    let p99 = format!("{:.1} ms", half.quantile_ms(0.99));
    report.note(format!("p99 at half load, {:.0}/s", half.rate()), p99);
    let servers = [
        ("ceiling", &contest.ceiling),
        ("naive", &contest.naive),
        ("signup", &contest.signup),
    ];
    for (name, samples) in servers {
        for (connections, samples) in CONNECTIONS.iter().zip(samples) {
            report.note(
                format!("{name}, {connections} connections: rate, p50, p99, CPU of server+Postgres"),
                line(samples),
            );
        }
    }
}

fn line(samples: &Samples) -> String {
    format!(
        "{:.0}/s {:.1} {:.1} ms {:.0}+{:.0} us",
        samples.median(|sample| sample.rate),
        samples.median(|sample| sample.p50_ms),
        samples.median(|sample| sample.p99_ms),
        samples.median(|sample| sample.cpu_micros.program),
        samples.median(|sample| sample.cpu_micros.postgres)
    )
}
