//! Attributes: who may write what, and what follows from a change.

use mocknito::store::MessageFilter;
use serde_json::{Value, json};

use crate::support::{Server, World, attribute, merge};

fn list(attributes: &[(&str, &str)]) -> Value {
    attributes
        .iter()
        .map(|(name, value)| json!({ "Name": name, "Value": value }))
        .collect()
}

/// A world whose pool has these settings and a few attributes of its own.
async fn world(server: &Server, settings: Value) -> World<'_> {
    let mut schema = json!({ "Schema": [
        { "Name": "tier", "AttributeDataType": "String", "Mutable": true, "StringAttributeConstraints": { "MinLength": "2", "MaxLength": "5" } },
        { "Name": "fixed", "AttributeDataType": "String", "Mutable": false },
        { "Name": "age", "AttributeDataType": "Number", "Mutable": true, "NumberAttributeConstraints": { "MinValue": "0", "MaxValue": "150" } },
        { "Name": "inner", "AttributeDataType": "String", "Mutable": true, "DeveloperOnlyAttribute": true },
        { "Name": "given_name", "AttributeDataType": "String", "Mutable": true, "Required": true },
    ] });
    merge(&mut schema, settings);
    let pool = server.pool(schema).await;
    let client = server.client(&pool, json!({})).await["ClientId"]
        .as_str()
        .unwrap()
        .to_owned();
    let sub = server
        .user(
            &pool,
            "alice",
            &[
                ("given_name", "Al"),
                ("email", "al@example.com"),
                ("email_verified", "true"),
            ],
        )
        .await;
    World {
        server,
        pool,
        client,
        sub,
    }
}

async fn shown(world: &World<'_>) -> Value {
    let input = json!({ "UserPoolId": world.pool, "Username": "alice" });
    world.server.ok("AdminGetUser", input).await["UserAttributes"].clone()
}

fn admin(world: &World<'_>, attributes: &[(&str, &str)]) -> Value {
    json!({ "UserPoolId": world.pool, "Username": "alice", "UserAttributes": list(attributes) })
}

/// The codes in the inbox, newest first, as (recipient, code, body).
async fn codes(server: &Server) -> Vec<(String, String, String)> {
    let filter = MessageFilter {
        kind: Some("verify_attribute".to_owned()),
        ..MessageFilter::default()
    };
    let mut read = server.app.store.read().await.unwrap();
    let messages = read.messages().list(&filter, 100).await.unwrap();
    messages
        .into_iter()
        .map(|one| (one.recipient, one.code.unwrap_or_default(), one.body))
        .collect()
}

#[tokio::test]
async fn administrators_and_users_set_and_delete_attributes_and_are_refused_in_their_own_words() {
    let server = Server::start().await;
    let world = world(&server, json!({})).await;
    let token = world.tokens().await["AccessToken"].clone();
    let user = |attributes: &[(&str, &str)]| json!({ "AccessToken": token, "UserAttributes": list(attributes) });

    server
        .ok(
            "AdminUpdateUserAttributes",
            admin(
                &world,
                &[("custom:tier", "gold"), ("dev:custom:inner", "x")],
            ),
        )
        .await;
    assert_eq!(
        server
            .ok(
                "UpdateUserAttributes",
                user(&[("custom:age", "42"), ("nickname", "al")])
            )
            .await,
        json!({})
    );
    let now = shown(&world).await;
    let expected = [
        ("sub", world.sub.as_str()),
        ("given_name", "Al"),
        ("email", "al@example.com"),
        ("email_verified", "true"),
        ("custom:tier", "gold"),
        ("dev:custom:inner", "x"),
        ("custom:age", "42"),
        ("nickname", "al"),
    ];
    assert_eq!(now, list(&expected));

    let conform = "InvalidParameterException: Attributes did not conform to the schema: ";
    let invalid = "InvalidParameterException: Invalid user attributes: ";
    for (change, by_user, by_admin) in [
        (
            ("custom:x", "1"),
            format!("{conform}custom:x: Attribute does not exist in the schema.\n"),
            format!("{invalid}user.custom:x: Attribute does not exist in the schema.\n"),
        ),
        (
            ("custom:tier", "platinum"),
            format!(
                "{conform}custom:tier: String attributes cannot have a length of more than 5\n"
            ),
            format!(
                "{invalid}user.custom:tier: String attributes cannot have a length of more than 5\n"
            ),
        ),
        (
            ("custom:age", "151"),
            format!("{conform}custom:age: Value is too large\n"),
            format!("{invalid}user.custom:age: Value is too large\n"),
        ),
        (
            ("given_name", ""),
            format!("{conform}given_name: The attribute is required\n"),
            format!("{invalid}user.given_name: The attribute is required\n"),
        ),
    ] {
        assert_eq!(
            server
                .refused("UpdateUserAttributes", user(&[change]))
                .await,
            by_user
        );
        assert_eq!(
            server
                .refused("AdminUpdateUserAttributes", admin(&world, &[change]))
                .await,
            by_admin
        );
    }
    for (change, refusal) in [
        (
            ("custom:fixed", "1"),
            "InvalidParameterException: user.custom:fixed: Attribute cannot be updated.\n",
        ),
        (
            ("sub", "1"),
            "InvalidParameterException: user.sub: Attribute cannot be updated.\n",
        ),
        (
            ("email", "nobody"),
            "InvalidParameterException: Invalid email address format.",
        ),
        (
            ("phone_number", "123"),
            "InvalidParameterException: Invalid phone number format.",
        ),
    ] {
        assert_eq!(
            server
                .refused("UpdateUserAttributes", user(&[change]))
                .await,
            refusal
        );
        assert_eq!(
            server
                .refused("AdminUpdateUserAttributes", admin(&world, &[change]))
                .await,
            refusal
        );
    }
    let unauthorized = "NotAuthorizedException: A client attempted to write unauthorized attribute";
    for name in [
        "email_verified",
        "phone_number_verified",
        "dev:custom:inner",
    ] {
        assert_eq!(
            server
                .refused("UpdateUserAttributes", user(&[(name, "true")]))
                .await,
            unauthorized
        );
        let delete = json!({ "AccessToken": token, "UserAttributeNames": [name] });
        assert_eq!(
            server.refused("DeleteUserAttributes", delete).await,
            unauthorized
        );
    }
    assert_eq!(
        server
            .refused(
                "AdminUpdateUserAttributes",
                admin(&world, &[("phone_number_verified", "true")])
            )
            .await,
        "InvalidParameterException: Phone Number is required to verify/un-verify a phone number"
    );
    let null = json!({ "UserPoolId": world.pool, "Username": "alice", "UserAttributes": [{ "Name": "picture" }] });
    assert_eq!(
        server.refused("AdminUpdateUserAttributes", null).await,
        "InvalidParameterException: Attribute value for picture must not be null"
    );
    // Nothing of what was refused was written.
    assert_eq!(shown(&world).await, now);

    for (name, refusal) in [
        (
            "given_name",
            "InvalidParameterException: Invalid user attributes: given_name: Required attribute cannot be deleted.",
        ),
        (
            "custom:foo",
            "InvalidParameterException: Invalid user attributes: user.custom:foo: Attribute does not exist in the schema.\n",
        ),
    ] {
        let input = json!({ "AccessToken": token, "UserAttributeNames": [name] });
        assert_eq!(server.refused("DeleteUserAttributes", input).await, refusal);
        let input =
            json!({ "UserPoolId": world.pool, "Username": "alice", "UserAttributeNames": [name] });
        assert_eq!(
            server.refused("AdminDeleteUserAttributes", input).await,
            refusal
        );
    }
    let input = json!({ "AccessToken": token, "UserAttributeNames": ["nickname", "custom:age"] });
    server.ok("DeleteUserAttributes", input).await;
    let input = json!({ "UserPoolId": world.pool, "Username": "alice", "UserAttributeNames": ["dev:custom:inner", "custom:tier"] });
    server.ok("AdminDeleteUserAttributes", input).await;
    assert_eq!(shown(&world).await, list(&expected[..4]));
}

#[tokio::test]
async fn a_client_writes_only_what_it_may() {
    let server = Server::start().await;
    let world = world(&server, json!({})).await;
    let client = server
        .client(
            &world.pool,
            json!({ "WriteAttributes": ["given_name", "nickname"] }),
        )
        .await;
    let token = server
        .sign_in(client["ClientId"].as_str().unwrap(), "alice")
        .await["AccessToken"]
        .clone();
    let input =
        |name: &str| json!({ "AccessToken": token, "UserAttributes": list(&[(name, "x")]) });
    server.ok("UpdateUserAttributes", input("nickname")).await;
    for name in ["profile", "custom:tier"] {
        assert_eq!(
            server.refused("UpdateUserAttributes", input(name)).await,
            "NotAuthorizedException: A client attempted to write unauthorized attribute"
        );
    }
}

#[tokio::test]
async fn a_new_address_is_unverified_and_gets_a_code_where_the_pool_verifies() {
    let server = Server::start().await;
    let settings = json!({
        "AutoVerifiedAttributes": ["email"],
        "VerificationMessageTemplate": { "EmailMessage": "{username}: {####}", "EmailSubject": "Code" },
    });
    let world = world(&server, settings).await;
    let token = world.tokens().await["AccessToken"].clone();
    let change =
        |email: &str| json!({ "AccessToken": token, "UserAttributes": list(&[("email", email)]) });
    let details = json!({ "CodeDeliveryDetailsList": [{ "Destination": "n***@e***", "DeliveryMedium": "EMAIL", "AttributeName": "email" }] });
    assert_eq!(
        server
            .ok("UpdateUserAttributes", change("new@example.com"))
            .await,
        details
    );
    let sent = codes(&server).await;
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].0, "new@example.com");
    assert_eq!(sent[0].2, format!("alice: {}", sent[0].1));
    assert_eq!(sent[0].1.len(), 6);
    assert_eq!(
        attribute(&shown(&world).await, "email_verified").unwrap(),
        "false"
    );

    // The same value again sends nothing; nor does one that the administrator calls verified.
    assert_eq!(
        server
            .ok("UpdateUserAttributes", change("new@example.com"))
            .await,
        json!({})
    );
    let verified = admin(
        &world,
        &[("email", "third@example.com"), ("email_verified", "true")],
    );
    server.ok("AdminUpdateUserAttributes", verified).await;
    assert_eq!(codes(&server).await.len(), 1);
    assert_eq!(
        attribute(&shown(&world).await, "email_verified").unwrap(),
        "true"
    );
    // The code for the address before went with it.
    let mut read = server.app.store.read().await.unwrap();
    assert!(
        read.sessions()
            .find_code(&world.sub, "verify:email")
            .await
            .unwrap()
            .is_none()
    );
    drop(read);

    server
        .ok(
            "AdminUpdateUserAttributes",
            admin(&world, &[("email", "fourth@example.com")]),
        )
        .await;
    assert_eq!(codes(&server).await.len(), 2);
    assert_eq!(
        attribute(&shown(&world).await, "email_verified").unwrap(),
        "false"
    );
}

#[tokio::test]
async fn a_pool_can_keep_the_old_address_until_the_new_one_is_verified() {
    let server = Server::start().await;
    let settings = json!({
        "AutoVerifiedAttributes": ["email"],
        "UserAttributeUpdateSettings": { "AttributesRequireVerificationBeforeUpdate": ["email"] },
    });
    let world = world(&server, settings).await;
    let token = world.tokens().await["AccessToken"].clone();
    let before = shown(&world).await;
    let change =
        json!({ "AccessToken": token, "UserAttributes": list(&[("email", "new@example.com")]) });
    let answer = server.ok("UpdateUserAttributes", change).await;
    assert_eq!(
        answer["CodeDeliveryDetailsList"][0]["Destination"],
        "n***@e***"
    );
    assert_eq!(shown(&world).await, before);
    let mut read = server.app.store.read().await.unwrap();
    let code = read
        .sessions()
        .find_code(&world.sub, "verify:email")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(code.value.as_deref(), Some("new@example.com"));
    assert_eq!(
        code.expires_at,
        code.created_at.plus(std::time::Duration::from_secs(86_400))
    );
}
