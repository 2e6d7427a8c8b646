//! What the pool and the pretend providers both write into SAML's XML.

pub use crate::domain::xml::escape;
use crate::store::IdentityProvider;

pub const ASSERTION: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
pub const PROTOCOL: &str = "urn:oasis:names:tc:SAML:2.0:protocol";

/// The name by which the provider knows the pool.
pub fn entity_id(provider: &IdentityProvider) -> String {
    format!("urn:amazon:cognito:sp:{}", provider.pool_id)
}
