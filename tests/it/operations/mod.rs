//! The operations, by the same file names as in `src/operations`.

mod attributes;
mod branding;
mod clients;
mod domains;
mod exchange;
mod groups;
mod identity_providers;
mod import_jobs;
mod lock_out;
mod passkeys;
mod passwords;
mod pool_settings;
mod pools;
mod recovery;
mod registration;
mod resource_servers;
mod sessions;
mod settings;
mod sign_in;
mod sign_up;
mod srp;
mod terms;
mod threat_protection;
mod tokens;
mod users;
mod verification;
