//! What the three services say to each other, and the types that personal data travels in.
//!
//! Services never import each other: they meet in this crate. Everything here that goes over Kafka is also
//! described by a JSON Schema generated from these types (`schemas`), and old events must keep parsing.

pub mod asyncapi;
pub mod email_address;
pub mod enquiry;
pub mod envelope;
pub mod idempotency;
pub mod instant;
pub mod notification;
pub mod offer;
pub mod person;
pub mod schemas;
pub mod signup;
pub mod slug;
pub mod text;
pub mod topics;

pub use email_address::{EmailAddress, EmailError};
pub use envelope::{Event, EventError, EventHeaders, HeaderError, Payload, Source};
pub use idempotency::{Fingerprint, IdempotencyKey, KeyHash};
pub use person::{BudgetKey, PersonId, SubjectKey, SubjectKeyError};
pub use schemas::EventType;
pub use slug::{Slug, SlugError};
pub use text::{MessageText, PersonName, TextError};

/// The documents that integrators read, as paths below `docs/events` and their text: an AsyncAPI document a service,
/// and the JSON Schemas that they refer to.
#[must_use]
pub fn documents() -> Vec<(String, String)> {
    let pretty = |value: &serde_json::Value| format!("{value:#}\n");
    let services = [Source::Signup, Source::Enquiry, Source::Notification];
    let asyncapi = services.map(|source| {
        (
            format!("{}.asyncapi.json", source.service()),
            pretty(&asyncapi::document(source)),
        )
    });
    let schemas = schemas::all().into_iter().map(|event| {
        (
            format!("schemas/{}.json", event.name),
            pretty(&event.schema.to_value()),
        )
    });
    asyncapi.into_iter().chain(schemas).collect()
}
