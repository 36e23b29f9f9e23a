//! Table `mail_requests`: mails with fresh links, or with a link to one's own data.

use contracts::{BudgetKey, EmailAddress, PersonId};
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::domain::owed::MailKind;
use crate::error::Error;
use crate::store::leads::read_address;

/// A request as it is stored before anything is looked up for it.
#[derive(Debug)]
pub struct NewMailRequest {
    pub id: Uuid,
    pub kind: MailKind,
    pub person: PersonId,
    pub limit_key: BudgetKey,
    pub email: EmailAddress,
    pub traceparent: String,
}

/// A request that is looked into now.
#[derive(Debug)]
pub struct AskedMail {
    pub kind: MailKind,
    pub person: PersonId,
    pub limit_key: BudgetKey,
    pub email: EmailAddress,
    pub traceparent: String,
    pub event_id: Uuid,
    /// The time now, by the database's clock.
    pub now: OffsetDateTime,
}

/// Stores a request.
///
/// # Errors
/// What the database says.
pub async fn store(connection: &mut PgConnection, request: &NewMailRequest) -> Result<(), Error> {
    sqlx::query!(
        "insert into mail_requests (id, kind, person_id, limit_key, email, traceparent, delivery, event_id)
         values ($1, $2, $3, $4, $5, $6, 'asked', $7)",
        request.id,
        request.kind.as_str(),
        request.person.0,
        request.limit_key.0,
        request.email.expose(),
        request.traceparent,
        Uuid::now_v7()
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Locks a request that nobody has looked into, unless somebody does so now.
///
/// # Errors
/// What the database says.
pub async fn lock_asked(connection: &mut PgConnection, id: Uuid) -> Result<Option<AskedMail>, Error> {
    let found = sqlx::query!(
        r#"select kind, person_id, limit_key, email, traceparent, event_id, now() as "now!"
           from mail_requests where id = $1 and delivery = 'asked'
           for update skip locked"#,
        id
    )
    .fetch_optional(connection)
    .await?;
    let Some(row) = found else { return Ok(None) };
    Ok(Some(AskedMail {
        kind: MailKind::parse(&row.kind).ok_or(Error::Unreadable("request"))?,
        person: PersonId(row.person_id),
        limit_key: BudgetKey(row.limit_key),
        email: read_address(&row.email)?,
        traceparent: row.traceparent,
        event_id: row.event_id,
        now: row.now,
    }))
}

/// Requests that nobody has looked into for some seconds: whoever took them has died.
///
/// # Errors
/// What the database says.
pub async fn left_behind(connection: &mut PgConnection, limit: i64) -> Result<Vec<Uuid>, Error> {
    let ids = sqlx::query_scalar!(
        "select id from mail_requests
         where delivery = 'asked' and next_republish_at < now() - interval '5 seconds'
         order by next_republish_at limit $1",
        limit
    )
    .fetch_all(connection)
    .await?;
    Ok(ids)
}

/// Notes that the mail is owed.
///
/// # Errors
/// What the database says.
pub async fn owe(
    connection: &mut PgConnection,
    id: Uuid,
    payload: &[u8],
    republish_after_seconds: f64,
) -> Result<(), Error> {
    sqlx::query!(
        "update mail_requests
         set delivery = 'owed', payload = $2, event_time = now(),
             next_republish_at = now() + make_interval(secs => $3)
         where id = $1",
        id,
        payload,
        republish_after_seconds
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Notes that the address has had its mails for now.
///
/// # Errors
/// What the database says.
pub async fn put_over_budget(connection: &mut PgConnection, id: Uuid) -> Result<(), Error> {
    sqlx::query!(
        "update mail_requests set delivery = 'over_budget' where id = $1",
        id
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Deletes a request that came to nothing: the address of somebody who has nothing here is not kept.
///
/// # Errors
/// What the database says.
pub async fn delete(connection: &mut PgConnection, id: Uuid) -> Result<(), Error> {
    sqlx::query!("delete from mail_requests where id = $1", id)
        .execute(connection)
        .await?;
    Ok(())
}

/// Deletes every request of a person. Answers the keys that its mails were counted under.
///
/// # Errors
/// What the database says.
pub async fn erase(connection: &mut PgConnection, person: PersonId) -> Result<Vec<BudgetKey>, Error> {
    let keys = sqlx::query_scalar!(
        "delete from mail_requests where person_id = $1 returning limit_key",
        person.0
    )
    .fetch_all(connection)
    .await?;
    Ok(keys.into_iter().map(BudgetKey).collect())
}
