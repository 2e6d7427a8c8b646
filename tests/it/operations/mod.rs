//! The operations, by the same file names as in `src/operations`.

mod attributes;
mod branding;
mod domains;
mod groups;
mod identity_providers;
mod passwords;
mod pool_settings;
mod sign_in;
mod terms;
mod threat_protection;
mod tokens;
mod users;
