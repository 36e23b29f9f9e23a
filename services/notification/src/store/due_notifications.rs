//! Table `due_notifications`: what is to be sent, and who is sending it.

use std::time::{Duration, Instant};

use contracts::offer::OfferVersion;
use contracts::{EmailAddress, PersonId, Slug};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::claim::{Claim, Claimed, Lease, OwedMail};
use crate::domain::domain_group::DomainGroup;
use crate::domain::notification::NotificationId;
use crate::domain::order::Order;
use crate::domain::retry::Tried;
use crate::store::notifications::key;

/// Leases the mails that an order says, those due longest first.
///
/// # Errors
/// If the database is out of reach.
pub async fn claim(
    connection: &mut PgConnection,
    order: &Order,
    lease: Duration,
) -> Result<Claimed, sqlx::Error> {
    let taken = Lease {
        id: Uuid::now_v7(),
        ends: Instant::now() + lease,
    };
    let wanted = Columns::of(order);
    let rows = sqlx::query_file_as!(
        Row,
        "src/store/queries/claim_due.sql",
        number(order.limit),
        taken.id,
        lease.as_secs_f64(),
        &wanted.full as &[&str],
        &wanted.refused as &[&str],
        &wanted.limited as &[&str],
        &wanted.places,
        number(order.wanted.of_others),
        order.not_before,
        order.due_within.map(|within| within.as_secs_f64())
    )
    .fetch_all(connection)
    .await?;
    Ok(Claimed {
        looked_at: rows
            .first()
            .map_or(0, |row| usize::try_from(row.looked_at).unwrap_or(usize::MAX)),
        first_due: rows.iter().map(|row| row.due_at).min(),
        claims: rows
            .into_iter()
            .map(|row| row.read(taken))
            .collect::<Result<_, _>>()?,
    })
}

fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// What of an order the statement takes.
struct Columns<'a> {
    full: Vec<&'a str>,
    refused: Vec<&'static str>,
    limited: Vec<&'a str>,
    places: Vec<i64>,
}

impl<'a> Columns<'a> {
    fn of(order: &'a Order) -> Self {
        let (limited, places) = order
            .limited()
            .map(|(group, wanted)| (group.expose(), number(wanted)))
            .unzip();
        Self {
            full: order.full().map(DomainGroup::expose).collect(),
            refused: order.refused.iter().map(|class| class.as_str()).collect(),
            limited,
            places,
        }
    }
}

/// Gives mails back that nobody tried to send.
///
/// # Errors
/// If the database is out of reach: the lease runs out then.
pub async fn give_back(connection: &mut PgConnection, claims: &[Claim]) -> Result<(), sqlx::Error> {
    let ids: Vec<Uuid> = claims.iter().map(|claim| claim.id.0).collect();
    let leases: Vec<Uuid> = claims.iter().map(|claim| claim.lease.id).collect();
    sqlx::query!(
        "update due_notifications d set lease_id = null, leased_until = null
         from unnest($1::uuid[], $2::uuid[]) as mine (notification_id, lease_id)
         where d.notification_id = mine.notification_id and d.lease_id = mine.lease_id",
        &ids,
        &leases
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// How much is left to do.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Backlog {
    pub due: i64,
    pub waiting_for_offer: i64,
    /// Seconds, by the database's clock; 0 where nothing is due.
    pub oldest_due: f64,
}

/// Counts what is left to do.
///
/// # Errors
/// If the database is out of reach.
pub async fn backlog(connection: &mut PgConnection) -> Result<Backlog, sqlx::Error> {
    sqlx::query_as!(
        Backlog,
        r#"select
               count(*) as "due!",
               (select count(*) from waiting_notifications) as "waiting_for_offer!",
               coalesce(extract(epoch from now() - min(due_since)), 0)::float8 as "oldest_due!"
           from due_notifications
           where due_since <= now()"#
    )
    .fetch_one(connection)
    .await
}

struct Row {
    id: Uuid,
    event_source: String,
    event_id: Uuid,
    purpose: String,
    recipient: i16,
    event_time: time::OffsetDateTime,
    traceparent: Option<String>,
    request_id: Option<Uuid>,
    person_id: Option<Uuid>,
    offer_slug: Option<String>,
    offer_version: Option<i32>,
    address: Option<String>,
    content: Option<String>,
    revision: i32,
    queued_at: time::OffsetDateTime,
    attempts: i32,
    tried_for: f64,
    suppressed: bool,
    due_at: time::OffsetDateTime,
    looked_at: i64,
}

impl Row {
    fn read(self, lease: Lease) -> Result<Claim, sqlx::Error> {
        Ok(Claim {
            id: NotificationId(self.id),
            lease,
            key: key(&self.event_source, self.event_id, &self.purpose, self.recipient)?,
            request_id: self.request_id,
            person_id: self.person_id.map(PersonId),
            event_time: self.event_time,
            offer: offer(self.offer_slug.as_deref(), self.offer_version),
            mail: mail(self.address.as_deref(), self.content.as_deref()),
            traceparent: self.traceparent,
            revision: self.revision,
            queued_at: self.queued_at,
            tried: Tried {
                attempts: u32::try_from(self.attempts).unwrap_or_default(),
                since_first: Duration::try_from_secs_f64(self.tried_for).unwrap_or_default(),
            },
            suppressed: self.suppressed,
        })
    }
}

fn offer(slug: Option<&str>, version: Option<i32>) -> Option<OfferVersion> {
    Some(OfferVersion {
        slug: Slug::parse(slug?).ok()?,
        version: version?,
    })
}

/// Whom to, and what; `None` if it cannot be read, or is forgotten.
pub(super) fn mail(address: Option<&str>, content: Option<&str>) -> Option<OwedMail> {
    Some(OwedMail {
        to: EmailAddress::parse(address?).ok()?,
        content: serde_json::from_str(content?).ok()?,
    })
}
