//! What makes two questions the same one.

use contracts::{Fingerprint, IdempotencyKey, KeyHash, PersonId};

use super::enquiry::Enquiry;

/// By which entrance a question came, and so what a key means that comes with other content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Endpoint {
    /// `POST /v1/enquiries`: the caller made a mistake, and is told.
    Api,
    /// `POST /contact`: somebody went back and wrote something else, so the content is part of the key.
    Form,
}

impl Endpoint {
    /// The word for it in metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Form => "form",
        }
    }

    /// What is kept of a key that came by this entrance.
    #[must_use]
    pub fn hash(self, key: &IdempotencyKey, person: PersonId, content: &Fingerprint) -> KeyHash {
        match self {
            Self::Api => key.hash("enquiries", person, None),
            Self::Form => key.hash("contact", person, Some(content)),
        }
    }
}

/// Of a question, in the form in which it is stored.
#[must_use]
pub fn fingerprint(key: &IdempotencyKey, enquiry: &Enquiry) -> Fingerprint {
    let touch = &enquiry.touch;
    let parts = [
        Some(enquiry.email.expose()),
        enquiry.name.as_ref().map(|name| name.expose()),
        Some(enquiry.topic.slug.as_str()),
        Some(enquiry.message.expose()),
        enquiry.campaign.as_ref().map(|campaign| campaign.as_str()),
        touch.source.as_deref(),
        touch.medium.as_deref(),
        touch.campaign.as_deref(),
        touch.term.as_deref(),
        touch.content.as_deref(),
    ];
    key.fingerprint(parts.map(|part| part.map(str::as_bytes)))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const ONE: Fingerprint = Fingerprint([1; 32]);
    const TWO: Fingerprint = Fingerprint([2; 32]);

    #[test]
    fn a_form_with_other_content_is_another_request_and_an_api_call_is_not() {
        let key = IdempotencyKey::parse("k").expect("valid");
        let hash = |endpoint: Endpoint, content| endpoint.hash(&key, PersonId(Uuid::nil()), content);
        assert_ne!(hash(Endpoint::Form, &ONE), hash(Endpoint::Form, &TWO));
        assert_eq!(hash(Endpoint::Api, &ONE), hash(Endpoint::Api, &TWO));
        assert_ne!(hash(Endpoint::Api, &ONE), hash(Endpoint::Form, &ONE));
    }
}
