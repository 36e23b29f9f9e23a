//! `POST /v1/enquiries`.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use web::{FieldError, Object, Problem, Trace, idempotency_key};

use super::question_body::QuestionBody;
use crate::commands::submit_enquiry::{Submission, submit_enquiry};
use crate::domain::enquiry::{self, Enquiry, Typed};
use crate::domain::idempotency::Endpoint;
use crate::domain::touch::Touch;
use crate::state::State;

/// A question to a team
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EnquiryRequest {
    /// Where the answer goes
    #[schema(required, value_type = String, format = Email, max_length = 254, example = "anna@example.com")]
    email: Option<String>,
    /// At most 64 characters, one line, no web address
    #[schema(max_length = 512, example = "Anna")]
    name: Option<String>,
    /// Slug of one of the topics of the contact page
    #[schema(required, value_type = String, example = "course")]
    topic: Option<String>,
    /// At most 4000 characters
    #[schema(required, value_type = String, max_length = 16384, example = "Is there a group discount?")]
    message: Option<String>,
    /// Slug of the campaign that the visitor came by
    #[schema(pattern = "^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$", example = "instagram")]
    campaign: Option<String>,
    /// Where the visitor came from
    #[schema(value_type = Option<TouchRequest>)]
    touch: Option<Object<TouchRequest>>,
}

/// UTM parameters of the page that the visitor came by; folded to lower case and cut after 200 bytes. Other
/// members are ignored
#[derive(Deserialize, ToSchema)]
pub struct TouchRequest {
    #[schema(example = "instagram")]
    utm_source: Option<String>,
    #[schema(example = "social")]
    utm_medium: Option<String>,
    utm_campaign: Option<String>,
    utm_term: Option<String>,
    utm_content: Option<String>,
}

/// The question is stored, and its mails go out
#[derive(Debug, Serialize, ToSchema)]
pub struct EnquiryResponse {
    id: Uuid,
    /// Always `accepted`
    #[schema(example = "accepted")]
    status: &'static str,
    /// What the visitor and the team call it by
    #[schema(example = "Q-7K3M-9QXP")]
    reference: String,
}

/// Ask a question
///
/// 202 means that it is stored and that the right team gets it.
#[utoipa::path(
    post,
    path = "/v1/enquiries",
    tag = "enquiries",
    operation_id = "askQuestion",
    request_body = EnquiryRequest,
    params((
        "Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 128, pattern = "^[!-~]+$",
        description = "1 to 128 visible ASCII characters, kept for 48 hours. The same request again gets the same answer, and asks nothing twice",
    )),
    responses(
        (status = 202, description = "Stored", body = EnquiryResponse),
        (status = 400, description = "Not JSON, or no usable Idempotency-Key", body = Problem, content_type = "application/problem+json"),
        (status = 408, description = "The body took too long", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "The body is too large", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not application/json in UTF-8, or with a Content-Encoding", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Some fields are wrong, or the Idempotency-Key came with another request", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many requests from one client", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Not stored as far as is known: try again with the same Idempotency-Key", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn submit(
    state: Data<State>,
    trace: Trace,
    request: HttpRequest,
    body: QuestionBody,
) -> Result<HttpResponse, Problem> {
    let key = idempotency_key(request.headers())?;
    let enquiry = parse(&body.json()?, &state)?;
    let submission = Submission {
        enquiry,
        endpoint: Endpoint::Api,
        key,
        suspect: false,
        trace: trace.0,
    };
    let receipt = submit_enquiry(&state, submission).await?;
    Ok(HttpResponse::Accepted().json(EnquiryResponse {
        id: receipt.id,
        status: "accepted",
        reference: receipt.reference,
    }))
}

fn parse(body: &EnquiryRequest, state: &State) -> Result<Enquiry, Problem> {
    let typed = Typed {
        email: body.email.as_deref(),
        name: body.name.as_deref(),
        topic: body.topic.as_deref(),
        message: body.message.as_deref(),
        campaign: body.campaign.as_deref(),
    };
    let touch = body
        .touch
        .as_ref()
        .map(|Object(touch)| touch.touch())
        .unwrap_or_default();
    Enquiry::parse(typed, touch, &state.rules.table)
        .map_err(|errors| Problem::invalid(errors.into_iter().map(field_error).collect()))
}

impl TouchRequest {
    fn touch(&self) -> Touch {
        Touch::from_parameters(|name| match name {
            "utm_source" => self.utm_source.as_deref(),
            "utm_medium" => self.utm_medium.as_deref(),
            "utm_campaign" => self.utm_campaign.as_deref(),
            "utm_term" => self.utm_term.as_deref(),
            "utm_content" => self.utm_content.as_deref(),
            _ => None,
        })
    }
}

fn field_error(error: enquiry::FieldError) -> FieldError {
    FieldError::new(format!("/{}", error.field.name()), error.words)
}
