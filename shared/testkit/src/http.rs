use std::time::Duration;

/// A client that follows no redirect, so that a test sees each answer, and gives up after 10 s.
///
/// # Panics
/// When the client cannot be made.
pub fn http_client() -> reqwest::Client {
    let builder = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
    builder
        .timeout(Duration::from_secs(10))
        .build()
        .expect("an HTTP client")
}
