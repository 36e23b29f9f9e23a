//! Looking into a stored request for links or for one's own data: what it owes, and whether the budget allows it.

use std::sync::Arc;

use contracts::Event;
use contracts::signup::FreshDownload;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::owed::MailKind;
use crate::error::Error;
use crate::events::{self, MailAsked};
use crate::state::{Rules, State};
use crate::store::mail_requests::{self, AskedMail};
use crate::store::{mail_budgets, signups};

/// At most so many requests that were left behind are looked into at a time.
const LEFT_BEHIND: i64 = 100;

/// Decides a request; does nothing if somebody else has, or does.
///
/// # Errors
/// The database is not available.
pub async fn prepare_mail(state: &State, id: Uuid) -> Result<(), Error> {
    let rules = Arc::clone(&state.rules);
    let outcome = state
        .database
        .transaction(move |connection| Box::pin(async move { prepare(connection, &rules, id).await }))
        .await?;
    if let Some((kind, outcome)) = outcome {
        state.wake.notify();
        state
            .metrics
            .mail_requests
            .with_label_values(&[kind.as_str(), outcome])
            .inc();
    }
    Ok(())
}

/// Decides the requests that nobody has decided: the process that took them has died.
///
/// # Errors
/// The database is not available.
pub async fn prepare_left_behind(state: &State) -> Result<(), Error> {
    let ids = state
        .background
        .transaction(|connection| Box::pin(mail_requests::left_behind(connection, LEFT_BEHIND)));
    for id in ids.await? {
        prepare_mail(state, id).await?;
    }
    Ok(())
}

async fn prepare(
    connection: &mut PgConnection,
    rules: &Rules,
    id: Uuid,
) -> Result<Option<(MailKind, &'static str)>, Error> {
    let Some(asked) = mail_requests::lock_asked(connection, id).await? else {
        return Ok(None);
    };
    let (kind, budget) = (asked.kind, asked.limit_key);
    let outcome = match event(connection, rules, id, asked).await? {
        None => {
            mail_requests::delete(connection, id).await?;
            "nothing"
        }
        Some(event) if mail_budgets::take(connection, budget, id).await? => {
            let again_after = rules.republish.first.as_secs_f64();
            let payload = event.payload.as_deref().unwrap_or_default();
            mail_requests::owe(connection, id, payload, again_after).await?;
            outbox::append(connection, &[event]).await?;
            "owed"
        }
        Some(_) => {
            mail_requests::put_over_budget(connection, id).await?;
            "over_budget"
        }
    };
    Ok(Some((kind, outcome)))
}

/// The event that owes the mail; none if the address owns nothing.
async fn event(
    connection: &mut PgConnection,
    rules: &Rules,
    id: Uuid,
    asked: AskedMail,
) -> Result<Option<Event>, Error> {
    let mail = MailAsked {
        request: id,
        person: asked.person,
        email: asked.email,
        at: asked.now,
    };
    let links = &rules.links;
    let event = match asked.kind {
        MailKind::MyData => Event::new(mail.person, mail.at, &events::my_data_requested(links, &mail)),
        MailKind::Links => {
            let owned = signups::owned(connection, mail.person).await?;
            if owned.is_empty() {
                return Ok(None);
            }
            let fresh = |owned: signups::Owned| FreshDownload {
                url: links.download(owned.signup, mail.at),
                title: owned.title,
            };
            let downloads = owned.into_iter().map(fresh).collect();
            Event::new(
                mail.person,
                mail.at,
                &events::links_requested(links, &mail, downloads),
            )
        }
    };
    let event = event.with_id(asked.event_id).about(mail.person);
    Ok(Some(event.traced(Some(asked.traceparent))))
}
