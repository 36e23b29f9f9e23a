//! One verb a file. Each asks `domain` for truth, writes through `store`, and appends events in the same transaction.

pub mod apply_events;
pub mod cancel_notification;
pub mod change_suppressions;
pub mod claim_due;
pub mod compose_mail;
mod erase_people;
mod fall_back;
pub mod find_erased;
pub mod find_offer_mail;
pub mod forget_old;
pub mod list_notifications;
pub mod list_suppressions;
pub mod measure_backlog;
mod queue_notifications;
pub mod record_attempts;
pub mod retry_notifications;
pub mod show_notification;
pub mod store_chunk;
pub mod store_offer;
pub mod take_bounce;
pub mod withdraw_offer;
