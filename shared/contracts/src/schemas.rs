//! JSON Schemas of every event, generated from the Rust types.

use schemars::{JsonSchema, Schema, schema_for};

use crate::{Payload, enquiry, notification, offer, signup};

/// Every type of event with JSON data, and the schema of its data (JSON Schema 2020-12).
#[must_use]
pub fn all() -> Vec<(&'static str, Schema)> {
    vec![
        schema::<signup::SignupAccepted>(),
        schema::<signup::LinksRequested>(),
        schema::<signup::MyDataRequested>(),
        schema::<signup::Unsubscribed>(),
        schema::<signup::UpdatesConfirmed>(),
        schema::<signup::PersonErased>(),
        schema::<enquiry::EnquiryAccepted>(),
        schema::<enquiry::ErasureConfirmed>(),
        schema::<notification::StateChanged>(),
        schema::<notification::OfferStored>(),
        schema::<notification::ErasureConfirmed>(),
        schema::<offer::OfferPublished>(),
    ]
}

fn schema<P: Payload + JsonSchema>() -> (&'static str, Schema) {
    (P::TYPE, schema_for!(P))
}
