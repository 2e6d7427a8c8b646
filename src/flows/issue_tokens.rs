//! The claims of ID and access tokens, for each way in which they are issued, and the token family
//! that a sign-in begins.
//!
//! Names and types of the claims, and when one is absent, are Cognito's. Not here: signing
//! (`keys`), whether to issue tokens at all (`sign_in`, `refresh`).

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::triggers::{self, TokenSource};
use super::user_sessions;
use crate::app::Ctx;
use crate::clock::Timestamp;
use crate::domain::claims::{GroupOverride, Overrides};
use crate::domain::identities;
use crate::domain::oauth_settings;
use crate::error::Result;
use crate::keys::turn_to_compute;
use crate::store::{Client, Group, Methods, Pool, TokenFamily, User};
use crate::wire::Sensitive;
use crate::wire::user_pools::AuthenticationResultType;

/// On what kind of request tokens are issued.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Issuance<'a> {
    /// InitiateAuth and its kin.
    Api,
    /// The authorize and the token endpoint, for a sign-in in a browser. Access tokens carry
    /// `version` 2, and an ID token needs the scope `openid`.
    Hosted {
        /// What the client put into the authorize request.
        nonce: Option<&'a str>,
    },
    /// A refresh at the token endpoint: as above, but (unsure) without a nonce.
    TokenEndpoint {
        /// Whether the sign-in was one of the API, whose tokens come with an ID token always.
        of_api: bool,
    },
}

/// A freshly signed pair.
pub struct Tokens {
    pub access: String,
    pub id: Option<String>,
    /// The access token's lifetime in seconds.
    pub expires_in: i64,
}

/// What a refresh token holds.
#[derive(Debug, Serialize, Deserialize)]
pub struct RefreshClaims {
    pub origin_jti: String,
    /// How often the family's refresh token was rotated before.
    pub generation: i64,
    /// Whose it is, since the family goes with its user. Older tokens do not say.
    #[serde(default)]
    pub owner: Option<TokenOwner>,
}

/// Whom a refresh token is for.
#[derive(Debug, Serialize, Deserialize)]
pub struct TokenOwner {
    pub pool_id: String,
    pub sub: String,
    /// Whether the sign-in was one in a browser.
    pub hosted: bool,
}

/// The family of a sign-in that happens now.
pub fn new_family(ctx: &Ctx, client: &Client, user: &User, scope: &str) -> TokenFamily {
    TokenFamily {
        origin_jti: ctx.uuid(),
        pool_id: client.pool_id.clone(),
        client_id: client.id.clone(),
        sub: user.sub.clone(),
        scope: scope.to_owned(),
        auth_time: ctx.now,
        expires_at: ctx.now.plus(client.refresh_token_validity()),
        generation: 0,
        rotated_at: None,
        revoked_at: None,
        resource: None,
        device_key: None,
        methods: Methods::default(),
        acr: None,
        metadata_url: client.metadata_url.clone(),
        is_new: true,
    }
}

/// The family's current refresh token, sealed anew. `hosted` says that the sign-in was one in a
/// browser.
pub fn refresh_token(ctx: &Ctx, family: &TokenFamily, hosted: bool) -> Result<String> {
    let claims = RefreshClaims {
        origin_jti: family.origin_jti.clone(),
        generation: family.generation,
        owner: Some(TokenOwner {
            pool_id: family.pool_id.clone(),
            sub: family.sub.clone(),
            hosted,
        }),
    };
    let claims = serde_json::to_vec(&claims)?;
    let seal = &ctx.app.keys.seal;
    Ok(ctx.draw(|rng| seal.seal_refresh_token(&claims, rng)))
}

/// For whom tokens are made, and why.
pub struct TokenRequest<'a> {
    pub user: &'a User,
    /// Where they have been looked up already.
    pub groups: Option<Vec<Group>>,
    pub family: &'a TokenFamily,
    pub issuance: Issuance<'a>,
    /// As the pool's function is told.
    pub source: TokenSource,
}

impl<'a> TokenRequest<'a> {
    /// For a user who has just signed in.
    pub fn new(user: &'a User, family: &'a TokenFamily, issuance: Issuance<'a>) -> Self {
        let source = match issuance {
            Issuance::Api => TokenSource::Authentication,
            Issuance::Hosted { .. } | Issuance::TokenEndpoint { .. } => TokenSource::HostedAuth,
        };
        Self {
            user,
            groups: None,
            family,
            issuance,
            source,
        }
    }
}

/// What the tokens of a sign-in say, before they are signed.
pub struct TokenClaims {
    pub access: Map<String, Value>,
    /// None where no ID token was asked for.
    pub id: Option<Map<String, Value>>,
    /// Whether the ID token names the access token's digest.
    pub binds: bool,
}

impl TokenClaims {
    /// The ID token's claims beside this access token.
    pub fn id_beside(&mut self, access: &str) -> Option<Map<String, Value>> {
        let mut claims = self.id.take()?;
        if self.binds {
            put(&mut claims, "at_hash", at_hash(access));
        }
        Some(claims)
    }
}

/// Signs ID and access token for a user. Groups and attributes are those of now, `auth_time` and
/// scope those of the family. The pool's function may change what the tokens say, or refuse.
pub async fn sign(
    ctx: &Ctx,
    pool: &Pool,
    client: &Client,
    request: TokenRequest<'_>,
) -> Result<Tokens> {
    let family = request.family;
    let keys = ctx.keys(pool).await?;
    let mut claims = claims(ctx, pool, client, request).await?;
    let turn = turn_to_compute().await?;
    let access = keys.access.sign(&claims.access)?;
    let id = match claims.id_beside(&access) {
        Some(claims) => {
            tokio::task::yield_now().await;
            Some(keys.id.sign(&claims)?)
        }
        None => None,
    };
    drop(turn);
    user_sessions::note(ctx, pool, family).await?;
    Ok(Tokens {
        id,
        access,
        expires_in: seconds(client.access_token_validity()),
    })
}

/// What the tokens of [`sign`] say.
pub async fn claims(
    ctx: &Ctx,
    pool: &Pool,
    client: &Client,
    request: TokenRequest<'_>,
) -> Result<TokenClaims> {
    let TokenRequest {
        user,
        groups,
        family,
        issuance,
        source,
    } = request;
    let mut groups = match groups {
        Some(groups) => groups,
        None => groups_of(ctx, user).await?,
    };
    // Best precedence first; groups without one come last. (unsure) The order of `cognito:groups`
    // is not documented; examples have this one.
    groups.sort_by_key(|group| group.precedence.unwrap_or(i32::MAX));
    let issue = Issue {
        ctx,
        pool,
        client,
        user,
        groups: &groups,
        family,
        issuance,
        event_id: ctx.event_id().to_owned(),
    };
    let of_api = matches!(
        issuance,
        Issuance::Api | Issuance::TokenEndpoint { of_api: true }
    );
    let wants_id = of_api || family.scope.split(' ').any(|scope| scope == "openid");
    let overrides = issue.overrides(source).await?;
    let mut access = issue.access_claims();
    overrides.change_access(&mut access, &client.id);
    let id = wants_id.then(|| {
        let mut claims = issue.id_claims();
        overrides.change_id(&mut claims);
        claims
    });
    Ok(TokenClaims {
        access,
        id,
        binds: issuance != Issuance::Api,
    })
}

/// What is particular about a token that was exchanged for another one (RFC 8693).
#[derive(Default)]
pub struct Exchanged {
    /// Who acts on the user's behalf.
    pub act: Option<Value>,
    /// The audience of the token.
    pub audience: Option<String>,
}

/// As [`sign`], for a token exchange: `family` holds what is passed on from the old token.
pub async fn sign_exchanged(
    ctx: &Ctx,
    pool: &Pool,
    client: &Client,
    user: &User,
    family: &TokenFamily,
    exchanged: &Exchanged,
) -> Result<Tokens> {
    let mut groups = groups_of(ctx, user).await?;
    groups.sort_by_key(|group| group.precedence.unwrap_or(i32::MAX));
    let keys = ctx.keys(pool).await?;
    let issue = Issue {
        ctx,
        pool,
        client,
        user,
        groups: &groups,
        family,
        issuance: Issuance::Api,
        event_id: ctx.event_id().to_owned(),
    };
    let (mut id, mut access) = (issue.id_claims(), issue.access_claims());
    // (unsure) The documentation lists no trigger source for it.
    let overrides = issue.overrides(TokenSource::Authentication).await?;
    overrides.change_id(&mut id);
    overrides.change_access(&mut access, &client.id);
    for claims in [&mut id, &mut access] {
        // Passed on whatever this client's settings are: the new token can be revoked if and only
        // if the old one can.
        if family.origin_jti.is_empty() {
            claims.remove("origin_jti");
        } else {
            put(claims, "origin_jti", family.origin_jti.as_str());
        }
        if let Some(act) = &exchanged.act {
            put(claims, "act", act.clone());
        }
        if let Some(audience) = &exchanged.audience {
            put(claims, "aud", audience.as_str());
        }
    }
    Ok(Tokens {
        id: Some(keys.id.sign(&id)?),
        access: keys.access.sign(&access)?,
        expires_in: seconds(client.access_token_validity()),
    })
}

/// Signs a machine's access token: `sub` is the client itself.
pub async fn sign_for_machine(
    ctx: &Ctx,
    pool: &Pool,
    client: &Client,
    scope: &str,
    resource: Option<&str>,
) -> Result<Tokens> {
    let keys = ctx.keys(pool).await?;
    let claims = machine_claims(ctx, pool, client, scope, resource).await?;
    Ok(Tokens {
        access: keys.access.sign(&claims)?,
        id: None,
        expires_in: seconds(client.access_token_validity()),
    })
}

/// What the token of [`sign_for_machine`] says.
pub async fn machine_claims(
    ctx: &Ctx,
    pool: &Pool,
    client: &Client,
    scope: &str,
    resource: Option<&str>,
) -> Result<Map<String, Value>> {
    let expires_in = seconds(client.access_token_validity());
    let mut claims = Map::new();
    put(&mut claims, "sub", client.id.as_str());
    put(&mut claims, "token_use", "access");
    put(&mut claims, "scope", scope);
    put(&mut claims, "auth_time", ctx.now.seconds());
    put(&mut claims, "iss", ctx.app.issuer(pool));
    put(&mut claims, "exp", ctx.now.seconds() + expires_in);
    put(&mut claims, "iat", ctx.now.seconds());
    put(&mut claims, "version", 2);
    put(&mut claims, "jti", ctx.uuid());
    put(&mut claims, "client_id", client.id.as_str());
    if let Some(resource) = resource {
        put(&mut claims, "aud", resource);
    }
    let overrides = triggers::for_machine(ctx, pool, client, scope).await?;
    overrides.change_access(&mut claims, &client.id);
    Ok(claims)
}

/// The API's answer: the tokens, and the refresh token if there is a new one.
pub fn result(tokens: Tokens, refresh_token: Option<String>) -> AuthenticationResultType {
    AuthenticationResultType {
        access_token: Some(Sensitive::new(tokens.access)),
        expires_in: i32::try_from(tokens.expires_in).ok(),
        token_type: Some("Bearer".to_owned()),
        refresh_token: refresh_token.map(Sensitive::new),
        id_token: tokens.id.map(Sensitive::new),
        new_device_metadata: None,
    }
}

async fn groups_of(ctx: &Ctx, user: &User) -> Result<Vec<Group>> {
    let mut read = ctx.store().read().await?;
    read.groups().list_of_user(&user.sub, "", i64::MAX).await
}

/// The role of the group with the best precedence. None if several roles share it.
fn preferred_role(groups: &[Group]) -> Option<&str> {
    let best = groups.first()?.precedence?;
    let mut roles = groups
        .iter()
        .filter(|group| group.precedence == Some(best))
        .map(|group| group.role_arn.as_deref());
    let first = roles.next()??;
    roles.all(|role| role == Some(first)).then_some(first)
}

fn seconds(duration: std::time::Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)
}

/// Everything that one pair of tokens is made from.
struct Issue<'a> {
    ctx: &'a Ctx,
    pool: &'a Pool,
    client: &'a Client,
    user: &'a User,
    groups: &'a [Group],
    family: &'a TokenFamily,
    issuance: Issuance<'a>,
    event_id: String,
}

impl Issue<'_> {
    /// The changes that the pool's function asks for.
    async fn overrides(&self, source: TokenSource) -> Result<Overrides> {
        let (groups, asked) = (self.group_claims(), (self.family.scope.as_str(), source));
        triggers::for_user(self.ctx, self.pool, self.client, self.user, &groups, asked).await
    }

    /// The groups and roles as the tokens have them.
    fn group_claims(&self) -> GroupOverride {
        let mut roles: Vec<String> = Vec::new();
        for role in self
            .groups
            .iter()
            .filter_map(|group| group.role_arn.as_ref())
        {
            if !roles.contains(role) {
                roles.push(role.clone());
            }
        }
        GroupOverride {
            groups: self.groups.iter().map(|group| group.name.clone()).collect(),
            roles,
            preferred_role: preferred_role(self.groups).map(str::to_owned),
        }
    }

    fn id_claims(&self) -> Map<String, Value> {
        let mut claims = Map::new();
        self.identity(&mut claims);
        let groups = self.group_claims();
        if let Some(role) = groups.preferred_role {
            put(&mut claims, "cognito:preferred_role", role);
        }
        if !groups.roles.is_empty() {
            put(&mut claims, "cognito:roles", groups.roles);
        }
        put(&mut claims, "cognito:username", self.user.username.as_str());
        put(&mut claims, "aud", self.client.id.as_str());
        put(&mut claims, "token_use", "id");
        self.times(&mut claims, self.client.id_token_validity());
        if self.client.revokes_tokens() {
            put(&mut claims, "jti", self.ctx.uuid());
        }
        for (name, value) in &self.user.attributes {
            if !value.is_empty()
                && self.client.reads(name)
                && oauth_settings::discloses(&self.family.scope, name)
            {
                put(&mut claims, name, attribute_claim(name, value));
            }
        }
        if let Issuance::Hosted { nonce: Some(nonce) } = self.issuance {
            put(&mut claims, "nonce", nonce);
        }
        claims
    }

    fn access_claims(&self) -> Map<String, Value> {
        let mut claims = Map::new();
        self.identity(&mut claims);
        if let Some(key) = &self.family.device_key {
            put(&mut claims, "device_key", key.as_str());
        }
        if self.issuance != Issuance::Api {
            put(&mut claims, "version", 2);
        }
        if let Some(resource) = &self.family.resource {
            put(&mut claims, "aud", resource.as_str());
        }
        put(&mut claims, "client_id", self.client.id.as_str());
        put(&mut claims, "token_use", "access");
        put(&mut claims, "scope", self.family.scope.as_str());
        self.times(&mut claims, self.client.access_token_validity());
        put(&mut claims, "jti", self.ctx.uuid());
        put(&mut claims, "username", self.user.username.as_str());
        claims
    }

    /// The claims that both tokens have.
    fn identity(&self, claims: &mut Map<String, Value>) {
        put(claims, "sub", self.user.sub.as_str());
        if !self.groups.is_empty() {
            put(
                claims,
                "cognito:groups",
                self.groups
                    .iter()
                    .map(|group| group.name.as_str())
                    .collect::<Vec<_>>(),
            );
        }
        put(claims, "iss", self.ctx.app.issuer(self.pool));
        if self.client.revokes_tokens() {
            put(claims, "origin_jti", self.family.origin_jti.as_str());
        }
        put(claims, "event_id", self.event_id.as_str());
        if let Some(acr) = &self.family.acr {
            put(claims, "acr", acr.as_str());
            put(claims, "amr", self.family.methods.amr());
        }
    }

    fn times(&self, claims: &mut Map<String, Value>, validity: std::time::Duration) {
        let now: Timestamp = self.ctx.now;
        put(claims, "auth_time", self.family.auth_time.seconds());
        put(claims, "exp", now.seconds() + seconds(validity));
        put(claims, "iat", now.seconds());
    }
}

/// OIDC Core §3.1.3.6: the left half of the access token's digest.
fn at_hash(access_token: &str) -> String {
    let digest = digest(&SHA256, access_token.as_bytes());
    URL_SAFE_NO_PAD.encode(&digest.as_ref()[..digest.as_ref().len() / 2])
}

fn put(claims: &mut Map<String, Value>, name: &str, value: impl Into<Value>) {
    claims.insert(name.to_owned(), value.into());
}

/// An attribute as a claim: text, except for the flags, the address and the time of the last
/// update.
fn attribute_claim(name: &str, value: &str) -> Value {
    match name {
        "email_verified" | "phone_number_verified" => Value::Bool(value == "true"),
        "address" => json!({ "formatted": value }),
        identities::IDENTITIES => identities::identities_claim(value),
        // (unsure) Documented both as string and as number; OIDC Core §5.1 wants a number.
        "updated_at" => value
            .parse::<i64>()
            .map_or_else(|_| value.into(), Value::from),
        _ => value.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(name: &str, precedence: Option<i32>, role: Option<&str>) -> Group {
        Group {
            pool_id: String::new(),
            name: name.to_owned(),
            description: None,
            role_arn: role.map(str::to_owned),
            precedence,
            created_at: Timestamp(0),
            updated_at: Timestamp(0),
        }
    }

    #[test]
    fn the_best_groups_role_is_preferred_unless_two_different_ones_tie() {
        assert_eq!(preferred_role(&[]), None);
        assert_eq!(preferred_role(&[group("a", None, Some("r"))]), None);
        assert_eq!(
            preferred_role(&[
                group("a", Some(1), Some("r")),
                group("b", Some(2), Some("s"))
            ]),
            Some("r")
        );
        assert_eq!(
            preferred_role(&[
                group("a", Some(1), Some("r")),
                group("b", Some(1), Some("s"))
            ]),
            None
        );
        assert_eq!(
            preferred_role(&[
                group("a", Some(1), Some("r")),
                group("b", Some(1), Some("r"))
            ]),
            Some("r")
        );
        assert_eq!(
            preferred_role(&[group("a", Some(1), None), group("b", Some(2), Some("s"))]),
            None
        );
    }

    #[test]
    fn flags_are_booleans_and_custom_attributes_always_text() {
        assert_eq!(attribute_claim("email_verified", "true"), json!(true));
        assert_eq!(attribute_claim("custom:age", "42"), json!("42"));
        assert_eq!(
            attribute_claim("address", "Main Street"),
            json!({ "formatted": "Main Street" })
        );
        assert_eq!(attribute_claim("updated_at", "17"), json!(17));
    }
}
