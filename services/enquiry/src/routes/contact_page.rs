//! `GET` and `POST /contact`: the form, which works without any script.

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, HeaderValue, LOCATION, RETRY_AFTER};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use contracts::Slug;
use contracts::enquiry::Topic;
use time::OffsetDateTime;
use uuid::Uuid;
use web::{Form, Problem, Trace, html};

use super::{CONTACT, THANKS, stylesheet};
use crate::commands::submit_enquiry::{Submission, submit_enquiry};
use crate::domain::enquiry::{Enquiry, Field, FieldError, Typed};
use crate::domain::form_stamp;
use crate::domain::idempotency::{Endpoint, IdempotencyKey};
use crate::domain::touch::Touch;
use crate::state::State;

/// Hidden fields. A person never sees the last one, a program fills it.
const KEY: &str = "key";
const STAMP: &str = "stamp";
const HONEYPOT: &str = "website";
const CAMPAIGN: &str = "campaign";
const RETRY_SECONDS: u16 = 5;

#[derive(Template)]
#[template(path = "contact.html")]
struct ContactPage<'a> {
    stylesheet: String,
    contact: &'static str,
    topics: &'a [Topic],
    typed: Typed<'a>,
    errors: &'a [FieldError],
    notice: Notice,
    /// Campaign and UTM parameters, handed on.
    carried: Vec<(&'static str, &'a str)>,
    key: String,
    stamp: String,
}

/// What is said above the form, besides the errors of fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Notice {
    Nothing,
    PressOnceMore,
    TryAgain,
}

impl ContactPage<'_> {
    fn error(&self, field: &str) -> Option<&str> {
        let of_field = |error: &&FieldError| error.field.name() == field;
        self.errors
            .iter()
            .find(of_field)
            .map(|error| error.words.as_str())
    }

    fn is_chosen(&self, topic: &Topic) -> bool {
        self.typed.topic == Some(topic.slug.as_str())
    }
}

/// The form, with the topic that the address names.
///
/// # Errors
/// 500 if the page cannot be rendered.
pub(super) async fn show(state: Data<State>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let query = Form::lenient(request.query_string());
    let touch = touch(&query);
    let typed = Typed {
        topic: query.get(Field::Topic.name()),
        campaign: campaign(&query),
        ..Typed::default()
    };
    let shown = Shown {
        typed,
        touch: &touch,
        key: None,
        stamp: form_stamp::sign(&state.rules.subject_key, OffsetDateTime::now_utc()),
    };
    page(StatusCode::OK, &state, &shown, &[], Notice::Nothing)
}

/// Takes the form.
///
/// # Errors
/// 500 for a mistake of this program; everything else is the form again.
pub(super) async fn submit(state: Data<State>, trace: Trace, form: Form) -> Result<HttpResponse, Problem> {
    let now = OffsetDateTime::now_utc();
    let (touch, key) = (
        touch(&form),
        form.get(KEY).and_then(|key| IdempotencyKey::parse(key).ok()),
    );
    let shown = Shown {
        typed: typed(&form),
        touch: &touch,
        key: key.as_ref(),
        stamp: form_stamp::sign_again(&state.rules.subject_key, now),
    };
    let enquiry = match Enquiry::parse(shown.typed, touch.clone(), &state.rules.table) {
        Ok(enquiry) => enquiry,
        Err(errors) => {
            state.metrics.form_returned(None);
            return page(
                StatusCode::UNPROCESSABLE_ENTITY,
                &state,
                &shown,
                &errors,
                Notice::Nothing,
            );
        }
    };
    let stamp = form.get(STAMP).unwrap_or_default();
    if let Err(unfit) = form_stamp::check(&state.rules.subject_key, stamp, now) {
        state.metrics.form_returned(Some(unfit));
        return page(
            StatusCode::UNPROCESSABLE_ENTITY,
            &state,
            &shown,
            &[],
            Notice::PressOnceMore,
        );
    }
    let submission = Submission {
        enquiry,
        endpoint: Endpoint::Form,
        key: key.clone(),
        suspect: form.get(HONEYPOT).is_some_and(|filled| !filled.trim().is_empty()),
        trace: trace.0,
    };
    match submit_enquiry(&state, submission).await {
        Ok(receipt) => Ok(see_thanks(&receipt.reference)),
        Err(error) if error.is_temporary() => {
            tracing::warn!(%error, "a question could not be taken");
            let mut response = page(
                StatusCode::SERVICE_UNAVAILABLE,
                &state,
                &shown,
                &[],
                Notice::TryAgain,
            )?;
            response
                .headers_mut()
                .insert(RETRY_AFTER, HeaderValue::from(RETRY_SECONDS));
            Ok(response)
        }
        Err(error) => Err(error.into()),
    }
}

fn see_thanks(reference: &str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((LOCATION, format!("{THANKS}?ref={reference}")))
        .finish()
}

fn typed(form: &Form) -> Typed<'_> {
    Typed {
        email: form.get(Field::Email.name()),
        name: form.get(Field::Name.name()),
        topic: form.get(Field::Topic.name()),
        message: form.get(Field::Message.name()),
        campaign: campaign(form),
    }
}

/// Visitors cannot mend what a link got wrong: a campaign that is none is left out.
fn campaign(form: &Form) -> Option<&str> {
    form.get(CAMPAIGN)
        .filter(|campaign| Slug::parse(campaign).is_ok())
}

fn touch(form: &Form) -> Touch {
    Touch::from_parameters(|name| form.get(name))
}

/// What the form holds when it is shown.
struct Shown<'a> {
    typed: Typed<'a>,
    touch: &'a Touch,
    /// That of the form that was sent: sent again, it is the same request.
    key: Option<&'a IdempotencyKey>,
    stamp: String,
}

fn page(
    status: StatusCode,
    state: &State,
    shown: &Shown<'_>,
    errors: &[FieldError],
    notice: Notice,
) -> Result<HttpResponse, Problem> {
    let campaign = shown.typed.campaign.map(|campaign| (CAMPAIGN, campaign));
    let page = ContactPage {
        stylesheet: stylesheet::path(),
        contact: CONTACT,
        topics: &state.rules.table.topics,
        typed: shown.typed,
        errors,
        notice,
        carried: campaign.into_iter().chain(shown.touch.parameters()).collect(),
        key: shown.key.map_or_else(
            || Uuid::now_v7().simple().to_string(),
            |key| key.as_str().to_owned(),
        ),
        stamp: shown.stamp.clone(),
    };
    let body = page.render().map_err(|_| Problem::internal())?;
    let mut response = html(status, body);
    // Not no-store: a visitor who comes back finds what was typed.
    response
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    Ok(response)
}
