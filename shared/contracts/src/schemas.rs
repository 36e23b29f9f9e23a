//! JSON Schemas of every event, generated from the Rust types.

use schemars::{JsonSchema, Schema, schema_for};

use crate::{Payload, Source, enquiry, notification, offer, signup};

/// One type of event with JSON data.
#[derive(Debug, Clone)]
pub struct EventType {
    /// `leadstream.<service>.<fact>.v<N>`.
    pub name: &'static str,
    pub source: Source,
    pub topic: &'static str,
    /// Of its data (JSON Schema 2020-12).
    pub schema: Schema,
}

/// Every type of event with JSON data.
#[must_use]
pub fn all() -> Vec<EventType> {
    vec![
        event_type::<signup::SignupAccepted>(),
        event_type::<signup::LinksRequested>(),
        event_type::<signup::MyDataRequested>(),
        event_type::<signup::Unsubscribed>(),
        event_type::<signup::UpdatesConfirmed>(),
        event_type::<signup::PersonErased>(),
        event_type::<enquiry::EnquiryAccepted>(),
        event_type::<enquiry::ErasureConfirmed>(),
        event_type::<notification::StateChanged>(),
        event_type::<notification::OfferStored>(),
        event_type::<notification::ErasureConfirmed>(),
        event_type::<offer::OfferPublished>(),
    ]
}

fn event_type<P: Payload + JsonSchema>() -> EventType {
    EventType {
        name: P::TYPE,
        source: P::SOURCE,
        topic: P::TOPIC,
        schema: schema_for!(P),
    }
}
