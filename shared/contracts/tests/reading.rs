//! Events that came in: what they hold, and whatever else may lie on a topic.

use contracts::signup::PersonErased;
use contracts::{Event, EventError, EventHeaders, Payload, PersonId, Source};
use proptest::prelude::*;
use time::OffsetDateTime;
use uuid::Uuid;

fn erased() -> PersonErased {
    PersonErased {
        person_id: PersonId(Uuid::nil()),
        erased_at: OffsetDateTime::UNIX_EPOCH,
    }
}

/// As a consumer gets it.
fn received(event: &Event) -> (EventHeaders, Option<Vec<u8>>) {
    let headers: Vec<(String, Vec<u8>)> = event
        .headers()
        .into_iter()
        .map(|(name, value)| (name, value.into_bytes()))
        .collect();
    let headers = EventHeaders::parse(&headers).expect("our own headers");
    (headers, event.payload.clone())
}

fn read(event: &Event) -> Result<Option<PersonErased>, EventError> {
    let (headers, data) = received(event);
    headers.data(data.as_deref())
}

#[test]
fn data_is_read_only_from_its_own_type_version_and_service() {
    let event = Event::new("key", OffsetDateTime::UNIX_EPOCH, &erased());
    let of_type = |name: &str| Event {
        event_type: name.to_owned(),
        ..event.clone()
    };
    assert_eq!(read(&event), Ok(Some(erased())));
    assert_eq!(read(&of_type("leadstream.signup.sang.v1")), Ok(None));
    let newer = of_type("leadstream.signup.person_erased.v2");
    assert_eq!(read(&newer), Err(EventError::NewerVersion(PersonErased::TYPE)));
    let foreign = Event {
        source: Source::Enquiry,
        ..event.clone()
    };
    assert_eq!(read(&foreign), Err(EventError::Foreign(PersonErased::TYPE)));
    for data in [None, Some(b"poison".to_vec())] {
        let poison = Event {
            payload: data,
            ..event.clone()
        };
        assert_eq!(read(&poison), Err(EventError::Data(PersonErased::TYPE)));
    }
}

proptest! {
    #[test]
    fn no_headers_and_no_data_bring_a_reader_down(
        headers in proptest::collection::vec(("(ce_[a-z]{2,11}|traceparent|.{0,12})", any::<Vec<u8>>()), 0..8),
        data in any::<Option<Vec<u8>>>(),
    ) {
        let _an_error_at_most = EventHeaders::parse(&headers);
        let (known, _) = received(&Event::new("key", OffsetDateTime::UNIX_EPOCH, &erased()));
        prop_assert!(known.data::<PersonErased>(data.as_deref()).is_err());
    }
}
