//! *Sign in in the browser* of the console: a way back that no client registers, and what must not
//! come of it.

use serde_json::{Value, json};

use super::web::{CHALLENGE, VERIFIER, Web, is_error_page, location, parameter, sign_in_with};

const HOST: (&str, &str) = ("host", "localhost:9339");
const PAGE: &str = "http://localhost:9339/_mocknito/tokens";

fn request() -> Value {
    json!({
        "redirect_uri": PAGE,
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    })
}

fn with(name: &str, value: Value) -> Value {
    let mut request = request();
    request[name] = value;
    request
}

#[tokio::test]
async fn the_console_gets_a_code_and_tokens_for_it() {
    let web = Web::start().await;
    let reply = web.authorize_with(&[HOST], request()).await;
    assert!(location(&reply).starts_with("/login?"));
    let headers = [HOST].map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
    let headers = headers.into_iter().collect();
    let query = web.query(request());
    let (leads, _) = sign_in_with(&web.server, &headers, &query, &web.sub).await;
    assert!(leads.starts_with(&format!("{PAGE}?code=")), "{leads}");
    assert_eq!(parameter(&leads, "state").as_deref(), Some("xyz"));
    let code = parameter(&leads, "code").unwrap();

    let form = |verifier: &str| {
        form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_type", "authorization_code")
            .append_pair("client_id", &web.client)
            .append_pair("redirect_uri", PAGE)
            .append_pair("code", &code)
            .append_pair("code_verifier", verifier)
            .finish()
    };
    let kind = ("content-type", "application/x-www-form-urlencoded");
    let exchange = async |host: (&str, &str), verifier: &str| {
        let method = axum::http::Method::POST;
        let headers = [host, kind];
        let body = form(verifier);
        let reply = web.server.ask(method, "/oauth2/token", &headers, &body);
        let reply = reply.await;
        (reply.status.as_u16(), reply.json())
    };
    // At another name of the server the address is nobody's.
    let (status, error) = exchange(("host", "127.0.0.1:9339"), VERIFIER).await;
    assert_eq!(
        (status, &error["error"]),
        (400, &json!("unauthorized_client"))
    );
    let (status, tokens) = exchange(HOST, VERIFIER).await;
    assert_eq!(status, 200, "{tokens}");
    assert!(tokens["id_token"].is_string());
}

#[tokio::test]
async fn it_is_a_mismatch_unless_all_of_it_comes_together() {
    let web = Web::start().await;
    for (host, more) in [
        // Tokens in the fragment, or a code that whoever sees it could use.
        (HOST, with("response_type", json!("token"))),
        (HOST, with("response_type", Value::Null)),
        (HOST, with("code_challenge_method", json!("plain"))),
        (HOST, with("code_challenge_method", Value::Null)),
        // Another address than the page's.
        (
            HOST,
            with(
                "redirect_uri",
                json!("http://localhost:9340/_mocknito/tokens"),
            ),
        ),
        (
            HOST,
            with(
                "redirect_uri",
                json!("http://127.0.0.1:9339/_mocknito/tokens"),
            ),
        ),
        (
            HOST,
            with(
                "redirect_uri",
                json!("http://localhost:9339/_mocknito/tokens/"),
            ),
        ),
        (
            HOST,
            with(
                "redirect_uri",
                json!("http://localhost:9339/_mocknito/tokens?x=1"),
            ),
        ),
        (
            HOST,
            with(
                "redirect_uri",
                json!("http://localhost:9339/_mocknito/tokens#x"),
            ),
        ),
        (
            HOST,
            with(
                "redirect_uri",
                json!("http://localhost:9339/_mocknito/inbox"),
            ),
        ),
        (
            HOST,
            with(
                "redirect_uri",
                json!("http://localhost:9339@evil.example/_mocknito/tokens"),
            ),
        ),
        (
            HOST,
            with(
                "redirect_uri",
                json!("https://evil.example/_mocknito/tokens"),
            ),
        ),
        (
            HOST,
            with("redirect_uri", json!("//localhost:9339/_mocknito/tokens")),
        ),
        (HOST, with("redirect_uri", json!("/_mocknito/tokens"))),
        // A host that a stranger's page made point here.
        (
            ("host", "rebound.example.com"),
            with(
                "redirect_uri",
                json!("http://rebound.example.com/_mocknito/tokens"),
            ),
        ),
        (("x-forwarded-host", "localhost:9339"), request()),
    ] {
        let reply = web.authorize_with(&[host], more.clone()).await;
        is_error_page(&reply, "redirect_mismatch");
    }
    // Nor by a form that a stranger's page sends.
    let evil = [HOST, ("origin", "https://evil.example")];
    let reply = web.authorize_with(&evil, request()).await;
    is_error_page(&reply, "redirect_mismatch");
}

#[tokio::test]
async fn a_code_without_its_challenge_is_refused_by_the_console_as_well() {
    let web = Web::start().await;
    let reply = web
        .authorize_with(&[HOST], with("code_challenge", Value::Null))
        .await;
    let leads = location(&reply);
    assert!(leads.starts_with(&format!("{PAGE}?error=")), "{leads}");
    assert_eq!(parameter(&leads, "code"), None);
    // A client without the grant gets none here either.
    let settings = json!({ "AllowedOAuthFlows": ["implicit"] });
    let client = super::web::web_client(&web.server, &web.pool, settings).await;
    let reply = web
        .authorize_with(&[HOST], with("client_id", json!(client)))
        .await;
    let leads = location(&reply);
    assert_eq!(
        parameter(&leads, "error").as_deref(),
        Some("unauthorized_client")
    );
}
