//! A person is erased: here at once, in the other services when they confirm.

use contracts::{BudgetKey, EmailAddress, PersonId};
use uuid::Uuid;

use crate::commands::check_link;
use crate::domain::link_token::{Link, LinkError, LinkKind};
use crate::error::Error;
use crate::events;
use crate::state::State;
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
    let inner = state.clone();
    state
        .database
        .run_long(async move { erase_rows(&inner, person, budget).await })
        .await?;
    state.wake.notify();
    state.metrics.erased.inc();
    Ok(())
}

/// Locks in the order of the batch writer: keys, lead, budgets. A signup that is being written meanwhile comes
/// either before, and goes with the rest, or after, and is a new one, with a later time.
async fn erase_rows(state: &State, person: PersonId, budget: Option<BudgetKey>) -> Result<(), Error> {
    let mut transaction = state.database.begin().await?;
    signups::erase_idempotency_keys(&mut transaction, person).await?;
    leads::hold_place(&mut transaction, person).await?;
    let mut limit_keys: Vec<BudgetKey> = budget.into_iter().collect();
    if let Some(lead) = leads::lock(&mut transaction, person).await? {
        signups::erase(&mut transaction, &lead.signups).await?;
        limit_keys.push(BudgetKey::of(&state.rules.subject_key, &lead.email));
    }
    leads::erase(&mut transaction, person).await?;
    limit_keys.extend(mail_requests::erase(&mut transaction, person).await?);
    mail_budgets::erase(&mut transaction, &limit_keys).await?;
    erased_people::delete_unsent(&mut transaction, person).await?;
    let event_id = Uuid::now_v7();
    let again_after = state.rules.republish.first.as_secs_f64();
    let at = erased_people::note(&mut transaction, person, event_id, again_after).await?;
    outbox::append(&mut transaction, &[events::person_erased(person, event_id, at)]).await?;
    transaction.commit().await?;
    Ok(())
}
