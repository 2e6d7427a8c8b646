//! CloudFormation: a CDK application and a SAM template become pools that work.

use mocknito::triggers::{Functions, Setup};
use serde_json::{Value, json};

use super::{data, load, output, text, with};
use crate::operations::identity_pools::IdentityPoolCalls;
use crate::support::{Server, claims};

#[tokio::test]
async fn a_cdk_application_is_there_with_all_that_it_describes() {
    let server = Server::start().await;
    let (fixtures, loaded) = load(&server, vec![data("cdk")], &with(&[])).await.unwrap();
    let pool = output(&fixtures, "PoolId");
    let client = output(&fixtures, "ClientId");
    assert_eq!(loaded.pools.len(), 1);
    assert_eq!(loaded.pools[0].id, pool);
    // The ids follow from the names alone: they are the same on every machine.
    assert_eq!(pool.len(), "us-east-1_123456789".len());

    let described = server
        .ok("DescribeUserPool", json!({ "UserPoolId": pool }))
        .await;
    let described = &described["UserPool"];
    assert_eq!(described["Name"], "shop");
    assert_eq!(described["UsernameAttributes"], json!(["email"]));
    assert_eq!(described["Policies"]["PasswordPolicy"]["MinimumLength"], 10);
    assert_eq!(described["MfaConfiguration"], "OPTIONAL");
    assert_eq!(described["UserPoolTier"], "PLUS");
    assert!(described["Domain"].as_str().unwrap().starts_with("shop-"));
    let named = |name: &str| {
        let mut all = described["SchemaAttributes"].as_array().unwrap().iter();
        all.find(|one| one["Name"] == name).cloned().unwrap()
    };
    assert_eq!(named("custom:tenant")["Mutable"], false);
    let numbers = named("custom:credit")["NumberAttributeConstraints"].clone();
    assert_eq!(numbers, json!({ "MinValue": "0", "MaxValue": "1000" }));
    assert_eq!(named("email")["Required"], true);
    let mfa = server
        .ok("GetUserPoolMfaConfig", json!({ "UserPoolId": pool }))
        .await;
    assert_eq!(mfa["SoftwareTokenMfaConfiguration"]["Enabled"], true);
    assert_eq!(mfa["WebAuthnConfiguration"]["RelyingPartyId"], "localhost");

    let asked = json!({ "UserPoolId": pool, "ClientId": client });
    let app = server.ok("DescribeUserPoolClient", asked.clone()).await;
    let app = &app["UserPoolClient"];
    // CDK's custom resource hands the secret out: both are the same.
    assert_eq!(app["ClientSecret"], output(&fixtures, "ClientSecret"));
    let scopes = app["AllowedOAuthScopes"].as_array().unwrap();
    assert!(scopes.contains(&json!("orders/read")), "{scopes:?}");
    let mut providers: Vec<&str> = app["SupportedIdentityProviders"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_str)
        .collect();
    providers.sort_unstable();
    let expected = [
        "COGNITO",
        "Facebook",
        "Google",
        "LoginWithAmazon",
        "Partner",
        "SignInWithApple",
    ];
    assert_eq!(providers, expected);

    let ada = json!({ "UserPoolId": pool, "Username": "ada@example.com" });
    let user = server.ok("AdminGetUser", ada.clone()).await;
    // Without a password where first factors other than it are allowed.
    assert_eq!(user["UserStatus"], "CONFIRMED");
    let groups = server.ok("AdminListGroupsForUser", ada).await;
    assert_eq!(groups["Groups"][0]["GroupName"], "admins");
    // There is no temporary password that an invitation could tell.
    assert!(server.inbox("to=ada@example.com").await.is_empty());

    let branding = server
        .ok("DescribeManagedLoginBrandingByClient", asked.clone())
        .await;
    assert_eq!(
        branding["ManagedLoginBranding"]["UseCognitoProvidedValues"],
        true
    );
    let risk = server
        .ok("DescribeRiskConfiguration", json!({ "UserPoolId": pool }))
        .await;
    let action = &risk["RiskConfiguration"]["CompromisedCredentialsRiskConfiguration"];
    assert_eq!(action["Actions"]["EventAction"], "BLOCK");
    let terms = server
        .ok("ListTerms", json!({ "UserPoolId": pool, "MaxResults": 10 }))
        .await;
    assert_eq!(terms["Terms"][0]["TermsName"], "terms-of-use");

    let identities = output(&fixtures, "IdentityPoolId");
    let identity_pool = server
        .gives(
            "DescribeIdentityPool",
            json!({ "IdentityPoolId": identities }),
        )
        .await;
    assert_eq!(
        identity_pool["CognitoIdentityProviders"][0]["ClientId"],
        client
    );
    let roles = server
        .gives(
            "GetIdentityPoolRoles",
            json!({ "IdentityPoolId": identities }),
        )
        .await;
    assert!(
        roles["Roles"]["authenticated"]
            .as_str()
            .unwrap()
            .starts_with("arn:aws:iam::")
    );
    let mapped = roles["RoleMappings"]
        .as_object()
        .unwrap()
        .keys()
        .next()
        .unwrap();
    assert_eq!(
        *mapped,
        format!("cognito-idp.us-east-1.amazonaws.com/{pool}:{client}")
    );

    // The secret of the provider lies in Secrets Manager: told once.
    let told = fixtures
        .notes()
        .filter(|note| note.contains("secretsmanager:google"))
        .count();
    assert_eq!(told, 1, "{:?}", fixtures.notes().collect::<Vec<_>>());
}

#[tokio::test]
async fn the_other_constructs_of_cdk_are_taken_too() {
    let server = Server::start().await;
    let sources = vec![data("cdk_partners")];
    let (fixtures, _) = load(&server, sources, &with(&[])).await.unwrap();
    let pool = output(&fixtures, "PartnersPoolId");
    let client = output(&fixtures, "PartnersClientId");
    let asked = json!({ "UserPoolId": pool });
    let described = server.ok("DescribeUserPool", asked.clone()).await;
    let described = &described["UserPool"];
    assert_eq!(
        described["AliasAttributes"],
        json!(["email", "preferred_username"])
    );
    assert_eq!(described["CustomDomain"], "login.partners.example.com");
    assert_eq!(
        described["EmailConfiguration"]["EmailSendingAccount"],
        "DEVELOPER"
    );
    assert_eq!(described["UsernameConfiguration"]["CaseSensitive"], false);
    let template = &described["VerificationMessageTemplate"];
    assert_eq!(template["DefaultEmailOption"], "CONFIRM_WITH_LINK");
    // All triggers, two of them with a version, the senders' key, and the mirror of V2_0's ARN.
    let functions = described["LambdaConfig"].as_object().unwrap();
    assert_eq!(
        functions["PreTokenGenerationConfig"]["LambdaVersion"],
        "V2_0"
    );
    assert_eq!(functions["CustomEmailSender"]["LambdaVersion"], "V1_0");
    assert!(functions.contains_key("UserMigration") && functions.contains_key("KMSKeyID"));
    let mfa = server.ok("GetUserPoolMfaConfig", asked.clone()).await;
    assert_eq!(mfa["MfaConfiguration"], "ON");
    assert!(mfa["EmailMfaConfiguration"].is_object(), "{mfa}");

    let mut of_provider = asked.clone();
    of_provider["ProviderName"] = json!("Corporate");
    let provider = server.ok("DescribeIdentityProvider", of_provider).await;
    let provider = &provider["IdentityProvider"];
    assert_eq!(provider["ProviderType"], "SAML");
    assert_eq!(provider["IdpIdentifiers"], json!(["corporate.example.com"]));
    let details = &provider["ProviderDetails"];
    assert_eq!(
        details["SSORedirectBindingURI"],
        "https://idp.example.com/sso"
    );

    let app = json!({ "UserPoolId": pool, "ClientId": client });
    let app = server.ok("DescribeUserPoolClient", app).await;
    let app = &app["UserPoolClient"];
    assert_eq!(app["AllowedOAuthFlows"], json!(["implicit"]));
    assert_eq!(app["RefreshTokenRotation"]["RetryGracePeriodSeconds"], 20);
    assert_eq!(app["SupportedIdentityProviders"], json!(["Corporate"]));
    let groups = server.ok("ListGroups", asked).await;
    let role = groups["Groups"][0]["RoleArn"].as_str().unwrap();
    assert!(
        role.starts_with("arn:aws:iam::123456789012:role/"),
        "{role}"
    );

    let identities = output(&fixtures, "PartnersIdentityPoolId");
    let asked = json!({ "IdentityPoolId": identities });
    let identity_pool = server.gives("DescribeIdentityPool", asked.clone()).await;
    let google = &identity_pool["SupportedLoginProviders"]["accounts.google.com"];
    assert_eq!(*google, "google-app");
    assert_eq!(identity_pool["AllowClassicFlow"], true);
    let roles = server.gives("GetIdentityPoolRoles", asked).await;
    let provider = format!("cognito-idp.us-east-1.amazonaws.com/{pool}");
    let rule = &roles["RoleMappings"][format!("{provider}:{client}")];
    let rule = &rule["RulesConfiguration"]["Rules"][0];
    assert_eq!(rule["MatchType"], "Contains");
    assert_eq!(rule["RoleARN"], role);
    let asked = json!({ "IdentityPoolId": identities, "IdentityProviderName": provider });
    let tags = server.gives("GetPrincipalTagAttributeMap", asked).await;
    assert_eq!(tags["PrincipalTags"], json!({ "department": "name" }));

    // A JWT authorizer knows the pool; what cannot be guarded here is not open.
    let apis = fixtures.apis();
    let names: Vec<&str> = apis.iter().map(|api| api.name.as_str()).collect();
    assert_eq!(names, ["jwt"]);
    let notes: Vec<&str> = fixtures.notes().collect();
    for route in ["GET /token", "GET /request", "POST /lambda"] {
        let told = format!("the route {route} is left out: Lambda authorizers are not served here");
        assert!(notes.iter().any(|note| note.ends_with(&told)), "{notes:?}");
    }
    let told = |note: &&&str| note.ends_with("WebSocket APIs are not taken over");
    assert_eq!(notes.iter().filter(told).count(), 2, "{notes:?}");
}

#[tokio::test]
async fn loading_it_again_finds_the_same() {
    let server = Server::start().await;
    let (first, loaded) = load(&server, vec![data("cdk")], &with(&[])).await.unwrap();
    let (_, again) = load(&server, vec![data("cdk")], &with(&[])).await.unwrap();
    assert_eq!(loaded.pools, again.pools);
    let fixed = with(&[
        ("AWS::StackName", "other"),
        ("PoolD3F588B8", "us-east-1_Mine"),
        ("PoolWeb224A1DFF", "mine"),
    ]);
    let (second, _) = load(&server, vec![data("cdk")], &fixed).await.unwrap();
    assert_ne!(output(&first, "PoolId"), output(&second, "PoolId"));
    assert_eq!(output(&second, "PoolId"), "us-east-1_Mine");
    assert_eq!(output(&second, "ClientId"), "mine");
}

#[tokio::test]
async fn a_sam_template_is_taken_with_its_quirks() {
    let read = mocknito::fixtures::Fixtures::of(
        false,
        vec![data("sam.yaml")],
        &with(&[("Suffix", "test")]),
    )
    .unwrap();
    let functions = Functions::new(Setup {
        rules: read.functions().to_vec(),
        ..Setup::default()
    })
    .unwrap();
    let server = Server::with_functions(functions).await;
    read.load(&server.app).await.unwrap();
    let pool = output(&read, "PoolId");
    let client = output(&read, "ClientId");
    assert_eq!(
        output(&read, "Issuer"),
        format!("https://cognito-idp.us-east-1.amazonaws.com/{pool}")
    );
    assert_eq!(output(&read, "NeverGroup"), "");

    let described = server
        .ok("DescribeUserPool", json!({ "UserPoolId": pool }))
        .await;
    let described = &described["UserPool"];
    // Of two keys of the same name the later counts.
    assert_eq!(described["Name"], "sam-dev-pool");
    let policy = &described["Policies"]["PasswordPolicy"];
    assert_eq!(policy["MinimumLength"], 6);
    assert_eq!(policy["RequireNumbers"], false);
    // Beside the tag that fixes the id.
    assert_eq!(described["UserPoolTags"]["account"], "0123");
    assert!(
        described["Domain"]
            .as_str()
            .unwrap()
            .starts_with("shop-test-")
    );
    let groups = server.ok("ListGroups", json!({ "UserPoolId": pool })).await;
    assert_eq!(groups["Groups"].as_array().unwrap().len(), 1);
    assert_eq!(groups["Groups"][0]["Precedence"], 1);
    assert_eq!(
        groups["Groups"][0]["RoleArn"],
        "arn:aws:iam::123456789012:role/sam-Role"
    );
    let asked = json!({ "UserPoolId": pool, "ClientId": client });
    let app = server.ok("DescribeUserPoolClient", asked).await;
    let app = &app["UserPoolClient"];
    let callbacks = json!(["http://localhost:3000/cb", "http://localhost:5173/cb"]);
    assert_eq!(app["CallbackURLs"], callbacks);
    assert_eq!(app["AccessTokenValidity"], 15);

    // The function is the template's own code, and its environment has the client's id.
    let sign_up = |name: &str| {
        json!({ "ClientId": client, "Username": name, "Password": "passWord",
                "UserAttributes": [{ "Name": "email", "Value": name }] })
    };
    let signed_up = server.ok("SignUp", sign_up("ada@example.com")).await;
    assert_eq!(signed_up["UserConfirmed"], true);
    let refused = server
        .refused("SignUp", sign_up("refused@example.com"))
        .await;
    assert!(refused.contains(&format!("dev {client}")), "{refused}");

    let tokens = server
        .ok(
            "InitiateAuth",
            json!({ "AuthFlow": "USER_PASSWORD_AUTH", "ClientId": client,
                    "AuthParameters": { "USERNAME": "ada@example.com", "PASSWORD": "passWord" } }),
        )
        .await;
    let token = claims(&tokens["AuthenticationResult"]["AccessToken"]);
    assert_eq!(token["client_id"], client);

    let notes: Vec<&str> = read.notes().collect();
    let told = |what: &str| notes.iter().filter(|note| note.contains(what)).count();
    assert_eq!(
        told("sam.yaml:78:3: Resources.Table: AWS::DynamoDB::Table is not taken over"),
        1,
        "{notes:?}"
    );
    assert_eq!(told("AWS::S3::Bucket"), 1, "{notes:?}");
}

#[tokio::test]
async fn an_amplify_gen_2_backend_is_a_stack_in_a_stack() {
    let server = Server::start().await;
    let (fixtures, loaded) = load(&server, vec![data("amplify")], &with(&[]))
        .await
        .unwrap();
    let pool = output(&fixtures, "userPoolId");
    assert_eq!(loaded.pools[0].id, pool);
    assert_eq!(
        loaded.pools[0].clients[0].id,
        output(&fixtures, "webClientId")
    );
    assert_eq!(
        loaded.identity_pools[0].id,
        output(&fixtures, "identityPoolId")
    );
    let described = server
        .ok("DescribeUserPool", json!({ "UserPoolId": pool }))
        .await;
    let described = &described["UserPool"];
    assert_eq!(described["UsernameAttributes"], json!(["email"]));
    assert_eq!(described["MfaConfiguration"], "OPTIONAL");
    let groups = server.ok("ListGroups", json!({ "UserPoolId": pool })).await;
    assert_eq!(groups["Groups"].as_array().unwrap().len(), 2);
    let asked = json!({ "IdentityPoolId": output(&fixtures, "identityPoolId") });
    let roles = server.gives("GetIdentityPoolRoles", asked).await;
    assert_eq!(roles["RoleMappings"].as_object().unwrap().len(), 1);
    let asked = json!({ "IdentityPoolId": output(&fixtures, "identityPoolId") });
    let pool = server.gives("DescribeIdentityPool", asked).await;
    assert_eq!(pool["IdentityPoolTags"]["created-by"], "amplify");
}

#[tokio::test]
async fn stacks_that_come_together_know_each_other_s_exports() {
    let server = Server::start().await;
    let first = "Resources: {Pool: {Type: AWS::Cognito::UserPool}}\n\
                 Outputs: {P: {Value: !Ref Pool, Export: {Name: the-pool}}}\n";
    let second = "Resources:\n  Client:\n    Type: AWS::Cognito::UserPoolClient\n    Properties:\n\
                  \x20     UserPoolId: !ImportValue the-pool\n";
    let both = vec![text("b.yaml", second), text("a.yaml", first)];
    let (_, loaded) = load(&server, both, &with(&[])).await.unwrap();
    assert_eq!(loaded.pools[0].clients.len(), 1);
    let alone = load(&server, vec![text("b.yaml", second)], &with(&[])).await;
    let refused = alone.err().unwrap().to_string();
    let expected = "b.yaml:5:7: Resources.Client.Properties.UserPoolId.Fn::ImportValue: \
                    No export named the-pool found: load the template that exports it, too, or \
                    say --parameter the-pool=…";
    assert_eq!(refused, expected);
    let given = with(&[("the-pool", &loaded.pools[0].id)]);
    let refused = load(&server, vec![text("b.yaml", second)], &given).await;
    let refused = refused.err().unwrap().to_string();
    assert!(refused.contains("does not exist"), "{refused}");
}

#[tokio::test]
async fn two_hundred_resources_take_less_than_a_tenth_of_a_second() {
    let mut template = "Resources:\n  Pool: {Type: AWS::Cognito::UserPool}\n".to_owned();
    for n in 0..199 {
        template.push_str(&format!(
            "  Group{n}:\n    Type: AWS::Cognito::UserPoolGroup\n    Properties:\n      \
             UserPoolId: !Ref Pool\n      GroupName: !Sub '${{AWS::StackName}}-{n}'\n"
        ));
    }
    let began = std::time::Instant::now();
    let read = mocknito::fixtures::Fixtures::of(false, vec![text("t.yaml", &template)], &with(&[]));
    let took = began.elapsed();
    assert!(read.is_ok());
    // Ten times as long in a build without optimisation, beside other tests.
    assert!(took.as_millis() < 1_000, "{took:?}");
}

#[tokio::test]
async fn code_in_a_template_is_put_where_it_can_be_run() {
    let folder = crate::support::Folder::new();
    let settings = mocknito::fixtures::ImportSettings {
        code_folder: Some(folder.0.clone()),
        ..with(&[])
    };
    let template = r"
Resources:
  Pool:
    Type: AWS::Cognito::UserPool
    Properties: { LambdaConfig: { PreSignUp: !GetAtt Confirm.Arn } }
  Confirm:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: nodejs22.x
      Handler: index.handler
      Code:
        ZipFile: |
          exports.handler = async (event) => {
            event.response.autoConfirmUser = true;
            return event;
          };
  Client: { Type: AWS::Cognito::UserPoolClient, Properties: { UserPoolId: !Ref Pool } }
Outputs: { Client: { Value: !Ref Client } }
";
    let sources = vec![text("t.yaml", template)];
    let read = mocknito::fixtures::Fixtures::of(false, sources, &settings).unwrap();
    let functions = Functions::new(Setup {
        rules: read.functions().to_vec(),
        ..Setup::default()
    })
    .unwrap();
    let server = Server::with_functions(functions).await;
    read.load(&server.app).await.unwrap();
    let sign_up = json!({
        "ClientId": output(&read, "Client"), "Username": "ada", "Password": "Passw0rd!",
    });
    let signed_up = server.ok("SignUp", sign_up).await;
    assert_eq!(signed_up["UserConfirmed"], true);
    // Without a place for it, nothing is run, and that is told.
    let sources = vec![text("t.yaml", template)];
    let read = mocknito::fixtures::Fixtures::of(false, sources, &with(&[])).unwrap();
    assert!(read.functions().is_empty());
    assert!(
        read.notes()
            .any(|note| note.contains("has no code that runs here"))
    );
    // A handler leads nowhere else.
    let outside = template.replace("index.handler", "../outside.handler");
    let read = mocknito::fixtures::Fixtures::of(false, vec![text("t.yaml", &outside)], &settings);
    assert!(read.unwrap().functions().is_empty());
}
