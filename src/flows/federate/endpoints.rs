//! Where a provider is asked: its endpoints as they were given, or as its issuer publishes them
//! (OpenID Connect Discovery 1.0).

use serde::Deserialize;

use super::ask::{Question, missing};
use super::fault::{Round, RoundStep};
use crate::app::Ctx;
use crate::domain::addresses::is_web_address;
use crate::domain::federation::plain_words;
use crate::http_client::Accept;
use crate::store::IdentityProvider;

/// A provider, ready to be asked.
#[derive(Debug, Clone)]
pub struct ProviderEndpoints {
    pub authorize: String,
    pub token: String,
    /// Asked for claims with the access token; none where the ID token says everything.
    pub user_info: Option<String>,
    pub keys: Option<String>,
    /// Asked what an access token is (RFC 7662).
    pub introspection: Option<String>,
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
    introspection_endpoint: Option<String>,
    #[serde(default)]
    code_challenge_methods_supported: Vec<String>,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
}

impl ProviderEndpoints {
    /// What is not given is looked up.
    pub async fn of(ctx: &Ctx, provider: &IdentityProvider) -> Round<Self> {
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
        let methods = published
            .token_endpoint_auth_methods_supported
            .unwrap_or_default();
        let takes = |method: &str| methods.iter().any(|one| one == method);
        let authorize = authorize
            .or(published.authorization_endpoint)
            .filter(|url| is_web_address(url));
        let Some(authorize) = authorize else {
            return missing(RoundStep::Discovery, "no authorization_endpoint");
        };
        let Some(token) = token.or(published.token_endpoint) else {
            return missing(RoundStep::Discovery, "no token_endpoint");
        };
        Ok(Self {
            authorize,
            token,
            user_info: user_info.or(published.userinfo_endpoint),
            keys: keys.or(published.jwks_uri),
            introspection: published.introspection_endpoint,
            issuer: issuer.map(str::to_owned),
            pkce: published
                .code_challenge_methods_supported
                .iter()
                .any(|method| method == "S256"),
            basic: takes("client_secret_basic") && !takes("client_secret_post"),
        })
    }
}

/// Where an issuer publishes its keys.
pub async fn jwks_uri(ctx: &Ctx, issuer: &str) -> Round<String> {
    match discover(ctx, issuer).await?.jwks_uri {
        Some(url) => Ok(url),
        None => missing(RoundStep::Discovery, "there is no jwks_uri"),
    }
}

/// An endpoint with these parameters, after those that its address has already.
pub fn with_query(endpoint: &str, query: &str) -> String {
    let join = if endpoint.contains('?') { '&' } else { '?' };
    format!("{endpoint}{join}{query}")
}

async fn discover(ctx: &Ctx, issuer: &str) -> Round<ProviderMetadata> {
    let url = format!(
        "{}/.well-known/openid-configuration",
        issuer.trim_end_matches('/')
    );
    let question = Question::get(RoundStep::Discovery, &url, Accept::Json);
    let answered = question.ask(ctx).await?;
    let published: ProviderMetadata = answered.document()?;
    // Discovery §4.3: who publishes for another issuer is not asked any further.
    match &published.issuer {
        Some(own) if own == issuer => Ok(published),
        other => {
            let other = plain_words(other.as_deref().unwrap_or_default());
            Err(answered.misunderstood(format!("it is of another issuer, {other}")))
        }
    }
}
