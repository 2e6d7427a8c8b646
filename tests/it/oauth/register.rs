//! Clients register themselves: who may, as what, and everybody who may not.

use std::time::Duration;

use axum::http::Method;
use mocknito::app::Issuer;
use mocknito::store::Client;
use mocknito::wire::user_pools::UserPoolClientType;
use serde_json::{Value, json};

use super::web::{CALLBACK, parameter, sign_in};
use crate::support::{PASSWORD, PUBLIC_URL, Reply, Server, amend, claims, each, keys, merge, text};

const SCOPE: &str = "aws.cognito/dcr/register";

/// A pool where clients register themselves, as `DcrConfiguration` says, and its domain.
async fn pool(server: &Server, configuration: Value) -> String {
    let pool = server
        .pool(json!({ "DcrConfiguration": configuration }))
        .await;
    domain(server, &pool, "agents").await;
    pool
}

async fn domain(server: &Server, pool: &str, prefix: &str) {
    let input = json!({ "UserPoolId": pool, "Domain": prefix });
    server.ok("CreateUserPoolDomain", input).await;
}

async fn open_pool(server: &Server) -> String {
    pool(server, open()).await
}

fn open() -> Value {
    json!({ "OpenDcrEnabled": true })
}

/// The pool's scopes `api/read` and `api/write`.
async fn resource_server(server: &Server, pool: &str) {
    let scope = |name: &str| json!({ "ScopeName": name, "ScopeDescription": name });
    let input = json!({
        "UserPoolId": pool,
        "Identifier": "api",
        "Name": "api",
        "Scopes": [scope("read"), scope("write")],
    });
    server.ok("CreateResourceServer", input).await;
}

/// What an agent says about itself, with these members over the usual ones. Null takes one away.
fn agent(more: Value) -> Value {
    let mut metadata = json!({
        "redirect_uris": [CALLBACK],
        "client_name": "An agent",
        "token_endpoint_auth_method": "none",
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
    });
    amend(&mut metadata, more);
    metadata
}

/// A machine that wants a secret.
fn machine(more: Value) -> Value {
    let mut metadata = json!({ "grant_types": ["client_credentials"] });
    merge(&mut metadata, more);
    metadata
}

async fn send(server: &Server, path: &str, headers: &[(&str, &str)], body: String) -> Reply {
    let is_typed = headers.iter().any(|(name, _)| *name == "content-type");
    let json = [("content-type", "application/json")];
    let kind: &[(&str, &str)] = if is_typed { &[] } else { &json };
    let headers = [kind, headers].concat();
    server.ask(Method::POST, path, &headers, &body).await
}

async fn register_with(
    server: &Server,
    pool: &str,
    headers: &[(&str, &str)],
    metadata: Value,
) -> Reply {
    let path = format!("/{pool}/oauth2/register");
    send(server, &path, headers, metadata.to_string()).await
}

async fn register(server: &Server, pool: &str, token: Option<&str>, metadata: Value) -> Reply {
    let bearer = token.map(|token| format!("Bearer {token}"));
    let headers: Vec<(&str, &str)> = bearer
        .iter()
        .map(|value| ("authorization", value.as_str()))
        .collect();
    register_with(server, pool, &headers, metadata).await
}

/// The answer to a registration that must be let in.
#[track_caller]
fn registered(reply: &Reply) -> Value {
    let text = String::from_utf8_lossy(&reply.body);
    assert_eq!(reply.status, 201, "{text}");
    reply.json()
}

#[track_caller]
fn refused(reply: &Reply, status: u16, error: &str) {
    let text = String::from_utf8_lossy(&reply.body);
    assert_eq!(reply.status, status, "{text}");
    assert_eq!(reply.json()["error"], error, "{text}");
}

/// The challenge of a 401 or 403.
fn challenge(reply: &Reply) -> &str {
    reply.headers["www-authenticate"].to_str().unwrap()
}

/// A client of the pool with these scopes that acts for itself, and a token of it.
async fn machine_token(server: &Server, pool: &str, scopes: &[&str]) -> (String, String) {
    let client = server
        .client(
            pool,
            json!({
                "GenerateSecret": true,
                "AllowedOAuthFlowsUserPoolClient": true,
                "AllowedOAuthFlows": ["client_credentials"],
                "AllowedOAuthScopes": scopes,
            }),
        )
        .await;
    let id = text(&client["ClientId"]);
    let basic = Some((id.as_str(), client["ClientSecret"].as_str().unwrap()));
    let form = [("grant_type", "client_credentials")];
    let (status, answer) = server.token_endpoint(basic, &form).await;
    assert_eq!(status, 200, "{answer}");
    (id, text(&answer["access_token"]))
}

async fn described(server: &Server, pool: &str, client: &Value) -> Value {
    let input = json!({ "UserPoolId": pool, "ClientId": client });
    server.ok("DescribeUserPoolClient", input).await["UserPoolClient"].clone()
}

async fn count(server: &Server, pool: &str) -> usize {
    let input = json!({ "UserPoolId": pool, "MaxResults": 60 });
    let listed = server.ok("ListUserPoolClients", input).await;
    listed["UserPoolClients"].as_array().unwrap().len()
}

#[tokio::test]
async fn a_client_registers_itself_and_its_users_sign_in() {
    let server = Server::start().await;
    let pool = open_pool(&server).await;
    let sub = server
        .user(&pool, "alice", &[("email", "alice@example.com")])
        .await;
    let reply = register(&server, &pool, None, agent(json!({}))).await;
    let client = registered(&reply);
    assert_eq!(reply.headers["cache-control"], "no-store");
    let content_type = reply.headers["content-type"].to_str().unwrap();
    assert!(content_type.starts_with("application/json"));
    let id = text(&client["client_id"]);
    assert_eq!(
        client,
        json!({
            "client_id": id,
            "client_id_issued_at": 1_767_225_600,
            "client_name": "An agent",
            "redirect_uris": [CALLBACK],
            "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code"],
            "token_endpoint_auth_method": "none",
            "scope": "openid email phone profile",
        })
    );

    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("response_type", "code")
        .append_pair("client_id", &id)
        .append_pair("redirect_uri", CALLBACK)
        .append_pair("scope", "openid email")
        .finish();
    let (location, _) = sign_in(&server, &query, &sub).await;
    let code = parameter(&location, "code").unwrap();
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", &id),
        ("redirect_uri", CALLBACK),
        ("code", &code),
    ];
    let (status, tokens) = server.token_endpoint(None, &form).await;
    assert_eq!(status, 200, "{tokens}");
    assert_eq!(claims(&tokens["access_token"])["client_id"], id.as_str());
    let refresh = text(&tokens["refresh_token"]);
    let form = [
        ("grant_type", "refresh_token"),
        ("client_id", &id),
        ("refresh_token", &refresh),
    ];
    let (status, tokens) = server.token_endpoint(None, &form).await;
    assert_eq!(status, 200, "{tokens}");
}

#[tokio::test]
async fn a_registered_client_is_described_listed_changed_and_deleted_like_any_other() {
    let server = Server::start().await;
    let pool = open_pool(&server).await;
    let regular = server.client_id(&pool, json!({})).await;
    let reply = register(&server, &pool, None, agent(json!({}))).await;
    let id = registered(&reply)["client_id"].clone();
    let client = described(&server, &pool, &id).await;
    let mut expected = json!({
        "UserPoolId": pool,
        "ClientName": "An agent",
        "ClientId": id,
        "ClientType": "DCR",
        "RefreshTokenValidity": 30,
        "TokenValidityUnits": {},
        "ExplicitAuthFlows": ["ALLOW_REFRESH_TOKEN_AUTH"],
        "SupportedIdentityProviders": ["COGNITO"],
        "CallbackURLs": [CALLBACK],
        "AllowedOAuthFlows": ["code"],
        "AllowedOAuthScopes": ["openid", "email", "phone", "profile"],
        "AllowedOAuthFlowsUserPoolClient": true,
        "PreventUserExistenceErrors": "ENABLED",
        "EnableTokenRevocation": true,
        "EnablePropagateAdditionalUserContextData": false,
        "AuthSessionValidity": 3,
    });
    for date in ["CreationDate", "LastModifiedDate"] {
        expected[date] = client[date].clone();
    }
    assert_eq!(client, expected);

    for (kind, expected) in [
        (Some("DCR"), vec![text(&id)]),
        (Some("REGULAR"), vec![regular.clone()]),
        (None, vec![regular.clone(), text(&id)]),
    ] {
        let mut input = json!({ "UserPoolId": pool, "MaxResults": 60 });
        if let Some(kind) = kind {
            input["ClientType"] = json!(kind);
        }
        let listed = server.ok("ListUserPoolClients", input).await;
        let mut ids = each(&listed["UserPoolClients"], "ClientId");
        let mut expected = expected;
        ids.sort();
        expected.sort();
        assert_eq!(ids, expected, "{kind:?}");
        // The list itself does not tell.
        for one in listed["UserPoolClients"].as_array().unwrap() {
            assert_eq!(keys(one), ["ClientId", "ClientName", "UserPoolId"]);
        }
    }

    let update = |more: Value| {
        let mut input = json!({ "UserPoolId": pool, "ClientId": id });
        merge(&mut input, more);
        input
    };
    server
        .ok(
            "UpdateUserPoolClient",
            update(json!({ "ClientName": "renamed" })),
        )
        .await;
    let client = described(&server, &pool, &id).await;
    assert_eq!(
        (&client["ClientName"], &client["ClientType"]),
        (&json!("renamed"), &json!("DCR"))
    );
    server
        .refuses_as(
            "UpdateUserPoolClient",
            update(json!({ "AllowedOAuthScopes": ["openid", SCOPE] })),
            "RegistrationScopeOfRegistered",
        )
        .await;
    for (operation, more) in [
        ("AddUserPoolClientSecret", json!({})),
        ("ListUserPoolClientSecrets", json!({})),
        (
            "DeleteUserPoolClientSecret",
            json!({ "ClientSecretId": "x--1" }),
        ),
    ] {
        server
            .refuses_as(operation, update(more), "SecretsOfRegistered")
            .await;
    }
    server.ok("DeleteUserPoolClient", update(json!({}))).await;
    assert_eq!(count(&server, &pool).await, 1);
}

#[tokio::test]
async fn nobody_registers_where_it_is_not_switched_on() {
    let server = Server::start().await;
    let off = json!({ "EnableStatus": "Disabled", "OpenDcrEnabled": true });
    let disabled = pool(&server, off).await;
    let without_domain = server.pool(json!({ "DcrConfiguration": open() })).await;
    let plain = server.pool(json!({})).await;
    domain(&server, &plain, "plain").await;
    for pool in [
        disabled.as_str(),
        &without_domain,
        &plain,
        "us-east-1_nobody",
    ] {
        let reply = register(&server, pool, None, agent(json!({}))).await;
        refused(&reply, 404, "not_found");
        let reply = register(&server, pool, Some("x"), agent(json!({}))).await;
        refused(&reply, 404, "not_found");
    }
    for pool in [&disabled, &without_domain, &plain] {
        assert_eq!(count(&server, pool).await, 0);
        let metadata = server
            .get(&format!("/{pool}/.well-known/openid-configuration"))
            .await
            .json();
        assert_eq!(metadata.get("registration_endpoint"), None);
    }
    // Where pools share a host, nobody knows which one is meant.
    let reply = send(
        &server,
        "/oauth2/register",
        &[],
        agent(json!({})).to_string(),
    )
    .await;
    refused(&reply, 404, "not_found");
    // Switched on, and off again.
    let on = json!({ "UserPoolId": plain, "DcrConfiguration": open() });
    server.ok("UpdateUserPool", on).await;
    registered(&register(&server, &plain, None, agent(json!({}))).await);
    let off = json!({ "UserPoolId": plain, "DcrConfiguration": { "EnableStatus": "Disabled", "OpenDcrEnabled": true } });
    server.ok("UpdateUserPool", off).await;
    let reply = register(&server, &plain, None, agent(json!({}))).await;
    refused(&reply, 404, "not_found");
}

#[tokio::test]
async fn the_cheapest_plan_has_no_registration() {
    let server = Server::start().await;
    let lacks = "The following features need to be disabled for the LITE pricing tier \
                 configured: Dynamic Client Registration";
    let lite = json!({ "PoolName": "p", "UserPoolTier": "LITE", "DcrConfiguration": open() });
    let refusal = format!("FeatureUnavailableInTierException: {lacks}");
    server.refuses("CreateUserPool", lite, &refusal).await;
    let off = json!({ "EnableStatus": "Disabled" });
    server
        .pool(json!({ "UserPoolTier": "LITE", "DcrConfiguration": off }))
        .await;

    let pool = open_pool(&server).await;
    let mut smaller = json!({ "UserPoolId": pool, "UserPoolTier": "LITE" });
    let refusal = format!("TierChangeNotAllowedException: {lacks}");
    server
        .refuses("UpdateUserPool", smaller.clone(), &refusal)
        .await;
    merge(&mut smaller, json!({ "DcrConfiguration": off }));
    server.ok("UpdateUserPool", smaller).await;
}

#[tokio::test]
async fn a_configuration_is_completed_kept_and_replaced_as_a_whole() {
    let server = Server::start().await;
    let pool = pool(&server, json!({ "AllowedScopes": ["openid"] })).await;
    let read = async || {
        let input = json!({ "UserPoolId": pool });
        server.ok("DescribeUserPool", input).await["UserPool"]["DcrConfiguration"].clone()
    };
    let mut expected = json!({
        "EnableStatus": "Enabled",
        "OpenDcrEnabled": false,
        "AuthenticatedGrantTypes": ["code", "client_credentials"],
        "OpenDcrGrantTypes": ["code"],
        "AllowedScopes": ["openid"],
    });
    assert_eq!(read().await, expected);
    server
        .ok("UpdateUserPool", json!({ "UserPoolId": pool }))
        .await;
    assert_eq!(read().await, expected);
    let other = json!({ "UserPoolId": pool, "DcrConfiguration": { "OpenDcrEnabled": true } });
    server.ok("UpdateUserPool", other).await;
    expected["OpenDcrEnabled"] = json!(true);
    expected.as_object_mut().unwrap().remove("AllowedScopes");
    assert_eq!(read().await, expected);
}

#[tokio::test]
async fn a_token_for_it_registers_and_nothing_else_does() {
    let server = Server::start().await;
    let pool = pool(&server, json!({})).await;
    let other = server.pool(json!({ "DcrConfiguration": {} })).await;
    domain(&server, &other, "others").await;
    resource_server(&server, &pool).await;
    server
        .user(&pool, "alice", &[("email", "alice@example.com")])
        .await;

    let (client, good) = machine_token(&server, &pool, &[SCOPE]).await;
    let (_, foreign) = machine_token(&server, &other, &[SCOPE]).await;
    let (_, plain) = machine_token(&server, &pool, &["api/read"]).await;
    let api = server.client_id(&pool, json!({})).await;
    let of_api = server.sign_in(&api, "alice").await;
    let (gone, of_gone) = machine_token(&server, &pool, &[SCOPE]).await;
    let input = json!({ "UserPoolId": pool, "ClientId": gone });
    server.ok("DeleteUserPoolClient", input).await;

    let reply = register(&server, &pool, None, agent(json!({}))).await;
    refused(&reply, 401, "invalid_token");
    assert_eq!(challenge(&reply), r#"Bearer error="invalid_token""#);
    let forged = format!("{}x", &good[..good.len() - 1]);
    for token in [
        foreign.as_str(),
        &of_gone,
        of_api["IdToken"].as_str().unwrap(),
        of_api["RefreshToken"].as_str().unwrap(),
        &forged,
        "garbage",
        "a.b.c",
        "",
    ] {
        let reply = register(&server, &pool, Some(token), agent(json!({}))).await;
        refused(&reply, 401, "invalid_token");
        assert_eq!(challenge(&reply), r#"Bearer error="invalid_token""#);
    }
    for header in ["Basic YTpi", "Bearer", good.as_str()] {
        let headers = [("authorization", header)];
        let reply = register_with(&server, &pool, &headers, agent(json!({}))).await;
        refused(&reply, 401, "invalid_token");
    }
    for token in [plain.as_str(), of_api["AccessToken"].as_str().unwrap()] {
        let reply = register(&server, &pool, Some(token), agent(json!({}))).await;
        refused(&reply, 403, "insufficient_scope");
        assert_eq!(
            challenge(&reply),
            format!(r#"Bearer error="insufficient_scope", scope="{SCOPE}""#)
        );
    }
    let before = count(&server, &pool).await;

    registered(&register(&server, &pool, Some(&good), agent(json!({}))).await);
    // At the host that pools share, the token says of which pool the client is to be.
    let bearer = format!("Bearer {good}");
    let headers = [("authorization", bearer.as_str())];
    let metadata = agent(json!({})).to_string();
    registered(&send(&server, "/oauth2/register", &headers, metadata.clone()).await);
    let at_other = [headers[0], ("host", "others.auth.localhost:9339")];
    let reply = send(&server, "/oauth2/register", &at_other, metadata.clone()).await;
    refused(&reply, 401, "invalid_token");
    let at_own = [headers[0], ("host", "agents.auth.localhost:9339")];
    registered(&send(&server, "/oauth2/register", &at_own, metadata).await);
    let reply = register_with(&server, &pool, &at_other, agent(json!({}))).await;
    refused(&reply, 404, "not_found");
    assert_eq!(count(&server, &pool).await, before + 3);

    server.advance(Duration::from_secs(3_600));
    let reply = register(&server, &pool, Some(&good), agent(json!({}))).await;
    refused(&reply, 401, "invalid_token");
    assert_eq!(
        described(&server, &pool, &json!(client)).await["AllowedOAuthScopes"],
        json!([SCOPE])
    );
}

#[tokio::test]
async fn a_users_token_registers_until_it_is_revoked() {
    let server = Server::start().await;
    let pool = pool(&server, json!({})).await;
    let sub = server
        .user(&pool, "alice", &[("email", "alice@example.com")])
        .await;
    let client = server
        .client_id(
            &pool,
            json!({
                "AllowedOAuthFlowsUserPoolClient": true,
                "AllowedOAuthFlows": ["code"],
                "AllowedOAuthScopes": ["openid", SCOPE],
                "CallbackURLs": [CALLBACK],
            }),
        )
        .await;
    let token = async |scope: &str| {
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("response_type", "code")
            .append_pair("client_id", &client)
            .append_pair("redirect_uri", CALLBACK)
            .append_pair("scope", scope)
            .finish();
        let (location, _) = sign_in(&server, &query, &sub).await;
        let code = parameter(&location, "code").unwrap();
        let form = [
            ("grant_type", "authorization_code"),
            ("client_id", &client),
            ("redirect_uri", CALLBACK),
            ("code", &code),
        ];
        let (_, tokens) = server.token_endpoint(None, &form).await;
        text(&tokens["access_token"])
    };
    let good = token(&format!("openid {SCOPE}")).await;
    let plain = token("openid").await;
    registered(&register(&server, &pool, Some(&good), agent(json!({}))).await);
    let reply = register(&server, &pool, Some(&plain), agent(json!({}))).await;
    refused(&reply, 403, "insufficient_scope");
    let alice = json!({ "UserPoolId": pool, "Username": "alice" });
    server.ok("AdminUserGlobalSignOut", alice.clone()).await;
    let reply = register(&server, &pool, Some(&good), agent(json!({}))).await;
    refused(&reply, 401, "invalid_token");

    let good = token(&format!("openid {SCOPE}")).await;
    server.ok("AdminDisableUser", alice.clone()).await;
    let reply = register(&server, &pool, Some(&good), agent(json!({}))).await;
    refused(&reply, 401, "invalid_token");
    server.ok("AdminEnableUser", alice.clone()).await;
    let good = token(&format!("openid {SCOPE}")).await;
    server.ok("AdminDeleteUser", alice).await;
    let reply = register(&server, &pool, Some(&good), agent(json!({}))).await;
    refused(&reply, 401, "invalid_token");
}

#[tokio::test]
async fn grant_types_are_those_of_the_kind_of_registration() {
    let server = Server::start().await;
    let pool = open_pool(&server).await;
    resource_server(&server, &pool).await;
    let (_, token) = machine_token(&server, &pool, &[SCOPE]).await;
    let configure = async |configuration: Value| {
        let mut all = json!({ "OpenDcrEnabled": true, "AllowedScopes": ["api/read"] });
        merge(&mut all, configuration);
        let input = json!({ "UserPoolId": pool, "DcrConfiguration": all });
        server.ok("UpdateUserPool", input).await;
    };
    let try_all = async || {
        let mut answers = Vec::new();
        for token in [None, Some(token.as_str())] {
            for metadata in [agent(json!({})), machine(json!({}))] {
                let reply = register(&server, &pool, token, metadata).await;
                if reply.status != 201 {
                    refused(&reply, 400, "invalid_client_metadata");
                }
                answers.push(reply.status == 201);
            }
        }
        answers
    };
    configure(json!({})).await;
    assert_eq!(try_all().await, [true, false, true, true]);
    configure(json!({ "OpenDcrGrantTypes": ["client_credentials", "code"], "AuthenticatedGrantTypes": ["code"] })).await;
    assert_eq!(try_all().await, [true, true, true, false]);
    // An empty list refuses all, and so does one that says nothing.
    configure(json!({ "OpenDcrGrantTypes": [], "AuthenticatedGrantTypes": ["implicit"] })).await;
    assert_eq!(try_all().await, [false, false, false, false]);
}

#[tokio::test]
async fn a_machine_registers_gets_a_secret_and_uses_it() {
    let server = Server::start().await;
    let pool = pool(&server, json!({ "AllowedScopes": ["api/read", "openid"] })).await;
    resource_server(&server, &pool).await;
    let (_, token) = machine_token(&server, &pool, &[SCOPE]).await;
    for method in [
        None,
        Some("client_secret_basic"),
        Some("client_secret_post"),
    ] {
        let metadata = machine(json!({ "token_endpoint_auth_method": method }));
        let client = registered(&register(&server, &pool, Some(&token), metadata).await);
        assert_eq!(
            client["token_endpoint_auth_method"],
            method.unwrap_or("client_secret_basic")
        );
        assert_eq!(client["client_secret_expires_at"], 0);
        assert_eq!(
            client["client_name"],
            format!("dcr-{}", text(&client["client_id"]))
        );
        assert_eq!(client["scope"], "api/read");
        assert_eq!(client["response_types"], json!([]));
        let (id, secret) = (text(&client["client_id"]), text(&client["client_secret"]));
        let form = [("grant_type", "client_credentials")];
        let (status, tokens) = server.token_endpoint(Some((&id, &secret)), &form).await;
        assert_eq!(status, 200, "{tokens}");
        assert_eq!(claims(&tokens["access_token"])["scope"], "api/read");
        let (status, _) = server.token_endpoint(Some((&id, "wrong")), &form).await;
        assert_eq!(status, 400);
    }
    for scope in ["api/write", "openid", SCOPE] {
        let metadata = machine(json!({ "scope": scope }));
        let reply = register(&server, &pool, Some(&token), metadata).await;
        refused(&reply, 400, "invalid_client_metadata");
    }
}

#[tokio::test]
async fn scopes_are_the_openid_ones_and_those_that_the_pool_lists() {
    let server = Server::start().await;
    let admin = "aws.cognito.signin.user.admin";
    let listed = json!(["api/read", "api/gone", admin, SCOPE]);
    let pool = pool(
        &server,
        json!({ "OpenDcrEnabled": true, "AllowedScopes": listed }),
    )
    .await;
    resource_server(&server, &pool).await;
    for (asked, granted) in [
        (
            json!(null),
            format!("openid email phone profile api/read {admin}"),
        ),
        (
            json!(""),
            format!("openid email phone profile api/read {admin}"),
        ),
        (
            json!("openid  api/read openid"),
            "openid api/read".to_owned(),
        ),
        (json!("phone"), "phone".to_owned()),
        (json!(admin), admin.to_owned()),
    ] {
        let metadata = agent(json!({ "scope": asked }));
        let client = registered(&register(&server, &pool, None, metadata).await);
        assert_eq!(client["scope"], granted, "{asked}");
    }
    for asked in [
        "api/write",
        "api/gone",
        SCOPE,
        "openid offline_access",
        "x\"y",
    ] {
        let metadata = agent(json!({ "scope": asked }));
        let reply = register(&server, &pool, None, metadata).await;
        refused(&reply, 400, "invalid_client_metadata");
    }
}

#[tokio::test]
async fn metadata_that_make_no_client_are_refused() {
    let server = Server::start().await;
    let pool = open_pool(&server).await;
    for uris in [
        json!(null),
        json!([]),
        json!(["http://example.com/callback"]),
        json!(["javascript:alert(1)"]),
        json!(["https://example.com/#fragment"]),
        json!([CALLBACK, "not an address"]),
    ] {
        let metadata = agent(json!({ "redirect_uris": uris }));
        let reply = register(&server, &pool, None, metadata).await;
        refused(&reply, 400, "invalid_redirect_uri");
    }
    let long = format!("https://example.com/{}", "x".repeat(1_024));
    let many: Vec<String> = (0..101)
        .map(|n| format!("https://example.com/{n}"))
        .collect();
    for more in [
        json!({ "token_endpoint_auth_method": "private_key_jwt" }),
        json!({ "grant_types": ["password"] }),
        json!({ "grant_types": ["implicit"] }),
        json!({ "grant_types": ["refresh_token"] }),
        json!({ "grant_types": ["authorization_code", "client_credentials"] }),
        json!({ "response_types": ["token"] }),
        json!({ "response_types": ["code", "id_token"] }),
        json!({ "redirect_uris": [long] }),
        json!({ "redirect_uris": many }),
        json!({ "redirect_uris": CALLBACK }),
        json!({ "client_name": 1 }),
    ] {
        let reply = register(&server, &pool, None, agent(more.clone())).await;
        refused(&reply, 400, "invalid_client_metadata");
    }
    let path = format!("/{pool}/oauth2/register");
    let good = agent(json!({})).to_string();
    for (content_type, body) in [
        ("application/json", String::new()),
        ("application/json", "[]".to_owned()),
        ("application/json", "{".to_owned()),
        ("application/json", format!("{good}{good}")),
        ("text/plain", good.clone()),
        ("application/x-www-form-urlencoded", good.clone()),
        // Larger than anybody's metadata.
        (
            "application/json",
            agent(json!({ "client_uri": "x".repeat(16 << 10) })).to_string(),
        ),
    ] {
        let headers = [("content-type", content_type)];
        let reply = send(&server, &path, &headers, body).await;
        refused(&reply, 400, "invalid_client_metadata");
    }
    assert_eq!(count(&server, &pool).await, 0);
    let headers = [("content-type", "application/json; charset=utf-8")];
    registered(&send(&server, &path, &headers, good).await);
    let reply = server.get(&path).await;
    assert_eq!((reply.status.as_u16(), reply.body.len()), (405, 0));
    // What means nothing here is passed over, and a name is made to fit.
    let metadata = agent(json!({
        "client_name": "Agent (dev) \u{1f916}",
        "client_uri": "https://example.com",
        "contacts": ["x@example.com"],
        "jwks": {},
    }));
    let client = registered(&register(&server, &pool, None, metadata).await);
    assert_eq!(client["client_name"], "Agent _dev_ _");
}

#[tokio::test]
async fn a_pool_has_as_many_clients_as_its_quota_whoever_makes_them() {
    let server = Server::start().await;
    let pool = open_pool(&server).await;
    let mut write = server.app.store.write().await.unwrap();
    for number in 0..999 {
        let client = Client {
            id: format!("client{number}"),
            pool_id: pool.clone(),
            name: "client".to_owned(),
            settings: UserPoolClientType::default(),
            secrets: Vec::new(),
            metadata_url: None,
            secret_arn: None,
            registered: false,
            created_at: server.app.clock.now(),
            updated_at: server.app.clock.now(),
        };
        write.clients().insert(&client).await.unwrap();
    }
    write.commit().await.unwrap();
    let client = registered(&register(&server, &pool, None, agent(json!({}))).await);
    let reply = register(&server, &pool, None, agent(json!({}))).await;
    refused(&reply, 400, "invalid_request");
    let input = json!({ "UserPoolId": pool, "ClientName": "c" });
    server
        .refuses_as("CreateUserPoolClient", input.clone(), "ClientTooMany")
        .await;
    let one = json!({ "UserPoolId": pool, "ClientId": client["client_id"] });
    server.ok("DeleteUserPoolClient", one).await;
    server.ok("CreateUserPoolClient", input).await;
}

#[tokio::test]
async fn a_registered_client_signs_nobody_in_at_the_api() {
    let server = Server::start().await;
    let pool = open_pool(&server).await;
    server
        .user(&pool, "alice", &[("email", "alice@example.com")])
        .await;
    let client = registered(&register(&server, &pool, None, agent(json!({}))).await);
    for (flow, parameters) in [
        (
            "USER_PASSWORD_AUTH",
            json!({ "USERNAME": "alice", "PASSWORD": PASSWORD }),
        ),
        (
            "USER_SRP_AUTH",
            json!({ "USERNAME": "alice", "SRP_A": "a" }),
        ),
        ("CUSTOM_AUTH", json!({ "USERNAME": "alice" })),
    ] {
        let input = json!({
            "AuthFlow": flow,
            "ClientId": client["client_id"],
            "AuthParameters": parameters,
        });
        let refusal = server.refused("InitiateAuth", input).await;
        assert!(refusal.contains("not enabled"), "{refusal}");
    }
}

#[tokio::test]
async fn web_pages_of_other_origins_register_nobody() {
    let server = Server::allowing(&["https://inspector.example"], &[]).await;
    let pool = open_pool(&server).await;
    let (_, token) = machine_token(&server, &pool, &[SCOPE]).await;
    let bearer = format!("Bearer {token}");
    let before = count(&server, &pool).await;
    for headers in [
        &[("origin", "https://evil.example")][..],
        &[("origin", "null")],
        &[("origin", "http://127.0.0.1:1@evil.example")],
        &[
            ("origin", "https://evil.example"),
            ("authorization", bearer.as_str()),
        ],
        // A name that a page has made point here.
        &[
            ("origin", "http://evil.example:9339"),
            ("host", "evil.example:9339"),
        ],
        &[
            ("sec-fetch-site", "same-origin"),
            ("host", "evil.example:9339"),
        ],
        // A form that needs no preflight.
        &[
            ("origin", "https://evil.example"),
            ("content-type", "text/plain"),
        ],
    ] {
        let reply = register_with(&server, &pool, headers, agent(json!({}))).await;
        assert_eq!(reply.status, 403, "{headers:?}");
        assert!(!reply.headers.contains_key("access-control-allow-origin"));
    }
    assert_eq!(count(&server, &pool).await, before);
    // Tools that run in a browser on this machine, and who the operator has named.
    for origin in [
        "http://localhost:6274",
        PUBLIC_URL,
        "https://inspector.example",
    ] {
        let headers = [("origin", origin)];
        let reply = register_with(&server, &pool, &headers, agent(json!({}))).await;
        registered(&reply);
        assert_eq!(reply.headers["access-control-allow-origin"], "*");
    }
}

#[tokio::test]
async fn discovery_names_the_endpoint_that_serves() {
    for issuer in [Issuer::Local, Issuer::Aws] {
        let server = Server::with(issuer).await;
        let pool = open_pool(&server).await;
        let metadata = server
            .get(&format!("/{pool}/.well-known/openid-configuration"))
            .await
            .json();
        let endpoint = text(&metadata["registration_endpoint"]);
        let path = endpoint.strip_prefix(PUBLIC_URL).unwrap();
        registered(&send(&server, path, &[], agent(json!({})).to_string()).await);
    }
}
