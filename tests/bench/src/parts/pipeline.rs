//! P7, P8, P11: from a signup's answer to its mail, and how fast backlogs go.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{DRAINED, Run};
use crate::body;
use crate::error::BenchError;
use crate::load::{ClosedLoop, OpenLoop, closed, open};
use crate::program::Program;
use crate::report::{median, permille_ms};
use crate::screen;

const FIRST_MAILS: Duration = Duration::from_secs(3);
const MAILED: Duration = Duration::from_secs(60);
const CONNECTIONS: usize = 64;
/// Events of the publisher's backlog.
const BACKLOG: i64 = 200_000;

/// Measures and judges.
///
/// # Errors
/// When a service fails or mails stay away.
pub(crate) async fn pipeline(run: &mut Run) -> Result<(), BenchError> {
    let signup = run.stage.services.signup.start().await?;
    let notification = run.stage.services.notification.start().await?;
    delays(run, 50.0, Duration::from_secs(8), 100.0).await?;
    delays(run, 500.0, Duration::from_secs(5), 250.0).await?;
    drop(notification);
    let peak = backlog(run, "bench", Duration::from_secs(2), 3_000.0).await?;
    backlog(run, "bench-attached", Duration::from_millis(300), 500.0).await?;
    publisher(run, signup, peak).await
}

/// P7 at one rate.
async fn delays(run: &mut Run, rate: f64, duration: Duration, p99_goal: f64) -> Result<(), BenchError> {
    send(run, rate.min(50.0), FIRST_MAILS).await?;
    let (mut middle, mut late) = (Vec::new(), Vec::new());
    for round in 1..=run.rounds.min(3) {
        screen::progress(&format!("mails: {rate} signups a second, round {round}"));
        let delays = send(run, rate, duration).await?;
        middle.push(permille_ms(delays.clone(), 500));
        late.push(permille_ms(delays, 990));
    }
    let (p50, p99) = (median(middle), median(late));
    let goal = format!("2xx to mail taken, {rate} signups/s: p99 at most {p99_goal} ms");
    run.report
        .goal("P7", &goal, format!("{p99:.1} ms"), p99 <= p99_goal);
    let goal = format!("2xx to mail taken, {rate} signups/s: p50 at most 12 ms");
    if rate <= 50.0 {
        run.report.goal("P7", &goal, format!("{p50:.1} ms"), p50 <= 12.0);
    } else {
        run.report
            .note(format!("p50 at {rate} signups/s"), format!("{p50:.1} ms"));
    }
    Ok(())
}

/// Signs up at a rate and waits for every mail.
async fn send(run: &Run, rate: f64, duration: Duration) -> Result<Vec<Duration>, BenchError> {
    let since = body::upcoming();
    let journal = &run.stage.sink.journal;
    let load = OpenLoop {
        to: run.stage.services.signup.public,
        campaign: "bench",
        connections: CONNECTIONS,
        rate,
        duration,
        journal: Some(Arc::clone(journal)),
    };
    let tally = open(load).await?;
    run.stage.mails_are_taken(since, tally.accepted, MAILED).await?;
    Ok(journal.delays_since(since))
}

/// P11: signups while no mails are sent, then all of their mails. Returns the rate of the signups.
async fn backlog(
    run: &mut Run,
    campaign: &'static str,
    duration: Duration,
    goal: f64,
) -> Result<f64, BenchError> {
    screen::progress(&format!("mails: backlog of {campaign}"));
    let since = body::upcoming();
    let load = ClosedLoop {
        to: run.stage.services.signup.public,
        campaign,
        connections: CONNECTIONS,
        warm_up: Duration::ZERO,
        duration,
    };
    let rate = closed(load).await?.rate();
    run.stage.outbox_is_empty(DRAINED).await?;
    let expected = body::upcoming() - since;
    let before = attempts(run).await?;
    let notification = run.stage.services.notification.start().await?;
    let idle = run.stage.cpu(notification.pid())?;
    run.stage.mails_are_taken(since, expected, MAILED).await?;
    let cpu = run
        .stage
        .cpu(notification.pid())?
        .micros_since(idle, expected as f64);
    let mails = run.stage.sink.journal.mails_since(since);
    let figure = mails.count as f64 / mails.span.as_secs_f64();
    drop_when_recorded(
        run,
        notification,
        before + i64::try_from(expected).unwrap_or_default(),
    )
    .await?;
    let what = format!("{campaign}: Kafka backlog to mails, each attempt recorded: {goal}/s");
    run.report.goal(
        "P11",
        &what,
        format!("{figure:.0}/s of {expected}"),
        figure >= goal,
    );
    let cpu = format!("{:.0}+{:.0} us", cpu.program, cpu.postgres);
    run.report
        .note(format!("{campaign}: CPU of a mail, notification+Postgres"), cpu);
    Ok(rate)
}

async fn attempts(run: &Run) -> Result<i64, BenchError> {
    let mut notification = run.stage.connection("notification").await?;
    let count = sqlx::query_scalar("select count(*) from attempts");
    Ok(count.fetch_one(&mut notification).await?)
}

/// Ends the service once its ledger has every attempt.
async fn drop_when_recorded(run: &Run, notification: Program, expected: i64) -> Result<(), BenchError> {
    let end = Instant::now() + DRAINED;
    while attempts(run).await? < expected {
        if Instant::now() > end {
            return Err(BenchError::TooLate("every attempt is recorded"));
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    drop(notification);
    Ok(())
}

/// P8: a backlog of copies of one event, and how fast a service that starts gets rid of it.
async fn publisher(run: &mut Run, signup: Program, peak: f64) -> Result<(), BenchError> {
    screen::progress("publisher: a backlog of events");
    drop(signup);
    let mut database = run.stage.connection("signup").await?;
    sqlx::query(
        "insert into outbox (event_id, topic, key, event_type, event_time, content_type, person_id, payload)
         select gen_random_uuid(), 'signup.events', person_id::text, 'leadstream.signup.accepted.v1', accepted_at,
                'application/json', person_id, payload
         from (select * from signups limit 1) as model cross join generate_series(1, $1)",
    )
    .bind(BACKLOG)
    .execute(&mut database)
    .await?;
    run.stage.checkpoint().await?;
    let signup = run.stage.services.signup.start().await?;
    let begin = Instant::now();
    run.stage.outbox_is_empty(DRAINED * 2).await?;
    let rate = BACKLOG as f64 / begin.elapsed().as_secs_f64();
    drop(signup);
    let goal = "events published, over the peak rate of signups: 3";
    let times = rate / peak;
    run.report
        .goal("P8", goal, format!("{times:.1} ({rate:.0}/s)"), times >= 3.0);
    Ok(())
}
