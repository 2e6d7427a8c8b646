//! Fixtures written as a CloudFormation template and as amplify_outputs.json, and read again.

use std::collections::BTreeMap;

use mocknito::fixtures::out::{AmplifyChoice, amplify_outputs, cloudformation};
use mocknito::fixtures::{ImportSettings, translate};
use serde_json::{Value, json};

use super::{load, text};
use crate::operations::identity_pools::IdentityPoolCalls;
use crate::support::Server;

#[test]
fn a_template_tells_that_links_stay_behind_and_subs_change() {
    let document = json!({ "UserPools": [{ "PoolName": "p", "Users": [
        { "Username": "ada", "LinkedProviders": [{ "ProviderName": "Corp" }] },
        { "Username": "ben" },
    ] }] });
    let template = cloudformation(&document).unwrap();
    let head: Vec<&str> = template
        .lines()
        .filter(|line| line.starts_with("# *"))
        .collect();
    let told = |what: &str| head.iter().any(|line| line.contains(what));
    assert!(told("Each gets a new sub."), "{head:?}");
    assert!(
        told("Users' links to identity providers are not in it."),
        "{head:?}"
    );
}

const FULL: &str = include_str!("../../../fixtures/full.yaml");

/// A pool with what `full.yaml` has not.
const MORE: &str = r#"
UserPools:
  - UserPoolId: eu-central-1_Second001
    PoolName: second
    UserPoolTier: PLUS
    MfaConfig:
      MfaConfiguration: "ON"
      SoftwareTokenMfaConfiguration: { Enabled: true }
      SmsMfaConfiguration:
        SmsAuthenticationMessage: "Your code: {####}"
        SmsConfiguration: { SnsCallerArn: "arn:aws:iam::123456789012:role/sms", ExternalId: x }
      WebAuthnConfiguration: { RelyingPartyId: example.com, UserVerification: required }
    LambdaConfig:
      PreSignUp: "arn:aws:lambda:eu-central-1:123456789012:function:sign-up"
      PreTokenGenerationConfig:
        LambdaVersion: V2_0
        LambdaArn: "arn:aws:lambda:eu-central-1:123456789012:function:claims"
    AccountRecoverySetting: { RecoveryMechanisms: [{ Name: verified_email, Priority: 1 }] }
    AdminCreateUserConfig:
      AllowAdminCreateUserOnly: true
      InviteMessageTemplate: { EmailSubject: "Hi, \"you\"", EmailMessage: "{username}\n{####}" }
    UserPoolAddOns: { AdvancedSecurityMode: ENFORCED }
    DeviceConfiguration: { ChallengeRequiredOnNewDevice: true }
    Domains: [{ Domain: second-pages, ManagedLoginVersion: 2 }]
    IdentityProviders:
      - ProviderName: Google
        ProviderType: Google
        ProviderDetails: { client_id: g, client_secret: google-secret, authorize_scopes: email }
        AttributeMapping: { email: email }
      - ProviderName: SignInWithApple
        ProviderType: SignInWithApple
        ProviderDetails:
          client_id: com.example
          team_id: TEAM000001
          key_id: KEY0000001
          private_key: apple-key
          authorize_scopes: email
    ResourceServers:
      - Identifier: https://api.example.com
        Name: API
        Scopes:
          - { ScopeName: read, ScopeDescription: R }
          - { ScopeName: write, ScopeDescription: W }
    Groups: [{ GroupName: "on" }, { GroupName: a/b, Description: "x: y #z" }]
    Clients:
      - ClientId: secondwebclient0000000000
        ClientName: web app
        ExplicitAuthFlows: [ALLOW_USER_SRP_AUTH]
        AllowedOAuthFlows: [code]
        AllowedOAuthFlowsUserPoolClient: true
        AllowedOAuthScopes: [openid, "https://api.example.com/read"]
        CallbackURLs: ["https://app.example.com/cb?x=$${y}"]
        LogoutURLs: ["https://app.example.com/"]
        DefaultRedirectURI: "https://app.example.com/cb?x=$${y}"
        SupportedIdentityProviders: [COGNITO, Google, SignInWithApple]
        PreventUserExistenceErrors: ENABLED
        RefreshTokenRotation: { Feature: ENABLED, RetryGracePeriodSeconds: 10 }
      - ClientId: secondmachine000000000000
        ClientName: web-app
        ClientSecret: secondmachinesecret0000000000000000000000000000000
        AllowedOAuthFlows: [client_credentials]
        AllowedOAuthFlowsUserPoolClient: true
        AllowedOAuthScopes: ["https://api.example.com/write"]
    Users:
      - Username: ada
        Password: Correct-horse-1
        UserAttributes: { email: ada@example.com, email_verified: true, name: "Ada: \"L\"" }
        Groups: ["on", "a/b"]
    RiskConfigurations:
      - CompromisedCredentialsRiskConfiguration: { Actions: { EventAction: BLOCK } }
      - ClientId: secondwebclient0000000000
        RiskExceptionConfiguration: { BlockedIPRangeList: ["10.0.0.0/8"] }
    UICustomizations: [{ CSS: ".label-customizable { font-weight: 400; }" }]
    ManagedLoginBranding:
      - ClientId: secondwebclient0000000000
        Settings: { components: { form: { borderRadius: 8 } } }
    LogDelivery:
      - LogConfigurations:
          - EventSource: userNotification
            LogLevel: ERROR
            CloudWatchLogsConfiguration:
              LogGroupArn: "arn:aws:logs:eu-central-1:123456789012:log-group:cognito"
"#;

/// The document that a fixture file is, its texts as they are meant.
fn document(fixture: &str) -> Value {
    let source = vec![text("fixture.yaml", fixture)];
    let (documents, _) = translate(source, &ImportSettings::default()).unwrap();
    let (_, written) = documents.into_iter().next().unwrap();
    let meant = written.to_string().replace("$${", "${");
    serde_json::from_str(&meant).unwrap()
}

/// The `--parameter`s that a template's head names, and others.
fn settings(template: &str, more: &[(&str, &str)]) -> ImportSettings {
    let kept = template
        .lines()
        .filter_map(|line| line.strip_prefix("#   --parameter ")?.split_once('='));
    let parameters: BTreeMap<String, String> = kept
        .chain(more.iter().copied())
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    ImportSettings {
        parameters,
        region: "eu-central-1".to_owned(),
        password: Some("Correct-horse-1".to_owned()),
        ..ImportSettings::default()
    }
}

/// Takes away dates, and what is made up anew each time.
fn lasting(mut value: Value) -> Value {
    fn clean(value: &mut Value) {
        match value {
            Value::Object(object) => {
                object.retain(|name, _| {
                    !name.ends_with("Date")
                        && !matches!(
                            name.as_str(),
                            "ManagedLoginBrandingId" | "TermsId" | "Version"
                        )
                });
                object.values_mut().for_each(clean);
            }
            Value::Array(list) => {
                // Sets, in whatever order.
                list.iter_mut().for_each(clean);
                list.sort_by_key(Value::to_string);
            }
            _ => {}
        }
    }
    clean(&mut value);
    value
}

/// Everything that Describe*, Get* and List* say of a pool.
async fn described(server: &Server, pool: &str) -> BTreeMap<String, Value> {
    let mut all = BTreeMap::new();
    let asked = json!({ "UserPoolId": pool });
    for operation in [
        "DescribeUserPool",
        "GetUserPoolMfaConfig",
        "GetLogDeliveryConfiguration",
    ] {
        all.insert(
            operation.to_owned(),
            server.ok(operation, asked.clone()).await,
        );
    }
    let listed = json!({ "UserPoolId": pool, "MaxResults": 50 });
    let plain = [
        "ListGroups",
        "ListUsers",
        "ListTerms",
        "ListResourceServers",
    ];
    for operation in plain {
        let asked = match operation {
            "ListUsers" | "ListGroups" => asked.clone(),
            _ => listed.clone(),
        };
        all.insert(operation.to_owned(), server.ok(operation, asked).await);
    }
    for user in all["ListUsers"]["Users"].as_array().unwrap().clone() {
        let asked = json!({ "UserPoolId": pool, "Username": user["Username"] });
        let groups = server.ok("AdminListGroupsForUser", asked).await;
        let attributes = user["Attributes"].as_array().unwrap().iter();
        let mail = attributes
            .clone()
            .find(|one| one["Name"] == "email")
            .unwrap();
        all.insert(format!("groups of {}", mail["Value"]), groups);
        let mut attributes: Vec<Value> = attributes.cloned().collect();
        attributes.retain(|one| one["Name"] != "sub");
        all.insert(
            format!("attributes of {}", mail["Value"]),
            attributes.into(),
        );
    }
    all.remove("ListUsers");
    let providers = server.ok("ListIdentityProviders", listed.clone()).await;
    for provider in providers["Providers"].as_array().unwrap() {
        let mut asked = asked.clone();
        asked["ProviderName"] = provider["ProviderName"].clone();
        let name = provider["ProviderName"].to_string();
        all.insert(name, server.ok("DescribeIdentityProvider", asked).await);
    }
    let clients = server.ok("ListUserPoolClients", listed).await;
    for client in clients["UserPoolClients"].as_array().unwrap() {
        let mut asked = asked.clone();
        asked["ClientId"] = client["ClientId"].clone();
        for operation in [
            "DescribeUserPoolClient",
            "DescribeRiskConfiguration",
            "GetUICustomization",
            "DescribeManagedLoginBrandingByClient",
        ] {
            // Of what a pool has not, the refusal is the same, too.
            let answer = server.call(operation, asked.clone()).await.json();
            all.insert(format!("{operation} {}", client["ClientId"]), answer);
        }
    }
    let domain = all["DescribeUserPool"]["UserPool"]["Domain"].clone();
    let asked = json!({ "Domain": domain });
    all.insert(
        "domain".to_owned(),
        server.ok("DescribeUserPoolDomain", asked).await,
    );
    all.into_iter()
        .map(|(name, value)| (name, lasting(value)))
        .collect()
}

#[tokio::test]
async fn a_template_reads_back_as_the_same_pools() {
    for (fixture, pool, more) in [
        (
            FULL,
            "eu-central-1_Example01",
            &[
                ("ShopProviderPartnerClientSecret", "shop-secret"),
                (
                    "ShopClientBackend.ClientSecret",
                    "shopbackendsecret0000000000000000000000000000000000",
                ),
            ][..],
        ),
        (
            MORE,
            "eu-central-1_Second001",
            &[
                ("SecondProviderGoogleClientSecret", "google-secret"),
                ("SecondProviderSignInWithApplePrivateKey", "apple-key"),
            ][..],
        ),
    ] {
        let document = document(fixture);
        let template = cloudformation(&document).unwrap();
        for secret in ["shop-secret", "shopbackendsecret", "secondmachinesecret"] {
            assert!(!template.contains(secret), "{template}");
        }
        for secret in [
            "google-secret",
            "apple-key",
            "Correct-horse-1",
            "Change-me-soon-1",
        ] {
            assert!(!template.contains(secret), "{template}");
        }
        assert_eq!(template, cloudformation(&document).unwrap());

        let mut settings = settings(&template, more);
        // Of two clients of one name in an id the second is marked.
        let kept = settings.parameters.iter();
        let machine = kept
            .clone()
            .find(|(_, id)| *id == "secondmachine000000000000");
        if let Some((logical, _)) = machine {
            let secret = format!("{logical}.ClientSecret");
            let value = "secondmachinesecret0000000000000000000000000000000";
            settings.parameters.insert(secret, value.to_owned());
        }
        let (first, second) = (Server::start().await, Server::start().await);
        let own = vec![text("fixture.yaml", fixture)];
        load(&first, own, &ImportSettings::default()).await.unwrap();
        if fixture == FULL {
            // The row of a CSV file is no user of the document.
            let ivy = json!({ "UserPoolId": pool, "Username": "ivy@example.com" });
            first.ok("AdminDeleteUser", ivy).await;
        }
        let written = vec![text("template.yaml", &template)];
        let (read, _) = load(&second, written, &settings).await.unwrap();
        assert_eq!(read.notes().collect::<Vec<_>>(), Vec::<&str>::new());
        let (mut before, mut after) = (
            described(&first, pool).await,
            described(&second, pool).await,
        );
        // Passwords do not come along, so nobody was invited or is without one; nor do links.
        if let Some(Value::Array(linked)) = before.get_mut("attributes of \"hal@example.com\"") {
            linked.retain(|attribute| attribute["Name"] != "identities");
        }
        for all in [&mut before, &mut after] {
            all.retain(|name, _| !name.contains("fay@"));
        }
        assert_eq!(
            before.keys().collect::<Vec<_>>(),
            after.keys().collect::<Vec<_>>()
        );
        for (name, value) in &before {
            assert_eq!(*value, after[name], "{name}\n{template}");
        }
    }
}

#[tokio::test]
async fn identity_pools_keep_their_roles_rules_and_tags() {
    let template = cloudformation(&document(FULL)).unwrap();
    let more = [("ShopProviderPartnerClientSecret", "x")];
    let settings = settings(&template, &more);
    let (first, second) = (Server::start().await, Server::start().await);
    load(
        &first,
        vec![text("a.yaml", FULL)],
        &ImportSettings::default(),
    )
    .await
    .unwrap();
    load(&second, vec![text("t.yaml", &template)], &settings)
        .await
        .unwrap();
    let id = "eu-central-1:5b0c6f3e-0f0a-4d0b-8c5d-1c2f3a4b5c6d";
    for operation in ["DescribeIdentityPool", "GetIdentityPoolRoles"] {
        let asked = json!({ "IdentityPoolId": id });
        let before = first.gives(operation, asked.clone()).await;
        assert_eq!(before, second.gives(operation, asked).await, "{template}");
    }
    let of_pool = "cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Example01";
    for provider in [of_pool, "accounts.google.com"] {
        let asked = json!({ "IdentityPoolId": id, "IdentityProviderName": provider });
        let before = first
            .gives("GetPrincipalTagAttributeMap", asked.clone())
            .await;
        let after = second.gives("GetPrincipalTagAttributeMap", asked).await;
        assert_eq!(before, after);
    }
}

/// A template of one pool with this in it.
fn written(pool: &Value) -> Result<String, String> {
    let document = json!({ "UserPools": [pool] });
    cloudformation(&document).map_err(|why| why.to_string())
}

#[test]
fn what_users_have_written_is_no_code_of_the_template() {
    let secret = "{{resolve:secretsmanager:prod:SecretString:password}}";
    let template = written(&json!({
        "PoolName": "a",
        "Users": [{ "Username": "eve", "UserAttributes": { "name": secret, "email": "e@x.y" } }],
    }))
    .unwrap();
    assert!(!template.contains("{{resolve:secretsmanager"), "{template}");
    assert!(
        template.contains("Value: !Ref AUserEveUserAttributes0Value\n"),
        "{template}"
    );
    // Functions where the document has keys.
    for key in ["Ref", "Fn::Transform", "Fn::Sub"] {
        let refused = written(&json!({ "PoolName": "a", "UserPoolTags": { key: "x" } }));
        assert!(refused.unwrap_err().contains("takes for a function"));
    }
    // A comment ends with its line; some readers know more ends than others.
    let hostile = "x\n\u{2028}\u{85}Resources: {}";
    let template = written(&json!({ "PoolName": "a", hostile: 1, "UserPoolId": hostile })).unwrap();
    let head = template.split("\nAWSTemplate").next().unwrap();
    let is_comment = |line: &str| line.starts_with('#');
    assert!(
        head.split(['\n', '\u{2028}', '\u{85}']).all(is_comment),
        "{template}"
    );
}

#[test]
fn ids_say_what_they_are_and_stay() {
    let pool = |groups: &[&str]| {
        let groups: Vec<Value> = groups
            .iter()
            .map(|name| json!({ "GroupName": name }))
            .collect();
        written(&json!({ "PoolName": "my-shop", "Groups": groups })).unwrap()
    };
    let one = pool(&["staff"]);
    assert!(one.contains("\n  MyShopUserPool:\n"), "{one}");
    assert!(one.contains("\n  MyShopGroupStaff:\n"), "{one}");
    let ids = |template: &str| -> Vec<String> {
        let lines = template
            .lines()
            .filter(|line| line.starts_with("  MyShopGroup"));
        lines.map(str::to_owned).collect()
    };
    let before = ids(&pool(&["a-b", "a b", "staff"]));
    let after = ids(&pool(&["a-b", "a b", "new", "staff"]));
    assert_eq!(before.len(), 3);
    assert!(
        before.iter().all(|id| after.contains(id)),
        "{before:?} {after:?}"
    );
}

#[test]
fn too_many_users_for_a_template_are_left_out_and_that_is_told() {
    let users = |number: usize| {
        let users = (0..number).map(|n| json!({ "Username": format!("user{n}"), "Groups": [] }));
        let users: Vec<Value> = users.collect();
        written(&json!({ "PoolName": "a", "Users": users })).unwrap()
    };
    assert!(users(499).contains("AUserUser498:"));
    let many = users(500);
    assert!(!many.contains("AUserUser1:"));
    assert!(many.contains("# * Users are not in it: they and their groups would be 500 resources"));
    let groups: Vec<Value> = (0..500)
        .map(|n| json!({ "GroupName": format!("g{n}") }))
        .collect();
    let refused = written(&json!({ "PoolName": "a", "Groups": groups })).unwrap_err();
    assert_eq!(
        refused,
        "a template has at most 500 resources, and this would have 501: name one pool"
    );
    assert!(
        cloudformation(&json!({}))
            .unwrap_err()
            .to_string()
            .contains("there is no pool")
    );
}

fn outputs(document: &Value, choice: &AmplifyChoice<'_>) -> Result<Value, String> {
    let text = amplify_outputs(document, choice, "http://localhost:9339");
    let text = text.map_err(|why| why.to_string())?;
    Ok(serde_json::from_str(&text).unwrap())
}

#[test]
fn an_amplify_app_is_told_what_it_asks_for() {
    let said = outputs(&document(MORE), &AmplifyChoice::default()).unwrap();
    assert_eq!(
        said,
        json!({
            "version": "1.4",
            "auth": {
                "user_pool_id": "eu-central-1_Second001",
                "aws_region": "eu-central-1",
                "user_pool_client_id": "secondwebclient0000000000",
                "username_attributes": ["username"],
                "mfa_configuration": "REQUIRED",
                "mfa_methods": ["SMS", "TOTP"],
                "groups": [{ "on": {} }, { "a/b": {} }],
                "oauth": {
                    "identity_providers": ["GOOGLE", "SIGN_IN_WITH_APPLE"],
                    "domain": "second-pages.auth.localhost:9339",
                    "scopes": ["openid", "https://api.example.com/read"],
                    "redirect_sign_in_uri": ["https://app.example.com/cb?x=${y}"],
                    "redirect_sign_out_uri": ["https://app.example.com/"],
                    "response_type": "code",
                },
            },
            "custom": { "mocknito": { "userPoolEndpoint": "http://localhost:9339" } },
        })
    );
    // The identity pool that takes the client's tokens, and the policy.
    let choice = AmplifyChoice {
        user_pool_id: Some("eu-central-1_Example01"),
        ..AmplifyChoice::default()
    };
    let said = outputs(&document(FULL), &choice).unwrap();
    let auth = &said["auth"];
    let id = "eu-central-1:5b0c6f3e-0f0a-4d0b-8c5d-1c2f3a4b5c6d";
    assert_eq!(auth["identity_pool_id"], id);
    assert_eq!(auth["unauthenticated_identities_enabled"], true);
    assert_eq!(auth["standard_required_attributes"], json!(["email"]));
    assert_eq!(auth["username_attributes"], json!(["email"]));
    assert_eq!(auth["password_policy"]["min_length"], 10);
    assert_eq!(auth["password_policy"]["require_symbols"], false);
    assert_eq!(auth["groups"][0], json!({ "staff": { "precedence": 1 } }));
    assert_eq!(auth.get("oauth"), None);
    let endpoint = &said["custom"]["mocknito"]["identityPoolEndpoint"];
    assert_eq!(endpoint, "http://localhost:9339");
    assert!(!said.to_string().contains("secret0000"));
}

#[test]
fn of_several_pools_or_clients_one_must_be_named() {
    let client = |id: &str, secret: bool| {
        let name = format!("the {id}");
        json!({ "ClientId": id, "ClientName": name, "GenerateSecret": secret })
    };
    let pool = |id: &str, clients: Vec<Value>| {
        let name = "p";
        json!({ "UserPoolId": id, "PoolName": name, "Clients": clients })
    };
    let document = json!({ "UserPools": [
        pool("us-east-1_One", vec![client("web", false), client("app", false)]),
        pool("us-east-1_Two", vec![client("back", true)]),
    ] });
    let chosen = |pool, client| {
        let choice = AmplifyChoice {
            user_pool_id: pool,
            client_id: client,
            identity_pool_id: None,
        };
        outputs(&document, &choice)
    };
    for (pool, client, expected) in [
        (
            None,
            None,
            "there are several user pools: name one by its id. us-east-1_One (p), \
             us-east-1_Two (p)",
        ),
        (
            Some("us-east-1_No"),
            None,
            "there is no user pool us-east-1_No. There are: us-east-1_One (p), \
             us-east-1_Two (p)",
        ),
        (
            Some("us-east-1_One"),
            None,
            "us-east-1_One has several clients: name one by its id. web (the web), \
             app (the app)",
        ),
        (
            Some("us-east-1_Two"),
            None,
            "us-east-1_Two has no client without a secret, as Amplify needs one",
        ),
        (
            Some("us-east-1_Two"),
            Some("back"),
            "the client back has a secret, which Amplify cannot send",
        ),
    ] {
        assert_eq!(chosen(pool, client).unwrap_err(), expected);
    }
    let said = chosen(Some("us-east-1_One"), Some("app")).unwrap();
    assert_eq!(said["auth"]["user_pool_client_id"], "app");
}

#[tokio::test]
async fn what_amplify_is_told_is_read_back() {
    let text_of = amplify_outputs(
        &document(MORE),
        &AmplifyChoice::default(),
        "http://localhost:9339",
    );
    let server = Server::start().await;
    let source = vec![text("amplify_outputs.json", &text_of.unwrap())];
    let (_, loaded) = load(&server, source, &ImportSettings::default())
        .await
        .unwrap();
    assert_eq!(loaded.pools[0].id, "eu-central-1_Second001");
    let asked = json!({ "UserPoolId": "eu-central-1_Second001" });
    let pool = server.ok("DescribeUserPool", asked).await;
    assert_eq!(pool["UserPool"]["Domain"], "second-pages");
    assert_eq!(pool["UserPool"]["MfaConfiguration"], "ON");
    let asked = json!({
        "UserPoolId": "eu-central-1_Second001", "ClientId": "secondwebclient0000000000",
    });
    let client = server.ok("DescribeUserPoolClient", asked).await["UserPoolClient"].clone();
    let scopes = json!(["openid", "https://api.example.com/read"]);
    assert_eq!(client["AllowedOAuthScopes"], scopes);
}
