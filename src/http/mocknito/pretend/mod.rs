//! `/_mocknito/providers/{pool}/{provider}/…`: the pretend identity providers, as browsers and
//! other programs reach them.
//!
//! The same provider that the relying party asks inside the process. Not here: codes and tokens
//! (`flows::federate::pretend`), how pages look (`pages.rs`), when a provider is pretended
//! (`domain::identity_providers::is_pretended`).

pub mod pages;

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use form_urlencoded::Serializer;
use serde_json::{Value, json};

use crate::app::{App, Ctx};
use crate::boxed::boxed;
use crate::domain::federation::Claims;
use crate::domain::usernames::looks_like_email;
use crate::domain::{addresses, identity_providers};
use crate::error::{Error, Result};
use crate::flows::federate::pretend::{self, Described, PretendRequest};
use crate::http::oauth::{IDP_RESPONSE, SAML_RESPONSE};
use crate::http_client::HttpResponse;
use crate::keys::Purpose;
use crate::store::{IdentityProvider, PretendPerson};

use crate::wire::user_pools::IdentityProviderTypeType as Kind;
use pages::Typed;

pub type Place = Path<(String, String)>;

/// Why a page cannot be shown.
pub struct RefusalPage(StatusCode, String);

impl From<Error> for RefusalPage {
    fn from(error: Error) -> Self {
        match error {
            Error::Internal(cause) => {
                tracing::error!("pretend provider: {cause:#}");
                Self(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "Something went wrong.".to_owned(),
                )
            }
            other => Self(StatusCode::BAD_REQUEST, other.message()),
        }
    }
}

impl IntoResponse for RefusalPage {
    fn into_response(self) -> Response {
        pages::refused(self.0, &self.1)
    }
}

/// The provider at this place, if its part is played here.
async fn find(ctx: &Ctx, (pool, name): &(String, String)) -> Result<IdentityProvider, RefusalPage> {
    let nothing = || {
        RefusalPage(
            StatusCode::NOT_FOUND,
            "No pretend identity provider is here.".to_owned(),
        )
    };
    let pool = ctx.pool(pool).await.map_err(|error| match error {
        Error::PoolNotFound { .. } => nothing(),
        other => other.into(),
    })?;
    let mut read = ctx.store().read().await?;
    let found = read.identity_providers().find(&pool.id, name).await?;
    let mode = ctx.app.settings.pretend_providers;
    found
        .filter(|provider| identity_providers::is_pretended(mode, &provider.settings))
        .ok_or_else(nothing)
}

/// `GET …/authorize`: the page on which one chooses who to be.
pub async fn authorize(
    State(app): State<Arc<App>>,
    Path(place): Place,
    RawQuery(query): RawQuery,
) -> Result<Response, RefusalPage> {
    let ctx = Ctx::new(app, "PretendAuthorize", None);
    let provider = find(&ctx, &place).await?;
    let query = parse(query.unwrap_or_default().as_bytes());
    let asked = match provider.kind() {
        Kind::Saml => PretendRequest::read_saml(&query),
        _ => PretendRequest::read(&provider, &query),
    };
    let asked = asked.map_err(|reason| RefusalPage(StatusCode::BAD_REQUEST, reason.to_owned()))?;
    if !is_home(&ctx, &provider, &asked.redirect_uri).await? {
        return Err(RefusalPage(
            StatusCode::BAD_REQUEST,
            "The redirect_uri is not the pool's own /oauth2/idpresponse.".to_owned(),
        ));
    }
    let typed = Typed {
        email: asked.login_hint.clone().unwrap_or_default(),
        ..Typed::default()
    };
    boxed(show(&ctx, &provider, &asked, &typed, None)).await
}

async fn show(
    ctx: &Ctx,
    provider: &IdentityProvider,
    asked: &PretendRequest,
    typed: &Typed,
    error: Option<&'static str>,
) -> Result<Response, RefusalPage> {
    let people = pretend::people(ctx, provider).await?;
    let plain = serde_json::to_vec(asked).map_err(Error::from)?;
    let request = ctx.seal(Purpose::Federation, &context(provider), &plain);
    let named = (provider.kind(), provider.name.as_str());
    Ok(pages::choose(named, &request, people, typed, error))
}

/// What a page's form carries is sealed to: it cannot be made up, and works at its own provider
/// only.
fn context(provider: &IdentityProvider) -> String {
    format!("pretend request {}/{}", provider.pool_id, provider.name)
}

/// Whether the address is the pool's end of the round trip, at this server by whatever name: a real
/// provider knows it by registration.
async fn is_home(ctx: &Ctx, provider: &IdentityProvider, uri: &str) -> Result<bool> {
    let Some(url) = addresses::web_address(uri) else {
        return Ok(false);
    };
    let way_back = match provider.kind() {
        Kind::Saml => SAML_RESPONSE,
        _ => IDP_RESPONSE,
    };
    let is_plain = url.query().is_none() && url.fragment().is_none() && !uri.contains('@');
    if url.path() != way_back || !is_plain {
        return Ok(false);
    }
    let host = url.host_str().unwrap_or_default();
    if ctx.app.access.is_our_host(host).await {
        return Ok(true);
    }
    let mut read = ctx.store().read().await?;
    let domain = read.domains().find_anywhere(host).await?;
    Ok(domain.is_some_and(|domain| domain.pool_id == provider.pool_id))
}

/// `POST …/authorize`: somebody was chosen, or nobody wants to be anybody.
pub async fn answer(
    State(app): State<Arc<App>>,
    Path(place): Place,
    body: Bytes,
) -> Result<Response, RefusalPage> {
    let ctx = Ctx::new(app, "PretendAuthorize", None);
    let provider = find(&ctx, &place).await?;
    let form = parse(&body);
    let get = |name: &str| {
        let found = form.iter().find(|(one, _)| one == name);
        found.map_or("", |(_, value)| value.trim())
    };
    let seal = &ctx.app.keys.seal;
    let asked: PretendRequest = seal
        .open(Purpose::Federation, &context(&provider), get("request"))
        .and_then(|plain| serde_json::from_slice(&plain).ok())
        .ok_or_else(|| {
            RefusalPage(
                StatusCode::BAD_REQUEST,
                "The form is not one of this page's. Begin again at the application.".to_owned(),
            )
        })?;
    if !get("cancel").is_empty() {
        const REASON: &str = "User did not authenticate";
        if provider.kind() == Kind::Saml {
            let response = pretend::decline(&ctx, &provider, &asked, REASON);
            return Ok(send_back(&provider, &asked, &[("SAMLResponse", response)]));
        }
        let fields = [
            ("error", "access_denied".to_owned()),
            ("error_description", REASON.to_owned()),
        ];
        return Ok(send_back(&provider, &asked, &fields));
    }
    let (person, known) = match get("subject") {
        "" => {
            let typed = Typed {
                email: get("email").to_owned(),
                name: get("name").to_owned(),
                id: get("id").to_owned(),
                claims: get("claims").to_owned(),
                has_more: !get("id").is_empty() || !get("claims").is_empty(),
            };
            match described(&typed) {
                Ok(described) => (described.person(&ctx, &provider), false),
                Err(error) => {
                    return boxed(show(&ctx, &provider, &asked, &typed, Some(error))).await;
                }
            }
        }
        subject => {
            let person = pretend::person(&ctx, &provider, subject).await?;
            let gone = "This person is not remembered any more. Describe them again.";
            match person {
                Some(person) => (person, true),
                None => {
                    return show(&ctx, &provider, &asked, &Typed::default(), Some(gone)).await;
                }
            }
        }
    };
    if provider.kind() == Kind::Saml {
        let response = boxed(pretend::assert(&ctx, &provider, &asked, person)).await?;
        return Ok(send_back(&provider, &asked, &[("SAMLResponse", response)]));
    }
    let user = apples_user(&provider, &person).filter(|_| !known);
    let code = boxed(pretend::agree(&ctx, &provider, &asked, person)).await?;
    let mut fields = vec![("code", code)];
    fields.extend(user.map(|user| ("user", user)));
    Ok(send_back(&provider, &asked, &fields))
}

fn described(typed: &Typed) -> Result<Described, &'static str> {
    if !looks_like_email(&typed.email) {
        return Err("Type an e-mail address such as ann@example.com.");
    }
    if typed
        .id
        .contains(|c: char| c.is_whitespace() || c.is_control())
    {
        return Err("An id has no spaces.");
    }
    let more: Claims = match typed.claims.as_str() {
        "" => Claims::new(),
        text => serde_json::from_str(text).map_err(|_| "The claims must be a JSON object.")?,
    };
    Ok(Described {
        email: typed.email.clone(),
        name: typed.name.clone(),
        subject: (!typed.id.is_empty()).then(|| typed.id.clone()),
        more,
    })
}

/// What Apple sends beside the code, at a person's first sign-in only.
fn apples_user(provider: &IdentityProvider, person: &PretendPerson) -> Option<String> {
    if provider.kind() != Kind::SignInWithApple {
        return None;
    }
    let said = |name: &str| person.claims.get(name).cloned().unwrap_or_default();
    let user = json!({
        "name": { "firstName": said("firstName"), "lastName": said("lastName") },
        "email": said("email"),
    });
    Some(user.to_string())
}

/// Back to the pool: by a redirect, or by a form where the request asked for one.
fn send_back(
    provider: &IdentityProvider,
    asked: &PretendRequest,
    fields: &[(&'static str, String)],
) -> Response {
    let name = match provider.kind() {
        Kind::Saml => "RelayState",
        _ => "state",
    };
    let state = (name, asked.state.clone());
    let fields: Vec<_> = fields.iter().cloned().chain([state]).collect();
    if asked.by_form {
        let title = pages::title(provider.kind(), &provider.name);
        return pages::hand_over(&title, &asked.redirect_uri, &fields);
    }
    let query = Serializer::new(String::new())
        .extend_pairs(&fields)
        .finish();
    Redirect::to(&format!("{}?{query}", asked.redirect_uri)).into_response()
}

pub async fn token(
    State(app): State<Arc<App>>,
    Path(place): Place,
    body: Bytes,
) -> Result<Response, RefusalPage> {
    redeem(app, place, &String::from_utf8_lossy(&body)).await
}

pub async fn token_by_query(
    State(app): State<Arc<App>>,
    Path(place): Place,
    RawQuery(query): RawQuery,
) -> Result<Response, RefusalPage> {
    // Facebook's endpoint takes its parameters so.
    redeem(app, place, &query.unwrap_or_default()).await
}

async fn redeem(
    app: Arc<App>,
    place: (String, String),
    form: &str,
) -> Result<Response, RefusalPage> {
    let ctx = Ctx::new(app, "PretendToken", None);
    let provider = find(&ctx, &place).await?;
    Ok(respond(boxed(pretend::token(&ctx, &provider, form)).await?))
}

pub async fn user_info(
    State(app): State<Arc<App>>,
    Path(place): Place,
    headers: HeaderMap,
) -> Result<Response, RefusalPage> {
    let ctx = Ctx::new(app, "PretendUserInfo", None);
    let provider = find(&ctx, &place).await?;
    let token = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "))
        .unwrap_or_default();
    Ok(respond(pretend::user_info(&ctx, &provider, token)))
}

pub async fn keys(
    State(app): State<Arc<App>>,
    Path(place): Place,
) -> Result<Response, RefusalPage> {
    let ctx = Ctx::new(app, "PretendKeys", None);
    let provider = find(&ctx, &place).await?;
    Ok(respond(pretend::keys(&ctx, &provider).await?))
}

/// What the provider would publish: for a look at it, since the relying party knows its own.
pub async fn discovery(
    State(app): State<Arc<App>>,
    Path(place): Place,
) -> Result<Response, RefusalPage> {
    let ctx = Ctx::new(app, "PretendDiscovery", None);
    let provider = find(&ctx, &place).await?;
    let base = pretend::base(&provider, &ctx.app.settings.public_url);
    let mut document = json!({
        "authorization_endpoint": format!("{base}/authorize"),
        "token_endpoint": format!("{base}/token"),
        "userinfo_endpoint": format!("{base}/userinfo"),
        "response_types_supported": ["code"],
    });
    if let Some(issuer) = provider.detail("oidc_issuer") {
        document["issuer"] = issuer.into();
        document["jwks_uri"] = format!("{base}/jwks.json").into();
        document["id_token_signing_alg_values_supported"] = json!(["RS256"]);
        document["subject_types_supported"] = json!(["public"]);
        document["code_challenge_methods_supported"] = json!(["S256"]);
    }
    Ok(respond(HttpResponse {
        status: 200,
        body: Value::to_string(&document).into(),
    }))
}

fn respond(answer: HttpResponse) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    let mut response = (status, headers, answer.body).into_response();
    if status == StatusCode::UNAUTHORIZED {
        let challenge = HeaderValue::from_static("Bearer error=\"invalid_token\"");
        let headers = response.headers_mut();
        headers.insert(header::WWW_AUTHENTICATE, challenge);
    }
    response
}

fn parse(form: &[u8]) -> Vec<(String, String)> {
    form_urlencoded::parse(form).into_owned().collect()
}
