//! A visitor asks for an offer.

use contracts::{BudgetKey, PersonId};
use uuid::Uuid;

use crate::domain::consent::Purpose;
use crate::domain::signup::{Accepted, SignupRequest};
use crate::error::Error;
use crate::events;
use crate::metrics::Step;
use crate::state::State;
use crate::store::signup_row::{SignupRow, StoredKey, Wording};

/// What an idempotency key belongs to.
const ENDPOINT: &str = "signups";

/// Stores the signup with the event that owes its mail, durably. The answer is the same whether the address is new,
/// known, suppressed, over its budget or held.
///
/// # Errors
/// [`Error::Busy`], [`Error::OutcomeUnknown`] and [`Error::Unavailable`]: try again.
/// [`Error::IdempotencyKeyReused`]: the key came before with another body.
pub async fn request_signup(state: &State, request: SignupRequest) -> Result<Accepted, Error> {
    let campaign = request.campaign.clone();
    let row = row(state, request);
    #[cfg(feature = "broken")]
    let row = break_promises(row);
    let made = row.id;
    let id = state.signups.submit(row).await?;
    if id == made {
        state.metrics.step(&campaign, Step::Signup);
    }
    Ok(Accepted { id })
}

#[cfg(feature = "broken")]
fn break_promises(mut row: SignupRow) -> SignupRow {
    if broken::by(broken::Break::BudgetForEachRequest) {
        row.limit_key = BudgetKey(Uuid::now_v7());
    }
    if broken::by(broken::Break::TraceCut) {
        row.traceparent = telemetry::TraceParent::new_root().to_string();
    }
    if broken::by(broken::Break::AddressLogged) {
        tracing::info!(email = row.email, "asked");
    }
    row
}

/// Everything that the database and the world will be told is made here, before the statement.
fn row(state: &State, request: SignupRequest) -> SignupRow {
    let now = state.clock.now();
    #[cfg(feature = "broken")]
    let now = match broken::by(broken::Break::OwnClock) {
        true => time::OffsetDateTime::now_utc(),
        false => now,
    };
    let id = Uuid::now_v7();
    let key = &state.rules.subject_key;
    let person = PersonId::of(key, &request.email);
    let told = events::signup_accepted(&state.rules.links, &request, id, person, now);
    let payload = serde_json::to_vec(&told).expect("contract types are plain data");
    let consent = &request.campaign.offer.consent;
    SignupRow {
        id,
        person,
        email: request.email.expose().to_owned(),
        name: request.name.as_ref().map(|name| name.expose().to_owned()),
        campaign: told.campaign.to_string(),
        offer: told.offer.slug.to_string(),
        offer_version: told.offer.version,
        accepted_at: now,
        event_id: Uuid::now_v7(),
        payload,
        traceparent: request.trace.to_string(),
        held: request.held,
        limit_key: BudgetKey::of(key, &request.email),
        idempotency: request.idempotency.as_ref().map(|sent| StoredKey {
            key: sent.key.hash(ENDPOINT, person, None),
            fingerprint: sent.body,
        }),
        touch: request.touch,
        told: told.touch,
        wording: Wording {
            version: consent.version.clone(),
            delivery: consent.sum(Purpose::Delivery),
            updates: request.updates.then(|| consent.sum(Purpose::Updates)),
        },
        evidence: request.evidence,
    }
}
