//! Whether a gateway lets a request through: asked at `/_mocknito/authorize`, as a proxy asks.

mod alb;
mod appsync;
mod http_api;
mod iam;
mod proxies;
mod rest;

use axum::body::Body;
use axum::http::Request;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mocknito::keys::SigningKey;
use serde_json::{Value, json};

use crate::support::{Reply, START, Server, World, amend, text};

/// What a gateway with these settings makes of a request with these headers `Authorization`.
pub async fn ask(server: &Server, settings: &str, authorization: &[&str]) -> Reply {
    let headers: Vec<(&str, &str)> = authorization
        .iter()
        .map(|value| ("authorization", *value))
        .collect();
    ask_with(server, &format!("?{settings}"), &headers).await
}

/// The same at any path below the address, with any headers.
pub async fn ask_with(server: &Server, rest: &str, headers: &[(&str, &str)]) -> Reply {
    let mut request = Request::get(format!("/_mocknito/authorize{rest}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    server.send(request.body(Body::empty()).unwrap()).await
}

/// A header of the answer.
pub fn told<'r>(reply: &'r Reply, name: &str) -> Option<&'r str> {
    let value = reply.headers.get(name)?;
    Some(std::str::from_utf8(value.as_bytes()).unwrap())
}

/// Why the gateway refused.
#[track_caller]
pub fn reason(reply: &Reply) -> &str {
    told(reply, "x-mocknito-reason").unwrap_or_else(|| {
        let body = String::from_utf8_lossy(&reply.body);
        panic!("no reason, but {}: {body}", reply.status)
    })
}

/// Alice's ID token.
pub async fn id_token(world: &World<'_>) -> String {
    text(&world.tokens().await["IdToken"])
}

/// Alice's access token.
pub async fn access_token(world: &World<'_>) -> String {
    text(&world.tokens().await["AccessToken"])
}

/// The key of all pools' ID tokens.
pub fn id_key() -> SigningKey {
    SigningKey::from_pkcs8(include_bytes!("../support/keys/id.pk8")).unwrap()
}

/// An ID token of the world's pool as somebody with its key would make it, but for these claims;
/// null takes one away.
pub fn made(world: &World<'_>, more: Value) -> String {
    let issuer = world.server.app.settings.public_url.clone();
    let mut claims = json!({
        "sub": world.sub,
        "iss": format!("{issuer}/{}", world.pool),
        "aud": world.client,
        "token_use": "id",
        "cognito:username": "alice",
        "exp": START + 3_600,
        "iat": START,
    });
    amend(&mut claims, more);
    id_key().sign(&claims).unwrap()
}

/// A token with other members in its header. Its signature is no longer one.
pub fn with_header(token: &str, more: Value) -> String {
    let (header, rest) = token.split_once('.').unwrap();
    let mut header: Value =
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).unwrap()).unwrap();
    amend(&mut header, more);
    format!("{}.{rest}", URL_SAFE_NO_PAD.encode(header.to_string()))
}

/// Tokens that nobody made who should have, with the reasons for which every gateway refuses them.
pub fn forgeries(world: &World<'_>, good: &str) -> Vec<(String, String)> {
    let unsigned = good.rsplit_once('.').unwrap().0;
    let none = with_header(&format!("{unsigned}."), json!({ "alg": "none" }));
    let (head, signature) = good.rsplit_once('.').unwrap();
    let other = if signature.starts_with('A') { "B" } else { "A" };
    let altered = format!("{head}.{other}{}", &signature[1..]);
    let forged = "the token's signature is not its issuer's: the token was changed, or made \
                  elsewhere";
    let pool = &world.pool;
    vec![
        (altered, forged.to_owned()),
        (
            with_header(good, json!({ "kid": "mine" })),
            "the token is signed by the key mine (kid), which is none of its issuer's keys"
                .to_owned(),
        ),
        (
            with_header(good, json!({ "kid": null })),
            "the token's header does not say by which key it is signed (kid)".to_owned(),
        ),
        (
            made(world, json!({ "iss": "https://evil.example" })),
            format!(
                "a token of the issuer https://evil.example, where {} is expected",
                expected(pool)
            ),
        ),
        (
            made(world, json!({ "iss": null })),
            "the token names no issuer (iss)".to_owned(),
        ),
        (none, "none".to_owned()),
        (
            with_header(good, json!({ "alg": "HS256" })),
            "HS256".to_owned(),
        ),
    ]
}

/// How a reason calls what a pool's token would be.
pub fn expected(pool: &str) -> String {
    format!("one of the user pool {pool}")
}

/// The pool's issuer with `--issuer aws`.
pub fn aws_issuer(pool: &str) -> String {
    format!("https://cognito-idp.us-east-1.amazonaws.com/{pool}")
}
