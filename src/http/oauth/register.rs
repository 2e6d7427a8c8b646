//! `POST /oauth2/register` (RFC 7591): a client registers itself at its pool's domain.
//!
//! A pool has a domain of its own on AWS. Here pools share a host where nobody's resolver knows
//! their domains, so the same is served below the pool's id, and discovery names that address. Not
//! here: who may register and what comes of it (`flows::register_client`,
//! `domain::registration`), which web pages may (`http::foreign_pages`).

use std::sync::Arc;
use std::time::Instant;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::client::internal;
use super::error::{OAuthError, explained, json};
use super::user_info::bearer;
use crate::app::{App, Ctx};
use crate::boxed::boxed;
use crate::domain::oauth_settings::REGISTRATION_SCOPE;
use crate::domain::registration::{
    ClientMetadata, ClientRegistration, GrantType, Registrant, RegistrationRefusal,
};
use crate::error::{Error, Result};
use crate::flows::{access_token, register_client};
use crate::http::answers;
use crate::http::body::is_of_type;
use crate::http::hosts::{self, Host};
use crate::http::log::log;
use crate::store::{Client, Pool};

/// The endpoint's path: at the pool's own host, and below the pool's id at any host.
pub const REGISTER: &str = "/oauth2/register";

/// The most bytes of a client's metadata: there may be a thousand clients, and any of them may be a
/// stranger's.
pub const LARGEST: usize = 16 << 10;

/// What was registered (RFC 7591 §3.2.1).
#[derive(Serialize)]
struct RegisteredClient<'r> {
    client_id: &'r str,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret: Option<&'r str>,
    client_id_issued_at: i64,
    /// 0: never. It is there with a secret only.
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret_expires_at: Option<i64>,
    client_name: &'r str,
    redirect_uris: &'r [String],
    grant_types: Vec<&'static str>,
    response_types: &'static [&'static str],
    token_endpoint_auth_method: &'static str,
    scope: String,
}

impl<'r> RegisteredClient<'r> {
    fn new(client: &'r Client, registration: &ClientRegistration) -> Self {
        let secret = client.secrets.first();
        let settings = &client.settings;
        let by_code = registration
            .grant_types
            .contains(&GrantType::AuthorizationCode);
        Self {
            client_id: &client.id,
            client_secret: secret.map(|secret| secret.value.as_str()),
            client_id_issued_at: client.created_at.seconds(),
            client_secret_expires_at: secret.map(|_| 0),
            client_name: &client.name,
            redirect_uris: settings.callback_urls.as_deref().unwrap_or_default(),
            grant_types: registration
                .grant_types
                .iter()
                .map(|grant| grant.as_str())
                .collect(),
            response_types: if by_code { &["code"] } else { &[] },
            token_endpoint_auth_method: registration.auth_method.as_str(),
            scope: settings
                .allowed_oauth_scopes
                .as_deref()
                .unwrap_or_default()
                .join(" "),
        }
    }
}

/// Why nothing was registered.
enum NotRegistered {
    /// There is no such endpoint: registration is off, or nobody knows of which pool it is asked.
    Nowhere,
    /// No token, or one that does not count here.
    Token,
    /// A good token that is for something else.
    Scope,
    Refused(RegistrationRefusal),
    /// The pool has as many clients as it may have.
    Full,
    /// The pool is being recovered to a point in time.
    Paused,
    Internal,
}

impl From<Error> for NotRegistered {
    fn from(error: Error) -> Self {
        internal(&error);
        Self::Internal
    }
}

impl NotRegistered {
    fn outcome(&self) -> &'static str {
        match self {
            Self::Nowhere => "not_found",
            Self::Token => OAuthError::InvalidToken.code(),
            Self::Scope => OAuthError::InsufficientScope.code(),
            Self::Refused(RegistrationRefusal::RedirectUri(_)) => {
                OAuthError::InvalidRedirectUri.code()
            }
            Self::Refused(RegistrationRefusal::Metadata(_)) => {
                OAuthError::InvalidClientMetadata.code()
            }
            Self::Full => OAuthError::InvalidRequest.code(),
            // (unsure) RFC 6749 has it for the authorize endpoint.
            Self::Paused => "temporarily_unavailable",
            Self::Internal => OAuthError::ServerError.code(),
        }
    }

    fn response(&self) -> Response {
        let code = self.outcome();
        let refuse = |status, description: &str| explained(status, code, description);
        let challenge = |mut response: Response, more: &str| {
            let value = format!("Bearer error=\"{code}\"{more}");
            if let Ok(value) = HeaderValue::try_from(value) {
                let headers = response.headers_mut();
                headers.insert(header::WWW_AUTHENTICATE, value);
            }
            response
        };
        match self {
            // (unsure) What AWS answers where it is off.
            Self::Nowhere => answers::refusal(
                StatusCode::NOT_FOUND,
                code,
                "No clients register themselves here. A pool with a domain whose \
                 DcrConfiguration is enabled serves this at its own host, and at \
                 /{pool id}/oauth2/register.",
            ),
            Self::Token => challenge(
                refuse(
                    StatusCode::UNAUTHORIZED,
                    "The registration needs a valid access token of the user pool",
                ),
                "",
            ),
            Self::Scope => challenge(
                refuse(
                    StatusCode::FORBIDDEN,
                    "The access token does not have the scope for registrations",
                ),
                &format!(", scope=\"{REGISTRATION_SCOPE}\""),
            ),
            Self::Refused(
                RegistrationRefusal::RedirectUri(why) | RegistrationRefusal::Metadata(why),
            ) => refuse(StatusCode::BAD_REQUEST, why),
            // (unsure) RFC 7591 has no word for it.
            Self::Full => refuse(StatusCode::BAD_REQUEST, &Error::ClientTooMany.message()),
            Self::Paused => refuse(
                StatusCode::SERVICE_UNAVAILABLE,
                &Error::PausedByRecovery.message(),
            ),
            Self::Internal => OAuthError::ServerError.into_response(),
        }
    }
}

/// `POST /oauth2/register`, of the pool whose host it is; at a host that pools share, of the pool
/// whose token comes with it.
pub async fn register(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    respond(app, None, &headers, body).await
}

/// `POST /{pool}/oauth2/register`
pub async fn register_at_pool(
    State(app): State<Arc<App>>,
    Path(pool): Path<String>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    respond(app, Some(&pool), &headers, body).await
}

async fn respond(
    app: Arc<App>,
    pool: Option<&str>,
    headers: &HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let started = Instant::now();
    let ctx = Ctx::new(app, "RegisterEndpoint", None);
    let result = boxed(answer(&ctx, pool, headers, body)).await;
    let outcome = result
        .as_ref()
        .map_or_else(NotRegistered::outcome, |_| "ok");
    if let Err(NotRegistered::Refused(refusal)) = &result {
        tracing::info!(
            ?refusal,
            request_id = ctx.request_id,
            "a client was not registered"
        );
    }
    log(&ctx, outcome, started);
    result.unwrap_or_else(|refused| refused.response())
}

async fn answer(
    ctx: &Ctx,
    pool: Option<&str>,
    headers: &HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, NotRegistered> {
    let pool = match addressed(ctx, pool, headers).await {
        Err(Error::PoolNotFound { .. }) => return Err(NotRegistered::Nowhere),
        found => found?.ok_or(NotRegistered::Nowhere)?,
    };
    let Some(configuration) = pool.registration() else {
        return Err(NotRegistered::Nowhere);
    };
    if !has_domain(ctx, &pool).await? {
        return Err(NotRegistered::Nowhere);
    }
    let token = match headers.contains_key(header::AUTHORIZATION) {
        true => Some(bearer(headers).ok_or(NotRegistered::Token)?),
        false => None,
    };
    let registrant = match register_client::registrant(ctx, &pool, token).await {
        Err(Error::Internal(cause)) => return Err(Error::Internal(cause).into()),
        Err(Error::AccessTokenScopes) => return Err(NotRegistered::Scope),
        Err(_) => return Err(NotRegistered::Token),
        Ok(registrant) => registrant,
    };
    if registrant == Registrant::Anybody && configuration.open_dcr_enabled != Some(true) {
        return Err(NotRegistered::Token);
    }
    let asked = metadata(headers, body).map_err(NotRegistered::Refused)?;
    let registered = register_client::register(ctx, &pool.id, registrant, asked).await;
    let (client, registration) = match registered {
        Err(Error::PoolNotFound { .. }) => return Err(NotRegistered::Nowhere),
        Err(Error::ClientTooMany) => return Err(NotRegistered::Full),
        Err(Error::PausedByRecovery) => return Err(NotRegistered::Paused),
        registered => registered?.map_err(NotRegistered::Refused)?,
    };
    let answer = serde_json::to_string(&RegisteredClient::new(&client, &registration))
        .map_err(Error::from)?;
    Ok(json(StatusCode::CREATED, answer))
}

/// The pool whose endpoint was addressed: in the path, by its host, or where many share one by the
/// token.
async fn addressed(
    ctx: &Ctx,
    pool: Option<&str>,
    headers: &HeaderMap,
) -> Result<Option<Arc<Pool>>> {
    if let Some(id) = pool {
        let pool = ctx.pool(id).await?;
        let is_here = hosts::serves(ctx, headers, &pool).await?;
        return Ok(Some(pool).filter(|_| is_here));
    }
    Ok(match hosts::host(ctx, headers).await? {
        Host::Of(id) => Some(ctx.pool(&id).await?),
        Host::Nobodys => None,
        Host::Shared => match bearer(headers) {
            Some(token) => access_token::claimed_pool(ctx, token).await,
            None => None,
        },
    })
}

/// Whether the pool has a domain, at which alone AWS serves the endpoint.
pub async fn has_domain(ctx: &Ctx, pool: &Pool) -> Result<bool> {
    let mut read = ctx.store().read().await?;
    Ok(!read.domains().of_pool(&pool.id).await?.is_empty())
}

/// The client's metadata: a JSON object, called so.
fn metadata(
    headers: &HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<ClientMetadata, RegistrationRefusal> {
    let refusal = |why: &str| RegistrationRefusal::Metadata(why.to_owned());
    if !is_of_type(headers, "application/json") {
        return Err(refusal("The metadata must be sent as application/json"));
    }
    let body = body.map_err(|_| refusal("The metadata are too large, or broke off"))?;
    serde_json::from_slice(&body).map_err(|_| refusal("The metadata are no valid JSON object"))
}
