//! Events that came in: what they hold, and whatever else may lie on a topic.

use contracts::enquiry::{self, EnquiryAccepted};
use contracts::notification::{self, OfferStored, StateChanged};
use contracts::offer::{ChunkKey, OfferPublished};
use contracts::signup::{
    LinksRequested, MyDataRequested, PersonErased, SignupAccepted, Unsubscribed, UpdatesConfirmed,
};
use contracts::{Event, EventError, EventHeaders, Payload, PersonId, Source};
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::Value;
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

type Reads = fn(&[u8]) -> Result<(), TestCaseError>;

/// Good data of every type, each with what reads it.
const READERS: [(&str, Reads); 12] = [
    (
        include_str!("golden/signup.accepted.v1.json"),
        reads_back::<SignupAccepted>,
    ),
    (
        include_str!("golden/signup.links_requested.v1.json"),
        reads_back::<LinksRequested>,
    ),
    (
        include_str!("golden/signup.my_data_requested.v1.json"),
        reads_back::<MyDataRequested>,
    ),
    (
        include_str!("golden/signup.unsubscribed.v1.json"),
        reads_back::<Unsubscribed>,
    ),
    (
        include_str!("golden/signup.updates_confirmed.v1.json"),
        reads_back::<UpdatesConfirmed>,
    ),
    (
        include_str!("golden/signup.person_erased.v1.json"),
        reads_back::<PersonErased>,
    ),
    (
        include_str!("golden/signup.offer_published.v1.json"),
        reads_back::<OfferPublished>,
    ),
    (
        include_str!("golden/enquiry.accepted.v1.json"),
        reads_back::<EnquiryAccepted>,
    ),
    (
        include_str!("golden/enquiry.erasure_confirmed.v1.json"),
        reads_back::<enquiry::ErasureConfirmed>,
    ),
    (
        include_str!("golden/notification.state_changed.v1.feedback.json"),
        reads_back::<StateChanged>,
    ),
    (
        include_str!("golden/notification.offer_stored.v1.json"),
        reads_back::<OfferStored>,
    ),
    (
        include_str!("golden/notification.erasure_confirmed.v1.json"),
        reads_back::<notification::ErasureConfirmed>,
    ),
];

/// Data is read or refused; what was read is written so that it reads the same, in whatever service comes next.
fn reads_back<P: Payload>(data: &[u8]) -> Result<(), TestCaseError> {
    let Ok(read) = serde_json::from_slice::<P>(data) else {
        return Ok(());
    };
    let written = serde_json::to_value(&read).map_err(|error| TestCaseError::fail(error.to_string()))?;
    let again: P = serde_json::from_value(written.clone()).map_err(|error| {
        TestCaseError::fail(format!("{} does not read its own {written}: {error}", P::TYPE))
    })?;
    prop_assert_eq!(serde_json::to_value(&again).ok(), Some(written));
    Ok(())
}

/// Whatever JSON can be where something else should be.
fn other_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,20}|.{0,20}".prop_map(Value::from),
        prop::sample::select(&TEXTS[..]).prop_map(Value::from),
        Just(serde_json::json!([[], {}, null])),
        Just(serde_json::json!({"": {"a": []}})),
    ]
}

/// Texts that are almost what some field wants.
const TEXTS: [&str; 10] = [
    "",
    "a@b.example",
    "9999-12-31T23:59:59.999999999-23:59",
    "0000-01-01T00:00:00+23:59",
    "2026-02-30T00:00:00Z",
    "00000000-0000-0000-0000-000000000000",
    "a-slug",
    "everything",
    "\u{0}",
    "http://[::1",
];

/// Puts `other` at one of the places of `value`, or takes that place away.
fn damage(value: &mut Value, at: Index, other: Option<Value>) {
    let mut places = Vec::new();
    collect_places(value, &mut String::new(), &mut places);
    let place = &places[at.index(places.len())];
    match (other, place.rsplit_once('/')) {
        (Some(other), _) => *value.pointer_mut(place).expect("one of its places") = other,
        (None, Some((parent, name))) => {
            if let Some(Value::Object(fields)) = value.pointer_mut(parent) {
                fields.remove(name);
            }
        }
        (None, None) => *value = Value::Null,
    }
}

fn collect_places(value: &Value, pointer: &mut String, places: &mut Vec<String>) {
    places.push(pointer.clone());
    let below: Vec<(String, &Value)> = match value {
        Value::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), value)).collect(),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .map(|(n, value)| (n.to_string(), value))
            .collect(),
        _ => Vec::new(),
    };
    for (name, value) in below {
        let length = pointer.len();
        *pointer = format!("{pointer}/{name}");
        collect_places(value, pointer, places);
        pointer.truncate(length);
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

    #[test]
    fn data_of_every_type_that_was_damaged_is_refused_or_reads_back(
        kind in any::<Index>(),
        blows in proptest::collection::vec((any::<Index>(), proptest::option::of(other_value())), 1..4),
    ) {
        let (golden, reads) = READERS[kind.index(READERS.len())];
        let mut data: Value = serde_json::from_str(golden).expect("golden data is JSON");
        for (at, other) in blows {
            damage(&mut data, at, other);
        }
        reads(data.to_string().as_bytes())?;
    }

    #[test]
    fn data_of_every_type_that_was_cut_or_garbled_is_refused_or_reads_back(
        kind in any::<Index>(), at in any::<Index>(), byte in any::<u8>(), cut in any::<bool>(),
    ) {
        let (golden, reads) = READERS[kind.index(READERS.len())];
        let mut data = golden.as_bytes().to_vec();
        let at = at.index(data.len());
        if cut {
            data.truncate(at);
        } else {
            data[at] = byte;
        }
        reads(&data)?;
    }

    #[test]
    fn any_key_is_that_of_a_chunk_or_of_none(key in "file/[0-9a-f]{60,68}/[0-9]{1,12}|\\PC{0,80}") {
        if let Some(chunk) = ChunkKey::parse(&key) {
            prop_assert_eq!(ChunkKey::parse(&chunk.to_string()), Some(chunk));
        }
    }
}
