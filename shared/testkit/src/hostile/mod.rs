//! What strangers send: one list for all services, so that no endpoint is asked less than another.

mod answer;
mod checks;
mod endpoint;
mod json;
mod texts;

pub use answer::Answer;
pub use endpoint::{Endpoint, Endpoints};
pub use json::{JsonBody, json_bodies};
pub use texts::{
    ADDRESSES_REFUSED, ADDRESSES_TAKEN, FORM_BODIES, MESSAGES_REFUSED, NAMES_REFUSED, NAMES_TAKEN, QUERIES,
    SEGMENTS,
};
