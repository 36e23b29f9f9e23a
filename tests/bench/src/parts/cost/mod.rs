//! P5: what a signup costs beside many leads.

use super::Run;
use super::signup::sample;
use crate::error::BenchError;
use crate::report::median;
use crate::screen;

const CONNECTIONS: usize = 64;
/// Leads that are there when it begins, and what the goal compares them with.
const FEW: i64 = 10_000;
const MANY: i64 = 1_000_000;
/// What a long run asks for.
const MOST: i64 = 10_000_000;
/// Leads that are written by one statement.
const CHUNK: i64 = 50_000;

/// Rows of a lead that was mailed, as the service leaves them, made of one that is there. Ids grow with time as a
/// program makes them (UUIDv7), person ids and keys of budgets are spread.
const FILL: &str = include_str!("fill.sql");

/// Measures and judges.
///
/// # Errors
/// When the service fails.
pub(crate) async fn cost(run: &mut Run) -> Result<(), BenchError> {
    let service = run.stage.services.signup.clone();
    let signup = service.start().await?;
    // The rows that all others are made of.
    sample(run, &service, &signup, CONNECTIONS).await?;
    let sizes: &[i64] = if run.is_long {
        &[FEW, 100_000, MANY, MOST]
    } else {
        &[FEW, 100_000, MANY]
    };
    let mut curve = Vec::new();
    for leads in sizes {
        fill(run, *leads).await?;
        let mut micros = Vec::new();
        for round in 1..=run.rounds {
            screen::progress(&format!("cost at {leads} leads: round {round} of {}", run.rounds));
            let sample = sample(run, &service, &signup, CONNECTIONS).await?;
            micros.push(sample.cpu_micros.sum());
        }
        let micros = median(micros);
        run.report.note(
            format!("CPU of a signup at {leads} leads"),
            format!("{micros:.0} us"),
        );
        curve.push(micros);
    }
    let times = curve.last().copied().unwrap_or_default() / curve[0];
    let most = sizes[sizes.len() - 1];
    let goal = format!("CPU of a signup at {most} leads over that at {FEW}: 1.3");
    run.report.goal("P5", &goal, format!("{times:.2}"), times <= 1.3);
    Ok(())
}

/// Adds leads until there are so many, and leaves the database as one that has had them for long.
async fn fill(run: &Run, wanted: i64) -> Result<(), BenchError> {
    let mut database = run.stage.connection("signup").await?;
    let mut there: i64 = sqlx::query_scalar("select count(*) from leads")
        .fetch_one(&mut database)
        .await?;
    while there < wanted {
        screen::progress(&format!("cost: {there} of {wanted} leads"));
        let more = CHUNK.min(wanted - there);
        sqlx::query(FILL).bind(more).execute(&mut database).await?;
        there += more;
    }
    sqlx::query("vacuum analyze").execute(&mut database).await?;
    Ok(())
}
