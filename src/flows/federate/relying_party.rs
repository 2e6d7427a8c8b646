//! The pool as a client of the provider: the request with which a browser is sent there (OpenID
//! Connect Core §3.1.2.1), and what is asked once it is back with a code: tokens, then claims.
//!
//! Social providers without ID tokens are asked for a profile instead. Not here: how the provider
//! is reached (`counterpart.rs`), the ID token's checks (`id_token.rs`), who the person is in the
//! pool (`mod.rs`).

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use form_urlencoded::Serializer;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Map, Value, json};

use super::ask::missing;
use super::counterpart::Counterpart;
use super::endpoints::with_query;
use super::fault::{AtStep, Round, RoundStep, words};
use super::id_token::{self, Expected, TokenKeys, Unverified};
use super::provider_claims::ProviderClaims;
use super::state::FederationState;
use crate::app::Ctx;
use crate::domain::authentication_levels::Level;
use crate::domain::federation::{self, Claims};
use crate::error::{Error, Result};
use crate::flows::triggers::ProviderAnswer;
use crate::store::IdentityProvider;
use crate::wire::user_pools::IdentityProviderTypeType as Kind;

/// How long a client assertion for Apple lives, in seconds.
const ASSERTION_LIFE: i64 = 300;

/// What is passed on to the provider, as the application asked for it.
#[derive(Default)]
pub struct Hints<'h> {
    pub login_hint: Option<&'h str>,
    pub prompt: Option<&'h str>,
    /// The levels of which the application wants one.
    pub levels: &'h [Level],
}

/// The address to which the browser is sent.
pub async fn authorization_url(
    ctx: &Ctx,
    provider: &IdentityProvider,
    origin: &str,
    started: &FederationState,
    state: &str,
    hints: &Hints<'_>,
) -> Round<String> {
    let endpoints = Counterpart::of(ctx, provider, origin).await?.endpoints;
    let mut query = Serializer::new(String::new());
    query
        .append_pair(
            "client_id",
            provider.detail("client_id").unwrap_or_default(),
        )
        .append_pair("redirect_uri", &started.redirect_uri)
        .append_pair("response_type", "code")
        .append_pair("scope", &scopes(provider))
        .append_pair("state", state);
    if endpoints.issuer.is_some() {
        query.append_pair("nonce", &started.nonce);
    }
    if endpoints.pkce {
        query
            .append_pair("code_challenge", &started.challenge())
            .append_pair("code_challenge_method", "S256");
    }
    if provider.kind() == Kind::SignInWithApple {
        // Apple answers a request for e-mail or name by a form only.
        query.append_pair("response_mode", "form_post");
    }
    if let Some(hint) = hints.login_hint {
        query.append_pair("login_hint", hint);
    }
    // What has no meaning for the social networks' own dialogues is kept from them.
    if let Some(prompt) = hints.prompt.filter(|_| endpoints.issuer.is_some()) {
        query.append_pair("prompt", prompt);
    }
    // Levels for which the provider has no name are none of its business.
    let levels = hints.levels.iter();
    let levels: Vec<&str> = levels
        .filter_map(|level| level.mapped_name(&provider.settings))
        .collect();
    if !levels.is_empty() {
        query.append_pair("acr_values", &levels.join(" "));
    }
    Ok(with_query(&endpoints.authorize, &query.finish()))
}

/// The scopes as the provider reads them. Facebook's are separated by commas, also in the API's own
/// examples.
fn scopes(provider: &IdentityProvider) -> String {
    let asked = provider.detail("authorize_scopes").unwrap_or_default();
    let scopes: Vec<&str> = asked
        .split([' ', ','])
        .filter(|scope| !scope.is_empty())
        .collect();
    scopes.join(if provider.kind() == Kind::Facebook {
        ","
    } else {
        " "
    })
}

/// What the provider says of the person for whom it gave this code. `user` is what Apple sends
/// beside the code.
pub async fn redeem(
    ctx: &Ctx,
    provider: &IdentityProvider,
    started: &FederationState,
    code: &str,
    user: Option<&str>,
) -> Round<ProviderClaims> {
    let relying = Relying::of(ctx, provider).await?;
    let endpoints = &relying.counterpart.endpoints;
    let tokens = relying.tokens(started, code).await?;
    let text = |name: &str| tokens.get(name).and_then(Value::as_str);
    let access_token = text("access_token").unwrap_or_default();
    let mut claims = match &endpoints.issuer {
        Some(issuer) => {
            let Some(token) = text("id_token") else {
                return missing(RoundStep::Token, "there is no id_token");
            };
            let expected = Expected {
                issuer,
                audience: Some(relying.client_id()),
                nonce: Some(&started.nonce),
                now: ctx.now,
            };
            let claims = relying.verified(token).await?;
            id_token::check_claims(&claims, &expected).at(RoundStep::IdToken)?;
            claims
        }
        None => Claims::new(),
    };
    let id_token = Value::Object(claims.clone());
    let level = Level::of_provider(&provider.settings, &claims);
    let mut user_info = Value::Object(Claims::new());
    if relying.asks_user_info(&claims) {
        let info = relying.user_info(access_token).await?;
        user_info = Value::Object(info.clone());
        // OpenID Connect Core §5.3.2: whoever else is described there is not the person who signed
        // in.
        if endpoints.issuer.is_some()
            && provider.kind() == Kind::Oidc
            && info.get("sub") != claims.get("sub")
        {
            return missing(RoundStep::UserInfo, "the user info is somebody else's");
        }
        for (name, value) in info {
            if !PROTOCOL.contains(&name.as_str()) {
                claims.insert(name, value);
            }
        }
    }
    if provider.kind() == Kind::SignInWithApple {
        add_apples_user(&mut claims, user);
    }
    // A pool may map the tokens themselves, to attributes of its own.
    for name in ["access_token", "id_token", "refresh_token"] {
        if let Some(token) = text(name) {
            claims.insert(name.to_owned(), token.into());
        }
    }
    Ok(ProviderClaims {
        claims,
        answer: ProviderAnswer::Oidc {
            token_response: Value::Object(tokens),
            id_token,
            user_info,
        },
        level,
        saml_session: None,
    })
}

/// The claims of an ID token of the provider's for this pool, which somebody has handed in: no
/// browser went there. None where the provider issues none.
pub async fn check_id_token(
    ctx: &Ctx,
    provider: &IdentityProvider,
    token: &str,
) -> Round<Option<Claims>> {
    let audience = provider.detail("client_id").unwrap_or_default();
    check_for(ctx, provider, token, Some(audience)).await
}

/// The same of a token for whichever client of the provider's: the caller says which of them count.
pub async fn check_signed(
    ctx: &Ctx,
    provider: &IdentityProvider,
    token: &str,
) -> Result<Option<Claims>> {
    let checked = check_for(ctx, provider, token, None).await;
    checked.map_err(|fault| fault.log_outage(ctx, provider))
}

async fn check_for(
    ctx: &Ctx,
    provider: &IdentityProvider,
    token: &str,
    audience: Option<&str>,
) -> Round<Option<Claims>> {
    let relying = Relying::of(ctx, provider).await?;
    let Some(issuer) = &relying.counterpart.endpoints.issuer else {
        return Ok(None);
    };
    let expected = Expected {
        issuer,
        audience,
        nonce: None,
        now: ctx.now,
    };
    let claims = relying.verified(token).await?;
    id_token::check_claims(&claims, &expected).at(RoundStep::IdToken)?;
    Ok(Some(claims))
}

/// The keys with which the provider signs.
pub async fn signing_keys(ctx: &Ctx, provider: &IdentityProvider) -> Round<Vec<Jwk>> {
    Relying::of(ctx, provider).await?.keys().await
}

/// Whom an access token of a pretend provider stands for. None for other tokens, and of providers
/// that are not pretended: their access tokens do not say for which app they are.
pub async fn pretended_profile(
    ctx: &Ctx,
    provider: &IdentityProvider,
    access_token: &str,
) -> Result<Option<Claims>> {
    let relying = Relying::of(ctx, provider).await;
    let relying = relying.map_err(|fault| fault.log_outage(ctx, provider))?;
    if relying.counterpart.doubts_clients() {
        return Ok(None);
    }
    let answered = relying.counterpart.user_info(access_token).await;
    let answered = answered.map_err(|fault| fault.log_outage(ctx, provider))?;
    Ok(answered.document().ok())
}

/// What is known of the person in an access token of the provider's for this pool. Only tokens that
/// say for which client they were made are taken: JWTs, and what the provider's introspection
/// explains. Any application's token would do for user info, also one that a stranger's application
/// got from the same person. None where the provider issues neither.
pub async fn check_access_token(
    ctx: &Ctx,
    provider: &IdentityProvider,
    token: &str,
) -> Round<Option<Claims>> {
    let relying = Relying::of(ctx, provider).await?;
    let Some(issuer) = &relying.counterpart.endpoints.issuer else {
        return Ok(None);
    };
    let step = RoundStep::Introspection;
    if Unverified::read(token).is_ok() {
        let claims = relying.verified(token).await?;
        id_token::check_issuer(&claims, issuer).at(step)?;
        id_token::check_times(&claims, ctx.now).at(step)?;
        relying.check_client(&claims).at(step)?;
        // An ID token has none of these (RFC 9068 §5 warns of taking one for the other).
        let marks = ["scope", "scp", "client_id"];
        if !marks.iter().any(|name| claims.contains_key(*name)) {
            return Err(id_token::refused("it is no access token")).at(step);
        }
        return Ok(Some(claims));
    }
    let (form, authorization) = relying.introspection(token).at(step)?;
    let asked = relying.counterpart.introspect(form, authorization).await?;
    let Some(answered) = asked else {
        return Ok(None);
    };
    let claims: Claims = answered.document()?;
    if claims.get("active") != Some(&Value::Bool(true)) {
        return Err(answered.fault(id_token::refused("it is not active")));
    }
    if claims.contains_key("iss") {
        id_token::check_issuer(&claims, issuer).at(step)?;
    }
    relying.check_client(&claims).at(step)?;
    Ok(Some(claims))
}

/// What an ID token says of itself: no user info may say otherwise.
const PROTOCOL: [&str; 8] = [
    "iss",
    "aud",
    "azp",
    "exp",
    "nbf",
    "iat",
    "nonce",
    "auth_time",
];

/// The name that a person chose to tell, in `user` beside the code: unsigned, and sent at the first
/// sign-in only. Nothing that the ID token says is changed by it.
fn add_apples_user(claims: &mut Claims, user: Option<&str>) {
    let user: Value = user
        .and_then(|user| serde_json::from_str(user).ok())
        .unwrap_or_default();
    let name = &user["name"];
    let (first, last) = (name["firstName"].as_str(), name["lastName"].as_str());
    let full = [first, last]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(" ");
    for (claim, value) in [
        ("firstName", first),
        ("lastName", last),
        ("name", Some(full.as_str())),
    ] {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            claims
                .entry(claim.to_owned())
                .or_insert_with(|| value.into());
        }
    }
}

struct Relying<'r> {
    ctx: &'r Ctx,
    provider: &'r IdentityProvider,
    counterpart: Counterpart<'r>,
}

impl<'r> Relying<'r> {
    async fn of(ctx: &'r Ctx, provider: &'r IdentityProvider) -> Round<Self> {
        let counterpart = Counterpart::of(ctx, provider, &ctx.app.settings.public_url).await?;
        Ok(Self {
            ctx,
            provider,
            counterpart,
        })
    }

    fn client_id(&self) -> &str {
        self.provider.detail("client_id").unwrap_or_default()
    }

    /// The form for the token endpoint, and the header `Authorization` where the client's secret
    /// belongs there.
    fn token_request(
        &self,
        started: &FederationState,
        code: &str,
    ) -> Result<(String, Option<String>)> {
        let mut form = Serializer::new(String::new());
        form.append_pair("grant_type", "authorization_code")
            .append_pair("code", code)
            .append_pair("redirect_uri", &started.redirect_uri);
        if self.counterpart.endpoints.pkce {
            form.append_pair("code_verifier", &started.verifier);
        }
        let authorization = self.authenticate(&mut form)?;
        Ok((form.finish(), authorization))
    }

    /// The form for the introspection endpoint, and the header `Authorization`.
    fn introspection(&self, token: &str) -> Result<(String, Option<String>)> {
        let mut form = Serializer::new(String::new());
        form.append_pair("token", token)
            .append_pair("token_type_hint", "access_token");
        let authorization = self.authenticate(&mut form)?;
        Ok((form.finish(), authorization))
    }

    /// Says in the form who asks, and proves it there or in the header `Authorization`.
    fn authenticate(&self, form: &mut Serializer<'_, String>) -> Result<Option<String>> {
        match self.secret()? {
            Some(secret) if self.counterpart.endpoints.basic => {
                // RFC 6749 §2.3.1: both are form-encoded first.
                let encode = |text: &str| {
                    form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>()
                };
                let pair = format!("{}:{}", encode(self.client_id()), encode(&secret));
                return Ok(Some(format!("Basic {}", STANDARD.encode(pair))));
            }
            Some(secret) => {
                form.append_pair("client_id", self.client_id())
                    .append_pair("client_secret", &secret);
            }
            None => {
                form.append_pair("client_id", self.client_id());
            }
        }
        Ok(None)
    }

    /// The token endpoint's answer.
    async fn tokens(&self, started: &FederationState, code: &str) -> Round<Map<String, Value>> {
        let (form, authorization) = self.token_request(started, code).at(RoundStep::Token)?;
        let answered = self.counterpart.token(form, authorization).await?;
        let response = &answered.response;
        let Some(tokens) = response.json::<Map<String, Value>>() else {
            return Err(
                answered.misunderstood(format!("it answered {}, and no JSON", response.status))
            );
        };
        if response.is_ok() && !tokens.contains_key("error") {
            return Ok(tokens);
        }
        Err(answered.fault(Error::ProviderRefused {
            reason: reason(&tokens),
        }))
    }

    /// The claims of a token that is signed by the provider, or with the secret that it shares with
    /// the pool.
    async fn verified(&self, token: &str) -> Round<Claims> {
        let token = Unverified::read(token).at(RoundStep::IdToken)?;
        let claims = if token.is_by_secret() {
            let secret = self.provider.detail("client_secret").unwrap_or_default();
            token.verified(&TokenKeys::Secret(secret))
        } else {
            token.verified(&TokenKeys::Keys(&self.keys().await?))
        };
        claims.at(RoundStep::IdToken)
    }

    /// Whether an access token was made for this pool's client.
    fn check_client(&self, claims: &Claims) -> Result<()> {
        let ours = |claim: &Value| id_token::names(claim, self.client_id());
        // The client itself where it is named; the audience otherwise.
        let named = ["azp", "client_id"]
            .iter()
            .find_map(|name| claims.get(*name));
        if named.or_else(|| claims.get("aud")).is_some_and(ours) {
            Ok(())
        } else {
            Err(id_token::refused("it was made for another party"))
        }
    }

    /// What the pool proves itself with; Apple wants a fresh assertion each time.
    fn secret(&self) -> Result<Option<String>> {
        if self.provider.kind() != Kind::SignInWithApple {
            return Ok(self.provider.detail("client_secret").map(str::to_owned));
        }
        match apples_secret(self.ctx, self.provider) {
            Some(secret) => Ok(Some(secret)),
            // A test's key need not be one as long as nobody checks it.
            None if !self.counterpart.doubts_clients() => Ok(None),
            None => Err(Error::ProviderRefused {
                reason: "the private key of the identity provider cannot be used".to_owned(),
            }),
        }
    }

    async fn keys(&self) -> Round<Vec<Jwk>> {
        let document: Value = self.counterpart.keys().await?.document()?;
        Ok(id_token::key_set(&document))
    }

    /// Google is asked only for what the ID token leaves out; Apple cannot be asked.
    fn asks_user_info(&self, claims: &Claims) -> bool {
        self.counterpart.endpoints.user_info.is_some()
            && match self.provider.kind() {
                Kind::SignInWithApple => false,
                Kind::Google => federation::wanted(&self.provider.settings)
                    .iter()
                    .any(|claim| !claims.contains_key(*claim)),
                _ => true,
            }
    }

    async fn user_info(&self, access_token: &str) -> Round<Map<String, Value>> {
        self.counterpart.user_info(access_token).await?.document()
    }
}

/// The assertion with which Apple knows its clients: signed with the key that was given there.
fn apples_secret(ctx: &Ctx, provider: &IdentityProvider) -> Option<String> {
    let key: String = provider
        .detail("private_key")?
        .lines()
        .filter(|line| !line.starts_with("-----"))
        .flat_map(str::split_whitespace)
        .collect();
    let der = STANDARD
        .decode(&key)
        .or_else(|_| URL_SAFE_NO_PAD.decode(&key))
        .ok()?;
    let mut header = Header::new(Algorithm::ES256);
    header.kid = provider.detail("key_id").map(str::to_owned);
    let claims = json!({
        "iss": provider.detail("team_id")?,
        "iat": ctx.now.seconds(),
        "exp": ctx.now.seconds() + ASSERTION_LIFE,
        "aud": provider.detail("oidc_issuer")?,
        "sub": provider.detail("client_id")?,
    });
    jsonwebtoken::encode(&header, &claims, &EncodingKey::from_ec_der(&der)).ok()
}

/// The provider's own words for a refusal, as far as they can be passed on.
fn reason(answer: &Map<String, Value>) -> String {
    let said = words(answer, "error_description").or_else(|| words(answer, "error"));
    federation::plain_words(said.unwrap_or("the identity provider refused"))
}
