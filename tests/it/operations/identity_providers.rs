//! Identity providers: what is stored, filled in, shown and refused.

use serde_json::{Value, json};

use crate::support::{Server, keys, merge};

fn google(pool: &str) -> Value {
    json!({
        "UserPoolId": pool,
        "ProviderName": "Google",
        "ProviderType": "Google",
        "ProviderDetails": { "client_id": "g-id", "client_secret": "g-secret", "authorize_scopes": "email openid" },
        "AttributeMapping": { "email": "email" },
    })
}

fn oidc(pool: &str, name: &str) -> Value {
    json!({
        "UserPoolId": pool,
        "ProviderName": name,
        "ProviderType": "OIDC",
        "ProviderDetails": {
            "client_id": "o-id",
            "client_secret": "o-secret",
            "authorize_scopes": "openid",
            "attributes_request_method": "GET",
            "oidc_issuer": "https://idp.example.com",
        },
    })
}

fn saml(pool: &str, details: Value) -> Value {
    json!({ "UserPoolId": pool, "ProviderName": "Corp", "ProviderType": "SAML", "ProviderDetails": details })
}

const METADATA: &str = r#"<?xml version="1.0"?>
<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://idp.example.com">
  <IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
    <SingleLogoutService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="https://idp.example.com/slo"/>
    <SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="https://idp.example.com/sso"/>
  </IDPSSODescriptor>
</EntityDescriptor>"#;

async fn create(server: &Server, input: Value) -> Value {
    let made = server.ok("CreateIdentityProvider", input).await;
    made["IdentityProvider"].clone()
}

#[tokio::test]
async fn a_social_provider_is_described_with_what_the_service_fills_in() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    let made = create(&server, google(&pool)).await;
    assert_eq!(
        made,
        json!({
            "UserPoolId": pool,
            "ProviderName": "Google",
            "ProviderType": "Google",
            "ProviderDetails": {
                "attributes_url": "https://people.googleapis.com/v1/people/me?personFields=",
                "attributes_url_add_attributes": "true",
                "authorize_scopes": "email openid",
                "authorize_url": "https://accounts.google.com/o/oauth2/v2/auth",
                "client_id": "g-id",
                "client_secret": "g-secret",
                "oidc_issuer": "https://accounts.google.com",
                "token_request_method": "POST",
                "token_url": "https://www.googleapis.com/oauth2/v4/token",
            },
            "AttributeMapping": { "email": "email", "username": "sub" },
            "IdpIdentifiers": [],
            "LastModifiedDate": 1_767_225_600,
            "CreationDate": 1_767_225_600,
        })
    );
    let name = json!({ "UserPoolId": pool, "ProviderName": "Google" });
    let described = server.ok("DescribeIdentityProvider", name).await;
    assert_eq!(described["IdentityProvider"], made);
}

#[tokio::test]
async fn apples_key_is_kept_and_never_shown() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    let details = json!({ "client_id": "a", "team_id": "t", "key_id": "k", "private_key": "secret", "authorize_scopes": "email name" });
    let made = create(
        &server,
        json!({ "UserPoolId": pool, "ProviderName": "SignInWithApple", "ProviderType": "SignInWithApple", "ProviderDetails": details }),
    )
    .await;
    assert_eq!(
        keys(&made["ProviderDetails"]),
        [
            "attributes_url_add_attributes",
            "authorize_scopes",
            "authorize_url",
            "client_id",
            "key_id",
            "oidc_issuer",
            "team_id",
            "token_request_method",
            "token_url"
        ]
    );
    // An update that leaves the details alone finds the key still there, or it would be refused as
    // missing.
    let mapping = json!({ "UserPoolId": pool, "ProviderName": "SignInWithApple", "AttributeMapping": { "email": "email" } });
    let changed = server.ok("UpdateIdentityProvider", mapping).await;
    assert_eq!(
        changed["IdentityProvider"]["AttributeMapping"],
        json!({ "email": "email", "username": "sub" })
    );
}

#[tokio::test]
async fn a_saml_providers_metadata_are_read() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    let made = create(
        &server,
        saml(
            &pool,
            json!({ "MetadataFile": METADATA, "IDPSignout": "true" }),
        ),
    )
    .await;
    let details = &made["ProviderDetails"];
    assert_eq!(
        details["SSORedirectBindingURI"],
        "https://idp.example.com/sso"
    );
    assert_eq!(
        details["SLORedirectBindingURI"],
        "https://idp.example.com/slo"
    );
    assert_eq!(details["MetadataFile"], METADATA);
    assert_eq!(made["AttributeMapping"], json!({}));
}

#[tokio::test]
async fn a_provider_is_found_by_its_identifiers() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    let mut input = oidc(&pool, "Partner");
    merge(
        &mut input,
        json!({ "IdpIdentifiers": ["partner", "partner.example.com"], "AcrMapping": { "Level1": "low" } }),
    );
    let made = create(&server, input).await;
    assert_eq!(
        made["IdpIdentifiers"],
        json!(["partner", "partner.example.com"])
    );
    assert_eq!(made["AcrMapping"], json!({ "Level1": "low" }));
    let by = |identifier: &str| json!({ "UserPoolId": pool, "IdpIdentifier": identifier });
    let found = server
        .ok("GetIdentityProviderByIdentifier", by("partner.example.com"))
        .await;
    assert_eq!(found["IdentityProvider"], made);

    // An update replaces the list: the old names lead nowhere and are free again.
    let change =
        json!({ "UserPoolId": pool, "ProviderName": "Partner", "IdpIdentifiers": ["other"] });
    server.ok("UpdateIdentityProvider", change).await;
    assert_eq!(
        server
            .refused("GetIdentityProviderByIdentifier", by("partner"))
            .await,
        "ResourceNotFoundException: Identity provider with the identifier partner does not exist."
    );
    let mut second = oidc(&pool, "Second");
    merge(&mut second, json!({ "IdpIdentifiers": ["partner"] }));
    create(&server, second).await;
}

#[tokio::test]
async fn identifiers_are_unique_in_the_pool() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    let with = |name: &str, identifiers: Value| {
        let mut input = oidc(&pool, name);
        merge(&mut input, json!({ "IdpIdentifiers": identifiers }));
        input
    };
    create(&server, with("First", json!(["a", "b"]))).await;
    assert_eq!(
        server
            .refused("CreateIdentityProvider", with("Second", json!(["c", "b"])))
            .await,
        "InvalidParameterException: The identifier b is already used by another identity provider of the user pool."
    );
    assert_eq!(
        server
            .refused("CreateIdentityProvider", with("Second", json!(["c", "c"])))
            .await,
        "InvalidParameterException: The identifier c is given more than once."
    );
    create(&server, with("Second", json!(["c"]))).await;
    let change = json!({ "UserPoolId": pool, "ProviderName": "Second", "IdpIdentifiers": ["a"] });
    assert_eq!(
        server.refused("UpdateIdentityProvider", change).await,
        "InvalidParameterException: The identifier a is already used by another identity provider of the user pool."
    );
}

#[tokio::test]
async fn providers_that_do_not_hold_together_are_refused() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    let other = |mut input: Value, more: Value| {
        merge(&mut input, more);
        input
    };
    let details = |mut input: Value, more: Value| {
        merge(&mut input["ProviderDetails"], more);
        input
    };
    for (input, refusal) in [
        (
            other(google(&pool), json!({ "ProviderName": "MyGoogle" })),
            "InvalidParameterException: The provider name MyGoogle cannot be used for the provider type Google.",
        ),
        (
            oidc(&pool, "Facebook"),
            "InvalidParameterException: The provider name Facebook cannot be used for the provider type OIDC.",
        ),
        (
            oidc(&pool, "COGNITO"),
            "InvalidParameterException: The provider name COGNITO cannot be used for the provider type OIDC.",
        ),
        (
            other(
                google(&pool),
                json!({ "ProviderDetails": { "client_id": "x" } }),
            ),
            "InvalidParameterException: ProviderDetails for the provider type Google must contain client_secret.",
        ),
        (
            details(oidc(&pool, "Partner"), json!({ "oidc_issuer": "" })),
            "InvalidParameterException: ProviderDetails for the provider type OIDC must contain oidc_issuer.",
        ),
        (
            details(oidc(&pool, "Partner"), json!({ "oidc_issuer": "idp" })),
            "InvalidParameterException: Invalid value for oidc_issuer in ProviderDetails: idp",
        ),
        (
            details(
                oidc(&pool, "Partner"),
                json!({ "attributes_request_method": "PUT" }),
            ),
            "InvalidParameterException: Invalid value for attributes_request_method in ProviderDetails: PUT",
        ),
        (
            saml(&pool, json!({})),
            "InvalidParameterException: ProviderDetails for the provider type SAML must contain either MetadataURL or MetadataFile.",
        ),
        (
            saml(
                &pool,
                json!({ "MetadataURL": "https://idp.example.com", "MetadataFile": METADATA }),
            ),
            "InvalidParameterException: ProviderDetails for the provider type SAML must contain either MetadataURL or MetadataFile.",
        ),
        (
            saml(&pool, json!({ "MetadataFile": "<not metadata/>" })),
            "InvalidParameterException: Invalid SAML metadata: it must describe an identity provider with a single sign-on service that is bound to HTTP-Redirect.",
        ),
        (
            saml(
                &pool,
                json!({ "MetadataURL": "https://idp.example.com", "IDPInit": "yes" }),
            ),
            "InvalidParameterException: Invalid value for IDPInit in ProviderDetails: yes",
        ),
        (
            saml(
                &pool,
                json!({ "MetadataURL": "https://idp.example.com", "RequestSigningAlgorithm": "none" }),
            ),
            "InvalidParameterException: Invalid value for RequestSigningAlgorithm in ProviderDetails: none",
        ),
        (
            other(
                google(&pool),
                json!({ "AttributeMapping": { "custom:none": "x" } }),
            ),
            "InvalidParameterException: Invalid attribute mapping: the user pool has no attribute custom:none.",
        ),
        (
            other(google(&pool), json!({ "AcrMapping": { "Level1": "low" } })),
            "InvalidParameterException: AcrMapping can only be set for OIDC identity providers.",
        ),
        (
            google("us-east-1_none"),
            "ResourceNotFoundException: User pool us-east-1_none does not exist.",
        ),
    ] {
        assert_eq!(
            server.refused("CreateIdentityProvider", input).await,
            refusal
        );
    }
    create(&server, google(&pool)).await;
    assert_eq!(
        server
            .refused("CreateIdentityProvider", google(&pool))
            .await,
        "DuplicateProviderException: A provider with the name Google already exists in the user pool."
    );
}

#[tokio::test]
async fn what_is_not_there_is_not_described_changed_or_deleted() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    for operation in [
        "DescribeIdentityProvider",
        "UpdateIdentityProvider",
        "DeleteIdentityProvider",
    ] {
        let input = json!({ "UserPoolId": pool, "ProviderName": "None" });
        assert_eq!(
            server.refused(operation, input).await,
            "ResourceNotFoundException: Identity provider None does not exist."
        );
    }
    for operation in ["UpdateIdentityProvider", "DeleteIdentityProvider"] {
        let input = json!({ "UserPoolId": pool, "ProviderName": "COGNITO" });
        assert_eq!(
            server.refused(operation, input).await,
            "UnsupportedIdentityProviderException: The provider COGNITO cannot be changed."
        );
    }
}

#[tokio::test]
async fn providers_are_listed_page_by_page() {
    let server = Server::start().await;
    let (pool, other) = (server.pool(json!({})).await, server.pool(json!({})).await);
    for name in ["First", "Second", "Third"] {
        create(&server, oidc(&pool, name)).await;
    }
    let first = server
        .ok(
            "ListIdentityProviders",
            json!({ "UserPoolId": pool, "MaxResults": 2 }),
        )
        .await;
    let names = |page: &Value| {
        let list = page["Providers"].as_array().unwrap().iter();
        list.map(|one| one["ProviderName"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(names(&first), ["First", "Second"]);
    assert_eq!(
        keys(&first["Providers"][0]),
        [
            "CreationDate",
            "LastModifiedDate",
            "ProviderName",
            "ProviderType"
        ]
    );
    let token = &first["NextToken"];
    let rest = server
        .ok(
            "ListIdentityProviders",
            json!({ "UserPoolId": pool, "MaxResults": 2, "NextToken": token }),
        )
        .await;
    assert_eq!(names(&rest), ["Third"]);
    assert_eq!(rest["NextToken"], Value::Null);
    let foreign = json!({ "UserPoolId": other, "MaxResults": 2, "NextToken": token });
    assert_eq!(
        server.refused("ListIdentityProviders", foreign).await,
        "InvalidParameterException: Invalid pagination token"
    );
}

#[tokio::test]
async fn clients_support_the_providers_that_there_are() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    let wanted = json!({ "SupportedIdentityProviders": ["COGNITO", "Google"] });
    let mut input = json!({ "UserPoolId": pool, "ClientName": "x" });
    merge(&mut input, wanted.clone());
    assert_eq!(
        server.refused("CreateUserPoolClient", input).await,
        format!(
            "InvalidParameterException: The provider Google does not exist for User Pool {pool}."
        )
    );
    create(&server, google(&pool)).await;
    let client = server.client(&pool, wanted.clone()).await;
    assert_eq!(
        client["SupportedIdentityProviders"],
        wanted["SupportedIdentityProviders"]
    );

    server
        .ok(
            "DeleteIdentityProvider",
            json!({ "UserPoolId": pool, "ProviderName": "Google" }),
        )
        .await;
    let described = server
        .ok(
            "DescribeUserPoolClient",
            json!({ "UserPoolId": pool, "ClientId": client["ClientId"] }),
        )
        .await;
    assert_eq!(
        described["UserPoolClient"]["SupportedIdentityProviders"],
        json!(["COGNITO"])
    );
}

#[tokio::test]
async fn a_pool_has_at_most_three_hundred_providers() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    for number in 0..300 {
        create(&server, oidc(&pool, &format!("Partner{number}"))).await;
    }
    server
        .refuses_as(
            "CreateIdentityProvider",
            oidc(&pool, "Partner300"),
            "ProviderTooMany",
        )
        .await;
}
