//! Times of events: RFC 3339 on the wire, and only those that every database and every list can say in UTC.
//!
//! To be used as `#[serde(with = "contracts::instant")]`.

use serde::de::Error as _;
use serde::{Deserializer, Serializer};
use time::format_description::well_known::Rfc3339;
use time::serde::rfc3339;
use time::{OffsetDateTime, UtcOffset};

/// A time of the years 1 to 9999 in UTC. `None` for any other: there are programs, the driver of our database among
/// them, that panic at one.
#[must_use]
pub fn parse(text: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(text, &Rfc3339).ok().and_then(in_utc)
}

/// The same time in UTC. `None` for one of before the year 1 or after the year 9999 there.
#[must_use]
pub fn in_utc(at: OffsetDateTime) -> Option<OffsetDateTime> {
    at.checked_to_offset(UtcOffset::UTC).filter(|at| at.year() > 0)
}

/// As RFC 3339.
///
/// # Errors
/// Those of the serializer.
pub fn serialize<S: Serializer>(at: &OffsetDateTime, serializer: S) -> Result<S::Ok, S::Error> {
    rfc3339::serialize(at, serializer)
}

/// From RFC 3339, in UTC.
///
/// # Errors
/// For any other text, and a time that UTC cannot say.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<OffsetDateTime, D::Error> {
    let at = rfc3339::deserialize(deserializer)?;
    in_utc(at).ok_or_else(|| D::Error::custom("not a time of the years 1 to 9999 in UTC"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_that_utc_cannot_say_is_none() {
        for impossible in [
            "0000-01-01T00:00:00Z",
            "0001-01-01T00:00:00+00:01",
            "9999-12-31T23:59:59-23:59",
            "yesterday",
        ] {
            assert_eq!(parse(impossible), None, "{impossible}");
        }
        let late = parse("9999-12-31T23:59:59+23:59").expect("a late time");
        assert_eq!(late.offset(), UtcOffset::UTC);
    }
}
