//! Signing in with a password, the forced change of a temporary one, and everybody who should not
//! get in.

use std::time::Duration;

use mocknito::wire::user_pools::UserStatusType;
use serde_json::{Value, json};

use crate::support::{PASSWORD, Server, attribute_list, claims, keys, secret_hash, with_password};

const BAD: &str = "NotAuthorizedException: Incorrect username or password.";

/// Makes `carol`, who has only a temporary password.
async fn carol(server: &Server, pool: &str) {
    let input = json!({ "UserPoolId": pool, "Username": "carol", "TemporaryPassword": "Temp0rary!", "MessageAction": "SUPPRESS" });
    server.ok("AdminCreateUser", input).await;
}

fn new_password(client: &str, session: &Value, username: &str, password: &str) -> Value {
    json!({
        "ChallengeName": "NEW_PASSWORD_REQUIRED",
        "ClientId": client,
        "Session": session,
        "ChallengeResponses": { "USERNAME": username, "NEW_PASSWORD": password },
    })
}

#[tokio::test]
async fn the_right_password_gives_tokens_and_an_empty_list_of_parameters() {
    let server = Server::start().await;
    let world = server.world().await;
    let answer = server
        .ok(
            "InitiateAuth",
            with_password(&world.client, "alice", PASSWORD),
        )
        .await;
    assert_eq!(
        keys(&answer),
        ["AuthenticationResult", "ChallengeParameters"]
    );
    assert_eq!(answer["ChallengeParameters"], json!({}));
    let admin = json!({
        "AuthFlow": "ADMIN_NO_SRP_AUTH",
        "UserPoolId": world.pool,
        "ClientId": world.client,
        "AuthParameters": { "USERNAME": "alice", "PASSWORD": PASSWORD },
    });
    server.ok("AdminInitiateAuth", admin).await;
}

#[tokio::test]
async fn wrong_unknown_disabled_and_unconfirmed_are_told_apart_only_by_clients_that_may() {
    let server = Server::start().await;
    let world = server.world().await;
    let hiding = server
        .client(
            &world.pool,
            json!({ "PreventUserExistenceErrors": "ENABLED" }),
        )
        .await;
    let hiding = hiding["ClientId"].as_str().unwrap();
    for client in [world.client.as_str(), hiding] {
        assert_eq!(
            server
                .refused("InitiateAuth", with_password(client, "alice", "Wrong0ne!"))
                .await,
            BAD
        );
    }
    assert_eq!(
        server
            .refused(
                "InitiateAuth",
                with_password(&world.client, "nobody", PASSWORD)
            )
            .await,
        "UserNotFoundException: User does not exist."
    );
    assert_eq!(
        server
            .refused("InitiateAuth", with_password(hiding, "nobody", PASSWORD))
            .await,
        BAD
    );

    server
        .ok(
            "AdminDisableUser",
            json!({ "UserPoolId": world.pool, "Username": "alice" }),
        )
        .await;
    let disabled = "NotAuthorizedException: User is disabled.";
    assert_eq!(
        server
            .refused(
                "InitiateAuth",
                with_password(&world.client, "alice", "Wrong0ne!")
            )
            .await,
        disabled
    );
    assert_eq!(
        server
            .refused("InitiateAuth", with_password(hiding, "alice", "Wrong0ne!"))
            .await,
        BAD
    );
    assert_eq!(
        server
            .refused("InitiateAuth", with_password(hiding, "alice", PASSWORD))
            .await,
        disabled
    );
}

#[tokio::test]
async fn a_flow_that_the_client_does_not_enable_is_refused_in_each_apis_words() {
    let server = Server::start().await;
    let world = server.world().await;
    let client = server
        .client(
            &world.pool,
            json!({ "ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH"] }),
        )
        .await;
    let client = client["ClientId"].as_str().unwrap();
    let flow = |flow: &str| json!({ "AuthFlow": flow, "ClientId": client, "AuthParameters": { "USERNAME": "alice", "PASSWORD": PASSWORD } });
    let admin = |name: &str| {
        let mut input = flow(name);
        input["UserPoolId"] = json!(world.pool);
        input
    };
    let refused = "InvalidParameterException: ";
    for (operation, input, message) in [
        (
            "InitiateAuth",
            flow("USER_PASSWORD_AUTH"),
            "USER_PASSWORD_AUTH flow not enabled for this client",
        ),
        (
            "InitiateAuth",
            flow("ADMIN_USER_PASSWORD_AUTH"),
            "Initiate Auth method not supported.",
        ),
        (
            "InitiateAuth",
            flow("USER_AUTH"),
            "USER_AUTH is not enabled for the client.",
        ),
        (
            "InitiateAuth",
            flow("CUSTOM_AUTH"),
            "CUSTOM_AUTH is not enabled for the client.",
        ),
        (
            "AdminInitiateAuth",
            admin("ADMIN_USER_PASSWORD_AUTH"),
            "Auth flow not enabled for this client",
        ),
        (
            "AdminInitiateAuth",
            admin("USER_PASSWORD_AUTH"),
            "Initiate Auth method not supported.",
        ),
    ] {
        assert_eq!(
            server.refused(operation, input).await,
            format!("{refused}{message}")
        );
    }
    let custom = server
        .client(
            &world.pool,
            json!({ "ExplicitAuthFlows": ["CUSTOM_AUTH_FLOW_ONLY"] }),
        )
        .await;
    assert_eq!(
        server
            .refused(
                "InitiateAuth",
                with_password(custom["ClientId"].as_str().unwrap(), "alice", PASSWORD)
            )
            .await,
        format!("{refused}Only custom auth (lambda driven) is enabled for this client.")
    );
    assert!(
        server
            .refused("InitiateAuth", flow("NO_AUTH"))
            .await
            .contains("at 'authFlow' failed to satisfy constraint")
    );
}

#[tokio::test]
async fn parameters_that_are_missing_are_named() {
    let server = Server::start().await;
    let world = server.world().await;
    for (parameters, missing) in [
        (json!({}), "USERNAME"),
        (json!({ "USERNAME": "alice" }), "PASSWORD"),
    ] {
        let input = json!({ "AuthFlow": "USER_PASSWORD_AUTH", "ClientId": world.client, "AuthParameters": parameters });
        assert_eq!(
            server.refused("InitiateAuth", input).await,
            format!("InvalidParameterException: Missing required parameter {missing}")
        );
    }
}

#[tokio::test]
async fn a_client_with_a_secret_proves_it_with_every_step() {
    let server = Server::start().await;
    let world = server.world().await;
    carol(&server, &world.pool).await;
    let client = server
        .client(&world.pool, json!({ "GenerateSecret": true }))
        .await;
    let (id, secret) = (
        client["ClientId"].as_str().unwrap(),
        client["ClientSecret"].as_str().unwrap(),
    );
    let with = |username: &str, password: &str, hash: Value| {
        let mut input = with_password(id, username, password);
        if !hash.is_null() {
            input["AuthParameters"]["SECRET_HASH"] = hash;
        }
        input
    };
    let missing = format!(
        "NotAuthorizedException: Client {id} is configured with secret but SECRET_HASH was not received"
    );
    let wrong = format!("NotAuthorizedException: Unable to verify secret hash for client {id}");
    assert_eq!(
        server
            .refused("InitiateAuth", with("alice", PASSWORD, Value::Null))
            .await,
        missing
    );
    for hash in [
        secret_hash(secret, "bob", id),
        secret_hash("guess", "alice", id),
        "AAAA".to_owned(),
        "not base64".to_owned(),
    ] {
        assert_eq!(
            server
                .refused("InitiateAuth", with("alice", PASSWORD, json!(hash)))
                .await,
            wrong
        );
    }
    let right = json!(secret_hash(secret, "alice", id));
    let tokens = server
        .ok("InitiateAuth", with("alice", PASSWORD, right.clone()))
        .await["AuthenticationResult"]
        .clone();

    let mut refresh = json!({ "AuthFlow": "REFRESH_TOKEN", "ClientId": id, "AuthParameters": { "REFRESH_TOKEN": tokens["RefreshToken"] } });
    assert_eq!(
        server.refused("InitiateAuth", refresh.clone()).await,
        missing
    );
    refresh["AuthParameters"]["SECRET_HASH"] = json!(secret_hash(secret, "bob", id));
    assert_eq!(
        server.refused("InitiateAuth", refresh.clone()).await,
        format!("NotAuthorizedException: SecretHash does not match for the client: {id}")
    );
    for name in ["alice", &world.sub] {
        refresh["AuthParameters"]["SECRET_HASH"] = json!(secret_hash(secret, name, id));
        server.ok("InitiateAuth", refresh.clone()).await;
    }

    let hash = json!(secret_hash(secret, "carol", id));
    let challenge = server
        .ok("InitiateAuth", with("carol", "Temp0rary!", hash.clone()))
        .await;
    let mut answer = new_password(id, &challenge["Session"], "carol", "N3wPassword!");
    assert_eq!(
        server
            .refused("RespondToAuthChallenge", answer.clone())
            .await,
        missing
    );
    answer["ChallengeResponses"]["SECRET_HASH"] = right;
    assert_eq!(
        server
            .refused("RespondToAuthChallenge", answer.clone())
            .await,
        wrong
    );
    answer["ChallengeResponses"]["SECRET_HASH"] = hash;
    server.ok("RespondToAuthChallenge", answer).await;

    let mut public = with_password(&world.client, "alice", PASSWORD);
    public["AuthParameters"]["SECRET_HASH"] = json!(secret_hash(secret, "alice", &world.client));
    assert!(
        server
            .refused("InitiateAuth", public)
            .await
            .starts_with("NotAuthorizedException: Client ")
    );
}

#[tokio::test]
async fn a_temporary_password_must_be_changed_once() {
    let server = Server::start().await;
    let world = server.world().await;
    carol(&server, &world.pool).await;
    let challenge = server
        .ok(
            "InitiateAuth",
            with_password(&world.client, "carol", "Temp0rary!"),
        )
        .await;
    assert_eq!(
        keys(&challenge),
        ["ChallengeName", "ChallengeParameters", "Session"]
    );
    assert_eq!(challenge["ChallengeName"], "NEW_PASSWORD_REQUIRED");
    assert_eq!(challenge["ChallengeParameters"]["USER_ID_FOR_SRP"], "carol");
    assert_eq!(challenge["ChallengeParameters"]["requiredAttributes"], "[]");
    assert_eq!(challenge["ChallengeParameters"]["userAttributes"], "{}");
    let session = &challenge["Session"];

    // A password that does not conform does not end the session.
    assert_eq!(
        server
            .refused(
                "RespondToAuthChallenge",
                new_password(&world.client, session, "carol", "short")
            )
            .await,
        "InvalidPasswordException: Password did not conform with policy: Password not long enough"
    );
    let answer = new_password(&world.client, session, "carol", "N3wPassword!");
    let tokens = server.ok("RespondToAuthChallenge", answer.clone()).await;
    assert_eq!(
        claims(&tokens["AuthenticationResult"]["AccessToken"])["username"],
        "carol"
    );
    assert_eq!(
        server.refused("RespondToAuthChallenge", answer).await,
        "NotAuthorizedException: Invalid session for the user, session can only be used once."
    );
    assert_eq!(
        server
            .refused(
                "InitiateAuth",
                with_password(&world.client, "carol", "Temp0rary!")
            )
            .await,
        BAD
    );
    server
        .ok(
            "InitiateAuth",
            with_password(&world.client, "carol", "N3wPassword!"),
        )
        .await;
}

#[tokio::test]
async fn a_session_is_bound_to_its_client_user_and_time() {
    let server = Server::start().await;
    let world = server.world().await;
    carol(&server, &world.pool).await;
    let session = server
        .ok(
            "InitiateAuth",
            with_password(&world.client, "carol", "Temp0rary!"),
        )
        .await["Session"]
        .clone();
    let invalid = "NotAuthorizedException: Invalid session for the user.";
    let text = session.as_str().unwrap();
    let mut altered = text.to_owned();
    altered.replace_range(40..41, if &text[40..41] == "A" { "B" } else { "A" });
    for (client, user, session) in [
        (world.client.as_str(), "alice", session.clone()),
        (world.client.as_str(), "nobody", session.clone()),
        (world.client.as_str(), "carol", json!(altered)),
        (
            world.client.as_str(),
            "carol",
            json!("AYABeForgedForgedForgedForged"),
        ),
    ] {
        assert_eq!(
            server
                .refused(
                    "RespondToAuthChallenge",
                    new_password(client, &session, user, "N3wPassword!")
                )
                .await,
            invalid
        );
    }
    let other = server.client(&world.pool, json!({})).await["ClientId"].clone();
    assert_eq!(
        server
            .refused(
                "RespondToAuthChallenge",
                new_password(other.as_str().unwrap(), &session, "carol", "N3wPassword!")
            )
            .await,
        invalid
    );
    let mut without = new_password(&world.client, &session, "carol", "N3wPassword!");
    without["Session"].take();
    assert_eq!(
        server.refused("RespondToAuthChallenge", without).await,
        "InvalidParameterException: Missing required parameter Session"
    );
    server.advance(Duration::from_secs(180));
    assert_eq!(
        server
            .refused(
                "RespondToAuthChallenge",
                new_password(&world.client, &session, "carol", "N3wPassword!")
            )
            .await,
        "NotAuthorizedException: Invalid session for the user, session is expired."
    );
}

#[tokio::test]
async fn a_temporary_password_expires() {
    let server = Server::start().await;
    let world = server.world().await;
    carol(&server, &world.pool).await;
    server.advance(Duration::from_secs(7 * 86_400));
    assert_eq!(
        server
            .refused(
                "InitiateAuth",
                with_password(&world.client, "carol", "Temp0rary!")
            )
            .await,
        "NotAuthorizedException: Temporary password has expired and must be reset by an administrator."
    );
}

#[tokio::test]
async fn required_attributes_that_are_missing_are_asked_with_the_new_password() {
    let server = Server::start().await;
    let pool = server
        .pool(json!({ "Schema": [{ "Name": "given_name", "Required": true }] }))
        .await;
    let client = server.client(&pool, json!({})).await["ClientId"]
        .as_str()
        .unwrap()
        .to_owned();
    carol(&server, &pool).await;
    let challenge = server
        .ok(
            "InitiateAuth",
            with_password(&client, "carol", "Temp0rary!"),
        )
        .await;
    assert_eq!(
        challenge["ChallengeParameters"]["requiredAttributes"],
        r#"["userAttributes.given_name"]"#
    );
    let mut answer = new_password(&client, &challenge["Session"], "carol", "N3wPassword!");
    assert_eq!(
        server
            .refused("RespondToAuthChallenge", answer.clone())
            .await,
        "InvalidParameterException: Invalid attributes given, given_name is missing"
    );
    answer["ChallengeResponses"]["userAttributes.given_name"] = json!("Carol");
    let tokens = server.ok("RespondToAuthChallenge", answer).await;
    assert_eq!(
        claims(&tokens["AuthenticationResult"]["IdToken"])["given_name"],
        "Carol"
    );
}

#[tokio::test]
async fn names_are_found_by_alias_and_sub_and_folded_only_where_the_pool_says_so() {
    let server = Server::start().await;
    let pool = server.pool(json!({ "AliasAttributes": ["email"], "UsernameConfiguration": { "CaseSensitive": false } })).await;
    let client = server.client(&pool, json!({})).await["ClientId"]
        .as_str()
        .unwrap()
        .to_owned();
    let sub = server
        .user(
            &pool,
            "Alice",
            &[("email", "Alice@Example.com"), ("email_verified", "true")],
        )
        .await;
    server
        .user(&pool, "bob", &[("email", "bob@example.com")])
        .await;
    for name in ["Alice", "aLICE", "alice@example.com", &sub] {
        server
            .ok("InitiateAuth", with_password(&client, name, PASSWORD))
            .await;
    }
    // An alias counts once it is verified.
    assert_eq!(
        server
            .refused(
                "InitiateAuth",
                with_password(&client, "bob@example.com", PASSWORD)
            )
            .await,
        "UserNotFoundException: User does not exist."
    );
    let world = server.world().await;
    assert_eq!(
        server
            .refused(
                "InitiateAuth",
                with_password(&world.client, "ALICE", PASSWORD)
            )
            .await,
        "UserNotFoundException: User does not exist."
    );
}

#[tokio::test]
async fn with_username_attributes_the_name_is_the_sub_and_the_address_signs_in() {
    let server = Server::start().await;
    let pool = server
        .pool(json!({ "UsernameAttributes": ["email"] }))
        .await;
    let client = server.client(&pool, json!({})).await["ClientId"]
        .as_str()
        .unwrap()
        .to_owned();
    let sub = server.user(&pool, "dora@example.com", &[]).await;
    let tokens = server.sign_in(&client, "dora@example.com").await;
    let (id, access) = (claims(&tokens["IdToken"]), claims(&tokens["AccessToken"]));
    assert_eq!(
        (&id["cognito:username"], &access["username"]),
        (&json!(sub), &json!(sub))
    );
    assert_eq!(id["email"], "dora@example.com");
}

#[tokio::test]
async fn what_the_first_factor_reveals_depends_on_the_password_and_the_client() {
    let server = Server::start().await;
    let world = server.world().await;
    let hiding = server
        .client_id(
            &world.pool,
            json!({ "PreventUserExistenceErrors": "ENABLED" }),
        )
        .await;
    let unconfirmed = "UserNotConfirmedException: User is not confirmed.";
    let reset = "PasswordResetRequiredException: Password reset required for the user";
    for (status, right, wrong_openly) in [
        // Before the password is looked at.
        (UserStatusType::Unconfirmed, unconfirmed, unconfirmed),
        (UserStatusType::ResetRequired, reset, reset),
    ] {
        server.set_status(&world.pool, "alice", status).await;
        for client in [&world.client, &hiding] {
            let input = with_password(client, "alice", PASSWORD);
            server.refuses("InitiateAuth", input, right).await;
        }
        let wrong = |client: &str| with_password(client, "alice", "Wrong0ne!");
        server
            .refuses("InitiateAuth", wrong(&world.client), wrong_openly)
            .await;
        server.refuses("InitiateAuth", wrong(&hiding), BAD).await;
    }
}

#[tokio::test]
async fn administrators_are_refused_like_users() {
    let server = Server::start().await;
    let world = server.world().await;
    let hiding = server
        .client_id(
            &world.pool,
            json!({ "PreventUserExistenceErrors": "ENABLED" }),
        )
        .await;
    let admin = |client: &str, username: &str, password: &str| {
        json!({
            "AuthFlow": "ADMIN_USER_PASSWORD_AUTH",
            "UserPoolId": world.pool,
            "ClientId": client,
            "AuthParameters": { "USERNAME": username, "PASSWORD": password },
        })
    };
    let unknown = "UserNotFoundException: User does not exist.";
    for (client, username, password, expected) in [
        (world.client.as_str(), "alice", "Wrong0ne!", BAD),
        (&world.client, "nobody", PASSWORD, unknown),
        (&hiding, "nobody", PASSWORD, BAD),
    ] {
        let input = admin(client, username, password);
        server.refuses("AdminInitiateAuth", input, expected).await;
    }
    let mut nowhere = admin(&world.client, "alice", PASSWORD);
    nowhere["UserPoolId"] = json!("us-east-1_nowhere00");
    server
        .refuses(
            "AdminInitiateAuth",
            nowhere,
            "ResourceNotFoundException: User pool us-east-1_nowhere00 does not exist.",
        )
        .await;
    for missing in ["USERNAME", "PASSWORD"] {
        let mut input = admin(&world.client, "alice", PASSWORD);
        input["AuthParameters"]
            .as_object_mut()
            .unwrap()
            .remove(missing);
        let expected = format!("InvalidParameterException: Missing required parameter {missing}");
        server.refuses("AdminInitiateAuth", input, &expected).await;
    }
    let disable = json!({ "UserPoolId": world.pool, "Username": "alice" });
    server.ok("AdminDisableUser", disable).await;
    server
        .refuses(
            "AdminInitiateAuth",
            admin(&world.client, "alice", PASSWORD),
            "NotAuthorizedException: User is disabled.",
        )
        .await;
}

#[tokio::test]
async fn custom_auth_needs_functions_that_the_pool_does_not_have() {
    let server = Server::start().await;
    let world = server.world().await;
    for flow in ["ALLOW_CUSTOM_AUTH", "CUSTOM_AUTH_FLOW_ONLY"] {
        let client = server
            .client_id(&world.pool, json!({ "ExplicitAuthFlows": [flow] }))
            .await;
        let input = json!({ "AuthFlow": "CUSTOM_AUTH", "ClientId": client, "AuthParameters": { "USERNAME": "alice" } });
        server
            .refuses(
                "InitiateAuth",
                input,
                "InvalidParameterException: Custom auth lambda trigger is not configured for the user pool.",
            )
            .await;
    }
}

#[tokio::test]
async fn a_refresh_names_what_is_missing() {
    let server = Server::start().await;
    let world = server.world().await;
    for flow in ["REFRESH_TOKEN", "REFRESH_TOKEN_AUTH"] {
        let input = json!({ "AuthFlow": flow, "ClientId": world.client, "AuthParameters": {} });
        server
            .refuses(
                "InitiateAuth",
                input,
                "InvalidParameterException: Missing required parameter REFRESH_TOKEN",
            )
            .await;
    }
}

#[tokio::test]
async fn a_new_password_comes_with_everything_that_was_asked_and_nothing_forbidden() {
    let server = Server::start().await;
    let world = server.world().await;
    let input = json!({
        "UserPoolId": world.pool,
        "Username": "carol",
        "TemporaryPassword": "Temp0rary!",
        "MessageAction": "SUPPRESS",
        "UserAttributes": attribute_list(&[("email", "c@example.com"), ("email_verified", "true"), ("given_name", "Carol")]),
    });
    server.ok("AdminCreateUser", input).await;
    let challenge = server
        .ok(
            "InitiateAuth",
            with_password(&world.client, "carol", "Temp0rary!"),
        )
        .await;
    let shown: Value = serde_json::from_str(
        challenge["ChallengeParameters"]["userAttributes"]
            .as_str()
            .unwrap(),
    )
    .unwrap();
    assert_eq!(
        shown,
        json!({ "email": "c@example.com", "email_verified": "true", "given_name": "Carol" })
    );
    let session = &challenge["Session"];
    let answer = new_password(&world.client, session, "carol", "N3wPassword!");
    for missing in ["USERNAME", "NEW_PASSWORD"] {
        let mut answer = answer.clone();
        answer["ChallengeResponses"]
            .as_object_mut()
            .unwrap()
            .remove(missing);
        let expected = format!("InvalidParameterException: Missing required parameter {missing}");
        server
            .refuses("RespondToAuthChallenge", answer, &expected)
            .await;
    }
    for (name, value, expected) in [
        (
            "email",
            "thief@example.com",
            "NotAuthorizedException: Cannot modify an already provided email",
        ),
        (
            "email",
            "c@example.com",
            "NotAuthorizedException: Cannot modify an already provided email",
        ),
        (
            "given_name",
            "Carola",
            "NotAuthorizedException: Cannot modify an already provided given_name",
        ),
        (
            "email_verified",
            "true",
            "NotAuthorizedException: A client attempted to write unauthorized attribute",
        ),
        (
            "custom:x",
            "1",
            "InvalidParameterException: Attributes did not conform to the schema: custom:x: Attribute does not exist in the schema.\n",
        ),
        (
            "phone_number",
            "1",
            "InvalidParameterException: Invalid phone number format.",
        ),
    ] {
        let mut answer = answer.clone();
        answer["ChallengeResponses"][format!("userAttributes.{name}")] = json!(value);
        server
            .refuses("RespondToAuthChallenge", answer, expected)
            .await;
    }
    // None of that used the session up.
    let tokens = server.ok("RespondToAuthChallenge", answer).await;
    assert_eq!(
        claims(&tokens["AuthenticationResult"]["IdToken"])["email"],
        "c@example.com"
    );
}

#[tokio::test]
async fn a_verified_number_is_not_exchanged_with_the_new_password() {
    let server = Server::start().await;
    let world = server.world().await;
    let number = [
        ("phone_number", "+12065559934"),
        ("phone_number_verified", "true"),
    ];
    let input = json!({
        "UserPoolId": world.pool,
        "Username": "carol",
        "TemporaryPassword": "Temp0rary!",
        "MessageAction": "SUPPRESS",
        "UserAttributes": attribute_list(&number),
    });
    server.ok("AdminCreateUser", input).await;
    let begin = with_password(&world.client, "carol", "Temp0rary!");
    let session = server.ok("InitiateAuth", begin).await["Session"].clone();
    let mut answer = new_password(&world.client, &session, "carol", "N3wPassword!");
    answer["ChallengeResponses"]["userAttributes.phone_number"] = json!("+12065550000");
    server
        .refuses_as("RespondToAuthChallenge", answer, "AlreadyProvided")
        .await;
}

#[tokio::test]
async fn an_administrator_does_not_exchange_what_is_provided_either() {
    let server = Server::start().await;
    let world = server.world().await;
    let input = json!({
        "UserPoolId": world.pool,
        "Username": "carol",
        "TemporaryPassword": "Temp0rary!",
        "MessageAction": "SUPPRESS",
        // Not verified: that makes no difference.
        "UserAttributes": attribute_list(&[("email", "c@example.com")]),
    });
    server.ok("AdminCreateUser", input).await;
    let mut begin = with_password(&world.client, "carol", "Temp0rary!");
    begin["AuthFlow"] = json!("ADMIN_USER_PASSWORD_AUTH");
    begin["UserPoolId"] = json!(world.pool);
    let session = server.ok("AdminInitiateAuth", begin).await["Session"].clone();
    let mut answer = new_password(&world.client, &session, "carol", "N3wPassword!");
    answer["UserPoolId"] = json!(world.pool);
    let expected = "NotAuthorizedException: Cannot modify an already provided email";
    for email in ["thief@example.com", "c@example.com"] {
        let mut answer = answer.clone();
        answer["ChallengeResponses"]["userAttributes.email"] = json!(email);
        server
            .refuses("AdminRespondToAuthChallenge", answer, expected)
            .await;
    }
    // None of that used the session up, and what was not provided may be given.
    answer["ChallengeResponses"]["userAttributes.given_name"] = json!("Carol");
    let tokens = server.ok("AdminRespondToAuthChallenge", answer).await;
    let claims = claims(&tokens["AuthenticationResult"]["IdToken"]);
    assert_eq!(
        (&claims["email"], &claims["given_name"]),
        (&json!("c@example.com"), &json!("Carol"))
    );
}

#[tokio::test]
async fn a_session_answers_its_own_challenge_in_its_own_pool() {
    let server = Server::start().await;
    let world = server.world().await;
    carol(&server, &world.pool).await;
    let session = server
        .ok(
            "InitiateAuth",
            with_password(&world.client, "carol", "Temp0rary!"),
        )
        .await["Session"]
        .clone();
    let elsewhere = server.pool(json!({})).await;
    carol(&server, &elsewhere).await;
    let stranger = server.client_id(&elsewhere, json!({})).await;
    let invalid = "NotAuthorizedException: Invalid session for the user.";
    let answer = new_password(&stranger, &session, "carol", "N3wPassword!");
    server
        .refuses("RespondToAuthChallenge", answer, invalid)
        .await;
    let mut admin = new_password(&world.client, &session, "carol", "N3wPassword!");
    admin["UserPoolId"] = json!(elsewhere);
    server
        .refuses(
            "AdminRespondToAuthChallenge",
            admin.clone(),
            &format!(
                "ResourceNotFoundException: User pool client {} does not exist.",
                world.client
            ),
        )
        .await;
    // No other challenge is passed by it.
    for challenge in [
        "SOFTWARE_TOKEN_MFA",
        "SMS_MFA",
        "CUSTOM_CHALLENGE",
        "SELECT_CHALLENGE",
    ] {
        let mut answer = new_password(&world.client, &session, "carol", "N3wPassword!");
        answer["ChallengeName"] = json!(challenge);
        let reply = server.call("RespondToAuthChallenge", answer).await;
        assert_eq!(reply.status, 400, "{challenge}");
    }
    // (unsure) The administrators' operation answers what the users' one began.
    admin["UserPoolId"] = json!(world.pool);
    server.ok("AdminRespondToAuthChallenge", admin).await;
}

#[tokio::test]
async fn a_session_is_used_up_once_even_when_two_race() {
    let server = Server::start().await;
    let world = server.world().await;
    carol(&server, &world.pool).await;
    let session = server
        .ok(
            "InitiateAuth",
            with_password(&world.client, "carol", "Temp0rary!"),
        )
        .await["Session"]
        .clone();
    let answer = |password: &str| {
        let answer = new_password(&world.client, &session, "carol", password);
        server.call("RespondToAuthChallenge", answer)
    };
    let (one, two) = tokio::join!(answer("Fir5t!pass"), answer("Sec0nd!pass"));
    assert!(one.status.is_success() != two.status.is_success());
}

#[tokio::test]
async fn a_user_who_was_deleted_or_disabled_cannot_finish_what_it_began() {
    let server = Server::start().await;
    let world = server.world().await;
    for (operation, situation) in [
        ("AdminDisableUser", "UserDisabled"),
        ("AdminDeleteUser", "SessionInvalid"),
    ] {
        carol(&server, &world.pool).await;
        let challenge = server
            .ok(
                "InitiateAuth",
                with_password(&world.client, "carol", "Temp0rary!"),
            )
            .await;
        let carol = json!({ "UserPoolId": world.pool, "Username": "carol" });
        server.ok(operation, carol.clone()).await;
        let answer = new_password(
            &world.client,
            &challenge["Session"],
            "carol",
            "N3wPassword!",
        );
        server
            .refuses_as("RespondToAuthChallenge", answer, situation)
            .await;
        if operation == "AdminDisableUser" {
            server.ok("AdminDeleteUser", carol).await;
        }
    }
}
