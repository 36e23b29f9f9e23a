//! Where a visitor came from, as the UTM parameters of the page say.

use std::fmt;

use contracts::text::{TAG_BYTES, fold};

/// The UTM parameters, folded to lower case and capped. Any text may come in, none is refused, and `Debug` shows none.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Touch {
    pub source: Option<String>,
    pub medium: Option<String>,
    pub campaign: Option<String>,
    pub term: Option<String>,
    pub content: Option<String>,
}

impl Touch {
    /// Reads each parameter by its name, such as `utm_source`.
    pub fn from_parameters<'a>(parameter: impl Fn(&str) -> Option<&'a str>) -> Self {
        let read = |name| parameter(name).and_then(|value| fold(value, TAG_BYTES));
        Self {
            source: read("utm_source"),
            medium: read("utm_medium"),
            campaign: read("utm_campaign"),
            term: read("utm_term"),
            content: read("utm_content"),
        }
    }

    /// The parameters that are there, by name.
    pub fn parameters(&self) -> impl Iterator<Item = (&'static str, &str)> {
        [
            ("utm_source", &self.source),
            ("utm_medium", &self.medium),
            ("utm_campaign", &self.campaign),
            ("utm_term", &self.term),
            ("utm_content", &self.content),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value.as_deref()?)))
    }
}

impl fmt::Debug for Touch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Touch(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_is_folded_and_one_without_a_value_is_none() {
        let touch = Touch::from_parameters(|name| match name {
            "utm_source" => Some(" Instagram\0\r\n"),
            "utm_medium" => Some(" \t"),
            _ => None,
        });
        let parameters: Vec<_> = touch.parameters().collect();
        assert_eq!(parameters, [("utm_source", "instagram")]);
    }
}
