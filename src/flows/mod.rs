//! What two doors share: the order in which rules are asked and records are written.

pub mod access_token;
pub mod deliver;
pub mod passwords;
pub mod users;
