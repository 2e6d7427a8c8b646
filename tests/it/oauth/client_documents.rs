//! Clients that are known by the URL of a metadata document: who gets in by which document, for how
//! long, and what is never fetched.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::web::{CHALLENGE, VERIFIER, get_with, is_error_page, location, parameter, sign_in};
use crate::support::{Reply, Server, claims, each, merge, text};

const DAY: u64 = 86_400;
const AGENTS_CALLBACK: &str = "https://agent.example.com/callback";
const LOOPBACK: &str = "http://localhost/callback";

/// Where clients publish their documents: a server that answers every path with the same.
struct Publisher {
    address: String,
    published: Arc<Published>,
}

struct Published {
    answer: Mutex<Answer>,
    asked: AtomicUsize,
}

/// What the publisher answers. A document of null is the good one of whatever URL was asked for,
/// with `more` over it.
struct Answer {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Option<String>,
    more: Value,
}

impl Answer {
    fn with(more: Value) -> Self {
        Self {
            status: 200,
            headers: vec![("content-type", "application/json".to_owned())],
            body: None,
            more,
        }
    }
}

impl Publisher {
    async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let published = Arc::new(Published {
            answer: Mutex::new(Answer::with(json!({}))),
            asked: AtomicUsize::new(0),
        });
        let state = (address.clone(), published.clone());
        let router = Router::new().fallback(answer).with_state(state);
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address, published }
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }

    /// As an administrator has to write it.
    fn pattern(&self, path: &str) -> String {
        self.url(path).replacen("http://", "https://", 1)
    }

    fn answers(&self, answer: Answer) {
        *self.published.answer.lock().unwrap() = answer;
    }

    /// How often somebody came since this was asked last.
    fn asked(&self) -> usize {
        self.published.asked.swap(0, Ordering::Relaxed)
    }
}

async fn answer(
    State((address, published)): State<(String, Arc<Published>)>,
    uri: Uri,
) -> Response {
    published.asked.fetch_add(1, Ordering::Relaxed);
    let answer = published.answer.lock().unwrap();
    let mut document = json!({
        "client_id": format!("{address}{uri}"),
        "client_name": "An agent",
        "redirect_uris": [AGENTS_CALLBACK, LOOPBACK],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
    });
    merge(&mut document, answer.more.clone());
    let mut headers = HeaderMap::new();
    for (name, value) in &answer.headers {
        headers.insert(*name, value.parse().unwrap());
    }
    let body = answer.body.clone();
    let status = StatusCode::from_u16(answer.status).unwrap();
    (
        status,
        headers,
        body.unwrap_or_else(|| document.to_string()),
    )
        .into_response()
}

/// A pool with an app client for agents, a policy for the publisher's `/agents/`, and a user.
struct Place {
    server: Server,
    publisher: Publisher,
    pool: String,
    client: String,
    policy: String,
    sub: String,
}

impl Place {
    async fn start() -> Self {
        let server = Server::start().await;
        let publisher = Publisher::start().await;
        let pool = server.pool(json!({})).await;
        let sub = server
            .user(&pool, "alice", &[("email", "alice@example.com")])
            .await;
        let client = app_client(&server, &pool, json!({})).await;
        let pattern = publisher.pattern("/agents/*");
        let policy = policy(&server, &pool, &client, &[&pattern]).await;
        Self {
            server,
            publisher,
            pool,
            client,
            policy,
            sub,
        }
    }

    fn agent(&self) -> String {
        self.publisher.url("/agents/a.json")
    }

    async fn authorize(&self, client_id: &str, more: Value) -> Reply {
        let path = format!("/oauth2/authorize?{}", query(client_id, more));
        get_with(&self.server, &[], &path).await
    }

    /// Alice signs in: the code that the agent gets.
    async fn code(&self, client_id: &str, more: Value) -> String {
        let (location, _) = sign_in(&self.server, &query(client_id, more), &self.sub).await;
        parameter(&location, "code").unwrap_or_else(|| panic!("no code: {location}"))
    }

    async fn exchange(&self, client_id: &str, code: &str, more: Value) -> (u16, Value) {
        let mut form = json!({
            "grant_type": "authorization_code",
            "client_id": client_id,
            "redirect_uri": AGENTS_CALLBACK,
            "code": code,
            "code_verifier": VERIFIER,
        });
        merge(&mut form, more);
        self.token(form).await
    }

    async fn token(&self, form: Value) -> (u16, Value) {
        let form: Vec<(&str, &str)> = form
            .as_object()
            .unwrap()
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str().unwrap()))
            .collect();
        let (status, answer) = self.server.token_endpoint(None, &form).await;
        (status.as_u16(), answer)
    }

    async fn tokens(&self, client_id: &str) -> Value {
        let code = self.code(client_id, json!({})).await;
        let (status, tokens) = self.exchange(client_id, &code, json!({})).await;
        assert_eq!(status, 200, "{tokens}");
        tokens
    }

    async fn refresh(&self, client_id: &str, token: &Value) -> (u16, Value) {
        self.token(json!({
            "grant_type": "refresh_token",
            "client_id": client_id,
            "refresh_token": token,
        }))
        .await
    }

    async fn kept(&self) -> Value {
        let input = json!({ "UserPoolId": self.pool, "CIMDPolicyId": self.policy });
        let listed = self.server.ok("ListClientMetadataURLs", input).await;
        listed["ClientMetadataURLs"].clone()
    }

    fn state(&self, url: &str, action: &str) -> Value {
        json!({
            "UserPoolId": self.pool,
            "CIMDPolicyId": self.policy,
            "URL": url,
            "Action": action,
        })
    }
}

async fn app_client(server: &Server, pool: &str, more: Value) -> String {
    let mut settings = json!({
        "AllowedOAuthFlowsUserPoolClient": true,
        "AllowedOAuthFlows": ["code"],
        "AllowedOAuthScopes": ["openid", "email"],
        "CallbackURLs": ["https://admin.example.com/own"],
        "SupportedIdentityProviders": ["COGNITO"],
    });
    merge(&mut settings, more);
    server.client_id(pool, settings).await
}

async fn policy(server: &Server, pool: &str, client: &str, patterns: &[&str]) -> String {
    let input = json!({
        "UserPoolId": pool,
        "ClientId": client,
        "PolicyName": "agents",
        "URLPatterns": patterns,
    });
    let made = server.ok("CreateCIMDPolicy", input).await;
    text(&made["CIMDPolicy"]["CIMDPolicyId"])
}

fn query(client_id: &str, more: Value) -> String {
    let mut parameters = json!({
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": AGENTS_CALLBACK,
        "state": "xyz",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    });
    merge(&mut parameters, more);
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (name, value) in parameters.as_object().unwrap() {
        query.append_pair(name, value.as_str().unwrap());
    }
    query.finish()
}

#[tokio::test]
async fn a_client_signs_users_in_refreshes_and_revokes_by_its_url() {
    let place = Place::start().await;
    let agent = place.agent();
    let reply = place.authorize(&agent, json!({})).await;
    assert!(location(&reply).starts_with("/login?"));
    // The page reads the request again.
    let page = get_with(&place.server, &[], &location(&reply)).await;
    assert_eq!(page.status, 200, "{}", String::from_utf8_lossy(&page.body));

    let tokens = place.tokens(&agent).await;
    let access = claims(&tokens["access_token"]);
    assert_eq!(access["client_id"], place.client.as_str());
    assert_eq!(access["scope"], "openid email");
    assert_eq!(claims(&tokens["id_token"])["aud"], place.client.as_str());
    let (status, refreshed) = place.refresh(&agent, &tokens["refresh_token"]).await;
    assert_eq!(status, 200, "{refreshed}");
    // One visit to the publisher was enough for all of it.
    assert_eq!(place.publisher.asked(), 1);

    let revoke = async |client_id: &str| {
        let body = form_urlencoded::Serializer::new(String::new())
            .append_pair("client_id", client_id)
            .append_pair("token", tokens["refresh_token"].as_str().unwrap())
            .finish();
        let form = [("content-type", "application/x-www-form-urlencoded")];
        let revoked = place
            .server
            .ask(Method::POST, "/oauth2/revoke", &form, &body);
        revoked.await.status.as_u16()
    };
    let other = place.publisher.url("/agents/other.json");
    assert_eq!(
        (revoke(&other).await, revoke(&place.client).await),
        (400, 400)
    );
    let (status, _) = place.refresh(&agent, &tokens["refresh_token"]).await;
    assert_eq!(status, 200);
    assert_eq!(revoke(&agent).await, 200);
    let (status, answer) = place.refresh(&agent, &tokens["refresh_token"]).await;
    assert_eq!((status, answer), (400, json!({ "error": "invalid_grant" })));
}

#[tokio::test]
async fn what_was_issued_to_one_url_is_nobody_elses() {
    let place = Place::start().await;
    let (agent, other) = (place.agent(), place.publisher.url("/agents/other.json"));
    for stranger in [other.as_str(), &place.client] {
        let code = place.code(&agent, json!({})).await;
        let (status, answer) = place.exchange(stranger, &code, json!({})).await;
        assert_eq!(status, 400, "{answer}");
        // It was not used up by that.
        let (status, tokens) = place.exchange(&agent, &code, json!({})).await;
        assert_eq!(status, 200, "{tokens}");
        let (status, answer) = place.refresh(stranger, &tokens["refresh_token"]).await;
        assert_eq!((status, answer), (400, json!({ "error": "invalid_grant" })));
    }
    // Nor at the API.
    let tokens = place.tokens(&agent).await;
    let input = json!({ "ClientId": place.client, "RefreshToken": tokens["refresh_token"] });
    let refusal = place
        .server
        .refused("GetTokensFromRefreshToken", input)
        .await;
    assert!(refusal.starts_with("NotAuthorizedException"), "{refusal}");
    // A code of the app client's own is none of the agent's.
    let own = json!({ "redirect_uri": "https://admin.example.com/own" });
    let code = place.code(&place.client, own.clone()).await;
    let (status, _) = place.exchange(&agent, &code, json!({})).await;
    assert_eq!(status, 400);
    let (status, _) = place.exchange(&agent, &code, own).await;
    assert_eq!(status, 400);

    for (wrong, error) in [
        (json!({ "code_verifier": "wrong" }), "invalid_grant"),
        (json!({ "redirect_uri": LOOPBACK }), "invalid_grant"),
        (
            json!({ "redirect_uri": "https://evil.example/" }),
            "unauthorized_client",
        ),
        (json!({ "client_secret": "x" }), "invalid_client"),
        (
            json!({ "grant_type": "client_credentials" }),
            "invalid_grant",
        ),
    ] {
        let code = place.code(&agent, json!({})).await;
        let (status, answer) = place.exchange(&agent, &code, wrong.clone()).await;
        assert_eq!(
            (status, answer),
            (400, json!({ "error": error })),
            "{wrong}"
        );
    }
}

#[tokio::test]
async fn redirect_uris_are_the_documents_and_no_others() {
    let place = Place::start().await;
    let agent = place.agent();
    let to = |uri: &str| json!({ "redirect_uri": uri });
    for uri in [
        AGENTS_CALLBACK,
        LOOPBACK,
        // A native app's port is the system's choice (RFC 8252 §7.3).
        "http://localhost:3000/callback",
    ] {
        let reply = place.authorize(&agent, to(uri)).await;
        assert!(location(&reply).starts_with("/login?"), "{uri}");
        let code = place.code(&agent, to(uri)).await;
        let (status, tokens) = place.exchange(&agent, &code, to(uri)).await;
        assert_eq!(status, 200, "{uri}: {tokens}");
    }
    for uri in [
        "https://admin.example.com/own",
        "https://agent.example.com/callback/",
        "https://agent.example.com:8443/callback",
        "http://127.0.0.1:3000/callback",
        "http://localhost:3000/other",
        "http://localhost:x/callback",
        "http://localhost:3000@evil.example/callback",
        "http://localhost.evil.example/callback",
        "https://localhost/callback",
    ] {
        let reply = place.authorize(&agent, to(uri)).await;
        is_error_page(&reply, "redirect_mismatch");
    }
    // An app client's own addresses are to the letter.
    let registered = json!({ "CallbackURLs": ["http://localhost/callback"] });
    let plain = app_client(&place.server, &place.pool, registered).await;
    let reply = place
        .authorize(&plain, to("http://localhost:3000/callback"))
        .await;
    is_error_page(&reply, "redirect_mismatch");
}

#[tokio::test]
async fn a_url_that_no_policy_matches_is_not_even_fetched() {
    let place = Place::start().await;
    for url in [
        place.publisher.url("/other/a.json"),
        place.publisher.url("/agents"),
        place.publisher.url("/"),
        place.publisher.url("/agents/../other/a.json"),
        place.publisher.url("/agents/%2e%2e/other/a.json"),
        place.publisher.url("/agents/a.json#x"),
        place
            .publisher
            .url("/agents/a.json")
            .replacen("//", "//user@", 1),
        place
            .publisher
            .url("/agents/a.json")
            .replacen("127.0.0.1", "127.1", 1),
        place
            .publisher
            .url("/agents/a.json")
            .replacen("http", "HTTP", 1),
        "http://169.254.169.254/latest/meta-data".to_owned(),
        "https://evil.example/agents/a.json".to_owned(),
        "file:///etc/passwd".to_owned(),
        "javascript://x".to_owned(),
    ] {
        let reply = place.authorize(&url, json!({})).await;
        is_error_page(&reply, "does not exist");
        let (status, answer) = place.exchange(&url, "x", json!({})).await;
        assert_eq!(
            (status, answer),
            (400, json!({ "error": "invalid_client" }))
        );
    }
    assert_eq!(place.publisher.asked(), 0);

    // Nor when the policy is gone, or its client, or the plan.
    let agent = place.agent();
    let smaller = json!({ "UserPoolId": place.pool, "UserPoolTier": "LITE" });
    place.server.ok("UpdateUserPool", smaller.clone()).await;
    is_error_page(&place.authorize(&agent, json!({})).await, "does not exist");
    let mut larger = smaller;
    larger["UserPoolTier"] = json!("ESSENTIALS");
    place.server.ok("UpdateUserPool", larger).await;
    place.authorize(&agent, json!({})).await;
    assert_eq!(place.publisher.asked(), 1);
    let input = json!({ "UserPoolId": place.pool, "ClientId": place.client });
    place.server.ok("DeleteUserPoolClient", input).await;
    is_error_page(&place.authorize(&agent, json!({})).await, "does not exist");
    assert_eq!(place.publisher.asked(), 0);
}

#[tokio::test]
async fn a_url_is_of_one_app_client_or_of_nobody() {
    let place = Place::start().await;
    let agent = place.agent();
    let url = place.publisher.pattern("/agents/a*");
    // Two policies of one client are one.
    policy(&place.server, &place.pool, &place.client, &[&url]).await;
    place.tokens(&agent).await;
    let other = app_client(&place.server, &place.pool, json!({})).await;
    let url = place.publisher.pattern("/*/a.json");
    let of_other = policy(&place.server, &place.pool, &other, &[&url]).await;
    is_error_page(&place.authorize(&agent, json!({})).await, "does not exist");
    let one = json!({ "UserPoolId": place.pool, "CIMDPolicyId": of_other });
    place.server.ok("DeleteCIMDPolicy", one).await;
    place.tokens(&agent).await;

    // Where pools share a host, other pools' policies count; at a pool's own host they do not.
    let elsewhere = place.server.pool(json!({})).await;
    let stranger = app_client(&place.server, &elsewhere, json!({})).await;
    let url = place.publisher.pattern("/agents/*");
    policy(&place.server, &elsewhere, &stranger, &[&url]).await;
    is_error_page(&place.authorize(&agent, json!({})).await, "does not exist");
    for (pool, prefix) in [(&place.pool, "one"), (&elsewhere, "two")] {
        let input = json!({ "UserPoolId": pool, "Domain": prefix });
        place.server.ok("CreateUserPoolDomain", input).await;
        let host = format!("{prefix}.auth.localhost:9339");
        let path = format!("/oauth2/authorize?{}", query(&agent, json!({})));
        let reply = get_with(&place.server, &[("host", &host)], &path).await;
        assert!(location(&reply).starts_with("/login?"), "{prefix}");
    }
    let path = format!("/oauth2/authorize?{}", query(&agent, json!({})));
    let nobodys = [("host", "three.auth.localhost:9339")];
    is_error_page(
        &get_with(&place.server, &nobodys, &path).await,
        "does not exist",
    );
}

#[tokio::test]
async fn a_document_that_is_no_good_lets_nobody_in_and_is_not_kept() {
    let place = Place::start().await;
    let agent = place.agent();
    let html = vec![("content-type", "text/html".to_owned())];
    let json_type = vec![("content-type", "application/json".to_owned())];
    let bodied = |status: u16, headers: &[(&'static str, String)], body: Option<String>| Answer {
        status,
        headers: headers.to_vec(),
        body,
        more: json!({}),
    };
    let elsewhere = [
        ("location", place.publisher.url("/agents/b.json")),
        json_type[0].clone(),
    ];
    let large = format!("{{\"x\":\"{}\"}}", "x".repeat(16 << 10));
    for answer in [
        Answer::with(json!({ "client_id": "https://evil.example/client.json" })),
        Answer::with(json!({ "client_id": null })),
        Answer::with(json!({ "token_endpoint_auth_method": "client_secret_post" })),
        Answer::with(json!({ "client_secret": "x" })),
        Answer::with(json!({ "redirect_uris": [] })),
        Answer::with(json!({ "redirect_uris": ["javascript:alert(1)"] })),
        Answer::with(json!({ "redirect_uris": ["http://agent.example.com/"] })),
        Answer::with(json!({ "x": "x".repeat(16 << 10) })),
        bodied(404, &json_type, None),
        bodied(500, &json_type, None),
        bodied(204, &json_type, Some(String::new())),
        bodied(302, &elsewhere, None),
        bodied(200, &html, None),
        bodied(200, &[], None),
        bodied(200, &json_type, Some("[]".to_owned())),
        bodied(200, &json_type, Some("<html>".to_owned())),
        bodied(200, &json_type, Some(large)),
    ] {
        let shown = (answer.status, answer.more.to_string().len());
        place.publisher.answers(answer);
        let reply = place.authorize(&agent, json!({})).await;
        is_error_page(&reply, "cannot be used");
        let (status, answer) = place.exchange(&agent, "x", json!({})).await;
        assert_eq!(
            (status, answer),
            (400, json!({ "error": "invalid_client" })),
            "{shown:?}"
        );
        // Each asked once, and neither followed anything.
        assert_eq!(place.publisher.asked(), 2, "{shown:?}");
    }
    assert_eq!(place.kept().await, json!([]));
    let nobody = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = nobody.local_addr().unwrap();
    drop(nobody);
    let pattern = format!("https://{address}/*");
    policy(&place.server, &place.pool, &place.client, &[&pattern]).await;
    let reply = place
        .authorize(&format!("http://{address}/a.json"), json!({}))
        .await;
    is_error_page(&reply, "cannot be used");

    let typed = vec![(
        "content-type",
        "application/cimd+json; charset=utf-8".to_owned(),
    )];
    place.publisher.answers(bodied(200, &typed, None));
    place.tokens(&agent).await;
}

#[tokio::test]
async fn grants_are_those_that_document_and_app_client_both_allow() {
    let place = Place::start().await;
    let implicit = json!({ "response_type": "token" });
    let both = json!(["authorization_code", "implicit"]);
    place
        .publisher
        .answers(Answer::with(json!({ "grant_types": both })));
    let without_pkce = json!({ "code_challenge": "", "code_challenge_method": "" });
    let mut implicit_query = implicit.clone();
    merge(&mut implicit_query, without_pkce);
    let agent = place.agent();
    let reply = place.authorize(&agent, implicit_query.clone()).await;
    assert!(location(&reply).contains("#error=unauthorized_client"));
    let update = json!({
        "UserPoolId": place.pool,
        "ClientId": place.client,
        "AllowedOAuthFlowsUserPoolClient": true,
        "AllowedOAuthFlows": ["code", "implicit"],
        "AllowedOAuthScopes": ["openid"],
        "CallbackURLs": ["https://admin.example.com/own"],
    });
    place.server.ok("UpdateUserPoolClient", update).await;
    let reply = place.authorize(&agent, implicit_query.clone()).await;
    assert!(location(&reply).starts_with("/login?"));
    // Another document has the code only, or nothing that helps.
    let other = place.publisher.url("/agents/code.json");
    place
        .publisher
        .answers(Answer::with(json!({ "grant_types": null })));
    let reply = place.authorize(&other, implicit_query).await;
    assert!(location(&reply).contains("#error=unauthorized_client"));
    let machine = place.publisher.url("/agents/machine.json");
    let grants = json!({ "grant_types": ["client_credentials"] });
    place.publisher.answers(Answer::with(grants));
    let reply = place.authorize(&machine, json!({})).await;
    assert!(location(&reply).contains("?error=unauthorized_client"));
    let (status, answer) = place
        .token(json!({ "grant_type": "client_credentials", "client_id": machine }))
        .await;
    assert_eq!((status, answer), (400, json!({ "error": "invalid_grant" })));
}

#[tokio::test]
async fn a_document_counts_until_it_expires_is_refreshed_or_invalidated() {
    let place = Place::start().await;
    let agent = place.agent();
    place.tokens(&agent).await;
    let start = 1_767_225_600;
    assert_eq!(
        place.kept().await,
        json!([{ "URL": agent, "CachedDate": start, "ExpirationDate": start + 86_400 }])
    );
    // Changed meanwhile: what is kept counts.
    let moved = json!({ "redirect_uris": ["https://agent.example.com/moved"] });
    place.publisher.answers(Answer::with(moved));
    place.publisher.asked();
    let is_old = async |place: &Place| {
        let reply = place.authorize(&agent, json!({})).await;
        reply.status == 302
    };
    place.server.advance(Duration::from_secs(DAY - 1));
    assert!(is_old(&place).await && place.publisher.asked() == 0);
    place.server.advance(Duration::from_secs(1));
    assert!(!is_old(&place).await && place.publisher.asked() == 1);

    // A day at least, whatever its own header says less; a year at most.
    for (max_age, kept) in [
        ("max-age=60", DAY),
        ("max-age=200000", 200_000),
        ("max-age=99999999", DAY),
        ("no-store", DAY),
    ] {
        let mut answer = Answer::with(json!({}));
        answer.headers.push(("cache-control", max_age.to_owned()));
        place.publisher.answers(answer);
        let refresh = place.state(&agent, "REFRESH");
        place
            .server
            .ok("UpdateClientMetadataURLState", refresh)
            .await;
        assert!(is_old(&place).await);
        let one = place.kept().await[0].clone();
        let lasts = one["ExpirationDate"].as_f64().unwrap() - one["CachedDate"].as_f64().unwrap();
        assert_eq!(lasts, kept as f64, "{max_age}");
    }
    assert_eq!(place.publisher.asked(), 4);

    // A refresh that finds nothing good changes nothing.
    place
        .publisher
        .answers(Answer::with(json!({ "client_id": "x" })));
    let refresh = place.state(&agent, "REFRESH");
    place
        .server
        .refuses_as(
            "UpdateClientMetadataURLState",
            refresh,
            "ClientDocumentUnusable",
        )
        .await;
    assert!(is_old(&place).await);
    // Without it nobody gets in, and their tokens are not refreshed either.
    place.publisher.answers(Answer::with(json!({})));
    let tokens = place.tokens(&agent).await;
    place
        .publisher
        .answers(Answer::with(json!({ "client_id": "x" })));
    let invalidate = place.state(&agent, "INVALIDATE");
    place
        .server
        .ok("UpdateClientMetadataURLState", invalidate.clone())
        .await;
    assert_eq!(place.kept().await, json!([]));
    is_error_page(&place.authorize(&agent, json!({})).await, "cannot be used");
    let (status, answer) = place.refresh(&agent, &tokens["refresh_token"]).await;
    assert_eq!(
        (status, answer),
        (400, json!({ "error": "invalid_client" }))
    );
    for action in ["REFRESH", "INVALIDATE"] {
        let input = place.state(&agent, action);
        place
            .server
            .refuses_as(
                "UpdateClientMetadataURLState",
                input,
                "ClientDocumentNotCached",
            )
            .await;
    }
    place.publisher.answers(Answer::with(json!({})));
    let (status, _) = place.refresh(&agent, &tokens["refresh_token"]).await;
    assert_eq!(status, 200);

    // A clock that is moved back does not make a document of the future count.
    place.publisher.asked();
    let (status, _) = place
        .server
        .own("POST", "clock", json!({ "now": "2026-01-01T00:00:00Z" }))
        .await;
    assert_eq!(status, 200);
    assert!(is_old(&place).await && place.publisher.asked() == 1);
}

#[tokio::test]
async fn strangers_do_not_fill_the_store() {
    let place = Place::start().await;
    let mut write = place.server.app.store.write().await.unwrap();
    for number in 0..1_000 {
        let document = mocknito::store::CachedDocument {
            policy_id: place.policy.clone(),
            url: place.publisher.url(&format!("/agents/{number:04}.json")),
            client: mocknito::store::PublishedClient {
                redirect_uris: vec![AGENTS_CALLBACK.to_owned()],
                flows: Vec::new(),
            },
            cached_at: place.server.app.clock.now(),
            expires_at: place.server.app.clock.now(),
        };
        write
            .client_documents()
            .put(&document, i64::MAX)
            .await
            .unwrap();
    }
    write.commit().await.unwrap();
    place.tokens(&place.agent()).await;
    let mut read = place.server.app.store.read().await.unwrap();
    let kept = read
        .client_documents()
        .list(&place.policy, "", i64::MAX)
        .await
        .unwrap();
    assert_eq!(kept.len(), 1_000);
    assert!(kept.iter().any(|one| one.url == place.agent()));
}

#[tokio::test]
async fn discovery_says_it_while_the_pool_has_a_policy() {
    let place = Place::start().await;
    let supported = async || {
        let path = format!("/{}/.well-known/openid-configuration", place.pool);
        let metadata = place.server.get(&path).await.json();
        metadata
            .get("client_id_metadata_document_supported")
            .cloned()
    };
    assert_eq!(supported().await, Some(json!(true)));
    let one = json!({ "UserPoolId": place.pool, "CIMDPolicyId": place.policy });
    place.server.ok("DeleteCIMDPolicy", one).await;
    assert_eq!(supported().await, None);
}

#[tokio::test]
async fn kept_documents_are_listed_by_the_page() {
    let place = Place::start().await;
    let mut urls = Vec::new();
    for number in 0..3 {
        let url = place.publisher.url(&format!("/agents/{number}.json"));
        place.authorize(&url, json!({})).await;
        urls.push(url);
    }
    let mut input =
        json!({ "UserPoolId": place.pool, "CIMDPolicyId": place.policy, "MaxResults": 2 });
    let first = place
        .server
        .ok("ListClientMetadataURLs", input.clone())
        .await;
    assert_eq!(each(&first["ClientMetadataURLs"], "URL"), urls[..2]);
    input["NextToken"] = first["NextToken"].clone();
    let second = place.server.ok("ListClientMetadataURLs", input).await;
    assert_eq!(each(&second["ClientMetadataURLs"], "URL"), urls[2..]);
    assert_eq!(second.get("NextToken"), None);
    // A pattern that does not match any more forgets what it let in.
    let input = json!({
        "UserPoolId": place.pool,
        "CIMDPolicyId": place.policy,
        "ClientId": place.client,
        "URLPatterns": [place.publisher.pattern("/agents/1*")],
    });
    place.server.ok("UpdateCIMDPolicy", input).await;
    assert_eq!(each(&place.kept().await, "URL"), urls[1..2]);
}
