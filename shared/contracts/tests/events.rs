//! Old events must keep parsing, and the schemas change only on purpose.

use std::path::Path;

use contracts::enquiry::{self, EnquiryAccepted};
use contracts::notification::{self, OfferStored, StateChanged};
use contracts::offer::{ChunkKey, OfferPublished};
use contracts::signup::{
    LinksRequested, MyDataRequested, PersonErased, SignupAccepted, Unsubscribed, UpdatesConfirmed,
};
use contracts::{Event, EventHeaders, HeaderError, Payload, Source, topics};
use time::macros::datetime;

/// Parses the golden data of a type and writes it again: nothing may be lost on the way.
fn assert_still_reads<P: Payload>(golden: &str) {
    let value: serde_json::Value = serde_json::from_str(golden).expect("golden data is JSON");
    let data: P =
        serde_json::from_str(golden).unwrap_or_else(|e| panic!("{} no longer parses: {e}", P::TYPE));
    assert_eq!(
        serde_json::to_value(&data).expect("plain data"),
        value,
        "{}",
        P::TYPE
    );
}

#[test]
fn events_of_every_type_that_was_ever_written_still_parse() {
    assert_still_reads::<SignupAccepted>(include_str!("golden/signup.accepted.v1.json"));
    assert_still_reads::<LinksRequested>(include_str!("golden/signup.links_requested.v1.json"));
    assert_still_reads::<MyDataRequested>(include_str!("golden/signup.my_data_requested.v1.json"));
    assert_still_reads::<Unsubscribed>(include_str!("golden/signup.unsubscribed.v1.json"));
    assert_still_reads::<UpdatesConfirmed>(include_str!("golden/signup.updates_confirmed.v1.json"));
    assert_still_reads::<PersonErased>(include_str!("golden/signup.person_erased.v1.json"));
    assert_still_reads::<EnquiryAccepted>(include_str!("golden/enquiry.accepted.v1.json"));
    assert_still_reads::<enquiry::ErasureConfirmed>(include_str!("golden/enquiry.erasure_confirmed.v1.json"));
    assert_still_reads::<StateChanged>(include_str!("golden/notification.state_changed.v1.json"));
    assert_still_reads::<StateChanged>(include_str!("golden/notification.state_changed.v1.feedback.json"));
    assert_still_reads::<OfferStored>(include_str!("golden/notification.offer_stored.v1.json"));
    assert_still_reads::<notification::ErasureConfirmed>(include_str!(
        "golden/notification.erasure_confirmed.v1.json"
    ));
    assert_still_reads::<OfferPublished>(include_str!("golden/signup.offer_published.v1.json"));
}

#[test]
fn a_field_that_is_not_known_yet_is_ignored() {
    let mut data: serde_json::Value =
        serde_json::from_str(include_str!("golden/signup.person_erased.v1.json"))
            .expect("golden data is JSON");
    data["added_later"] = "by a newer producer".into();
    assert!(serde_json::from_value::<PersonErased>(data).is_ok());
}

#[test]
fn the_documents_are_those_that_were_reviewed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/events");
    for (path, text) in contracts::documents() {
        let reviewed = std::fs::read_to_string(folder.join(&path)).unwrap_or_default();
        let write = "cargo run -p contracts --example write_documents";
        assert!(
            reviewed == text,
            "docs/events/{path} differs: run {write}, and review what changed"
        );
    }
}

#[test]
fn every_type_has_golden_data() {
    for event in contracts::schemas::all() {
        let name = event.name.trim_start_matches("leadstream.");
        let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/{name}.json"));
        assert!(golden.exists(), "{} is missing", golden.display());
    }
}

#[test]
fn an_event_comes_back_from_its_headers() {
    let data: PersonErased =
        serde_json::from_str(include_str!("golden/signup.person_erased.v1.json")).expect("golden data");
    let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let event =
        Event::new(data.person_id, datetime!(2026-11-24 10:00 UTC), &data).traced(Some(trace.to_owned()));
    let raw: Vec<_> = event
        .headers()
        .into_iter()
        .map(|(name, value)| (name, value.into_bytes()))
        .collect();

    let headers = EventHeaders::parse(&raw).expect("our own headers");

    assert_eq!((headers.id, headers.source), (event.id, Source::Signup));
    assert_eq!(headers.time, datetime!(2026-11-24 10:00 UTC));
    assert_eq!(headers.traceparent.as_deref(), Some(trace));
    assert!(headers.is::<PersonErased>());
}

#[test]
fn a_header_that_is_missing_or_strange_is_named_and_never_quoted() {
    assert_eq!(
        EventHeaders::parse(&[]),
        Err(HeaderError::Missing("ce_specversion"))
    );
    let strange = [
        ("ce_specversion", "1.0"),
        ("ce_time", "2026-11-24T10:00:00Z"),
        ("ce_id", "anna@example.com"),
        ("ce_source", "leadstream/signup"),
    ];
    let raw: Vec<_> = strange
        .map(|(name, value)| (name.to_owned(), value.as_bytes().to_vec()))
        .into();
    assert_eq!(
        EventHeaders::parse(&raw).unwrap_err().to_string(),
        "header ce_id cannot be read"
    );
}

#[test]
fn a_newer_version_is_told_from_an_unknown_type() {
    let of = |event_type: &str| EventHeaders {
        id: uuid::Uuid::nil(),
        source: Source::Signup,
        event_type: event_type.to_owned(),
        time: datetime!(2026-11-24 10:00 UTC),
        traceparent: None,
    };
    assert!(of("leadstream.signup.accepted.v2").is_newer_version_of::<SignupAccepted>());
    assert!(!of("leadstream.signup.accepted.v1").is_newer_version_of::<SignupAccepted>());
    assert!(!of("leadstream.signup.refused.v2").is_newer_version_of::<SignupAccepted>());
}

#[test]
fn only_the_key_of_a_chunk_is_a_chunk() {
    let key = ChunkKey {
        sha256: "ab".repeat(32),
        index: 7,
    };
    assert_eq!(ChunkKey::parse(&key.to_string()), Some(key));
    for other in ["offer/a/1", "file/ab/1", "file/../1", ""] {
        assert_eq!(ChunkKey::parse(other), None, "{other}");
    }
}

#[test]
fn the_topics_are_the_documented_ones() {
    let names: Vec<_> = topics::all()
        .into_iter()
        .map(|topic| (topic.name, topic.partitions))
        .collect();
    let expected = [
        ("signup.events", 6),
        ("enquiry.events", 6),
        ("notification.events", 6),
        ("signup.dead-letters", 1),
        ("enquiry.dead-letters", 1),
        ("notification.dead-letters", 1),
        ("offer.versions", 1),
    ];
    assert_eq!(
        names,
        expected.map(|(name, partitions)| (name.to_owned(), partitions))
    );
}
