//! Tokens without a sign-in: real ones, those that say what a test makes up, and those with a
//! defect, which are no key to anything here.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::{Value, json};

use crate::authorizers;
use crate::operations::identity_pools::{IdentityPoolCalls, Place};
use crate::support::{PUBLIC_URL, START, Server, World, claims, header, merge, text};

/// The tokens that were asked for; more is said beside client and user.
async fn mint(world: &World<'_>, more: Value) -> Value {
    let mut asked = json!({ "client_id": world.client, "username": "alice" });
    merge(&mut asked, more);
    let (status, tokens) = world.server.own("POST", "tokens", asked.clone()).await;
    assert_eq!(status, 200, "{asked}: {tokens}");
    tokens
}

/// The sentence of a refusal.
async fn refused(server: &Server, asked: Value) -> String {
    let (status, answer) = server.own("POST", "tokens", asked.clone()).await;
    assert_eq!(status, 400, "{asked}: {answer}");
    text(&answer["message"])
}

/// A client with these settings; gives its id.
async fn client(world: &World<'_>, settings: Value) -> String {
    text(&world.server.client(&world.pool, settings).await["ClientId"])
}

async fn resource_server(world: &World<'_>) {
    let scope = |name: &str| json!({ "ScopeName": name, "ScopeDescription": name });
    let input = json!({
        "UserPoolId": world.pool,
        "Identifier": "api",
        "Name": "api",
        "Scopes": [scope("read"), scope("write")],
    });
    world.server.ok("CreateResourceServer", input).await;
}

fn web() -> Value {
    json!({
        "AllowedOAuthFlowsUserPoolClient": true,
        "AllowedOAuthFlows": ["code"],
        "AllowedOAuthScopes": ["openid", "api/read"],
        "CallbackURLs": ["https://app.example.com/callback"],
    })
}

/// Everything that a good verifier finds wrong with a token, by the key set that is published.
async fn faults(world: &World<'_>, token: &str, token_use: &str) -> Vec<&'static str> {
    let path = format!("/{}/.well-known/jwks.json", world.pool);
    let set = world.server.get(&path).await.json();
    let mut found = Vec::new();
    let parts: Vec<&str> = token.split('.').collect();
    let json = |part: &str| -> Value {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
    };
    let (header, claims) = (json(parts[0]), json(parts[1]));
    let key = set["keys"].as_array().unwrap().iter();
    let key = key.clone().find(|key| key["kid"] == header["kid"]);
    if header["alg"] != "RS256" {
        found.push("alg");
    } else if let Some(key) = key {
        let key = DecodingKey::from_rsa_components(
            key["n"].as_str().unwrap(),
            key["e"].as_str().unwrap(),
        )
        .unwrap();
        let mut validation = Validation::new(Algorithm::RS256);
        validation.validate_exp = false;
        validation.validate_aud = false;
        validation.required_spec_claims.clear();
        if jsonwebtoken::decode::<Value>(token, &key, &validation).is_err() {
            found.push("signature");
        }
    }
    if key.is_none() {
        found.push("kid");
    }
    if claims["exp"].as_i64().unwrap() <= START {
        found.push("exp");
    }
    if claims["iat"].as_i64().unwrap() > START || claims["nbf"].as_i64().unwrap_or(0) > START {
        found.push("nbf");
    }
    if claims["iss"] != format!("{PUBLIC_URL}/{}", world.pool) {
        found.push("iss");
    }
    let audience = if token_use == "id" {
        &claims["aud"]
    } else {
        &claims["client_id"]
    };
    if *audience != world.client.as_str() {
        found.push("audience");
    }
    if claims["token_use"] != token_use {
        found.push("token_use");
    }
    found
}

const DEFECTS: [(&str, &[&str]); 11] = [
    ("signature", &["signature"]),
    ("expired", &["exp"]),
    ("not_yet_valid", &["nbf"]),
    ("issuer", &["iss"]),
    ("audience", &["audience"]),
    ("kid", &["kid"]),
    ("alg_none", &["alg"]),
    ("alg_hs256", &["alg"]),
    ("token_use", &["token_use"]),
    ("other_pool", &["kid", "iss"]),
    ("truncated", &["signature"]),
];

#[tokio::test]
async fn a_token_has_the_defect_that_was_asked_for_and_no_other() {
    let server = Server::start().await;
    let world = server.world().await;
    let good = mint(&world, json!({})).await;
    for (token, token_use) in [("AccessToken", "access"), ("IdToken", "id")] {
        let found = faults(&world, &text(&good[token]), token_use).await;
        assert!(found.is_empty(), "{token}: {found:?}");
        for (defect, expected) in DEFECTS {
            let bad = mint(&world, json!({ "defect": defect })).await;
            assert!(bad.get("RefreshToken").is_none(), "{defect}");
            let found = faults(&world, &text(&bad[token]), token_use).await;
            assert_eq!(found, expected, "{defect} of {token}");
            // Everything else is as in a good one.
            let names = |token: &Value| {
                let mut names: Vec<String> =
                    claims(token).as_object().unwrap().keys().cloned().collect();
                names.retain(|name| name != "nbf");
                names.sort();
                names
            };
            if defect != "truncated" {
                assert_eq!(names(&bad[token]), names(&good[token]), "{defect}");
            }
        }
    }
}

/// That these tokens open none of the doors here.
async fn open_nothing(place: &Place<'_>, tokens: &Value, what: &str) {
    let server = place.server;
    let access = &tokens["AccessToken"];
    let reply = server
        .call("GetUser", json!({ "AccessToken": access }))
        .await;
    assert_eq!(reply.status, 400, "GetUser, {what}");
    for (operation, more) in [
        ("ListDevices", json!({})),
        ("GlobalSignOut", json!({})),
        ("AssociateSoftwareToken", json!({})),
        (
            "ChangePassword",
            json!({ "ProposedPassword": "N3w-Passw0rd!" }),
        ),
    ] {
        let mut input = json!({ "AccessToken": access });
        merge(&mut input, more);
        let reply = server.call(operation, input).await;
        assert_eq!(reply.status, 400, "{operation}, {what}");
    }
    let bearer = format!("Bearer {}", text(access));
    let headers = [("authorization", bearer.as_str())];
    let reply = server
        .ask(axum::http::Method::GET, "/oauth2/userInfo", &headers, "")
        .await;
    assert_eq!(reply.status, 401, "userInfo, {what}");
    let Some(id) = tokens.get("IdToken") else {
        return;
    };
    let rest = format!("type=REST&user_pool_id={}", place.user_pool);
    let reply = authorizers::ask(server, &rest, &[&text(id)]).await;
    assert_ne!(reply.status, 200, "a REST API's authorizer, {what}");
    let login = place.login(id);
    let reply = server.call_identity("GetId", place.get_id(&login)).await;
    assert_eq!(reply.status, 400, "GetId, {what}");
}

#[tokio::test]
async fn what_has_a_defect_or_claims_of_its_own_is_no_key_to_anything_here() {
    let server = Server::start().await;
    let place = Place::new(&server, json!({})).await;
    // Clients without revocation have tokens that no row of the store stands behind.
    let without = json!({
        "EnableTokenRevocation": false,
        "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"],
    });
    let plain = text(&server.client(&place.user_pool, without).await["ClientId"]);
    let input = json!({
        "IdentityPoolId": place.pool,
        "IdentityPoolName": "test",
        "AllowUnauthenticatedIdentities": true,
        "CognitoIdentityProviders": [
            { "ProviderName": place.provider, "ClientId": place.client },
            { "ProviderName": place.provider, "ClientId": plain },
        ],
    });
    server.gives("UpdateIdentityPool", input).await;
    for client in [place.client.as_str(), plain.as_str()] {
        let mint = async |more: Value| {
            let mut asked = json!({ "client_id": client, "username": "alice" });
            merge(&mut asked, more);
            let (status, tokens) = server.own("POST", "tokens", asked).await;
            assert_eq!(status, 200, "{tokens}");
            tokens
        };
        // A good one is a key.
        let good = mint(json!({})).await;
        let rest = format!("type=REST&user_pool_id={}", place.user_pool);
        let reply = authorizers::ask(&server, &rest, &[&text(&good["IdToken"])]).await;
        assert_eq!(reply.status, 200);
        let input = json!({ "AccessToken": good["AccessToken"] });
        assert_eq!(server.ok("GetUser", input).await["Username"], "alice");
        place.identity(&place.login(&good["IdToken"])).await;

        for (defect, _) in DEFECTS {
            open_nothing(&place, &mint(json!({ "defect": defect })).await, defect).await;
        }
        let past = mint(json!({ "expires_in": "-1s" })).await;
        open_nothing(&place, &past, "expires_in").await;
        for own in [
            json!({ "id": { "custom:a": "b" }, "access": { "custom:a": "b" } }),
            json!({
                "id": { "sub": "somebody" },
                "access": { "scope": "aws.cognito.signin.user.admin openid" },
            }),
            json!({
                "id": { "at_hash": null, "email": null },
                "access": { "origin_jti": null, "username": null },
            }),
        ] {
            let tokens = mint(json!({ "claims": own })).await;
            open_nothing(&place, &tokens, &own.to_string()).await;
        }
    }
}

#[tokio::test]
async fn an_expired_token_is_refused_as_one_and_its_refresh_token_works() {
    let server = Server::start().await;
    let world = server.world().await;
    let tokens = mint(&world, json!({ "expires_in": "-1h" })).await;
    assert_eq!(tokens["ExpiresIn"], -3600);
    let input = json!({ "AccessToken": tokens["AccessToken"] });
    let refusal = server.refused("GetUser", input).await;
    assert_eq!(refusal, "NotAuthorizedException: Access Token has expired");
    let again = json!({
        "AuthFlow": "REFRESH_TOKEN_AUTH",
        "ClientId": world.client,
        "AuthParameters": { "REFRESH_TOKEN": tokens["RefreshToken"] },
    });
    server.ok("InitiateAuth", again).await;
    // What lasts longer, or began elsewhere, says so.
    for (asked, iat, exp) in [
        (json!({ "expires_in": "2d" }), START, START + 172_800),
        (json!({ "expires_in": 90 }), START, START + 90),
        (json!({ "expires_in": "-90" }), START - 3_690, START - 90),
        (
            json!({ "issued_at": "2025-12-31T23:00:00Z", "expires_in": "5m" }),
            START - 3_600,
            START + 300,
        ),
        (
            json!({ "issued_at": "2025-12-31T23:30:00Z" }),
            START - 1_800,
            START + 1_800,
        ),
    ] {
        let tokens = mint(&world, asked.clone()).await;
        for token in ["AccessToken", "IdToken"] {
            let said = claims(&tokens[token]);
            let times = (&said["iat"], &said["auth_time"], &said["exp"]);
            assert_eq!(times, (&json!(iat), &json!(iat), &json!(exp)), "{asked}");
        }
    }
    // As any token, one of an hour ends with it.
    let tokens = mint(&world, json!({ "expires_in": "1m" })).await;
    let input = json!({ "AccessToken": tokens["AccessToken"] });
    server.ok("GetUser", input.clone()).await;
    server.advance(Duration::from_secs(60));
    server.refused("GetUser", input).await;
}

#[tokio::test]
async fn claims_of_the_tests_own_are_in_the_tokens() {
    let server = Server::start().await;
    let world = server.world().await;
    let own = json!({
        "id": { "custom:plan": "gold", "email": null },
        "access": { "scope": "api/anything", "nested": { "a": [1] } },
    });
    let tokens = mint(&world, json!({ "claims": own })).await;
    let (id, access) = (claims(&tokens["IdToken"]), claims(&tokens["AccessToken"]));
    assert_eq!(
        (&id["custom:plan"], id.get("email")),
        (&json!("gold"), None)
    );
    assert_eq!(
        (&access["scope"], &access["nested"]),
        (&json!("api/anything"), &json!({ "a": [1] }))
    );
    // They are as well signed as any.
    for (token, token_use) in [("AccessToken", "access"), ("IdToken", "id")] {
        assert!(
            faults(&world, &text(&tokens[token]), token_use)
                .await
                .is_empty()
        );
    }
    assert_eq!(header(&tokens["IdToken"])["alg"], "RS256");
}

#[tokio::test]
async fn scopes_are_those_of_a_sign_in_at_the_pages_and_open_what_they_name() {
    let server = Server::start().await;
    let world = server.world().await;
    resource_server(&world).await;
    let web = client(&world, web()).await;
    let tokens = mint(
        &world,
        json!({ "client_id": web, "scopes": ["openid", "api/read"] }),
    )
    .await;
    let access = claims(&tokens["AccessToken"]);
    assert_eq!(
        (&access["scope"], &access["version"]),
        (&json!("openid api/read"), &json!(2))
    );
    assert!(claims(&tokens["IdToken"])["at_hash"].is_string());
    let bearer = format!("Bearer {}", text(&tokens["AccessToken"]));
    let headers = [("authorization", bearer.as_str())];
    let reply = server
        .ask(axum::http::Method::GET, "/oauth2/userInfo", &headers, "")
        .await;
    assert_eq!(reply.json()["sub"], world.sub.as_str());
    let tokens = mint(&world, json!({ "client_id": web, "scopes": ["api/read"] })).await;
    assert!(tokens.get("IdToken").is_none());
    let asked = json!({ "client_id": web, "username": "alice", "scopes": ["api/write"] });
    let said = refused(&server, asked).await;
    assert!(
        said.starts_with("The client could not get the scope \"api/write\""),
        "{said}"
    );
}

#[tokio::test]
async fn a_machine_gets_a_token_of_its_own_and_whoever_could_not_is_told_why() {
    let server = Server::start().await;
    let world = server.world().await;
    resource_server(&world).await;
    let machine = client(
        &world,
        json!({
            "GenerateSecret": true,
            "ExplicitAuthFlows": ["ALLOW_REFRESH_TOKEN_AUTH"],
            "AllowedOAuthFlowsUserPoolClient": true,
            "AllowedOAuthFlows": ["client_credentials"],
            "AllowedOAuthScopes": ["api/read", "api/write"],
        }),
    )
    .await;
    let asked = json!({ "client_id": machine, "scopes": ["api/read"] });
    let (status, tokens) = server.own("POST", "tokens", asked).await;
    assert_eq!(status, 200, "{tokens}");
    let access = claims(&tokens["AccessToken"]);
    assert_eq!(
        (
            &access["sub"],
            &access["client_id"],
            &access["scope"],
            access.get("username")
        ),
        (&json!(machine), &json!(machine), &json!("api/read"), None)
    );
    assert!(tokens.get("IdToken").is_none() && tokens.get("RefreshToken").is_none());
    let marked = json!({ "client_id": machine, "claims": { "access": { "a": 1 } } });
    let (status, tokens) = server.own("POST", "tokens", marked).await;
    assert_eq!(
        (status, &claims(&tokens["AccessToken"])["a"]),
        (200, &json!(1))
    );

    for (asked, said) in [
        (
            json!({ "client_id": machine, "username": "alice" }),
            "No user can sign in to this client",
        ),
        (json!({ "client_id": world.client }), "Say a username"),
        (
            json!({ "client_id": machine, "scopes": ["api/none"] }),
            "The client could not get",
        ),
        (
            json!({ "client_id": machine, "scopes": [] }),
            "scopes is empty",
        ),
        (
            json!({ "client_id": machine, "claims": { "id": { "a": 1 } } }),
            "A client that acts",
        ),
        (
            json!({ "client_id": world.client, "username": "alice", "scopes": ["openid"] }),
            "Users sign in to this client at the API only",
        ),
        (
            json!({
                "client_id": world.client, "username": "alice",
                "claims": { "id": { "event_id": "x" } },
            }),
            "event_id is given by the server",
        ),
        (
            json!({
                "client_id": world.client, "username": "alice",
                "defect": "expired", "expires_in": "1h",
            }),
            "An expired token has",
        ),
        (
            json!({
                "client_id": world.client, "username": "alice",
                "issued_at": "2027-01-01T00:00:00Z", "expires_in": "1h",
            }),
            "The tokens would end before",
        ),
        (
            json!({ "client_id": world.client, "username": "alice", "expires_in": "soon" }),
            "expires_in must be",
        ),
        (
            json!({ "client_id": world.client, "username": "alice", "issued_at": "soon" }),
            "issued_at must be",
        ),
        (
            json!({ "client_id": world.client, "username": "alice", "defect": "ugly" }),
            "unknown variant",
        ),
        (
            json!({ "client_id": world.client, "username": "alice", "extra": 1 }),
            "unknown field",
        ),
    ] {
        let sentence = refused(&server, asked.clone()).await;
        assert!(sentence.starts_with(said), "{asked}: {sentence}");
    }
    let input = json!({ "UserPoolId": world.pool, "Username": "alice" });
    server.ok("AdminDisableUser", input).await;
    let asked = json!({ "client_id": world.client, "username": "alice" });
    assert_eq!(refused(&server, asked).await, "User is disabled.");
}
