//! What is true about offers, signups and consent, without a database or a network.

pub mod campaign;
pub mod channel_group;
pub mod channel_rules;
pub mod click_id;
pub mod consent;
pub mod delivery;
pub mod fetcher;
pub mod held;
pub mod link_token;
pub mod links;
pub mod listing;
pub mod my_data;
pub mod offer;
pub mod offer_folder;
pub mod owed;
pub mod referrer;
pub mod signup;
pub mod sites;
pub mod touch;
