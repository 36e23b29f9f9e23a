//! Table `enquiries`: writing one, changing one, erasing a person's.

use std::time::Duration;

use contracts::{Event, PersonId};
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::domain::delivery::{Delivery, Status};
use crate::domain::enquiry::{Accepted, Told};
use crate::error::Error;

/// What is decided about an enquiry inside of its transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decided {
    pub status: Status,
    pub delivery: Delivery,
    pub acknowledge: bool,
}

/// Writes an enquiry with its event.
///
/// # Errors
/// [`Error::ReferenceTaken`] if its reference number is another's.
pub async fn insert(
    connection: &mut PgConnection,
    accepted: &Accepted,
    event: &Event,
    decided: Decided,
    again_after: Duration,
) -> Result<(), Error> {
    let (enquiry, touch) = (&accepted.enquiry, &accepted.enquiry.touch);
    let payload = event.payload.as_deref().unwrap_or_default();
    sqlx::query_file!(
        "src/store/queries/insert_enquiry.sql",
        accepted.id,
        accepted.reference.as_str(),
        accepted.person.0,
        enquiry.email.expose(),
        enquiry.name.as_ref().map(|name| name.expose()),
        enquiry.topic.slug.as_str(),
        enquiry.message.expose(),
        enquiry.campaign.as_ref().map(|campaign| campaign.as_str()),
        touch.source.as_deref(),
        touch.medium.as_deref(),
        touch.campaign.as_deref(),
        touch.term.as_deref(),
        touch.content.as_deref(),
        accepted.rule,
        accepted.team.slug.as_str(),
        decided.status.as_str(),
        accepted.at,
        event.id,
        event.event_type,
        std::str::from_utf8(payload).map_err(|_| Error::Unreadable("payload"))?,
        event.traceparent,
        decided.acknowledge,
        decided.delivery.as_str(),
        again_after.as_secs_f64(),
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The reference number of an enquiry.
pub async fn reference(connection: &mut PgConnection, id: Uuid) -> Result<String, Error> {
    Ok(
        sqlx::query_scalar!("select reference from enquiries where id = $1", id)
            .fetch_one(connection)
            .await?,
    )
}

/// A held enquiry, with its event as it was made.
#[derive(Debug)]
pub struct Held {
    pub told: Told,
    pub revision: i32,
}

/// The held enquiry of this reference number, locked; none if there is none or if it is held no more.
pub async fn lock_held(connection: &mut PgConnection, reference: &str) -> Result<Option<Held>, Error> {
    let row = sqlx::query!(
        "select id, person_id, event_id, event_type, greatest(clock_timestamp(), accepted_at) as \"event_time!\",
            payload, traceparent, revision
         from enquiries where reference = $1 and delivery = 'held' for update",
        reference
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| Held {
        told: Told {
            enquiry_id: row.id,
            person: PersonId(row.person_id),
            event_id: row.event_id,
            event_type: row.event_type,
            event_time: row.event_time,
            payload: row.payload,
            traceparent: row.traceparent,
        },
        revision: row.revision,
    }))
}

/// Makes a held enquiry one like any other, with this event.
pub async fn release(
    connection: &mut PgConnection,
    told: &Told,
    acknowledge: bool,
    again_after: Duration,
) -> Result<(), Error> {
    sqlx::query!(
        "update enquiries set
            status = 'new', revision = revision + 1, delivery = 'owed',
            event_time = $2, payload = $3, acknowledge = $4,
            republish_at = now() + make_interval(secs => $5)
         where id = $1",
        told.enquiry_id,
        told.event_time,
        told.payload,
        acknowledge,
        again_after.as_secs_f64(),
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// What is known of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeliveryRow {
    pub delivery: Delivery,
    pub acknowledge: bool,
}

/// The delivery that an event stands for, locked; none where the enquiry is another service's or erased.
pub async fn lock_delivery(
    connection: &mut PgConnection,
    id: Uuid,
    event: Uuid,
) -> Result<Option<DeliveryRow>, Error> {
    let row = sqlx::query!(
        "select delivery, acknowledge from enquiries where id = $1 and event_id = $2 for update",
        id,
        event
    )
    .fetch_optional(connection)
    .await?;
    row.map(|row| {
        Ok(DeliveryRow {
            delivery: Delivery::from_word(&row.delivery).ok_or(Error::Unreadable("delivery"))?,
            acknowledge: row.acknowledge,
        })
    })
    .transpose()
}

/// What an erasure has deleted.
#[derive(Debug)]
pub struct Erased {
    pub enquiries: Vec<Uuid>,
    pub events: Vec<Uuid>,
}

/// Deletes what the person asked up to this time, with all that hangs on it.
pub async fn erase(
    connection: &mut PgConnection,
    person: PersonId,
    until: OffsetDateTime,
) -> Result<Erased, Error> {
    let rows = sqlx::query!(
        "delete from enquiries where person_id = $1 and accepted_at <= $2 returning id, event_id",
        person.0,
        until
    )
    .fetch_all(connection)
    .await?;
    Ok(Erased {
        enquiries: rows.iter().map(|row| row.id).collect(),
        events: rows.iter().map(|row| row.event_id).collect(),
    })
}
