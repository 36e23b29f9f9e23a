//! What the three services say to each other, and the types that personal data travels in.
//!
//! Services never import each other: they meet in this crate. Everything here that goes over Kafka is also
//! described by a JSON Schema generated from these types (`schemas`), and old events must keep parsing.

pub mod email_address;
pub mod enquiry;
pub mod envelope;
pub mod notification;
pub mod offer;
pub mod person;
pub mod schemas;
pub mod signup;
pub mod slug;
pub mod text;
pub mod topics;

pub use email_address::{EmailAddress, EmailError};
pub use envelope::{Event, EventHeaders, HeaderError, Payload, Source};
pub use person::{BudgetKey, PersonId, SubjectKey, SubjectKeyError};
pub use slug::{Slug, SlugError};
pub use text::{MessageText, PersonName, TextError};
