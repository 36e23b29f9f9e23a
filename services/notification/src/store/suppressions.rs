//! Table `suppressions`.

use contracts::PersonId;
use sqlx::PgConnection;

use crate::domain::suppression::{
    Decided, Decision, Reason, Scope, Suppression, SuppressionPosition, SuppressionSource,
};

/// Writes a decision, unless what was decided before stands. Nothing else writes into the table. Of several people, those
/// with lower ids come first, so that two writers meet in one order.
///
/// # Errors
/// If the database is out of reach.
pub async fn decide(connection: &mut PgConnection, decision: &Decision) -> Result<Decided, sqlx::Error> {
    let done = sqlx::query_file!(
        "src/store/queries/decide_suppression.sql",
        decision.person_id.0,
        decision.scope.as_str(),
        decision.active,
        decision.reason.as_str(),
        decision.source.as_str(),
        decision.decided_at,
        &Reason::BY_STRENGTH as &[&str]
    )
    .fetch_one(connection)
    .await?;
    Ok(Decided::of(decision.active, done.was_active, done.is_written))
}

/// The suppressions that hold, in the order of their person ids, after this one.
///
/// # Errors
/// If the database is out of reach, or a row is of no scope that we know.
pub async fn page(
    connection: &mut PgConnection,
    after: Option<SuppressionPosition>,
    limit: i64,
) -> Result<Vec<Suppression>, sqlx::Error> {
    let rows = sqlx::query!(
        "select person_id, scope, reason, source, decided_at from suppressions
         where active and ($1::uuid is null or (person_id, scope) > ($1, $2))
         order by person_id, scope limit $3",
        after.map(|after| after.person_id.0),
        after.map(|after| after.scope.as_str()),
        limit
    )
    .fetch_all(connection)
    .await?;
    let suppressions = rows.into_iter().map(|row| {
        Ok(Suppression {
            person_id: PersonId(row.person_id),
            scope: Scope::from_word(&row.scope)
                .ok_or_else(|| sqlx::Error::Decode("an unknown scope of a suppression".into()))?,
            reason: Reason::stored(row.reason),
            source: SuppressionSource::from_word(&row.source).unwrap_or(SuppressionSource::Unknown),
            decided_at: row.decided_at,
        })
    });
    suppressions.collect()
}
