//! Pools, clients and what is set for them: described as before once they are loaded elsewhere.

use mocknito::random::{Random, RequestRng};
use rand::RngExt;
use serde_json::{Value, json};

use super::{exported, loaded};
use crate::operations::identity_pools::IdentityPoolCalls;
use crate::support::{Server, each, merge, text};

/// Everything that is described of all pools.
async fn described(server: &Server) -> Vec<Value> {
    let mut all = Vec::new();
    let pools = server
        .ok("ListUserPools", json!({ "MaxResults": 60 }))
        .await;
    for id in each(&pools["UserPools"], "Id") {
        let pool = || json!({ "UserPoolId": id });
        let limited = || json!({ "UserPoolId": id, "MaxResults": 60 });
        let mut whole = server.ok("DescribeUserPool", pool()).await;
        // `identities` comes with the first provider, and stands where that happened.
        let schema = whole["UserPool"]["SchemaAttributes"]
            .as_array_mut()
            .unwrap();
        schema.sort_by_key(|one| text(&one["Name"]));
        all.push(whole.clone());
        for operation in [
            "GetUserPoolMfaConfig",
            "GetUICustomization",
            "GetLogDeliveryConfiguration",
            "GetUserPoolSessionConfiguration",
            "ListGroups",
            "ListUserPoolReplicas",
        ] {
            all.push(server.ok(operation, pool()).await);
        }
        for operation in ["ListResourceServers", "ListTerms", "ListCIMDPolicies"] {
            let mut input = limited();
            if operation == "ListResourceServers" {
                input["MaxResults"] = json!(50);
            }
            all.push(server.ok(operation, input).await);
        }
        for domain in ["Domain", "CustomDomain"] {
            if let Some(name) = whole["UserPool"][domain].as_str() {
                let asked = json!({ "Domain": name });
                all.push(server.ok("DescribeUserPoolDomain", asked).await);
            }
        }
        let providers = server.ok("ListIdentityProviders", limited()).await;
        for name in each(&providers["Providers"], "ProviderName") {
            let asked = json!({ "UserPoolId": id, "ProviderName": name });
            all.push(server.ok("DescribeIdentityProvider", asked).await);
        }
        let risk = server.call("DescribeRiskConfiguration", pool()).await;
        all.push(risk.json());
        let clients = server.ok("ListUserPoolClients", limited()).await;
        for client in each(&clients["UserPoolClients"], "ClientId") {
            let asked = || json!({ "UserPoolId": id, "ClientId": client });
            for operation in [
                "DescribeUserPoolClient",
                "ListUserPoolClientSecrets",
                "GetUICustomization",
                "DescribeManagedLoginBrandingByClient",
                "DescribeRiskConfiguration",
                "GetUserPoolClientSessionConfiguration",
            ] {
                all.push(server.call(operation, asked()).await.json());
            }
        }
    }
    all
}

#[tokio::test]
async fn everything_that_is_set_comes_back() {
    let server = Server::start().await;
    let pool = server
        .pool(json!({
            "PoolName": "Shop + Co, yes",
            "UserPoolTier": "PLUS",
            "UsernameAttributes": ["email", "phone_number"],
            "UserPoolAddOns": { "AdvancedSecurityMode": "ENFORCED" },
            "DeletionProtection": "ACTIVE",
            "UserPoolTags": { "team": "auth", "y": "no" },
            "Schema": [
                { "Name": "credit", "AttributeDataType": "Number", "Mutable": true,
                  "NumberAttributeConstraints": { "MinValue": "0", "MaxValue": "100" } },
                { "Name": "inner", "AttributeDataType": "String",
                  "DeveloperOnlyAttribute": true, "Mutable": true },
                { "Name": "name", "AttributeDataType": "String", "Required": true,
                  "Mutable": false,
                  "StringAttributeConstraints": { "MinLength": "2", "MaxLength": "20" } },
            ],
            "VerificationMessageTemplate": {
                "DefaultEmailOption": "CONFIRM_WITH_LINK",
                "EmailMessageByLink": "Hello\n\n{##here##} # ${HOME} yes",
                "EmailSubject": "off",
            },
            "AccountRecoverySetting": { "RecoveryMechanisms": [
                { "Name": "verified_email", "Priority": 1 },
                { "Name": "verified_phone_number", "Priority": 2 },
            ] },
            "LambdaConfig": { "PreSignUp":
                "arn:aws:lambda:us-east-1:123456789012:function:sign-up" },
        }))
        .await;
    server.advance(std::time::Duration::from_secs(60));
    for (operation, input) in [
        (
            "CreateUserPoolDomain",
            json!({ "Domain": "shop", "ManagedLoginVersion": 2 }),
        ),
        (
            "CreateUserPoolDomain",
            json!({
                "Domain": "auth.shop.example",
                "CustomDomainConfig": { "CertificateArn":
                    "arn:aws:acm:us-east-1:123456789012:certificate/1" },
            }),
        ),
        (
            "CreateIdentityProvider",
            json!({
                "ProviderName": "Partner", "ProviderType": "OIDC",
                "ProviderDetails": {
                    "client_id": "a", "client_secret": "very secret",
                    "attributes_request_method": "GET",
                    "oidc_issuer": "https://idp.example.com", "authorize_scopes": "openid email",
                },
                "AttributeMapping": { "email": "email", "name": "name" },
                "IdpIdentifiers": ["partner.example"],
            }),
        ),
        (
            "CreateIdentityProvider",
            json!({
                "ProviderName": "SignInWithApple", "ProviderType": "SignInWithApple",
                "ProviderDetails": {
                    "client_id": "a", "team_id": "T", "key_id": "K", "private_key": "very private",
                    "authorize_scopes": "email",
                },
                "AttributeMapping": { "email": "email", "name": "name" },
            }),
        ),
        (
            "CreateResourceServer",
            json!({
                "Identifier": "https://api.example.com", "Name": "API",
                "Scopes": [{ "ScopeName": "read", "ScopeDescription": "Reads: all" }],
            }),
        ),
        (
            "CreateGroup",
            json!({
                "GroupName": "admins", "Description": "They may", "Precedence": 0,
                "RoleArn": "arn:aws:iam::123456789012:role/admins",
            }),
        ),
        (
            "SetUserPoolSessionConfiguration",
            json!({
                "UserSessionTracking": "ENABLED", "TokenSession": { "MaxPerUser": 5 },
            }),
        ),
    ] {
        let mut input = input;
        merge(&mut input, json!({ "UserPoolId": pool }));
        server.ok(operation, input).await;
        server.advance(std::time::Duration::from_secs(1));
    }
    let group = json!({ "UserPoolId": pool, "GroupName": "admins", "Description": "They must" });
    server.ok("UpdateGroup", group).await;
    let web = server
        .client(
            &pool,
            json!({
                "ClientName": "web",
                "GenerateSecret": true,
                "AllowedOAuthFlows": ["code"],
                "AllowedOAuthFlowsUserPoolClient": true,
                "AllowedOAuthScopes": ["openid", "https://api.example.com/read"],
                "CallbackURLs": ["https://app.example.com/callback"],
                "DefaultRedirectURI": "https://app.example.com/callback",
                "SupportedIdentityProviders": ["COGNITO", "Partner"],
                "ReadAttributes": ["email", "custom:credit"],
                "AccessTokenValidity": 10,
                "TokenValidityUnits": { "AccessToken": "minutes" },
                "PreventUserExistenceErrors": "ENABLED",
            }),
        )
        .await;
    let web = text(&web["ClientId"]);
    server.advance(std::time::Duration::from_secs(5));
    for (operation, input) in [
        ("AddUserPoolClientSecret", json!({})),
        (
            "SetUICustomization",
            json!({ "CSS": ".label-customizable { color: red; }" }),
        ),
        (
            "SetRiskConfiguration",
            json!({
                "CompromisedCredentialsRiskConfiguration": {
                    "Actions": { "EventAction": "BLOCK" },
                },
            }),
        ),
        (
            "CreateManagedLoginBranding",
            json!({
                "Settings": { "components": { "a": { "b": [1, 2.5, null, "off", {}] } } },
                "Assets": [{ "Category": "PAGE_HEADER_LOGO", "ColorMode": "LIGHT",
                             "Extension": "PNG", "Bytes": "iVBORw0KGgo=" }],
            }),
        ),
        (
            "CreateTerms",
            json!({
                "TermsName": "terms-of-use", "TermsSource": "LINK", "Enforcement": "NONE",
                "Links": { "cognito:default": "https://example.com/terms" },
            }),
        ),
        (
            "SetUserPoolClientSessionConfiguration",
            json!({
                "SSOSession": { "MaxValidityMinutes": 30 },
            }),
        ),
        (
            "CreateCIMDPolicy",
            json!({
                "PolicyName": "docs", "URLPatterns": ["https://apps.example.com/*"],
            }),
        ),
    ] {
        let mut input = input;
        merge(&mut input, json!({ "UserPoolId": pool, "ClientId": web }));
        server.ok(operation, input).await;
        server.advance(std::time::Duration::from_secs(1));
    }
    let mfa = json!({
        "UserPoolId": pool, "MfaConfiguration": "ON",
        "SoftwareTokenMfaConfiguration": { "Enabled": true },
    });
    server.ok("SetUserPoolMfaConfig", mfa).await;

    let first = described(&server).await;
    let text = exported(&server).await;
    let second = loaded(&text).await;
    assert_eq!(described(&second).await, first);
    assert_eq!(exported(&second).await, text);
}

#[tokio::test]
async fn identity_pools_come_with_their_identities() {
    let server = Server::demo().await;
    let pool = "us-east-1:11111111-2222-4333-8444-555555555555";
    let token = &server.sign_in("democlient0000000000000000", "alice").await["IdToken"];
    let logins = json!({ "cognito-idp.us-east-1.amazonaws.com/us-east-1_Mocknito1": token });
    let asked = json!({ "IdentityPoolId": pool, "Logins": logins });
    let alice = server.gives("GetId", asked.clone()).await;
    let guest = server
        .gives("GetId", json!({ "IdentityPoolId": pool }))
        .await;
    let text = exported(&server).await;
    let second = loaded(&text).await;
    assert_eq!(exported(&second).await, text);
    let token = &second.sign_in("democlient0000000000000000", "alice").await;
    // Alice's password is known by its verifier there; the identity is hers as before.
    let mut asked = asked;
    asked["Logins"] = json!({
        "cognito-idp.us-east-1.amazonaws.com/us-east-1_Mocknito1": token["IdToken"],
    });
    assert_eq!(second.gives("GetId", asked).await, alice);
    for (of, whose) in [(&server, &guest), (&second, &guest)] {
        let described = of.gives("DescribeIdentity", whose.clone()).await;
        assert_eq!(described["IdentityId"], guest["IdentityId"]);
    }
    for operation in ["DescribeIdentityPool", "GetIdentityPoolRoles"] {
        let asked = json!({ "IdentityPoolId": pool });
        assert_eq!(
            second.gives(operation, asked.clone()).await,
            server.gives(operation, asked).await
        );
    }
}

/// A developer's back end may know one person by several names, and tags may be none.
#[tokio::test]
async fn every_login_of_an_identity_comes_along() {
    let server = Server::start().await;
    let made = json!({
        "IdentityPoolName": "shop", "AllowUnauthenticatedIdentities": false,
        "DeveloperProviderName": "login.shop", "IdentityPoolTags": {},
    });
    let pool = server.gives("CreateIdentityPool", made).await;
    let pool = &pool["IdentityPoolId"];
    let mut asked = json!({ "IdentityPoolId": pool, "Logins": { "login.shop": "ann" } });
    let ann = server
        .gives("GetOpenIdTokenForDeveloperIdentity", asked.clone())
        .await;
    let ann = &ann["IdentityId"];
    asked["Logins"]["login.shop"] = json!("ann-of-sales");
    asked["IdentityId"] = ann.clone();
    server
        .gives("GetOpenIdTokenForDeveloperIdentity", asked)
        .await;
    let text = exported(&server).await;
    let second = loaded(&text).await;
    for user in ["ann", "ann-of-sales"] {
        let asked = json!({ "IdentityPoolId": pool, "DeveloperUserIdentifier": user });
        let found = second.gives("LookupDeveloperIdentity", asked).await;
        assert_eq!(found["IdentityId"], *ann, "{user}");
        let mut all = Vec::from_iter(found["DeveloperUserIdentifierList"].as_array().unwrap());
        all.sort_by_key(|one| one.to_string());
        assert_eq!(all, [&json!("ann"), &json!("ann-of-sales")]);
    }
    let asked = json!({ "IdentityPoolId": pool });
    assert_eq!(
        second.gives("DescribeIdentityPool", asked.clone()).await,
        server.gives("DescribeIdentityPool", asked).await
    );
    assert_eq!(exported(&second).await, text);
}

#[tokio::test]
async fn functions_and_apis_of_fixtures_come_along() {
    let yaml = "
UserPools:
  - PoolName: p
    UserPoolId: us-east-1_Funcs0001
    LambdaConfig: { PreSignUp: ./sign-up.mjs }
Apis:
  - Name: orders
    Type: HTTP
    Routes:
      - { Route: GET /orders, Target: './orders.mjs#list' }
      - { Route: GET /other, Target: 'http://127.0.0.1:9/other' }
";
    let server =
        Server::with_fixture(yaml, |_rules| mocknito::triggers::Functions::default()).await;
    let text = exported(&server).await;
    assert!(text.contains("Functions:\n  sign-up-mjs: \"/"), "{text}");
    assert!(text.contains("orders.mjs#list"), "{text}");
    assert!(text.contains("Target: orders-mjs-list"), "{text}");
    assert!(!text.contains("./"), "{text}");
    let one = super::exported_by(&server, "?user_pool_id=us-east-1_Funcs0001").await;
    assert!(
        one.contains("sign-up-mjs: \"/") && !one.contains("orders"),
        "{one}"
    );
}

/// Settles by chance what is asked for.
fn throw(rng: &mut RequestRng, all: Choices, input: &mut Value) {
    for (settings, chance) in all {
        if rng.random_bool(*chance) {
            let choices: Vec<Value> = serde_json::from_str(settings).unwrap();
            let chosen = rng.random_range(0..choices.len());
            merge(input, choices[chosen].clone());
        }
    }
}

/// Settings that CreateUserPool and CreateUserPoolClient take, thrown together.
#[tokio::test]
async fn pools_and_clients_of_any_kind_come_back() {
    let server = Server::start().await;
    let mut rng = Random::new(Some(7)).generator();
    let mut made = 0;
    for round in 0..60 {
        let mut pool = json!({ "PoolName": format!("pool {round}") });
        throw(&mut rng, POOL_SETTINGS, &mut pool);
        // Whatever AWS would refuse is no state.
        let reply = server.call("CreateUserPool", pool).await;
        if !reply.status.is_success() {
            continue;
        }
        made += 1;
        let id = text(&reply.json()["UserPool"]["Id"]);
        for index in 0..3 {
            let mut client = json!({ "UserPoolId": id, "ClientName": format!("c{index}") });
            throw(&mut rng, CLIENT_SETTINGS, &mut client);
            server.call("CreateUserPoolClient", client).await;
        }
        let mut mfa = json!({ "UserPoolId": id });
        throw(&mut rng, MFA_SETTINGS, &mut mfa);
        if mfa.as_object().unwrap().len() > 1 {
            server.call("SetUserPoolMfaConfig", mfa).await;
        }
        server.advance(std::time::Duration::from_millis(rng.random_range(0..2_000)));
    }
    assert!(made > 30, "only {made} pools could be made");
    let first = described(&server).await;
    let text = exported(&server).await;
    let second = loaded(&text).await;
    let again = described(&second).await;
    assert_eq!(again.len(), first.len());
    for (again, first) in again.iter().zip(&first) {
        assert_eq!(again, first);
    }
    assert_eq!(exported(&second).await, text);
}

/// Choices of settings, as JSON, and how often one of them is made.
type Choices = &'static [(&'static str, f64)];

const POOL_SETTINGS: Choices = &[
    (
        r#"[{"UsernameAttributes": ["email"]}, {"AliasAttributes": ["email", "phone_number"]},
         {"AliasAttributes": ["preferred_username"]}]"#,
        0.6,
    ),
    (
        r#"[{"UsernameConfiguration": {"CaseSensitive": false}},
         {"UsernameConfiguration": {"CaseSensitive": true}}]"#,
        0.5,
    ),
    (
        r#"[{"AutoVerifiedAttributes": ["email"]},
         {"AutoVerifiedAttributes": ["phone_number", "email"]}]"#,
        0.5,
    ),
    (
        r#"[{"MfaConfiguration": "OFF"}, {"MfaConfiguration": "ON"},
         {"MfaConfiguration": "OPTIONAL"}]"#,
        0.5,
    ),
    (
        r#"[{"SmsConfiguration": {"SnsCallerArn": "arn:aws:iam::123456789012:role/sms",
          "ExternalId": "x"}}]"#,
        0.6,
    ),
    (
        r#"[{"EmailConfiguration": {"EmailSendingAccount": "DEVELOPER",
          "SourceArn": "arn:aws:ses:us-east-1:123456789012:identity/a@example.com"}}]"#,
        0.5,
    ),
    (
        r#"[{"UserPoolTier": "LITE"}, {"UserPoolTier": "ESSENTIALS"}, {"UserPoolTier": "PLUS"}]"#,
        0.5,
    ),
    (
        r#"[{"UserPoolAddOns": {"AdvancedSecurityMode": "AUDIT"}},
         {"UserPoolAddOns": {"AdvancedSecurityMode": "OFF"}}]"#,
        0.3,
    ),
    (
        r#"[{"DeviceConfiguration": {"ChallengeRequiredOnNewDevice": true}},
         {"DeviceConfiguration": {"DeviceOnlyRememberedOnUserPrompt": true}}]"#,
        0.4,
    ),
    (
        r#"[{"Policies": {"PasswordPolicy": {"MinimumLength": 6}}},
         {"Policies": {"PasswordPolicy": {"MinimumLength": 12, "RequireNumbers": true,
          "TemporaryPasswordValidityDays": 3}}},
         {"Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"]}}},
         {"Policies": {"PasswordPolicy": {"PasswordHistorySize": 4}}}]"#,
        0.6,
    ),
    (
        r#"[{"AdminCreateUserConfig": {"AllowAdminCreateUserOnly": true,
          "UnusedAccountValidityDays": 9}},
         {"AdminCreateUserConfig": {"InviteMessageTemplate": {
          "EmailMessage": "{username}: {####}", "EmailSubject": "- : #"}}}]"#,
        0.4,
    ),
    (
        r#"[{"EmailVerificationMessage": "Code {####}", "EmailVerificationSubject": "Yes"},
         {"SmsVerificationMessage": "1234 {####}"},
         {"VerificationMessageTemplate": {"SmsMessage": "no {####}"}}]"#,
        0.4,
    ),
    (r#"[{"SmsAuthenticationMessage": "Code {####}"}]"#, 0.3),
    (
        r#"[{"UserAttributeUpdateSettings":
          {"AttributesRequireVerificationBeforeUpdate": ["email"]}}]"#,
        0.3,
    ),
    (
        r#"[{"AccountRecoverySetting": {"RecoveryMechanisms":
          [{"Name": "admin_only", "Priority": 1}]}}]"#,
        0.3,
    ),
    (
        r#"[{"UserPoolTags": {"a": "1", "true": "null", "": "x"}}, {"UserPoolTags": {"b": ""}}]"#,
        0.4,
    ),
    (
        r#"[{"LambdaConfig": {"PreTokenGenerationConfig": {"LambdaVersion": "V2_0",
          "LambdaArn": "arn:aws:lambda:us-east-1:123456789012:function:t"}}},
         {"LambdaConfig": {"PreTokenGeneration":
          "arn:aws:lambda:us-east-1:123456789012:function:t"}}]"#,
        0.3,
    ),
    (
        r#"[{"Schema": [{"Name": "birthdate", "AttributeDataType": "String", "Required": true}]},
         {"Schema": [{"Name": "flag", "AttributeDataType": "Boolean"},
                     {"Name": "since", "AttributeDataType": "DateTime", "Mutable": false}]}]"#,
        0.4,
    ),
    (r#"[{"DeletionProtection": "ACTIVE"}]"#, 0.2),
];

const CLIENT_SETTINGS: Choices = &[
    (
        r#"[{"GenerateSecret": true}, {"ClientSecret": "0123456789abcdefghijklmnop"}]"#,
        0.5,
    ),
    (
        r#"[{"ExplicitAuthFlows": ["ADMIN_NO_SRP_AUTH"]},
         {"ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]},
         {"ExplicitAuthFlows": ["ALLOW_CUSTOM_AUTH"]}]"#,
        0.7,
    ),
    (
        r#"[{"RefreshTokenValidity": 1}, {"RefreshTokenValidity": 0},
         {"RefreshTokenValidity": 90, "TokenValidityUnits": {"RefreshToken": "minutes"}},
         {"IdTokenValidity": 300, "TokenValidityUnits": {"IdToken": "seconds"}}]"#,
        0.6,
    ),
    (
        r#"[{"ReadAttributes": ["email", "name"], "WriteAttributes": ["name"]},
         {"ReadAttributes": []}]"#,
        0.5,
    ),
    (
        r#"[{"PreventUserExistenceErrors": "ENABLED"},
         {"PreventUserExistenceErrors": "LEGACY"}]"#,
        0.5,
    ),
    (
        r#"[{"EnableTokenRevocation": false}, {"AuthSessionValidity": 15}]"#,
        0.5,
    ),
    (
        r#"[{"RefreshTokenRotation": {"Feature": "ENABLED", "RetryGracePeriodSeconds": 10}},
         {"RefreshTokenRotation": {"Feature": "DISABLED"}}]"#,
        0.3,
    ),
    (
        r#"[{"AllowedOAuthFlows": ["code"], "AllowedOAuthFlowsUserPoolClient": true,
          "AllowedOAuthScopes": ["openid", "email"],
          "CallbackURLs": ["https://a.example/x?y=#", "myapp://cb"],
          "LogoutURLs": ["https://a.example/"], "SupportedIdentityProviders": ["COGNITO"]},
         {"AllowedOAuthFlows": ["code"], "AllowedOAuthFlowsUserPoolClient": true,
          "AllowedOAuthScopes": ["aws.cognito.signin.user.admin"],
          "CallbackURLs": ["https://a.example/cb"]}]"#,
        0.5,
    ),
    (
        r#"[{"AnalyticsConfiguration": {"ApplicationArn":
          "arn:aws:mobiletargeting:us-east-1:123456789012:apps/a"}}]"#,
        0.2,
    ),
];

const MFA_SETTINGS: Choices = &[(
    r#"[{"MfaConfiguration": "ON", "SoftwareTokenMfaConfiguration": {"Enabled": true}},
         {"MfaConfiguration": "OPTIONAL", "SoftwareTokenMfaConfiguration": {"Enabled": false},
          "EmailMfaConfiguration": {"Message": "{####}", "Subject": "yes"}},
         {"MfaConfiguration": "OPTIONAL", "SmsMfaConfiguration":
          {"SmsAuthenticationMessage": "{####} off"}},
         {"WebAuthnConfiguration": {"RelyingPartyId": "example.com",
          "UserVerification": "required"}},
         {"MfaConfiguration": "OFF"}]"#,
    0.7,
)];
