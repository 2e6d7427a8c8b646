//! Which role an identity gets: one of the pool's two, what a provider's mapping makes of its
//! token, what a SAML assertion names, or the one that the app asks for.
//!
//! Not here: what can be set (`identity_roles.rs`), whether the token holds
//! (`flows::identity_pools`).

use serde_json::Value;

use super::identity_pools::{AUTHENTICATED, GUEST, VerifiedLogin};
use super::identity_roles::plain;
use crate::error::{Error, Result};
use crate::store::PoolRoles;
use crate::wire::identity_pools::{
    AmbiguousRoleResolutionType, MappingRule, MappingRuleMatchType, RoleMapping, RoleMappingType,
};

/// The claims with the roles of a user pool's groups.
const ROLES: &str = "cognito:roles";
const PREFERRED_ROLE: &str = "cognito:preferred_role";

/// What a SAML response says of roles: `<role ARN>,<provider ARN>`, in either order.
const SAML_ROLES: &str = "https://aws.amazon.com/SAML/Attributes/Role";

/// The role of a guest.
pub fn of_guest(roles: &PoolRoles, asked: Option<&str>) -> Result<String> {
    only(roles, GUEST, asked)
}

/// The role of a developer's user.
pub fn of_developer(roles: &PoolRoles, asked: Option<&str>) -> Result<String> {
    only(roles, AUTHENTICATED, asked)
}

/// The pool's role for identities of this kind, and no other.
///
/// (unsure) Neither guests nor developers' users have a token that could allow another role.
fn only(roles: &PoolRoles, kind: &str, asked: Option<&str>) -> Result<String> {
    let role = roles.roles.get(kind).ok_or(Error::RoleNotConfigured)?;
    if asked.is_some_and(|asked| asked != role) {
        return Err(Error::CustomRoleDenied);
    }
    Ok(role.clone())
}

/// The role that somebody with this login gets; `asked` is `CustomRoleArn`.
pub fn of_login(roles: &PoolRoles, login: &VerifiedLogin, asked: Option<&str>) -> Result<String> {
    if let Some(role) = of_assertion(login, asked)? {
        return Ok(role);
    }
    let default = || roles.roles.get(AUTHENTICATED).cloned();
    let Some(mapping) = roles.mappings.get(&login.mapping) else {
        let role = default().ok_or(Error::RoleNotConfigured)?;
        // Without a mapping too, a user may have one of the roles that the token grants.
        return match asked {
            Some(asked) if asked != role && !granted(login).iter().any(|one| one == asked) => {
                Err(Error::CustomRoleDenied)
            }
            Some(asked) => Ok(asked.to_owned()),
            None => Ok(role),
        };
    };
    if let Some(asked) = asked {
        let allowed = match mapping.r#type {
            RoleMappingType::Token => granted(login).iter().any(|role| role == asked),
            RoleMappingType::Rules => matching(mapping, login).any(|rule| rule.role_arn == asked),
        };
        return if allowed {
            Ok(asked.to_owned())
        } else {
            Err(Error::CustomRoleDenied)
        };
    }
    let chosen = match mapping.r#type {
        RoleMappingType::Token => {
            let preferred = login.claims.get(PREFERRED_ROLE).and_then(Value::as_str);
            preferred.map(str::to_owned)
        }
        RoleMappingType::Rules => matching(mapping, login)
            .next()
            .map(|rule| rule.role_arn.clone()),
    };
    match (chosen, mapping.ambiguous_role_resolution) {
        (Some(role), _) => Ok(role),
        (None, Some(AmbiguousRoleResolutionType::AuthenticatedRole)) => {
            default().ok_or(Error::RoleNotConfigured)
        }
        (None, Some(AmbiguousRoleResolutionType::Deny) | None) => Err(Error::RoleAmbiguous),
    }
}

/// The role that a SAML assertion names: the only one, or the one of several that is asked for.
fn of_assertion(login: &VerifiedLogin, asked: Option<&str>) -> Result<Option<String>> {
    let named = login.claims.get(SAML_ROLES).map(texts).unwrap_or_default();
    let of_provider = |pair: &String| {
        let (one, other) = pair.split_once(',')?;
        let (one, other) = (one.trim(), other.trim());
        if other == login.mapping {
            Some(one.to_owned())
        } else {
            (one == login.mapping).then(|| other.to_owned())
        }
    };
    let roles: Vec<String> = named.iter().filter_map(of_provider).collect();
    match (roles.as_slice(), asked) {
        ([], _) => Ok(None),
        (roles, Some(asked)) if roles.iter().any(|role| role == asked) => {
            Ok(Some(asked.to_owned()))
        }
        ([role], None) => Ok(Some(role.clone())),
        (_, Some(_)) => Err(Error::CustomRoleDenied),
        (_, None) => Err(Error::RoleAmbiguous),
    }
}

/// The texts of a claim: those of a list, or its only one.
fn texts(claim: &Value) -> Vec<String> {
    match claim {
        Value::Array(values) => values.iter().filter_map(plain).collect(),
        value => plain(value).into_iter().collect(),
    }
}

/// The roles that the token's own claim grants.
fn granted(login: &VerifiedLogin) -> Vec<String> {
    let roles = login.claims.get(ROLES).and_then(Value::as_array);
    roles.into_iter().flatten().filter_map(plain).collect()
}

/// The rules that match, in their order.
fn matching<'m>(
    mapping: &'m RoleMapping,
    login: &'m VerifiedLogin,
) -> impl Iterator<Item = &'m MappingRule> {
    let rules = mapping.rules_configuration.iter();
    rules
        .flat_map(|configuration| &configuration.rules)
        .filter(|rule| matches(rule, login.claims.get(&rule.claim)))
}

/// Whether a rule matches its claim. One that is missing matches nothing, not even `NotEqual`.
fn matches(rule: &MappingRule, claim: Option<&Value>) -> bool {
    let Some(claim) = claim.filter(|claim| !claim.is_null()) else {
        return false;
    };
    // (unsure) A rule matches a list when it matches one of its values; NotEqual, when it is none
    // of them.
    let values = texts(claim);
    let wanted = rule.value.as_str();
    match rule.match_type {
        MappingRuleMatchType::Equals => values.iter().any(|value| value == wanted),
        MappingRuleMatchType::NotEqual => values.iter().all(|value| value != wanted),
        MappingRuleMatchType::StartsWith => values.iter().any(|value| value.starts_with(wanted)),
        MappingRuleMatchType::Contains => values.iter().any(|value| value.contains(wanted)),
    }
}
