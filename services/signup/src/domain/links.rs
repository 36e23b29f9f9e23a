//! The addresses of links that go into mails. Made by the service that serves them.

use contracts::PersonId;
use contracts::signup::MailLinks;
use time::OffsetDateTime;
use url::Url;
use uuid::Uuid;

use crate::domain::link_token::{Link, LinkError, LinkKeys, SignedLink};

/// Makes and checks links under `PUBLIC_URL`.
#[derive(Debug, Clone)]
pub struct Links {
    /// Ends with a slash.
    base: String,
    keys: LinkKeys,
}

impl Links {
    /// Links below this address.
    #[must_use]
    pub fn new(public_url: &Url, keys: LinkKeys) -> Self {
        let base = format!("{}/", public_url.as_str().trim_end_matches('/'));
        Self { base, keys }
    }

    /// The link to the file of a signup's offer.
    #[must_use]
    pub fn download(&self, signup: Uuid, now: OffsetDateTime) -> String {
        self.url("d", Link::Download(signup), now)
    }

    /// The link that confirms the consent to updates which a signup gave.
    #[must_use]
    pub fn confirm(&self, signup: Uuid, now: OffsetDateTime) -> String {
        self.url("confirm", Link::Confirm(signup), now)
    }

    /// The link to a person's own data.
    #[must_use]
    pub fn my_data(&self, person: PersonId, now: OffsetDateTime) -> String {
        self.url("me", Link::MyData(person), now)
    }

    /// What every mail to a lead carries.
    #[must_use]
    pub fn for_mail(&self, person: PersonId, now: OffsetDateTime) -> MailLinks {
        MailLinks {
            unsubscribe: self.url("u", Link::Unsubscribe(person), now),
            my_data: format!("{}me", self.base),
        }
    }

    /// Checks the signature of a token that came in a path.
    ///
    /// # Errors
    /// [`LinkError`], one for all.
    pub fn verify(&self, token: &str) -> Result<SignedLink, LinkError> {
        self.keys.verify(token)
    }

    fn url(&self, path: &str, link: Link, now: OffsetDateTime) -> String {
        format!("{}{path}/{}", self.base, self.keys.sign(link, now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::link_token::tests::keys;

    #[test]
    fn links_stay_below_the_path_of_the_public_address() {
        let url = Url::parse("https://example.org/leads").expect("a URL");
        let links = Links::new(&url, keys());
        let now = OffsetDateTime::UNIX_EPOCH;
        let download = links.download(Uuid::nil(), now);
        let token = download
            .strip_prefix("https://example.org/leads/d/")
            .expect("below the path");
        assert_eq!(
            links.verify(token).and_then(|signed| signed.at(now)),
            Ok(Link::Download(Uuid::nil()))
        );
        assert_eq!(
            links.for_mail(PersonId(Uuid::nil()), now).my_data,
            "https://example.org/leads/me"
        );
    }
}
