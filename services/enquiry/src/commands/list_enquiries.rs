//! Enquiries with how far their mails are, for those who answer them.

use uuid::Uuid;

use crate::error::Error;
use crate::state::State;
use crate::store::enquiry_list::{self, Shown};
use crate::store::mails::{self, Mail};

/// An enquiry with its mails.
#[derive(Debug, Clone)]
pub struct Listed {
    pub enquiry: Shown,
    pub mails: Vec<Mail>,
}

/// The newest enquiries below an id, the newest first.
///
/// # Errors
/// What the database says.
pub async fn list_enquiries(state: &State, before: Option<Uuid>, limit: i64) -> Result<Vec<Listed>, Error> {
    state
        .database
        .transaction(move |connection| {
            Box::pin(async move {
                let shown = enquiry_list::newest(connection, before, limit).await?;
                let ids: Vec<Uuid> = shown.iter().map(|enquiry| enquiry.id).collect();
                let mails = mails::of(connection, &ids).await?;
                Ok(with_mails(shown, &mails))
            })
        })
        .await
}

/// One enquiry, if it is there.
///
/// # Errors
/// What the database says.
pub async fn show_enquiry(state: &State, id: Uuid) -> Result<Option<Listed>, Error> {
    state
        .database
        .transaction(move |connection| {
            Box::pin(async move {
                let shown = enquiry_list::one(connection, id).await?;
                let mails = mails::of(connection, &[id]).await?;
                Ok(with_mails(shown.into_iter().collect(), &mails).pop())
            })
        })
        .await
}

/// The oldest held enquiries.
///
/// # Errors
/// What the database says.
pub async fn list_held(state: &State, limit: i64) -> Result<Vec<Shown>, Error> {
    state
        .database
        .transaction(move |connection| Box::pin(enquiry_list::held(connection, limit)))
        .await
}

fn with_mails(shown: Vec<Shown>, mails: &[Mail]) -> Vec<Listed> {
    let listed = shown.into_iter().map(|enquiry| Listed {
        mails: mails
            .iter()
            .filter(|mail| mail.enquiry == enquiry.id)
            .copied()
            .collect(),
        enquiry,
    });
    listed.collect()
}
