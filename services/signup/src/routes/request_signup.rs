//! A visitor asks for an offer by the page's form.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderValue, LOCATION, RETRY_AFTER};
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use contracts::EmailAddress;
use web::{Body, Form, MediaType, Problem, Trace, form_stamp};

use super::answer;
use super::landing_page::{self, FormView};
use super::page::{EmailField, Pages};
use super::visitor::evidence;
use crate::commands;
use crate::domain::campaign::OpenCampaign;
use crate::domain::consent::Method;
use crate::domain::signup::SignupRequest;
use crate::domain::touch::{Touch, TouchParts};
use crate::error::{Answer, Error};
use crate::state::State;

const ONCE_MORE: &str = "Please press the button once more.";
const TRY_AGAIN: &str =
    "That did not work just now, and it was not your fault. Please press the button once more.";
const RETRY_SECONDS: HeaderValue = HeaderValue::from_static("2");

/// What came with the page's form.
struct Sent {
    typed: String,
    updates: bool,
    stamp: String,
    /// The field that people do not see was filled in.
    is_robot: bool,
    touch: Touch,
}

/// `POST /c/{campaign}`: the form again if something is wrong with it, the thanks page otherwise.
pub(super) async fn by_form(
    request: HttpRequest,
    slug: Path<String>,
    body: Body,
    state: Data<State>,
    pages: Data<Pages>,
) -> Result<HttpResponse, Problem> {
    if body.media_type != MediaType::UrlEncodedForm {
        return Err(Problem::unsupported_media(
            "send application/x-www-form-urlencoded",
        ));
    }
    let Some(campaign) = landing_page::find(&state, &slug).await? else {
        return landing_page::not_found(&pages);
    };
    let sent = Sent::read(&body, &campaign, &pages);
    let email = match sent.check(&state, &campaign) {
        Ok(email) => email,
        Err(form) => return landing_page::render(&pages, StatusCode::UNPROCESSABLE_ENTITY, form),
    };
    let page = landing_page::path(&pages, &campaign);
    let asked = sent.request(&request, email, campaign.clone(), &page);
    match commands::request_signup(&state, asked).await {
        Ok(_) => Ok(to_thanks(&pages, &campaign)),
        Err(error) => try_again(&pages, &state, &campaign, &sent, &error),
    }
}

/// The same answer for everybody whose signup was taken.
fn to_thanks(pages: &Pages, campaign: &OpenCampaign) -> HttpResponse {
    let thanks = format!("{}/thanks", landing_page::path(pages, campaign));
    HttpResponse::SeeOther()
        .insert_header((LOCATION, thanks))
        .finish()
}

/// Nothing was stored, or that is not known: what was typed is kept, and the same once more is safe.
fn try_again(
    pages: &Pages,
    state: &State,
    campaign: &OpenCampaign,
    sent: &Sent,
    error: &Error,
) -> Result<HttpResponse, Problem> {
    let problem = answer::problem(error);
    if error.answer() != Answer::TryAgain {
        return Err(problem);
    }
    let form = sent.again(state, campaign, None, Some(TRY_AGAIN));
    let mut response = landing_page::render(pages, StatusCode::SERVICE_UNAVAILABLE, form)?;
    response.headers_mut().insert(RETRY_AFTER, RETRY_SECONDS);
    Ok(response)
}

impl Sent {
    /// Reads the fields; nothing that stands in them is a reason to refuse the form as a whole.
    fn read(body: &Body, campaign: &OpenCampaign, pages: &Pages) -> Self {
        let form = Form::lenient(&String::from_utf8_lossy(&body.bytes));
        let text = |name| form.get(name).unwrap_or_default().to_owned();
        let touch = TouchParts::default()
            .with_pairs(form.iter())
            .with_referrer(form.get("referrer"), &pages.own_host)
            .with_landing_page(Some(&landing_page::path(pages, campaign)));
        Self {
            typed: text("email"),
            updates: form.has("updates"),
            stamp: text("stamp"),
            is_robot: !text("website").is_empty(),
            touch: touch.finish(),
        }
    }

    /// The address, if the form can be taken; the form to show again otherwise.
    fn check<'a>(&'a self, state: &State, campaign: &'a OpenCampaign) -> Result<EmailAddress, FormView<'a>> {
        let now = state.clock.now();
        let email = EmailAddress::parse(&self.typed);
        let age = form_stamp::check(&state.rules.subject_key, campaign.slug.as_str(), &self.stamp, now);
        match (email, age) {
            (Ok(email), Ok(())) => Ok(email),
            (Err(error), _) => Err(self.again(state, campaign, Some(error.to_string()), None)),
            (Ok(_), Err(_)) => Err(self.again(state, campaign, None, Some(ONCE_MORE))),
        }
    }

    /// The form with everything that was typed. Once more, it may be sent at once.
    fn again<'a>(
        &'a self,
        state: &State,
        campaign: &'a OpenCampaign,
        error: Option<String>,
        problem: Option<&'static str>,
    ) -> FormView<'a> {
        FormView {
            campaign,
            touch: &self.touch,
            field: EmailField::typed(&self.typed, error),
            updates: self.updates,
            stamp: form_stamp::sign_again(
                &state.rules.subject_key,
                campaign.slug.as_str(),
                state.clock.now(),
            ),
            problem,
        }
    }

    fn request(
        &self,
        request: &HttpRequest,
        email: EmailAddress,
        campaign: Arc<OpenCampaign>,
        page: &str,
    ) -> SignupRequest {
        SignupRequest {
            email,
            name: None,
            touch: self.touch.clone().with_defaults(&campaign.utm),
            campaign,
            updates: self.updates,
            evidence: evidence(request, Method::Form, page),
            idempotency: None,
            held: self.is_robot,
            trace: Trace::of(request).0,
        }
    }
}
