//! CloudEvents 1.0 in Kafka's binary mode: attributes are `ce_*` headers, the value is the data.
//! (CloudEvents Kafka protocol binding 1.0.2 §3.2; W3C Trace Context for `traceparent`.)

use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use uuid::Uuid;

use crate::{PersonId, instant};

/// Content type of every event but a chunk of a file.
pub const JSON: &str = "application/json";
/// Content type of a chunk of a file.
pub const OCTETS: &str = "application/octet-stream";

/// Which service speaks. `ce_source` is `leadstream/<service>`, never a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Source {
    Signup,
    Enquiry,
    Notification,
}

impl Source {
    /// The service's name.
    #[must_use]
    pub const fn service(self) -> &'static str {
        match self {
            Self::Signup => "signup",
            Self::Enquiry => "enquiry",
            Self::Notification => "notification",
        }
    }

    /// The value of `ce_source`.
    #[must_use]
    pub const fn uri(self) -> &'static str {
        match self {
            Self::Signup => "leadstream/signup",
            Self::Enquiry => "leadstream/enquiry",
            Self::Notification => "leadstream/notification",
        }
    }

    /// The service that a `ce_source` names.
    #[must_use]
    pub fn from_uri(uri: &str) -> Option<Self> {
        [Self::Signup, Self::Enquiry, Self::Notification]
            .into_iter()
            .find(|source| source.uri() == uri)
    }
}

/// The data of one type of event.
pub trait Payload: Serialize + DeserializeOwned {
    /// `leadstream.<service>.<fact>.v<N>`.
    const TYPE: &'static str;
    /// Who tells it.
    const SOURCE: Source;
    /// Where it is told.
    const TOPIC: &'static str;
}

/// An event on its way out: one row of an outbox, then one record of a topic. `Debug` shows no data.
#[derive(Clone, PartialEq, Eq)]
pub struct Event {
    pub id: Uuid,
    pub source: Source,
    pub event_type: String,
    pub time: OffsetDateTime,
    pub topic: String,
    pub key: String,
    pub content_type: String,
    pub traceparent: Option<String>,
    /// Whom it is about, so that unsent rows can be erased. Never leaves the outbox.
    pub person: Option<PersonId>,
    /// `None` is a tombstone.
    pub payload: Option<Vec<u8>>,
}

impl Event {
    /// An event with JSON data and a new id (UUIDv7), happening at `time`.
    pub fn new<P: Payload>(key: impl fmt::Display, time: OffsetDateTime, payload: &P) -> Self {
        Self {
            id: Uuid::now_v7(),
            source: P::SOURCE,
            event_type: P::TYPE.to_owned(),
            time,
            topic: P::TOPIC.to_owned(),
            key: key.to_string(),
            content_type: JSON.to_owned(),
            traceparent: None,
            person: None,
            payload: Some(serde_json::to_vec(payload).expect("contract types are plain data")),
        }
    }

    /// The same event under a given id.
    #[must_use]
    pub fn with_id(mut self, id: Uuid) -> Self {
        self.id = id;
        self
    }

    /// The same event, about a person.
    #[must_use]
    pub fn about(mut self, person: PersonId) -> Self {
        self.person = Some(person);
        self
    }

    /// The same event, as part of a trace (W3C `traceparent`).
    #[must_use]
    pub fn traced(mut self, traceparent: Option<String>) -> Self {
        self.traceparent = traceparent;
        self
    }

    /// The headers of its Kafka record.
    #[must_use]
    pub fn headers(&self) -> Vec<(String, String)> {
        let time = self
            .time
            .format(&Rfc3339)
            .expect("a time of this age has an RFC 3339 form");
        let mut headers = vec![
            ("ce_specversion".to_owned(), "1.0".to_owned()),
            ("ce_id".to_owned(), self.id.to_string()),
            ("ce_source".to_owned(), self.source.uri().to_owned()),
            ("ce_type".to_owned(), self.event_type.clone()),
            ("ce_time".to_owned(), time),
            ("content-type".to_owned(), self.content_type.clone()),
        ];
        if let Some(traceparent) = &self.traceparent {
            headers.push(("traceparent".to_owned(), traceparent.clone()));
        }
        headers
    }
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event")
            .field("id", &self.id)
            .field("type", &self.event_type)
            .finish_non_exhaustive()
    }
}

/// The attributes of an event that came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventHeaders {
    pub id: Uuid,
    pub source: Source,
    pub event_type: String,
    pub time: OffsetDateTime,
    pub traceparent: Option<String>,
}

/// Why headers are not those of an event. Its text quotes nothing of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    #[error("header {0} is missing")]
    Missing(&'static str),
    #[error("header {0} cannot be read")]
    Unreadable(&'static str),
}

/// Why an event whose type this program handles is set aside. Its text quotes nothing of the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EventError {
    #[error("a newer version of {0}")]
    NewerVersion(&'static str),
    #[error("another service's claim of {0}")]
    Foreign(&'static str),
    #[error("the data is not that of {0}")]
    Data(&'static str),
}

impl EventHeaders {
    /// Reads the `ce_*` headers of a record.
    ///
    /// # Errors
    /// [`HeaderError`] names the header that is missing or cannot be read.
    pub fn parse(headers: &[(String, Vec<u8>)]) -> Result<Self, HeaderError> {
        let version = text(headers, "ce_specversion")?;
        if version != "1.0" {
            return Err(HeaderError::Unreadable("ce_specversion"));
        }
        Ok(Self {
            id: text(headers, "ce_id")?
                .parse()
                .map_err(|_| HeaderError::Unreadable("ce_id"))?,
            source: Source::from_uri(text(headers, "ce_source")?)
                .ok_or(HeaderError::Unreadable("ce_source"))?,
            event_type: text(headers, "ce_type")?.to_owned(),
            time: instant::parse(text(headers, "ce_time")?).ok_or(HeaderError::Unreadable("ce_time"))?,
            traceparent: text(headers, "traceparent").ok().map(ToOwned::to_owned),
        })
    }

    /// The data of an event, if it is of this type.
    ///
    /// # Errors
    /// [`EventError`] for an event of this type that this program cannot read, or should not believe.
    pub fn data<P: Payload>(&self, payload: Option<&[u8]>) -> Result<Option<P>, EventError> {
        if self.is_newer_version_of::<P>() {
            return Err(EventError::NewerVersion(P::TYPE));
        }
        if !self.is::<P>() {
            return Ok(None);
        }
        if self.source != P::SOURCE {
            return Err(EventError::Foreign(P::TYPE));
        }
        serde_json::from_slice(payload.unwrap_or_default())
            .map(Some)
            .map_err(|_| EventError::Data(P::TYPE))
    }

    /// Whether this is an event of the payload's type.
    #[must_use]
    pub fn is<P: Payload>(&self) -> bool {
        self.event_type == P::TYPE
    }

    /// Whether this is a newer version of the payload's type, which this program cannot read yet.
    #[must_use]
    pub fn is_newer_version_of<P: Payload>(&self) -> bool {
        let split = |name: &str| {
            let (fact, version) = name.rsplit_once(".v")?;
            Some((fact.to_owned(), version.parse::<u32>().ok()?))
        };
        match (split(&self.event_type), split(P::TYPE)) {
            (Some((fact, version)), Some((known, newest))) => fact == known && version > newest,
            _ => false,
        }
    }
}

fn text<'a>(headers: &'a [(String, Vec<u8>)], name: &'static str) -> Result<&'a str, HeaderError> {
    let (_, value) = headers
        .iter()
        .find(|(key, _)| key == name)
        .ok_or(HeaderError::Missing(name))?;
    std::str::from_utf8(value).map_err(|_| HeaderError::Unreadable(name))
}
