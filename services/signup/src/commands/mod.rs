//! What the service does, one verb each. Routes, consumers and tasks call these, and nothing else changes anything.

pub mod apply_offer;
pub mod check_link;
pub mod confirm_erasure;
pub mod confirm_offer;
pub mod confirm_updates;
pub mod delete_expired;
pub mod erase_person;
pub mod find_campaign;
pub mod lapse_consents;
pub mod list_held;
pub mod measure;
pub mod prepare_mail;
pub mod publish_again;
pub mod record_download;
pub mod record_mail_states;
pub mod release_held;
pub mod request_mail;
pub mod request_signup;
pub mod show_my_data;
pub mod unsubscribe;

pub use apply_offer::{Applied, apply_offer};
pub use check_link::check_link;
pub use confirm_updates::confirm_updates;
pub use erase_person::{erase_address, erase_my_data};
pub use find_campaign::find_campaign;
pub use list_held::{HeldSignup, list_held};
pub use record_download::{Download, record_download};
pub use release_held::{Released, release_held};
pub use request_mail::{request_links, request_my_data};
pub use request_signup::request_signup;
pub use show_my_data::show_my_data;
pub use unsubscribe::{not_me, unsubscribe};
