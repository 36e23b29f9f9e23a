//! Table `bounces`.

use contracts::PersonId;
use sqlx::PgConnection;

use crate::domain::bounce::BounceClass;
use crate::domain::bounce_report::{Finding, Via};
use crate::domain::notification::NotificationId;

/// Makes all that is said of a person's mails wait for each other, until the end of the transaction: who counts must see
/// what others have written.
///
/// # Errors
/// If the database is out of reach.
pub async fn hold_person(connection: &mut PgConnection, person: PersonId) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"select 1 as "held!" from pg_advisory_xact_lock(hashtextextended($1::text, 0))"#,
        person.0.to_string()
    )
    .fetch_one(connection)
    .await
    .map(drop)
}

/// Notes what is said of a mail. False if it was said before.
///
/// # Errors
/// If the database is out of reach.
pub async fn note(
    connection: &mut PgConnection,
    notification: NotificationId,
    person: PersonId,
    finding: &Finding,
    via: Via,
) -> Result<bool, sqlx::Error> {
    let noted = sqlx::query!(
        "insert into bounces (notification_id, class, person_id, status, via) values ($1, $2, $3, $4, $5)
         on conflict do nothing",
        notification.0,
        finding.class.as_str(),
        person.0,
        finding.status.map(|status| status.to_string()),
        via.as_str()
    )
    .execute(connection)
    .await?;
    Ok(noted.rows_affected() == 1)
}

/// How many of a person's mails bounced in this class within so many days.
///
/// # Errors
/// If the database is out of reach.
pub async fn count(
    connection: &mut PgConnection,
    person: PersonId,
    class: BounceClass,
    within_days: i32,
) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from bounces
           where person_id = $1 and class = $2 and received_at > now() - make_interval(days => $3)"#,
        person.0,
        class.as_str(),
        within_days
    )
    .fetch_one(connection)
    .await
}

/// Deletes rows older than so many days, at most `limit` of them. Answers how many.
///
/// # Errors
/// If the database is out of reach.
pub async fn delete_old(
    connection: &mut PgConnection,
    older_than_days: i32,
    limit: i64,
) -> Result<u64, sqlx::Error> {
    let deleted = sqlx::query!(
        "delete from bounces where (notification_id, class) in (
             select notification_id, class from bounces
             where received_at < now() - make_interval(days => $1) limit $2)",
        older_than_days,
        limit
    )
    .execute(connection)
    .await?;
    Ok(deleted.rows_affected())
}
