//! A visitor asks a question: it is durable, and its mails are owed, before anybody is told that it was taken.

use contracts::{BudgetKey, Fingerprint, IdempotencyKey, KeyHash, PersonId};
use sqlx::PgConnection;
use telemetry::TraceParent;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::domain::delivery::{Delivery, Republishing, Status};
use crate::domain::enquiry::{Accepted, Enquiry};
use crate::domain::idempotency::{Endpoint, fingerprint};
use crate::domain::reference::Reference;
use crate::error::Error;
use crate::events;
use crate::metrics::Outcome;
use crate::state::{Rules, State};
use crate::store::enquiries::{self, Decided};
use crate::store::{idempotency_keys, mail_budgets, status_changes};

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

#[derive(Debug)]
struct Recorded {
    receipt: Receipt,
    outcome: Outcome,
    acknowledge: bool,
}

async fn record(state: &State, submission: &Submission) -> Result<Recorded, Error> {
    let rules = &state.rules;
    let accepted = accept(rules, submission);
    let draft = Draft {
        key: submission.key.as_ref().map(|key| {
            let content = fingerprint(key, &accepted.enquiry);
            (submission.endpoint.hash(key, accepted.person, &content), content)
        }),
        budget: BudgetKey::of(&rules.subject_key, &accepted.enquiry.email),
        suspect: submission.suspect,
        republishing: rules.republishing,
        accepted,
    };
    state
        .database
        .transaction(move |connection| Box::pin(async move { draft.write(connection).await }))
        .await
}

/// Under a new id, at this time, for the team that the rules choose.
fn accept(rules: &Rules, submission: &Submission) -> Accepted {
    let enquiry = submission.enquiry.clone();
    let id = Uuid::now_v7();
    let route = rules.table.route(&enquiry.question());
    Accepted {
        id,
        reference: Reference::of(id),
        person: PersonId::of(&rules.subject_key, &enquiry.email),
        rule: route.rule.to_owned(),
        team: route.team.clone(),
        fallback_inbox: rules.table.fallback_inbox.clone(),
        at: OffsetDateTime::now_utc(),
        trace: submission.trace.child(),
        enquiry,
    }
}

struct Draft {
    accepted: Accepted,
    key: Option<(KeyHash, Fingerprint)>,
    budget: BudgetKey,
    suspect: bool,
    republishing: Republishing,
}

impl Draft {
    async fn write(self, connection: &mut PgConnection) -> Result<Recorded, Error> {
        let id = self.accepted.id;
        if let Some((key, fingerprint)) = &self.key
            && !idempotency_keys::take(connection, key, fingerprint, id).await?
        {
            return repeated(connection, key, fingerprint).await;
        }
        let decided = self.decide(connection).await?;
        let event = events::accepted(&self.accepted, decided.acknowledge);
        enquiries::insert(connection, &self.accepted, &event, decided, &self.republishing).await?;
        status_changes::append(connection, id, 1, decided.status).await?;
        if !self.suspect {
            outbox::append(connection, &[event]).await?;
        }
        Ok(Recorded {
            receipt: Receipt {
                id,
                reference: self.accepted.reference.to_string(),
            },
            outcome: if self.suspect {
                Outcome::Held
            } else {
                Outcome::Accepted
            },
            acknowledge: decided.acknowledge,
        })
    }

    /// What is held costs no budget: that is decided when it is released.
    async fn decide(&self, connection: &mut PgConnection) -> Result<Decided, Error> {
        if self.suspect {
            return Ok(Decided {
                status: Status::Held,
                delivery: Delivery::Held,
                acknowledge: false,
            });
        }
        Ok(Decided {
            status: Status::New,
            delivery: Delivery::Owed,
            acknowledge: mail_budgets::take(connection, self.budget, self.accepted.id).await?,
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
