//! What two doors share: the steps of signing in, of issuing and refreshing tokens, of sending
//! messages.
//!
//! Not here: the wire (`http`), one operation's own checks (`operations`), rules without a store
//! (`domain`).

pub mod access_token;
pub mod attempts;
pub mod auth_events;
pub mod authenticate_client;
pub mod authorize;
pub mod challenge;
pub mod codes;
pub mod deliver;
pub mod devices;
pub mod exchange_tokens;
pub mod federate;
pub mod import;
pub mod issue_tokens;
pub mod machine_tokens;
pub mod migrate;
pub mod mint;
pub mod passkeys;
pub mod passwords;
pub mod recover;
pub mod refresh;
pub mod risk;
pub mod second_factors;
pub mod sign_in;
pub mod sign_out;
pub mod sign_up;
pub mod software_tokens;
pub mod triggers;
pub mod user_sessions;
pub mod users;
