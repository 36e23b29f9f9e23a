use crate::{MediaType, Problem};
use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_LENGTH, HeaderMap};
use actix_web::{FromRequest, HttpRequest};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use futures_util::future::LocalBoxFuture;
use std::fmt;
use std::time::Duration;
use tokio::time::timeout;

/// Most bytes that a public request may carry.
pub const BODY_LIMIT: usize = 32 * 1024;

/// Longest time that a public request may take to send its body.
pub const BODY_TIME: Duration = Duration::from_secs(10);

/// A whole request body within [`BODY_LIMIT`] and [`BODY_TIME`], not yet looked at. An extractor.
#[derive(Clone)]
pub struct Body {
    pub bytes: Bytes,
    pub media_type: MediaType,
}

/// Shows no content: it is what a visitor typed.
impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Body")
            .field("length", &self.bytes.len())
            .field("media_type", &self.media_type)
            .finish()
    }
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
    read_beginning(headers, payload, limit, limit, longest)
}

/// Reads a body of at most `limit` bytes to its end, and holds its first `kept` ones.
///
/// # Errors
/// As [`read_body`].
pub fn read_beginning(
    headers: &HeaderMap,
    payload: Payload,
    kept: usize,
    limit: usize,
    longest: Duration,
) -> impl Future<Output = Result<Body, Problem>> + use<> {
    let media_type = MediaType::of(headers);
    let announced = announced_length(headers);
    async move {
        let media_type = media_type?;
        let bytes = match timeout(longest, collect(payload, announced, kept, limit)).await {
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

async fn collect(
    mut payload: Payload,
    announced: usize,
    kept: usize,
    limit: usize,
) -> Result<Bytes, Problem> {
    if announced > limit {
        return Err(Problem::too_large(limit));
    }
    let mut bytes = BytesMut::new();
    let mut seen = 0;
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|error| unreadable(&error))?;
        seen += chunk.len();
        if seen > limit {
            return Err(Problem::too_large(limit));
        }
        let room = kept.saturating_sub(bytes.len());
        bytes.extend_from_slice(&chunk[..chunk.len().min(room)]);
    }
    Ok(bytes.freeze())
}

fn too_slow() -> Problem {
    Problem::new(StatusCode::REQUEST_TIMEOUT).detail("the body took too long")
}

/// The error's own words are for the log of a proxy, not for the visitor.
fn unreadable(error: &PayloadError) -> Problem {
    tracing::debug!(%error, "a request body broke off");
    Problem::bad_request("the body cannot be read")
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;
    use futures_util::stream::{self, Stream};
    use tokio::time::Instant;

    type Chunk = Result<Bytes, PayloadError>;

    async fn read(chunks: impl Stream<Item = Chunk> + 'static) -> Result<Body, u16> {
        let request = TestRequest::default().to_http_request();
        let mut payload: Payload = Payload::Stream {
            payload: Box::pin(chunks),
        };
        Body::from_request(&request, &mut payload)
            .await
            .map_err(|problem| problem.status.as_u16())
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_stalls_is_given_up_after_ten_seconds() {
        let first = stream::iter([Ok(Bytes::from_static(b"{"))]);
        let started = Instant::now();
        assert_eq!(
            read(first.chain(stream::pending())).await.expect_err("too slow"),
            408
        );
        assert_eq!(started.elapsed().as_secs(), 10);
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_trickles_gets_no_more_time() {
        let trickle = stream::unfold((), |()| async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            Some((Ok(Bytes::from_static(b"a")), ()))
        });
        let started = Instant::now();
        assert_eq!(read(trickle).await.expect_err("too slow"), 408);
        assert_eq!(started.elapsed().as_secs(), 10);
    }

    #[tokio::test]
    async fn a_body_that_breaks_off_is_a_bad_request() {
        let broken = stream::iter([Ok(Bytes::from_static(b"{")), Err(PayloadError::Incomplete(None))]);
        assert_eq!(read(broken).await.expect_err("broken"), 400);
    }

    #[tokio::test]
    async fn debug_output_does_not_show_what_was_typed() {
        let body = read(stream::iter([Ok(Bytes::from_static(b"ann@example.org"))]))
            .await
            .expect("a body");
        assert_eq!(format!("{body:?}"), "Body { length: 15, media_type: Missing }");
    }

    #[tokio::test]
    async fn of_a_long_body_no_more_is_held_than_is_wanted() {
        let read = async |limit| {
            let chunks = (0..100).map(|_| Ok::<_, PayloadError>(Bytes::from_static(b"0123456789")));
            let payload: Payload = Payload::Stream {
                payload: Box::pin(stream::iter(chunks)),
            };
            let body = read_beginning(&HeaderMap::new(), payload, 25, limit, BODY_TIME).await;
            body.map_err(|problem| problem.status.as_u16())
        };
        assert_eq!(
            read(1_000).await.expect("a body").bytes,
            "0123456789012345678901234"
        );
        assert_eq!(read(999).await.expect_err("too large"), 413);
    }
}
