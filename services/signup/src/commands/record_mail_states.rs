//! Notification tells how far mails have come.

use std::collections::HashMap;

use contracts::notification::StateChanged;
use uuid::Uuid;

use crate::error::Error;
use crate::metrics::Step;
use crate::state::State;
use crate::store::requests;

/// Notes the states beside their requests. An older one, or one that is known, changes nothing; nor does one of a
/// request that was erased or belongs to another service.
///
/// # Errors
/// The database is not available.
pub async fn record_mail_states(state: &State, told: Vec<StateChanged>) -> Result<(), Error> {
    let newest = newest_of_each(told);
    if newest.is_empty() {
        return Ok(());
    }
    let known_after = state.rules.republish.known.as_secs_f64();
    let accepted = state.background.transaction(move |connection| {
        Box::pin(async move { requests::record_states(connection, &newest, known_after).await })
    });
    for signup in accepted.await? {
        state
            .metrics
            .step_of(&signup.campaign, &signup.channel, Step::MailAccepted);
    }
    Ok(())
}

fn newest_of_each(told: Vec<StateChanged>) -> Vec<StateChanged> {
    let mut newest: HashMap<Uuid, StateChanged> = HashMap::new();
    for state in told {
        let is_older = newest
            .get(&state.request_id)
            .is_some_and(|known| known.revision >= state.revision);
        if !is_older {
            newest.insert(state.request_id, state);
        }
    }
    newest.into_values().collect()
}
