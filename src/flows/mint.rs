//! Tokens without a sign-in: a test tool behind `POST /_mocknito/tokens`, not an operation of the
//! service.
//!
//! As a rule they are as real as any. Those with claims of the test's own, or with a defect, are
//! for verifiers to be tested with: nothing stands behind them in the store, and their ids are
//! marked, so that they open nothing here (`keys::Marks`,
//! `docs/decisions/0116-tokens-that-are-no-key.md`). Not here: what a defect does to header and
//! signature (`keys::TokenDefect`), the endpoint (`http::mocknito::tokens`).

use std::time::Duration;

use serde_json::{Map, Value};

use super::issue_tokens::{self, Issuance, TokenClaims, TokenRequest, Tokens};
use super::machine_tokens;
use super::{access_token, user_sessions, users};
use crate::app::Ctx;
use crate::clock::{ClockStep, Timestamp};
use crate::domain::clients::Flow;
use crate::error::{Error, Result};
use crate::ids;
use crate::keys::{PoolKeys, SigningKey, TokenDefect};
use crate::store::{Client, Pool, TokenFamily, User};
use crate::wire::user_pools::{AuthenticationResultType, OAuthFlowType};

/// An issuer that nobody can be: RFC 2606 §2 keeps the name free.
const NOBODYS_ISSUER: &str = "https://issuer.invalid";

const AN_HOUR: Duration = Duration::from_secs(3_600);

/// What tokens are to be made.
#[derive(Default)]
pub struct Minting {
    pub client_id: String,
    /// None for a client that acts for itself.
    pub username: Option<String>,
    /// None for those of an ordinary sign-in.
    pub scopes: Option<Vec<String>>,
    pub id_claims: Map<String, Value>,
    pub access_claims: Map<String, Value>,
    pub expires_in: Option<ClockStep>,
    pub issued_at: Option<Timestamp>,
    pub defect: Option<TokenDefect>,
}

/// Why there are none.
pub enum MintRefusal {
    /// As an operation would be refused.
    Service(Error),
    /// No sign-in could end so, in a sentence.
    Impossible(String),
}

impl<E: Into<Error>> From<E> for MintRefusal {
    fn from(error: E) -> Self {
        Self::Service(error.into())
    }
}

fn impossible<T>(why: impl Into<String>) -> Result<T, MintRefusal> {
    Err(MintRefusal::Impossible(why.into()))
}

impl Minting {
    /// Makes them.
    pub async fn mint(&self, ctx: &Ctx) -> Result<AuthenticationResultType, MintRefusal> {
        let (pool, client) = ctx.client(&self.client_id).await?;
        self.check_claims()?;
        match &self.username {
            Some(username) => self.for_user(ctx, &pool, &client, username).await,
            None => self.for_machine(ctx, &pool, &client).await,
        }
    }

    /// As if the user had answered every challenge. A disabled user gets none.
    async fn for_user(
        &self,
        ctx: &Ctx,
        pool: &Pool,
        client: &Client,
        username: &str,
    ) -> Result<AuthenticationResultType, MintRefusal> {
        let (scope, issuance) = self.user_scope(client)?;
        let user = users::find(ctx, pool, username).await?;
        let user = user.ok_or(Error::UserNotFound)?;
        if !user.enabled {
            return Err(Error::UserDisabled.into());
        }
        let mut family = issue_tokens::new_family(ctx, client, &user, &scope);
        family.auth_time = self.issued_at.unwrap_or(ctx.now);
        self.issue(ctx, pool, client, &user, &family, issuance)
            .await
    }

    async fn issue(
        &self,
        ctx: &Ctx,
        pool: &Pool,
        client: &Client,
        user: &User,
        family: &TokenFamily,
        issuance: Issuance<'_>,
    ) -> Result<AuthenticationResultType, MintRefusal> {
        let keys = ctx.keys(pool).await?;
        let request = TokenRequest::new(user, family, issuance);
        let claims = issue_tokens::claims(ctx, pool, client, request).await?;
        if claims.id.is_none() && !self.id_claims.is_empty() {
            return impossible("Without the scope openid there is no ID token to have claims.");
        }
        let tokens = self.sign(ctx, pool, &keys, claims).await?;
        if self.is_no_key() {
            return Ok(issue_tokens::result(tokens, None));
        }
        let write = ctx.store().write_once().await;
        write.insert_family(family).await?;
        user_sessions::note(ctx, pool, family).await?;
        let hosted = issuance != Issuance::Api;
        let refresh = issue_tokens::refresh_token(ctx, family, hosted)?;
        Ok(issue_tokens::result(tokens, Some(refresh)))
    }

    /// As if the client had shown its secret at the token endpoint.
    async fn for_machine(
        &self,
        ctx: &Ctx,
        pool: &Pool,
        client: &Client,
    ) -> Result<AuthenticationResultType, MintRefusal> {
        if !self.id_claims.is_empty() {
            return impossible("A client that acts for itself gets no ID token to have claims.");
        }
        let is_machine =
            client.allows_grant(OAuthFlowType::ClientCredentials) && !client.secrets.is_empty();
        if !is_machine {
            return impossible(
                "Say a username: without one the client would get a token for itself, for which \
                 it needs a secret and client_credentials in AllowedOAuthFlows.",
            );
        }
        self.check_scopes(client)?;
        let asked = self.scopes.as_ref().map(|scopes| scopes.join(" "));
        let Ok(scope) = machine_tokens::granted(client, asked.as_deref()) else {
            return impossible("The client has no scopes in AllowedOAuthScopes.");
        };
        let keys = ctx.keys(pool).await?;
        let claims = TokenClaims {
            access: issue_tokens::machine_claims(ctx, pool, client, &scope, None).await?,
            id: None,
            binds: false,
        };
        let tokens = self.sign(ctx, pool, &keys, claims).await?;
        Ok(issue_tokens::result(tokens, None))
    }

    /// The scopes of the user's tokens, and how they could have been issued. Without any asked for
    /// they are those of a sign-in at the API, where the client has one.
    fn user_scope(&self, client: &Client) -> Result<(String, Issuance<'static>), MintRefusal> {
        let by_api = [
            Flow::UserSrp,
            Flow::UserPassword,
            Flow::AdminUserPassword,
            Flow::UserAuth,
            Flow::Custom,
        ]
        .into_iter()
        .any(|flow| client.allows(flow));
        let by_pages = client.allows_grant(OAuthFlowType::Code)
            || client.allows_grant(OAuthFlowType::Implicit);
        let of_api = match &self.scopes {
            None => by_api,
            Some(scopes) => by_api && *scopes == [access_token::ADMIN_SCOPE],
        };
        if of_api {
            return Ok((access_token::ADMIN_SCOPE.to_owned(), Issuance::Api));
        }
        if !by_pages {
            return impossible(if by_api {
                "Users sign in to this client at the API only, and get the scope \
                 aws.cognito.signin.user.admin there: for others it needs code or implicit in \
                 AllowedOAuthFlows."
            } else {
                "No user can sign in to this client: neither ExplicitAuthFlows nor \
                 AllowedOAuthFlows has a way. Leave the username out for a token of the client's \
                 own."
            });
        }
        self.check_scopes(client)?;
        let allowed = client.settings.allowed_oauth_scopes.clone();
        let scopes = self.scopes.clone().or(allowed).unwrap_or_default();
        Ok((scopes.join(" "), Issuance::Hosted { nonce: None }))
    }

    fn check_scopes(&self, client: &Client) -> Result<(), MintRefusal> {
        let Some(scopes) = &self.scopes else {
            return Ok(());
        };
        let allowed = client.settings.allowed_oauth_scopes.as_deref();
        let allowed = allowed.unwrap_or_default();
        if scopes.is_empty() {
            return impossible("scopes is empty: name some, or leave it out.");
        }
        match scopes.iter().find(|scope| !allowed.contains(scope)) {
            None => Ok(()),
            Some(scope) => impossible(format!(
                "The client could not get the scope {scope:?}: its AllowedOAuthScopes are \
                 {allowed:?}. To test with it all the same, say \
                 {{\"claims\": {{\"access\": {{\"scope\": {scope:?}}}}}}}.",
            )),
        }
    }

    /// The ids are the server's: by them it knows what is no key.
    fn check_claims(&self) -> Result<(), MintRefusal> {
        for claims in [&self.id_claims, &self.access_claims] {
            for name in ["event_id", "jti"] {
                if claims.contains_key(name) {
                    return impossible(format!("{name} is given by the server alone."));
                }
            }
        }
        Ok(())
    }

    /// Whether the tokens are to be refused by verifiers, or say what the test made up.
    fn is_no_key(&self) -> bool {
        self.defect.is_some() || !self.id_claims.is_empty() || !self.access_claims.is_empty()
    }

    async fn sign(
        &self,
        ctx: &Ctx,
        pool: &Pool,
        keys: &PoolKeys,
        mut claims: TokenClaims,
    ) -> Result<Tokens, MintRefusal> {
        let other = match self.defect {
            Some(TokenDefect::OtherPool) => Some(ctx.app.keys.strangers().await?),
            _ => None,
        };
        let mut access = claims.access.clone();
        let mark = ctx.draw(|rng| ctx.app.keys.marks.id(rng));
        self.tailor(ctx, pool, &mut access, &self.access_claims, &mark)?;
        let expires_in = access.get("exp").and_then(Value::as_i64);
        let expires_in = expires_in.unwrap_or_default() - ctx.now.seconds();
        let sign = |own: &SigningKey, claims: &Map<String, Value>| {
            let key = other.as_deref().unwrap_or(own);
            ctx.draw(|rng| key.sign_with_defect(claims, self.defect, rng))
        };
        let access = sign(&keys.access, &access)?;
        let id = match claims.id_beside(&access) {
            Some(mut id) => {
                self.tailor(ctx, pool, &mut id, &self.id_claims, &mark)?;
                Some(sign(&keys.id, &id)?)
            }
            None => None,
        };
        Ok(Tokens {
            access,
            id,
            expires_in,
        })
    }

    /// Times, the defect if it is one of claims, and the test's own claims, in this order.
    fn tailor(
        &self,
        ctx: &Ctx,
        pool: &Pool,
        claims: &mut Map<String, Value>,
        own: &Map<String, Value>,
        mark: &str,
    ) -> Result<(), MintRefusal> {
        self.set_times(ctx, claims)?;
        self.spoil(ctx, pool, claims);
        for (name, value) in own {
            if value.is_null() {
                claims.remove(name);
            } else {
                claims.insert(name.clone(), value.clone());
            }
        }
        // An expired token is refused as one. The others are known by their marks.
        if self.is_no_key() && (self.defect != Some(TokenDefect::Expired) || !own.is_empty()) {
            let name = if claims.contains_key("event_id") {
                "event_id"
            } else {
                "jti"
            };
            claims.insert(name.to_owned(), mark.into());
        }
        Ok(())
    }

    fn set_times(&self, ctx: &Ctx, claims: &mut Map<String, Value>) -> Result<(), MintRefusal> {
        let number = |name: &str| claims.get(name).and_then(Value::as_i64).unwrap_or_default();
        let validity = number("exp") - number("iat");
        let step = match (self.expires_in, self.defect) {
            (None, Some(TokenDefect::Expired)) => Some(ClockStep::Back(AN_HOUR)),
            (Some(ClockStep::On(_)), Some(TokenDefect::Expired)) => {
                return impossible("An expired token has an expires_in such as \"-1h\".");
            }
            (given, _) => given,
        };
        let exp = step.map(|step| step.from(ctx.now).seconds());
        let issued = self.issued_at.map(Timestamp::seconds);
        // Who says neither has a token of now. One that has ended began before its end.
        let issued = match (issued, exp) {
            (Some(issued), _) => issued,
            (None, Some(exp)) if exp <= ctx.now.seconds() => exp - validity,
            (None, _) => ctx.now.seconds(),
        };
        let exp = exp.unwrap_or(issued + validity);
        if exp < 0 || issued < 0 || issued > exp {
            return impossible("The tokens would end before they begin, or before 1970.");
        }
        for (name, value) in [("iat", issued), ("auth_time", issued), ("exp", exp)] {
            claims.insert(name.to_owned(), value.into());
        }
        Ok(())
    }

    /// The defects that are one of the claims.
    fn spoil(&self, ctx: &Ctx, pool: &Pool, claims: &mut Map<String, Value>) {
        match self.defect {
            Some(TokenDefect::NotYetValid) => {
                // Half of its life from now, so that it will be valid for the other half.
                let now = ctx.now.seconds();
                let exp = claims.get("exp").and_then(Value::as_i64).unwrap_or(now);
                let nbf = now + (exp - now).max(2) / 2;
                claims.insert("nbf".to_owned(), nbf.into());
            }
            Some(TokenDefect::Issuer) => {
                let nobodys = format!("{NOBODYS_ISSUER}/{}", pool.id);
                claims.insert("iss".to_owned(), nobodys.into());
            }
            Some(TokenDefect::Audience) => {
                let nobody = ctx.draw(ids::client);
                let name = if claims.contains_key("client_id") {
                    "client_id"
                } else {
                    "aud"
                };
                claims.insert(name.to_owned(), nobody.into());
            }
            Some(TokenDefect::TokenUse) => {
                let other = match claims.get("token_use").and_then(Value::as_str) {
                    Some("id") => "access",
                    _ => "id",
                };
                claims.insert("token_use".to_owned(), other.into());
            }
            Some(TokenDefect::OtherPool) => {
                let own = ctx.app.issuer(pool);
                let other = ctx.draw(|rng| ids::user_pool(&pool.region, rng));
                claims.insert("iss".to_owned(), own.replace(&pool.id, &other).into());
            }
            Some(
                TokenDefect::Signature
                | TokenDefect::Expired
                | TokenDefect::Kid
                | TokenDefect::AlgNone
                | TokenDefect::AlgHs256
                | TokenDefect::Truncated,
            )
            | None => {}
        }
    }
}
