//! Request metrics.

use crate::site::Site;

fn series(site: &Site) -> usize {
    telemetry::render(std::slice::from_ref(&site.registry))
        .lines()
        .filter(|line| !line.starts_with('#'))
        .count()
}

/// The one series of this name that has all these labels.
fn value(site: &Site, name: &str, labels: &[(&str, &str)]) -> String {
    let text = telemetry::render(std::slice::from_ref(&site.registry));
    let wanted: Vec<String> = labels
        .iter()
        .map(|(label, value)| format!("{label}=\"{value}\""))
        .collect();
    let has_all = |line: &&str| wanted.iter().all(|label| line.contains(label));
    let line = text
        .lines()
        .filter(|line| line.starts_with(&format!("{name}{{")))
        .find(has_all);
    let line = line.unwrap_or_else(|| panic!("no {name} with {labels:?}"));
    line.rsplit(' ').next().expect("a value").to_owned()
}

#[tokio::test]
async fn requests_are_counted_by_route_template_method_and_class() {
    let site = Site::start();
    site.get("/c/instagram").await;
    site.get("/c/linkedin?utm_source=x").await;
    reqwest::Client::new()
        .head(site.url("/c/youtube"))
        .send()
        .await
        .expect("an answer");
    site.post("/v1/signups", "application/json", "{}").await;
    let of = |method, route, class| {
        let labels = [
            ("method", method),
            ("route", route),
            ("status_class", class),
            ("service", "shop"),
        ];
        value(&site, "leadstream_http_requests_total", &labels)
    };
    assert_eq!(of("GET", "/c/{campaign}", "2xx"), "3");
    assert_eq!(of("POST", "/v1/signups", "4xx"), "1");
    assert_eq!(
        of("POST", "/v1/signups", "5xx"),
        "0",
        "every series is there from the start"
    );
    let labels = [("method", "GET"), ("route", "/c/{campaign}")];
    assert_eq!(
        value(&site, "leadstream_http_request_duration_seconds_count", &labels),
        "3"
    );
}

#[tokio::test]
async fn scanning_ten_thousand_random_paths_adds_no_series() {
    let site = Site::start();
    site.get("/c/instagram").await;
    let before = series(&site);
    let client = reqwest::Client::new();
    for number in 0..10_000_u32 {
        let hash = number.wrapping_mul(2_654_435_761);
        let path = match number % 4 {
            0 => format!("/{hash:x}.php?x={number}"),
            1 => format!("/c/{hash:x}"),
            2 => format!("/v1/signups/{hash:x}/%2e%2e"),
            _ => format!("/wp-admin/{hash:x}/{number}"),
        };
        let method = ["GET", "POST", "PROPFIND", "X-ANY"][number as usize / 4 % 4];
        let method: reqwest::Method = method.parse().expect("a method");
        client
            .request(method, site.url(&path))
            .send()
            .await
            .expect("an answer");
    }
    assert_eq!(series(&site), before);
    let unmatched = [("route", "unmatched"), ("status_class", "4xx")];
    let count = value(&site, "leadstream_http_requests_total", &unmatched);
    assert!(count.parse::<u32>().expect("a number") >= 7_500, "{count}");
}
