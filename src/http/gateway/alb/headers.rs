//! What a target is told of the user: `x-amzn-oidc-accesstoken`, `x-amzn-oidc-identity` and
//! `x-amzn-oidc-data`, a JWT that the load balancer signs.
//!
//! Not here: the key (`keys::AlbKey`); that clients can send none of them (`gateway::headers`).

use axum::http::{HeaderName, HeaderValue};
use serde::Serialize;
use serde_json::Value;

use crate::app::Ctx;
use crate::domain::apis::Api;
use crate::domain::load_balancers;
use crate::error::Error;
use crate::flows::authenticate_cognito::{AlbAction, AlbSession};

const ACCESS_TOKEN: HeaderName = HeaderName::from_static("x-amzn-oidc-accesstoken");
const IDENTITY: HeaderName = HeaderName::from_static("x-amzn-oidc-identity");
const DATA: HeaderName = HeaderName::from_static("x-amzn-oidc-data");

/// The protected header of `x-amzn-oidc-data`.
#[derive(Serialize)]
struct DataHeader<'a> {
    typ: &'static str,
    kid: &'a str,
    alg: &'static str,
    iss: &'a str,
    client: &'a str,
    signer: &'a str,
    exp: i64,
}

pub async fn of(
    ctx: &Ctx,
    api: &Api,
    action: AlbAction<'_>,
    session: &AlbSession,
) -> Result<Vec<(HeaderName, HeaderValue)>, Error> {
    let pool = ctx.app.store.pool(&action.config.pool).await?;
    let issuer = ctx.app.issuer(&pool);
    let key = &ctx.app.keys.alb;
    let header = DataHeader {
        typ: "JWT",
        kid: key.kid(),
        alg: "ES256",
        iss: &issuer,
        client: &action.config.client_id,
        signer: &load_balancers::signer(api, &pool.region, &ctx.app.settings.account_id),
        exp: session.expires_at(),
    };
    let mut claims = session.claims.clone();
    claims.insert("exp".to_owned(), session.expires_at().into());
    claims.insert("iss".to_owned(), issuer.as_str().into());
    let data = key.sign(&header, &claims)?;
    let identity = session.claims.get("sub").and_then(Value::as_str);
    let values = [
        (ACCESS_TOKEN, session.access_token.as_str()),
        (IDENTITY, identity.unwrap_or_default()),
        (DATA, data.as_str()),
    ];
    let headers = values.into_iter().map(|(name, value)| {
        let mut value = HeaderValue::try_from(value).map_err(anyhow::Error::new)?;
        value.set_sensitive(true);
        Ok((name, value))
    });
    headers.collect()
}
