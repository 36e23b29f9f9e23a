//! Notification tells how far a mail is: it is shown beside the enquiry, and settles what is still owed.

use std::time::Duration;

use contracts::notification::{Purpose, StateChanged};
use sqlx::PgConnection;

use crate::domain::delivery::settle;
use crate::error::Error;
use crate::state::State;
use crate::store::{enquiries, mails, republishing};

/// Whether a state was news here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Noted {
    Yes,
    /// A newer state of this mail is known.
    Old,
    /// The enquiry is another service's request, or its person was erased.
    Unknown,
}

/// Notes the state of one mail; an older one than is known changes nothing.
///
/// # Errors
/// What the database says.
pub async fn record_mail_state(state: &State, told: StateChanged) -> Result<Noted, Error> {
    let known_after = state.rules.republish.known;
    state
        .database
        .transaction(move |connection| Box::pin(async move { note(connection, &told, known_after).await }))
        .await
}

async fn note(
    connection: &mut PgConnection,
    told: &StateChanged,
    known_after: Duration,
) -> Result<Noted, Error> {
    let Some(row) = enquiries::lock_delivery(connection, told.request_id, told.event_id).await? else {
        return Ok(Noted::Unknown);
    };
    if !mails::note(connection, told).await? {
        return Ok(Noted::Old);
    }
    let mails = mails::of(connection, &[told.request_id]).await?;
    let states: Vec<_> = mails.iter().map(|mail| (mail.purpose, mail.state)).collect();
    let delivery = settle(row.delivery, row.acknowledge, &states);
    // Notification knows of the mail and has a clock of its own: asking again can wait.
    let wait = (!told.state.is_final()).then_some(known_after);
    republishing::settle(connection, told.request_id, delivery, wait).await?;
    Ok(Noted::Yes)
}

/// Whether a mail of this purpose can be one of ours.
#[must_use]
pub fn is_ours(purpose: Purpose) -> bool {
    matches!(purpose, Purpose::Ack | Purpose::Team)
}
