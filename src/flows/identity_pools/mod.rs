//! Identity pools: from logins to an identity, from an identity to a role, and from there to AWS
//! credentials or an OpenID token.
//!
//! Not here: the operations themselves (`operations`), rules that need no store
//! (`domain::identity_pools`, `domain::role_choice`). Next: `logins/` for how a login is
//! verified, `identities.rs` for whose it is, `admission.rs` for who may act as an identity.

pub mod admission;
mod another_sts;
pub mod credentials;
pub mod identities;
pub mod logins;
pub mod openid_token;
