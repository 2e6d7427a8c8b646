//! The public documents of issuers: key sets (RFC 7517) and metadata (OpenID Connect Discovery
//! 1.0).
//!
//! A user pool's are at `{public-url}/{pool id}/.well-known/`, whatever issuer tokens name; those
//! of identity pools at `{public-url}/cognito-identity/.well-known/`. Not here: the
//! keys themselves (`keys`).

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde::Serialize;

use super::answers::{nothing_here, refusal};
use super::oauth::register::{self, REGISTER};
use super::{hosts, log};
use crate::access::OPENID_HOST;
use crate::app::{App, Ctx, Issuer};
use crate::error::{Error, Result};
use crate::flows::client_documents;
use crate::store::Pool;

const JSON: HeaderValue = HeaderValue::from_static("application/json");
/// Short, since a reset or a new store mints new keys under the same URL.
const CACHED: HeaderValue = HeaderValue::from_static("public, max-age=60");
/// Where a document follows the host that asked, nobody keeps it for others.
const CACHED_BY_WHO_ASKED: HeaderValue = HeaderValue::from_static("private, max-age=60");

/// `GET /{pool}/.well-known/jwks.json`
pub async fn jwks(State(app): State<Arc<App>>, Path(pool): Path<String>) -> Response {
    let started = Instant::now();
    let ctx = Ctx::new(app, "Jwks", None);
    respond(&ctx, started, key_set(&ctx, &pool).await)
}

/// `GET /{pool}/.well-known/openid-configuration`
pub async fn openid_configuration(
    State(app): State<Arc<App>>,
    Path(pool): Path<String>,
    headers: HeaderMap,
) -> Response {
    let started = Instant::now();
    let ctx = Ctx::new(app, "OpenIdConfiguration", None);
    respond(&ctx, started, metadata(&ctx, &headers, &pool).await)
}

/// `GET /cognito-identity/.well-known/jwks_uri`, and the same below AWS's own name: the key of
/// identity pools' OpenID tokens.
pub async fn openid_keys(State(app): State<Arc<App>>) -> Response {
    let started = Instant::now();
    let ctx = Ctx::new(app, "OpenIdKeys", None);
    let keys = ctx.app.openid_key().await.map(|key| key.jwks());
    respond(&ctx, started, keys)
}

/// `GET /cognito-identity/.well-known/openid-configuration`: the issuer of identity pools' OpenID
/// tokens.
pub async fn openid_issuer(State(app): State<Arc<App>>) -> Response {
    let base = format!("{}/cognito-identity", app.address());
    describe_openid_issuer(app, &base)
}

/// `GET /.well-known/openid-configuration`: the same for those who send AWS's name here. Without
/// `--issuer aws` no token names it.
pub async fn aws_openid_issuer(State(app): State<Arc<App>>) -> Response {
    match app.settings.issuer {
        Issuer::Local => nothing_here().await,
        Issuer::Aws => describe_openid_issuer(app, &format!("https://{OPENID_HOST}")),
    }
}

/// What there is to say of an issuer that nobody signs in at. (unsure) AWS's own document may have
/// more.
#[derive(Serialize)]
struct OpenIdIssuer {
    issuer: String,
    jwks_uri: String,
    response_types_supported: [&'static str; 1],
    subject_types_supported: [&'static str; 1],
    id_token_signing_alg_values_supported: [&'static str; 1],
}

fn describe_openid_issuer(app: Arc<App>, base: &str) -> Response {
    let started = Instant::now();
    let ctx = Ctx::new(app, "OpenIdConfiguration", None);
    let document = OpenIdIssuer {
        issuer: ctx.app.openid_issuer(),
        jwks_uri: format!("{base}/.well-known/jwks_uri"),
        response_types_supported: ["token"],
        subject_types_supported: ["public"],
        id_token_signing_alg_values_supported: ["RS512"],
    };
    let document = serde_json::to_vec(&document).map_err(Error::from);
    respond(&ctx, started, document.map(Bytes::from))
}

async fn key_set(ctx: &Ctx, pool: &str) -> Result<Bytes> {
    // The pool first: nothing is kept for ids that do not exist.
    let pool = ctx.pool(pool).await?;
    Ok(ctx.keys(&pool).await?.jwks())
}

/// The metadata, its members in alphabetical order as on AWS. There is no
/// `code_challenge_methods_supported`, for whose absence strict clients fail here as they do there.
#[derive(Serialize)]
struct Metadata {
    authorization_endpoint: String,
    /// (unsure) Clients of the Model Context Protocol ask for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id_metadata_document_supported: Option<bool>,
    end_session_endpoint: String,
    id_token_signing_alg_values_supported: [&'static str; 1],
    issuer: String,
    jwks_uri: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    registration_endpoint: Option<String>,
    response_types_supported: [&'static str; 2],
    revocation_endpoint: String,
    scopes_supported: [&'static str; 4],
    subject_types_supported: [&'static str; 1],
    token_endpoint: String,
    token_endpoint_auth_methods_supported: [&'static str; 2],
    userinfo_endpoint: String,
}

/// Where a pool's keys and endpoints are.
struct Places {
    keys: String,
    endpoints: String,
    registration: String,
}

/// At AWS's own name for the API, where `--issuer aws` has it lead here, everything is where it is
/// on AWS: the endpoints are at the pool's domain. Elsewhere everything is at the public URL.
async fn places(ctx: &Ctx, headers: &HeaderMap, pool: &Pool) -> Result<Places> {
    let name = hosts::name(headers).filter(|name| ctx.app.access.is_aws_api(name));
    let Some(name) = name else {
        let base = ctx.app.address();
        return Ok(Places {
            // Below the pool's id: a client that registers itself has no id that would say of
            // which pool it is to be.
            registration: format!("{base}/{}{REGISTER}", pool.id),
            keys: base.clone(),
            endpoints: base,
        });
    };
    let here = format!("https://{name}");
    // (unsure) Which of two domains: the prefix.
    let domains = ctx
        .store()
        .read()
        .await?
        .domains()
        .of_pool(&pool.id)
        .await?;
    let endpoints = match domains.first() {
        Some(domain) if domain.custom => format!("https://{}", domain.name),
        Some(domain) => format!(
            "https://{}.auth.{}.amazoncognito.com",
            domain.name, pool.region
        ),
        // (unsure) On AWS a pool without a domain has no endpoints; here they are at every address.
        None => here.clone(),
    };
    Ok(Places {
        keys: here,
        // Only pools with a domain have it.
        registration: format!("{endpoints}{REGISTER}"),
        endpoints,
    })
}

async fn metadata(ctx: &Ctx, headers: &HeaderMap, pool: &str) -> Result<Bytes> {
    let pool = ctx.pool(pool).await?;
    let places = places(ctx, headers, &pool).await?;
    let base = &places.endpoints;
    let registers = pool.registration().is_some() && register::has_domain(ctx, &pool).await?;
    let has_policy = client_documents::are_known(ctx, &pool).await?;
    let metadata = Metadata {
        authorization_endpoint: format!("{base}/oauth2/authorize"),
        client_id_metadata_document_supported: has_policy.then_some(true),
        end_session_endpoint: format!("{base}/logout"),
        id_token_signing_alg_values_supported: ["RS256"],
        issuer: ctx.app.issuer(&pool),
        jwks_uri: format!("{}/{}/.well-known/jwks.json", places.keys, pool.id),
        registration_endpoint: registers.then_some(places.registration),
        response_types_supported: ["code", "token"],
        revocation_endpoint: format!("{base}/oauth2/revoke"),
        scopes_supported: ["openid", "email", "phone", "profile"],
        subject_types_supported: ["public"],
        token_endpoint: format!("{base}/oauth2/token"),
        token_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post"],
        userinfo_endpoint: format!("{base}/oauth2/userInfo"),
    };
    Ok(serde_json::to_vec(&metadata)?.into())
}

fn respond(ctx: &Ctx, started: Instant, document: Result<Bytes>) -> Response {
    match document {
        Ok(document) => {
            log::log(ctx, "ok", started);
            let cached = match ctx.app.settings.follows_host {
                true => CACHED_BY_WHO_ASKED,
                false => CACHED,
            };
            (
                [
                    (header::CONTENT_TYPE, JSON),
                    (header::CACHE_CONTROL, cached),
                ],
                document,
            )
                .into_response()
        }
        Err(error) => {
            log::log_operation(ctx, None, Some(&error), started);
            match error {
                Error::Internal(cause) => {
                    let request_id = &ctx.request_id;
                    tracing::error!(
                        operation = ctx.operation,
                        request_id,
                        "internal error: {cause:#}"
                    );
                    refusal(
                        StatusCode::INTERNAL_SERVER_ERROR,
                        "internal",
                        "Something went wrong",
                    )
                }
                other => refusal(StatusCode::NOT_FOUND, "not_found", &other.message()),
            }
        }
    }
}
