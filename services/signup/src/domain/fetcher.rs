//! Who fetched a file: a person, or a program that looks at links in mails.

/// What a download is counted as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fetcher {
    Person,
    Scanner,
}

/// Lower-case words that programs, not browsers, have in their `User-Agent`.
const PROGRAM_WORDS: [&str; 24] = [
    "bot",
    "crawl",
    "spider",
    "slurp",
    "scan",
    "preview",
    "fetch",
    "monitor",
    "validat",
    "check",
    "inspect",
    "survey",
    "headless",
    "phantom",
    "python",
    "curl",
    "wget",
    "http-client",
    "okhttp",
    "httpclient",
    "proxy",
    "favicon",
    "+http",
    "appengine",
];

impl Fetcher {
    /// A guess by what the request says of itself: `HEAD` and prefetches are no reading, and most scanners say who
    /// they are. One that plays a browser is counted as a person.
    #[must_use]
    pub fn guess(head: bool, user_agent: Option<&str>, sec_purpose: Option<&str>) -> Self {
        let prefetch =
            sec_purpose.is_some_and(|purpose| purpose.contains("prefetch") || purpose.contains("preview"));
        let agent = user_agent.unwrap_or_default().to_ascii_lowercase();
        if head || prefetch || !is_browser(&agent) || PROGRAM_WORDS.iter().any(|word| agent.contains(word)) {
            Self::Scanner
        } else {
            Self::Person
        }
    }

    /// The word for it in tables and metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Scanner => "scanner",
        }
    }
}

/// Browsers say `Mozilla/5.0 (system) …`; only programs and very old Internet Explorers are "compatible" with it.
fn is_browser(agent: &str) -> bool {
    let shaped = (agent.starts_with("mozilla/") && agent.contains('(')) || agent.starts_with("opera/");
    shaped && (!agent.contains("(compatible;") || agent.contains("msie"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAFARI: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
                          Version/18.1 Mobile/15E148 Safari/604.1";

    #[test]
    fn a_browser_is_a_person_unless_it_only_looks_ahead() {
        assert_eq!(Fetcher::guess(false, Some(SAFARI), None), Fetcher::Person);
        assert_eq!(Fetcher::guess(true, Some(SAFARI), None), Fetcher::Scanner);
        assert_eq!(
            Fetcher::guess(false, Some(SAFARI), Some("prefetch;prerender")),
            Fetcher::Scanner
        );
    }

    #[test]
    fn who_says_nothing_or_that_it_is_a_program_is_a_scanner() {
        for agent in [
            None,
            Some(""),
            Some("Mozilla/5.0"),
            Some("curl/8.11"),
            Some("Mozilla/5.0 (compatible; Looker/1.0)"),
        ] {
            assert_eq!(Fetcher::guess(false, agent, None), Fetcher::Scanner, "{agent:?}");
        }
    }
}
