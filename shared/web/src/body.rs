use crate::{MediaType, Problem};
use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_LENGTH, HeaderMap};
use actix_web::{FromRequest, HttpRequest};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use futures_util::future::LocalBoxFuture;
use std::time::Duration;
use tokio::time::timeout;

/// Most bytes that a public request may carry.
pub const BODY_LIMIT: usize = 32 * 1024;

/// Longest time that a public request may take to send its body.
pub const BODY_TIME: Duration = Duration::from_secs(10);

/// What is read and thrown away of a body that is too large, so that the sender gets to see the 413.
const DISCARDED: usize = 1024 * 1024;
const DISCARDING_TIME: Duration = Duration::from_secs(1);

/// A whole request body within [`BODY_LIMIT`] and [`BODY_TIME`], not yet looked at. An extractor.
#[derive(Debug, Clone)]
pub struct Body {
    pub bytes: Bytes,
    pub media_type: MediaType,
}

impl FromRequest for Body {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Body, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let body = read_body(request.headers(), payload.take(), BODY_LIMIT, BODY_TIME);
        Box::pin(body)
    }
}

/// Reads a body of at most `limit` bytes, for routes that need other limits than [`Body`] has.
///
/// # Errors
/// 413 too large, 415 packed or not UTF-8, 408 too slow, 400 cut off.
pub fn read_body(
    headers: &HeaderMap,
    payload: Payload,
    limit: usize,
    longest: Duration,
) -> impl Future<Output = Result<Body, Problem>> + use<> {
    let media_type = MediaType::of(headers).map_err(Problem::closing);
    let announced = announced_length(headers);
    async move {
        let media_type = media_type?;
        let bytes = match timeout(longest, collect(payload, announced, limit)).await {
            Ok(read) => read?,
            Err(_) => return Err(too_slow()),
        };
        Ok(Body { bytes, media_type })
    }
}

fn announced_length(headers: &HeaderMap) -> usize {
    headers
        .get(CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse().ok())
        .unwrap_or_default()
}

async fn collect(mut payload: Payload, announced: usize, limit: usize) -> Result<Bytes, Problem> {
    let mut bytes = BytesMut::with_capacity(announced.min(limit));
    if announced > limit {
        return Err(too_large(payload, limit).await);
    }
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|error| unreadable(&error))?;
        if bytes.len() + chunk.len() > limit {
            return Err(too_large(payload, limit).await);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes.freeze())
}

/// A connection that is closed with unread bytes is reset, and the reset can overtake the answer.
async fn too_large(mut payload: Payload, limit: usize) -> Problem {
    let discard = async {
        let mut discarded = 0;
        while let Some(Ok(chunk)) = payload.next().await {
            discarded += chunk.len();
            if discarded > DISCARDED {
                break;
            }
        }
    };
    // Whether all of it came in time makes no difference to the answer.
    let _ = timeout(DISCARDING_TIME, discard).await;
    Problem::too_large(limit).closing()
}

fn too_slow() -> Problem {
    Problem::new(StatusCode::REQUEST_TIMEOUT)
        .detail("the body took too long")
        .closing()
}

/// The error's own words are for the log of a proxy, not for the visitor.
fn unreadable(error: &PayloadError) -> Problem {
    tracing::debug!(%error, "a request body broke off");
    Problem::bad_request("the body cannot be read").closing()
}
