//! Which roles, role mappings and principal tags an identity pool can have, and what principal tags
//! come of a login.
//!
//! Not here: which of the roles somebody gets (`role_choice.rs`).

use std::collections::BTreeMap;

use serde_json::Value;

use super::identity_pools::VerifiedLogin;
use crate::error::{Error, Result};
use crate::store::{PoolRoles, PrincipalTagMap};
use crate::wire::identity_pools::{IdentityPool, RoleMappingType};

/// How long the attribute names of a provider's principal tags may be together.
const LONGEST_TAG_ATTRIBUTES: usize = 460;

/// The longest value of a session tag; longer claims are left out.
const LONGEST_TAG: usize = 256;

/// What the tags are of that a provider has by default.
const DEFAULT_TAGS: [(&str, &str); 2] = [("client", "aud"), ("username", "sub")];

/// Whether these roles can be set for the identity pool.
pub fn check(pool: &IdentityPool, roles: &PoolRoles) -> Result<()> {
    for (key, mapping) in &roles.mappings {
        if !is_configured(pool, key) {
            return Err(Error::RoleMappingProviderUnknown { key: key.clone() });
        }
        if mapping.ambiguous_role_resolution.is_none() {
            return Err(Error::RoleMappingUndecided { key: key.clone() });
        }
        if mapping.r#type == RoleMappingType::Rules && mapping.rules_configuration.is_none() {
            return Err(Error::RoleMappingWithoutRules { key: key.clone() });
        }
    }
    Ok(())
}

/// Whether a role mapping's key is a provider of the pool: a user pool with a client, a social
/// provider, or the ARN of one of the others.
fn is_configured(pool: &IdentityPool, key: &str) -> bool {
    let social = &pool.supported_login_providers;
    let arns = [
        &pool.open_id_connect_provider_arns,
        &pool.saml_provider_arns,
    ];
    let mut user_pools = pool.cognito_identity_providers.iter().flatten();
    social
        .as_ref()
        .is_some_and(|social| social.contains_key(key))
        || arns.into_iter().flatten().flatten().any(|arn| arn == key)
        || user_pools.any(|provider| {
            let (name, client) = (&provider.provider_name, &provider.client_id);
            let rest = name
                .as_ref()
                .and_then(|name| key.strip_prefix(name.as_str()));
            rest.and_then(|rest| rest.strip_prefix(':')) == client.as_deref() && client.is_some()
        })
}

/// Whether these principal tags can be set.
pub fn check_tags(map: &PrincipalTagMap) -> Result<()> {
    let length: usize = map.tags.values().map(String::len).sum();
    if length > LONGEST_TAG_ATTRIBUTES {
        return Err(Error::PrincipalTagsTooLong {
            limit: LONGEST_TAG_ATTRIBUTES,
        });
    }
    Ok(())
}

/// The principal tags that the provider's map makes of the login's claims.
///
/// (unsure) With UseDefaults, the tags that are stored beside it have no effect.
pub fn principal_tags(map: &PrincipalTagMap, login: &VerifiedLogin) -> BTreeMap<String, String> {
    let stored = map.tags.iter();
    let sources: Vec<(&str, &str)> = if map.use_defaults {
        DEFAULT_TAGS.to_vec()
    } else {
        stored
            .map(|(tag, claim)| (tag.as_str(), claim.as_str()))
            .collect()
    };
    let value = |claim: &str| login.claims.get(claim).and_then(plain);
    sources
        .into_iter()
        .filter_map(|(tag, claim)| Some((tag.to_owned(), value(claim)?)))
        .filter(|(_, value)| !value.is_empty() && value.chars().count() <= LONGEST_TAG)
        .collect()
}

/// A claim as text.
pub fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        _ => None,
    }
}
