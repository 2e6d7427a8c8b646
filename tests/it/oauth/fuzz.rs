//! Odd input at every endpoint that browsers and programs reach: the same requests in every run, so
//! that a failure repeats.
//!
//! Whatever is sent, nothing panics, nothing is our fault, and no browser is sent anywhere but to a
//! page here or to a registered address.

use axum::body::Body;
use axum::http::{Request, Uri};
use mocknito::random::{Random, RequestRng};
use rand::RngExt;
use serde_json::json;

use super::web::{CALLBACK, CHALLENGE, SIGNED_OUT, VERIFIER, Web};

const REQUESTS: usize = 4_000;

const ENDPOINTS: [(&str, &str); 9] = [
    ("GET", "/oauth2/authorize"),
    ("POST", "/oauth2/authorize"),
    ("GET", "/logout"),
    ("POST", "/oauth2/token"),
    ("POST", "/oauth2/revoke"),
    ("GET", "/oauth2/userInfo"),
    ("POST", "/oauth2/userInfo"),
    ("GET", "/confirmUser"),
    ("GET", "/login"),
];

const NAMES: [&str; 27] = [
    "client_id",
    "redirect_uri",
    "response_type",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
    "prompt",
    "max_age",
    "acr_values",
    "login_hint",
    "lang",
    "identity_provider",
    "idp_identifier",
    "resource",
    "logout_uri",
    "grant_type",
    "code",
    "code_verifier",
    "refresh_token",
    "client_secret",
    "token",
    "user_name",
    "confirmation_code",
    "x",
    "",
];

const ODD: [&str; 28] = [
    "",
    " ",
    "%",
    "%00",
    "%zz",
    "%ff%fe",
    "%0d%0aset-cookie:%20a=b",
    "\u{0}",
    "+",
    "&",
    "=",
    "&&==",
    "#",
    "?",
    "//evil.example",
    "https://evil.example/",
    "https://app.example.com.evil.example/callback",
    "https://app.example.com/callback%23",
    "javascript:alert(1)",
    "data:text/html,x",
    "<script>alert(1)</script>",
    "\"'><img src=x>",
    "{{7*7}}",
    "../../etc/passwd",
    "-1",
    "99999999999999999999999999",
    "ü😀\u{202e}",
    "a.b.c.d.e",
];

fn pick<'a>(rng: &mut RequestRng, from: &[&'a str]) -> &'a str {
    from[rng.random_range(0..from.len())]
}

fn value(rng: &mut RequestRng, good: &[&str]) -> String {
    match rng.random_range(0..10) {
        0..=5 => pick(rng, good).to_owned(),
        6..=7 => pick(rng, &ODD).to_owned(),
        8 => {
            let length = [1, 43, 128, 4_097, 8_192][rng.random_range(0..5)];
            pick(rng, &["a", "%41", "é", "%", "\u{1}"]).repeat(length)
        }
        _ => {
            let length = rng.random_range(0..40);
            let bytes: Vec<u8> = (0..length).map(|_| rng.random()).collect();
            String::from_utf8_lossy(&bytes).into_owned()
        }
    }
}

/// Parameters as a client would encode them, or not.
fn parameters(rng: &mut RequestRng, good: &[&str]) -> String {
    let mut pairs = Vec::new();
    for _ in 0..rng.random_range(0..12) {
        let name = if rng.random_range(0..20) == 0 {
            value(rng, good)
        } else {
            pick(rng, &NAMES).to_owned()
        };
        let value = value(rng, good);
        let encode =
            |text: &str| -> String { form_urlencoded::byte_serialize(text.as_bytes()).collect() };
        pairs.push(if rng.random_range(0..4) == 0 {
            format!("{name}={value}")
        } else {
            format!("{}={}", encode(&name), encode(&value))
        });
    }
    pairs.join(pick(rng, &["&", "&", "&", "&", ";", "&&"]))
}

/// A good request, so that what is odd reaches further than the first check.
fn mostly_good(web: &Web, rng: &mut RequestRng, good: &[&str]) -> String {
    let mut query = web.query(json!({ "response_type": pick(rng, &["code", "token", "x"]) }));
    query.push('&');
    query.push_str(&parameters(rng, good));
    query
}

#[tokio::test]
async fn no_odd_input_breaks_an_endpoint_or_sends_a_browser_astray() {
    let web = Web::start().await;
    web.server.secrets.are_everywhere();
    let (_, cookie) = web.sign_in(json!({})).await;
    let code = web.code(json!({})).await;
    let tokens = web.tokens(json!({})).await;
    let (access, refresh) = (
        tokens["access_token"].as_str().unwrap(),
        tokens["refresh_token"].as_str().unwrap(),
    );
    let good = [
        web.client.as_str(),
        CALLBACK,
        SIGNED_OUT,
        "code",
        "token",
        "openid email",
        "openid",
        CHALLENGE,
        VERIFIER,
        "S256",
        "plain",
        "none",
        "login",
        "0",
        "COGNITO",
        "Google",
        "authorization_code",
        "refresh_token",
        "client_credentials",
        code.as_str(),
        refresh,
        access,
        "https://api.example.com",
        "alice",
    ];
    let mut rng = Random::new(Some(0x6d6f_636b)).generator();
    let (mut sent, mut answered) = (0, 0);
    while sent < REQUESTS {
        let (method, path) = ENDPOINTS[rng.random_range(0..ENDPOINTS.len())];
        let text = if rng.random_range(0..2) == 0 {
            mostly_good(&web, &mut rng, &good)
        } else {
            parameters(&mut rng, &good)
        };
        let uri = if method == "GET" {
            format!("{path}?{text}")
        } else {
            path.to_owned()
        };
        // What is no address never arrives.
        let Ok(uri) = uri.parse::<Uri>() else {
            continue;
        };
        let mut request = Request::builder().method(method).uri(uri);
        if rng.random_range(0..3) > 0 {
            request = request.header("content-type", "application/x-www-form-urlencoded");
        }
        if rng.random_range(0..2) == 0 {
            request = request.header("cookie", &cookie);
        }
        let shown = format!("{method} {path} {text}");
        let authorization = value(&mut rng, &["Bearer x", "Basic eDp5", "Basic", access]);
        if rng.random_range(0..3) == 0
            && let Ok(authorization) = axum::http::HeaderValue::try_from(authorization)
        {
            request = request.header("authorization", authorization);
        }
        let reply = web
            .server
            .send(request.body(Body::from(text)).unwrap())
            .await;
        sent += 1;
        answered += usize::from(!reply.status.is_client_error());
        assert!(reply.status.as_u16() < 500, "{shown}: {}", reply.status);
        if let Some(location) = reply.headers.get("location") {
            let location = location.to_str().unwrap();
            let ours = ["/login?", "/oauth2/authorize?", "/error?"];
            let follows = |start: &str| {
                location
                    .strip_prefix(start)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with(['?', '#', '&']))
            };
            assert!(
                ours.iter().any(|start| location.starts_with(start))
                    || [CALLBACK, SIGNED_OUT].iter().any(|start| follows(start)),
                "{shown}: {location}"
            );
        }
        for cookie in reply.headers.get_all("set-cookie") {
            let cookie = cookie.to_str().unwrap();
            assert!(
                cookie.contains("; HttpOnly; SameSite=Lax"),
                "{shown}: {cookie}"
            );
        }
        let body = String::from_utf8_lossy(&reply.body);
        assert!(
            !body.contains("<script>alert") && !body.contains("<img"),
            "{shown}"
        );
    }
    println!("{sent} requests, {answered} of them not refused");
    assert!(
        answered > REQUESTS / 50,
        "hardly any got past the first checks: {answered}"
    );
}
