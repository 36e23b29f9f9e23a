//! P9, P10: how much the services take, and how soon they are ready.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::{DRAINED, Run};
use crate::body;
use crate::error::BenchError;
use crate::load::{ClosedLoop, closed};
use crate::processes::resident_bytes;
use crate::program::Program;
use crate::report::median;
use crate::screen;

const LOAD: Duration = Duration::from_secs(10);
/// Of a long run.
const SOAK: Duration = Duration::from_secs(600);
const LOOK: Duration = Duration::from_millis(100);
const SETTLED: Duration = Duration::from_secs(3);
const CONNECTIONS: usize = 64;
const MB: f64 = 1_000_000.0;

/// Measures and judges.
///
/// # Errors
/// When a service fails.
pub(crate) async fn memory(run: &mut Run) -> Result<(), BenchError> {
    ready(run).await?;
    let services = &run.stage.services;
    let running = [
        services.signup.start().await?,
        services.enquiry.start().await?,
        services.notification.start().await?,
    ];
    sleep(SETTLED).await;
    let idle = resident(&running)?;
    let peak = under_load(run, &running).await?;
    let total: f64 = peak.iter().sum();
    let goal = "resident memory of the three services, highest under load: 57 MB";
    run.report
        .goal("P9", goal, format!("{total:.1} MB"), total <= 57.0);
    run.report
        .note("signup, enquiry, notification: idle", line(&idle));
    run.report
        .note("signup, enquiry, notification: highest under load", line(&peak));
    Ok(())
}

/// P10.
async fn ready(run: &mut Run) -> Result<(), BenchError> {
    let services = &run.stage.services;
    let mut slowest = 0.0_f64;
    for service in [&services.signup, &services.enquiry, &services.notification] {
        screen::progress(&format!("start: {}", service.name));
        let mut times = Vec::new();
        for _ in 0..run.rounds {
            times.push(service.start().await?.ready_after.as_secs_f64() * 1000.0);
        }
        let middle = median(times);
        slowest = slowest.max(middle);
        run.report.note(
            format!("{}: ready after", service.name),
            format!("{middle:.0} ms"),
        );
    }
    let goal = "ready after the start, the slowest service: 300 ms";
    run.report
        .goal("P10", goal, format!("{slowest:.0} ms"), slowest <= 300.0);
    Ok(())
}

/// The highest of each while signups come as fast as they can, and until all their mails are out.
async fn under_load(run: &Run, running: &[Program; 3]) -> Result<[f64; 3], BenchError> {
    let duration = if run.is_long { SOAK } else { LOAD };
    screen::progress(&format!("memory: under load for {} s", duration.as_secs()));
    let since = body::upcoming();
    let load = ClosedLoop {
        to: run.stage.services.signup.public,
        campaign: "bench",
        connections: CONNECTIONS,
        warm_up: Duration::ZERO,
        duration,
    };
    let mut loading = tokio::task::JoinSet::new();
    loading.spawn(closed(load));
    let mut peak = [0.0_f64; 3];
    let end = Instant::now() + duration + DRAINED;
    while Instant::now() < end {
        for (highest, now) in peak.iter_mut().zip(resident(running)?) {
            *highest = highest.max(now);
        }
        let is_loaded = loading.is_empty();
        if let Some(loaded) = loading.try_join_next() {
            loaded.map_err(|_| BenchError::Died("the load"))??;
        }
        let taken = run.stage.sink.journal.mails_since(since).count;
        if is_loaded && taken >= body::upcoming() - since {
            break;
        }
        sleep(LOOK).await;
    }
    Ok(peak)
}

fn resident(running: &[Program; 3]) -> Result<[f64; 3], BenchError> {
    let mut megabytes = [0.0; 3];
    for (place, program) in running.iter().enumerate() {
        megabytes[place] = resident_bytes(program.pid())? as f64 / MB;
    }
    Ok(megabytes)
}

fn line(megabytes: &[f64; 3]) -> String {
    let [signup, enquiry, notification] = megabytes;
    format!("{signup:.1}, {enquiry:.1}, {notification:.1} MB")
}
