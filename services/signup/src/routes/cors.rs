//! Whose pages may call the API: those of the campaign's `allowed_origins`, and our own.

use actix_web::http::header::{HeaderMap, HeaderValue, ORIGIN};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use url::Url;
use web::{Problem, cors};

use super::answer;
use crate::commands;
use crate::domain::campaign::OpenCampaign;
use crate::state::State;

/// The origin that may read the answer, if the request came from another page than ours.
#[derive(Debug)]
pub(super) struct Allowed(Option<HeaderValue>);

impl Allowed {
    /// Lets that origin's page read the answer.
    pub(super) fn mark(&self, response: &mut HttpResponse) {
        if let Some(origin) = &self.0 {
            cors::allow(response, origin);
        }
    }
}

/// Refuses pages of other origins, and those that hide theirs (`Origin: null`); programs send none. Of a campaign that
/// does not exist nobody may read the answer.
pub(super) fn check(
    headers: &HeaderMap,
    campaign: Option<&OpenCampaign>,
    public_url: &Url,
) -> Result<Allowed, Problem> {
    let Some(sent) = headers.get(ORIGIN) else {
        return Ok(Allowed(None));
    };
    let origin = cors::origin(headers).and_then(|origin| origin.to_str().ok());
    let Some(origin) = origin else {
        return Err(forbidden());
    };
    let Some(campaign) = campaign else {
        return Ok(Allowed(None));
    };
    if origin == public_url.origin().ascii_serialization() {
        return Ok(Allowed(None));
    }
    let listed = campaign.allowed_origins.iter().any(|allowed| allowed == origin);
    if listed {
        Ok(Allowed(Some(sent.clone())))
    } else {
        Err(forbidden())
    }
}

/// `OPTIONS /v1/signups`: says yes to the origins of any campaign; which campaign it is, only the body will tell.
pub(super) async fn preflight(request: HttpRequest, state: Data<State>) -> Result<HttpResponse, Problem> {
    let Some(origin) = cors::origin(request.headers()) else {
        return Ok(HttpResponse::NoContent().finish());
    };
    let Ok(text) = origin.to_str() else {
        return Ok(HttpResponse::NoContent().finish());
    };
    let allowed = commands::allows_origin(&state, text).await;
    if allowed.map_err(|error| answer::problem(&error))? {
        Ok(cors::preflight(origin))
    } else {
        Ok(HttpResponse::NoContent().finish())
    }
}

fn forbidden() -> Problem {
    Problem::forbidden("pages of this origin may not send to this campaign")
}
