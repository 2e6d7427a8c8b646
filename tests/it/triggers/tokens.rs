//! PreTokenGeneration in its three versions: claims, groups and scopes.

use serde_json::{Value, json};

use super::lambda::{Lambda, pool};
use crate::support::{PASSWORD, Server, claims, text, with_refresh_token};

const EMAIL: &str = "alice@example.com";
const ROLE: &str = "arn:aws:iam::123456789012:role/best";

/// A pool with this trigger, its client, and alice, who is in a group.
async fn with_alice(server: &Server, trigger: &str) -> (String, String, String) {
    let id = server.pool(pool(&[trigger], json!({}))).await;
    let client = server.client_id(&id, json!({})).await;
    let attributes = [("email", EMAIL), ("email_verified", "true")];
    let sub = server.user(&id, "alice", &attributes).await;
    let group = json!({ "UserPoolId": id, "GroupName": "staff", "RoleArn": ROLE, "Precedence": 1 });
    server.ok("CreateGroup", group).await;
    let member = json!({ "UserPoolId": id, "GroupName": "staff", "Username": "alice" });
    server.ok("AdminAddUserToGroup", member).await;
    (id, client, sub)
}

#[tokio::test]
async fn the_first_version_changes_the_id_token_and_the_groups_of_both() {
    let (lambda, server) = Lambda::start().await;
    let (id, client, sub) = with_alice(&server, "PreTokenGeneration").await;
    lambda.responds(
        "TokenGeneration",
        json!({ "claimsOverrideDetails": {
            "claimsToAddOrOverride": {
                "tenant": "t1", "email": "other@example.com", "sub": "forged", "iss": "forged", "aud": "forged",
                "exp": "0", "token_use": "access", "cognito:username": "root", "cognito:groups": "admins",
            },
            "claimsToSuppress": ["email_verified", "sub", "iat"],
            "groupOverrideDetails": { "groupsToOverride": ["a", "b"], "iamRolesToOverride": [ROLE], "preferredRole": ROLE },
        } }),
    );
    let tokens = server.sign_in(&client, "alice").await;
    let event = lambda.take_one();
    let expected = format!(
        "{{\"version\":\"1\",\"triggerSource\":\"TokenGeneration_Authentication\",\
         \"region\":\"us-east-1\",\"userPoolId\":\"{id}\",\
         \"userName\":\"alice\",\"callerContext\":{{\"awsSdkVersion\":\"aws-sdk-unknown-unknown\",\
         \"clientId\":\"{client}\"}},\
         \"request\":{{\"userAttributes\":{{\"sub\":\"{sub}\",\
         \"cognito:user_status\":\"CONFIRMED\",\"email\":\"{EMAIL}\",\
         \"email_verified\":\"true\"}},\"groupConfiguration\":{{\"groupsToOverride\":[\"staff\"],\
         \"iamRolesToOverride\":[\"{ROLE}\"],\"preferredRole\":\"{ROLE}\"}}}},\
         \"response\":{{\"claimsOverrideDetails\":null}}}}"
    );
    assert_eq!(event.to_string(), expected);
    let id_token = claims(&tokens["IdToken"]);
    assert_eq!(id_token["tenant"], "t1");
    assert_eq!(id_token["email"], "other@example.com");
    assert_eq!(id_token.get("email_verified"), None);
    assert_eq!(id_token["sub"], json!(sub));
    assert_eq!(id_token["aud"], json!(client));
    assert_eq!(id_token["token_use"], "id");
    assert_eq!(id_token["cognito:username"], "alice");
    assert_eq!(
        id_token["iss"],
        json!(format!("http://localhost:9339/{id}"))
    );
    assert_eq!(
        id_token["exp"].as_i64(),
        id_token["iat"].as_i64().map(|iat| iat + 3_600)
    );
    assert_eq!(id_token["cognito:groups"], json!(["a", "b"]));
    let access = claims(&tokens["AccessToken"]);
    assert_eq!(access["cognito:groups"], json!(["a", "b"]));
    assert_eq!(access.get("tenant"), None);
    // The user is as before.
    let user = server
        .ok("GetUser", json!({ "AccessToken": tokens["AccessToken"] }))
        .await;
    let email = crate::support::attribute(&user["UserAttributes"], "email");
    assert_eq!(email.as_deref(), Some(EMAIL));
}

#[tokio::test]
async fn the_first_version_knows_texts_only() {
    let (lambda, server) = Lambda::start().await;
    let (_, client, _) = with_alice(&server, "PreTokenGeneration").await;
    let input = crate::support::with_password(&client, "alice", PASSWORD);
    let unrecognizable = "InvalidLambdaResponseException: Unrecognizable lambda output";
    for value in [json!(1), json!(true), json!(["a"]), json!({ "a": "b" })] {
        let details = json!({ "claimsToAddOrOverride": { "x": value } });
        lambda.responds(
            "TokenGeneration",
            json!({ "claimsOverrideDetails": details }),
        );
        server
            .refuses("InitiateAuth", input.clone(), unrecognizable)
            .await;
    }
    for details in [
        json!("x"),
        json!({ "claimsToSuppress": "email" }),
        json!({ "claimsToSuppress": [1] }),
    ] {
        lambda.responds(
            "TokenGeneration",
            json!({ "claimsOverrideDetails": details }),
        );
        server
            .refuses("InitiateAuth", input.clone(), unrecognizable)
            .await;
    }
    let many: Vec<_> = (0..5_001).map(|n| n.to_string()).collect();
    let details = json!({ "claimsToSuppress": many });
    lambda.responds(
        "TokenGeneration",
        json!({ "claimsOverrideDetails": details }),
    );
    server
        .refuses("InitiateAuth", input.clone(), unrecognizable)
        .await;
    lambda.raises("TokenGeneration", "No tokens for you");
    let refusal =
        "UserLambdaValidationException: PreTokenGeneration failed with error No tokens for you.";
    server.refuses("InitiateAuth", input, refusal).await;
}

#[tokio::test]
async fn the_second_version_changes_access_tokens_and_scopes_too() {
    let (lambda, server) = Lambda::start().await;
    let (_, client, sub) = with_alice(&server, "PreTokenGenerationV2").await;
    lambda.responds(
        "TokenGeneration",
        json!({ "claimsAndScopeOverrideDetails": {
            "idTokenGeneration": { "claimsToAddOrOverride": { "n": 1, "o": { "deep": [true, null] } }, "claimsToSuppress": ["email", "n"] },
            "accessTokenGeneration": {
                "claimsToAddOrOverride": { "tenant": { "id": 7 }, "list": ["a"], "client_id": "forged", "username": "root", "aud": "forged", "scope": "all" },
                "claimsToSuppress": ["username", "event_id", "jti"],
                "scopesToAdd": ["orders/read", "orders/write"],
                "scopesToSuppress": ["orders/write"],
            },
            "groupOverrideDetails": {},
        } }),
    );
    let tokens = server.sign_in(&client, "alice").await;
    let event = lambda.take_one();
    assert_eq!(event["version"], "2");
    assert_eq!(
        event["request"]["scopes"],
        json!(["aws.cognito.signin.user.admin"])
    );
    assert_eq!(
        event["response"],
        json!({ "claimsAndScopeOverrideDetails": null })
    );
    let id_token = claims(&tokens["IdToken"]);
    assert_eq!(id_token["o"], json!({ "deep": [true, null] }));
    assert_eq!((id_token.get("email"), id_token.get("n")), (None, None));
    let access = claims(&tokens["AccessToken"]);
    assert_eq!(access["tenant"], json!({ "id": 7 }));
    assert_eq!(access["list"], json!(["a"]));
    assert_eq!(access["client_id"], json!(client));
    assert_eq!(access["username"], "alice");
    assert_eq!(access["sub"], json!(sub));
    assert_eq!(access["scope"], "aws.cognito.signin.user.admin orders/read");
    assert_eq!(access["cognito:groups"], json!(["staff"]));
    assert_eq!(access.get("aud"), None);
    assert!(access["jti"].is_string());

    // A token without the scope does not open the API.
    let suppress = json!({ "accessTokenGeneration": { "scopesToSuppress": ["aws.cognito.signin.user.admin"] } });
    lambda.responds(
        "TokenGeneration",
        json!({ "claimsAndScopeOverrideDetails": suppress }),
    );
    let tokens = server.sign_in(&client, "alice").await;
    let refusal = "NotAuthorizedException: Access Token does not have required scopes";
    server
        .refuses(
            "GetUser",
            json!({ "AccessToken": tokens["AccessToken"] }),
            refusal,
        )
        .await;
    // A scope is one word.
    let wrong = json!({ "accessTokenGeneration": { "scopesToAdd": ["a b"] } });
    lambda.responds(
        "TokenGeneration",
        json!({ "claimsAndScopeOverrideDetails": wrong }),
    );
    let input = crate::support::with_password(&client, "alice", PASSWORD);
    server
        .refuses_as("InitiateAuth", input, "FunctionOutput")
        .await;
}

#[tokio::test]
async fn a_refresh_asks_again_and_says_so() {
    let (lambda, server) = Lambda::start().await;
    let (_, client, _) = with_alice(&server, "PreTokenGenerationV2").await;
    let tokens = server.sign_in(&client, "alice").await;
    lambda.take();
    let details = json!({ "idTokenGeneration": { "claimsToAddOrOverride": { "round": 2 } } });
    lambda.responds(
        "TokenGeneration",
        json!({ "claimsAndScopeOverrideDetails": details }),
    );
    let mut input = with_refresh_token(&client, &tokens["RefreshToken"]);
    input["ClientMetadata"] = json!({ "k": "v" });
    let fresh = server.ok("InitiateAuth", input).await;
    assert_eq!(
        claims(&fresh["AuthenticationResult"]["IdToken"])["round"],
        2
    );
    let event = lambda.take_one();
    assert_eq!(event["triggerSource"], "TokenGeneration_RefreshTokens");
    // Documented: not passed on there.
    assert_eq!(event["request"].get("clientMetadata"), None);
    let input = json!({ "ClientId": client, "RefreshToken": tokens["RefreshToken"], "ClientMetadata": { "k": "v" } });
    server.ok("GetTokensFromRefreshToken", input).await;
    let event = lambda.take_one();
    assert_eq!(event["triggerSource"], "TokenGeneration_RefreshTokens");
    assert_eq!(event["request"]["clientMetadata"], json!({ "k": "v" }));
}

#[tokio::test]
async fn a_refused_refresh_does_not_use_the_token_up() {
    let (lambda, server) = Lambda::start().await;
    let id = server.pool(pool(&["PreTokenGeneration"], json!({}))).await;
    let rotation = json!({ "Feature": "ENABLED", "RetryGracePeriodSeconds": 0 });
    let flows = json!(["ALLOW_USER_PASSWORD_AUTH"]);
    let settings = json!({ "RefreshTokenRotation": rotation, "ExplicitAuthFlows": flows });
    let client = server.client_id(&id, settings).await;
    server.user(&id, "alice", &[]).await;
    let tokens = server.sign_in(&client, "alice").await;
    lambda.raises("TokenGeneration", "later");
    let input = json!({ "ClientId": client, "RefreshToken": tokens["RefreshToken"] });
    server
        .refuses_as("GetTokensFromRefreshToken", input.clone(), "FunctionFailed")
        .await;
    lambda.on("TokenGeneration", |_| {});
    server.ok("GetTokensFromRefreshToken", input).await;
}

#[tokio::test]
async fn the_third_version_sees_machines() {
    let (lambda, server) = Lambda::start().await;
    for (trigger, sees) in [
        ("PreTokenGenerationV2", false),
        ("PreTokenGenerationV3", true),
    ] {
        let id = server.pool(pool(&[trigger], json!({}))).await;
        let scopes = json!([{ "ScopeName": "read", "ScopeDescription": "r" }]);
        let api = json!({ "UserPoolId": id, "Identifier": "api", "Name": "api", "Scopes": scopes });
        server.ok("CreateResourceServer", api).await;
        let settings = json!({
            "GenerateSecret": true,
            "AllowedOAuthFlows": ["client_credentials"],
            "AllowedOAuthFlowsUserPoolClient": true,
            "AllowedOAuthScopes": ["api/read"],
        });
        let client = server.client(&id, settings).await;
        let (client_id, secret) = (text(&client["ClientId"]), text(&client["ClientSecret"]));
        let details = json!({ "accessTokenGeneration": {
            "claimsToAddOrOverride": { "robot": true, "sub": "forged" }, "scopesToAdd": ["extra"],
        } });
        lambda.responds(
            "TokenGeneration",
            json!({ "claimsAndScopeOverrideDetails": details }),
        );
        let form = [
            ("grant_type", "client_credentials"),
            ("aws_client_metadata", "{\"order\":\"7\"}"),
        ];
        let (status, answer) = server
            .token_endpoint(Some((&client_id, &secret)), &form)
            .await;
        assert_eq!(status, 200, "{answer}");
        let access = claims(&answer["access_token"]);
        assert_eq!(access["sub"], json!(client_id));
        if !sees {
            assert!(lambda.take().is_empty());
            assert_eq!(access["scope"], "api/read");
            continue;
        }
        assert_eq!(access["scope"], "api/read extra");
        assert_eq!(access["robot"], true);
        let event = lambda.take_one();
        assert_eq!(event["version"], "3");
        assert_eq!(event["triggerSource"], "TokenGeneration_ClientCredentials");
        assert_eq!(event["userName"], "ClientCredentials");
        assert_eq!(
            event["request"],
            json!({ "userAttributes": {}, "groupConfiguration": Value::Null, "scopes": ["api/read"], "clientMetadata": { "order": "7" } })
        );
        lambda.raises("TokenGeneration", "no robots");
        let (status, _) = server
            .token_endpoint(Some((&client_id, &secret)), &form)
            .await;
        assert_ne!(status, 200);
    }
}
