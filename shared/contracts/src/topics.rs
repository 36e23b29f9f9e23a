//! The Kafka topics: their names, and how they must be made.

use std::time::Duration;

use crate::Source;

/// What signup tells: requests, changes of consent, erasures. Key: person id.
pub const SIGNUP_EVENTS: &str = "signup.events";
/// What enquiry tells. Key: enquiry id; of an erasure confirmation, person id.
pub const ENQUIRY_EVENTS: &str = "enquiry.events";
/// What notification tells: states of mails, stored offers, erasure confirmations. Key: request id, offer slug or person id.
pub const NOTIFICATION_EVENTS: &str = "notification.events";
/// Offers and their files, compacted. One partition: the chunks of a file come before the manifest that names it.
pub const OFFER_VERSIONS: &str = "offer.versions";

const RETENTION: Duration = Duration::from_secs(6 * 24 * 3600);

/// How a topic must be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicSpec {
    pub name: String,
    pub partitions: i32,
    pub cleanup: Cleanup,
    pub timestamps: Timestamps,
}

/// Whose clock the time of a record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Timestamps {
    /// The broker's, when it appends the record (`LogAppendTime`): a producer's wrong clock neither shortens nor
    /// prolongs how long a record is kept, nor has it refused.
    Broker,
    /// The producer's (`CreateTime`): a dead letter keeps the time of its record, so it is not kept for longer.
    Producer,
}

/// What Kafka does with old records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cleanup {
    /// Gone after this time: an erasure of a person ends here (7 days at most, with `segment.ms` of 12 h).
    Delete { retention: Duration },
    /// The newest record of each key is kept for ever.
    Compact,
}

/// The dead letters of a service: events set aside, to be replayed.
#[must_use]
pub fn dead_letters(source: Source) -> &'static str {
    match source {
        Source::Signup => "signup.dead-letters",
        Source::Enquiry => "enquiry.dead-letters",
        Source::Notification => "notification.dead-letters",
    }
}

/// Every topic that Leadstream needs.
#[must_use]
pub fn all() -> Vec<TopicSpec> {
    let events = [SIGNUP_EVENTS, ENQUIRY_EVENTS, NOTIFICATION_EVENTS].map(|name| TopicSpec {
        name: name.to_owned(),
        partitions: 6,
        cleanup: Cleanup::Delete { retention: RETENTION },
        timestamps: Timestamps::Broker,
    });
    let letters = [Source::Signup, Source::Enquiry, Source::Notification].map(|source| TopicSpec {
        name: dead_letters(source).to_owned(),
        partitions: 1,
        cleanup: Cleanup::Delete { retention: RETENTION },
        timestamps: Timestamps::Producer,
    });
    let offers = TopicSpec {
        name: OFFER_VERSIONS.to_owned(),
        partitions: 1,
        cleanup: Cleanup::Compact,
        timestamps: Timestamps::Broker,
    };
    events.into_iter().chain(letters).chain([offers]).collect()
}
