//! From an authorization code to tokens: what they say, and every code that gives none.

use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use axum::http::StatusCode;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::web::{CHALLENGE, VERIFIER, Web, location, parameter, sign_in, web_client};
use crate::support::{claims, keys, text};

fn invalid_grant() -> (StatusCode, Value) {
    (StatusCode::BAD_REQUEST, json!({ "error": "invalid_grant" }))
}

#[tokio::test]
async fn a_code_becomes_tokens_that_say_what_was_asked_for() {
    let web = Web::start().await;
    web.server.advance(Duration::from_secs(7));
    let code = web
        .code(json!({
            "scope": "openid email",
            "nonce": "n-0S6_WzA2Mj",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        }))
        .await;
    assert_eq!(code.len(), 36);
    web.server.advance(Duration::from_secs(60));
    let (status, answer) = web
        .exchange(&code, json!({ "code_verifier": VERIFIER }))
        .await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(
        keys(&answer),
        [
            "access_token",
            "expires_in",
            "id_token",
            "refresh_token",
            "token_type"
        ]
    );
    let (id, access) = (claims(&answer["id_token"]), claims(&answer["access_token"]));
    assert_eq!(id["nonce"], "n-0S6_WzA2Mj");
    assert_eq!(id["aud"], web.client.as_str());
    assert_eq!(id["sub"], web.sub.as_str());
    // Of the attributes only what the scopes disclose.
    assert_eq!(id["email"], "alice@example.com");
    assert_eq!(id["email_verified"], true);
    assert!(id["phone_number"].is_null() && id["given_name"].is_null());
    // The user signed in a minute before the tokens were made.
    assert_eq!(
        id["iat"].as_i64().unwrap() - id["auth_time"].as_i64().unwrap(),
        60
    );
    let hash = digest(&SHA256, text(&answer["access_token"]).as_bytes());
    assert_eq!(id["at_hash"], URL_SAFE_NO_PAD.encode(&hash.as_ref()[..16]));
    assert_eq!(access["scope"], "openid email");
    assert_eq!(access["version"], 2);
    assert_eq!(access["username"], "alice");
    assert!(access["nonce"].is_null() && access["aud"].is_null());
    assert_eq!(id["origin_jti"], access["origin_jti"]);

    let form = [
        ("grant_type", "refresh_token"),
        ("client_id", web.client.as_str()),
        ("refresh_token", answer["refresh_token"].as_str().unwrap()),
    ];
    let (_, refreshed) = web.server.token_endpoint(None, &form).await;
    let access = claims(&refreshed["access_token"]);
    assert_eq!(
        (&access["scope"], &access["version"]),
        (&json!("openid email"), &json!(2))
    );
    let id = claims(&refreshed["id_token"]);
    assert!(id["nonce"].is_null() && id["at_hash"].is_string());
}

#[tokio::test]
async fn scopes_decide_what_is_disclosed() {
    let web = Web::start().await;
    for (scope, disclosed) in [
        ("openid", vec!["email", "given_name", "phone_number"]),
        ("openid profile", vec!["given_name"]),
        ("openid phone", vec!["phone_number"]),
        (
            "openid email phone profile",
            vec!["email", "given_name", "phone_number"],
        ),
        (
            "openid aws.cognito.signin.user.admin",
            vec!["email", "given_name", "phone_number"],
        ),
    ] {
        let tokens = web.tokens(json!({ "scope": scope })).await;
        let id = claims(&tokens["id_token"]);
        let told: Vec<&str> = ["email", "given_name", "phone_number"]
            .into_iter()
            .filter(|name| id[*name].is_string())
            .collect();
        assert_eq!(told, disclosed, "{scope}");
    }
    // Without openid there is no ID token; without a scope all that the client has.
    let admin = json!({ "scope": "aws.cognito.signin.user.admin" });
    let tokens = web.tokens(admin).await;
    assert!(tokens["id_token"].is_null());
    let tokens = web.tokens(json!({ "scope": " " })).await;
    assert_eq!(
        claims(&tokens["access_token"])["scope"],
        "openid email phone profile aws.cognito.signin.user.admin"
    );
    let input = json!({ "AccessToken": tokens["access_token"] });
    web.server.ok("GetUser", input).await;
    let tokens = web.tokens(json!({ "scope": "openid" })).await;
    let input = json!({ "AccessToken": tokens["access_token"] });
    let refused = "NotAuthorizedException: Access Token does not have required scopes";
    web.server.refuses("GetUser", input, refused).await;
}

#[tokio::test]
async fn a_code_needs_the_verifier_behind_its_challenge() {
    let web = Web::start().await;
    let pkce = json!({ "code_challenge": CHALLENGE, "code_challenge_method": "S256" });
    let code = web.code(pkce).await;
    for wrong in [
        Value::Null,
        json!(""),
        json!(CHALLENGE),
        json!(VERIFIER.to_uppercase()),
        json!(&VERIFIER[1..]),
        json!(format!("{VERIFIER}x")),
    ] {
        let answer = web.exchange(&code, json!({ "code_verifier": wrong })).await;
        assert_eq!(answer, invalid_grant(), "{wrong}");
    }
    let (status, _) = web
        .exchange(&code, json!({ "code_verifier": VERIFIER }))
        .await;
    assert_eq!(status, 200);
}

#[tokio::test]
async fn a_verifier_may_have_any_length() {
    let web = Web::start().await;
    for verifier in ["v".to_owned(), "v".repeat(36), "v".repeat(300)] {
        let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()));
        let pkce = json!({ "code_challenge": challenge, "code_challenge_method": "S256" });
        let code = web.code(pkce).await;
        let form = json!({ "code_verifier": verifier });
        assert_eq!(web.exchange(&code, form).await.0, 200, "{verifier}");
    }
    let nothing = URL_SAFE_NO_PAD.encode(digest(&SHA256, b""));
    let pkce = json!({ "code_challenge": nothing, "code_challenge_method": "S256" });
    let code = web.code(pkce).await;
    let form = json!({ "code_verifier": "" });
    assert_eq!(web.exchange(&code, form).await, invalid_grant());
}

#[tokio::test]
async fn a_code_works_once_and_what_it_made_lives_on() {
    let web = Web::start().await;
    let code = web.code(json!({})).await;
    let (_, tokens) = web.exchange(&code, json!({})).await;
    let user_info = |token: &Value| {
        let header = format!("Bearer {}", token.as_str().unwrap());
        let server = &web.server;
        async move {
            let headers = [("authorization", header.as_str())];
            super::web::get_with(server, &headers, "/oauth2/userInfo")
                .await
                .status
        }
    };
    assert_eq!(user_info(&tokens["access_token"]).await, 200);
    // As React's StrictMode makes apps do.
    assert_eq!(web.exchange(&code, json!({})).await, invalid_grant());
    assert_eq!(user_info(&tokens["access_token"]).await, 200);
    let form = [
        ("grant_type", "refresh_token"),
        ("client_id", web.client.as_str()),
        ("refresh_token", tokens["refresh_token"].as_str().unwrap()),
    ];
    assert_eq!(web.server.token_endpoint(None, &form).await.0, 200);
}

#[tokio::test]
async fn of_two_exchanges_at_once_no_more_than_one_wins() {
    let web = Web::start().await;
    for _ in 0..5 {
        let code = web.code(json!({})).await;
        let (one, two) = tokio::join!(
            web.exchange(&code, json!({})),
            web.exchange(&code, json!({}))
        );
        let won = [one.0, two.0]
            .iter()
            .filter(|status| **status == 200)
            .count();
        assert_eq!(won, 1);
    }
    // Whichever way the other one lost.
    let (_, journal) = web
        .server
        .own("GET", "requests?outcome=refused", Value::Null)
        .await;
    let refused = journal["requests"].as_array().unwrap();
    assert_eq!(refused.len(), 5);
    for entry in refused {
        let why = entry["why"].as_str().unwrap_or_default();
        assert!(why.contains("used before"), "{entry}");
    }
}

#[tokio::test]
async fn a_code_lives_five_minutes() {
    let web = Web::start().await;
    let (early, late) = (web.code(json!({})).await, web.code(json!({})).await);
    web.server.advance(Duration::from_secs(299));
    assert_eq!(web.exchange(&early, json!({})).await.0, 200);
    web.server.advance(Duration::from_secs(1));
    assert_eq!(web.exchange(&late, json!({})).await, invalid_grant());
}

#[tokio::test]
async fn a_code_is_its_clients_alone_and_for_its_own_address() {
    let web = Web::start().await;
    let code = web.code(json!({})).await;
    let other = web_client(&web.server, &web.pool, json!({})).await;
    let elsewhere = web.server.pool(json!({})).await;
    let stranger = web_client(&web.server, &elsewhere, json!({})).await;
    for client in [other, stranger] {
        let answer = web.exchange(&code, json!({ "client_id": client })).await;
        assert_eq!(answer, invalid_grant());
    }
    // Registered, but not the one that the code was sent to.
    let wrong = json!({ "redirect_uri": "myapp://callback" });
    assert_eq!(web.exchange(&code, wrong).await, invalid_grant());
    let (status, answer) = web
        .exchange(&code, json!({ "redirect_uri": "https://evil.example/" }))
        .await;
    assert_eq!(
        (status.as_u16(), &answer["error"]),
        (400, &json!("unauthorized_client"))
    );
    for missing in [json!({ "redirect_uri": null }), json!({ "code": null })] {
        let (_, answer) = web.exchange(&code, missing).await;
        assert_eq!(answer["error"], "invalid_request");
    }
    for garbage in [
        "x",
        "00000000-0000-4000-8000-000000000000",
        &code.to_uppercase(),
    ] {
        if garbage != code {
            assert_eq!(web.exchange(garbage, json!({})).await, invalid_grant());
        }
    }
    // None of this used it up.
    assert_eq!(web.exchange(&code, json!({})).await.0, 200);
}

#[tokio::test]
async fn a_confidential_client_shows_its_secret_for_a_code() {
    let web = Web::start().await;
    let settings = json!({
        "GenerateSecret": true,
        "AllowedOAuthFlowsUserPoolClient": true,
        "AllowedOAuthFlows": ["code"],
        "AllowedOAuthScopes": ["openid"],
        "CallbackURLs": [super::web::CALLBACK],
    });
    let client = web.server.client(&web.pool, settings).await;
    let (id, secret) = (text(&client["ClientId"]), text(&client["ClientSecret"]));
    let query = web.query(json!({ "client_id": id }));
    let (location, _) = sign_in(&web.server, &query, &web.sub).await;
    let code = super::web::parameter(&location, "code").unwrap();
    for wrong in [Value::Null, json!("wrong")] {
        let form = json!({ "client_id": id, "client_secret": wrong });
        let (_, answer) = web.exchange(&code, form).await;
        assert_eq!(answer, json!({ "error": "invalid_client" }));
    }
    let form = json!({ "client_id": id, "client_secret": secret });
    assert_eq!(web.exchange(&code, form).await.0, 200);
}

#[tokio::test]
async fn nobody_gets_tokens_who_was_disabled_or_deleted_in_between() {
    let web = Web::start().await;
    let alice = json!({ "UserPoolId": web.pool, "Username": "alice" });
    let (disabled, deleted) = (web.code(json!({})).await, web.code(json!({})).await);
    web.server.ok("AdminDisableUser", alice.clone()).await;
    assert_eq!(web.exchange(&disabled, json!({})).await, invalid_grant());
    web.server.ok("AdminDeleteUser", alice).await;
    assert_eq!(web.exchange(&deleted, json!({})).await, invalid_grant());
}

#[tokio::test]
async fn a_token_is_bound_to_the_resource_that_was_asked_for() {
    let web = Web::start().await;
    let tokens = web
        .tokens(json!({ "resource": "https://api.example.com/v1" }))
        .await;
    assert_eq!(
        claims(&tokens["access_token"])["aud"],
        "https://api.example.com/v1"
    );
    assert_eq!(claims(&tokens["id_token"])["aud"], web.client.as_str());
    let form = [
        ("grant_type", "refresh_token"),
        ("client_id", web.client.as_str()),
        ("refresh_token", tokens["refresh_token"].as_str().unwrap()),
    ];
    let (_, refreshed) = web.server.token_endpoint(None, &form).await;
    assert_eq!(
        claims(&refreshed["access_token"])["aud"],
        "https://api.example.com/v1"
    );
}

#[tokio::test]
async fn a_machines_token_is_bound_to_its_resource_too() {
    let web = Web::start().await;
    let server = json!({ "UserPoolId": web.pool, "Identifier": "api", "Name": "api", "Scopes": [{ "ScopeName": "read", "ScopeDescription": "r" }] });
    web.server.ok("CreateResourceServer", server).await;
    let settings = json!({
        "GenerateSecret": true,
        "AllowedOAuthFlowsUserPoolClient": true,
        "AllowedOAuthFlows": ["client_credentials"],
        "AllowedOAuthScopes": ["api/read"],
    });
    let client = web.server.client(&web.pool, settings).await;
    let (id, secret) = (text(&client["ClientId"]), text(&client["ClientSecret"]));
    for (resource, bound) in [
        ("https://api.example.com", true),
        ("api", true),
        ("other", false),
    ] {
        let form = [("grant_type", "client_credentials"), ("resource", resource)];
        let (_, answer) = web.server.token_endpoint(Some((&id, &secret)), &form).await;
        if bound {
            assert_eq!(claims(&answer["access_token"])["aud"], resource);
        } else {
            assert_eq!(answer, json!({ "error": "invalid_request" }));
        }
    }
}

#[tokio::test]
async fn the_level_of_the_sign_in_goes_with_the_code_and_stays_with_the_session() {
    let web = Web::start().await;
    let names =
        json!({ "UserPoolId": web.pool, "AcrConfiguration": { "Level1": { "AcrValue": "weak" } } });
    web.server.ok("UpdateUserPool", names).await;
    let told = |token: &Value| {
        let said = claims(token);
        (said["acr"].clone(), said["amr"].clone())
    };
    let password = (json!("weak"), json!(["pwd"]));
    let asked = json!({ "scope": "openid" });
    let (first, cookie) = web.sign_in(asked.clone()).await;
    // Silently, by the browser's session.
    let resumed = web.authorize_with(&[("cookie", &cookie)], asked).await;
    for address in [first, location(&resumed)] {
        let code = parameter(&address, "code").unwrap();
        let (_, tokens) = web.exchange(&code, json!({})).await;
        for name in ["access_token", "id_token"] {
            assert_eq!(told(&tokens[name]), password, "{name}");
        }
    }
    // Without a code, too.
    let implicit = json!({ "response_type": "token", "scope": "openid" });
    let (address, _) = web.sign_in(implicit).await;
    for name in ["access_token", "id_token"] {
        let token = json!(parameter(&address, name).unwrap());
        assert_eq!(told(&token), password, "{name}");
    }
}
