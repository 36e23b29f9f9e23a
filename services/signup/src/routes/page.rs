//! What all pages share: the layout, its style inside the page, and a policy that lets nothing else in.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_SECURITY_POLICY;
use askama::Template;
use data_encoding::BASE64;
use sha2::{Digest, Sha256};
use web::Problem;

use super::static_files;
use crate::state::Rules;

const STYLE: &str = include_str!("../../templates/page.css");
/// Most that is shown again of what was typed as an address.
const ECHO_MAX: usize = 320;

/// What every template reads.
#[derive(Debug, Clone)]
pub struct Shell {
    pub style: &'static str,
    /// Path that all of our pages are under; empty, or without a slash at its end.
    pub base: String,
    pub icon: String,
    /// Where visitors ask questions.
    pub contact: String,
}

/// Makes answers of templates.
#[derive(Debug)]
pub struct Pages {
    pub shell: Shell,
    /// Our own host, as visitors see it: coming from there is coming from nowhere.
    pub own_host: String,
    policy: String,
}

impl Pages {
    /// Pages below the public address.
    #[must_use]
    pub fn new(rules: &Rules) -> Self {
        let base = rules.public_url.path().trim_end_matches('/').to_owned();
        let style = BASE64.encode(&Sha256::digest(STYLE));
        Self {
            shell: Shell {
                style: STYLE,
                icon: format!("{base}/static/signup/{}", static_files::icon_name()),
                contact: rules.contact_url.to_string(),
                base,
            },
            own_host: rules.public_url.host_str().unwrap_or_default().to_owned(),
            policy: format!(
                "default-src 'none'; style-src 'sha256-{style}'; img-src 'self' data:; form-action 'self'; \
                 base-uri 'none'; frame-ancestors "
            ),
        }
    }

    /// A page that nobody may put into a frame.
    pub fn page(&self, status: StatusCode, page: &impl Template) -> Result<HttpResponse, Problem> {
        self.framed(status, page, &[])
    }

    /// A page that may stand in frames of these origins.
    pub fn framed(
        &self,
        status: StatusCode,
        page: &impl Template,
        origins: &[String],
    ) -> Result<HttpResponse, Problem> {
        let body = page.render().map_err(|_| Problem::internal())?;
        let ancestors = if origins.is_empty() {
            "'none'".to_owned()
        } else {
            origins.join(" ")
        };
        let mut response = web::html(status, body);
        let policy = format!("{}{ancestors}", self.policy);
        let policy = policy.parse().map_err(|_| Problem::internal())?;
        response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
        Ok(response)
    }
}

/// A path that the base lacks, or a campaign that does not exist.
#[derive(Template)]
#[template(path = "not_found.html")]
pub struct NotFound<'a> {
    pub shell: &'a Shell,
}

/// The field for an address: what was typed, and what is wrong with it.
#[derive(Debug, Default)]
pub struct EmailField {
    pub value: String,
    pub error: Option<String>,
}

impl EmailField {
    /// The field with what was typed into it.
    #[must_use]
    pub fn typed(value: &str, error: Option<String>) -> Self {
        let shown = &value[..value.floor_char_boundary(ECHO_MAX)];
        Self {
            value: shown.to_owned(),
            error,
        }
    }
}
