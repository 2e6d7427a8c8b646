//! The rules: what is allowed, what follows from what. No async, no HTTP, no SQL, no clock or entropy of their own.
//!
//! Not here: the order in which rules are asked (`flows`), where records come from (`store`).

pub mod attempts;
pub mod attributes;
pub mod client_settings;
pub mod clients;
pub mod destinations;
pub mod filter;
pub mod groups;
pub mod import;
pub mod messages;
pub mod oauth_settings;
pub mod passwords;
pub mod pool_settings;
pub mod pools;
pub mod schema;
pub mod tags;
pub mod usernames;
pub mod users;
