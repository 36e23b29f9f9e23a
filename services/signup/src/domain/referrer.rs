//! Where a visitor's browser says it came from. Only the host is looked at, and only its class is kept.

use std::borrow::Cow;

use url::Url;

use super::sites::{self, Site};

/// Longest `Referer` that is looked at, in bytes.
const REFERRER_MAX: usize = 4_096;

/// What a `Referer` header (RFC 9110 §10.1.3) means to us.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Referrer {
    /// No referrer, or one that is not a web page or an app.
    #[default]
    None,
    /// One of our own pages.
    Own,
    /// A site that the lists know.
    Known { host: String, site: Site },
    /// Any other site.
    Other { host: String },
}

impl Referrer {
    /// Reads the value of a `Referer` header, or of a hidden field that [`Referrer::origin`] filled.
    /// `own_host` is the host of our public address.
    #[must_use]
    pub fn parse(value: &str, own_host: &str) -> Self {
        let value = value.trim();
        if value.len() > REFERRER_MAX {
            return Self::None;
        }
        let Ok(url) = Url::parse(value) else {
            return Self::None;
        };
        let Some(host) = url.host_str().filter(|host| !host.is_empty()) else {
            return Self::None;
        };
        match url.scheme() {
            "android-app" => Self::named(format!("app:{host}"), sites::by_app(host)),
            "http" | "https" if host.eq_ignore_ascii_case(own_host) => Self::Own,
            "http" | "https" => Self::named(host.to_owned(), sites::by_host(host)),
            _ => Self::None,
        }
    }

    fn named(host: String, site: Option<Site>) -> Self {
        match site {
            Some(site) => Self::Known { host, site },
            None => Self::Other { host },
        }
    }

    /// The site, where it is a known one.
    #[must_use]
    pub fn site(&self) -> Option<Site> {
        match self {
            Self::Known { site, .. } => Some(*site),
            _ => None,
        }
    }

    /// Whether the visitor came from another site.
    #[must_use]
    pub fn is_external(&self) -> bool {
        matches!(self, Self::Known { .. } | Self::Other { .. })
    }

    /// What is stored and told: `social/instagram`, `site` for a site that no list knows, `own`.
    #[must_use]
    pub fn class(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::None => None,
            Self::Own => Some("own".into()),
            Self::Known { site, .. } => Some(format!("{}/{}", site.kind.as_str(), site.name).into()),
            Self::Other { .. } => Some("site".into()),
        }
    }

    /// Scheme and host, to travel in a hidden field of our form; the path and query are dropped here.
    #[must_use]
    pub fn origin(&self) -> Option<String> {
        match self {
            Self::None | Self::Own => None,
            Self::Known { host, .. } | Self::Other { host } => Some(match host.strip_prefix("app:") {
                Some(package) => format!("android-app://{package}/"),
                None => format!("https://{host}/"),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const OWN: &str = "learn.example.com";

    #[test]
    fn only_web_pages_and_apps_are_referrers() {
        for value in [
            "",
            "javascript:alert(1)",
            "about:blank",
            "data:text/html,x",
            "instagram.com",
            "http://",
        ] {
            assert_eq!(Referrer::parse(value, OWN), Referrer::None, "{value}");
        }
        assert_eq!(
            Referrer::parse("https://LEARN.example.com/c/x", OWN),
            Referrer::Own
        );
    }

    #[test]
    fn a_class_tells_the_kind_and_the_name_but_no_path() {
        let class = |value| Referrer::parse(value, OWN).class();
        assert_eq!(
            class("https://l.instagram.com/?u=secret").as_deref(),
            Some("social/instagram")
        );
        assert_eq!(class("https://intranet.example/anna").as_deref(), Some("site"));
        assert_eq!(
            class("android-app://com.linkedin.android/").as_deref(),
            Some("social/linkedin")
        );
    }

    proptest! {
        #[test]
        fn the_origin_means_the_same_as_the_whole_value(value in "(https?|android-app)://[a-z.]{1,20}/\\PC{0,20}|\\PC{0,40}") {
            let referrer = Referrer::parse(&value, OWN);
            if let Some(origin) = referrer.origin() {
                prop_assert_eq!(Referrer::parse(&origin, OWN), referrer);
            }
        }
    }
}
