//! Table `suppressions`.

use contracts::PersonId;
use contracts::signup::UnsubscribeScope;
use sqlx::PgConnection;

use crate::domain::bounce::BounceClass;
use crate::domain::effect::SuppressionChange;
use crate::domain::suppression::{Decided, Decision, Suppression, SuppressionPosition};

/// Writes a decision, unless a later one is there, or a complaint, which is for ever.
///
/// # Errors
/// If the database is out of reach.
pub async fn decide(connection: &mut PgConnection, change: &SuppressionChange) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into suppressions as s (person_id, scope, reason, active, decided_at) values ($1, $2, $3, $4, $5)
         on conflict (person_id, scope) do update
         set reason = excluded.reason, active = excluded.active, decided_at = excluded.decided_at
         where excluded.decided_at >= s.decided_at and not (s.active and s.reason = 'complaint')",
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

/// Nothing is mailed to this person any more, because of what came back. A complaint stays the reason, whatever comes after.
///
/// # Errors
/// If the database is out of reach.
pub async fn give_up(
    connection: &mut PgConnection,
    person: PersonId,
    class: BounceClass,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into suppressions as s (person_id, scope, reason, active, decided_at)
         values ($1, 'everything', $2, true, now())
         on conflict (person_id, scope) do update
         set reason = excluded.reason, active = true, decided_at = greatest(s.decided_at, excluded.decided_at)
         where not (s.active and s.reason = 'complaint')",
        person.0,
        class.as_str()
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The suppressions that hold, in the order of their person ids, after this one.
///
/// # Errors
/// If the database is out of reach.
pub async fn page(
    connection: &mut PgConnection,
    after: Option<SuppressionPosition>,
    limit: i64,
) -> Result<Vec<Suppression>, sqlx::Error> {
    let rows = sqlx::query!(
        "select person_id, scope, reason, decided_at from suppressions
         where active and ($1::uuid is null or (person_id, scope) > ($1, $2))
         order by person_id, scope limit $3",
        after.map(|after| after.person_id),
        after.map(|after| if after.is_updates { "updates" } else { "everything" }),
        limit
    )
    .fetch_all(connection)
    .await?;
    let suppression = rows.into_iter().map(|row| Suppression {
        person_id: PersonId(row.person_id),
        scope: row.scope,
        reason: row.reason,
        decided_at: row.decided_at,
    });
    Ok(suppression.collect())
}

/// Writes what an operator decides about mails to a person. A complaint is for ever.
///
/// # Errors
/// If the database is out of reach.
pub async fn decide_by_hand(
    connection: &mut PgConnection,
    decision: &Decision,
) -> Result<Decided, sqlx::Error> {
    let scope = match decision.scope {
        UnsubscribeScope::Updates => "updates",
        UnsubscribeScope::Everything => "everything",
    };
    let known = sqlx::query!(
        "select active, reason from suppressions where person_id = $1 and scope = $2 for update",
        decision.person_id.0,
        scope
    )
    .fetch_optional(&mut *connection)
    .await?;
    let is_active = known.as_ref().is_some_and(|row| row.active);
    let has_complained = known.is_some_and(|row| row.active && row.reason == BounceClass::Complaint.as_str());
    if is_active == decision.active {
        return Ok(Decided::NoChange);
    }
    if has_complained {
        return Ok(Decided::Complained);
    }
    sqlx::query!(
        "insert into suppressions as s (person_id, scope, reason, active, decided_at)
         values ($1, $2, $3, $4, now())
         on conflict (person_id, scope) do update
         set reason = excluded.reason, active = excluded.active, decided_at = greatest(s.decided_at, excluded.decided_at)",
        decision.person_id.0,
        scope,
        decision.reason.as_str(),
        decision.active
    )
    .execute(connection)
    .await?;
    Ok(Decided::Done)
}
