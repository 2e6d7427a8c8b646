//! Where a provider is asked: its endpoints as they were given, or as its issuer publishes them
//! (OpenID Connect Discovery 1.0).

use serde::Deserialize;

use crate::app::Ctx;
use crate::domain::addresses::is_web_address;
use crate::error::{Error, Result};
use crate::http_client::{Accept, HttpRequest};
use crate::store::IdentityProvider;

/// A provider, ready to be asked.
#[derive(Debug, Clone)]
pub struct ProviderEndpoints {
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
}

/// What an issuer publishes, as far as it counts here.
#[derive(Default, Deserialize)]
struct ProviderMetadata {
    issuer: Option<String>,
    authorization_endpoint: Option<String>,
    token_endpoint: Option<String>,
    userinfo_endpoint: Option<String>,
    jwks_uri: Option<String>,
    #[serde(default)]
    code_challenge_methods_supported: Vec<String>,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
}

impl ProviderEndpoints {
    /// What is not given is looked up.
    pub async fn of(ctx: &Ctx, provider: &IdentityProvider) -> Result<Self> {
        let issuer = provider.detail("oidc_issuer");
        let given = |key| provider.detail(key).map(str::to_owned);
        let (authorize, token) = (given("authorize_url"), given("token_url"));
        let (keys, user_info) = (given("jwks_uri"), given("attributes_url"));
        let complete =
            authorize.is_some() && token.is_some() && (keys.is_some() || issuer.is_none());
        let published = match issuer {
            Some(issuer) if !complete => discover(ctx, issuer).await?,
            _ => ProviderMetadata::default(),
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
        })
    }
}

async fn discover(ctx: &Ctx, issuer: &str) -> Result<ProviderMetadata> {
    let url = format!(
        "{}/.well-known/openid-configuration",
        issuer.trim_end_matches('/')
    );
    let request = HttpRequest {
        url: &url,
        accept: Accept::Json,
        authorization: None,
        form: None,
    };
    let answer = ctx
        .app
        .http_client
        .send(request)
        .await
        .map_err(|no_answer| {
            tracing::warn!("discovery of an identity provider: {no_answer}");
            Error::ProviderUnreachable {
                what: no_answer.to_string(),
            }
        })?;
    let published: ProviderMetadata =
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
