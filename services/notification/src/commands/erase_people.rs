//! Signup erased people: the same happens here, and is confirmed.

use sqlx::PgConnection;
use time::OffsetDateTime;

use crate::domain::effect::Erasure;
use crate::error::Error;
use crate::events;
use crate::store::erased_people;

/// Takes everything about these people out of the database, and confirms. Repeated as often as it is asked for. The
/// intake must be closed.
///
/// # Errors
/// What the database says.
pub(super) async fn erase_people(
    connection: &mut PgConnection,
    erasures: &[&Erasure],
    now: OffsetDateTime,
) -> Result<(), Error> {
    for erasure in erasures {
        erased_people::remember(connection, erasure.person_id, erasure.erased_at).await?;
        #[cfg(feature = "broken")]
        if broken::by(broken::Break::ErasureConfirmedOnly) {
            continue;
        }
        erased_people::scrub(connection, erasure.person_id, erasure.erased_at).await?;
    }
    let confirmed: Vec<_> = erasures
        .iter()
        .map(|erasure| events::erasure_confirmed(erasure, now))
        .collect();
    Ok(outbox::append(connection, &confirmed).await?)
}
