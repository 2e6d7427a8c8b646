//! What tokens say, how they are refreshed, and how they end.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{
    PASSWORD, Server, World, claims, header, keys, secret_hash, text, with_password,
    with_refresh_token,
};

const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);

async fn get_user(server: &Server, token: &Value) -> String {
    server
        .refused("GetUser", json!({ "AccessToken": token }))
        .await
}

async fn refresh(world: &World<'_>, token: &Value) -> Value {
    let input = json!({ "AuthFlow": "REFRESH_TOKEN_AUTH", "ClientId": world.client, "AuthParameters": { "REFRESH_TOKEN": token } });
    world.server.ok("InitiateAuth", input).await["AuthenticationResult"].clone()
}

fn get_tokens(client: &Value, token: &Value) -> Value {
    json!({ "ClientId": client, "RefreshToken": token })
}

#[tokio::test]
async fn the_tokens_of_a_sign_in_have_cognitos_headers_and_claims() {
    let server = Server::start().await;
    let world = server.world().await;
    let tokens = world.tokens().await;
    let (id, access) = (claims(&tokens["IdToken"]), claims(&tokens["AccessToken"]));

    let head = header(&tokens["IdToken"]);
    assert_eq!(keys(&head), ["alg", "kid"]);
    assert_eq!(head["alg"], "RS256");
    assert_eq!(head["kid"].as_str().unwrap().len(), 44);
    assert_ne!(head["kid"], header(&tokens["AccessToken"])["kid"]);

    assert_eq!(
        keys(&id),
        [
            "aud",
            "auth_time",
            "cognito:username",
            "email",
            "email_verified",
            "event_id",
            "exp",
            "iat",
            "iss",
            "jti",
            "origin_jti",
            "sub",
            "token_use"
        ]
    );
    assert_eq!(
        keys(&access),
        [
            "auth_time",
            "client_id",
            "event_id",
            "exp",
            "iat",
            "iss",
            "jti",
            "origin_jti",
            "scope",
            "sub",
            "token_use",
            "username"
        ]
    );
    assert_eq!(id["iss"], format!("http://localhost:9339/{}", world.pool));
    assert_eq!(id["sub"], world.sub.as_str());
    assert_eq!(id["aud"], world.client.as_str());
    assert_eq!(id["email_verified"], true);
    assert_eq!(id["token_use"], "id");
    assert_eq!(access["token_use"], "access");
    assert_eq!(access["client_id"], world.client.as_str());
    assert_eq!(access["scope"], "aws.cognito.signin.user.admin");
    assert_eq!(access["username"], "alice");
    for shared in [
        "iss",
        "sub",
        "origin_jti",
        "event_id",
        "auth_time",
        "iat",
        "exp",
    ] {
        assert_eq!(id[shared], access[shared], "{shared}");
    }
    assert_ne!(id["jti"], access["jti"]);
    assert_eq!(
        id["exp"].as_i64().unwrap() - id["iat"].as_i64().unwrap(),
        3_600
    );
    assert_eq!(
        (&tokens["ExpiresIn"], &tokens["TokenType"]),
        (&json!(3_600), &json!("Bearer"))
    );
    assert!(
        tokens["RefreshToken"]
            .as_str()
            .unwrap()
            .starts_with("eyJjdHkiOiJKV1QiLCJlbmMiOiJBMjU2R0NNIiwiYWxnIjoiUlNBLU9BRVAifQ.")
    );
}

#[tokio::test]
async fn groups_and_roles_are_in_the_tokens_best_precedence_first() {
    let server = Server::start().await;
    let world = server.world().await;
    for (name, precedence, role) in [("staff", 5, "staff"), ("admins", 1, "admins")] {
        let role = format!("arn:aws:iam::123456789012:role/{role}");
        server
            .ok("CreateGroup", json!({ "UserPoolId": world.pool, "GroupName": name, "Precedence": precedence, "RoleArn": role }))
            .await;
        server
            .ok(
                "AdminAddUserToGroup",
                json!({ "UserPoolId": world.pool, "Username": "alice", "GroupName": name }),
            )
            .await;
    }
    let tokens = world.tokens().await;
    let (id, access) = (claims(&tokens["IdToken"]), claims(&tokens["AccessToken"]));
    assert_eq!(id["cognito:groups"], json!(["admins", "staff"]));
    assert_eq!(access["cognito:groups"], json!(["admins", "staff"]));
    assert_eq!(
        id["cognito:preferred_role"],
        "arn:aws:iam::123456789012:role/admins"
    );
    assert_eq!(id["cognito:roles"].as_array().unwrap().len(), 2);
    assert!(
        access.get("cognito:roles").is_none() && access.get("cognito:preferred_role").is_none()
    );
}

#[tokio::test]
async fn the_id_token_tells_only_what_the_client_may_read() {
    let server = Server::start().await;
    let world = server.world().await;
    let client = server
        .client(&world.pool, json!({ "ReadAttributes": ["name"] }))
        .await;
    let tokens = server
        .sign_in(client["ClientId"].as_str().unwrap(), "alice")
        .await;
    let id = claims(&tokens["IdToken"]);
    assert!(id.get("email").is_none() && id.get("email_verified").is_none());
    assert_eq!(id["sub"], world.sub.as_str());
}

#[tokio::test]
async fn a_client_without_revocation_gets_tokens_without_origin_jti() {
    let server = Server::start().await;
    let world = server.world().await;
    let client = server
        .client(&world.pool, json!({ "EnableTokenRevocation": false }))
        .await;
    let tokens = server
        .sign_in(client["ClientId"].as_str().unwrap(), "alice")
        .await;
    assert!(claims(&tokens["IdToken"]).get("origin_jti").is_none());
    assert!(claims(&tokens["IdToken"]).get("jti").is_none());
    assert!(claims(&tokens["AccessToken"]).get("origin_jti").is_none());
    server
        .ok("GetUser", json!({ "AccessToken": tokens["AccessToken"] }))
        .await;
    let input = json!({ "ClientId": client["ClientId"], "Token": tokens["RefreshToken"] });
    assert!(
        server
            .refused("RevokeToken", input)
            .await
            .starts_with("UnsupportedOperationException")
    );
    server
        .ok(
            "GlobalSignOut",
            json!({ "AccessToken": tokens["AccessToken"] }),
        )
        .await;
    assert_eq!(
        get_user(&server, &tokens["AccessToken"]).await,
        "NotAuthorizedException: Access Token has been revoked"
    );
}

#[tokio::test]
async fn a_refresh_keeps_the_family_and_the_time_of_the_sign_in() {
    let server = Server::start().await;
    let world = server.world().await;
    let tokens = world.tokens().await;
    server.advance(HOUR);
    let fresh = refresh(&world, &tokens["RefreshToken"]).await;
    assert!(fresh.get("RefreshToken").is_none());
    let (old, new) = (
        claims(&tokens["AccessToken"]),
        claims(&fresh["AccessToken"]),
    );
    for kept in [
        "sub",
        "origin_jti",
        "auth_time",
        "client_id",
        "username",
        "scope",
    ] {
        assert_eq!(old[kept], new[kept], "{kept}");
    }
    assert_ne!(old["jti"], new["jti"]);
    assert_eq!(
        new["iat"].as_i64().unwrap() - old["iat"].as_i64().unwrap(),
        3_600
    );
    assert_eq!(
        get_user(&server, &tokens["AccessToken"]).await,
        "NotAuthorizedException: Access Token has expired"
    );
    server
        .ok("GetUser", json!({ "AccessToken": fresh["AccessToken"] }))
        .await;
}

#[tokio::test]
async fn a_refresh_token_ends_by_itself_and_is_its_clients_alone() {
    let server = Server::start().await;
    let world = server.world().await;
    let tokens = world.tokens().await;
    let with = |client: &Value, token: &Value| json!({ "AuthFlow": "REFRESH_TOKEN_AUTH", "ClientId": client, "AuthParameters": { "REFRESH_TOKEN": token } });
    let other = server.client(&world.pool, json!({})).await["ClientId"].clone();
    assert_eq!(
        server
            .refused("InitiateAuth", with(&other, &tokens["RefreshToken"]))
            .await,
        "NotAuthorizedException: Refresh Token has different Client"
    );
    let elsewhere = server.pool(json!({})).await;
    let stranger = server.client(&elsewhere, json!({})).await["ClientId"].clone();
    assert_eq!(
        server
            .refused("InitiateAuth", with(&stranger, &tokens["RefreshToken"]))
            .await,
        "NotAuthorizedException: Invalid Refresh Token"
    );
    let ours = json!(world.client);
    for garbage in [
        "garbage",
        "a.b.c.d.e",
        tokens["AccessToken"].as_str().unwrap(),
    ] {
        assert_eq!(
            server
                .refused("InitiateAuth", with(&ours, &json!(garbage)))
                .await,
            "NotAuthorizedException: Invalid Refresh Token"
        );
    }
    server.advance(30 * DAY);
    assert_eq!(
        server
            .refused("InitiateAuth", with(&ours, &tokens["RefreshToken"]))
            .await,
        "NotAuthorizedException: Refresh Token has expired"
    );
}

#[tokio::test]
async fn what_is_wrong_with_a_refresh_token_is_told_before_what_is_wrong_with_the_hash() {
    let server = Server::start().await;
    let world = server.world().await;
    let confidential = server
        .client(&world.pool, json!({ "GenerateSecret": true, "ExplicitAuthFlows": ["ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_PASSWORD_AUTH"] }))
        .await;
    let (client, secret) = (
        text(&confidential["ClientId"]),
        text(&confidential["ClientSecret"]),
    );
    let refresh = |client: &str, token: &Value, hash: Value| {
        let mut request = with_refresh_token(client, token);
        request["AuthParameters"]["SECRET_HASH"] = hash;
        request
    };
    for hash in [Value::Null, json!("wrong")] {
        server
            .refuses(
                "InitiateAuth",
                refresh(&client, &json!("garbage"), hash),
                "NotAuthorizedException: Invalid Refresh Token",
            )
            .await;
    }
    let hash = json!(secret_hash(&secret, "alice", &client));
    let mut sign_in = with_password(&client, "alice", PASSWORD);
    sign_in["AuthParameters"]["SECRET_HASH"] = hash.clone();
    let tokens = server.ok("InitiateAuth", sign_in).await["AuthenticationResult"].clone();
    server
        .refuses(
            "InitiateAuth",
            refresh(&client, &tokens["RefreshToken"], Value::Null),
            &format!("NotAuthorizedException: Client {client} is configured with secret but SECRET_HASH was not received"),
        )
        .await;
    server
        .ok(
            "InitiateAuth",
            refresh(&client, &tokens["RefreshToken"], hash),
        )
        .await;
    // A public client has nothing to hash with, and nobody looks.
    let public = world.tokens().await;
    server
        .ok(
            "InitiateAuth",
            refresh(&world.client, &public["RefreshToken"], json!("anything")),
        )
        .await;
}

#[tokio::test]
async fn a_device_key_of_null_is_none() {
    let server = Server::start().await;
    let world = server.world().await;
    let tokens = world.tokens().await;
    let input = json!({
        "AuthFlow": "REFRESH_TOKEN_AUTH",
        "ClientId": world.client,
        "AuthParameters": { "REFRESH_TOKEN": tokens["RefreshToken"], "DEVICE_KEY": null, "SECRET_HASH": null },
        "ClientMetadata": { "a": null },
    });
    server.ok("InitiateAuth", input).await;
    // A null where a parameter is required is a missing one.
    let input = json!({
        "AuthFlow": "USER_PASSWORD_AUTH",
        "ClientId": world.client,
        "AuthParameters": { "USERNAME": "alice", "PASSWORD": null },
    });
    server
        .refuses(
            "InitiateAuth",
            input,
            "InvalidParameterException: Missing required parameter PASSWORD",
        )
        .await;
}

#[tokio::test]
async fn rotation_ends_the_old_refresh_token_after_the_grace_period() {
    let server = Server::start().await;
    let world = server.world().await;
    let client = server
        .client(
            &world.pool,
            json!({
                "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"],
                "RefreshTokenRotation": { "Feature": "ENABLED", "RetryGracePeriodSeconds": 10 },
            }),
        )
        .await["ClientId"]
        .clone();
    let first = server.sign_in(client.as_str().unwrap(), "alice").await;
    let second = server
        .ok(
            "GetTokensFromRefreshToken",
            get_tokens(&client, &first["RefreshToken"]),
        )
        .await;
    let second = &second["AuthenticationResult"];
    assert_eq!(
        claims(&first["AccessToken"])["origin_jti"],
        claims(&second["AccessToken"])["origin_jti"]
    );

    server.advance(Duration::from_secs(5));
    let retried = server
        .ok(
            "GetTokensFromRefreshToken",
            get_tokens(&client, &first["RefreshToken"]),
        )
        .await;
    server.advance(Duration::from_secs(5));
    assert_eq!(
        server
            .refused(
                "GetTokensFromRefreshToken",
                get_tokens(&client, &first["RefreshToken"])
            )
            .await,
        "RefreshTokenReuseException: Refresh token has already been used."
    );
    // Both answers gave the current token; using one rotates the other out.
    server
        .ok(
            "GetTokensFromRefreshToken",
            get_tokens(&client, &second["RefreshToken"]),
        )
        .await;
    server.advance(Duration::from_secs(10));
    let reused = &retried["AuthenticationResult"]["RefreshToken"];
    assert!(
        server
            .refused("GetTokensFromRefreshToken", get_tokens(&client, reused))
            .await
            .starts_with("RefreshTokenReuseException")
    );

    let input = json!({ "AuthFlow": "REFRESH_TOKEN_AUTH", "ClientId": client, "AuthParameters": { "REFRESH_TOKEN": second["RefreshToken"] } });
    assert_eq!(
        server.refused("InitiateAuth", input).await,
        "NotAuthorizedException: Invalid Refresh Token"
    );
}

#[tokio::test]
async fn the_plain_secret_is_asked_of_a_client_that_has_one() {
    let server = Server::start().await;
    let world = server.world().await;
    let client = server
        .client(&world.pool, json!({ "GenerateSecret": true }))
        .await;
    let (id, secret) = (
        client["ClientId"].as_str().unwrap(),
        client["ClientSecret"].as_str().unwrap(),
    );
    let hash = crate::support::secret_hash(secret, "alice", id);
    let input = json!({
        "AuthFlow": "USER_PASSWORD_AUTH",
        "ClientId": id,
        "AuthParameters": { "USERNAME": "alice", "PASSWORD": crate::support::PASSWORD, "SECRET_HASH": hash },
    });
    let tokens = server.ok("InitiateAuth", input).await["AuthenticationResult"].clone();
    let with = |secret: Value| json!({ "ClientId": id, "RefreshToken": tokens["RefreshToken"], "ClientSecret": secret });
    for wrong in [Value::Null, json!("x".repeat(51))] {
        assert!(
            server
                .refused("GetTokensFromRefreshToken", with(wrong.clone()))
                .await
                .starts_with("NotAuthorizedException")
        );
        let input =
            json!({ "ClientId": id, "Token": tokens["RefreshToken"], "ClientSecret": wrong });
        assert!(
            server
                .refused("RevokeToken", input)
                .await
                .starts_with("UnauthorizedException")
        );
    }
    let fresh = server
        .ok("GetTokensFromRefreshToken", with(json!(secret)))
        .await;
    assert!(fresh["AuthenticationResult"].get("RefreshToken").is_none());
}

#[tokio::test]
async fn revoking_ends_one_family_and_signing_out_all_of_them() {
    let server = Server::start().await;
    let world = server.world().await;
    let (one, two, three) = (
        world.tokens().await,
        world.tokens().await,
        world.tokens().await,
    );
    let revoke = |token: &Value| json!({ "ClientId": world.client, "Token": token });
    let other = server.client(&world.pool, json!({})).await["ClientId"].clone();
    assert!(
        server
            .refused(
                "RevokeToken",
                json!({ "ClientId": other, "Token": one["RefreshToken"] })
            )
            .await
            .starts_with("UnauthorizedException")
    );
    server
        .ok("GetUser", json!({ "AccessToken": one["AccessToken"] }))
        .await;

    assert_eq!(
        server.ok("RevokeToken", revoke(&one["RefreshToken"])).await,
        json!({})
    );
    server.ok("RevokeToken", revoke(&one["RefreshToken"])).await;
    assert_eq!(
        get_user(&server, &one["AccessToken"]).await,
        "NotAuthorizedException: Access Token has been revoked"
    );
    let input = json!({ "AuthFlow": "REFRESH_TOKEN_AUTH", "ClientId": world.client, "AuthParameters": { "REFRESH_TOKEN": one["RefreshToken"] } });
    assert_eq!(
        server.refused("InitiateAuth", input).await,
        "NotAuthorizedException: Refresh Token has been revoked"
    );
    server
        .ok("GetUser", json!({ "AccessToken": two["AccessToken"] }))
        .await;
    assert!(
        server
            .refused("RevokeToken", revoke(&two["AccessToken"]))
            .await
            .starts_with("UnsupportedTokenTypeException")
    );

    server
        .ok(
            "GlobalSignOut",
            json!({ "AccessToken": two["AccessToken"] }),
        )
        .await;
    for tokens in [&two, &three] {
        assert_eq!(
            get_user(&server, &tokens["AccessToken"]).await,
            "NotAuthorizedException: Access Token has been revoked"
        );
    }
    let again = world.tokens().await;
    server
        .ok("GetUser", json!({ "AccessToken": again["AccessToken"] }))
        .await;
    server
        .ok(
            "AdminUserGlobalSignOut",
            json!({ "UserPoolId": world.pool, "Username": "alice" }),
        )
        .await;
    assert_eq!(
        get_user(&server, &again["AccessToken"]).await,
        "NotAuthorizedException: Access Token has been revoked"
    );
}

#[tokio::test]
async fn forged_and_foreign_tokens_are_refused() {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
    let server = Server::start().await;
    let world = server.world().await;
    let tokens = world.tokens().await;
    let access = tokens["AccessToken"].as_str().unwrap();
    let parts: Vec<&str> = access.split('.').collect();
    let mut altered = claims(&tokens["AccessToken"]);
    altered["username"] = json!("mallory");
    let altered = B64.encode(altered.to_string());
    let none = B64.encode(r#"{"alg":"none"}"#);
    let none_with_kid = B64.encode(format!(
        r#"{{"kid":{},"alg":"none"}}"#,
        header(&tokens["AccessToken"])["kid"]
    ));
    let hmac = B64.encode(format!(
        r#"{{"kid":{},"alg":"HS256"}}"#,
        header(&tokens["AccessToken"])["kid"]
    ));
    let foreign =
        B64.encode(r#"{"kid":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=","alg":"RS256"}"#);
    let invalid = "NotAuthorizedException: Invalid Access Token";
    let forged = "NotAuthorizedException: Could not verify signature for Access Token";
    for (token, why) in [
        ("garbage".to_owned(), invalid),
        (tokens["IdToken"].as_str().unwrap().to_owned(), invalid),
        (tokens["RefreshToken"].as_str().unwrap().to_owned(), invalid),
        (format!("{none}.{}.", parts[1]), invalid),
        (format!("{none_with_kid}.{}.", parts[1]), invalid),
        (format!("{hmac}.{}.{}", parts[1], parts[2]), invalid),
        (format!("{}.{altered}.{}", parts[0], parts[2]), forged),
        (format!("{foreign}.{}.{}", parts[1], parts[2]), forged),
        (
            format!("{}.{}.{}", parts[0], parts[1], "A".repeat(342)),
            forged,
        ),
    ] {
        assert_eq!(get_user(&server, &json!(token)).await, why, "{token}");
    }
}

#[tokio::test]
async fn a_token_dies_with_its_user_and_sleeps_while_the_user_is_disabled() {
    let server = Server::start().await;
    let world = server.world().await;
    let user = json!({ "UserPoolId": world.pool, "Username": "alice" });
    let tokens = world.tokens().await;
    server.ok("AdminDeleteUser", user).await;
    assert_eq!(
        get_user(&server, &tokens["AccessToken"]).await,
        "UserNotFoundException: User does not exist."
    );
    let input = json!({ "AuthFlow": "REFRESH_TOKEN_AUTH", "ClientId": world.client, "AuthParameters": { "REFRESH_TOKEN": tokens["RefreshToken"] } });
    assert_eq!(
        server.refused("InitiateAuth", input).await,
        "NotAuthorizedException: The user has been deleted for the associated refresh token"
    );
}

#[tokio::test]
async fn a_machine_gets_the_scopes_of_its_client_and_no_others() {
    let server = Server::start().await;
    let world = server.world().await;
    server
        .ok(
            "CreateResourceServer",
            json!({
                "UserPoolId": world.pool,
                "Identifier": "api",
                "Name": "api",
                "Scopes": [{ "ScopeName": "read", "ScopeDescription": "r" }, { "ScopeName": "write", "ScopeDescription": "w" }, { "ScopeName": "own", "ScopeDescription": "o" }],
            }),
        )
        .await;
    let client = server
        .client(
            &world.pool,
            json!({
                "GenerateSecret": true,
                "AllowedOAuthFlowsUserPoolClient": true,
                "AllowedOAuthFlows": ["client_credentials"],
                "AllowedOAuthScopes": ["api/read", "api/write"],
            }),
        )
        .await;
    let (id, secret) = (
        client["ClientId"].as_str().unwrap(),
        client["ClientSecret"].as_str().unwrap(),
    );
    let (status, answer) = server
        .token_endpoint(Some((id, secret)), &[("grant_type", "client_credentials")])
        .await;
    assert_eq!(
        (status.as_u16(), keys(&answer)),
        (
            200,
            vec![
                "access_token".into(),
                "expires_in".into(),
                "token_type".into()
            ]
        )
    );
    let token = claims(&answer["access_token"]);
    assert_eq!(
        keys(&token),
        [
            "auth_time",
            "client_id",
            "exp",
            "iat",
            "iss",
            "jti",
            "scope",
            "sub",
            "token_use",
            "version"
        ]
    );
    assert_eq!(
        (&token["sub"], &token["scope"], &token["version"]),
        (&json!(id), &json!("api/read api/write"), &json!(2))
    );
    assert_eq!(
        get_user(&server, &answer["access_token"]).await,
        "NotAuthorizedException: Access Token does not have required scopes"
    );

    let post = [
        ("grant_type", "client_credentials"),
        ("client_id", id),
        ("client_secret", secret),
        ("scope", "api/read"),
    ];
    assert_eq!(
        claims(&server.token_endpoint(None, &post).await.1["access_token"])["scope"],
        "api/read"
    );

    let error = async |basic: Option<(&str, &str)>, form: &[(&str, &str)]| {
        let (status, document) = server.token_endpoint(basic, form).await;
        assert_eq!(
            (status.as_u16(), keys(&document)),
            (400, vec!["error".to_owned()])
        );
        document["error"].as_str().unwrap().to_owned()
    };
    let grant = ("grant_type", "client_credentials");
    assert_eq!(error(Some((id, "wrong")), &[grant]).await, "invalid_client");
    assert_eq!(
        error(None, &[grant, ("client_id", id)]).await,
        "invalid_client"
    );
    assert_eq!(
        error(Some(("nobody", "x")), &[grant]).await,
        "invalid_client"
    );
    assert_eq!(
        error(Some((id, secret)), &[grant, ("client_id", "other")]).await,
        "invalid_client"
    );
    assert_eq!(
        error(Some((id, secret)), &[grant, ("scope", "api/own")]).await,
        "invalid_scope"
    );
    assert_eq!(
        error(Some((id, secret)), &[grant, ("scope", "api/nothing")]).await,
        "invalid_scope"
    );
    assert_eq!(
        error(Some((id, secret)), &[grant, ("scope", "openid")]).await,
        "invalid_scope"
    );
    assert_eq!(
        error(Some((id, secret)), &[grant, ("scope", " ")]).await,
        "invalid_scope"
    );
    // Of known and unknown ones the known are granted.
    let mixed = [grant, ("scope", "api/nothing api/read openid")];
    let (_, answer) = server.token_endpoint(Some((id, secret)), &mixed).await;
    assert_eq!(claims(&answer["access_token"])["scope"], "api/read");
    assert_eq!(
        error(Some((id, secret)), &[grant, grant]).await,
        "invalid_request"
    );
    assert_eq!(error(Some((id, secret)), &[]).await, "invalid_request");
    assert_eq!(
        error(Some((id, secret)), &[("grant_type", "password")]).await,
        "unsupported_grant_type"
    );
    assert_eq!(
        error(None, &[grant, ("client_id", &world.client)]).await,
        "invalid_scope"
    );
    assert_eq!(error(None, &[grant]).await, "invalid_request");
}

#[tokio::test]
async fn the_token_endpoint_refreshes_too() {
    let server = Server::start().await;
    let world = server.world().await;
    let tokens = world.tokens().await;
    let token = tokens["RefreshToken"].as_str().unwrap();
    let form = [
        ("grant_type", "refresh_token"),
        ("client_id", world.client.as_str()),
        ("refresh_token", token),
    ];
    let (status, answer) = server.token_endpoint(None, &form).await;
    assert_eq!(
        (status.as_u16(), keys(&answer)),
        (
            200,
            vec![
                "access_token".into(),
                "expires_in".into(),
                "id_token".into(),
                "token_type".into()
            ]
        )
    );
    assert_eq!(claims(&answer["access_token"])["version"], 2);
    server
        .ok(
            "RevokeToken",
            json!({ "ClientId": world.client, "Token": token }),
        )
        .await;
    assert_eq!(
        server.token_endpoint(None, &form).await.1,
        json!({ "error": "invalid_grant" })
    );
}
