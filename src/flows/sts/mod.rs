//! What of AWS STS is served: a role for an identity's OpenID token, and whose credentials a
//! request is signed with.
//!
//! Not here: the wire (`http::sts`), what credentials are (`flows::identity_pools::credentials`),
//! how another STS is asked for some (`flows::identity_pools::another_sts`). Next:
//! `web_identity.rs`, `caller.rs`, and `refusal.rs` for the words.

mod caller;
mod refusal;
mod web_identity;

pub use caller::{
    CallerIdentity, NoSession, RequestSigner, get_caller_identity, of_root, of_session, session_of,
};
pub use refusal::StsError;
pub use web_identity::{AssumedRole, assume_role_with_web_identity};
