//! What the API and the pages share: signing in, issuing and refreshing tokens, sending messages.
//!
//! Not here: the wire (`http`), the checks of a single operation (`operations`), rules that need no
//! store (`domain`). Next: `sign_in/` for the steps of a sign-in, `software_tokens.rs` for codes of
//! authenticator apps (TOTP), `issue_tokens.rs` for tokens and their claims, `deliver.rs` for
//! messages.

pub mod access_token;
pub mod app_clients;
pub mod attempts;
pub mod auth_events;
pub mod authenticate_client;
pub mod authenticate_cognito;
pub mod authorize;
pub mod authorizers;
pub mod challenge;
pub mod client_documents;
pub mod codes;
pub mod copy_pool;
pub mod deliver;
pub mod devices;
pub mod exchange_tokens;
pub mod federate;
pub mod identity_pools;
pub mod import;
pub mod inspect_token;
pub mod issue_tokens;
pub mod machine_tokens;
pub mod managed_secrets;
pub mod migrate;
pub mod mint;
pub mod passkeys;
pub mod passwords;
pub mod point_in_time_recovery;
pub mod recover;
pub mod refresh;
pub mod register_client;
pub mod risk;
pub mod second_factors;
pub mod sign_in;
pub mod sign_out;
pub mod sign_up;
pub mod software_tokens;
pub mod sts;
pub mod triggers;
pub mod user_info;
pub mod user_record;
pub mod user_sessions;
pub mod users;
