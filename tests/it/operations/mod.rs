//! The operations, by the same file names as in `src/operations`.

mod attributes;
mod groups;
mod passwords;
mod sign_in;
mod tokens;
mod users;
