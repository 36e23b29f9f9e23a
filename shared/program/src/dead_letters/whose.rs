//! Whom a letter is about: people who were erased are not published again.

use contracts::{EventHeaders, Payload, PersonId, enquiry, notification, signup, topics};
use kafka::Received;
use serde::Deserialize;
use uuid::Uuid;

/// Whom a letter is about, as far as can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whose {
    /// Nobody: an offer, the state of a mail, an erasure itself.
    Nobodys,
    Of(PersonId),
    /// It may hold anybody's data, and does not say whose.
    Unknown,
}

/// What the data of every event about a person has, whatever else cannot be read.
#[derive(Deserialize)]
struct AnyEvent {
    person_id: PersonId,
}

/// By the data, else by the key: that of `signup.events` is the person id, a UUIDv8 as no other key.
pub(super) fn whose(record: &Received, headers: Option<&EventHeaders>) -> Whose {
    let tells_of_people = [topics::SIGNUP_EVENTS, topics::ENQUIRY_EVENTS].contains(&record.topic.as_str());
    if !tells_of_people || headers.is_some_and(tells_of_an_erasure) {
        return Whose::Nobodys;
    }
    let data = record.payload.as_deref().unwrap_or_default();
    let by_data = serde_json::from_slice::<AnyEvent>(data).ok();
    let by_key = || {
        let id = Uuid::try_parse_ascii(record.key.as_deref()?).ok()?;
        (id.get_version_num() == 8).then_some(PersonId(id))
    };
    let person = by_data.map(|event| event.person_id).or_else(by_key);
    person.map_or(Whose::Unknown, Whose::Of)
}

/// Such an event names nobody but by the id that outlives an erasure, and must not be kept from whoever is to erase.
fn tells_of_an_erasure(headers: &EventHeaders) -> bool {
    fn is<P: Payload>(headers: &EventHeaders) -> bool {
        headers.is::<P>() || headers.is_newer_version_of::<P>()
    }
    is::<signup::PersonErased>(headers)
        || is::<enquiry::ErasureConfirmed>(headers)
        || is::<notification::ErasureConfirmed>(headers)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(topic: &str, key: &str, payload: &str) -> Received {
        Received {
            topic: topic.to_owned(),
            partition: 0,
            offset: 0,
            timestamp: None,
            key: Some(key.as_bytes().to_vec()),
            headers: Vec::new(),
            payload: Some(payload.as_bytes().to_vec()),
        }
    }

    #[test]
    fn a_letter_is_whose_its_data_or_its_key_says() {
        let person = Uuid::new_v8([7; 16]);
        let data = format!("{{\"person_id\": \"{person}\", \"more\": 1}}");
        let of = |topic, key: &str, data: &str| whose(&record(topic, key, data), None);
        assert_eq!(of("enquiry.events", "q", &data), Whose::Of(PersonId(person)));
        assert_eq!(
            of("signup.events", &person.to_string(), "poison"),
            Whose::Of(PersonId(person))
        );
        let enquiry = Uuid::now_v7().to_string();
        assert_eq!(of("enquiry.events", &enquiry, "poison"), Whose::Unknown);
        assert_eq!(of("offer.versions", "offer/a/1", "poison"), Whose::Nobodys);
    }

    #[test]
    fn an_erasure_is_nobodys() {
        let headers = EventHeaders {
            id: Uuid::nil(),
            source: contracts::Source::Signup,
            event_type: signup::PersonErased::TYPE.replace(".v1", ".v2"),
            time: time::OffsetDateTime::UNIX_EPOCH,
            traceparent: None,
        };
        let key = Uuid::new_v8([7; 16]).to_string();
        let record = record("signup.events", &key, "{}");
        assert_eq!(whose(&record, Some(&headers)), Whose::Nobodys);
    }
}
