//! The ids that advertisers and networks append to links, each in a query parameter of its own.

/// A parameter that carries a click id.
#[derive(Debug, PartialEq, Eq)]
pub struct ClickIdKind {
    /// Name of the query parameter, in lower case.
    pub param: &'static str,
    /// Whose links carry it. The first is where the visitor came from when nothing else tells.
    pub sites: &'static [&'static str],
    /// The medium it proves, if it proves one: some networks mark every link, others only advertisements.
    pub medium: Option<&'static str>,
}

const GOOGLE: &[&str] = &["google", "youtube", "gmail", "google-syndicated"];
const MICROSOFT: &[&str] = &["bing", "microsoft", "yahoo", "duckduckgo", "ecosia", "bing-ads"];
const META: &[&str] = &["facebook", "instagram", "threads", "meta"];

/// Every kind that is read, in the order of how much each says.
pub static KINDS: [ClickIdKind; 22] = [
    kind("gclid", GOOGLE, Some("cpc")),
    kind("gbraid", GOOGLE, Some("cpc")),
    kind("wbraid", GOOGLE, Some("cpc")),
    kind("dclid", GOOGLE, Some("display")),
    kind("msclkid", MICROSOFT, Some("cpc")),
    kind("yclid", &["yandex"], Some("cpc")),
    kind("li_fat_id", &["linkedin"], Some("cpc")),
    kind("ttclid", &["tiktok"], Some("cpc")),
    kind("twclid", &["x"], Some("cpc")),
    kind("rdt_cid", &["reddit"], Some("cpc")),
    kind("sccid", &["snapchat"], Some("cpc")),
    kind("epik", &["pinterest"], Some("cpc")),
    kind("qclid", &["quora"], Some("cpc")),
    kind("tblci", &["taboola"], Some("cpc")),
    kind("obclid", &["outbrain"], Some("cpc")),
    kind("mc_eid", &["newsletter"], Some("email")),
    kind("_kx", &["newsletter"], Some("email")),
    kind("_hsenc", &["newsletter"], Some("email")),
    kind("srsltid", &["google-shopping", "google"], None),
    kind("fbclid", META, None),
    kind("igshid", &["instagram"], None),
    kind("igsh", &["instagram"], None),
];

const fn kind(
    param: &'static str,
    sites: &'static [&'static str],
    medium: Option<&'static str>,
) -> ClickIdKind {
    ClickIdKind { param, sites, medium }
}

impl ClickIdKind {
    /// The kind that a query parameter carries, whatever its case.
    #[must_use]
    pub fn of(param: &str) -> Option<&'static Self> {
        KINDS.iter().find(|kind| kind.param.eq_ignore_ascii_case(param))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_parameter_is_listed_once_and_found_in_any_case() {
        for kind in &KINDS {
            assert_eq!(ClickIdKind::of(&kind.param.to_uppercase()), Some(kind));
        }
        assert_eq!(ClickIdKind::of("q"), None);
    }
}
