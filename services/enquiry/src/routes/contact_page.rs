//! `GET` and `POST /contact`: the form, which works without any script.

use actix_web::http::header::LOCATION;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use contracts::{IdempotencyKey, Slug};
use time::OffsetDateTime;
use web::form_stamp::{self, StampError};
use web::{Form, Problem, Trace};

use super::contact_view::{Contents, Reason};
use super::question_body::QuestionBody;
use super::{CONTACT, THANKS};
use crate::commands::submit_enquiry::{Receipt, Submission, submit_enquiry};
use crate::domain::enquiry::{Enquiry, Field, FieldError, Typed};
use crate::domain::idempotency::Endpoint;
use crate::domain::touch::Touch;
use crate::error::Error;
use crate::state::{Rules, State};

/// Hidden fields. A person never sees the last one, a program fills it.
const KEY: &str = "key";
const STAMP: &str = "stamp";
const HONEYPOT: &str = "website";

/// The form, with the topic that the address names.
///
/// # Errors
/// 500 if the page cannot be rendered.
pub(super) async fn show(state: Data<State>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let query = Form::lenient(request.query_string());
    let contents = Contents {
        topics: &state.rules.table.topics,
        typed: Typed {
            topic: query.get(Field::Topic.name()),
            campaign: campaign(&query),
            ..Typed::default()
        },
        touch: &touch(&query),
        key: None,
        stamp: form_stamp::sign(&state.rules.subject_key, CONTACT, OffsetDateTime::now_utc()),
    };
    contents.show(Reason::Asked)
}

/// Takes the form.
///
/// # Errors
/// 500 for a mistake of this program; everything else is the form again.
pub(super) async fn submit(
    state: Data<State>,
    trace: Trace,
    body: QuestionBody,
) -> Result<HttpResponse, Problem> {
    let form = body.form()?;
    let now = OffsetDateTime::now_utc();
    let (touch, key) = (touch(&form), key(&form));
    let contents = Contents {
        topics: &state.rules.table.topics,
        typed: typed(&form),
        touch: &touch,
        key: key.as_ref(),
        stamp: form_stamp::sign_again(&state.rules.subject_key, CONTACT, now),
    };
    let enquiry = match take(&form, &contents, &state.rules, now) {
        Ok(enquiry) => enquiry,
        Err(Returned::Wrong(errors)) => {
            state.metrics.intake.form_was_invalid();
            return contents.show(Reason::Wrong(&errors));
        }
        Err(Returned::Unfit(unfit)) => {
            state.metrics.intake.form_was_unfit(unfit);
            return contents.show(Reason::PressOnceMore);
        }
    };
    let submission = Submission {
        enquiry,
        endpoint: Endpoint::Form,
        key: key.clone(),
        suspect: form.get(HONEYPOT).is_some_and(|filled| !filled.trim().is_empty()),
        trace: trace.0,
    };
    answer(submit_enquiry(&state, submission).await, &contents)
}

/// Why a form goes back to who sent it.
enum Returned {
    Wrong(Vec<FieldError>),
    Unfit(StampError),
}

fn take(
    form: &Form,
    contents: &Contents<'_>,
    rules: &Rules,
    now: OffsetDateTime,
) -> Result<Enquiry, Returned> {
    let enquiry =
        Enquiry::parse(contents.typed, contents.touch.clone(), &rules.table).map_err(Returned::Wrong)?;
    let stamp = form.get(STAMP).unwrap_or_default();
    form_stamp::check(&rules.subject_key, CONTACT, stamp, now).map_err(Returned::Unfit)?;
    Ok(enquiry)
}

fn answer(outcome: Result<Receipt, Error>, contents: &Contents<'_>) -> Result<HttpResponse, Problem> {
    match outcome {
        Ok(receipt) => {
            let thanks = format!("{THANKS}?ref={}", receipt.reference);
            Ok(HttpResponse::SeeOther()
                .insert_header((LOCATION, thanks))
                .finish())
        }
        Err(error) if error.is_temporary() => {
            tracing::warn!(%error, "answered 503");
            contents.show(Reason::TryAgain)
        }
        Err(error) => Err(error.into()),
    }
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
    form.get(Field::Campaign.name())
        .filter(|campaign| Slug::parse(campaign).is_ok())
}

fn touch(form: &Form) -> Touch {
    Touch::from_parameters(|name| form.get(name))
}

fn key(form: &Form) -> Option<IdempotencyKey> {
    IdempotencyKey::parse(form.get(KEY)?).ok()
}
