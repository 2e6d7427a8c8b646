//! App clients: defaults, flows, token validity, attributes, OAuth settings and secrets.

use std::collections::HashSet;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{
    PASSWORD, START, Server, claims, each, keys, merge, secret_hash, text, with_password,
    with_refresh_token,
};

const INVALID: &str = "InvalidParameterException";

fn missing(client: &str) -> String {
    format!("ResourceNotFoundException: User pool client {client} does not exist.")
}

fn id(pool: &str, client: &str) -> Value {
    json!({ "UserPoolId": pool, "ClientId": client })
}

async fn describe(server: &Server, pool: &str, client: &str) -> Value {
    server.ok("DescribeUserPoolClient", id(pool, client)).await["UserPoolClient"].clone()
}

/// CreateUserPoolClient's request.
fn create(pool: &str, settings: Value) -> Value {
    let mut input = json!({ "UserPoolId": pool, "ClientName": "c" });
    merge(&mut input, settings);
    input
}

#[tokio::test]
async fn a_new_client_is_described_with_every_default() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    let made = server
        .ok("CreateUserPoolClient", create(&pool, json!({})))
        .await["UserPoolClient"]
        .clone();
    let client = text(&made["ClientId"]);
    assert_eq!(client.len(), 26);
    assert!(
        client
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    );
    assert_eq!(
        made,
        json!({
            "UserPoolId": pool,
            "ClientName": "c",
            "ClientId": client,
            "LastModifiedDate": made["CreationDate"],
            "CreationDate": made["CreationDate"],
            "RefreshTokenValidity": 30,
            "TokenValidityUnits": {},
            "AllowedOAuthFlowsUserPoolClient": false,
            "EnableTokenRevocation": true,
            "EnablePropagateAdditionalUserContextData": false,
            "AuthSessionValidity": 3,
        })
    );
    assert_eq!(made["CreationDate"].as_f64(), Some(START as f64));
    assert_eq!(describe(&server, &pool, &client).await, made);
}

#[tokio::test]
async fn what_is_set_is_read_back_and_an_update_resets_the_rest() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    let settings = json!({
        "RefreshTokenValidity": 90,
        "AccessTokenValidity": 10,
        "IdTokenValidity": 20,
        "TokenValidityUnits": { "AccessToken": "minutes", "IdToken": "minutes", "RefreshToken": "days" },
        "ReadAttributes": ["email", "name"],
        "WriteAttributes": ["name"],
        "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        "SupportedIdentityProviders": ["COGNITO"],
        "CallbackURLs": ["https://example.com/back", "http://localhost:3000/back", "myapp://back"],
        "LogoutURLs": ["https://example.com/out"],
        "DefaultRedirectURI": "https://example.com/back",
        "AllowedOAuthFlows": ["code", "implicit"],
        "AllowedOAuthScopes": ["openid", "email"],
        "AllowedOAuthFlowsUserPoolClient": true,
        "PreventUserExistenceErrors": "ENABLED",
        "EnableTokenRevocation": false,
        "EnablePropagateAdditionalUserContextData": true,
        "AuthSessionValidity": 15,
    });
    let mut secret = settings.clone();
    secret["GenerateSecret"] = json!(true);
    let made = server
        .ok("CreateUserPoolClient", create(&pool, secret))
        .await["UserPoolClient"]
        .clone();
    for (member, value) in settings.as_object().unwrap() {
        assert_eq!(made[member], *value, "{member}");
    }
    let client = text(&made["ClientId"]);
    let described = describe(&server, &pool, &client).await;
    assert_eq!(described, made);
    let secret = text(&described["ClientSecret"]);
    assert_eq!(secret.len(), 51);
    assert!(
        secret
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    );

    server.advance(Duration::from_secs(1));
    let mut update = id(&pool, &client);
    merge(&mut update, json!({ "ClientName": "renamed" }));
    let after = server.ok("UpdateUserPoolClient", update).await["UserPoolClient"].clone();
    assert_eq!(describe(&server, &pool, &client).await, after);
    assert_eq!(
        after,
        json!({
            "UserPoolId": pool,
            "ClientName": "renamed",
            "ClientId": client,
            "ClientSecret": secret,
            "LastModifiedDate": after["LastModifiedDate"],
            "CreationDate": made["CreationDate"],
            "RefreshTokenValidity": 30,
            "TokenValidityUnits": {},
            "AllowedOAuthFlowsUserPoolClient": false,
            "EnableTokenRevocation": true,
            "EnablePropagateAdditionalUserContextData": false,
            "AuthSessionValidity": 3,
        })
    );
    assert_eq!(after["LastModifiedDate"].as_f64(), Some(START as f64 + 1.0));
    let again =
        server.ok("UpdateUserPoolClient", id(&pool, &client)).await["UserPoolClient"].clone();
    assert_eq!(again["ClientName"], "renamed");
}

#[tokio::test]
async fn a_client_may_read_one_attribute_alone() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    let input = create(&pool, json!({ "ReadAttributes": ["given_name"] }));
    server.ok("CreateUserPoolClient", input).await;
}

#[tokio::test]
async fn a_client_that_is_not_there_or_elsewhere_does_not_exist() {
    let server = Server::start().await;
    let (pool, other) = (server.pool(json!({})).await, server.pool(json!({})).await);
    let theirs = server
        .client(&other, json!({ "GenerateSecret": true }))
        .await;
    let theirs = text(&theirs["ClientId"]);
    let secrets = server
        .ok("ListUserPoolClientSecrets", id(&other, &theirs))
        .await;
    let secret_id = text(&secrets["ClientSecrets"][0]["ClientSecretId"]);
    for client in [theirs.as_str(), "nobody"] {
        for operation in [
            "DescribeUserPoolClient",
            "UpdateUserPoolClient",
            "DeleteUserPoolClient",
            "AddUserPoolClientSecret",
            "ListUserPoolClientSecrets",
        ] {
            server
                .refuses(operation, id(&pool, client), &missing(client))
                .await;
        }
        let mut input = id(&pool, client);
        input["ClientSecretId"] = json!(secret_id);
        server
            .refuses("DeleteUserPoolClientSecret", input, &missing(client))
            .await;
        let admin = json!({
            "AuthFlow": "ADMIN_USER_PASSWORD_AUTH",
            "UserPoolId": pool,
            "ClientId": client,
            "AuthParameters": { "USERNAME": "alice", "PASSWORD": PASSWORD },
        });
        server
            .refuses("AdminInitiateAuth", admin, &missing(client))
            .await;
    }
    describe(&server, &other, &theirs).await;

    let nowhere = "us-east-1_nowhere00";
    let no_pool = format!("ResourceNotFoundException: User pool {nowhere} does not exist.");
    for operation in [
        "CreateUserPoolClient",
        "DescribeUserPoolClient",
        "UpdateUserPoolClient",
        "DeleteUserPoolClient",
        "ListUserPoolClients",
        "AddUserPoolClientSecret",
        "ListUserPoolClientSecrets",
    ] {
        let mut input = id(nowhere, &theirs);
        input["ClientName"] = json!("c");
        server.refuses(operation, input, &no_pool).await;
    }
    let sign_in = with_password("nobody", "alice", PASSWORD);
    server
        .refuses("InitiateAuth", sign_in, &missing("nobody"))
        .await;
}

#[tokio::test]
async fn a_deleted_client_signs_nobody_in_and_its_tokens_end() {
    let server = Server::start().await;
    let world = server.world().await;
    let tokens = world.tokens().await;
    let reply = server
        .call("DeleteUserPoolClient", id(&world.pool, &world.client))
        .await;
    assert_eq!((reply.status.as_u16(), reply.body.len()), (200, 0));
    let gone = missing(&world.client);
    let refresh = with_refresh_token(&world.client, &tokens["RefreshToken"]);
    for (operation, input) in [
        ("DescribeUserPoolClient", id(&world.pool, &world.client)),
        ("DeleteUserPoolClient", id(&world.pool, &world.client)),
        (
            "InitiateAuth",
            with_password(&world.client, "alice", PASSWORD),
        ),
        ("InitiateAuth", refresh),
        ("GetUser", json!({ "AccessToken": tokens["AccessToken"] })),
    ] {
        server.refuses(operation, input, &gone).await;
    }
    let revoke = json!({ "ClientId": world.client, "Token": tokens["RefreshToken"] });
    server
        .refuses_with("RevokeToken", revoke, "UnauthorizedException")
        .await;
}

#[tokio::test]
async fn clients_are_listed_ten_to_a_page_without_their_secrets() {
    let server = Server::start().await;
    let (pool, other) = (server.pool(json!({})).await, server.pool(json!({})).await);
    let mut made = HashSet::new();
    for _ in 0..12 {
        let client = server
            .client(&pool, json!({ "GenerateSecret": true }))
            .await;
        made.insert(text(&client["ClientId"]));
    }
    server.client(&other, json!({})).await;
    let first = server
        .ok("ListUserPoolClients", json!({ "UserPoolId": pool }))
        .await;
    let list = &first["UserPoolClients"];
    assert_eq!(list.as_array().unwrap().len(), 10);
    assert_eq!(keys(&list[0]), ["ClientId", "ClientName", "UserPoolId"]);
    let input = json!({ "UserPoolId": pool, "NextToken": first["NextToken"] });
    let second = server.ok("ListUserPoolClients", input).await;
    assert!(second.get("NextToken").is_none());
    let mut found: HashSet<String> = each(list, "ClientId").into_iter().collect();
    found.extend(each(&second["UserPoolClients"], "ClientId"));
    assert_eq!(found, made);
    for size in [0, 61] {
        let input = json!({ "UserPoolId": pool, "MaxResults": size });
        assert!(
            server
                .refused("ListUserPoolClients", input)
                .await
                .contains("at 'maxResults' failed to satisfy constraint")
        );
    }
}

#[tokio::test]
async fn flows_of_the_two_generations_do_not_mix() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    let flows = |flows: Value| create(&pool, json!({ "ExplicitAuthFlows": flows }));
    for mixed in [
        json!(["ADMIN_NO_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]),
        json!(["ALLOW_USER_SRP_AUTH", "USER_PASSWORD_AUTH"]),
    ] {
        server
            .refuses_with("CreateUserPoolClient", flows(mixed), INVALID)
            .await;
    }
    for good in [
        json!(["ADMIN_NO_SRP_AUTH", "USER_PASSWORD_AUTH"]),
        json!(["ALLOW_USER_SRP_AUTH"]),
        json!([
            "ALLOW_USER_AUTH",
            "ALLOW_CUSTOM_AUTH",
            "ALLOW_REFRESH_TOKEN_AUTH"
        ]),
    ] {
        server.ok("CreateUserPoolClient", flows(good)).await;
    }
}

#[tokio::test]
async fn legacy_flows_allow_what_they_allow_on_aws() {
    let server = Server::start().await;
    let world = server.world().await;
    let admin = |client: &str| {
        json!({
            "AuthFlow": "ADMIN_NO_SRP_AUTH",
            "UserPoolId": world.pool,
            "ClientId": client,
            "AuthParameters": { "USERNAME": "alice", "PASSWORD": PASSWORD },
        })
    };
    let client = server
        .client_id(
            &world.pool,
            json!({ "ExplicitAuthFlows": ["ADMIN_NO_SRP_AUTH"] }),
        )
        .await;
    let tokens = server.ok("AdminInitiateAuth", admin(&client)).await;
    let refresh = with_refresh_token(&client, &tokens["AuthenticationResult"]["RefreshToken"]);
    server.ok("InitiateAuth", refresh).await;
    server
        .refuses(
            "InitiateAuth",
            with_password(&client, "alice", PASSWORD),
            "InvalidParameterException: USER_PASSWORD_AUTH flow not enabled for this client",
        )
        .await;

    let client = server
        .client_id(
            &world.pool,
            json!({ "ExplicitAuthFlows": ["USER_PASSWORD_AUTH"] }),
        )
        .await;
    let tokens = server.sign_in(&client, "alice").await;
    let refresh = with_refresh_token(&client, &tokens["RefreshToken"]);
    server.ok("InitiateAuth", refresh).await;
    server
        .refuses(
            "AdminInitiateAuth",
            admin(&client),
            "InvalidParameterException: Auth flow not enabled for this client",
        )
        .await;
}

#[tokio::test]
async fn token_validity_is_limited_by_what_its_numbers_mean() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    let with = |access: i64, id: i64, refresh: i64, units: [&str; 3]| {
        create(
            &pool,
            json!({
                "AccessTokenValidity": access,
                "IdTokenValidity": id,
                "RefreshTokenValidity": refresh,
                "TokenValidityUnits": { "AccessToken": units[0], "IdToken": units[1], "RefreshToken": units[2] },
            }),
        )
    };
    for good in [
        with(5, 5, 60, ["minutes", "minutes", "minutes"]),
        with(300, 86_400, 86_400, ["seconds", "seconds", "seconds"]),
        with(24, 1_440, 3_650, ["hours", "minutes", "days"]),
        with(1, 1, 1, ["days", "days", "days"]),
        with(1, 1, 0, ["hours", "hours", "days"]),
        create(&pool, json!({ "AccessTokenValidity": 24 })),
        create(&pool, json!({ "RefreshTokenValidity": 3650 })),
    ] {
        server.ok("CreateUserPoolClient", good).await;
    }
    let out_of_range = "InvalidParameterException: Invalid range for token validity.";
    for bad in [
        with(299, 300, 86_400, ["seconds", "seconds", "seconds"]),
        with(300, 299, 86_400, ["seconds", "seconds", "seconds"]),
        with(86_400, 300, 86_400, ["minutes", "seconds", "seconds"]),
        with(25, 1, 30, ["hours", "hours", "days"]),
        with(1, 2, 30, ["hours", "days", "days"]),
        with(1, 1, 59, ["hours", "hours", "minutes"]),
        with(5, 5, 3_599, ["minutes", "minutes", "seconds"]),
        with(1, 1, 3_651, ["hours", "hours", "days"]),
        with(2, 1, 1, ["hours", "hours", "hours"]),
        with(1, 2, 1, ["hours", "hours", "hours"]),
        create(&pool, json!({ "AccessTokenValidity": 25 })),
        create(&pool, json!({ "RefreshTokenValidity": 3651 })),
    ] {
        server
            .refuses("CreateUserPoolClient", bad, out_of_range)
            .await;
    }
    let client = server.client_id(&pool, json!({})).await;
    let mut update = id(&pool, &client);
    update["AccessTokenValidity"] = json!(25);
    server
        .refuses("UpdateUserPoolClient", update, out_of_range)
        .await;
    for (member, value) in [
        ("AccessTokenValidity", 0),
        ("AccessTokenValidity", 86_401),
        ("IdTokenValidity", 0),
        ("RefreshTokenValidity", -1),
        ("RefreshTokenValidity", 315_360_001),
        ("AuthSessionValidity", 2),
        ("AuthSessionValidity", 16),
    ] {
        let input = create(&pool, json!({ member: value }));
        let answer = server.refused("CreateUserPoolClient", input).await;
        assert!(answer.contains("failed to satisfy constraint"), "{answer}");
    }
}

#[tokio::test]
async fn tokens_live_as_long_as_the_client_says() {
    let server = Server::start().await;
    let world = server.world().await;
    let client = server
        .client_id(
            &world.pool,
            json!({
                "AccessTokenValidity": 10,
                "IdTokenValidity": 1,
                "RefreshTokenValidity": 90,
                "TokenValidityUnits": { "AccessToken": "minutes", "IdToken": "days", "RefreshToken": "hours" },
            }),
        )
        .await;
    let tokens = server.sign_in(&client, "alice").await;
    let life = |token: &str| {
        let claims = claims(&tokens[token]);
        claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap()
    };
    assert_eq!((life("AccessToken"), life("IdToken")), (600, 86_400));
    assert_eq!(tokens["ExpiresIn"], 600);
    let get_user = json!({ "AccessToken": tokens["AccessToken"] });
    server.advance(Duration::from_secs(599));
    server.ok("GetUser", get_user.clone()).await;
    server.advance(Duration::from_secs(1));
    server
        .refuses(
            "GetUser",
            get_user,
            "NotAuthorizedException: Access Token has expired",
        )
        .await;
    let refresh = with_refresh_token(&client, &tokens["RefreshToken"]);
    server.advance(Duration::from_secs(90 * 3_600 - 601));
    server.ok("InitiateAuth", refresh.clone()).await;
    server.advance(Duration::from_secs(1));
    server
        .refuses(
            "InitiateAuth",
            refresh,
            "NotAuthorizedException: Refresh Token has expired",
        )
        .await;
}

#[tokio::test]
async fn attributes_that_a_client_reads_and_writes_are_in_the_schema() {
    let server = Server::start().await;
    let pool = server
        .pool(json!({ "Schema": [{ "Name": "mine", "AttributeDataType": "String" }, { "Name": "hidden", "DeveloperOnlyAttribute": true, "AttributeDataType": "String" }] }))
        .await;
    let reads = |name: &str| create(&pool, json!({ "ReadAttributes": ["email", name] }));
    let writes = |name: &str| create(&pool, json!({ "WriteAttributes": ["email", name] }));
    for name in ["custom:mine", "email_verified", "sub", "updated_at"] {
        server.ok("CreateUserPoolClient", reads(name)).await;
    }
    for name in ["custom:mine", "name"] {
        server.ok("CreateUserPoolClient", writes(name)).await;
    }
    for unknown in ["custom:other", "mine", "nothing"] {
        server
            .refuses(
                "CreateUserPoolClient",
                reads(unknown),
                "InvalidParameterException: Invalid read attributes specified while creating a client",
            )
            .await;
    }
    for unknown in ["custom:other", "mine", "email_verified", "sub"] {
        server
            .refuses(
                "CreateUserPoolClient",
                writes(unknown),
                "InvalidParameterException: Invalid write attributes specified while creating a client",
            )
            .await;
    }
}

#[tokio::test]
async fn an_unknown_flow_is_answered_with_the_flows_in_the_services_order() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    let input = create(&pool, json!({ "AllowedOAuthFlows": ["password"] }));
    let answer = server.refused("CreateUserPoolClient", input).await;
    assert!(
        answer.contains("Member must satisfy enum value set: [implicit, client_credentials, code]"),
        "{answer}"
    );
}

#[tokio::test]
async fn analytics_are_described_with_what_the_service_fills_in() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    let by_id = json!({
        "ApplicationId": "0a1b",
        "RoleArn": "arn:aws:iam::123456789012:role/mine",
        "ExternalId": "x",
    });
    let made = server
        .client(&pool, json!({ "AnalyticsConfiguration": by_id }))
        .await;
    let mut expected = by_id;
    merge(&mut expected, json!({ "UserDataShared": false }));
    assert_eq!(made["AnalyticsConfiguration"], expected);

    let by_arn = json!({
        "ApplicationArn": "arn:aws:mobiletargeting:us-east-1:123456789012:apps/0a1b",
        "UserDataShared": true,
    });
    let made = server
        .client(&pool, json!({ "AnalyticsConfiguration": by_arn }))
        .await;
    let mut expected = by_arn;
    merge(
        &mut expected,
        json!({ "RoleArn": "arn:aws:iam::123456789012:role/aws-service-role/cognito-idp.amazonaws.com/AWSServiceRoleForAmazonCognitoIdp" }),
    );
    assert_eq!(made["AnalyticsConfiguration"], expected);
}

#[tokio::test]
async fn rotation_that_is_off_has_no_grace_period() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    let made = server
        .client(
            &pool,
            json!({ "RefreshTokenRotation": { "Feature": "DISABLED" } }),
        )
        .await;
    assert_eq!(
        made["RefreshTokenRotation"],
        json!({ "Feature": "DISABLED", "RetryGracePeriodSeconds": 0 })
    );
}

#[tokio::test]
async fn a_name_fixes_the_id_of_a_new_client() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    let named = |name: &str| json!({ "UserPoolId": pool, "ClientName": name });
    let made = server
        .ok("CreateUserPoolClient", named("_custom_id_:my_app"))
        .await["UserPoolClient"]
        .clone();
    assert_eq!(made["ClientId"], "my_app");
    assert_eq!(made["ClientName"], "_custom_id_:my_app");
    assert_eq!(describe(&server, &pool, "my_app").await, made);
    for (name, refusal) in [
        (
            "_custom_id_:my_app",
            "User pool client my_app already exists.",
        ),
        (
            "_custom_id_:my-app",
            r"The user pool client id my-app must match [\w+]{1,128}",
        ),
    ] {
        server
            .refuses(
                "CreateUserPoolClient",
                named(name),
                &format!("{INVALID}: {refusal}"),
            )
            .await;
    }
    // Any other colon is AWS's to refuse.
    let answer = server
        .refused("CreateUserPoolClient", named("my:app"))
        .await;
    assert!(answer.contains("at 'clientName' failed"), "{answer}");
}

#[tokio::test]
async fn oauth_settings_that_aws_would_not_take_are_refused() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    let oauth = |flows: Value, scopes: Value, more: Value| {
        let mut settings = json!({
            "AllowedOAuthFlowsUserPoolClient": true,
            "AllowedOAuthFlows": flows,
            "AllowedOAuthScopes": scopes,
            "CallbackURLs": ["https://example.com/"],
        });
        merge(&mut settings, more);
        create(&pool, settings)
    };
    let code = |more: Value| oauth(json!(["code"]), json!(["openid"]), more);
    let lists = "AllowedOAuthFlows and AllowedOAuthScopes are required if user pool client is allowed to use OAuth flows.";
    for input in [
        oauth(json!([]), json!(["openid"]), json!({})),
        oauth(json!(["code"]), json!([]), json!({})),
        create(&pool, json!({ "AllowedOAuthFlowsUserPoolClient": true })),
    ] {
        let answer = server.refused("CreateUserPoolClient", input).await;
        assert_eq!(answer, format!("{INVALID}: {lists}"));
    }
    // Nobody could be sent back.
    let nowhere = "InvalidOAuthFlowException: CallbackUrls can not be empty when code flow or implicit flow is selected";
    let existing = server.client_id(&pool, json!({})).await;
    for flows in [json!(["code"]), json!(["implicit"])] {
        for callbacks in [
            json!({ "CallbackURLs": [] }),
            json!({ "CallbackURLs": null }),
        ] {
            let input = oauth(flows.clone(), json!(["openid"]), callbacks.clone());
            server.refuses("CreateUserPoolClient", input, nowhere).await;
            let mut input = oauth(flows.clone(), json!(["openid"]), callbacks);
            input.as_object_mut().unwrap().remove("ClientName");
            merge(&mut input, json!({ "ClientId": existing }));
            server.refuses("UpdateUserPoolClient", input, nowhere).await;
        }
    }
    let flow = "InvalidOAuthFlowException: client_credentials flow can not be selected";
    let scopes = json!(["openid"]);
    for (input, expected) in [
        (
            oauth(
                json!(["client_credentials", "code"]),
                scopes.clone(),
                json!({ "GenerateSecret": true }),
            ),
            format!("{flow} along with code flow or implicit flow."),
        ),
        (
            oauth(
                json!(["client_credentials", "implicit"]),
                scopes.clone(),
                json!({ "GenerateSecret": true }),
            ),
            format!("{flow} along with code flow or implicit flow."),
        ),
        (
            oauth(json!(["client_credentials"]), scopes.clone(), json!({})),
            format!("{flow} if client does not have a client secret."),
        ),
        (
            code(json!({ "SupportedIdentityProviders": ["COGNITO", "Nobody"] })),
            format!("{INVALID}: The provider Nobody does not exist for User Pool {pool}."),
        ),
        (
            code(json!({ "CallbackURLs": ["http://example.com/"] })),
            format!("{INVALID}: http://example.com/ cannot use the HTTP protocol."),
        ),
        (
            code(json!({ "LogoutURLs": ["http://example.com/out"] })),
            format!("{INVALID}: http://example.com/out cannot use the HTTP protocol."),
        ),
    ] {
        server
            .refuses("CreateUserPoolClient", input, &expected)
            .await;
    }
    for input in [
        code(json!({ "DefaultRedirectURI": "https://example.com/other" })),
        code(json!({ "CallbackURLs": ["https://example.com/#fragment"] })),
        code(json!({ "CallbackURLs": ["/relative"] })),
        code(json!({ "CallbackURLs": ["javascript:alert(1)"] })),
        code(json!({ "CallbackURLs": ["http://localhost.example.com/"] })),
        code(json!({ "CallbackURLs": ["http://localhost@example.com/"] })),
    ] {
        server
            .refuses_with("CreateUserPoolClient", input, INVALID)
            .await;
    }
    // A machine has no user whose claims the standard scopes could mean.
    let machine = oauth(
        json!(["client_credentials"]),
        scopes,
        json!({ "GenerateSecret": true }),
    );
    server
        .refuses_with("CreateUserPoolClient", machine, "InvalidOAuthFlowException")
        .await;
    // What was refused is not there.
    let listed = server
        .ok("ListUserPoolClients", json!({ "UserPoolId": pool }))
        .await;
    assert_eq!(listed["UserPoolClients"].as_array().unwrap().len(), 1);
    server.ok("CreateUserPoolClient", code(json!({}))).await;
}

#[tokio::test]
async fn rotation_and_the_refresh_flow_exclude_each_other() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    let both = json!({
        "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        "RefreshTokenRotation": { "Feature": "ENABLED", "RetryGracePeriodSeconds": 10 },
    });
    server
        .refuses_with("CreateUserPoolClient", create(&pool, both.clone()), INVALID)
        .await;
    let client = server.client_id(&pool, json!({})).await;
    let mut update = id(&pool, &client);
    merge(&mut update, both);
    server
        .refuses_with("UpdateUserPoolClient", update, INVALID)
        .await;
    let off = json!({
        "ExplicitAuthFlows": ["ALLOW_REFRESH_TOKEN_AUTH"],
        "RefreshTokenRotation": { "Feature": "DISABLED" },
    });
    server.ok("CreateUserPoolClient", create(&pool, off)).await;
}

#[tokio::test]
async fn a_client_has_one_or_two_secrets_and_both_open() {
    let server = Server::start().await;
    let world = server.world().await;
    let client = server
        .client(&world.pool, json!({ "GenerateSecret": true }))
        .await;
    let (name, first) = (text(&client["ClientId"]), text(&client["ClientSecret"]));
    let me = id(&world.pool, &name);
    let sign_in = |secret: &str| {
        let mut input = with_password(&name, "alice", PASSWORD);
        input["AuthParameters"]["SECRET_HASH"] = json!(secret_hash(secret, "alice", &name));
        input
    };

    let mut add = me.clone();
    let own = "myOwnSecret_of_40_characters_1234567890a";
    add["ClientSecret"] = json!(own);
    server.advance(Duration::from_secs(60));
    let added = server.ok("AddUserPoolClientSecret", add).await["ClientSecretDescriptor"].clone();
    let second_id = text(&added["ClientSecretId"]);
    let epoch = second_id.strip_prefix(&format!("{name}--")).unwrap();
    assert!(epoch.bytes().all(|b| b.is_ascii_digit()));
    for secret in [&first, own] {
        server.ok("InitiateAuth", sign_in(secret)).await;
        let grant = [("grant_type", "client_credentials")];
        let (_, answer) = server.token_endpoint(Some((&name, secret)), &grant).await;
        // Known, and only without OAuth.
        assert_eq!(answer, json!({ "error": "invalid_scope" }));
    }
    let listed = server.ok("ListUserPoolClientSecrets", me.clone()).await["ClientSecrets"].clone();
    assert_eq!(listed.as_array().unwrap().len(), 2);
    let mut ids = each(&listed, "ClientSecretId");
    for secret in listed.as_array().unwrap() {
        assert_eq!(
            keys(secret),
            ["ClientSecretCreateDate", "ClientSecretId"],
            "a value is listed"
        );
    }
    server
        .refuses_with(
            "AddUserPoolClientSecret",
            me.clone(),
            "LimitExceededException",
        )
        .await;

    ids.retain(|id| *id != second_id);
    let delete = |secret: &str| {
        let mut input = me.clone();
        input["ClientSecretId"] = json!(secret);
        input
    };
    assert_eq!(
        server
            .ok("DeleteUserPoolClientSecret", delete(&ids[0]))
            .await,
        json!({})
    );
    server
        .refuses(
            "InitiateAuth",
            sign_in(&first),
            &format!("NotAuthorizedException: Unable to verify secret hash for client {name}"),
        )
        .await;
    server.ok("InitiateAuth", sign_in(own)).await;
    assert_eq!(
        describe(&server, &world.pool, &name).await["ClientSecret"],
        own
    );
    server
        .refuses_with("DeleteUserPoolClientSecret", delete(&second_id), INVALID)
        .await;
    server
        .refuses_with(
            "DeleteUserPoolClientSecret",
            delete(&ids[0]),
            "ResourceNotFoundException",
        )
        .await;

    // A generated one is told once.
    let generated =
        server.ok("AddUserPoolClientSecret", me).await["ClientSecretDescriptor"].clone();
    let value = text(&generated["ClientSecretValue"]);
    assert_eq!(value.len(), 51);
    server.ok("InitiateAuth", sign_in(&value)).await;
}

#[tokio::test]
async fn a_public_client_stays_public() {
    let server = Server::start().await;
    let world = server.world().await;
    server
        .refuses_with(
            "AddUserPoolClientSecret",
            id(&world.pool, &world.client),
            INVALID,
        )
        .await;
    let listed = server
        .ok("ListUserPoolClientSecrets", id(&world.pool, &world.client))
        .await;
    assert_eq!(listed["ClientSecrets"], json!([]));
    world.tokens().await;
}

#[tokio::test]
async fn one_clients_secret_is_not_deleted_through_another() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    let secret = json!({ "GenerateSecret": true });
    let (one, two) = (
        server.client_id(&pool, secret.clone()).await,
        server.client_id(&pool, secret).await,
    );
    for client in [&one, &two] {
        server
            .ok("AddUserPoolClientSecret", id(&pool, client))
            .await;
    }
    let theirs = server
        .ok("ListUserPoolClientSecrets", id(&pool, &two))
        .await["ClientSecrets"]
        .clone();
    let mut input = id(&pool, &one);
    input["ClientSecretId"] = theirs[0]["ClientSecretId"].clone();
    server
        .refuses_with(
            "DeleteUserPoolClientSecret",
            input,
            "ResourceNotFoundException",
        )
        .await;
    let after = server
        .ok("ListUserPoolClientSecrets", id(&pool, &two))
        .await["ClientSecrets"]
        .clone();
    assert_eq!(after, theirs);
}
