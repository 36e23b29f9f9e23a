//! Something came back of a mail: who must not be mailed any more, and what the ledger shows.
//!
//! A mail bounces once in each class: what is told again, by whatever way, changes nothing.

use contracts::PersonId;
use contracts::notification::State as Progress;
use sqlx::PgConnection;

use crate::commands::fall_back::fall_back;
use crate::domain::bounce::BounceClass;
use crate::domain::bounce_report::{
    self, BounceReport, Finding, Keys, Reading, SOFT_DAYS, SOFT_MAX, Via, feedback,
};
use crate::domain::notification::{Class, Standing};
use crate::domain::provider::{Provider, ProviderEvent};
use crate::domain::suppression::Decision;
use crate::error::Error;
use crate::events;
use crate::state::State;
use crate::store::{bounces, feedback as ledger, intake, suppressions};

/// What became of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// Noted, and the person must not be mailed any more.
    Suppressed(BounceClass),
    /// Noted; the person may be mailed still.
    Noted(BounceClass),
    /// Noted: a team's mail came back; nobody is suppressed for that, but somebody must look.
    TeamFailed { class: BounceClass, recipient: i16 },
    /// It was known.
    Repeated,
    /// It reports nothing that has come to an end.
    NoBounce,
    /// It names no mail in a way that only its recipient knows: anybody can have made it up.
    Unverified,
    /// The ledger does not know the mail any more, or its person is erased.
    Unknown,
}

/// Takes a mail to a bounce address as it came; `envelope` is whom it was delivered to, where that is known. Any bytes may
/// be given. It is durable when this returns.
///
/// # Errors
/// What the database says. To give it again is safe.
pub async fn take_mail(
    state: &State,
    via: Via,
    envelope: Option<String>,
    raw: bytes::Bytes,
) -> Result<Taken, Error> {
    let rules = std::sync::Arc::clone(&state.rules);
    // A reader that is given the worst of bytes takes its time.
    let reading = tokio::task::spawn_blocking(move || {
        let keys = Keys {
            bounce: &rules.bounces.key,
            subject: &rules.subject_key,
        };
        bounce_report::read(keys, envelope.as_deref(), &raw)
    });
    match reading.await.map_err(|_| Error::Died)? {
        Reading::Report(report) => take_bounce(state, via, report).await,
        Reading::NoBounce => Ok(counted(state, via, Taken::NoBounce)),
        Reading::Unverified => Ok(counted(state, via, Taken::Unverified)),
    }
}

/// Takes what a provider told, once the provider is believed.
///
/// # Errors
/// As [`take_mail`].
pub async fn take_event(state: &State, provider: Provider, event: &ProviderEvent) -> Result<Taken, Error> {
    let (via, rules) = (Via::Provider(provider), &state.rules.bounces);
    if !event.is_bounce() {
        return Ok(counted(state, via, Taken::NoBounce));
    }
    match event.report(&rules.key, &rules.domain) {
        Some(report) => take_bounce(state, via, report).await,
        None => Ok(counted(state, via, Taken::Unverified)),
    }
}

/// Takes a report that names a mail of ours.
///
/// # Errors
/// As [`take_mail`].
pub async fn take_bounce(state: &State, via: Via, report: BounceReport) -> Result<Taken, Error> {
    let taken = state
        .database
        .transaction(move |connection| Box::pin(async move { take(connection, via, &report).await }))
        .await?;
    if let Taken::TeamFailed { recipient, .. } = taken {
        state.metrics.team_failed(recipient);
        state.senders.notify_one();
    }
    state.wake.notify();
    Ok(counted(state, via, taken))
}

fn counted(state: &State, via: Via, taken: Taken) -> Taken {
    state.metrics.bounces.taken(via, taken);
    tracing::info!(via = via.as_str(), outcome = taken.as_str(), "a report on a mail");
    taken
}

impl Taken {
    /// All outcomes' words, for metrics that start at 0.
    pub const WORDS: [&'static str; 7] = [
        "hard",
        "soft",
        "complaint",
        "repeated",
        "not-a-bounce",
        "unverified",
        "unknown",
    ];

    /// The word for it in metrics, logs and answers.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Suppressed(class) | Self::Noted(class) | Self::TeamFailed { class, .. } => class.as_str(),
            Self::Repeated => "repeated",
            Self::NoBounce => "not-a-bounce",
            Self::Unverified => "unverified",
            Self::Unknown => "unknown",
        }
    }
}

async fn take(connection: &mut PgConnection, via: Via, report: &BounceReport) -> Result<Taken, Error> {
    let now = intake::share(connection).await?;
    let Some(standing) = ledger::lock(connection, report.notification).await? else {
        return Ok(Taken::Unknown);
    };
    let Some(person) = standing.person_id else {
        return Ok(Taken::Unknown);
    };
    let finding = report.about(person);
    let told = finding.and_then(|finding| Some((finding, feedback(finding.class)?)));
    let Some((finding, feedback)) = told else {
        return Ok(Taken::NoBounce);
    };
    bounces::hold_person(connection, person).await?;
    if !bounces::note(connection, standing.id, person, &finding, via).await? {
        return Ok(Taken::Repeated);
    }
    if let Some(noted) = ledger::note(connection, standing.id, feedback).await? {
        let told = events::stands(&noted, now).filter(|_| is_settled(noted.state));
        outbox::append(connection, &Vec::from_iter(told)).await?;
    }
    follow(connection, &standing, person, finding, via).await
}

/// While a mail is being sent, the sender tells what came back together with the outcome.
const fn is_settled(state: Progress) -> bool {
    state.is_final()
}

async fn follow(
    connection: &mut PgConnection,
    standing: &Standing,
    person: PersonId,
    finding: Finding,
    via: Via,
) -> Result<Taken, Error> {
    if Class::of(standing.key.purpose) == Class::Team {
        fall_back(connection, standing, person).await?;
        return Ok(Taken::TeamFailed {
            class: finding.class,
            recipient: standing.key.recipient,
        });
    }
    if !is_enough(connection, person, finding.class).await? {
        return Ok(Taken::Noted(finding.class));
    }
    suppressions::decide(connection, &Decision::came_back(person, finding.class, via)).await?;
    Ok(Taken::Suppressed(finding.class))
}

async fn is_enough(
    connection: &mut PgConnection,
    person: PersonId,
    class: BounceClass,
) -> Result<bool, Error> {
    Ok(match class {
        BounceClass::Hard | BounceClass::Complaint => true,
        BounceClass::Soft => bounces::count(connection, person, class, SOFT_DAYS).await? >= SOFT_MAX,
        BounceClass::NotABounce => false,
    })
}
