//! App clients and their secrets.

use serde_json::json;

use super::{Server, with};
use crate::app::Ctx;
use crate::operations::create_user_pool_client_with_id;

#[tokio::test]
async fn a_client_made_by_its_name_alone_is_described_with_every_default() {
    let server = Server::new().await;
    let pool = server.pool("a").await;
    let asked = json!({"UserPoolId": pool, "ClientName": "c"});
    let made = server.ok("CreateUserPoolClient", asked.clone()).await;
    let client = made["UserPoolClient"].clone();
    let id = json!({"UserPoolId": pool, "ClientId": client["ClientId"]});
    assert_eq!(
        client,
        with(
            &id,
            json!({"ClientName": "c", "LastModifiedDate": 1700000000.123, "CreationDate": 1700000000.123,
            "RefreshTokenValidity": 30, "TokenValidityUnits": {}, "AllowedOAuthFlowsUserPoolClient": false,
            "EnableTokenRevocation": true, "EnablePropagateAdditionalUserContextData": false, "AuthSessionValidity": 3})
        )
    );
    assert_eq!(server.ok("DescribeUserPoolClient", id.clone()).await, made);

    let everything = json!({
        "ClientName": "d", "RefreshTokenValidity": 90, "AccessTokenValidity": 10, "IdTokenValidity": 1,
        "TokenValidityUnits": {"AccessToken": "minutes", "IdToken": "days", "RefreshToken": "hours"},
        "ReadAttributes": ["given_name"], "WriteAttributes": ["email", "name"],
        "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        "SupportedIdentityProviders": ["COGNITO"], "CallbackURLs": ["https://a.example/cb", "myapp://x"], "LogoutURLs": ["http://localhost:3000"],
        "DefaultRedirectURI": "myapp://x", "AllowedOAuthFlows": ["code", "implicit"], "AllowedOAuthScopes": ["openid", "email"],
        "AllowedOAuthFlowsUserPoolClient": true, "PreventUserExistenceErrors": "ENABLED", "EnableTokenRevocation": false,
        "EnablePropagateAdditionalUserContextData": true, "AuthSessionValidity": 15,
        "RefreshTokenRotation": {"Feature": "DISABLED", "RetryGracePeriodSeconds": 10},
    });
    let updated = server
        .ok("UpdateUserPoolClient", with(&id, everything.clone()))
        .await;
    for (member, value) in everything.as_object().unwrap() {
        assert_eq!(&updated["UserPoolClient"][member], value, "{member}");
    }
    let reset = server
        .ok(
            "UpdateUserPoolClient",
            with(&id, json!({"ClientName": "c"})),
        )
        .await;
    assert_eq!(reset, made);
    server.ok("DeleteUserPoolClient", id.clone()).await;
    assert_eq!(
        server.refused("DescribeUserPoolClient", id).await,
        format!(
            "ResourceNotFoundException: User pool client {} does not exist.",
            client["ClientId"].as_str().unwrap()
        )
    );
}

#[tokio::test]
async fn clients_that_do_not_hold_together_are_refused() {
    let server = Server::new().await;
    let pool = server.pool("a").await;
    let api = json!({"UserPoolId": pool, "Identifier": "https://api.example/v1", "Name": "api", "Scopes": [{"ScopeName": "read", "ScopeDescription": "r"}]});
    server.ok("CreateResourceServer", api).await;
    let oauth = json!({"AllowedOAuthFlowsUserPoolClient": true});
    let machine = with(
        &oauth,
        json!({"AllowedOAuthFlows": ["client_credentials"], "AllowedOAuthScopes": ["https://api.example/v1/read"], "GenerateSecret": true}),
    );
    let web = with(
        &oauth,
        json!({"AllowedOAuthFlows": ["code"], "AllowedOAuthScopes": ["openid"]}),
    );
    let base = json!({"UserPoolId": pool, "ClientName": "c"});
    let invalid = |message: &str| format!("InvalidParameterException: {message}");
    let flow = |message: &str| format!("InvalidOAuthFlowException: {message}");
    for good in [
        machine.clone(),
        web.clone(),
        json!({"RefreshTokenValidity": 0, "TokenValidityUnits": {"RefreshToken": "minutes"}}),
        json!({"AccessTokenValidity": 300, "TokenValidityUnits": {"AccessToken": "seconds"}}),
        json!({"ClientSecret": "abcdefghijklmnopqrstuvwxyz"}),
        json!({"RefreshTokenRotation": {"Feature": "ENABLED"}}),
    ] {
        server.ok("CreateUserPoolClient", with(&base, good)).await;
    }
    for (asked, refusal) in [
        (
            json!({"ExplicitAuthFlows": ["ADMIN_NO_SRP_AUTH", "ALLOW_USER_SRP_AUTH"]}),
            invalid(
                "ExplicitAuthFlows cannot contain both legacy values and values with the ALLOW_ prefix.",
            ),
        ),
        (
            json!({"ExplicitAuthFlows": ["ALLOW_CLIENT_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH"]}),
            invalid("ALLOW_CLIENT_TOKEN_AUTH cannot be combined with other authentication flows."),
        ),
        (
            json!({"RefreshTokenRotation": {"Feature": "ENABLED"}, "ExplicitAuthFlows": ["ALLOW_REFRESH_TOKEN_AUTH"]}),
            invalid(
                "Refresh token rotation cannot be enabled for a client that allows ALLOW_REFRESH_TOKEN_AUTH.",
            ),
        ),
        (
            json!({"AccessTokenValidity": 25}),
            invalid("Invalid range for token validity."),
        ),
        (
            json!({"IdTokenValidity": 299, "TokenValidityUnits": {"IdToken": "seconds"}}),
            invalid("Invalid range for token validity."),
        ),
        (
            json!({"RefreshTokenValidity": 59, "TokenValidityUnits": {"RefreshToken": "minutes"}}),
            invalid("Invalid range for token validity."),
        ),
        (
            json!({"RefreshTokenValidity": 3651}),
            invalid("Invalid range for token validity."),
        ),
        (
            json!({"AccessTokenValidity": 3, "RefreshTokenValidity": 2, "TokenValidityUnits": {"RefreshToken": "hours"}}),
            invalid("Invalid range for token validity."),
        ),
        (
            json!({"ReadAttributes": ["custom:no"]}),
            invalid("Invalid read attributes specified while creating a client"),
        ),
        (
            json!({"WriteAttributes": ["email_verified"]}),
            invalid("Invalid write attributes specified while creating a client"),
        ),
        (
            json!({"SupportedIdentityProviders": ["COGNITO", "Google"]}),
            invalid("The provider Google does not exist for User Pool us-east-1_a."),
        ),
        (
            json!({"GenerateSecret": true, "ClientSecret": "abcdefghijklmnopqrstuvwxyz"}),
            invalid("ClientSecret and GenerateSecret cannot be used together."),
        ),
        (
            oauth.clone(),
            flow(
                "AllowedOAuthFlows and AllowedOAuthScopes are required if user pool client is allowed to use OAuth flows.",
            ),
        ),
        (
            with(
                &machine,
                json!({"AllowedOAuthFlows": ["client_credentials", "code"]}),
            ),
            flow(
                "client_credentials flow can not be selected along with code flow or implicit flow.",
            ),
        ),
        (
            with(&machine, json!({"GenerateSecret": false})),
            flow(
                "client_credentials flow can not be selected if client does not have a client secret.",
            ),
        ),
        (
            with(&machine, json!({"AllowedOAuthScopes": ["openid"]})),
            flow(
                "client_credentials flow can only be used with custom scopes of a resource server.",
            ),
        ),
        (
            with(
                &web,
                json!({"AllowedOAuthScopes": ["openid", "https://api.example/v1/write"]}),
            ),
            "ScopeDoesNotExistException: Invalid scope requested: https://api.example/v1/write"
                .to_owned(),
        ),
        (
            json!({"CallbackURLs": ["http://example.com"]}),
            invalid("http://example.com cannot use the HTTP protocol."),
        ),
        (
            json!({"LogoutURLs": ["https://example.com#x"]}),
            invalid("https://example.com#x cannot contain a fragment."),
        ),
        (
            json!({"CallbackURLs": ["https://a.example"], "DefaultRedirectURI": "https://b.example"}),
            invalid("DefaultRedirectURI must be in the list of CallbackURLs."),
        ),
    ] {
        assert_eq!(
            server
                .refused("CreateUserPoolClient", with(&base, asked))
                .await,
            refusal
        );
    }
    let all = json!({"UserPoolId": pool, "MaxResults": 4});
    let first = server.ok("ListUserPoolClients", all.clone()).await;
    assert_eq!(first["UserPoolClients"].as_array().unwrap().len(), 4);
    let second = server
        .ok(
            "ListUserPoolClients",
            with(&all, json!({"NextToken": first["NextToken"]})),
        )
        .await;
    assert_eq!(second["UserPoolClients"].as_array().unwrap().len(), 2);
    assert_eq!(second.get("NextToken"), None);
}

#[tokio::test]
async fn a_client_has_one_or_two_secrets_or_never_any() {
    let server = Server::new().await;
    let pool = server.pool("a").await;
    let base = json!({"UserPoolId": pool, "ClientName": "c"});
    let public = server.ok("CreateUserPoolClient", base.clone()).await["UserPoolClient"].clone();
    let id = json!({"UserPoolId": pool, "ClientId": public["ClientId"]});
    assert!(
        server
            .refused("AddUserPoolClientSecret", id)
            .await
            .starts_with("InvalidParameterException: ")
    );

    let made = server
        .ok(
            "CreateUserPoolClient",
            with(&base, json!({"GenerateSecret": true})),
        )
        .await["UserPoolClient"]
        .clone();
    assert_eq!(made["ClientSecret"].as_str().unwrap().len(), 51);
    let client = made["ClientId"].as_str().unwrap();
    let id = json!({"UserPoolId": pool, "ClientId": client});
    let own = "abcdefghijklmnopqrstuvwxyz";
    let added = server
        .ok(
            "AddUserPoolClientSecret",
            with(&id, json!({"ClientSecret": own})),
        )
        .await;
    let first = format!("{client}--1700000000123");
    let second = format!("{client}--1700000000124");
    assert_eq!(
        added,
        json!({"ClientSecretDescriptor": {"ClientSecretId": second, "ClientSecretValue": own, "ClientSecretCreateDate": 1700000000.123}})
    );
    let date = json!({"ClientSecretCreateDate": 1700000000.123});
    let descriptor = |id: &str| with(&date, json!({"ClientSecretId": id}));
    assert_eq!(
        server.ok("ListUserPoolClientSecrets", id.clone()).await,
        json!({"ClientSecrets": [descriptor(&first), descriptor(&second)]})
    );
    assert!(
        server
            .refused("AddUserPoolClientSecret", id.clone())
            .await
            .starts_with("LimitExceededException: ")
    );
    let deleted = with(&id, json!({"ClientSecretId": first}));
    server
        .ok("DeleteUserPoolClientSecret", deleted.clone())
        .await;
    assert_eq!(
        server.ok("DescribeUserPoolClient", id.clone()).await["UserPoolClient"]["ClientSecret"],
        own
    );
    assert!(
        server
            .refused("DeleteUserPoolClientSecret", deleted)
            .await
            .starts_with("ResourceNotFoundException: ")
    );
    let last = with(&id, json!({"ClientSecretId": second}));
    assert!(
        server
            .refused("DeleteUserPoolClientSecret", last)
            .await
            .starts_with("InvalidParameterException: ")
    );
}

#[tokio::test]
async fn a_fixture_gives_a_client_its_id() {
    let server = Server::new().await;
    let pool = server.pool("a").await;
    let ctx = Ctx::new(server.0.clone(), "CreateUserPoolClient", None);
    let make = |id: &'static str| {
        let asked = serde_json::from_value(json!({"UserPoolId": pool, "ClientName": "c"})).unwrap();
        create_user_pool_client_with_id(&ctx, asked, Some(id))
    };
    let made = make("my_client+1").await.unwrap().user_pool_client.unwrap();
    assert_eq!(made.client_id.unwrap().expose(), "my_client+1");
    assert_eq!(
        make("my_client+1").await.unwrap_err().situation(),
        "ClientIdTaken"
    );
    assert_eq!(
        make("my-client").await.unwrap_err().situation(),
        "ClientIdMalformed"
    );
}
