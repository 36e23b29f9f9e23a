//! Consent that nobody confirmed lapses.

use crate::domain::link_token::CONFIRM_LIFE;
use crate::error::Error;
use crate::state::State;
use crate::store::consents;

/// Notes that consents to updates have lapsed which are pending for longer than their links live. The signups stay.
///
/// # Errors
/// The database is not available.
pub async fn lapse_consents(state: &State) -> Result<(), Error> {
    let days = i32::try_from(CONFIRM_LIFE.as_secs() / (24 * 3600)).unwrap_or(i32::MAX);
    let lapsed = state
        .background
        .transaction(move |connection| Box::pin(consents::lapse(connection, days)))
        .await?;
    if lapsed > 0 {
        tracing::info!(lapsed, "consents to updates were not confirmed in time");
    }
    Ok(())
}
