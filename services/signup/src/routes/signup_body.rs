//! The body of `POST /v1/signups`, and what it becomes.

use contracts::{EmailAddress, PersonName};
use serde::Deserialize;
use utoipa::ToSchema;
use web::{FieldError, Object};

use crate::domain::touch::{TouchParts, UTM_NAMES};

/// A request for an offer.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SignupBody {
    /// Where the offer is mailed to
    #[schema(format = "email", max_length = 254, example = "anna@example.org")]
    pub email: String,
    /// What the person wants to be called; mails never name it
    #[schema(max_length = 64, example = "Anna")]
    pub name: Option<String>,
    /// Slug of the campaign, such as `instagram`
    #[schema(pattern = "^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$", example = "instagram")]
    pub campaign: String,
    #[schema(value_type = ConsentBody)]
    pub consent: Object<ConsentBody>,
    #[schema(value_type = Option<TouchBody>)]
    pub touch: Option<Object<TouchBody>>,
}

/// What the person agreed to besides getting the offer.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ConsentBody {
    /// Whether the box for updates was ticked. It must start unticked; the consent is pending until the link in the
    /// mail confirms it.
    pub updates: bool,
}

/// Where the person came from. Whatever is in it is cleaned and cut, never refused.
#[derive(Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct TouchBody {
    pub utm_source: Option<String>,
    pub utm_medium: Option<String>,
    pub utm_campaign: Option<String>,
    pub utm_term: Option<String>,
    pub utm_content: Option<String>,
    /// Name of the parameter that carried a click id
    #[schema(example = "gclid")]
    pub click_id_kind: Option<String>,
    /// The click id itself
    pub click_id: Option<String>,
    /// `document.referrer` of the arrival; only its host is kept
    #[schema(example = "https://l.instagram.com/")]
    pub referrer: Option<String>,
    /// Address of the page; its query is dropped
    pub landing_page: Option<String>,
}

/// What a body holds, checked.
pub(super) struct Asked {
    pub email: EmailAddress,
    pub name: Option<PersonName>,
    pub updates: bool,
    pub touch: TouchParts,
}

/// Checks every field, so that all that is wrong is told at once.
pub(super) fn check(
    body: SignupBody,
    campaign_exists: bool,
    own_host: &str,
) -> Result<Asked, Vec<FieldError>> {
    let mut errors = Vec::new();
    let email = field(&mut errors, "/email", EmailAddress::parse(&body.email));
    let name = field(&mut errors, "/name", PersonName::optional(body.name.as_deref()));
    if !campaign_exists {
        errors.push(unknown_campaign());
    }
    match (email, name) {
        (Some(email), Some(name)) if errors.is_empty() => Ok(Asked {
            email,
            name,
            updates: body.consent.0.updates,
            touch: body.touch.unwrap_or_default().0.parts(own_host),
        }),
        _ => Err(errors),
    }
}

/// The error of a campaign that does not exist.
pub(super) fn unknown_campaign() -> FieldError {
    FieldError::new("/campaign", "is not the slug of a campaign")
}

fn field<T, E: std::fmt::Display>(
    errors: &mut Vec<FieldError>,
    pointer: &'static str,
    parsed: Result<T, E>,
) -> Option<T> {
    parsed
        .map_err(|error| errors.push(FieldError::new(pointer, error.to_string())))
        .ok()
}

impl TouchBody {
    fn parts(&self, own_host: &str) -> TouchParts {
        let tags = [
            &self.utm_source,
            &self.utm_medium,
            &self.utm_campaign,
            &self.utm_term,
            &self.utm_content,
        ];
        let tags = UTM_NAMES.into_iter().zip(tags);
        let tags = tags.filter_map(|(name, tag)| Some((name, tag.as_deref()?)));
        let click_id = self.click_id_kind.as_deref().zip(self.click_id.as_deref());
        TouchParts::default()
            .with_pairs(tags.chain(click_id))
            .with_referrer(self.referrer.as_deref(), own_host)
            .with_landing_page(self.landing_page.as_deref())
    }
}
