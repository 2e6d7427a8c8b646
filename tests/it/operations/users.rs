//! Users as administrators make, find, list, switch off and delete them.

use std::time::Duration;

use mocknito::store::MessageFilter;
use serde_json::{Value, json};

use crate::support::{PASSWORD, START, Server, attribute, keys};

const UNKNOWN: &str = "UserNotFoundException: User does not exist.";

/// The inbox, newest first, as (medium, recipient, kind, code, subject, body).
async fn inbox(server: &Server) -> Vec<(String, String, String, String, Option<String>, String)> {
    let all = MessageFilter::default();
    let mut read = server.app.store.read().await.unwrap();
    read.messages()
        .list(&all, 100)
        .await
        .unwrap()
        .into_iter()
        .map(|one| {
            let code = one.code.unwrap_or_default();
            (
                one.medium,
                one.recipient,
                one.kind,
                code,
                one.subject,
                one.body,
            )
        })
        .collect()
}

fn named(pool: &str, username: &str) -> Value {
    json!({ "UserPoolId": pool, "Username": username })
}

fn with(pool: &str, username: &str, more: Value) -> Value {
    let mut input = named(pool, username);
    crate::support::merge(&mut input, more);
    input
}

fn attributes(list: &[(&str, &str)]) -> Value {
    list.iter()
        .map(|(name, value)| json!({ "Name": name, "Value": value }))
        .collect()
}

#[tokio::test]
async fn a_user_is_made_without_attributes_and_described_the_same_everywhere() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    // Verified on AWS: no attributes, no delivery, and a name that looks like an e-mail.
    let input = with(
        &pool,
        "al@example.com",
        json!({ "TemporaryPassword": "Temp0rary!" }),
    );
    let created = server.ok("AdminCreateUser", input).await["User"].clone();
    let sub = attribute(&created["Attributes"], "sub").unwrap();
    assert_eq!(
        created,
        json!({
            "Username": "al@example.com",
            "Attributes": [{ "Name": "sub", "Value": sub }],
            "UserCreateDate": START,
            "UserLastModifiedDate": START,
            "Enabled": true,
            "UserStatus": "FORCE_CHANGE_PASSWORD",
        })
    );
    assert!(inbox(&server).await.is_empty());
    let mut got = server.ok("AdminGetUser", named(&pool, &sub)).await;
    assert_eq!(
        keys(&got),
        [
            "Enabled",
            "UserAttributes",
            "UserCreateDate",
            "UserLastModifiedDate",
            "UserStatus",
            "Username"
        ]
    );
    let list = got
        .as_object_mut()
        .unwrap()
        .remove("UserAttributes")
        .unwrap();
    got["Attributes"] = list;
    assert_eq!(got, created);
    let listed = server.ok("ListUsers", json!({ "UserPoolId": pool })).await;
    assert_eq!(listed, json!({ "Users": [created] }));
}

#[tokio::test]
async fn nobody_is_found_where_nobody_is() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    let other = server.pool(json!({})).await;
    let sub = server.user(&other, "bob", &[]).await;
    for name in ["bob", sub.as_str()] {
        for operation in [
            "AdminGetUser",
            "AdminEnableUser",
            "AdminDisableUser",
            "AdminDeleteUser",
            "AdminConfirmSignUp",
            "AdminListGroupsForUser",
        ] {
            assert_eq!(server.refused(operation, named(&pool, name)).await, UNKNOWN);
        }
        for (operation, more) in [
            ("AdminSetUserPassword", json!({ "Password": PASSWORD })),
            ("AdminUpdateUserAttributes", json!({ "UserAttributes": [] })),
            (
                "AdminDeleteUserAttributes",
                json!({ "UserAttributeNames": [] }),
            ),
            ("AdminCreateUser", json!({ "MessageAction": "RESEND" })),
        ] {
            assert_eq!(
                server.refused(operation, with(&pool, name, more)).await,
                UNKNOWN
            );
        }
    }
    assert_eq!(
        server
            .refused("AdminGetUser", named("us-east-1_none", "bob"))
            .await,
        "ResourceNotFoundException: User pool us-east-1_none does not exist."
    );
}

#[tokio::test]
async fn a_name_is_taken_once_and_free_again_with_another_sub() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    let first = server.user(&pool, "bob", &[]).await;
    assert_eq!(
        server.refused("AdminCreateUser", named(&pool, "bob")).await,
        "UsernameExistsException: User account already exists"
    );
    // The API's default is that case counts.
    server.user(&pool, "Bob", &[]).await;
    server.ok("AdminDeleteUser", named(&pool, "bob")).await;
    assert_eq!(
        server.refused("AdminGetUser", named(&pool, "bob")).await,
        UNKNOWN
    );
    assert_ne!(server.user(&pool, "bob", &[]).await, first);

    let folding = server
        .pool(json!({ "UsernameConfiguration": { "CaseSensitive": false } }))
        .await;
    server.user(&folding, "Bob", &[]).await;
    assert_eq!(
        server
            .refused("AdminCreateUser", named(&folding, "bOB"))
            .await,
        "UsernameExistsException: User account already exists"
    );
    assert_eq!(
        server.ok("AdminGetUser", named(&folding, "BOB")).await["Username"],
        "Bob"
    );
}

#[tokio::test]
async fn an_invitation_goes_to_whatever_address_there_is() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    let email = ("email", "al@example.com");
    let phone = ("phone_number", "+12065550100");
    let temporary = json!({ "TemporaryPassword": "Temp0rary!" });
    let body =
        |name: &str| format!("Your username is {name} and temporary password is Temp0rary!. ");
    let mut sent = 0;
    for (name, list, mediums, expected) in [
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
    ] {
        let mut input = with(&pool, name, temporary.clone());
        input["UserAttributes"] = attributes(&list);
        input["DesiredDeliveryMediums"] = mediums;
        server.ok("AdminCreateUser", input).await;
        let all = inbox(&server).await;
        let mut new: Vec<_> = all.iter().filter(|one| one.5 == body(name)).collect();
        new.sort();
        sent += expected.len();
        assert_eq!(all.len(), sent, "{name}");
        let mediums: Vec<&str> = new.iter().map(|one| one.0.as_str()).collect();
        assert_eq!(mediums, expected, "{name}");
        for one in new {
            assert_eq!(
                (one.2.as_str(), one.3.as_str()),
                ("invitation", "Temp0rary!")
            );
            let (to, subject) = match one.0.as_str() {
                "EMAIL" => (email.1, Some("Your temporary password")),
                _ => (phone.1, None),
            };
            assert_eq!((one.1.as_str(), one.4.as_deref()), (to, subject));
        }
    }
    let mut quiet = with(&pool, "quiet", json!({ "MessageAction": "SUPPRESS" }));
    quiet["UserAttributes"] = attributes(&[email]);
    server.ok("AdminCreateUser", quiet).await;
    assert_eq!(inbox(&server).await.len(), sent);
}

#[tokio::test]
async fn a_temporary_password_follows_the_policy_is_made_up_where_none_is_given_and_can_be_renewed()
{
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    let client = server.client(&pool, json!({})).await;
    let weak = with(&pool, "al", json!({ "TemporaryPassword": "password" }));
    assert_eq!(
        server.refused("AdminCreateUser", weak).await,
        "InvalidPasswordException: Password did not conform with policy: Password must have uppercase characters"
    );
    let input = with(
        &pool,
        "al",
        json!({ "UserAttributes": attributes(&[("email", "al@example.com")]) }),
    );
    server.ok("AdminCreateUser", input).await;
    let first = inbox(&server).await.remove(0).3;
    let resend = with(&pool, "al", json!({ "MessageAction": "RESEND" }));
    server.ok("AdminCreateUser", resend.clone()).await;
    let messages = inbox(&server).await;
    let second = messages
        .iter()
        .map(|one| &one.3)
        .find(|code| **code != first)
        .unwrap();
    let sign_in = |password: &str| {
        json!({
            "AuthFlow": "USER_PASSWORD_AUTH",
            "ClientId": client["ClientId"],
            "AuthParameters": { "USERNAME": "al", "PASSWORD": password },
        })
    };
    assert_eq!(
        server.refused("InitiateAuth", sign_in(&first)).await,
        "NotAuthorizedException: Incorrect username or password."
    );
    let answer = server.ok("InitiateAuth", sign_in(second)).await;
    assert_eq!(answer["ChallengeName"], "NEW_PASSWORD_REQUIRED");

    server.advance(Duration::from_secs(8 * 86_400));
    assert_eq!(
        server.refused("InitiateAuth", sign_in(second)).await,
        "NotAuthorizedException: Temporary password has expired and must be reset by an administrator."
    );
    let renewed = with(
        &pool,
        "al",
        json!({ "MessageAction": "RESEND", "TemporaryPassword": "Temp0rary!" }),
    );
    server.ok("AdminCreateUser", renewed).await;
    server.ok("InitiateAuth", sign_in("Temp0rary!")).await;

    let set = with(
        &pool,
        "al",
        json!({ "Password": PASSWORD, "Permanent": true }),
    );
    server.ok("AdminSetUserPassword", set).await;
    assert_eq!(
        server.refused("AdminCreateUser", resend).await,
        "UnsupportedUserStateException: Resend not possible. al status is not FORCE_CHANGE_PASSWORD"
    );
}

#[tokio::test]
async fn a_pool_that_signs_in_by_code_makes_users_without_password() {
    let server = Server::start().await;
    let policies =
        json!({ "SignInPolicy": { "AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"] } });
    let pool = server.pool(json!({ "Policies": policies })).await;
    let input = with(
        &pool,
        "al",
        json!({ "UserAttributes": attributes(&[("email", "al@example.com")]) }),
    );
    let user = server.ok("AdminCreateUser", input).await;
    assert_eq!(user["User"]["UserStatus"], "CONFIRMED");
    assert!(inbox(&server).await.is_empty());
    assert!(
        server
            .refused("AdminCreateUser", named(&pool, "bo"))
            .await
            .starts_with("InvalidParameterException")
    );
    let input = with(&pool, "bo", json!({ "TemporaryPassword": "Temp0rary!" }));
    let user = server.ok("AdminCreateUser", input).await;
    assert_eq!(user["User"]["UserStatus"], "FORCE_CHANGE_PASSWORD");
}

#[tokio::test]
async fn where_an_attribute_is_the_user_name_the_name_is_the_sub() {
    let server = Server::start().await;
    let pool = server
        .pool(json!({ "UsernameAttributes": ["email"] }))
        .await;
    let user = server
        .ok(
            "AdminCreateUser",
            with(
                &pool,
                "al@example.com",
                json!({ "TemporaryPassword": "Temp0rary!" }),
            ),
        )
        .await["User"]
        .clone();
    let sub = attribute(&user["Attributes"], "sub").unwrap();
    assert_eq!(user["Username"], sub.as_str());
    assert_eq!(
        attribute(&user["Attributes"], "email").unwrap(),
        "al@example.com"
    );
    // The invitation names what the user knows.
    let message = inbox(&server).await.remove(0);
    assert_eq!(
        message.5,
        "Your username is al@example.com and temporary password is Temp0rary!. "
    );
    for name in ["al@example.com", sub.as_str()] {
        server.ok("AdminGetUser", named(&pool, name)).await;
    }
    assert_eq!(
        server
            .refused("AdminCreateUser", named(&pool, "al@example.com"))
            .await,
        "UsernameExistsException: An account with the given email already exists."
    );
    assert_eq!(
        server.refused("AdminCreateUser", named(&pool, "al")).await,
        "InvalidParameterException: Username should be an email."
    );
    // Changing the address changes the name, verified or not; another's is refused.
    server.user(&pool, "bo@example.com", &[]).await;
    let taken = with(
        &pool,
        &sub,
        json!({ "UserAttributes": attributes(&[("email", "bo@example.com")]) }),
    );
    assert_eq!(
        server.refused("AdminUpdateUserAttributes", taken).await,
        "AliasExistsException: An account with the given email already exists."
    );
    let free = with(
        &pool,
        &sub,
        json!({ "UserAttributes": attributes(&[("email", "new@example.com")]) }),
    );
    server.ok("AdminUpdateUserAttributes", free).await;
    assert_eq!(
        server
            .refused("AdminGetUser", named(&pool, "al@example.com"))
            .await,
        UNKNOWN
    );
    server
        .ok("AdminGetUser", named(&pool, "new@example.com"))
        .await;
}

#[tokio::test]
async fn an_alias_counts_once_verified_and_only_force_moves_it() {
    let server = Server::start().await;
    let pool = server.pool(json!({ "AliasAttributes": ["email"] })).await;
    let verified = [("email", "al@example.com"), ("email_verified", "True")];
    server
        .user(&pool, "one", &[("email", "al@example.com")])
        .await;
    assert_eq!(
        server
            .refused("AdminGetUser", named(&pool, "al@example.com"))
            .await,
        UNKNOWN
    );
    server.user(&pool, "two", &verified).await;
    assert_eq!(
        server
            .ok("AdminGetUser", named(&pool, "al@example.com"))
            .await["Username"],
        "two"
    );
    assert_eq!(
        server
            .refused("AdminCreateUser", named(&pool, "x@example.com"))
            .await,
        "InvalidParameterException: Username cannot be of email format, since user pool is configured for email alias."
    );
    let verify = with(
        &pool,
        "one",
        json!({ "UserAttributes": attributes(&[("email_verified", "true")]) }),
    );
    assert_eq!(
        server.refused("AdminUpdateUserAttributes", verify).await,
        "AliasExistsException: An account with the given email already exists."
    );
    let mut three = with(&pool, "three", json!({ "MessageAction": "SUPPRESS" }));
    three["UserAttributes"] = attributes(&verified);
    assert_eq!(
        server.refused("AdminCreateUser", three.clone()).await,
        "UsernameExistsException: An account with the given email already exists."
    );
    assert_eq!(
        server.refused("AdminGetUser", named(&pool, "three")).await,
        UNKNOWN
    );
    three["ForceAliasCreation"] = json!(true);
    server.ok("AdminCreateUser", three).await;
    assert_eq!(
        server
            .ok("AdminGetUser", named(&pool, "al@example.com"))
            .await["Username"],
        "three"
    );
    let two = server.ok("AdminGetUser", named(&pool, "two")).await;
    assert_eq!(
        attribute(&two["UserAttributes"], "email_verified").unwrap(),
        "false"
    );
}

#[tokio::test]
async fn a_disabled_users_tokens_stay_revoked() {
    let server = Server::start().await;
    let world = server.world().await;
    let tokens = world.tokens().await;
    let get_user = json!({ "AccessToken": tokens["AccessToken"] });
    server.ok("GetUser", get_user.clone()).await;
    server
        .ok("AdminDisableUser", named(&world.pool, "alice"))
        .await;
    let user = server.ok("AdminGetUser", named(&world.pool, "alice")).await;
    assert_eq!(user["Enabled"], false);
    server.refused("GetUser", get_user.clone()).await;
    server
        .ok("AdminEnableUser", named(&world.pool, "alice"))
        .await;
    assert_eq!(
        server.refused("GetUser", get_user).await,
        "NotAuthorizedException: Access Token has been revoked"
    );
    world.tokens().await;
}

#[tokio::test]
async fn users_see_what_their_client_may_read_and_can_delete_themselves() {
    let server = Server::start().await;
    let world = server.world().await;
    let tokens = world.tokens().await;
    let token = json!({ "AccessToken": tokens["AccessToken"] });
    assert_eq!(
        server.ok("GetUser", token.clone()).await,
        json!({
            "Username": "alice",
            "UserAttributes": attributes(&[("sub", &world.sub), ("email", "alice@example.com"), ("email_verified", "true")]),
        })
    );
    let narrow = server
        .client(&world.pool, json!({ "ReadAttributes": ["given_name"] }))
        .await;
    let narrow = server
        .sign_in(narrow["ClientId"].as_str().unwrap(), "alice")
        .await;
    let seen = server
        .ok("GetUser", json!({ "AccessToken": narrow["AccessToken"] }))
        .await;
    assert_eq!(seen["UserAttributes"], attributes(&[("sub", &world.sub)]));
    assert_eq!(server.ok("DeleteUser", token.clone()).await, Value::Null);
    assert_eq!(server.refused("GetUser", token).await, UNKNOWN);
    assert_eq!(
        server
            .refused("AdminGetUser", named(&world.pool, "alice"))
            .await,
        UNKNOWN
    );
}

#[tokio::test]
async fn only_unconfirmed_users_can_be_confirmed() {
    let server = Server::start().await;
    let world = server.world().await;
    assert_eq!(
        server
            .refused("AdminConfirmSignUp", named(&world.pool, "alice"))
            .await,
        "NotAuthorizedException: User cannot be confirmed. Current status is CONFIRMED"
    );
    server
        .ok("AdminCreateUser", named(&world.pool, "bob"))
        .await;
    assert_eq!(
        server
            .refused("AdminConfirmSignUp", named(&world.pool, "bob"))
            .await,
        "NotAuthorizedException: User cannot be confirmed. Current status is FORCE_CHANGE_PASSWORD"
    );
}

/// The user names that ListUsers gives, page by page.
async fn listed(server: &Server, pool: &str, filter: &str, limit: i32) -> Vec<String> {
    let mut names = Vec::new();
    let mut token = Value::Null;
    loop {
        let input = json!({ "UserPoolId": pool, "Filter": filter, "Limit": limit, "PaginationToken": token });
        let page = server.ok("ListUsers", input).await;
        let users = page["Users"].as_array().unwrap();
        assert!(limit == 0 || users.len() <= limit.try_into().unwrap());
        names.extend(
            users
                .iter()
                .map(|user| user["Username"].as_str().unwrap().to_owned()),
        );
        token = page["PaginationToken"].clone();
        if token.is_null() {
            return names;
        }
    }
}

#[tokio::test]
async fn users_are_listed_in_pages_and_by_filter() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    for number in 0..5 {
        let name = format!("user{number}");
        let email = format!("User{}@example.com", 9 - number);
        server
            .user(
                &pool,
                &name,
                &[
                    ("email", &email),
                    ("name", "Same Name"),
                    ("given_name", "Q \"x\""),
                ],
            )
            .await;
    }
    server.ok("AdminCreateUser", named(&pool, "temp")).await;
    server.ok("AdminDisableUser", named(&pool, "user1")).await;
    for limit in [0, 1, 2, 60] {
        let find = async |filter: &str| {
            let mut found = listed(&server, &pool, filter, limit).await;
            found.sort();
            found.join(" ")
        };
        let all = "temp user0 user1 user2 user3 user4";
        let users = "user0 user1 user2 user3 user4";
        for (filter, expected) in [
            ("", all),
            ("username = \"user3\"", "user3"),
            ("username ^= \"user\"", users),
            ("username ^= \"User\"", ""),
            ("email = \"uSER7@example.com\"", "user2"),
            ("email ^= \"user\"", users),
            ("name=\"same name\"", users),
            ("name ^= \"same\"", users),
            (r#"given_name = "Q \"x\"""#, users),
            ("family_name ^= \"\"", ""),
            ("cognito:user_status = \"confirmed\"", users),
            ("cognito:user_status ^= \"FORCE\"", "temp"),
            ("status = \"Disabled\"", "user1"),
            ("status = \"Enabled\"", "temp user0 user2 user3 user4"),
            ("status = \"enabled\"", ""),
        ] {
            assert_eq!(find(filter).await, expected, "{filter} by {limit}");
        }
    }
    for (filter, refusal) in [
        (
            "email = a",
            "InvalidParameterException: Error while parsing filter",
        ),
        (
            "custom:foo = \"a\"",
            "InvalidParameterException: Invalid search attribute: custom:foo",
        ),
    ] {
        let input = json!({ "UserPoolId": pool, "Filter": filter });
        assert_eq!(server.refused("ListUsers", input).await, refusal);
    }
}

#[tokio::test]
async fn a_pages_token_works_for_its_own_list_only_and_attributes_can_be_chosen() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    let other = server.pool(json!({})).await;
    for name in ["a", "b"] {
        server
            .user(&pool, name, &[("email", "x@example.com"), ("name", "N")])
            .await;
    }
    let page = server
        .ok("ListUsers", json!({ "UserPoolId": pool, "Limit": 1 }))
        .await;
    let token = &page["PaginationToken"];
    for (pool, filter, token) in [
        (&other, Value::Null, token.clone()),
        (&pool, json!("name = \"N\""), token.clone()),
        (&pool, Value::Null, json!("AYABeforged")),
    ] {
        let input = json!({ "UserPoolId": pool, "Filter": filter, "PaginationToken": token });
        assert_eq!(
            server.refused("ListUsers", input).await,
            "InvalidParameterException: Invalid pagination token"
        );
    }
    let input = json!({ "UserPoolId": pool, "AttributesToGet": ["name", "nickname"] });
    let users = server.ok("ListUsers", input).await;
    for user in users["Users"].as_array().unwrap() {
        assert_eq!(user["Attributes"], attributes(&[("name", "N")]));
    }
}
