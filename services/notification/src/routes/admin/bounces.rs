//! `POST /admin/v1/notification/bounces`: a mail that came to a bounce address, for whoever fetches them from a mailbox.

use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::web::{Data, Json};
use actix_web::{FromRequest, HttpRequest};
use futures_util::future::LocalBoxFuture;
use serde::Serialize;
use web::{MediaType, Problem, read_beginning};

use crate::commands::take_bounce::{Taken, take_mail};
use crate::domain::bounce_report::Via;
use crate::domain::incoming_mail::BYTES_MAX;
use crate::state::State;

/// As large as mail servers let a bounce be, which can have the whole mail in it.
const LIMIT: usize = 10 * 1024 * 1024;
const LONGEST: Duration = Duration::from_secs(60);

/// A mail; only its begin is held.
#[derive(Debug)]
pub(in crate::routes) struct Mail(bytes::Bytes);

impl FromRequest for Mail {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let body = read_beginning(request.headers(), payload.take(), BYTES_MAX, LIMIT, LONGEST);
        Box::pin(async {
            let body = body.await?;
            match body.media_type {
                MediaType::Mail => Ok(Self(body.bytes)),
                _ => Err(Problem::unsupported_media("send message/rfc822")),
            }
        })
    }
}

#[derive(Serialize)]
pub(in crate::routes) struct Answer {
    /// `hard`, `soft` or `complaint`; `repeated`, `not-a-bounce`, `unverified` or `unknown` where nothing changed.
    outcome: &'static str,
    /// The person will not be mailed any more.
    suppressed: bool,
}

impl From<Taken> for Answer {
    fn from(taken: Taken) -> Self {
        Self {
            outcome: taken.as_str(),
            suppressed: matches!(taken, Taken::Suppressed(_)),
        }
    }
}

#[derive(Serialize)]
pub(in crate::routes) struct Confirmation {
    /// To be opened once, by whoever trusts the topic.
    confirm: String,
}

/// The URL by which SNS wants its last subscription confirmed.
///
/// # Errors
/// 404 while none has come to this replica.
pub(in crate::routes) async fn subscription(state: Data<State>) -> Result<Json<Confirmation>, Problem> {
    let confirm = state.subscription.url().ok_or_else(Problem::not_found)?;
    Ok(Json(Confirmation { confirm }))
}

/// Takes it; the answer says what it came to. To send it again changes nothing.
///
/// # Errors
/// 413 and 415, 503 while the database is away.
pub(in crate::routes) async fn take(state: Data<State>, mail: Mail) -> Result<Json<Answer>, Problem> {
    let taken = take_mail(&state, Via::Http, None, mail.0).await?;
    Ok(Json(Answer::from(taken)))
}
