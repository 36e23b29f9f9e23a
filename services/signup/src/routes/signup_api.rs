//! A visitor asks for an offer through another page or program: `POST /v1/signups`.

use std::sync::Arc;

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use contracts::Slug;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;
use web::{Body, MediaType, Object, Problem, Trace, idempotency_key, parse_json};

use super::page::Pages;
use super::signup_body::{self, Asked, SignupBody};
use super::visitor::evidence;
use super::{answer, cors};
use crate::commands;
use crate::domain::campaign::OpenCampaign;
use crate::domain::consent::Method;
use crate::domain::signup::{Idempotency, SignupRequest};
use crate::state::State;

/// Where the consent was given, as the evidence names it.
const PAGE: &str = "/v1/signups";

/// What is answered to every signup that was taken, whoever the person is.
#[derive(Serialize, ToSchema)]
pub(super) struct SignupAnswer {
    /// Names this signup from now on
    id: Uuid,
    /// Always `accepted`
    #[schema(example = "accepted")]
    status: &'static str,
}

/// `POST /v1/signups`
#[utoipa::path(
    post,
    path = "/v1/signups",
    operation_id = "requestSignup",
    tag = "signups",
    summary = "Ask for an offer",
    description = "The answer, and its time, is the same for new, known, unsubscribed and suppressed addresses.",
    request_body = SignupBody,
    params(("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 128, pattern = "^[!-~]+$", description =
        "1 to 128 visible ASCII characters, kept for 48 hours: the same request again has the same answer and no other \
         effect")),
    responses(
        (status = 202, description = "Stored durably; the mail is on its way, if one may be sent", body = SignupAnswer),
        (status = 400, description = "Not JSON, or the Idempotency-Key is not one", body = Problem,
         content_type = "application/problem+json"),
        (status = 403, description = "The page's origin is not allowed for this campaign", body = Problem,
         content_type = "application/problem+json"),
        (status = 408, description = "The body took longer than 10 seconds", body = Problem,
         content_type = "application/problem+json"),
        (status = 413, description = "More than 32 KiB", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not application/json in UTF-8", body = Problem,
         content_type = "application/problem+json"),
        (status = 422, description = "Fields that are not as they should be, or an Idempotency-Key that came with \
         another body", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many requests", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Not available right now: try again with the same Idempotency-Key", body = Problem,
         content_type = "application/problem+json"),
    )
)]
pub(super) async fn request_signup(
    request: HttpRequest,
    body: Body,
    state: Data<State>,
    pages: Data<Pages>,
) -> Result<HttpResponse, Problem> {
    if body.media_type != MediaType::Json {
        return Err(Problem::unsupported_media("send application/json"));
    }
    let Object(asked): Object<SignupBody> = parse_json(&body.bytes)?;
    let campaign = find_campaign(&state, &asked).await?;
    let allowed = cors::check(request.headers(), campaign.as_deref(), &state.rules.public_url)?;
    let checked = signup_body::check(asked, campaign.is_some(), &pages.own_host);
    let key = idempotency_key(request.headers());
    let key = key.map(|key| key.map(|key| Idempotency::new(key, &body.bytes)));
    let answer = match (checked, campaign, key) {
        (Ok(asked), Some(campaign), Ok(key)) => take(&state, signup(&request, asked, campaign, key)).await,
        (Err(errors), ..) => Err(Problem::invalid(errors)),
        (_, _, Err(problem)) => Err(problem),
        (_, None, _) => Err(Problem::invalid(vec![signup_body::unknown_campaign()])),
    };
    let mut response = answer.unwrap_or_else(|problem| problem.error_response());
    allowed.mark(&mut response);
    Ok(response)
}

async fn find_campaign(state: &State, asked: &SignupBody) -> Result<Option<Arc<OpenCampaign>>, Problem> {
    let Ok(slug) = Slug::parse(&asked.campaign) else {
        return Ok(None);
    };
    let found = commands::find_campaign(state, &slug).await;
    found.map_err(|error| answer::problem(&error))
}

async fn take(state: &State, signup: SignupRequest) -> Result<HttpResponse, Problem> {
    let accepted = commands::request_signup(state, signup).await;
    let accepted = accepted.map_err(|error| answer::problem(&error))?;
    Ok(HttpResponse::Accepted().json(SignupAnswer {
        id: accepted.id,
        status: "accepted",
    }))
}

fn signup(
    request: &HttpRequest,
    asked: Asked,
    campaign: Arc<OpenCampaign>,
    idempotency: Option<Idempotency>,
) -> SignupRequest {
    SignupRequest {
        email: asked.email,
        name: asked.name,
        touch: asked.touch.finish().with_defaults(&campaign.utm),
        campaign,
        updates: asked.updates,
        evidence: evidence(request, Method::Api, PAGE),
        idempotency,
        held: false,
        trace: Trace::of(request).0,
    }
}
