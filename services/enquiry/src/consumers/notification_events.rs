//! `notification.events`: how far our mails are.

use contracts::EventHeaders;
use contracts::notification::StateChanged;
use kafka::{Later, Verdict};

use super::failed;
use crate::commands::record_mail_state::{Noted, is_ours, record_mail_state};
use crate::state::State;

/// Handles one event. Most are of signup's mails, and cost no look into the database.
pub(super) async fn handle(
    state: &State,
    headers: &EventHeaders,
    data: Option<&[u8]>,
) -> Result<Verdict, Later> {
    let told = match headers.data::<StateChanged>(data) {
        Ok(Some(told)) if is_ours(told.purpose) => told,
        Ok(_) => return Ok(Verdict::Skipped),
        Err(error) => return Ok(Verdict::Park(error.to_string())),
    };
    match record_mail_state(state, told).await {
        Ok(Noted::Yes) => Ok(Verdict::Done),
        Ok(Noted::Old | Noted::Unknown) => Ok(Verdict::Skipped),
        Err(error) => failed(&error),
    }
}
