//! Table `enquiries`, as people look at it.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::error::Error;

/// An enquiry as it is shown to those who answer it.
#[derive(Clone)]
pub struct Shown {
    pub id: Uuid,
    pub reference: String,
    pub email: String,
    pub name: Option<String>,
    pub topic: String,
    pub message: String,
    pub campaign: Option<String>,
    pub team: String,
    pub rule: String,
    pub status: String,
    pub delivery: String,
    pub acknowledge: bool,
    pub accepted_at: OffsetDateTime,
}

impl std::fmt::Debug for Shown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shown")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// The newest enquiries with an id below `before`.
pub async fn newest(
    connection: &mut PgConnection,
    before: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Shown>, Error> {
    Ok(sqlx::query_as!(
        Shown,
        "select id, reference, email, name, topic, message, campaign, team, rule, status, delivery, acknowledge,
            accepted_at
         from enquiries where $1::uuid is null or id < $1 order by id desc limit $2",
        before,
        limit
    )
    .fetch_all(connection)
    .await?)
}

/// One enquiry.
pub async fn one(connection: &mut PgConnection, id: Uuid) -> Result<Option<Shown>, Error> {
    Ok(sqlx::query_as!(
        Shown,
        "select id, reference, email, name, topic, message, campaign, team, rule, status, delivery, acknowledge,
            accepted_at
         from enquiries where id = $1",
        id
    )
    .fetch_optional(connection)
    .await?)
}

/// The oldest held enquiries.
pub async fn held(connection: &mut PgConnection, limit: i64) -> Result<Vec<Shown>, Error> {
    Ok(sqlx::query_as!(
        Shown,
        "select id, reference, email, name, topic, message, campaign, team, rule, status, delivery, acknowledge,
            accepted_at
         from enquiries where delivery = 'held' order by id limit $1",
        limit
    )
    .fetch_all(connection)
    .await?)
}
