//! Names of offers, campaigns, topics and teams, as they stand in URLs and settings.

use std::fmt;

use serde::{Deserialize, Serialize};

/// 1 to 64 of `a-z`, `0-9` and `-`, not starting or ending with `-`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Slug(String);

/// The text is not a slug.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be 1 to 64 of a-z, 0-9 and -, and not start or end with -")]
pub struct SlugError;

impl Slug {
    /// Checks the text.
    ///
    /// # Errors
    /// If it is not a slug.
    pub fn parse(text: &str) -> Result<Self, SlugError> {
        let shaped = text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        let ends = text.starts_with('-') || text.ends_with('-');
        if text.is_empty() || text.len() > 64 || !shaped || ends {
            return Err(SlugError);
        }
        Ok(Self(text.to_owned()))
    }

    /// The slug's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Slug {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

impl schemars::JsonSchema for Slug {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Slug".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": "^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_lower_case_names_are_slugs() {
        assert!(Slug::parse("system-design-2").is_ok());
        for wrong in ["", "-a", "a-", "A", "a/b", "ä", "..", &"a".repeat(65)] {
            assert_eq!(Slug::parse(wrong), Err(SlugError), "{wrong}");
        }
    }
}
