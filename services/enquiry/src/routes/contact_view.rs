//! What the form looks like, empty and sent back.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, HeaderValue, RETRY_AFTER};
use askama::Template;
use contracts::IdempotencyKey;
use contracts::enquiry::Topic;
use uuid::Uuid;
use web::{Problem, html};

use super::{CONTACT, static_files};
use crate::domain::enquiry::{Field, FieldError, Typed};
use crate::domain::touch::Touch;

const RETRY_SECONDS: u16 = 5;

/// What the form holds.
pub(super) struct Contents<'a> {
    pub(super) topics: &'a [Topic],
    pub(super) typed: Typed<'a>,
    pub(super) touch: &'a Touch,
    /// That of the form that was sent: sent again, it is the same request.
    pub(super) key: Option<&'a IdempotencyKey>,
    pub(super) stamp: String,
}

/// Why the form is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reason<'a> {
    Asked,
    Wrong(&'a [FieldError]),
    PressOnceMore,
    TryAgain,
}

#[derive(Template)]
#[template(path = "contact.html")]
struct ContactPage<'a> {
    stylesheet: String,
    contact: &'static str,
    topics: &'a [Topic],
    typed: Typed<'a>,
    reason: Reason<'a>,
    /// Campaign and UTM parameters, handed on.
    carried: Vec<(&'static str, &'a str)>,
    key: String,
    stamp: &'a str,
}

impl ContactPage<'_> {
    fn errors(&self) -> &[FieldError] {
        match self.reason {
            Reason::Wrong(errors) => errors,
            _ => &[],
        }
    }

    fn error(&self, field: &str) -> Option<&str> {
        let of_field = |error: &&FieldError| error.field.name() == field;
        let error = self.errors().iter().find(of_field);
        error.map(|error| error.words.as_str())
    }

    fn is_chosen(&self, topic: &Topic) -> bool {
        self.typed.topic == Some(topic.slug.as_str())
    }
}

impl Contents<'_> {
    /// The page with this form.
    ///
    /// # Errors
    /// 500 if it cannot be rendered.
    pub(super) fn show(&self, reason: Reason<'_>) -> Result<HttpResponse, Problem> {
        let body = self.page(reason).render().map_err(|_| Problem::internal())?;
        let mut response = html(reason.status(), body);
        // Not no-store: a visitor who comes back finds what was typed.
        let headers = response.headers_mut();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
        if reason == Reason::TryAgain {
            headers.insert(RETRY_AFTER, HeaderValue::from(RETRY_SECONDS));
        }
        Ok(response)
    }

    fn page<'a>(&'a self, reason: Reason<'a>) -> ContactPage<'a> {
        let campaign = self
            .typed
            .campaign
            .map(|campaign| (Field::Campaign.name(), campaign));
        ContactPage {
            stylesheet: static_files::stylesheet(),
            contact: CONTACT,
            topics: self.topics,
            typed: self.typed,
            reason,
            carried: campaign.into_iter().chain(self.touch.parameters()).collect(),
            key: self.key.map_or_else(
                || Uuid::now_v7().simple().to_string(),
                |key| key.expose().to_owned(),
            ),
            stamp: &self.stamp,
        }
    }
}

impl Reason<'_> {
    fn status(self) -> StatusCode {
        match self {
            Self::Asked => StatusCode::OK,
            Self::Wrong(_) | Self::PressOnceMore => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TryAgain => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}
