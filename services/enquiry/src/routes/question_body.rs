//! The body of a question. It may be longer than other bodies: a message of the greatest length must fit in any script,
//! however it is encoded on its way.

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use futures_util::future::LocalBoxFuture;
use serde::de::DeserializeOwned;
use web::{BODY_TIME, Body, Form, Json, Problem, read_body};

/// A form sends each of the 16 384 bytes that a message may have as `%xx`, and some JSON libraries send four of them as
/// `\ud83d\udc4b`: 48 KiB, and the other fields.
const LIMIT: usize = 64 * 1024;

/// A whole body, not yet looked at. An extractor.
#[derive(Debug)]
pub(super) struct QuestionBody(Body);

impl FromRequest for QuestionBody {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let body = read_body(request.headers(), payload.take(), LIMIT, BODY_TIME);
        Box::pin(async { body.await.map(Self) })
    }
}

impl QuestionBody {
    /// As a form.
    ///
    /// # Errors
    /// 400, 415 and 422.
    pub(super) fn form(&self) -> Result<Form, Problem> {
        Form::of(&self.0)
    }

    /// As JSON.
    ///
    /// # Errors
    /// 400, 415 and 422.
    pub(super) fn json<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        Json::of(&self.0).map(|Json(read)| read)
    }
}
