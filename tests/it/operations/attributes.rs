//! Attributes set and deleted by administrators and users: the schema's bounds, who may write what,
//! and what a change does to a verification.

use std::time::Duration;

use mocknito::store::CodePurpose;
use mocknito::wire::user_pools::VerifiedAttributeType;
use serde_json::{Value, json};

use crate::support::{
    Server, World, attribute, attribute_list, claims, each, keys, text, with_password,
};

fn by_admin(pool: &str, name: &str, attributes: &[(&str, &str)]) -> Value {
    json!({ "UserPoolId": pool, "Username": name, "UserAttributes": attribute_list(attributes) })
}

fn by_user(token: &Value, attributes: &[(&str, &str)]) -> Value {
    json!({ "AccessToken": token, "UserAttributes": attribute_list(attributes) })
}

async fn value(server: &Server, pool: &str, user: &str, name: &str) -> Option<String> {
    let described = server.described_user(pool, user).await;
    attribute(&described["UserAttributes"], name)
}

/// A pool with these settings, a client and alice with these attributes; and her access token.
async fn alice<'s>(
    server: &'s Server,
    settings: Value,
    attributes: &[(&str, &str)],
) -> (World<'s>, Value) {
    let pool = server.pool(settings).await;
    let client = server.client_id(&pool, json!({})).await;
    let sub = server.user(&pool, "alice", attributes).await;
    let token = server.sign_in(&client, "alice").await["AccessToken"].clone();
    let world = World {
        server,
        pool,
        client,
        sub,
    };
    (world, token)
}

#[tokio::test]
async fn attributes_are_set_changed_and_deleted_by_both() {
    let server = Server::start().await;
    let (world, token) = alice(
        &server,
        json!({ "Schema": [{ "Name": "x", "AttributeDataType": "String" }] }),
        &[],
    )
    .await;
    assert_eq!(
        server
            .ok(
                "AdminUpdateUserAttributes",
                by_admin(&world.pool, "alice", &[("name", "A"), ("custom:x", "1")])
            )
            .await,
        json!({})
    );
    let answer = server
        .ok(
            "UpdateUserAttributes",
            by_user(&token, &[("name", "B"), ("nickname", "al")]),
        )
        .await;
    // Nothing was sent, so nothing is told of a delivery.
    assert!(
        answer
            .get("CodeDeliveryDetailsList")
            .is_none_or(|list| *list == json!([]))
    );
    let described = server.described_user(&world.pool, "alice").await;
    assert_eq!(
        described["UserAttributes"],
        attribute_list(&[
            ("sub", &world.sub),
            ("name", "B"),
            ("custom:x", "1"),
            ("nickname", "al")
        ])
    );
    let delete = json!({ "AccessToken": token, "UserAttributeNames": ["nickname"] });
    assert_eq!(server.ok("DeleteUserAttributes", delete).await, json!({}));
    let delete = json!({ "UserPoolId": world.pool, "Username": "alice", "UserAttributeNames": ["custom:x", "picture"] });
    assert_eq!(
        server.ok("AdminDeleteUserAttributes", delete).await,
        json!({})
    );
    // An empty value clears.
    server
        .ok("UpdateUserAttributes", by_user(&token, &[("name", "")]))
        .await;
    let described = server.described_user(&world.pool, "alice").await;
    assert_eq!(each(&described["UserAttributes"], "Name"), ["sub"]);
}

#[tokio::test]
async fn what_the_schema_does_not_have_is_refused_in_each_operations_words() {
    let server = Server::start().await;
    let (world, token) = alice(
        &server,
        json!({ "Schema": [{ "Name": "x", "AttributeDataType": "String" }] }),
        &[],
    )
    .await;
    let refused = "InvalidParameterException: ";
    for name in ["custom:y", "x", "nothing"] {
        server
            .refuses(
                "UpdateUserAttributes",
                by_user(&token, &[(name, "1")]),
                &format!("{refused}Attributes did not conform to the schema: {name}: Attribute does not exist in the schema.\n"),
            )
            .await;
        server
            .refuses(
                "AdminUpdateUserAttributes",
                by_admin(&world.pool, "alice", &[(name, "1")]),
                &format!("{refused}Invalid user attributes: user.{name}: Attribute does not exist in the schema.\n"),
            )
            .await;
        let expected = format!(
            "{refused}Invalid user attributes: user.{name}: Attribute does not exist in the schema.\n"
        );
        let delete = json!({ "AccessToken": token, "UserAttributeNames": [name] });
        server
            .refuses("DeleteUserAttributes", delete, &expected)
            .await;
        let delete =
            json!({ "UserPoolId": world.pool, "Username": "alice", "UserAttributeNames": [name] });
        server
            .refuses("AdminDeleteUserAttributes", delete, &expected)
            .await;
    }
    // A deletion names all that are unknown.
    let delete = json!({ "UserPoolId": world.pool, "Username": "alice", "UserAttributeNames": ["one", "email", "two"] });
    server
        .refuses(
            "AdminDeleteUserAttributes",
            delete,
            &format!(
                "{refused}Invalid user attributes: user.one: Attribute does not exist in the schema.\nuser.two: Attribute does not exist in the schema.\n"
            ),
        )
        .await;
}

#[tokio::test]
async fn values_stay_within_the_types_and_bounds_of_their_attributes() {
    let server = Server::start().await;
    let settings = json!({ "Schema": [
        { "Name": "s", "AttributeDataType": "String", "StringAttributeConstraints": { "MinLength": "2", "MaxLength": "5" } },
        { "Name": "n", "AttributeDataType": "Number", "NumberAttributeConstraints": { "MinValue": "-3", "MaxValue": "10" } },
        { "Name": "b", "AttributeDataType": "Boolean" },
        { "Name": "d", "AttributeDataType": "DateTime" },
    ] });
    let (world, token) = alice(&server, settings, &[]).await;
    for (name, good, bad) in [
        (
            "custom:s",
            vec!["ab", "abcde", "äöüßé"],
            vec!["a", "abcdef"],
        ),
        (
            "custom:n",
            vec!["-3", "0", "10", "007"],
            vec![
                "-4",
                "11",
                "1.5",
                "ten",
                "1e1",
                " 1",
                "99999999999999999999",
            ],
        ),
        ("custom:b", vec!["true", "FALSE"], vec!["yes", "1"]),
        (
            "custom:d",
            vec!["2026-01-01", "2026-01-01T00:00:00Z"],
            vec!["yesterday"],
        ),
        (
            "birthdate",
            vec!["2000-01-01", "01/01/2000"],
            vec!["2000-1-1", "2000-01-010"],
        ),
        ("updated_at", vec!["0", "1700000000"], vec!["-1", "now"]),
        (
            "email",
            vec!["a@b.co", "a+b@sub.example.com"],
            vec!["a", "a@", "@b", "a b@c.de", "a@b@c"],
        ),
        (
            "phone_number",
            vec!["+1", "+123456789012345"],
            vec!["123", "+", "+1234567890123456", "+1 206", "+1-206"],
        ),
        ("email_verified", vec![], vec!["maybe"]),
    ] {
        for good in good {
            server
                .ok("UpdateUserAttributes", by_user(&token, &[(name, good)]))
                .await;
            server
                .ok(
                    "AdminUpdateUserAttributes",
                    by_admin(&world.pool, "alice", &[(name, good)]),
                )
                .await;
        }
        for bad in bad {
            let input = by_admin(&world.pool, "alice", &[(name, bad)]);
            server
                .refuses_with(
                    "AdminUpdateUserAttributes",
                    input,
                    "InvalidParameterException",
                )
                .await;
            if name != "email_verified" {
                let input = by_user(&token, &[(name, bad)]);
                server
                    .refuses_with("UpdateUserAttributes", input, "InvalidParameterException")
                    .await;
            }
        }
    }
    assert_eq!(
        value(&server, &world.pool, "alice", "custom:b")
            .await
            .unwrap(),
        "false"
    );
    server
        .refuses(
            "UpdateUserAttributes",
            by_user(&token, &[("custom:s", "abcdef")]),
            "InvalidParameterException: Attributes did not conform to the schema: custom:s: String attributes cannot have a length of more than 5\n",
        )
        .await;
    server
        .refuses(
            "UpdateUserAttributes",
            by_user(&token, &[("email", "a")]),
            "InvalidParameterException: Invalid email address format.",
        )
        .await;
    server
        .refuses(
            "AdminUpdateUserAttributes",
            by_admin(&world.pool, "alice", &[("phone_number", "1")]),
            "InvalidParameterException: Invalid phone number format.",
        )
        .await;
    let long = "x".repeat(2_049);
    let answer = server
        .refused("UpdateUserAttributes", by_user(&token, &[("name", &long)]))
        .await;
    assert!(
        answer.contains("Member must have length less than or equal to 2048"),
        "{answer}"
    );
    assert!(!answer.contains(&long));
}

#[tokio::test]
async fn of_several_attributes_all_are_written_or_none() {
    let server = Server::start().await;
    let (world, token) = alice(&server, json!({}), &[]).await;
    for bad in [("custom:x", "1"), ("email", "a"), ("sub", "x")] {
        server
            .refuses_with(
                "UpdateUserAttributes",
                by_user(&token, &[("name", "A"), bad]),
                "InvalidParameterException",
            )
            .await;
        server
            .refuses_with(
                "AdminUpdateUserAttributes",
                by_admin(&world.pool, "alice", &[("name", "A"), bad]),
                "InvalidParameterException",
            )
            .await;
    }
    assert_eq!(value(&server, &world.pool, "alice", "name").await, None);
}

#[tokio::test]
async fn an_immutable_attribute_is_set_at_creation_and_never_after() {
    let server = Server::start().await;
    let settings =
        json!({ "Schema": [{ "Name": "x", "Mutable": false, "AttributeDataType": "String" }] });
    let (world, token) = alice(&server, settings, &[("custom:x", "1")]).await;
    let refused = "InvalidParameterException: user.custom:x: Attribute cannot be updated.\n";
    server
        .refuses(
            "AdminUpdateUserAttributes",
            by_admin(&world.pool, "alice", &[("custom:x", "2")]),
            refused,
        )
        .await;
    server
        .refuses(
            "UpdateUserAttributes",
            by_user(&token, &[("custom:x", "2")]),
            refused,
        )
        .await;
    for (operation, input) in [
        (
            "DeleteUserAttributes",
            json!({ "AccessToken": token, "UserAttributeNames": ["custom:x"] }),
        ),
        (
            "AdminDeleteUserAttributes",
            json!({ "UserPoolId": world.pool, "Username": "alice", "UserAttributeNames": ["custom:x"] }),
        ),
    ] {
        server
            .refuses_with(operation, input, "InvalidParameterException")
            .await;
    }
    assert_eq!(
        value(&server, &world.pool, "alice", "custom:x")
            .await
            .unwrap(),
        "1"
    );
}

#[tokio::test]
async fn nobody_changes_a_sub() {
    let server = Server::start().await;
    let (world, token) = alice(&server, json!({}), &[]).await;
    let refused = "InvalidParameterException: user.sub: Attribute cannot be updated.\n";
    server
        .refuses(
            "AdminUpdateUserAttributes",
            by_admin(&world.pool, "alice", &[("sub", "x")]),
            refused,
        )
        .await;
    server
        .refuses(
            "UpdateUserAttributes",
            by_user(&token, &[("sub", "x")]),
            refused,
        )
        .await;
    let delete =
        json!({ "UserPoolId": world.pool, "Username": "alice", "UserAttributeNames": ["sub"] });
    server
        .refuses_with(
            "AdminDeleteUserAttributes",
            delete,
            "InvalidParameterException",
        )
        .await;
    assert_eq!(server.sub_of(&world.pool, "alice").await, world.sub);
}

#[tokio::test]
async fn a_required_attribute_can_be_neither_deleted_nor_cleared() {
    let server = Server::start().await;
    let settings = json!({ "Schema": [{ "Name": "phone_number", "Required": true }] });
    let (world, token) = alice(&server, settings, &[("phone_number", "+1206")]).await;
    let refused = "InvalidParameterException: Invalid user attributes: phone_number: Required attribute cannot be deleted.";
    let delete = json!({ "AccessToken": token, "UserAttributeNames": ["phone_number"] });
    server
        .refuses("DeleteUserAttributes", delete, refused)
        .await;
    let delete = json!({ "UserPoolId": world.pool, "Username": "alice", "UserAttributeNames": ["phone_number"] });
    server
        .refuses("AdminDeleteUserAttributes", delete, refused)
        .await;
    server
        .refuses(
            "UpdateUserAttributes",
            by_user(&token, &[("phone_number", "")]),
            "InvalidParameterException: Attributes did not conform to the schema: phone_number: The attribute is required\n",
        )
        .await;
    server
        .refuses(
            "AdminUpdateUserAttributes",
            by_admin(&world.pool, "alice", &[("phone_number", "")]),
            "InvalidParameterException: Invalid user attributes: user.phone_number: The attribute is required\n",
        )
        .await;
    assert!(
        value(&server, &world.pool, "alice", "phone_number")
            .await
            .is_some()
    );
}

#[tokio::test]
async fn a_null_value_is_refused_by_name() {
    let server = Server::start().await;
    let (world, token) = alice(&server, json!({}), &[]).await;
    let without = json!([{ "Name": "picture", "Value": null }]);
    let refused = "InvalidParameterException: Attribute value for picture must not be null";
    let input = json!({ "AccessToken": token, "UserAttributes": without });
    server.refuses("UpdateUserAttributes", input, refused).await;
    let input = json!({ "UserPoolId": world.pool, "Username": "alice", "UserAttributes": without });
    server
        .refuses("AdminUpdateUserAttributes", input, refused)
        .await;
}

#[tokio::test]
async fn a_client_writes_only_what_it_may_and_users_never_their_own_verification() {
    let server = Server::start().await;
    let settings = json!({ "Schema": [{ "Name": "x", "DeveloperOnlyAttribute": true, "AttributeDataType": "String" }, { "Name": "y", "AttributeDataType": "String" }] });
    let (world, token) = alice(&server, settings, &[("email", "a@example.com")]).await;
    let refused = "NotAuthorizedException: A client attempted to write unauthorized attribute";
    for (name, value) in [
        ("email_verified", "true"),
        ("phone_number_verified", "true"),
        ("dev:custom:x", "1"),
    ] {
        server
            .refuses(
                "UpdateUserAttributes",
                by_user(&token, &[(name, value)]),
                refused,
            )
            .await;
        let delete = json!({ "AccessToken": token, "UserAttributeNames": [name] });
        server
            .refuses("DeleteUserAttributes", delete, refused)
            .await;
    }
    let narrow = server
        .client_id(&world.pool, json!({ "WriteAttributes": ["name"] }))
        .await;
    let narrow = server.sign_in(&narrow, "alice").await["AccessToken"].clone();
    server
        .ok("UpdateUserAttributes", by_user(&narrow, &[("name", "A")]))
        .await;
    for name in ["nickname", "custom:y"] {
        server
            .refuses(
                "UpdateUserAttributes",
                by_user(&narrow, &[("name", "B"), (name, "b")]),
                refused,
            )
            .await;
    }
    let delete = json!({ "AccessToken": narrow, "UserAttributeNames": ["email"] });
    server
        .refuses("DeleteUserAttributes", delete, refused)
        .await;
    assert_eq!(
        value(&server, &world.pool, "alice", "name").await.unwrap(),
        "A"
    );
    // The administrator may.
    server
        .ok(
            "AdminUpdateUserAttributes",
            by_admin(
                &world.pool,
                "alice",
                &[("email_verified", "True"), ("dev:custom:x", "1")],
            ),
        )
        .await;
    assert_eq!(
        value(&server, &world.pool, "alice", "email_verified")
            .await
            .unwrap(),
        "true"
    );
}

#[tokio::test]
async fn a_verification_needs_what_it_verifies() {
    let server = Server::start().await;
    let (world, _) = alice(&server, json!({}), &[]).await;
    for (flag, message) in [
        (
            "email_verified",
            "Email is required to verify/un-verify an email",
        ),
        (
            "phone_number_verified",
            "Phone Number is required to verify/un-verify a phone number",
        ),
    ] {
        server
            .refuses(
                "AdminUpdateUserAttributes",
                by_admin(&world.pool, "alice", &[(flag, "true")]),
                &format!("InvalidParameterException: {message}"),
            )
            .await;
    }
}

#[tokio::test]
async fn a_new_address_is_unverified_until_said_otherwise() {
    let server = Server::start().await;
    let verified = [("email", "a@example.com"), ("email_verified", "true")];
    let (world, token) = alice(&server, json!({}), &verified).await;
    let flag = async || {
        value(&server, &world.pool, "alice", "email_verified")
            .await
            .unwrap()
    };
    // The same value again changes nothing.
    server
        .ok("UpdateUserAttributes", by_user(&token, &verified[..1]))
        .await;
    assert_eq!(flag().await, "true");
    server
        .ok(
            "UpdateUserAttributes",
            by_user(&token, &[("email", "b@example.com")]),
        )
        .await;
    assert_eq!(flag().await, "false");
    server
        .ok(
            "AdminUpdateUserAttributes",
            by_admin(
                &world.pool,
                "alice",
                &[("email", "c@example.com"), ("email_verified", "true")],
            ),
        )
        .await;
    assert_eq!(flag().await, "true");
    server
        .ok(
            "AdminUpdateUserAttributes",
            by_admin(&world.pool, "alice", &[("email", "d@example.com")]),
        )
        .await;
    assert_eq!(flag().await, "false");
    // The pool verifies nothing by itself, so nothing was sent.
    assert!(server.inbox("").await.is_empty());
}

#[tokio::test]
async fn a_code_goes_to_the_new_address_where_the_pool_verifies_it() {
    let server = Server::start().await;
    let settings = json!({ "AutoVerifiedAttributes": ["email"] });
    let (world, token) = alice(&server, settings, &[("email", "a@example.com")]).await;
    let answer = server
        .ok(
            "UpdateUserAttributes",
            by_user(&token, &[("email", "fixture@example.com"), ("name", "A")]),
        )
        .await;
    assert_eq!(
        answer,
        json!({ "CodeDeliveryDetailsList": [
            { "Destination": "f***@e***", "DeliveryMedium": "EMAIL", "AttributeName": "email" }
        ] })
    );
    let sent = server.inbox("to=fixture@example.com").await;
    assert_eq!(sent.len(), 1);
    let code = text(&sent[0]["code"]);
    assert_eq!(code.len(), 6);
    assert!(code.bytes().all(|b| b.is_ascii_digit()));
    assert_eq!(sent[0]["body"], format!("Your confirmation code is {code}"));
    assert_eq!(sent[0]["subject"], "Your verification code");
    // The same again: nothing new to verify.
    server
        .ok(
            "UpdateUserAttributes",
            by_user(&token, &[("email", "fixture@example.com")]),
        )
        .await;
    assert_eq!(server.inbox("").await.len(), 1);
    // An administrator's change sends, too, unless it verifies.
    server
        .ok(
            "AdminUpdateUserAttributes",
            by_admin(&world.pool, "alice", &[("email", "admin@example.com")]),
        )
        .await;
    assert_eq!(server.inbox("to=admin@example.com").await.len(), 1);
    let verified = [("email", "v@example.com"), ("email_verified", "true")];
    server
        .ok(
            "AdminUpdateUserAttributes",
            by_admin(&world.pool, "alice", &verified),
        )
        .await;
    assert!(server.inbox("to=v@example.com").await.is_empty());
}

#[tokio::test]
async fn a_code_is_kept_a_day_and_goes_with_the_address_it_was_for() {
    let server = Server::start().await;
    let settings = json!({
        "AutoVerifiedAttributes": ["email"],
        "VerificationMessageTemplate": { "EmailMessage": "{username}: {####}", "EmailSubject": "Code" },
    });
    let (world, token) = alice(&server, settings, &[("email", "a@example.com")]).await;
    let kept = async || {
        let mut read = server.app.store.read().await.unwrap();
        read.codes()
            .find(
                &world.sub,
                CodePurpose::Verify(VerifiedAttributeType::Email),
            )
            .await
            .unwrap()
    };
    let change = by_user(&token, &[("email", "b@example.com")]);
    server.ok("UpdateUserAttributes", change).await;
    let message = server.inbox("to=b@example.com").await.remove(0);
    let code = kept().await.unwrap();
    assert_eq!(message["body"], format!("alice: {}", code.code));
    assert_eq!(message["subject"], "Code");
    assert_eq!(
        code.expires_at,
        code.created_at.plus(Duration::from_secs(86_400))
    );
    let verified = [("email", "c@example.com"), ("email_verified", "true")];
    server
        .ok(
            "AdminUpdateUserAttributes",
            by_admin(&world.pool, "alice", &verified),
        )
        .await;
    assert!(kept().await.is_none());
}

#[tokio::test]
async fn an_unverified_new_address_waits_where_the_pool_says_so() {
    let server = Server::start().await;
    let settings = json!({
        "UsernameAttributes": ["email"],
        "AutoVerifiedAttributes": ["email"],
        "UserAttributeUpdateSettings": { "AttributesRequireVerificationBeforeUpdate": ["email"] },
    });
    let pool = server.pool(settings).await;
    let client = server.client_id(&pool, json!({})).await;
    let sub = server
        .user(
            &pool,
            "old@example.com",
            &[("email", "old@example.com"), ("email_verified", "true")],
        )
        .await;
    server.user(&pool, "taken@example.com", &[]).await;
    let token = server.sign_in(&client, "old@example.com").await["AccessToken"].clone();
    let answer = server
        .ok(
            "UpdateUserAttributes",
            by_user(&token, &[("email", "new@example.com")]),
        )
        .await;
    assert_eq!(keys(&answer), ["CodeDeliveryDetailsList"]);
    assert_eq!(server.inbox("to=new@example.com").await.len(), 1);
    assert_eq!(
        value(&server, &pool, &sub, "email").await.unwrap(),
        "old@example.com"
    );
    assert_eq!(
        value(&server, &pool, &sub, "email_verified").await.unwrap(),
        "true"
    );
    server.sign_in(&client, "old@example.com").await;
    server
        .refuses_with(
            "InitiateAuth",
            with_password(&client, "new@example.com", crate::support::PASSWORD),
            "UserNotFoundException",
        )
        .await;
    server
        .refuses_with(
            "UpdateUserAttributes",
            by_user(&token, &[("email", "taken@example.com")]),
            "AliasExistsException",
        )
        .await;
    // With the administrator's word for it, it counts at once.
    server
        .ok(
            "AdminUpdateUserAttributes",
            by_admin(
                &pool,
                &sub,
                &[("email", "sure@example.com"), ("email_verified", "true")],
            ),
        )
        .await;
    server.sign_in(&client, "sure@example.com").await;
}

#[tokio::test]
async fn a_name_that_somebody_signs_in_by_cannot_be_taken() {
    let server = Server::start().await;
    let taken = "AliasExistsException: An account with the given email already exists.";

    let (world, token) = alice(
        &server,
        json!({ "AliasAttributes": ["email", "preferred_username"] }),
        &[],
    )
    .await;
    let owner = [
        ("email", "o@example.com"),
        ("email_verified", "true"),
        ("preferred_username", "boss"),
    ];
    server.user(&world.pool, "owner", &owner).await;
    server
        .refuses(
            "AdminUpdateUserAttributes",
            by_admin(&world.pool, "alice", &owner[..2]),
            taken,
        )
        .await;
    // Unverified, the address is no alias yet.
    server
        .ok("UpdateUserAttributes", by_user(&token, &owner[..1]))
        .await;
    server
        .refuses(
            "AdminUpdateUserAttributes",
            by_admin(&world.pool, "alice", &[("email_verified", "true")]),
            taken,
        )
        .await;
    server
        .refuses_with(
            "UpdateUserAttributes",
            by_user(&token, &[("preferred_username", "boss")]),
            "AliasExistsException",
        )
        .await;
    assert_eq!(
        server.described_user(&world.pool, "o@example.com").await["Username"],
        "owner"
    );
    assert_eq!(
        server.described_user(&world.pool, "boss").await["Username"],
        "owner"
    );

    let pool = server
        .pool(json!({ "UsernameAttributes": ["email"] }))
        .await;
    let client = server.client_id(&pool, json!({})).await;
    server.user(&pool, "one@example.com", &[]).await;
    server.user(&pool, "two@example.com", &[]).await;
    let token = server.sign_in(&client, "one@example.com").await["AccessToken"].clone();
    server
        .refuses(
            "UpdateUserAttributes",
            by_user(&token, &[("email", "two@example.com")]),
            taken,
        )
        .await;
    server.sign_in(&client, "one@example.com").await;
    // Changing the address changes the name to sign in by; the old one is free.
    server
        .ok(
            "UpdateUserAttributes",
            by_user(&token, &[("email", "three@example.com")]),
        )
        .await;
    server.sign_in(&client, "three@example.com").await;
    server.user(&pool, "one@example.com", &[]).await;
}

#[tokio::test]
async fn an_alias_signs_in_as_long_as_it_is_verified() {
    let server = Server::start().await;
    let settings = json!({ "AliasAttributes": ["email", "phone_number", "preferred_username"] });
    let (world, token) = alice(&server, settings, &[("email", "a@example.com")]).await;
    let attempt = async |name: &str| {
        let input = with_password(&world.client, name, crate::support::PASSWORD);
        server.call("InitiateAuth", input).await.status.is_success()
    };
    assert!(!attempt("a@example.com").await);
    let verify = by_admin(&world.pool, "alice", &[("email_verified", "true")]);
    server.ok("AdminUpdateUserAttributes", verify).await;
    assert!(attempt("a@example.com").await);
    let change = by_user(&token, &[("email", "b@example.com")]);
    server.ok("UpdateUserAttributes", change).await;
    assert!(!attempt("a@example.com").await);
    assert!(!attempt("b@example.com").await);
    // A preferred name needs no verification.
    let choose = by_user(&token, &[("preferred_username", "ally")]);
    server.ok("UpdateUserAttributes", choose).await;
    assert!(attempt("ally").await);
    let delete = json!({ "AccessToken": token, "UserAttributeNames": ["preferred_username"] });
    server.ok("DeleteUserAttributes", delete).await;
    assert!(!attempt("ally").await);
    assert!(attempt("alice").await);
}

#[tokio::test]
async fn a_deleted_address_takes_its_verification_along() {
    let server = Server::start().await;
    let verified = [("email", "a@example.com"), ("email_verified", "true")];
    let (world, token) = alice(&server, json!({}), &verified).await;
    let delete = json!({ "AccessToken": token, "UserAttributeNames": ["email"] });
    server.ok("DeleteUserAttributes", delete).await;
    let change = by_user(&token, &[("email", "thief@example.com")]);
    server.ok("UpdateUserAttributes", change).await;
    assert_ne!(
        value(&server, &world.pool, "alice", "email_verified").await,
        Some("true".to_owned())
    );
}

#[tokio::test]
async fn tokens_carry_attributes_as_cognito_writes_them() {
    let server = Server::start().await;
    let settings = json!({ "Schema": [
        { "Name": "n", "AttributeDataType": "Number" },
        { "Name": "b", "AttributeDataType": "Boolean" },
    ] });
    let (world, _) = alice(
        &server,
        settings,
        &[
            ("email", "a@example.com"),
            ("phone_number", "+1206"),
            ("phone_number_verified", "true"),
            ("custom:n", "7"),
            ("custom:b", "true"),
            ("address", "Street 1"),
            ("name", ""),
        ],
    )
    .await;
    let tokens = world.tokens().await;
    let id = claims(&tokens["IdToken"]);
    assert_eq!(id["phone_number_verified"], true);
    assert_eq!(id["custom:n"], "7");
    assert_eq!(id["custom:b"], "true");
    assert_eq!(id["address"], json!({ "formatted": "Street 1" }));
    assert!(id.get("name").is_none());
    let access = claims(&tokens["AccessToken"]);
    for absent in ["email", "phone_number", "custom:n", "address"] {
        assert!(access.get(absent).is_none(), "{absent}");
    }
}
