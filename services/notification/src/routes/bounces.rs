//! `POST /v1/bounces/{provider}`: what mail providers tell over their webhooks.

use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use futures_util::future::LocalBoxFuture;
use time::OffsetDateTime;
use web::{Problem, read_body};

use crate::commands::take_bounce::take_event;
use crate::domain::provider::{Provider, ProviderEvent, Refusal, Told, Webhook};
use crate::state::State;

/// Providers send events by the dozen, and Postmark a copy of the mail if it is asked to.
const LIMIT: usize = 1024 * 1024;
const LONGEST: Duration = Duration::from_secs(10);
const SIGNATURE: &str = "x-twilio-email-event-webhook-signature";
const TIMESTAMP: &str = "x-twilio-email-event-webhook-timestamp";

/// A delivery from a provider that is on.
#[derive(Debug)]
pub(super) struct Delivery {
    provider: Provider,
    body: bytes::Bytes,
}

impl FromRequest for Delivery {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    /// Nothing is read of what nobody asked for.
    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let word = request.match_info().query("provider");
        let is_on = |provider: &Provider| {
            let state = request.app_data::<Data<State>>();
            state.is_some_and(|state| state.rules.bounces.providers.has(*provider))
        };
        let Some(provider) = Provider::from_word(word).filter(is_on) else {
            return Box::pin(async { Err(Problem::not_found()) });
        };
        let body = read_body(request.headers(), payload.take(), LIMIT, LONGEST);
        Box::pin(async move {
            Ok(Self {
                provider,
                body: body.await?.bytes,
            })
        })
    }
}

/// Takes what a mail provider tells of bounces and complaints
#[utoipa::path(
    post,
    path = "/v1/bounces/{provider}",
    tag = "bounces",
    params(("provider" = String, Path, description = "`ses`, `postmark`, `mailgun` or `sendgrid`, where its secret is set")),
    request_body(content = String, description = "As the provider writes it, at most 1 MiB", content_type = "application/json"),
    responses(
        (status = 204, description = "Everything in it is durable, or was so before"),
        (status = 400, description = "It is signed, but cannot be read", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "The login is missing or wrong", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The signature is missing, wrong or too old", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such provider, or it is not on", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "Larger than 1 MiB", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Not available right now", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn take(
    state: Data<State>,
    request: HttpRequest,
    delivery: Delivery,
) -> Result<HttpResponse, Problem> {
    let Delivery { provider, body } = delivery;
    let header = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
    let webhook = Webhook {
        authorization: header("authorization"),
        signature: header(SIGNATURE),
        timestamp: header(TIMESTAMP),
        body: &body,
    };
    let told = state
        .rules
        .bounces
        .providers
        .read(provider, webhook, OffsetDateTime::now_utc());
    match told.ok_or_else(Problem::not_found)? {
        Ok(Told::Events(events)) => take_all(&state, provider, &events).await?,
        Ok(Told::Subscription { confirm }) => {
            state.subscription.keep(confirm);
            tracing::warn!(
                "SNS tells nothing before a URL is opened: the admin port of this replica shows it"
            );
        }
        Err(refusal) => return Err(refused(&state, provider, refusal)),
    }
    Ok(HttpResponse::new(StatusCode::NO_CONTENT))
}

async fn take_all(state: &State, provider: Provider, events: &[ProviderEvent]) -> Result<(), Problem> {
    for event in events {
        take_event(state, provider, event).await?;
    }
    Ok(())
}

fn refused(state: &State, provider: Provider, refusal: Refusal) -> Problem {
    state.metrics.bounces.refused(provider);
    tracing::warn!(provider = provider.as_str(), %refusal, "a webhook is not believed");
    match refusal {
        Refusal::Login => Problem::unauthorized(),
        Refusal::Signature | Refusal::Expired => Problem::forbidden(refusal.to_string()),
        Refusal::Unreadable => Problem::bad_request(refusal.to_string()),
    }
}
