//! The rules: what is allowed, what follows from what. No async, no HTTP, no SQL, no clock or entropy of their own.
//!
//! Not here: the order in which rules are asked (`flows`), where records come from (`store`).

pub mod attributes;
pub mod clients;
pub mod passwords;
pub mod pools;
pub mod usernames;
