//! AsyncAPI 3.0 documents, one a service: what it sends and what it receives, by reference to the events' schemas.

use serde_json::{Map, Value, json};

use crate::topics::{self, Cleanup};
use crate::{EventType, Source, schemas};

/// Folder of the schemas, as the documents refer to it.
const SCHEMAS: &str = "schemas";

/// What a service receives: topic and types, as its consumers handle them.
fn received(source: Source) -> Vec<EventType> {
    let handled: &[&str] = match source {
        Source::Signup => &[
            "leadstream.notification.state_changed.v1",
            "leadstream.notification.offer_stored.v1",
            "leadstream.notification.erasure_confirmed.v1",
            "leadstream.enquiry.erasure_confirmed.v1",
        ],
        Source::Enquiry => &[
            "leadstream.notification.state_changed.v1",
            "leadstream.signup.person_erased.v1",
        ],
        Source::Notification => &[
            "leadstream.signup.accepted.v1",
            "leadstream.signup.links_requested.v1",
            "leadstream.signup.my_data_requested.v1",
            "leadstream.signup.unsubscribed.v1",
            "leadstream.signup.updates_confirmed.v1",
            "leadstream.signup.person_erased.v1",
            "leadstream.signup.offer_published.v1",
            "leadstream.enquiry.accepted.v1",
        ],
    };
    schemas::all()
        .into_iter()
        .filter(|event| handled.contains(&event.name))
        .collect()
}

/// The document of one service.
#[must_use]
pub fn document(source: Source) -> Value {
    let sent: Vec<_> = schemas::all()
        .into_iter()
        .filter(|event| event.source == source)
        .collect();
    let received = received(source);
    let service = source.service();
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": format!("Leadstream {service}"),
            "version": env!("CARGO_PKG_VERSION"),
            "description": "CloudEvents 1.0 in Kafka's binary mode: attributes are ce_ headers, the value is the data. \
                ce_source and ce_id together are unique: an event that comes again has the same.",
        },
        "defaultContentType": "application/json",
        "channels": channels(sent.iter().chain(&received)),
        "operations": operations(&sent, &received),
        "components": { "messages": messages(sent.iter().chain(&received)) },
    })
}

/// `leadstream.signup.person_erased.v1` as `signup_person_erased_v1`: a key that a JSON pointer needs not escape.
fn key(event: &EventType) -> String {
    event.name.trim_start_matches("leadstream.").replace('.', "_")
}

fn channels<'a>(events: impl Iterator<Item = &'a EventType>) -> Value {
    let mut channels = Map::new();
    for event in events {
        let channel = channels
            .entry(event.topic.replace('.', "_"))
            .or_insert_with(|| channel(event.topic));
        let name = key(event);
        channel["messages"][&name] = json!({ "$ref": format!("#/components/messages/{name}") });
    }
    Value::Object(channels)
}

fn channel(topic: &str) -> Value {
    let spec = topics::all()
        .into_iter()
        .find(|spec| spec.name == topic)
        .expect("events live on known topics");
    let policy = match spec.cleanup {
        Cleanup::Delete { retention } => {
            json!({ "cleanup.policy": ["delete"], "retention.ms": retention.as_secs() * 1_000 })
        }
        Cleanup::Compact => json!({ "cleanup.policy": ["compact"] }),
    };
    json!({
        "address": topic,
        "messages": {},
        "bindings": {
            "kafka": { "partitions": spec.partitions, "topicConfiguration": policy, "bindingVersion": "0.5.0" }
        },
    })
}

fn operations(sent: &[EventType], received: &[EventType]) -> Value {
    let mut operations = Map::new();
    for (action, events) in [("send", sent), ("receive", received)] {
        for event in events {
            let channel = event.topic.replace('.', "_");
            let name = key(event);
            let operation = json!({
                "action": action,
                "channel": { "$ref": format!("#/channels/{channel}") },
                "messages": [{ "$ref": format!("#/channels/{channel}/messages/{name}") }],
            });
            operations.insert(format!("{action}_{name}"), operation);
        }
    }
    Value::Object(operations)
}

fn messages<'a>(events: impl Iterator<Item = &'a EventType>) -> Value {
    events
        .map(|event| (key(event), message(event)))
        .collect::<Map<_, _>>()
        .into()
}

fn message(event: &EventType) -> Value {
    json!({
        "name": event.name,
        "contentType": "application/json",
        "headers": headers(event),
        "payload": { "$ref": format!("{SCHEMAS}/{}.json", event.name) },
        "bindings": {
            "kafka": {
                "key": { "type": "string", "description": "An id or a slug, never personal data" },
                "bindingVersion": "0.5.0",
            }
        },
    })
}

fn headers(event: &EventType) -> Value {
    json!({
        "type": "object",
        "required": ["ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time"],
        "properties": {
            "ce_specversion": { "const": "1.0" },
            "ce_id": { "type": "string", "format": "uuid" },
            "ce_source": { "const": event.source.uri() },
            "ce_type": { "const": event.name },
            "ce_time": { "type": "string", "format": "date-time" },
            "traceparent": { "type": "string", "description": "W3C Trace Context" },
        },
    })
}
