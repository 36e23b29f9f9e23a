//! What this service can be told to do: one verb a file.

pub mod erase_person;
pub mod find_erased;
pub mod forget_expired;
pub mod list_enquiries;
pub mod record_mail_state;
pub mod release_held;
pub mod republish_owed;
pub mod republish_unanswered;
pub mod retry_stuck;
pub mod submit_enquiry;
