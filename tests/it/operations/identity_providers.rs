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
    <SingleLogoutService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
      Location="https://idp.example.com/slo"/>
    <SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
      Location="https://idp.example.com/sso"/>
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
            "LastModifiedDate": 1_767_225_600,
            "CreationDate": 1_767_225_600,
        })
    );
    let name = json!({ "UserPoolId": pool, "ProviderName": "Google" });
    let described = server.ok("DescribeIdentityProvider", name).await;
    let mut expected = made;
    merge(&mut expected, json!({ "IdpIdentifiers": [] }));
    assert_eq!(described["IdentityProvider"], expected);
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
async fn identifiers_are_answered_to_a_change_that_names_them_and_always_described() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    let mut input = oidc(&pool, "Partner");
    merge(&mut input, json!({ "IdpIdentifiers": ["partner"] }));
    assert_eq!(
        create(&server, input).await["IdpIdentifiers"],
        json!(["partner"])
    );
    let named = json!({ "UserPoolId": pool, "ProviderName": "Partner" });
    let change = |more: Value| {
        let mut input = named.clone();
        merge(&mut input, more);
        server.ok("UpdateIdentityProvider", input)
    };
    let silent = change(json!({ "AttributeMapping": { "email": "mail" } })).await;
    assert_eq!(silent["IdentityProvider"].get("IdpIdentifiers"), None);
    let described = server.ok("DescribeIdentityProvider", named.clone()).await;
    assert_eq!(
        described["IdentityProvider"]["IdpIdentifiers"],
        json!(["partner"])
    );
    let cleared = change(json!({ "IdpIdentifiers": [] })).await;
    assert_eq!(cleared["IdentityProvider"]["IdpIdentifiers"], json!([]));
}

#[tokio::test]
async fn an_empty_mapping_clears_the_mapping() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    create(&server, google(&pool)).await;
    let named = json!({ "UserPoolId": pool, "ProviderName": "Google" });
    let mut clear = named.clone();
    merge(&mut clear, json!({ "AttributeMapping": {} }));
    let cleared = server.ok("UpdateIdentityProvider", clear).await;
    assert_eq!(cleared["IdentityProvider"]["AttributeMapping"], json!({}));
    // It stays so when an update leaves it out.
    let kept = server.ok("UpdateIdentityProvider", named).await;
    assert_eq!(kept["IdentityProvider"]["AttributeMapping"], json!({}));
    let mut made = oidc(&pool, "Partner");
    merge(&mut made, json!({ "AttributeMapping": {} }));
    assert_eq!(create(&server, made).await["AttributeMapping"], json!({}));
}

#[tokio::test]
async fn a_mapping_names_attributes_of_the_pool() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    let mut input = google(&pool);
    merge(
        &mut input,
        json!({ "AttributeMapping": { "custom:foo": "foo", "identities": "x", "name": "name" } }),
    );
    assert_eq!(
        server.refused("CreateIdentityProvider", input).await,
        "InvalidParameterException: AttributeMapping contains invalid mapping: [custom:foo, identities]"
    );
}

#[tokio::test]
async fn each_type_knows_its_own_details() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    let with = |mut input: Value, key: &str| {
        input["ProviderDetails"][key] = json!("x");
        input
    };
    let by_url = json!({ "MetadataURL": "https://idp.example.com/metadata" });
    for (input, key, kind) in [
        (saml(&pool, by_url.clone()), "attributes_url", "SAML"),
        (saml(&pool, by_url), "ActiveEncryptionCertificate", "SAML"),
        (google(&pool), "jwks_uri", "Google"),
        (oidc(&pool, "Partner"), "team_id", "OIDC"),
    ] {
        assert_eq!(
            server
                .refused("CreateIdentityProvider", with(input, key))
                .await,
            format!(
                "InvalidParameterException: {key} is not a valid key for {kind} identity provider details."
            )
        );
    }
}

#[tokio::test]
async fn what_is_described_can_be_sent_back_but_for_the_certificate() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    create(&server, google(&pool)).await;
    create(&server, oidc(&pool, "Partner")).await;
    create(&server, saml(&pool, json!({ "MetadataFile": METADATA }))).await;
    let apple = json!({ "client_id": "a", "team_id": "t", "key_id": "k", "private_key": "secret", "authorize_scopes": "email name" });
    create(
        &server,
        json!({ "UserPoolId": pool, "ProviderName": "SignInWithApple", "ProviderType": "SignInWithApple", "ProviderDetails": apple }),
    )
    .await;
    for name in ["Google", "Partner", "Corp", "SignInWithApple"] {
        let named = json!({ "UserPoolId": pool, "ProviderName": name });
        let described =
            server.ok("DescribeIdentityProvider", named.clone()).await["IdentityProvider"].clone();
        let mut details = described["ProviderDetails"].clone();
        let certificate = details
            .as_object_mut()
            .unwrap()
            .remove("ActiveEncryptionCertificate");
        assert_eq!(certificate.is_some(), name == "Corp");
        let mut back = named.clone();
        merge(&mut back, json!({ "ProviderDetails": details }));
        server.ok("UpdateIdentityProvider", back).await;
        let again = server.ok("DescribeIdentityProvider", named).await;
        assert_eq!(again["IdentityProvider"], described, "{name}");
    }
}

#[tokio::test]
async fn a_saml_provider_is_described_with_its_certificate_and_whether_it_encrypts() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    let no_logout: String = METADATA
        .lines()
        .filter(|line| !line.contains("SingleLogoutService") && !line.contains("/slo"))
        .collect();
    let input = saml(&pool, json!({ "MetadataFile": no_logout }));
    create(&server, input).await;
    let named = json!({ "UserPoolId": pool, "ProviderName": "Corp" });
    let described = server.ok("DescribeIdentityProvider", named).await;
    let details = &described["IdentityProvider"]["ProviderDetails"];
    assert_eq!(
        keys(details),
        [
            "ActiveEncryptionCertificate",
            "EncryptedResponses",
            "MetadataFile",
            "SSORedirectBindingURI"
        ]
    );
    assert_eq!(details["EncryptedResponses"], "false");
    assert!(
        details["ActiveEncryptionCertificate"]
            .as_str()
            .is_some_and(|certificate| certificate.starts_with("MII"))
    );
}

#[tokio::test]
async fn the_first_provider_brings_identities_into_the_schema() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    let schema = async || {
        let described = server
            .ok("DescribeUserPool", json!({ "UserPoolId": pool }))
            .await;
        let schema = described["UserPool"]["SchemaAttributes"].clone();
        schema.as_array().unwrap().clone()
    };
    let before = schema().await;
    create(&server, google(&pool)).await;
    let after = schema().await;
    assert_eq!(after.len(), before.len() + 1);
    assert_eq!(
        after.last().unwrap(),
        &json!({
            "Name": "identities",
            "AttributeDataType": "String",
            "DeveloperOnlyAttribute": false,
            "Mutable": true,
            "Required": false,
            "StringAttributeConstraints": {},
        })
    );
    create(&server, oidc(&pool, "Second")).await;
    assert_eq!(schema().await, after);
}

#[tokio::test]
async fn a_type_that_there_is_not_is_answered_with_those_that_there_are() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    let mut input = google(&pool);
    merge(&mut input, json!({ "ProviderType": "GitHub" }));
    assert_eq!(
        server.refused("CreateIdentityProvider", input).await,
        "InvalidParameterException: 1 validation error detected: Value 'GitHub' at 'providerType' failed to satisfy constraint: Member must satisfy enum value set: [Facebook, SAML, SignInWithApple, LoginWithAmazon, OIDC, Google]"
    );
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
            "InvalidParameterException: AttributeMapping contains invalid mapping: [custom:none]",
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
        format!("DuplicateProviderException: Google already exists for tenant {pool}.")
    );
}

#[tokio::test]
async fn what_is_not_there_is_not_described_changed_or_deleted() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    let none = json!({ "UserPoolId": pool, "ProviderName": "None" });
    assert_eq!(
        server
            .refused("DescribeIdentityProvider", none.clone())
            .await,
        format!(
            "ResourceNotFoundException: Identity provider None for tenantId {pool} does not exist."
        )
    );
    for operation in ["UpdateIdentityProvider", "DeleteIdentityProvider"] {
        assert_eq!(
            server.refused(operation, none.clone()).await,
            format!(
                "ResourceNotFoundException: Identity provider None in User Pool {pool} does not exist."
            )
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
