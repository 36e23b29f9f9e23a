//! Table `consents`: rows are added, never changed.

use contracts::PersonId;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::consent::{Evidence, Purpose};
use crate::error::Error;

/// What came of a confirmation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confirmation {
    /// It was pending.
    Given,
    /// It had been given already.
    KnownBefore,
    /// It has lapsed, was withdrawn, or was never asked for.
    NotPending,
}

/// Notes that a person withdraws consent for these purposes, wherever it is given or pending; where it never was,
/// beside the newest signup. False if there was nothing to note: everything is withdrawn already.
///
/// # Errors
/// What the database says.
pub async fn withdraw(
    connection: &mut PgConnection,
    person: PersonId,
    purposes: &[Purpose],
    evidence: &Evidence,
) -> Result<bool, Error> {
    let purposes: Vec<String> = purposes
        .iter()
        .map(|purpose| purpose.as_str().to_owned())
        .collect();
    let noted = sqlx::query_file!(
        "src/store/queries/withdraw_consents.sql",
        person.0,
        &purposes,
        evidence.page(),
        evidence.client().to_string(),
        evidence.user_agent(),
        evidence.method.as_str()
    )
    .execute(connection)
    .await?;
    Ok(noted.rows_affected() > 0)
}

/// Notes that the consent to updates which a signup gave is confirmed.
///
/// # Errors
/// What the database says.
pub async fn confirm_updates(
    connection: &mut PgConnection,
    signup: Uuid,
    evidence: &Evidence,
) -> Result<Confirmation, Error> {
    let state = sqlx::query_scalar!(
        "select state from consents where signup_id = $1 and purpose = 'updates' order by id desc limit 1",
        signup
    )
    .fetch_optional(&mut *connection)
    .await?;
    match state.as_deref() {
        Some("given") => return Ok(Confirmation::KnownBefore),
        Some("pending") => {}
        _ => return Ok(Confirmation::NotPending),
    }
    sqlx::query!(
        "insert into consents (signup_id, purpose, state, wording_version, wording_sha256, page, client_address,
                               user_agent, method)
         select signup_id, purpose, 'given', wording_version, wording_sha256, $2, $3, $4, $5
         from consents where signup_id = $1 and purpose = 'updates' order by id desc limit 1",
        signup,
        evidence.page(),
        evidence.client().to_string(),
        evidence.user_agent(),
        evidence.method.as_str()
    )
    .execute(connection)
    .await?;
    Ok(Confirmation::Given)
}

/// Notes that consents to updates have lapsed which were not confirmed within these days. Answers how many.
///
/// # Errors
/// What the database says.
pub async fn lapse(connection: &mut PgConnection, days: i32) -> Result<u64, Error> {
    let lapsed = sqlx::query_file!("src/store/queries/lapse_consents.sql", days)
        .execute(connection)
        .await?;
    Ok(lapsed.rows_affected())
}
