//! A person is erased: here at once, in the other services when they confirm.

use std::sync::Arc;

use contracts::{BudgetKey, EmailAddress, PersonId};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::commands::check_link;
use crate::domain::link_token::{Link, LinkError, LinkKind};
use crate::error::Error;
use crate::events;
use crate::state::{Rules, State};
use crate::store::{erased_people, leads, mail_budgets, mail_requests, signups};

/// Erases whoever reads this address, also if only another service knows the person.
///
/// # Errors
/// The database is not available: nothing is erased then.
pub async fn erase_address(state: &State, email: &EmailAddress) -> Result<PersonId, Error> {
    let person = PersonId::of(&state.rules.subject_key, email);
    let budget = BudgetKey::of(&state.rules.subject_key, email);
    erase(state, person, Some(budget)).await?;
    Ok(person)
}

/// Erases the person whom the link to their own data was mailed to.
///
/// # Errors
/// [`Error::Link`] if the link is unknown or expired; as [`erase_address`].
pub async fn erase_my_data(state: &State, token: &str) -> Result<(), Error> {
    let Link::MyData(person) = check_link(state, LinkKind::MyData, token).await? else {
        return Err(LinkError.into());
    };
    erase(state, person, None).await
}

async fn erase(state: &State, person: PersonId, budget: Option<BudgetKey>) -> Result<(), Error> {
    let rules = Arc::clone(&state.rules);
    state
        .background
        .transaction(move |connection| {
            Box::pin(async move { erase_rows(connection, &rules, person, budget).await })
        })
        .await?;
    state.wake.notify();
    state.metrics.erased.inc();
    Ok(())
}

/// Locks in the order of the batch writer: keys, lead, budgets. What the person does meanwhile comes either before, and
/// goes with the rest, or after, and is new, with a later time: signups wait for the lead's lock, and a request for a
/// mail that is not deleted was not there yet when the time of the erasure was taken.
async fn erase_rows(
    connection: &mut PgConnection,
    rules: &Rules,
    person: PersonId,
    budget: Option<BudgetKey>,
) -> Result<(), Error> {
    signups::erase_idempotency_keys(connection, person).await?;
    leads::hold_place(connection, person).await?;
    let mut limit_keys: Vec<BudgetKey> = budget.into_iter().collect();
    if let Some(lead) = leads::lock(connection, person).await? {
        signups::erase(connection, &lead.signups).await?;
        limit_keys.push(BudgetKey::of(&rules.subject_key, &lead.email));
    }
    leads::erase(connection, person).await?;
    let event_id = Uuid::now_v7();
    let again_after = rules.republish.first.as_secs_f64();
    let at = erased_people::note(connection, person, event_id, again_after).await?;
    limit_keys.extend(mail_requests::erase(connection, person).await?);
    mail_budgets::erase(connection, &limit_keys).await?;
    erased_people::delete_unsent(connection, person).await?;
    outbox::append(connection, &[events::person_erased(person, event_id, at)]).await?;
    Ok(())
}
