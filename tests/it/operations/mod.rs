//! The operations, by the same file names as in `src/operations`.

mod sign_in;
mod tokens;
