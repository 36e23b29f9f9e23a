use crate::SettingsError;
use url::Url;

/// An address that is put into links and mails: http or https, a host, no user, query or fragment. A path is allowed
/// (a service behind a prefix) and always ends with a slash, so that [`Url::join`] keeps it.
///
/// # Errors
/// Anything else, with the setting's name.
pub fn public_url(name: &str, raw: &str) -> Result<Url, SettingsError> {
    let wrong = |problem: &str| SettingsError::new(name, problem);
    let mut url = Url::parse(raw.trim()).map_err(|error| {
        SettingsError::new(
            name,
            format_args!("is no URL such as https://example.org ({error})"),
        )
    })?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(wrong("must start with https:// or http://"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("must not hold a user name or password"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(wrong("must not hold a query or a fragment"));
    }
    if !url.path().ends_with('/') {
        url.set_path(&format!("{}/", url.path()));
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_url_keeps_its_path_when_joined() {
        let url = public_url("PUBLIC_URL", "https://example.org/leads").expect("a URL");
        assert_eq!(
            url.join("d/token").expect("joined").as_str(),
            "https://example.org/leads/d/token"
        );
        assert_eq!(
            public_url("PUBLIC_URL", "http://127.0.0.1:8080")
                .expect("a URL")
                .as_str(),
            "http://127.0.0.1:8080/"
        );
    }

    #[test]
    fn a_public_url_that_cannot_start_a_link_is_refused_by_name() {
        for raw in [
            "",
            "example.org",
            "ftp://example.org",
            "https://u:p@example.org",
            "https://a.org/?q",
            "https://a.org/#f",
        ] {
            let error = public_url("PUBLIC_URL", raw).expect_err(raw);
            assert!(error.to_string().starts_with("PUBLIC_URL "), "{error}");
        }
    }
}
