use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Parser of arguments that are a time (RFC 3339).
///
/// # Errors
/// Anything else, with an example.
pub fn moment(text: &str) -> Result<OffsetDateTime, String> {
    OffsetDateTime::parse(text, &Rfc3339).map_err(|_| "is no time such as 2026-11-24T09:00:00Z".to_owned())
}
