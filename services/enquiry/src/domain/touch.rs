//! Where a visitor came from, as the UTM parameters of the page say.

const LONGEST: usize = 100;

/// The UTM parameters, folded to lower case and capped. Any text may come in; none is refused.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
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
        let read = |name| parameter(name).and_then(fold);
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

fn fold(value: &str) -> Option<String> {
    let lower: String = value
        .chars()
        .filter(|c| !c.is_control())
        .flat_map(char::to_lowercase)
        .take(LONGEST)
        .collect();
    let trimmed = lower.trim();
    (!trimmed.is_empty()).then(|| trimmed.to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn source(value: &str) -> Option<String> {
        Touch::from_parameters(|name| (name == "utm_source").then_some(value)).source
    }

    #[test]
    fn a_parameter_is_folded_and_capped() {
        assert_eq!(source(" Instagram\0\r\n").as_deref(), Some("instagram"));
        assert_eq!(source(&"X".repeat(300)), Some("x".repeat(100)));
        assert_eq!(source(" \t"), None);
    }

    proptest! {
        #[test]
        fn whatever_comes_is_stored_without_control_characters(value: String) {
            let folded = source(&value).unwrap_or_default();
            prop_assert!(!folded.chars().any(char::is_control));
            prop_assert!(folded.chars().count() <= LONGEST);
        }
    }
}
