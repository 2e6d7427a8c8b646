//! GetClientToken and GetDerivedToken: machines' tokens, and tokens for tokens.

use std::time::Duration;

use mocknito::wire::user_pools;
use serde_json::{Value, json};

use crate::support::{Server, altered, claims, credentials, merge, text};

const DELEGATION: &str = "ALLOW_TOKEN_EXCHANGE_DELEGATION";
const IMPERSONATION: &str = "ALLOW_TOKEN_EXCHANGE_IMPERSONATION";

/// A pool with alice, the scopes `api/read` and `api/write`, a machine that may have both, and a
/// client that exchanges tokens.
struct Exchange {
    server: Server,
    pool: String,
    client: String,
    machine: Value,
    service: Value,
}

impl Exchange {
    async fn start() -> Self {
        let server = Server::start().await;
        let pool = server.pool(json!({})).await;
        server
            .ok(
                "CreateResourceServer",
                json!({ "UserPoolId": pool, "Identifier": "api", "Name": "api", "Scopes": [
                    { "ScopeName": "read", "ScopeDescription": "r" },
                    { "ScopeName": "write", "ScopeDescription": "w" },
                ] }),
            )
            .await;
        server
            .user(&pool, "alice", &[("email", "alice@example.com")])
            .await;
        let client = server.client_id(&pool, json!({})).await;
        let machine = json!({
            "GenerateSecret": true,
            "ExplicitAuthFlows": ["ALLOW_CLIENT_TOKEN_AUTH"],
            "AllowedOAuthFlowsUserPoolClient": true,
            "AllowedOAuthFlows": ["client_credentials"],
            "AllowedOAuthScopes": ["api/read"],
        });
        let machine = server.client(&pool, machine).await;
        let service = json!({
            "GenerateSecret": true,
            "ExplicitAuthFlows": [DELEGATION, IMPERSONATION],
            "AllowedOAuthFlowsUserPoolClient": true,
            "AllowedOAuthFlows": ["code"],
            "AllowedOAuthScopes": ["api/read", "aws.cognito.signin.user.admin"],
            "CallbackURLs": ["https://example.com"],
        });
        let service = server.client(&pool, service).await;
        Self {
            server,
            pool,
            client,
            machine,
            service,
        }
    }

    async fn alice(&self) -> Value {
        self.server.sign_in(&self.client, "alice").await
    }

    async fn machine_token(&self) -> Value {
        let input =
            json!({ "ClientId": self.machine["ClientId"], "Secret": self.machine["ClientSecret"] });
        let answer = self.server.ok("GetClientToken", input).await;
        answer["ClientAuthenticationResult"]["AccessToken"].clone()
    }

    /// GetDerivedToken's request for this access token, with these members beside.
    fn request(&self, subject: &Value, more: Value) -> Value {
        let mut input = json!({
            "ClientId": self.service["ClientId"],
            "ClientSecret": self.service["ClientSecret"],
            "SubjectToken": subject,
            "SubjectTokenType": "ACCESS_TOKEN",
        });
        merge(&mut input, more);
        input
    }
}

#[tokio::test]
async fn a_machine_gets_a_token_for_its_secret_and_only_with_its_scopes() {
    let world = Exchange::start().await;
    let server = &world.server;
    let with = |more: Value| {
        let mut input = json!({ "ClientId": world.machine["ClientId"], "Secret": world.machine["ClientSecret"] });
        merge(&mut input, more);
        input
    };
    let answer = server.ok("GetClientToken", with(json!({}))).await;
    let result = &answer["ClientAuthenticationResult"];
    assert_eq!(result["TokenType"], "Bearer");
    assert_eq!(result["ExpiresIn"], 3_600);
    let token = claims(&result["AccessToken"]);
    assert_eq!(token["sub"], world.machine["ClientId"]);
    assert_eq!(token["scope"], "api/read");
    assert_eq!(token["version"], 2);
    server
        .ok("GetClientToken", with(json!({ "Scopes": ["api/read"] })))
        .await;
    for scope in ["api/write", "api/none", "openid"] {
        let expected = format!("InvalidParameterException: Invalid scope requested: {scope}");
        let input = with(json!({ "Scopes": ["api/read", scope] }));
        server.refuses("GetClientToken", input, &expected).await;
    }

    let id = text(&world.machine["ClientId"]);
    let wrong = format!("NotAuthorizedException: Unable to verify secret for client {id}");
    let secret = json!({ "Secret": altered(&world.machine["ClientSecret"]) });
    server.refuses("GetClientToken", with(secret), &wrong).await;
    // Another client's secret is no better, and neither is a client without the flow.
    let secret = json!({ "Secret": world.service["ClientSecret"] });
    server.refuses("GetClientToken", with(secret), &wrong).await;
    let other =
        json!({ "ClientId": world.service["ClientId"], "Secret": world.service["ClientSecret"] });
    let expected = "InvalidParameterException: CLIENT_TOKEN_AUTH is not enabled for the client.";
    server.refuses("GetClientToken", other, expected).await;
    let public = json!({ "ClientId": world.client, "Secret": "a".repeat(24) });
    server
        .refuses_as("GetClientToken", public, "ClientSecretWrong")
        .await;
}

#[tokio::test]
async fn an_exchanged_token_is_the_users_in_the_hands_of_another_client() {
    let world = Exchange::start().await;
    let alice = world.alice().await;
    let before = claims(&alice["AccessToken"]);
    let request = world.request(&alice["AccessToken"], json!({}));
    let answer = world.server.ok("GetDerivedToken", request).await;
    assert_eq!(answer["IssuedTokenType"], "ACCESS_TOKEN");
    assert_eq!(answer["TokenType"], "Bearer");
    assert_eq!(answer["ExpiresIn"], 3_600);
    assert_eq!(answer["Scopes"], json!(["aws.cognito.signin.user.admin"]));
    let token = claims(&answer["IssuedToken"]);
    assert_eq!(token["client_id"], world.service["ClientId"]);
    assert_eq!(token.get("act"), None);
    for same in ["sub", "username", "origin_jti", "auth_time", "scope"] {
        assert_eq!(token[same], before[same], "{same}");
    }
    assert_ne!(token["jti"], before["jti"]);

    // It is good for what the first was, and ends with it.
    let used = json!({ "AccessToken": answer["IssuedToken"] });
    world.server.ok("GetUser", used.clone()).await;
    let revoke = json!({ "ClientId": world.client, "Token": alice["RefreshToken"] });
    world.server.ok("RevokeToken", revoke).await;
    let revoked = "NotAuthorizedException: Access Token has been revoked";
    world.server.refuses("GetUser", used, revoked).await;
    let again = world.request(&alice["AccessToken"], json!({}));
    let revoked = "NotAuthorizedException: SubjectToken has been revoked";
    world
        .server
        .refuses("GetDerivedToken", again, revoked)
        .await;
}

/// IAM stands for the secret, and nobody checks signatures here: a page of another origin could
/// make one up.
#[tokio::test]
async fn a_foreign_page_that_signs_needs_the_secret_all_the_same() {
    let world = Exchange::start().await;
    let alice = world.alice().await;
    let mut input = world.request(&alice["AccessToken"], json!({}));
    input["ClientSecret"] = Value::Null;
    let target = format!("{}.GetDerivedToken", user_pools::TARGET_PREFIX);
    let signature = credentials("us-east-1");
    let credential = "AKIDEXAMPLE/20260101/us-east-1/cognito-idp/aws4_request";
    for (headers, status) in [
        (vec![("authorization", signature.as_str())], 200),
        (
            vec![
                ("authorization", &signature),
                ("origin", "http://localhost:3000"),
            ],
            200,
        ),
        (
            vec![
                ("authorization", &signature),
                ("origin", "https://evil.example"),
            ],
            400,
        ),
        (
            vec![
                ("x-amz-credential", credential),
                ("origin", "https://evil.example"),
            ],
            400,
        ),
        (
            vec![
                ("authorization", &signature),
                ("host", "evil.example"),
                ("sec-fetch-site", "same-origin"),
            ],
            400,
        ),
        (vec![("origin", "https://evil.example")], 400),
    ] {
        let reply = world.server.post_with(&target, &headers, input.to_string());
        let reply = reply.await;
        assert_eq!(reply.status.as_u16(), status, "{headers:?}");
    }
}

#[tokio::test]
async fn who_acts_for_the_user_is_named_and_so_is_who_did_before() {
    let world = Exchange::start().await;
    let alice = world.alice().await;
    let actor = world.machine_token().await;
    let acting = json!({ "ActorToken": actor, "ActorTokenType": "ACCESS_TOKEN" });
    let request = world.request(&alice["AccessToken"], acting.clone());
    let answer = world.server.ok("GetDerivedToken", request).await;
    let machine = &world.machine["ClientId"];
    assert_eq!(
        claims(&answer["IssuedToken"])["act"],
        json!({ "sub": machine })
    );
    let request = world.request(&answer["IssuedToken"], acting.clone());
    let answer = world.server.ok("GetDerivedToken", request).await;
    let chain = json!({ "sub": machine, "act": { "sub": machine } });
    assert_eq!(claims(&answer["IssuedToken"])["act"], chain);
    // Leaving the actor out hides nobody.
    let request = world.request(&answer["IssuedToken"], json!({}));
    let answer = world.server.ok("GetDerivedToken", request).await;
    assert_eq!(claims(&answer["IssuedToken"])["act"], chain);

    let untyped = world.request(&alice["AccessToken"], json!({ "ActorToken": actor }));
    let missing = "InvalidParameterException: Missing required parameter ActorTokenType";
    world
        .server
        .refuses("GetDerivedToken", untyped, missing)
        .await;
    // A machine's token has no user to act for.
    let request = world.request(&actor, json!({}));
    let invalid = "NotAuthorizedException: Invalid SubjectToken";
    world
        .server
        .refuses("GetDerivedToken", request, invalid)
        .await;
}

#[tokio::test]
async fn scopes_audience_and_kind_are_as_asked_and_never_more_than_held() {
    let world = Exchange::start().await;
    let server = &world.server;
    let alice = world.alice().await;
    let ask = |more: Value| world.request(&alice["AccessToken"], more);
    for scope in ["api/read", "api/write", "openid"] {
        let expected = format!("InvalidParameterException: Invalid scope requested: {scope}");
        let input = ask(json!({ "Scopes": [scope] }));
        server.refuses("GetDerivedToken", input, &expected).await;
    }
    let both = json!({ "Scopes": ["api/read", "aws.cognito.signin.user.admin"], "Audiences": ["billing"] });
    let answer = server.ok("GetDerivedToken", ask(both)).await;
    assert_eq!(answer["Scopes"], json!(["aws.cognito.signin.user.admin"]));
    assert_eq!(claims(&answer["IssuedToken"])["aud"], "billing");
    let answer = server
        .ok("GetDerivedToken", ask(json!({ "Resources": ["api"] })))
        .await;
    assert_eq!(claims(&answer["IssuedToken"])["aud"], "api");
    let unknown = "ResourceNotFoundException: Resource server none does not exist.";
    server
        .refuses(
            "GetDerivedToken",
            ask(json!({ "Resources": ["none"] })),
            unknown,
        )
        .await;
    let both = json!({ "Resources": ["api"], "Audiences": ["billing"] });
    let expected =
        "InvalidParameterException: Audiences and Resources cannot be requested together.";
    server.refuses("GetDerivedToken", ask(both), expected).await;

    let id = ask(
        json!({ "SubjectToken": alice["IdToken"], "SubjectTokenType": "ID_TOKEN", "RequestedTokenType": "ID_TOKEN" }),
    );
    let answer = server.ok("GetDerivedToken", id).await;
    assert_eq!(answer["TokenType"], "N_A");
    assert_eq!(answer["IssuedTokenType"], "ID_TOKEN");
    assert_eq!(answer.get("Scopes"), None);
    let token = claims(&answer["IssuedToken"]);
    assert_eq!(token["token_use"], "id");
    assert_eq!(token["aud"], world.service["ClientId"]);
    assert_eq!(token["email"], "alice@example.com");
}

#[tokio::test]
async fn tokens_that_are_not_what_they_are_said_to_be_are_not_exchanged() {
    let world = Exchange::start().await;
    let server = &world.server;
    let alice = world.alice().await;
    let invalid = "NotAuthorizedException: Invalid SubjectToken";
    let other_pool = server.pool(json!({})).await;
    server.user(&other_pool, "alice", &[]).await;
    let other_client = server.client_id(&other_pool, json!({})).await;
    let foreign = server.sign_in(&other_client, "alice").await;
    for subject in [
        altered(&alice["AccessToken"]),
        alice["IdToken"].clone(),
        alice["RefreshToken"].clone(),
        foreign["AccessToken"].clone(),
        json!("a.b.c"),
    ] {
        let input = world.request(&subject, json!({}));
        server.refuses("GetDerivedToken", input, invalid).await;
    }
    let input = world.request(&json!("a.b.c"), json!({}));
    server
        .refuses_as("GetDerivedToken", input, "ExchangeTokenInvalid")
        .await;
    let actor = json!({ "ActorToken": foreign["AccessToken"], "ActorTokenType": "ACCESS_TOKEN" });
    let input = world.request(&alice["AccessToken"], actor);
    let expected = "NotAuthorizedException: Invalid ActorToken";
    server.refuses("GetDerivedToken", input, expected).await;
    let input = world.request(
        &alice["AccessToken"],
        json!({ "SubjectTokenType": "SAML2" }),
    );
    let expected = "InvalidParameterException: Missing required parameter SubjectTokenProviderName";
    server.refuses("GetDerivedToken", input, expected).await;
    let named = json!({ "SubjectTokenProviderName": "Nobody" });
    let input = world.request(&alice["AccessToken"], named);
    let expected = format!(
        "ResourceNotFoundException: Identity provider Nobody for tenantId {} does not exist.",
        world.pool
    );
    server.refuses("GetDerivedToken", input, &expected).await;

    let secret = json!({ "ClientSecret": altered(&world.service["ClientSecret"]) });
    let input = world.request(&alice["AccessToken"], secret);
    server
        .refuses_as("GetDerivedToken", input, "ClientSecretWrong")
        .await;
    let input = world.request(&alice["AccessToken"], json!({ "ClientSecret": null }));
    server
        .refuses_as("GetDerivedToken", input, "ClientSecretWrong")
        .await;
    let flow = json!({ "ClientId": world.client, "ClientSecret": null });
    let input = world.request(&alice["AccessToken"], flow);
    let expected =
        "InvalidParameterException: TOKEN_EXCHANGE_IMPERSONATION is not enabled for the client.";
    server.refuses("GetDerivedToken", input, expected).await;

    let input = json!({ "UserPoolId": world.pool, "Username": "alice" });
    let request = world.request(&alice["AccessToken"], json!({}));
    server.ok("AdminDisableUser", input.clone()).await;
    let expected = "NotAuthorizedException: User is disabled.";
    server
        .refuses("GetDerivedToken", request.clone(), expected)
        .await;
    server.ok("AdminEnableUser", input).await;
    server.advance(Duration::from_secs(3_600));
    let expected = "NotAuthorizedException: SubjectToken has expired";
    server.refuses("GetDerivedToken", request, expected).await;
}
