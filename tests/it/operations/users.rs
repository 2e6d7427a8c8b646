//! Users: made by administrators, described, switched off and deleted. Lists of them are in
//! `lists.rs`.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{
    PASSWORD, START, Server, attribute, attribute_list, each, keys, merge, text, with_password,
    with_refresh_token,
};

const NO_USER: &str = "UserNotFoundException: User does not exist.";

fn user(pool: &str, name: &str) -> Value {
    json!({ "UserPoolId": pool, "Username": name })
}

/// AdminCreateUser's request, that sends nothing.
fn create(pool: &str, name: &str, more: Value) -> Value {
    let mut input = user(pool, name);
    input["MessageAction"] = json!("SUPPRESS");
    merge(&mut input, more);
    input
}

fn with_attributes(pool: &str, name: &str, attributes: &[(&str, &str)]) -> Value {
    create(
        pool,
        name,
        json!({ "UserAttributes": attribute_list(attributes) }),
    )
}

#[tokio::test]
async fn a_user_is_made_with_nothing_but_a_name() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    let made = server
        .ok("AdminCreateUser", user(&pool, "alice@example.com"))
        .await["User"]
        .clone();
    assert_eq!(
        keys(&made),
        [
            "Attributes",
            "Enabled",
            "UserCreateDate",
            "UserLastModifiedDate",
            "UserStatus",
            "Username"
        ]
    );
    assert_eq!(made["Username"], "alice@example.com");
    assert_eq!(made["Enabled"], true);
    assert_eq!(made["UserStatus"], "FORCE_CHANGE_PASSWORD");
    assert_eq!(made["UserCreateDate"].as_f64(), Some(START as f64));
    assert_eq!(made["UserCreateDate"], made["UserLastModifiedDate"]);
    assert_eq!(each(&made["Attributes"], "Name"), ["sub"]);
    let sub = attribute(&made["Attributes"], "sub").unwrap();
    // As captured: UUID-shaped, but not of version 4.
    assert_eq!((sub.len(), &sub[14..15]), (36, "7"));
    // Nobody to be reached, nothing sent.
    assert!(server.inbox("").await.is_empty());
}

#[tokio::test]
async fn a_user_is_described_by_name_and_sub_with_sub_first() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    let input = with_attributes(
        &pool,
        "alice",
        &[
            ("name", "Alice"),
            ("email", "a@example.com"),
            ("email_verified", "True"),
        ],
    );
    let made = server.ok("AdminCreateUser", input).await["User"].clone();
    let sub = attribute(&made["Attributes"], "sub").unwrap();
    let described = server.described_user(&pool, "alice").await;
    assert_eq!(
        keys(&described),
        [
            "Enabled",
            "UserAttributes",
            "UserCreateDate",
            "UserLastModifiedDate",
            "UserStatus",
            "Username"
        ]
    );
    assert_eq!(described["UserAttributes"], made["Attributes"]);
    assert_eq!(
        made["Attributes"],
        attribute_list(&[
            ("sub", &sub),
            ("name", "Alice"),
            ("email", "a@example.com"),
            ("email_verified", "true")
        ])
    );
    assert_eq!(server.described_user(&pool, &sub).await, described);
}

#[tokio::test]
async fn who_is_not_in_the_pool_does_not_exist() {
    let server = Server::start().await;
    let world = server.world().await;
    let other = server.pool(json!({ "AliasAttributes": ["email"] })).await;
    let sub = server
        .user(
            &other,
            "stranger",
            &[("email", "s@example.com"), ("email_verified", "true")],
        )
        .await;
    for name in ["stranger", &sub, "s@example.com", "nobody", "Alice"] {
        for (operation, more) in [
            ("AdminGetUser", json!({})),
            ("AdminDeleteUser", json!({})),
            ("AdminEnableUser", json!({})),
            ("AdminDisableUser", json!({})),
            ("AdminConfirmSignUp", json!({})),
            ("AdminUserGlobalSignOut", json!({})),
            (
                "AdminSetUserPassword",
                json!({ "Password": PASSWORD, "Permanent": true }),
            ),
            (
                "AdminUpdateUserAttributes",
                json!({ "UserAttributes": [{ "Name": "name", "Value": "x" }] }),
            ),
            (
                "AdminDeleteUserAttributes",
                json!({ "UserAttributeNames": ["name"] }),
            ),
            ("AdminListGroupsForUser", json!({})),
        ] {
            let mut input = user(&world.pool, name);
            merge(&mut input, more);
            server.refuses(operation, input, NO_USER).await;
        }
        server
            .refuses(
                "InitiateAuth",
                with_password(&world.client, name, PASSWORD),
                NO_USER,
            )
            .await;
    }
    server.described_user(&other, "stranger").await;
    let nowhere = "us-east-1_nowhere00";
    let no_pool = format!("ResourceNotFoundException: User pool {nowhere} does not exist.");
    for operation in [
        "AdminCreateUser",
        "AdminGetUser",
        "AdminDeleteUser",
        "AdminEnableUser",
        "AdminDisableUser",
        "AdminConfirmSignUp",
        "AdminUserGlobalSignOut",
        "ListUsers",
    ] {
        server
            .refuses(operation, user(nowhere, "alice"), &no_pool)
            .await;
    }
}

#[tokio::test]
async fn a_name_is_taken_once_and_free_again_after_its_user() {
    let server = Server::start().await;
    let world = server.world().await;
    server
        .refuses(
            "AdminCreateUser",
            create(&world.pool, "alice", json!({})),
            "UsernameExistsException: User account already exists",
        )
        .await;
    // Where case counts, this is somebody else.
    server
        .ok("AdminCreateUser", create(&world.pool, "Alice", json!({})))
        .await;
    let reply = server
        .call("AdminDeleteUser", user(&world.pool, "alice"))
        .await;
    assert_eq!((reply.status.as_u16(), reply.body.len()), (200, 0));
    let again = server.user(&world.pool, "alice", &[]).await;
    assert_ne!(again, world.sub);
    server
        .refuses("AdminGetUser", user(&world.pool, &world.sub), NO_USER)
        .await;
}

#[tokio::test]
async fn names_that_differ_in_case_collide_where_the_pool_folds_them() {
    let server = Server::start().await;
    let pool = server
        .pool(json!({ "UsernameConfiguration": { "CaseSensitive": false }, "AliasAttributes": ["email", "preferred_username"] }))
        .await;
    let verified = |email: &'static str| [("email", email), ("email_verified", "true")];
    server
        .user(&pool, "Alice", &verified("Alice@Example.com"))
        .await;
    for name in ["alice", "ALICE"] {
        server
            .refuses(
                "AdminCreateUser",
                create(&pool, name, json!({})),
                "UsernameExistsException: User account already exists",
            )
            .await;
    }
    for name in ["alice", "aLiCe", "alice@example.com", "ALICE@EXAMPLE.COM"] {
        server.described_user(&pool, name).await;
    }
    let input = with_attributes(&pool, "bob", &verified("aLICE@eXAMPLE.COM"));
    server
        .refuses_as("AdminCreateUser", input, "UsernameAttributeTaken")
        .await;
    server
        .ok(
            "AdminUpdateUserAttributes",
            json!({ "UserPoolId": pool, "Username": "alice", "UserAttributes": attribute_list(&[("preferred_username", "Ally")]) }),
        )
        .await;
    server.user(&pool, "bob", &[]).await;
    server
        .refuses_as(
            "AdminUpdateUserAttributes",
            json!({ "UserPoolId": pool, "Username": "bob", "UserAttributes": attribute_list(&[("preferred_username", "ALLY")]) }),
            "AliasGivenTaken",
        )
        .await;
    server.described_user(&pool, "aLLY").await;
}

#[tokio::test]
async fn the_form_of_a_name_must_fit_what_the_pool_signs_in_by() {
    let server = Server::start().await;
    for (settings, name, message) in [
        (
            json!({ "AliasAttributes": ["email"] }),
            "a@example.com",
            "Username cannot be of email format, since user pool is configured for email alias.",
        ),
        (
            json!({ "AliasAttributes": ["phone_number"] }),
            "+12065550100",
            "Username cannot be of phone number format, since user pool is configured for phone number alias.",
        ),
        (
            json!({ "UsernameAttributes": ["email"] }),
            "alice",
            "Username should be an email.",
        ),
        (
            json!({ "UsernameAttributes": ["phone_number"] }),
            "alice",
            "Username should be a phone number.",
        ),
        (
            json!({ "UsernameAttributes": ["email", "phone_number"] }),
            "alice",
            "Username should be either an email or a phone number.",
        ),
    ] {
        let pool = server.pool(settings).await;
        server
            .refuses(
                "AdminCreateUser",
                create(&pool, name, json!({})),
                &format!("InvalidParameterException: {message}"),
            )
            .await;
    }
    for (settings, name) in [
        (json!({}), "a@example.com"),
        (json!({ "AliasAttributes": ["email"] }), "+12065550100"),
        (
            json!({ "AliasAttributes": ["phone_number"] }),
            "a@example.com",
        ),
    ] {
        let pool = server.pool(settings).await;
        let made = server
            .ok("AdminCreateUser", create(&pool, name, json!({})))
            .await;
        assert_eq!(made["User"]["Username"], name);
    }
    let pool = server.pool(json!({})).await;
    for odd in ["with space", "tab\t", ""] {
        let answer = server
            .refused("AdminCreateUser", create(&pool, odd, json!({})))
            .await;
        assert!(answer.contains("at 'username' failed to satisfy constraint"));
        assert!(odd.is_empty() || !answer.contains(odd), "{answer}");
    }
}

#[tokio::test]
async fn where_addresses_are_names_the_attribute_is_empty_or_the_same() {
    let server = Server::start().await;
    let pool = server
        .pool(json!({ "UsernameAttributes": ["email", "phone_number"] }))
        .await;
    let client = server.client_id(&pool, json!({})).await;
    let email = "InvalidParameterException: User email should be empty or same as username, since username attribute is email.";
    let phone = "InvalidParameterException: User phone number should be empty or same as username, since username attribute is phone_number.";
    for (name, attribute, value, refusal) in [
        ("a@example.com", "email", "b@example.com", email),
        ("a@example.com", "email", "A@example.com", email),
        ("+12065550100", "phone_number", "+12065550101", phone),
    ] {
        let attributes = attribute_list(&[(attribute, value)]);
        let by_admin = create(&pool, name, json!({ "UserAttributes": attributes }));
        server.refuses("AdminCreateUser", by_admin, refusal).await;
        let sign_up = json!({ "ClientId": client, "Username": name, "Password": PASSWORD, "UserAttributes": attributes });
        server.refuses("SignUp", sign_up, refusal).await;
    }
    for (name, attribute, value) in [
        ("a@example.com", "email", ""),
        ("b@example.com", "email", "b@example.com"),
        ("c@example.com", "phone_number", "+12065550100"),
    ] {
        let attributes = attribute_list(&[(attribute, value)]);
        let input = create(&pool, name, json!({ "UserAttributes": attributes }));
        server.ok("AdminCreateUser", input).await;
    }
}

#[tokio::test]
async fn a_number_that_is_a_user_name_has_three_digits_at_least() {
    let server = Server::start().await;
    let pool = server
        .pool(json!({ "UsernameAttributes": ["phone_number"] }))
        .await;
    server
        .refuses(
            "AdminCreateUser",
            create(&pool, "+12", json!({})),
            "InvalidParameterException: Username should be a phone number.",
        )
        .await;
    server
        .ok("AdminCreateUser", create(&pool, "+123", json!({})))
        .await;
}

#[tokio::test]
async fn an_invitation_is_sent_again_by_the_address_and_not_by_the_generated_name() {
    let server = Server::start().await;
    let pool = server
        .pool(json!({ "UsernameAttributes": ["email"] }))
        .await;
    let made = server
        .ok("AdminCreateUser", create(&pool, "a@example.com", json!({})))
        .await;
    let name = text(&made["User"]["Username"]);
    let again = json!({ "MessageAction": "RESEND" });
    server
        .refuses(
            "AdminCreateUser",
            create(&pool, &name, again.clone()),
            "InvalidParameterException: Username should be an email.",
        )
        .await;
    server
        .ok("AdminCreateUser", create(&pool, "a@example.com", again))
        .await;
}

#[tokio::test]
async fn nobody_chooses_a_sub() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    let client = server.client_id(&pool, json!({})).await;
    let sub = attribute_list(&[("sub", "0f0e0d0c-0b0a-7009-c807-060504030201")]);
    let refusal = "InvalidParameterException: Cannot modify the non-mutable attribute sub";
    let by_admin = create(&pool, "alice", json!({ "UserAttributes": sub }));
    server.refuses("AdminCreateUser", by_admin, refusal).await;
    let sign_up = json!({ "ClientId": client, "Username": "alice", "Password": PASSWORD, "UserAttributes": sub });
    server.refuses("SignUp", sign_up, refusal).await;
}

#[tokio::test]
async fn where_addresses_are_names_the_user_name_is_the_sub() {
    let server = Server::start().await;
    let pool = server
        .pool(json!({ "UsernameAttributes": ["email", "phone_number"] }))
        .await;
    let made = server
        .ok("AdminCreateUser", create(&pool, "a@example.com", json!({})))
        .await["User"]
        .clone();
    let sub = attribute(&made["Attributes"], "sub").unwrap();
    assert_eq!(made["Username"], sub.as_str());
    assert_eq!(
        attribute(&made["Attributes"], "email").unwrap(),
        "a@example.com"
    );
    assert!(attribute(&made["Attributes"], "email_verified").is_none_or(|flag| flag == "false"));
    for name in ["a@example.com", &sub] {
        assert_eq!(
            server.described_user(&pool, name).await["Username"],
            sub.as_str()
        );
    }
    server
        .refuses(
            "AdminCreateUser",
            create(&pool, "a@example.com", json!({})),
            "UsernameExistsException: An account with the given email already exists.",
        )
        .await;
    server
        .ok("AdminCreateUser", create(&pool, "+12065550100", json!({})))
        .await;
    server
        .refuses(
            "AdminCreateUser",
            create(&pool, "+12065550100", json!({})),
            "UsernameExistsException: An account with the given phone_number already exists.",
        )
        .await;
    // Another's address is taken, verified or not, whatever the new user is called.
    let input = with_attributes(&pool, "+12065550101", &[("email", "a@example.com")]);
    server
        .refuses(
            "AdminCreateUser",
            input,
            "UsernameExistsException: An account with the given email already exists.",
        )
        .await;
}

#[tokio::test]
async fn a_verified_alias_has_one_owner_until_it_is_taken_by_force() {
    let server = Server::start().await;
    let pool = server.pool(json!({ "AliasAttributes": ["email"] })).await;
    let verified = [("email", "a@example.com"), ("email_verified", "true")];
    server.user(&pool, "alice", &verified).await;
    // The documentation speaks of AliasExistsException; the model does not list it for this
    // operation.
    let input = with_attributes(&pool, "bob", &verified);
    server
        .refuses(
            "AdminCreateUser",
            input.clone(),
            "UsernameExistsException: An account with the given email already exists.",
        )
        .await;
    server
        .refuses("AdminGetUser", user(&pool, "bob"), NO_USER)
        .await;
    // Unverified it is no alias, and may be anybody's.
    let unverified = with_attributes(&pool, "carol", &[("email", "a@example.com")]);
    server.ok("AdminCreateUser", unverified).await;
    assert_eq!(
        server.described_user(&pool, "a@example.com").await["Username"],
        "alice"
    );

    let mut force = input;
    force["ForceAliasCreation"] = json!(true);
    server.ok("AdminCreateUser", force).await;
    assert_eq!(
        server.described_user(&pool, "a@example.com").await["Username"],
        "bob"
    );
    let alice = server.described_user(&pool, "alice").await;
    assert_eq!(
        attribute(&alice["UserAttributes"], "email_verified").unwrap(),
        "false"
    );
    let mut name = create(&pool, "alice", json!({}));
    name["ForceAliasCreation"] = json!(true);
    server
        .refuses(
            "AdminCreateUser",
            name,
            "UsernameExistsException: User account already exists",
        )
        .await;
}

#[tokio::test]
async fn attributes_of_a_new_user_are_checked_like_any_others() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    for (attribute, message) in [
        (("email", "nonsense"), "Invalid email address format."),
        (("phone_number", "0123"), "Invalid phone number format."),
        (
            ("custom:x", "1"),
            "Attributes did not conform to the schema: custom:x: Attribute does not exist in the schema.\n",
        ),
        (
            ("email_verified", "true"),
            "Email is required to verify/un-verify an email",
        ),
        (
            ("phone_number_verified", "true"),
            "Phone Number is required to verify/un-verify a phone number",
        ),
        (("sub", "x"), "Cannot modify the non-mutable attribute sub"),
    ] {
        let input = with_attributes(&pool, "alice", &[attribute]);
        server
            .refuses(
                "AdminCreateUser",
                input,
                &format!("InvalidParameterException: {message}"),
            )
            .await;
    }
    server
        .refuses("AdminGetUser", user(&pool, "alice"), NO_USER)
        .await;
}

#[tokio::test]
async fn a_temporary_password_conforms_to_the_policy() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    let input = create(&pool, "alice", json!({ "TemporaryPassword": "short" }));
    server
        .refuses(
            "AdminCreateUser",
            input,
            "InvalidPasswordException: Password did not conform with policy: Password not long enough",
        )
        .await;
    server
        .refuses("AdminGetUser", user(&pool, "alice"), NO_USER)
        .await;
}

#[tokio::test]
async fn an_invitation_tells_name_and_password_and_the_password_works() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    let client = server.client_id(&pool, json!({})).await;
    let mut input = with_attributes(&pool, "alice", &[("email", "a@example.com")]);
    input.as_object_mut().unwrap().remove("MessageAction");
    input["DesiredDeliveryMediums"] = json!(["EMAIL"]);
    server.ok("AdminCreateUser", input).await;
    let sent = server.inbox("to=a@example.com").await;
    assert_eq!(sent.len(), 1);
    let message = &sent[0];
    let code = text(&message["code"]);
    assert_eq!(message["medium"], "EMAIL");
    assert_eq!(message["user_pool_id"], pool.as_str());
    assert_eq!(message["subject"], "Your temporary password");
    assert_eq!(
        message["body"],
        format!("Your username is alice and temporary password is {code}. ")
    );
    let challenge = server
        .ok("InitiateAuth", with_password(&client, "alice", &code))
        .await;
    assert_eq!(challenge["ChallengeName"], "NEW_PASSWORD_REQUIRED");
}

#[tokio::test]
async fn an_invitation_goes_the_way_that_was_asked_in_the_pools_words() {
    let server = Server::start().await;
    let pool = server
        .pool(
            json!({ "AdminCreateUserConfig": { "InviteMessageTemplate": {
            "EmailSubject": "Hello {username}",
            "EmailMessage": "{username}: {####}",
            "SMSMessage": "sms {username} {####}",
        } } }),
        )
        .await;
    let both = [("email", "a@example.com"), ("phone_number", "+12065550100")];
    let invite = |name: &str, mediums: Value| {
        let mut input = with_attributes(&pool, name, &both);
        input.as_object_mut().unwrap().remove("MessageAction");
        merge(
            &mut input,
            json!({ "TemporaryPassword": "Temp0rary!", "DesiredDeliveryMediums": mediums }),
        );
        input
    };
    server
        .ok("AdminCreateUser", invite("one", json!(["EMAIL"])))
        .await;
    let sent = server.inbox("").await;
    assert_eq!(sent.len(), 1);
    assert_eq!(
        (&sent[0]["subject"], &sent[0]["body"]),
        (&json!("Hello one"), &json!("one: Temp0rary!"))
    );
    server
        .ok("AdminCreateUser", invite("two", json!(["SMS"])))
        .await;
    let sms = server.inbox("to=%2B12065550100").await;
    assert_eq!(sms.len(), 1);
    assert_eq!(
        (&sms[0]["medium"], &sms[0]["body"]),
        (&json!("SMS"), &json!("sms two Temp0rary!"))
    );
    server
        .ok("AdminCreateUser", invite("three", json!(["SMS", "EMAIL"])))
        .await;
    assert_eq!(server.inbox("").await.len(), 4);
    // SUPPRESS sends nothing.
    server
        .ok(
            "AdminCreateUser",
            with_attributes(&pool, "four", &[("email", "a@example.com")]),
        )
        .await;
    assert_eq!(server.inbox("").await.len(), 4);
}

#[tokio::test]
async fn an_invitation_goes_to_whatever_address_there_is() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    let email = ("email", "a@example.com");
    let phone = ("phone_number", "+12065550100");
    for (name, attributes, mediums, expected) in [
        ("a", vec![email], json!(null), vec!["EMAIL"]),
        ("b", vec![phone], json!(null), vec!["SMS"]),
        ("c", vec![email, phone], json!(null), vec!["SMS"]),
        ("d", vec![email, phone], json!(["EMAIL"]), vec!["EMAIL"]),
        (
            "e",
            vec![email, phone],
            json!(["EMAIL", "SMS"]),
            vec!["EMAIL", "SMS"],
        ),
        ("f", vec![email], json!(["SMS"]), vec![]),
        ("g", vec![], json!(null), vec![]),
    ] {
        server.own("DELETE", "inbox", Value::Null).await;
        let mut input = user(&pool, name);
        merge(
            &mut input,
            json!({ "UserAttributes": attribute_list(&attributes), "DesiredDeliveryMediums": mediums }),
        );
        server.ok("AdminCreateUser", input).await;
        let mut sent = each(&json!(server.inbox("kind=invitation").await), "medium");
        sent.sort();
        assert_eq!(sent, expected, "{name}");
    }
    // It names what the user knows, where the user name is a sub.
    let pool = server
        .pool(json!({ "UsernameAttributes": ["email"] }))
        .await;
    server
        .ok("AdminCreateUser", user(&pool, "dora@example.com"))
        .await;
    let message = server.inbox("to=dora@example.com").await.remove(0);
    assert!(
        text(&message["body"])
            .starts_with("Your username is dora@example.com and temporary password is ")
    );
}

#[tokio::test]
async fn an_invitation_is_sent_again_with_a_new_password_and_a_new_life() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    let client = server.client_id(&pool, json!({})).await;
    let mut input = with_attributes(&pool, "alice", &[("email", "a@example.com")]);
    input.as_object_mut().unwrap().remove("MessageAction");
    let made = server.ok("AdminCreateUser", input).await;
    let old = text(&server.inbox("").await[0]["code"]);
    server.advance(Duration::from_secs(6 * 86_400));
    let mut resend = user(&pool, "alice");
    resend["MessageAction"] = json!("RESEND");
    let again = server.ok("AdminCreateUser", resend.clone()).await;
    assert_eq!(
        again["User"]["Attributes"][0],
        made["User"]["Attributes"][0]
    );
    let new = text(&server.inbox("").await[0]["code"]);
    assert_ne!(old, new);
    server.advance(Duration::from_secs(6 * 86_400));
    server
        .refuses(
            "InitiateAuth",
            with_password(&client, "alice", &old),
            "NotAuthorizedException: Incorrect username or password.",
        )
        .await;
    server
        .ok("InitiateAuth", with_password(&client, "alice", &new))
        .await;

    let mut unknown = resend.clone();
    unknown["Username"] = json!("nobody");
    server.refuses("AdminCreateUser", unknown, NO_USER).await;
    let set =
        json!({ "UserPoolId": pool, "Username": "alice", "Password": PASSWORD, "Permanent": true });
    server.ok("AdminSetUserPassword", set).await;
    server
        .refuses(
            "AdminCreateUser",
            resend,
            "UnsupportedUserStateException: Resend not possible. alice status is not FORCE_CHANGE_PASSWORD",
        )
        .await;
}

#[tokio::test]
async fn a_user_without_a_password_needs_a_way_to_be_reached() {
    let server = Server::start().await;
    let pool = server
        .pool(json!({ "Policies": { "SignInPolicy": { "AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"] } } }))
        .await;
    let made = server
        .ok(
            "AdminCreateUser",
            with_attributes(&pool, "alice", &[("email", "a@example.com")]),
        )
        .await;
    assert_eq!(made["User"]["UserStatus"], "CONFIRMED");
    server
        .refuses_as(
            "AdminCreateUser",
            create(&pool, "bob", json!({})),
            "PasswordlessUserUnreachable",
        )
        .await;
    let given = create(&pool, "carol", json!({ "TemporaryPassword": "Temp0rary!" }));
    let made = server.ok("AdminCreateUser", given).await;
    assert_eq!(made["User"]["UserStatus"], "FORCE_CHANGE_PASSWORD");
    // Nothing that anybody could type is the password of a user who has none.
    let client = server.client_id(&pool, json!({})).await;
    for guess in [PASSWORD, "x"] {
        server
            .refuses(
                "InitiateAuth",
                with_password(&client, "alice", guess),
                "NotAuthorizedException: Incorrect username or password.",
            )
            .await;
    }
}

#[tokio::test]
async fn a_disabled_user_is_out_until_enabled_and_then_has_to_sign_in_again() {
    let server = Server::start().await;
    let world = server.world().await;
    let tokens = world.tokens().await;
    let alice = user(&world.pool, "alice");
    assert_eq!(
        server.ok("AdminDisableUser", alice.clone()).await,
        json!({})
    );
    assert_eq!(
        server.described_user(&world.pool, "alice").await["Enabled"],
        false
    );
    let disabled = "NotAuthorizedException: User is disabled.";
    let get_user = json!({ "AccessToken": tokens["AccessToken"] });
    let refresh = with_refresh_token(&world.client, &tokens["RefreshToken"]);
    let again = json!({ "ClientId": world.client, "RefreshToken": tokens["RefreshToken"] });
    for (operation, input) in [
        (
            "InitiateAuth",
            with_password(&world.client, "alice", PASSWORD),
        ),
        ("InitiateAuth", refresh),
        ("GetTokensFromRefreshToken", again),
        ("GetUser", get_user.clone()),
        ("GlobalSignOut", get_user.clone()),
        ("DeleteUser", get_user.clone()),
    ] {
        server.refuses(operation, input, disabled).await;
    }
    // Twice is no error.
    server.ok("AdminDisableUser", alice.clone()).await;
    assert_eq!(server.ok("AdminEnableUser", alice.clone()).await, json!({}));
    server.ok("AdminEnableUser", alice).await;
    server
        .refuses(
            "GetUser",
            get_user,
            "NotAuthorizedException: Access Token has been revoked",
        )
        .await;
    let fresh = world.tokens().await;
    server
        .ok("GetUser", json!({ "AccessToken": fresh["AccessToken"] }))
        .await;
}

#[tokio::test]
async fn a_user_sees_its_name_and_the_attributes_that_its_client_may_read() {
    let server = Server::start().await;
    let world = server.world().await;
    let all = world.tokens().await;
    let answer = server
        .ok("GetUser", json!({ "AccessToken": all["AccessToken"] }))
        .await;
    assert_eq!(keys(&answer), ["UserAttributes", "Username"]);
    assert_eq!(
        answer["UserAttributes"],
        attribute_list(&[
            ("sub", &world.sub),
            ("email", "alice@example.com"),
            ("email_verified", "true")
        ])
    );
    let narrow = server
        .client_id(&world.pool, json!({ "ReadAttributes": ["email_verified"] }))
        .await;
    let tokens = server.sign_in(&narrow, "alice").await;
    let answer = server
        .ok("GetUser", json!({ "AccessToken": tokens["AccessToken"] }))
        .await;
    assert_eq!(
        each(&answer["UserAttributes"], "Name"),
        ["sub", "email_verified"]
    );
}

#[tokio::test]
async fn users_delete_themselves() {
    let server = Server::start().await;
    let world = server.world().await;
    let tokens = world.tokens().await;
    let token = json!({ "AccessToken": tokens["AccessToken"] });
    let reply = server.call("DeleteUser", token.clone()).await;
    assert_eq!((reply.status.as_u16(), reply.body.len()), (200, 0));
    server
        .refuses("AdminGetUser", user(&world.pool, "alice"), NO_USER)
        .await;
    for operation in ["GetUser", "DeleteUser"] {
        server.refuses(operation, token.clone(), NO_USER).await;
    }
    let refresh = with_refresh_token(&world.client, &tokens["RefreshToken"]);
    server
        .refuses(
            "InitiateAuth",
            refresh,
            "NotAuthorizedException: The user has been deleted for the associated refresh token",
        )
        .await;
    // Whoever has the name next does not inherit the tokens.
    server.user(&world.pool, "alice", &[]).await;
    server.refuses("GetUser", token, NO_USER).await;
}

#[tokio::test]
async fn nobody_is_named_like_another_users_sub() {
    let server = Server::start().await;
    let world = server.world().await;
    let input = json!({ "UserPoolId": world.pool, "Username": world.sub });
    assert_eq!(
        server.refused("AdminCreateUser", input).await,
        "UsernameExistsException: User account already exists"
    );
}

#[tokio::test]
async fn an_address_that_is_the_user_name_can_be_verified_in_the_same_call() {
    let server = Server::start().await;
    let pool = server
        .pool(json!({ "UsernameAttributes": ["email"] }))
        .await;
    let input = json!({
        "UserPoolId": pool,
        "Username": "eve@example.com",
        "UserAttributes": [{ "Name": "email_verified", "Value": "true" }],
    });
    let user = server.ok("AdminCreateUser", input).await["User"].clone();
    let attributes = &user["Attributes"];
    assert_eq!(
        crate::support::attribute(attributes, "email").as_deref(),
        Some("eve@example.com")
    );
    assert_eq!(
        crate::support::attribute(attributes, "email_verified").as_deref(),
        Some("true")
    );
}
