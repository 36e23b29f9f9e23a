use crate::Problem;
use actix_web::http::header::HeaderMap;
use contracts::{IdempotencyKey, idempotency::IdempotencyKeyError};

/// The `Idempotency-Key` of a request, if it has one.
///
/// # Errors
/// 400 if it is no key, or came twice.
pub fn idempotency_key(headers: &HeaderMap) -> Result<Option<IdempotencyKey>, Problem> {
    let mut lines = headers.get_all("idempotency-key");
    let Some(line) = lines.next() else {
        return Ok(None);
    };
    if lines.next().is_some() {
        return Err(Problem::bad_request("Idempotency-Key came twice"));
    }
    let key = line
        .to_str()
        .map_err(|_| IdempotencyKeyError)
        .and_then(IdempotencyKey::parse);
    key.map(Some)
        .map_err(|error| Problem::bad_request(format!("Idempotency-Key {error}")))
}
