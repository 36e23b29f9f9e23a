//! Somebody looked at a held enquiry and lets it through: from now on it is one like any other.

use std::time::Duration;

use contracts::enquiry::EnquiryAccepted;
use contracts::{BudgetKey, SubjectKey};
use sqlx::PgConnection;

use crate::domain::delivery::Status;
use crate::domain::reference::Reference;
use crate::error::Error;
use crate::events;
use crate::state::State;
use crate::store::enquiries::{self, Held};
use crate::store::{mail_budgets, status_changes};

/// Releases the held enquiry of this reference number; false if there is none.
///
/// # Errors
/// What the database says.
pub async fn release_held(state: &State, reference: &Reference) -> Result<bool, Error> {
    let reference = reference.to_string();
    let release = Release {
        subject_key: state.rules.subject_key.clone(),
        again_after: state.rules.republish.first,
    };
    let released = state
        .database
        .transaction(move |connection| {
            Box::pin(async move {
                let Some(held) = enquiries::lock_held(connection, &reference).await? else {
                    return Ok(false);
                };
                release.write(connection, held).await?;
                Ok(true)
            })
        })
        .await?;
    if released {
        state.wake.notify();
    }
    Ok(released)
}

struct Release {
    subject_key: SubjectKey,
    again_after: Duration,
}

impl Release {
    /// The event happens now: one of long ago would be set aside by notification.
    async fn write(self, connection: &mut PgConnection, held: Held) -> Result<(), Error> {
        let mut told = held.told;
        let mut payload: EnquiryAccepted =
            serde_json::from_str(&told.payload).map_err(|_| Error::Unreadable("payload"))?;
        let budget = BudgetKey::of(&self.subject_key, &payload.email);
        payload.acknowledge = mail_budgets::take(connection, budget, told.enquiry_id).await?;
        told.payload = serde_json::to_string(&payload).map_err(|_| Error::Unreadable("payload"))?;
        enquiries::release(connection, &told, payload.acknowledge, self.again_after).await?;
        status_changes::append(connection, told.enquiry_id, held.revision + 1, Status::New).await?;
        outbox::append(connection, &[events::again(told)]).await?;
        Ok(())
    }
}
