//! What an identity pool may be, which providers it knows, and under which names.
//!
//! AWS's name of a user pool as a provider is `cognito-idp.<region>.amazonaws.com/<pool id>`. With
//! a local issuer, clients derive another one from their tokens (`localhost:9339/<pool id>`): it is
//! an alias wherever a provider is named, and never stored. Not here: roles
//! (`domain::identity_roles`), how a login is verified (`flows::identity_pools`).

use std::collections::BTreeMap;

use crate::access::OPENID_HOST;
use crate::domain::arns::Arn;
use crate::domain::tags;
use crate::error::{Error, Result};
use crate::store::{IdentityLogin, StoredIdentity, StoredIdentityPool};
use crate::wire::identity_pools::{CreateIdentityPoolInput, IdentityPool};

/// How many logins one identity can have.
pub const MOST_LOGINS: usize = 20;

/// What the name of each user pool's provider begins with.
pub const USER_POOL_PROVIDER: &str = "cognito-idp.";

/// The provider of the tokens that identity pools make themselves, for developers' users.
pub const OWN_PROVIDER: &str = OPENID_HOST;

/// The two kinds of identities: what `amr` begins with in their OpenID tokens, and what their roles
/// are called.
pub const GUEST: &str = "unauthenticated";
pub const AUTHENTICATED: &str = "authenticated";

/// How the resource of an OIDC provider's ARN begins; its address follows.
pub const OIDC_ARN: &str = "oidc-provider/";

/// How the resource of a SAML provider's ARN begins; its name follows.
pub const SAML_ARN: &str = "saml-provider/";

/// What an ARN of IAM names behind this prefix.
pub fn provider_of_arn<'a>(arn: &'a str, kind: &str) -> Option<&'a str> {
    let arn = Arn::parse(arn)?;
    let name = arn.resource.strip_prefix(kind)?;
    (arn.service == "iam" && !name.is_empty()).then_some(name)
}

/// The document of a new identity pool.
pub fn created(id: String, input: CreateIdentityPoolInput) -> IdentityPool {
    IdentityPool {
        identity_pool_id: id,
        identity_pool_name: input.identity_pool_name,
        allow_unauthenticated_identities: input.allow_unauthenticated_identities,
        allow_classic_flow: input.allow_classic_flow,
        supported_login_providers: input.supported_login_providers,
        developer_provider_name: input.developer_provider_name,
        open_id_connect_provider_arns: input.open_id_connect_provider_arns,
        cognito_identity_providers: input.cognito_identity_providers,
        saml_provider_arns: input.saml_provider_arns,
        identity_pool_tags: input.identity_pool_tags,
    }
}

/// The document as it is kept: checked, without empty members, providers under AWS's names.
///
/// (unsure) A user pool that does not exist may be named, and so may its clients.
pub fn settled(mut pool: IdentityPool, is_here: impl Fn(&str) -> bool) -> Result<IdentityPool> {
    let kept_tags = pool.identity_pool_tags.get_or_insert_default();
    tags::check(kept_tags)?;
    for provider in pool.cognito_identity_providers.iter_mut().flatten() {
        if let Some(name) = &mut provider.provider_name {
            *name = canonical(name, &is_here);
        }
        if provider.provider_name.is_none() || provider.client_id.is_none() {
            return Err(Error::IdentityProviderIncomplete);
        }
        provider.server_side_token_check.get_or_insert(false);
    }
    let oidc = pool.open_id_connect_provider_arns.iter().flatten();
    let saml = pool.saml_provider_arns.iter().flatten();
    let kinds = oidc
        .map(|arn| (arn, OIDC_ARN))
        .chain(saml.map(|arn| (arn, SAML_ARN)));
    for (arn, kind) in kinds {
        if provider_of_arn(arn, kind).is_none() {
            return Err(Error::ArnMalformed { arn: arn.clone() });
        }
    }
    none_if_empty(&mut pool.supported_login_providers, BTreeMap::is_empty);
    none_if_empty(&mut pool.open_id_connect_provider_arns, Vec::is_empty);
    none_if_empty(&mut pool.cognito_identity_providers, Vec::is_empty);
    none_if_empty(&mut pool.saml_provider_arns, Vec::is_empty);
    Ok(pool)
}

fn none_if_empty<T>(value: &mut Option<T>, is_empty: impl Fn(&T) -> bool) {
    if value.as_ref().is_some_and(is_empty) {
        *value = None;
    }
}

/// The document of an identity pool that is updated: everything is replaced but the id. The name of
/// the developer provider is given once, and (unsure) tags that are left out stay.
pub fn updated(
    before: &StoredIdentityPool,
    mut asked: IdentityPool,
    is_here: impl Fn(&str) -> bool,
) -> Result<IdentityPool> {
    let kept = &before.settings.developer_provider_name;
    match (kept, &asked.developer_provider_name) {
        (Some(kept), Some(asked)) if kept != asked => {
            return Err(Error::DeveloperProviderChanged);
        }
        (Some(_), None) => asked.developer_provider_name.clone_from(kept),
        _ => {}
    }
    if asked.identity_pool_tags.is_none() {
        let tags = &before.settings.identity_pool_tags;
        asked.identity_pool_tags.clone_from(tags);
    }
    asked.identity_pool_id.clone_from(&before.id);
    settled(asked, is_here)
}

/// The ARN of an identity pool, under which it is tagged.
pub fn arn(pool: &StoredIdentityPool, account: &str) -> String {
    let StoredIdentityPool { id, region, .. } = pool;
    format!("arn:aws:cognito-identity:{region}:{account}:identitypool/{id}")
}

/// A provider's name as AWS has it. `is_here` says whether local issuers begin with this, without
/// its scheme.
pub fn canonical(name: &str, is_here: impl Fn(&str) -> bool) -> String {
    let local = name
        .rsplit_once('/')
        .filter(|(place, pool)| pool.contains('_') && is_here(place))
        .map(|(_, pool)| pool);
    local.map_or_else(|| name.to_owned(), user_pool_provider)
}

/// AWS's name of a user pool as a provider.
pub fn user_pool_provider(pool: &str) -> String {
    let region = pool.split('_').next().unwrap_or_default();
    format!("{USER_POOL_PROVIDER}{region}.amazonaws.com/{pool}")
}

/// The user pool behind a provider's name in AWS's form.
pub fn user_pool_of(provider: &str) -> Option<&str> {
    let (host, pool) = provider.split_once('/')?;
    let region = host
        .strip_prefix(USER_POOL_PROVIDER)?
        .strip_suffix(".amazonaws.com")?;
    let of_region = pool.strip_prefix(region)?.starts_with('_');
    of_region.then_some(pool)
}

/// An address without `http://` or `https://`.
pub fn without_scheme(url: &str) -> &str {
    url.split_once("://").map_or(url, |(_, rest)| rest)
}

/// The claim `amr` of an identity's OpenID token: whether it is authenticated, and by what.
pub fn amr(logins: &[VerifiedLogin]) -> Vec<String> {
    if logins.is_empty() {
        return vec![GUEST.to_owned()];
    }
    let mut amr = vec![AUTHENTICATED.to_owned()];
    amr.extend(methods(logins));
    amr
}

/// The same claim for somebody for whom a developer's back end vouches: its own user first, then
/// the logins that it gave beside, if any.
pub fn amr_of_developer(pool: &str, user: &IdentityLogin, others: &[VerifiedLogin]) -> Vec<String> {
    let mut amr = vec![
        AUTHENTICATED.to_owned(),
        user.provider.clone(),
        developer_amr(pool, user),
    ];
    amr.extend(methods(others));
    amr
}

/// Each login's provider and name.
fn methods(logins: &[VerifiedLogin]) -> impl Iterator<Item = String> {
    let methods = logins.iter();
    methods.flat_map(|login| [login.provider.clone(), login.amr.clone()])
}

/// How OpenID tokens name a developer's user.
pub fn developer_amr(pool: &str, login: &IdentityLogin) -> String {
    format!("{}:{pool}:{}", login.provider, login.subject)
}

/// The ARN of the pool's OpenID Connect provider at this address (without its scheme).
pub fn oidc_arn<'p>(pool: &'p IdentityPool, address: &str) -> Option<&'p str> {
    let arns = pool.open_id_connect_provider_arns.iter().flatten();
    arns.map(String::as_str)
        .find(|arn| provider_of_arn(arn, OIDC_ARN) == Some(address))
}

/// Whether a login can be linked to an identity with these logins: one of each provider and, of the
/// developer's own, several.
pub fn check_link(
    pool: &IdentityPool,
    identity: &StoredIdentity,
    login: &IdentityLogin,
) -> Result<()> {
    if identity.logins.len() >= MOST_LOGINS {
        return Err(Error::TooManyLogins { limit: MOST_LOGINS });
    }
    let provider = &login.provider;
    let developers = pool.developer_provider_name.as_ref() == Some(provider);
    if !developers && identity.logins.iter().any(|one| one.provider == *provider) {
        return Err(Error::LoginOfProviderTaken {
            provider: provider.clone(),
        });
    }
    Ok(())
}

/// A login that holds.
#[derive(Debug, Clone)]
pub struct VerifiedLogin {
    /// Under AWS's name.
    pub provider: String,
    /// The provider's id of the person.
    pub subject: String,
    /// `<provider>:…:<subject>`, as OpenID tokens name the login.
    pub amr: String,
    /// The provider's name in role mappings.
    pub mapping: String,
    /// What the token says.
    pub claims: serde_json::Map<String, serde_json::Value>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_local_issuer_is_an_alias_of_the_name_that_aws_has() {
        let canonical = |name| canonical(name, |place| place == "localhost:9339");
        for (name, expected) in [
            (
                "localhost:9339/eu-west-1_Abc",
                "cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Abc",
            ),
            (
                "localhost:9339/eu-west-1_Abc:client",
                "cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Abc:client",
            ),
            ("localhost:9339/other", "localhost:9339/other"),
            ("localhost:9339/a_b/c", "localhost:9339/a_b/c"),
            (
                "localhost:93390/eu-west-1_Abc",
                "localhost:93390/eu-west-1_Abc",
            ),
            ("accounts.google.com", "accounts.google.com"),
            (
                "cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Abc",
                "cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Abc",
            ),
        ] {
            assert_eq!(canonical(name), expected);
        }
    }

    #[test]
    fn a_provider_names_a_user_pool_of_its_own_region() {
        for (provider, pool) in [
            (
                "cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Abc",
                Some("eu-west-1_Abc"),
            ),
            ("cognito-idp.eu-west-1.amazonaws.com/us-east-1_Abc", None),
            ("cognito-idp.eu-west-1.example.com/eu-west-1_Abc", None),
            ("accounts.google.com", None),
        ] {
            assert_eq!(user_pool_of(provider), pool, "{provider}");
        }
    }
}
