//! P11: events that wait in Kafka → ledger → mails that smtp-sink takes, each attempt recorded, memory flat.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use contracts::offer::OfferVersion;
use contracts::signup::{MailLinks, SignupAccepted, Touch};
use contracts::{EmailAddress, Event, PersonId, Slug, SubjectKey};
use kafka::{KafkaConfig, Producer, Record, Security};
use time::OffsetDateTime;
use tokio::time::sleep;
use uuid::Uuid;

use crate::error::BenchError;
use crate::parts::{DRAINED, Run};
use crate::processes::resident_bytes;
use crate::program::{Program, Recipe};
use crate::screen;
use crate::services::SUBJECT_KEY;

const LOOK: Duration = Duration::from_millis(100);
/// For all mails of a backlog.
const PATIENCE: Duration = Duration::from_secs(300);
/// Records that are handed to the producer at once.
const BATCH: usize = 5_000;
/// How much the second half of a backlog may take more than the first.
const FLAT: f64 = 1.1;

/// One backlog.
struct Backlog {
    offer: &'static str,
    events: usize,
    /// Mails a second.
    goal: f64,
}

/// What came of one.
struct Drained {
    /// From the first recorded attempt to the last.
    rate: f64,
    /// Highest memory of the second half over that of the first.
    growth: f64,
    /// Highest memory, in MB.
    peak: f64,
}

/// Measures and judges; a quick run takes a fifth of the events.
///
/// # Errors
/// When a service fails or mails stay away.
pub(super) async fn backlogs(run: &mut Run, relay: SocketAddr) -> Result<(), BenchError> {
    publish_offers(run).await?;
    let share = if run.is_quick() { 5 } else { 1 };
    for backlog in [
        Backlog {
            offer: "bench",
            events: 50_000 / share,
            goal: 3_000.0,
        },
        Backlog {
            offer: "bench-attached",
            events: 10_000 / share,
            goal: 500.0,
        },
    ] {
        measure(run, relay, &backlog).await?;
    }
    Ok(())
}

/// The signup service publishes what `offers apply` left in its outbox.
async fn publish_offers(run: &Run) -> Result<(), BenchError> {
    let signup = run.stage.services.signup.start().await?;
    run.stage.outbox_is_empty(DRAINED).await?;
    drop(signup);
    Ok(())
}

async fn measure(run: &mut Run, relay: SocketAddr, backlog: &Backlog) -> Result<(), BenchError> {
    screen::progress(&format!("mails: {} events of {}", backlog.events, backlog.offer));
    produce(run.stage.kafka(), backlog).await?;
    let mut recipe: Recipe = run.stage.services.notification.clone();
    recipe.settings.push(("SMTP_URL", format!("smtp://{relay}")));
    let before = run.stage.accepted_attempts().await?;
    let notification = recipe.start().await?;
    let drained = drain(run, &notification, before, backlog.events).await?;
    drop(notification);
    let Backlog { offer, goal, .. } = backlog;
    let what = format!("{offer}: events in Kafka to mails at smtp-sink, recorded: {goal}/s");
    let figure = format!("{:.0}/s of {}", drained.rate, backlog.events);
    run.report.goal("P11", &what, figure, drained.rate >= *goal);
    let what = format!("{offer}: memory of the second half over the first: {FLAT}");
    let figure = format!("{:.2} (highest {:.0} MB)", drained.growth, drained.peak);
    run.report.goal("P11", &what, figure, drained.growth <= FLAT);
    Ok(())
}

/// Waits until every event has its accepted attempt, and looks at memory meanwhile.
async fn drain(run: &Run, notification: &Program, before: i64, events: usize) -> Result<Drained, BenchError> {
    let wanted = i64::try_from(events).unwrap_or(i64::MAX);
    let end = Instant::now() + PATIENCE;
    let mut halves = [0_u64; 2];
    loop {
        let done = run.stage.accepted_attempts().await? - before;
        let half = usize::from(done * 2 > wanted);
        halves[half] = halves[half].max(resident_bytes(notification.pid())?);
        if done >= wanted {
            let span = run.stage.span_of_attempts(wanted).await?;
            return Ok(Drained {
                rate: events as f64 / span.as_secs_f64(),
                growth: halves[1] as f64 / halves[0].max(1) as f64,
                peak: halves[0].max(halves[1]) as f64 / 1e6,
            });
        }
        if Instant::now() > end {
            return Err(BenchError::TooLate("every mail is taken"));
        }
        sleep(LOOK).await;
    }
}

async fn produce(bootstrap: &str, backlog: &Backlog) -> Result<(), BenchError> {
    let unfit =
        |error: &dyn std::fmt::Display| BenchError::Program(format!("events cannot be made: {error}"));
    let config = KafkaConfig {
        bootstrap_servers: bootstrap.to_owned(),
        topic_prefix: String::new(),
        group_prefix: String::new(),
        client_id: "bench",
        security: Security::default(),
    };
    let producer = Producer::new(&config).map_err(|error| unfit(&error))?;
    let key = SubjectKey::parse(&SUBJECT_KEY.repeat(32)).map_err(|error| unfit(&error))?;
    let mut left = backlog.events;
    while left > 0 {
        let batch = left.min(BATCH);
        let records: Result<Vec<Record>, BenchError> = (0..batch)
            .map(|_| event(&key, backlog.offer).map(Record::from))
            .collect();
        for sent in producer.send_all(records?).await {
            sent.map_err(|error| unfit(&error))?;
        }
        left -= batch;
    }
    producer.close(DRAINED).await;
    Ok(())
}

/// A signup of a person who was never here.
fn event(key: &SubjectKey, offer: &str) -> Result<Event, BenchError> {
    let unfit = |what: &'static str| BenchError::Program(format!("{what} cannot be made"));
    let signup_id = Uuid::now_v7();
    let email = EmailAddress::parse(&format!("{}@mail.example.org", signup_id.simple()));
    let email = email.map_err(|_| unfit("an address"))?;
    let slug = Slug::parse(offer).map_err(|_| unfit("an offer"))?;
    let link = |name: &str| format!("https://course.example/{name}/{signup_id}");
    let signup = SignupAccepted {
        signup_id,
        person_id: PersonId::of(key, &email),
        email,
        name: None,
        campaign: slug.clone(),
        channel: "instagram".to_owned(),
        greeting: "Hi Instagram Fam!".to_owned(),
        offer: OfferVersion { slug, version: 1 },
        offer_title: "System Design Cheat Sheet".to_owned(),
        links: MailLinks {
            unsubscribe: link("u"),
            my_data: "https://course.example/me".to_owned(),
        },
        download: link("d"),
        confirm: None,
        touch: Touch::default(),
        accepted_at: OffsetDateTime::now_utc(),
    };
    Ok(Event::new(signup.person_id, signup.accepted_at, &signup))
}
