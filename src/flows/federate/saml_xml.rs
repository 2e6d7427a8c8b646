//! What the pool and the pretend providers both write into SAML's XML.

pub use crate::domain::xml::escape;
use crate::store::IdentityProvider;

/// The name by which the provider knows the pool.
pub fn entity_id(provider: &IdentityProvider) -> String {
    format!("urn:amazon:cognito:sp:{}", provider.pool_id)
}
