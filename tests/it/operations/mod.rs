//! The operations, by the same file names as in `src/operations`.

mod attributes;
mod clients;
mod groups;
mod import_jobs;
mod lock_out;
mod passwords;
mod pools;
mod recovery;
mod registration;
mod resource_servers;
mod settings;
mod sign_in;
mod sign_up;
mod srp;
mod tokens;
mod users;
mod verification;
