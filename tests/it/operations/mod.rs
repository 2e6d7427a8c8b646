//! The operations, by the same file names as in `src/operations`.

mod import_jobs;
mod sign_in;
mod tokens;
