//! Table `suppressions`.

use sqlx::PgConnection;

use crate::domain::effect::SuppressionChange;

/// Writes a decision, unless a later one is there.
///
/// # Errors
/// If the database is out of reach.
pub async fn decide(connection: &mut PgConnection, change: &SuppressionChange) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into suppressions as s (person_id, scope, reason, active, decided_at) values ($1, $2, $3, $4, $5)
         on conflict (person_id, scope) do update
         set reason = excluded.reason, active = excluded.active, decided_at = excluded.decided_at
         where excluded.decided_at >= s.decided_at",
        change.person_id.0,
        change.scope_word(),
        change.reason_word(),
        change.active,
        change.decided_at
    )
    .execute(connection)
    .await?;
    Ok(())
}
