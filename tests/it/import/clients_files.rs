//! What front ends are configured with, and what the AWS CLI prints of a real pool.

use mocknito::fixtures::{FixtureSource, ImportSettings};
use serde_json::{Value, json};

use super::{data, load, text, with};
use crate::operations::identity_pools::IdentityPoolCalls;
use crate::support::{Server, attribute};

#[tokio::test]
async fn an_amplify_client_finds_all_ids_of_its_file() {
    let server = Server::start().await;
    let (_, loaded) = load(&server, vec![data("amplify_outputs.json")], &with(&[]))
        .await
        .unwrap();
    let pool = "eu-west-1_AbCdEf123";
    assert_eq!(loaded.pools[0].id, pool);
    let asked = json!({ "UserPoolId": pool });
    let described = server
        .call_in("eu-west-1", "DescribeUserPool", asked.clone())
        .await
        .json();
    let described = &described["UserPool"];
    assert_eq!(described["UsernameAttributes"], json!(["email"]));
    assert_eq!(described["AutoVerifiedAttributes"], json!(["email"]));
    assert_eq!(described["Domain"], "a1b2c3");
    assert_eq!(described["MfaConfiguration"], "OPTIONAL");
    let policy = &described["Policies"]["PasswordPolicy"];
    assert_eq!(
        (&policy["MinimumLength"], &policy["RequireSymbols"]),
        (&json!(12), &json!(false))
    );
    let groups = server
        .call_in("eu-west-1", "ListGroups", asked)
        .await
        .json();
    assert_eq!(groups["Groups"].as_array().unwrap().len(), 2);
    let client = "7abcdefghijklmnopqrstuvwxy";
    let asked = json!({ "UserPoolId": pool, "ClientId": client });
    let app = server
        .call_in("eu-west-1", "DescribeUserPoolClient", asked)
        .await
        .json();
    let app = &app["UserPoolClient"];
    let providers = json!(["COGNITO", "Google", "SignInWithApple"]);
    assert_eq!(app["SupportedIdentityProviders"], providers);
    assert_eq!(app["CallbackURLs"], json!(["http://localhost:3000/"]));
    assert!(app.get("ClientSecret").is_none());
    assert_eq!(
        loaded.identity_pools[0].id,
        "eu-west-1:0d1b5f0e-3c56-4f5a-9d3b-2b5e8c9d7f10"
    );
}

/// An `amplify_outputs.json` with these members of `auth` beside those of any.
fn outputs(more: &Value) -> FixtureSource {
    let mut auth = json!({
        "user_pool_id": "us-east-1_Example01",
        "aws_region": "us-east-1",
        "user_pool_client_id": "exampleclient0000000000001",
        "username_attributes": ["email"],
        "user_verification_types": ["email"],
        "mfa_configuration": "NONE",
    });
    let more = more.as_object().unwrap().clone();
    auth.as_object_mut().unwrap().extend(more);
    let document = json!({ "version": "1.4", "auth": auth });
    text("amplify_outputs.json", &document.to_string())
}

#[tokio::test]
async fn an_amplify_app_may_sign_in_without_a_password() {
    let server = Server::start().await;
    let passwordless = json!({
        "email_otp_enabled": true,
        "sms_otp_enabled": true,
        "web_authn": { "relying_party_id": "shop.example", "user_verification": "required" },
    });
    let file = outputs(&json!({ "passwordless": passwordless }));
    load(&server, vec![file], &with(&[])).await.unwrap();
    let pool = json!({ "UserPoolId": "us-east-1_Example01" });
    let described = server.ok("DescribeUserPool", pool.clone()).await;
    assert_eq!(
        described["UserPool"]["Policies"]["SignInPolicy"]["AllowedFirstAuthFactors"],
        json!(["PASSWORD", "EMAIL_OTP", "SMS_OTP", "WEB_AUTHN"])
    );
    let mfa = server.ok("GetUserPoolMfaConfig", pool).await;
    let passkeys = &mfa["WebAuthnConfiguration"];
    assert_eq!(passkeys["RelyingPartyId"], "shop.example");
    assert_eq!(passkeys["UserVerification"], "required");
    assert_eq!(mfa["MfaConfiguration"], "OFF");
    // Whoever signs in is asked for a code at once.
    let user = json!({
        "UserPoolId": "us-east-1_Example01", "Username": "ann@example.com",
        "MessageAction": "SUPPRESS",
        "UserAttributes": [
            { "Name": "email", "Value": "ann@example.com" },
            { "Name": "email_verified", "Value": "true" },
        ],
    });
    server.ok("AdminCreateUser", user).await;
    let asked = json!({
        "ClientId": "exampleclient0000000000001",
        "AuthFlow": "USER_AUTH",
        "AuthParameters": {
            "USERNAME": "ann@example.com", "PREFERRED_CHALLENGE": "EMAIL_OTP",
        },
    });
    assert_eq!(
        server.ok("InitiateAuth", asked).await["ChallengeName"],
        "EMAIL_OTP"
    );
}

#[tokio::test]
async fn an_amplify_pool_may_ask_for_codes_by_e_mail() {
    let server = Server::start().await;
    let mfa = json!({ "mfa_configuration": "REQUIRED", "mfa_methods": ["EMAIL"] });
    let (fixtures, _) = load(&server, vec![outputs(&mfa)], &with(&[]))
        .await
        .unwrap();
    let pool = json!({ "UserPoolId": "us-east-1_Example01" });
    let config = server.ok("GetUserPoolMfaConfig", pool.clone()).await;
    assert_eq!(config["MfaConfiguration"], "ON");
    assert!(config["EmailMfaConfiguration"].is_object(), "{config}");
    let described = server.ok("DescribeUserPool", pool).await;
    let sender = &described["UserPool"]["EmailConfiguration"];
    assert_eq!(sender["EmailSendingAccount"], "DEVELOPER");
    let notes: Vec<&str> = fixtures.notes().collect();
    assert!(
        notes
            .iter()
            .any(|note| note.contains("no-reply@example.com")),
        "{notes:?}"
    );
}

#[tokio::test]
async fn a_domain_of_an_app_is_aws_s_or_its_own() {
    let server = Server::start().await;
    for (host, domain, custom) in [
        ("shop.auth.us-east-1.amazoncognito.com", Some("shop"), None),
        ("auth.example.com", None, Some("auth.example.com")),
        // A Mocknito's own address is no domain.
        ("localhost:9339", None, None),
        ("cognito.test:9339", None, None),
    ] {
        let oauth = json!({
            "identity_providers": [], "domain": host, "scopes": ["openid"],
            "redirect_sign_in_uri": ["http://localhost:3000/"],
            "redirect_sign_out_uri": [], "response_type": "code",
        });
        let file = outputs(&json!({ "oauth": oauth }));
        load(&server, vec![file], &with(&[])).await.unwrap();
        let pool = json!({ "UserPoolId": "us-east-1_Example01" });
        let described = server.ok("DescribeUserPool", pool.clone()).await;
        let described = &described["UserPool"];
        assert_eq!(described["Domain"].as_str(), domain, "{host}");
        assert_eq!(described["CustomDomain"].as_str(), custom, "{host}");
        for domain in [domain, custom].into_iter().flatten() {
            let mut gone = pool.clone();
            gone["Domain"] = json!(domain);
            server.ok("DeleteUserPoolDomain", gone).await;
        }
        server.ok("DeleteUserPool", pool).await;
    }
}

#[tokio::test]
async fn the_older_file_is_javascript() {
    let server = Server::start().await;
    let (_, loaded) = load(&server, vec![data("aws-exports.js")], &with(&[]))
        .await
        .unwrap();
    assert_eq!(loaded.pools[0].id, "us-west-2_Exports01");
    assert_eq!(loaded.pools[0].clients[0].id, "3exportsclient000000000000");
    let asked = json!({ "UserPoolId": "us-west-2_Exports01" });
    let described = server
        .call_in("us-west-2", "DescribeUserPool", asked)
        .await
        .json();
    let policy = &described["UserPool"]["Policies"]["PasswordPolicy"];
    assert_eq!(
        (&policy["MinimumLength"], &policy["RequireUppercase"]),
        (&json!(9), &json!(false))
    );
}

#[tokio::test]
async fn a_real_pool_comes_with_the_ids_that_it_has_and_a_password_that_the_flag_names() {
    let server = Server::start().await;
    let settings = ImportSettings {
        password: Some("Imported-1!".to_owned()),
        ..ImportSettings::default()
    };
    let (fixtures, _) = load(&server, vec![data("aws")], &settings).await.unwrap();
    let pool = "eu-central-1_Real00001";
    let asked = json!({ "UserPoolId": pool });
    let described = server
        .call_in("eu-central-1", "DescribeUserPool", asked.clone())
        .await
        .json();
    let described = &described["UserPool"];
    assert_eq!(described["DeletionProtection"], "ACTIVE");
    assert_eq!(described["Domain"], "real-domain");
    let names = described["SchemaAttributes"].as_array().unwrap().iter();
    assert!(names.clone().any(|one| one["Name"] == "custom:tenant"));
    let users = server
        .call_in("eu-central-1", "ListUsers", asked)
        .await
        .json();
    assert_eq!(users["Users"].as_array().unwrap().len(), 1);
    let attributes = &users["Users"][0]["Attributes"];
    let sub = "11111111-2222-4333-8444-555555555555";
    assert_eq!(attribute(attributes, "sub").as_deref(), Some(sub));
    let sign_in = json!({
        "AuthFlow": "USER_PASSWORD_AUTH",
        "ClientId": "realclient0000000000000000",
        "AuthParameters": { "USERNAME": "ada@example.com", "PASSWORD": "Imported-1!" },
    });
    let tokens = server
        .call_in("eu-central-1", "InitiateAuth", sign_in)
        .await
        .json();
    let token = crate::support::claims(&tokens["AuthenticationResult"]["IdToken"]);
    assert_eq!(token["cognito:groups"], json!(["staff"]));
    let notes: Vec<&str> = fixtures.notes().collect();
    assert!(
        notes
            .iter()
            .any(|note| note.starts_with("passwords, secrets")),
        "{notes:?}"
    );
    assert!(
        notes
            .iter()
            .any(|note| note.contains("identity providers are left out")),
        "{notes:?}"
    );
}

#[tokio::test]
async fn without_a_password_users_come_and_cannot_sign_in() {
    let server = Server::start().await;
    let (fixtures, _) = load(&server, vec![data("aws")], &with(&[])).await.unwrap();
    assert!(fixtures.notes().any(|note| note.contains("--password")));
    let asked = json!({ "UserPoolId": "eu-central-1_Real00001", "Username": "ada@example.com" });
    let user = server
        .call_in("eu-central-1", "AdminGetUser", asked)
        .await
        .json();
    assert_eq!(user["UserStatus"], "FORCE_CHANGE_PASSWORD");
    assert!(server.inbox("").await.is_empty(), "nobody is written to");
}

#[tokio::test]
async fn identity_pools_of_such_files_give_credentials_to_guests() {
    let server = Server::start().await;
    load(&server, vec![data("amplify_outputs.json")], &with(&[]))
        .await
        .unwrap();
    let pool = "eu-west-1:0d1b5f0e-3c56-4f5a-9d3b-2b5e8c9d7f10";
    let identity = server
        .gives("GetId", json!({ "IdentityPoolId": pool }))
        .await;
    let credentials = server
        .gives(
            "GetCredentialsForIdentity",
            json!({ "IdentityId": identity["IdentityId"] }),
        )
        .await;
    assert!(credentials["Credentials"]["AccessKeyId"].is_string());
}
