//! The pool as a client of the provider: the request with which a browser is sent there (OpenID
//! Connect Core §3.1.2.1), and what is asked once it is back with a code: tokens, then claims.
//!
//! Social providers without ID tokens are asked for a profile instead. Not here: how the provider
//! is reached (`counterpart.rs`), the ID token's checks (`id_token.rs`), who the person is in the
//! pool (`mod.rs`).

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use form_urlencoded::Serializer;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Map, Value, json};

use super::counterpart::Counterpart;
use super::id_token::{self, Expected};
use super::provider_claims::ProviderClaims;
use super::state::FederationState;
use crate::app::Ctx;
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
}

/// The address to which the browser is sent.
pub async fn authorization_url(
    ctx: &Ctx,
    provider: &IdentityProvider,
    origin: &str,
    started: &FederationState,
    state: &str,
    hints: &Hints<'_>,
) -> Result<String> {
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
    let join = if endpoints.authorize.contains('?') {
        '&'
    } else {
        '?'
    };
    Ok(format!("{}{join}{}", endpoints.authorize, query.finish()))
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
) -> Result<ProviderClaims> {
    let relying = Relying::of(ctx, provider).await?;
    let endpoints = &relying.counterpart.endpoints;
    let tokens = relying.tokens(started, code).await?;
    let text = |name: &str| tokens.get(name).and_then(Value::as_str);
    let access_token = text("access_token").unwrap_or_default();
    let mut claims = match &endpoints.issuer {
        Some(issuer) => {
            let token = text("id_token").ok_or_else(|| malformed("there is no id_token"))?;
            let expected = Expected {
                issuer,
                audience: Some(relying.client_id()),
                nonce: Some(&started.nonce),
                now: ctx.now,
            };
            id_token::verify(token, &relying.keys().await?, &expected)?
        }
        None => Claims::new(),
    };
    let id_token = Value::Object(claims.clone());
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
            return Err(malformed("the user info is somebody else's"));
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
    })
}

/// The claims of an ID token of the provider's for this pool, which somebody has handed in. None
/// where the provider issues none.
pub async fn check_id_token(
    ctx: &Ctx,
    provider: &IdentityProvider,
    token: &str,
) -> Result<Option<Claims>> {
    check_for(
        ctx,
        provider,
        token,
        provider.detail("client_id").or(Some("")),
    )
    .await
}

/// The same of a token for whichever client of the provider's: the caller says which of them count.
pub async fn check_signed(
    ctx: &Ctx,
    provider: &IdentityProvider,
    token: &str,
) -> Result<Option<Claims>> {
    check_for(ctx, provider, token, None).await
}

async fn check_for(
    ctx: &Ctx,
    provider: &IdentityProvider,
    token: &str,
    audience: Option<&str>,
) -> Result<Option<Claims>> {
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
    id_token::verify(token, &relying.keys().await?, &expected).map(Some)
}

/// Whom an access token of a pretend provider stands for. None for other tokens, and of providers
/// that are not pretended: their access tokens do not say for which app they are.
pub async fn pretended_profile(
    ctx: &Ctx,
    provider: &IdentityProvider,
    access_token: &str,
) -> Result<Option<Claims>> {
    let relying = Relying::of(ctx, provider).await?;
    if relying.counterpart.doubts_clients() {
        return Ok(None);
    }
    let answer = relying.counterpart.user_info(access_token).await?;
    Ok(answer.json().filter(|_| answer.is_ok()))
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
    async fn of(ctx: &'r Ctx, provider: &'r IdentityProvider) -> Result<Self> {
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
        let mut authorization = None;
        match self.secret()? {
            Some(secret) if self.counterpart.endpoints.basic => {
                // RFC 6749 §2.3.1: both are form-encoded first.
                let encode = |text: &str| {
                    form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>()
                };
                let pair = format!("{}:{}", encode(self.client_id()), encode(&secret));
                authorization = Some(format!("Basic {}", STANDARD.encode(pair)));
            }
            Some(secret) => {
                form.append_pair("client_id", self.client_id())
                    .append_pair("client_secret", &secret);
            }
            None => {
                form.append_pair("client_id", self.client_id());
            }
        }
        Ok((form.finish(), authorization))
    }

    /// The token endpoint's answer.
    async fn tokens(&self, started: &FederationState, code: &str) -> Result<Map<String, Value>> {
        let (form, authorization) = self.token_request(started, code)?;
        let answer = self.counterpart.token(form, authorization).await?;
        let tokens: Map<String, Value> = answer
            .json()
            .ok_or_else(|| malformed("the token endpoint answers no JSON"))?;
        if answer.is_ok() && !tokens.contains_key("error") {
            return Ok(tokens);
        }
        Err(Error::ProviderRefused {
            reason: reason(&tokens),
        })
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

    async fn keys(&self) -> Result<Vec<jsonwebtoken::jwk::Jwk>> {
        let answer = self.counterpart.keys().await?;
        let document: Value = answer
            .json()
            .filter(|_| answer.is_ok())
            .ok_or_else(|| malformed("there is no key set"))?;
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

    async fn user_info(&self, access_token: &str) -> Result<Map<String, Value>> {
        let answer = self.counterpart.user_info(access_token).await?;
        answer
            .json()
            .filter(|_| answer.is_ok())
            .ok_or_else(|| malformed("there is no user info"))
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
pub fn reason(answer: &Map<String, Value>) -> String {
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        // The social networks' form: {"error":{"message":"…"}}
        Value::Object(error) => error.get("message")?.as_str().map(str::to_owned),
        _ => None,
    };
    let words = ["error_description", "error"]
        .iter()
        .find_map(|name| answer.get(*name).and_then(text));
    federation::plain_words(words.as_deref().unwrap_or("the identity provider refused"))
}

fn malformed(what: &str) -> Error {
    Error::ProviderAnswerMalformed {
        what: what.to_owned(),
    }
}
