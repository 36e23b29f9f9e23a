//! A visitor asks a question: it is durable, and its mails are owed, before anybody is told that it was taken.

use std::sync::Arc;

use contracts::{BudgetKey, Fingerprint, IdempotencyKey, KeyHash, PersonId};
use sqlx::PgConnection;
use telemetry::TraceParent;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::domain::delivery::{Delivery, Status};
use crate::domain::enquiry::{Accepted, Enquiry};
use crate::domain::idempotency::{Endpoint, fingerprint};
use crate::domain::reference::Reference;
use crate::error::Error;
use crate::events;
use crate::metrics::Outcome;
use crate::state::{Rules, State};
use crate::store::enquiries::{self, Decided};
use crate::store::{erased_people, idempotency_keys, mail_budgets, status_changes};

/// One in a million of a million questions meets a taken reference number; two such in a row never come.
const TRIES: usize = 3;

/// A question, and how it came.
#[derive(Debug, Clone)]
pub struct Submission {
    pub enquiry: Enquiry,
    pub endpoint: Endpoint,
    pub key: Option<IdempotencyKey>,
    /// Something that no person sees was filled in: it is kept, but nothing is mailed.
    pub suspect: bool,
    pub trace: TraceParent,
}

/// What whoever asked may know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    pub id: Uuid,
    pub reference: String,
}

/// Stores the question and owes its mails.
///
/// # Errors
/// [`Error::Unavailable`] or [`Error::OutcomeUnknown`] within 3 s while the database is away;
/// [`Error::IdempotencyKeyReused`].
pub async fn submit_enquiry(state: &State, submission: Submission) -> Result<Receipt, Error> {
    #[cfg(feature = "broken")]
    if broken::by(broken::Break::ReplyBeforeCommit) {
        return Ok(answer_first(state, submission));
    }
    let mut outcome = record(state, &submission).await;
    for _ in 1..TRIES {
        if !matches!(outcome, Err(Error::ReferenceTaken)) {
            break;
        }
        outcome = record(state, &submission).await;
    }
    count(state, submission.endpoint, &outcome);
    let recorded = outcome?;
    tracing::info!(enquiry = %recorded.receipt.id, outcome = ?recorded.outcome, "a question is stored");
    state.wake.notify();
    Ok(recorded.receipt)
}

#[cfg(feature = "broken")]
fn answer_first(state: &State, submission: Submission) -> Receipt {
    let (id, state) = (Uuid::now_v7(), state.clone());
    tokio::spawn(async move {
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        if record(&state, &submission).await.is_ok() {
            state.wake.notify();
        }
    });
    Receipt {
        id,
        reference: Reference::of(id).to_string(),
    }
}

#[derive(Debug)]
struct Recorded {
    receipt: Receipt,
    outcome: Outcome,
    acknowledge: bool,
}

async fn record(state: &State, submission: &Submission) -> Result<Recorded, Error> {
    let draft = Draft {
        rules: Arc::clone(&state.rules),
        submission: submission.clone(),
    };
    state
        .database
        .transaction(move |connection| Box::pin(async move { draft.write(connection).await }))
        .await
}

/// A question on its way into the database.
struct Draft {
    rules: Arc<Rules>,
    submission: Submission,
}

impl Draft {
    async fn write(self, connection: &mut PgConnection) -> Result<Recorded, Error> {
        let person = PersonId::of(&self.rules.subject_key, &self.submission.enquiry.email);
        let accepted = self.accept(person, erased_people::enter(connection, person).await?);
        if let Some((key, fingerprint)) = self.key(&accepted)
            && !idempotency_keys::take(connection, &key, &fingerprint, accepted.id).await?
        {
            return repeated(connection, &key, &fingerprint).await;
        }
        let decided = self.decide(connection, accepted.id).await?;
        let event = events::accepted(&accepted, decided.acknowledge);
        let again_after = self.rules.republish.first;
        enquiries::insert(connection, &accepted, &event, decided, again_after).await?;
        status_changes::append(connection, accepted.id, 1, decided.status).await?;
        let is_held = decided.status == Status::Held;
        if !is_held {
            outbox::append(connection, &[event]).await?;
        }
        Ok(Recorded {
            receipt: Receipt {
                id: accepted.id,
                reference: accepted.reference.to_string(),
            },
            outcome: if is_held { Outcome::Held } else { Outcome::Accepted },
            acknowledge: decided.acknowledge,
        })
    }

    /// Under a new id, for the team that the rules choose.
    fn accept(&self, person: PersonId, at: OffsetDateTime) -> Accepted {
        let (rules, enquiry) = (&self.rules, self.submission.enquiry.clone());
        let id = Uuid::now_v7();
        let route = rules.table.route(&enquiry.question());
        Accepted {
            id,
            reference: Reference::of(id),
            person,
            rule: route.rule.to_owned(),
            team: route.team.clone(),
            fallback_inbox: rules.table.fallback_inbox.clone(),
            at,
            trace: self.submission.trace,
            enquiry,
        }
    }

    fn key(&self, accepted: &Accepted) -> Option<(KeyHash, Fingerprint)> {
        let key = self.submission.key.as_ref()?;
        let content = fingerprint(key, &accepted.enquiry);
        let hash = self.submission.endpoint.hash(key, accepted.person, &content);
        Some((hash, content))
    }

    /// What is held costs no budget: that is decided when it is released.
    async fn decide(&self, connection: &mut PgConnection, id: Uuid) -> Result<Decided, Error> {
        if self.submission.suspect {
            return Ok(Decided {
                status: Status::Held,
                delivery: Delivery::Held,
                acknowledge: false,
            });
        }
        let budget = BudgetKey::of(&self.rules.subject_key, &self.submission.enquiry.email);
        Ok(Decided {
            status: Status::New,
            delivery: Delivery::Owed,
            acknowledge: mail_budgets::take(connection, budget, id).await?,
        })
    }
}

async fn repeated(
    connection: &mut PgConnection,
    key: &KeyHash,
    fingerprint: &Fingerprint,
) -> Result<Recorded, Error> {
    let id = idempotency_keys::enquiry(connection, key, fingerprint).await?;
    let reference = enquiries::reference(connection, id).await?;
    Ok(Recorded {
        receipt: Receipt { id, reference },
        outcome: Outcome::Repeated,
        acknowledge: false,
    })
}

fn count(state: &State, endpoint: Endpoint, outcome: &Result<Recorded, Error>) {
    match outcome {
        Ok(recorded) => {
            state.metrics.intake.submitted(endpoint, recorded.outcome);
            if recorded.outcome == Outcome::Accepted {
                state.metrics.intake.acknowledgement(recorded.acknowledge);
            }
        }
        Err(Error::IdempotencyKeyReused) => {}
        Err(_) => state.metrics.intake.submitted(endpoint, Outcome::Failed),
    }
}
