use actix_web::http::header::{ACCEPT, HeaderMap};

/// True when the client names HTML and likes it better than JSON: a browser that shows a page, not a script.
pub(crate) fn prefers_html(headers: &HeaderMap) -> bool {
    let (mut html, mut json) = (0, 0);
    for range in headers
        .get_all(ACCEPT)
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(','))
    {
        let (name, quality) = parse(range);
        match name.as_str() {
            "text/html" | "application/xhtml+xml" => html = html.max(quality),
            "application/json" | "application/problem+json" => json = json.max(quality),
            _ => {}
        }
    }
    html > json
}

/// Name of a media range and its quality in thousandths.
fn parse(range: &str) -> (String, u32) {
    let mut parts = range.split(';').map(str::trim);
    let name = parts.next().unwrap_or_default().to_ascii_lowercase();
    let quality = parts
        .find_map(|part| part.strip_prefix("q=")?.parse::<f32>().ok())
        .unwrap_or(1.0);
    // Between 0 and 1000 after the clamp; NaN becomes 0.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
    (name, (quality.clamp(0.0, 1.0) * 1000.0) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::HeaderValue;

    fn html_for(accept: &'static str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static(accept));
        prefers_html(&headers)
    }

    #[test]
    fn browsers_get_pages_and_everybody_else_json() {
        assert!(html_for(
            "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
        ));
        assert!(html_for("application/json;q=0.5, text/html"));
        for accept in [
            "*/*",
            "",
            "application/json",
            "text/html;q=0.5, application/json",
            "text/html;q=0",
            "image/*",
        ] {
            assert!(!html_for(accept), "{accept}");
        }
        assert!(!prefers_html(&HeaderMap::new()));
    }
}
