//! Where a provider is asked: its endpoints as they were given, as its issuer publishes them
//! (OpenID Connect Discovery 1.0), or those of the pretend provider.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{kind, pretend};
use crate::app::Ctx;
use crate::domain::addresses::is_web_address;
use crate::domain::identity_providers::is_pretended;
use crate::error::{Error, Result};
use crate::store::IdentityProvider;
use crate::web::Question;
use crate::wire::user_pools::IdentityProviderTypeType as Kind;

/// A provider, ready to be asked.
#[derive(Debug, Clone)]
pub struct Endpoints {
    pub authorize: String,
    pub token: String,
    /// Asked for claims with the access token; none where the ID token says everything.
    pub user_info: Option<String>,
    pub keys: Option<String>,
    /// Who signs the ID token; none for providers without one.
    pub issuer: Option<String>,
    /// The provider says that it takes a code challenge with S256.
    pub pkce: bool,
    /// The provider takes the client's secret in the header only.
    pub basic: bool,
    /// Everything but the browser's part happens inside.
    pub pretended: bool,
}

/// What an issuer publishes, as far as it counts here.
#[derive(Default, Deserialize)]
struct Published {
    issuer: Option<String>,
    authorization_endpoint: Option<String>,
    token_endpoint: Option<String>,
    userinfo_endpoint: Option<String>,
    jwks_uri: Option<String>,
    #[serde(default)]
    code_challenge_methods_supported: Vec<String>,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
}

/// A member of the provider's details.
pub fn detail<'p>(provider: &'p IdentityProvider, key: &str) -> Option<&'p str> {
    let details: Option<&BTreeMap<String, String>> = provider.settings.provider_details.as_ref();
    details?
        .get(key)
        .map(String::as_str)
        .filter(|value| !value.is_empty())
}

impl Endpoints {
    /// `origin` is where browsers reach the pretend providers.
    pub async fn of(ctx: &Ctx, provider: &IdentityProvider, origin: &str) -> Result<Self> {
        let issuer = detail(provider, "oidc_issuer");
        if is_pretended(ctx.app.settings.pretend_providers, &provider.settings) {
            return Ok(Self::pretended(provider, issuer, origin));
        }
        let given = |key| detail(provider, key).map(str::to_owned);
        let (authorize, token) = (given("authorize_url"), given("token_url"));
        let (keys, user_info) = (given("jwks_uri"), given("attributes_url"));
        let complete =
            authorize.is_some() && token.is_some() && (keys.is_some() || issuer.is_none());
        let published = match issuer {
            Some(issuer) if !complete => discover(ctx, issuer).await?,
            _ => Published::default(),
        };
        let missing = |what: &str| Error::ProviderAnswerMalformed {
            what: format!("no {what}"),
        };
        let methods = published
            .token_endpoint_auth_methods_supported
            .unwrap_or_default();
        let takes = |method: &str| methods.iter().any(|one| one == method);
        Ok(Self {
            authorize: authorize
                .or(published.authorization_endpoint)
                .filter(|url| is_web_address(url))
                .ok_or_else(|| missing("authorization_endpoint"))?,
            token: token
                .or(published.token_endpoint)
                .ok_or_else(|| missing("token_endpoint"))?,
            user_info: user_info.or(published.userinfo_endpoint),
            keys: keys.or(published.jwks_uri),
            issuer: issuer.map(str::to_owned),
            pkce: published
                .code_challenge_methods_supported
                .iter()
                .any(|method| method == "S256"),
            basic: takes("client_secret_basic") && !takes("client_secret_post"),
            pretended: false,
        })
    }

    /// The pretend provider speaks in the name of the one that it stands for.
    fn pretended(provider: &IdentityProvider, issuer: Option<&str>, origin: &str) -> Self {
        let base = pretend::base(provider, origin);
        Self {
            authorize: format!("{base}/authorize"),
            token: format!("{base}/token"),
            user_info: (kind(provider) != Kind::SignInWithApple)
                .then(|| format!("{base}/userinfo")),
            keys: issuer.map(|_| format!("{base}/jwks.json")),
            issuer: issuer.map(str::to_owned),
            pkce: issuer.is_some(),
            basic: false,
            pretended: true,
        }
    }
}

async fn discover(ctx: &Ctx, issuer: &str) -> Result<Published> {
    let url = format!(
        "{}/.well-known/openid-configuration",
        issuer.trim_end_matches('/')
    );
    let question = Question {
        url: &url,
        authorization: None,
        form: None,
    };
    let answer = ctx.app.web.ask(question).await.map_err(|no_answer| {
        tracing::warn!("discovery of an identity provider: {no_answer}");
        Error::ProviderUnreachable {
            what: no_answer.to_string(),
        }
    })?;
    let published: Published =
        answer
            .json()
            .filter(|_| answer.is_ok())
            .ok_or_else(|| Error::ProviderAnswerMalformed {
                what: "no discovery document".to_owned(),
            })?;
    // Discovery §4.3: who publishes for another issuer is not asked any further.
    match &published.issuer {
        Some(own) if own == issuer => Ok(published),
        other => Err(Error::IdTokenIssuer {
            issuer: other.clone().unwrap_or_default(),
        }),
    }
}
