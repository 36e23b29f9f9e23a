//! The sites that visitors come from, and what kind of site each is.
//!
//! The lists in `sites/` name the big ones; two rules on the first label of a host (`mail.`, `search.` and their
//! like) reach those that no list can name.

use std::collections::HashMap;
use std::sync::LazyLock;

/// What a site is to somebody who wants to know where visitors come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SiteKind {
    Search,
    /// A host that only a paid search result links through.
    SearchAds,
    Social,
    Video,
    Shopping,
    Assistant,
    Mail,
}

impl SiteKind {
    /// The word for it in stored touches and events.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Search | Self::SearchAds => "search",
            Self::Social => "social",
            Self::Video => "video",
            Self::Shopping => "shopping",
            Self::Assistant => "assistant",
            Self::Mail => "mail",
        }
    }
}

/// A site that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Site {
    pub kind: SiteKind,
    /// The name its line starts with, such as `instagram`.
    pub name: &'static str,
}

const LISTS: [(SiteKind, &str); 7] = [
    (SiteKind::Search, include_str!("sites/search.txt")),
    (SiteKind::SearchAds, include_str!("sites/search_ads.txt")),
    (SiteKind::Social, include_str!("sites/social.txt")),
    (SiteKind::Video, include_str!("sites/video.txt")),
    (SiteKind::Shopping, include_str!("sites/shopping.txt")),
    (SiteKind::Assistant, include_str!("sites/assistants.txt")),
    (SiteKind::Mail, include_str!("sites/mail.txt")),
];

const MAIL_LABELS: [&str; 7] = [
    "mail",
    "email",
    "e-mail",
    "webmail",
    "mailer",
    "newsletter",
    "correo",
];
const SEARCH_LABELS: [&str; 9] = [
    "search",
    "suche",
    "recherche",
    "buscador",
    "busca",
    "cerca",
    "ricerca",
    "szukaj",
    "zoeken",
];

static DIRECTORY: LazyLock<Directory> = LazyLock::new(Directory::load);

/// The site that a host belongs to. The host is lower-case ASCII, as [`url::Url`] gives it.
#[must_use]
pub fn by_host(host: &str) -> Option<Site> {
    let host = host.trim_end_matches('.');
    DIRECTORY
        .exact(host)
        .or_else(|| by_first_label(host, &MAIL_LABELS, SiteKind::Mail, "web-mail"))
        .or_else(|| DIRECTORY.suffix(host))
        .or_else(|| by_first_label(host, &SEARCH_LABELS, SiteKind::Search, "site-search"))
}

/// The site that an Android app belongs to: listed, or its package name read backwards
/// (`com.instagram.android` is made by `instagram.com`).
#[must_use]
pub fn by_app(package: &str) -> Option<Site> {
    let package = package.to_ascii_lowercase();
    let labels: Vec<&str> = package.split('.').collect();
    let reversed = |count: usize| {
        let maker: Vec<&str> = labels.iter().take(count).rev().copied().collect();
        DIRECTORY.hosts.get(maker.join(".").as_str()).copied()
    };
    let listed = DIRECTORY.apps.get(package.as_str()).copied();
    listed.or_else(|| (2..=labels.len().min(4)).rev().find_map(reversed))
}

/// The site that a `utm_source` means: by its name, as a host, or by a word in it (`ig_bio`, `facebook-ads`).
#[must_use]
pub fn by_source(source: &str) -> Option<Site> {
    let names = &DIRECTORY.names;
    if let Some(site) = names.get(source) {
        return Some(*site);
    }
    if source.contains('.') && !source.contains(' ') {
        return by_host(source);
    }
    let words: Vec<&str> = words(source).collect();
    let first = words.first().filter(|word| word.len() > 1);
    let rest = words.iter().skip(1).filter(|word| word.len() > 3);
    first
        .into_iter()
        .chain(rest)
        .find_map(|word| names.get(word).copied().or_else(|| advertised(word)))
}

/// Whether a `utm_source` says of itself that it is an advertisement: `google_ads`, `linkedinads`, `adwords`.
#[must_use]
pub fn is_advertisement(source: &str) -> bool {
    let says_so = |word: &str| matches!(word, "ads" | "ad" | "adwords" | "ppc" | "cpc" | "paid");
    words(source).any(|word| says_so(word) || advertised(word).is_some())
}

/// The site in `linkedinads`; none in `threads`, which is a name by itself.
fn advertised(word: &str) -> Option<Site> {
    let names = &DIRECTORY.names;
    let site = names.get(word.strip_suffix("ads")?);
    site.filter(|_| !names.contains_key(word)).copied()
}

/// The words of a tag: runs of letters and digits.
pub fn words(tag: &str) -> impl Iterator<Item = &str> {
    tag.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
}

fn by_first_label(host: &str, labels: &[&str], kind: SiteKind, name: &'static str) -> Option<Site> {
    let (first, rest) = host.split_once('.')?;
    (rest.contains('.') && labels.contains(&first)).then_some(Site { kind, name })
}

#[derive(Default)]
struct Directory {
    names: HashMap<&'static str, Site>,
    hosts: HashMap<&'static str, Site>,
    exact_hosts: HashMap<&'static str, Site>,
    /// Hosts without their country's ending: `amazon` for `amazon.de` and `amazon.co.uk`.
    brands: HashMap<&'static str, Site>,
    exact_brands: HashMap<&'static str, Site>,
    apps: HashMap<&'static str, Site>,
}

impl Directory {
    fn load() -> Self {
        let mut directory = Self::default();
        for (kind, list) in LISTS {
            for line in list.lines().filter(|line| !line.starts_with('#')) {
                let mut entries = line.split_whitespace();
                let Some(name) = entries.next() else { continue };
                let site = Site { kind, name };
                directory.names.insert(name, site);
                for entry in entries {
                    directory.add(entry, site);
                }
            }
        }
        directory
    }

    /// `name`, `host`, `=host` without its subdomains, `brand.*` in any country, `app:package`.
    fn add(&mut self, entry: &'static str, site: Site) {
        if let Some(package) = entry.strip_prefix("app:") {
            self.apps.insert(package, site);
        } else if !entry.contains('.') {
            self.names.insert(entry, site);
        } else {
            let (exact, host) = entry
                .strip_prefix('=')
                .map_or((false, entry), |host| (true, host));
            let (table, key) = match (exact, host.strip_suffix(".*")) {
                (false, None) => (&mut self.hosts, host),
                (true, None) => (&mut self.exact_hosts, host),
                (false, Some(brand)) => (&mut self.brands, brand),
                (true, Some(brand)) => (&mut self.exact_brands, brand),
            };
            table.insert(key, site);
        }
    }

    fn exact(&self, host: &str) -> Option<Site> {
        let host = host
            .strip_prefix("www.")
            .or_else(|| host.strip_prefix("m."))
            .unwrap_or(host);
        let brand = || self.exact_brands.get(without_country(host)?);
        self.exact_hosts.get(host).or_else(brand).copied()
    }

    fn suffix(&self, host: &str) -> Option<Site> {
        let brand = || suffixes(without_country(host)?).find_map(|suffix| self.brands.get(suffix));
        suffixes(host)
            .find_map(|suffix| self.hosts.get(suffix))
            .or_else(brand)
            .copied()
    }
}

/// The host and what is left of it label by label: `a.b.c`, `b.c`, `c`.
fn suffixes(host: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(host), |rest| rest.split_once('.').map(|(_, rest)| rest))
}

/// `google` for `google.com`, `google.de`, `google.co.uk` and `google.com.br`, and for nothing else.
fn without_country(host: &str) -> Option<&str> {
    let (rest, top) = host.rsplit_once('.')?;
    if top == "com" {
        return Some(rest);
    }
    if top.len() != 2 {
        return None;
    }
    let shared = [".com", ".co", ".org", ".net", ".ne"];
    let under = shared.iter().find_map(|second| rest.strip_suffix(second));
    Some(under.unwrap_or(rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind_of(host: &str) -> Option<SiteKind> {
        by_host(host).map(|site| site.kind)
    }

    #[test]
    fn a_host_is_known_by_its_end_and_never_by_its_beginning() {
        for (host, kind) in [
            ("l.instagram.com", Some(SiteKind::Social)),
            ("www.google.co.uk", Some(SiteKind::Search)),
            ("google.de", Some(SiteKind::Search)),
            ("gemini.google.com", Some(SiteKind::Assistant)),
            ("docs.google.com", None),
            ("mail.google.com", Some(SiteKind::Mail)),
            ("de.search.yahoo.com", Some(SiteKind::Search)),
            ("www.amazon.co.jp", Some(SiteKind::Shopping)),
            ("google.com.evil.example", None),
            ("notinstagram.com", None),
            ("instagram.com.evil.example", None),
            ("webmail.some-hoster.example", Some(SiteKind::Mail)),
            ("suche.some-portal.example", Some(SiteKind::Search)),
            ("mail.example", None),
        ] {
            assert_eq!(kind_of(host), kind, "{host}");
        }
    }

    #[test]
    fn an_app_is_known_by_its_maker() {
        let name = |package| by_app(package).map(|site| site.name);
        assert_eq!(name("com.instagram.android"), Some("instagram"));
        assert_eq!(name("com.google.android.gm"), Some("gmail"));
        assert_eq!(name("com.google.android.apps.docs"), None);
        assert_eq!(name("org.telegram.messenger"), Some("telegram"));
    }

    #[test]
    fn a_source_is_known_by_a_word_of_it() {
        let name = |source| by_source(source).map(|site| site.name);
        assert_eq!(name("ig_bio"), Some("instagram"));
        assert_eq!(name("facebook-ads"), Some("facebook"));
        assert_eq!(name("linkedinads"), Some("linkedin"));
        assert_eq!(name("spring newsletter"), Some("newsletter"));
        assert_eq!(name("threads"), Some("threads"));
        assert!(
            is_advertisement("linkedinads") && is_advertisement("google_ads") && !is_advertisement("threads")
        );
        assert_eq!(name("x-mas"), None);
        assert_eq!(name("partner.example"), None);
    }

    #[test]
    fn no_name_and_no_host_stands_in_two_lists() {
        let mut seen = HashMap::new();
        for (kind, list) in LISTS {
            for line in list.lines().filter(|line| !line.starts_with('#')) {
                for entry in line.split_whitespace() {
                    let before = seen.insert(entry, (kind, line));
                    assert_eq!(before, None, "{entry} is listed twice");
                }
            }
        }
    }
}
