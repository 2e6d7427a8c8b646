//! Identity pools: from logins to an identity, from an identity to a role, and from there to AWS
//! credentials or an OpenID token.
//!
//! Not here: the operations themselves (`operations`), rules that need no store
//! (`domain::identity_pools`, `domain::identity_roles`).

pub mod credentials;
pub mod openid_token;
