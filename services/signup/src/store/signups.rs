//! Table `signups`, but for what the batch writer and `requests` do to it.

use contracts::PersonId;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::offer::OfferContent;
use crate::error::Error;

/// An offer that a person asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owned {
    /// The newest signup for it.
    pub signup: Uuid,
    /// Its title now.
    pub title: String,
}

/// Whose signup it is, locked against an erasure until the end of the transaction.
///
/// # Errors
/// What the database says.
pub async fn lock_person(connection: &mut PgConnection, signup: Uuid) -> Result<Option<PersonId>, Error> {
    let person = sqlx::query_scalar!("select person_id from signups where id = $1 for update", signup)
        .fetch_optional(connection)
        .await?;
    Ok(person.map(PersonId))
}

/// Every signup of a person.
///
/// # Errors
/// What the database says.
pub async fn of_person(connection: &mut PgConnection, person: PersonId) -> Result<Vec<Uuid>, Error> {
    let ids = sqlx::query_scalar!(
        r#"select signup_id as "id!" from person_signups where person_id = $1"#,
        person.0
    )
    .fetch_all(connection)
    .await?;
    Ok(ids)
}

/// The offers that a person asked for, the newest first. What is held was not given out yet.
///
/// # Errors
/// What the database says; [`Error::Unreadable`] if a stored text is not what this program writes.
pub async fn owned(connection: &mut PgConnection, person: PersonId) -> Result<Vec<Owned>, Error> {
    let rows = sqlx::query!(
        r#"select s.id as "id!", v.content
           from (select distinct on (offer) id, offer
                 from signups
                 where id = any(array(select signup_id from person_signups where person_id = $1))
                   and delivery <> 'held'
                 order by offer, id desc) s
           join offers o on o.slug = s.offer
           join offer_versions v on v.offer = o.slug and v.version = o.current_version
           order by s.id desc
           limit 20"#,
        person.0
    )
    .fetch_all(connection)
    .await?;
    let read =
        |json: &str| serde_json::from_str::<OfferContent>(json).map_err(|_| Error::Unreadable("offer"));
    rows.into_iter()
        .map(|row| {
            Ok(Owned {
                signup: row.id,
                title: read(&row.content)?.title,
            })
        })
        .collect()
}

/// Deletes the idempotency keys that a person's signups came with, in their order.
///
/// # Errors
/// What the database says.
pub async fn erase_idempotency_keys(connection: &mut PgConnection, person: PersonId) -> Result<(), Error> {
    sqlx::query_file!("src/store/queries/erase_idempotency_keys.sql", person.0)
        .execute(connection)
        .await?;
    Ok(())
}

/// Deletes signups with all that hangs on them, evidence of consent included. Whoever adds something to one holds its
/// row: they are locked before, so that the deletion sees what was added last.
///
/// # Errors
/// What the database says.
pub async fn erase(connection: &mut PgConnection, signups: &[Uuid]) -> Result<(), Error> {
    sqlx::query!(
        "select from signups where id = any($1) order by id for update",
        signups
    )
    .execute(&mut *connection)
    .await?;
    set_erasing(connection, "on").await?;
    sqlx::query_file!("src/store/queries/erase_signups.sql", signups)
        .execute(&mut *connection)
        .await?;
    set_erasing(connection, "off").await
}

/// Evidence of consent may be deleted while this is on, at most until the end of the transaction.
async fn set_erasing(connection: &mut PgConnection, on_or_off: &str) -> Result<(), Error> {
    sqlx::query_scalar!("select set_config('leadstream.erasing', $1, true)", on_or_off)
        .fetch_one(connection)
        .await?;
    Ok(())
}
