//! USER_SRP_AUTH, spoken by a client of our own: who gets in, and who does not whatever they alter,
//! repeat or guess.

use std::collections::HashSet;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use mocknito::wire::user_pools::UserStatusType;
use serde_json::{Value, json};

use crate::support::srp::{SrpClient, prime, timestamp};
use crate::support::{
    PASSWORD, START, Server, claims, keys, secret_hash, text, with_refresh_token,
};

const BAD: &str = "NotAuthorizedException: Incorrect username or password.";

/// A pool with alice, and a client that allows SRP and refresh as every client does that says
/// nothing.
struct World {
    server: Server,
    pool: String,
    client: String,
    srp: SrpClient,
}

impl World {
    async fn start() -> Self {
        let server = Server::start().await;
        let pool = server.pool(json!({})).await;
        let client = server
            .client_id(&pool, json!({ "ExplicitAuthFlows": [] }))
            .await;
        server.user(&pool, "alice", &[]).await;
        Self {
            server,
            pool,
            client,
            srp: SrpClient::new("a"),
        }
    }

    /// The challenge for this user.
    async fn challenge(&self, username: &str) -> Value {
        self.server
            .ok("InitiateAuth", self.srp.begin(&self.client, username))
            .await
    }

    fn answer(&self, challenge: &Value, password: &str) -> Value {
        self.srp
            .answer(&self.pool, &self.client, challenge, password)
    }

    async fn refuses(&self, answer: Value, expected: &str) {
        self.server
            .refuses("RespondToAuthChallenge", answer, expected)
            .await;
    }
}

/// An answer with one response replaced.
fn with(mut answer: Value, name: &str, value: Value) -> Value {
    answer["ChallengeResponses"][name] = value;
    answer
}

#[tokio::test]
async fn the_challenge_has_cognitos_parameters_and_no_session() {
    let world = World::start().await;
    let challenge = world.challenge("alice").await;
    assert_eq!(keys(&challenge), ["ChallengeName", "ChallengeParameters"]);
    assert_eq!(challenge["ChallengeName"], "PASSWORD_VERIFIER");
    let parameters = &challenge["ChallengeParameters"];
    assert_eq!(
        keys(parameters),
        [
            "SALT",
            "SECRET_BLOCK",
            "SRP_B",
            "USERNAME",
            "USER_ID_FOR_SRP"
        ]
    );
    assert_eq!(parameters["USER_ID_FOR_SRP"], "alice");
    assert_eq!(parameters["USERNAME"], "alice");
    for number in ["SALT", "SRP_B"] {
        let number = text(&parameters[number]);
        assert!(
            number
                .bytes()
                .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
        );
        assert!(!number.starts_with('0'));
    }
    // A client that reads the salt as a number and one that reads it as text must hash the same
    // bytes.
    assert!(matches!(text(&parameters["SALT"]).len(), 31 | 32));
    assert!(STANDARD.decode(text(&parameters["SECRET_BLOCK"])).is_ok());
}

#[tokio::test]
async fn the_right_password_signs_in_without_being_sent() {
    let world = World::start().await;
    let challenge = world.challenge("alice").await;
    let answer = world.answer(&challenge, PASSWORD);
    let tokens = world.server.ok("RespondToAuthChallenge", answer).await;
    assert_eq!(
        keys(&tokens),
        ["AuthenticationResult", "ChallengeParameters"]
    );
    assert_eq!(tokens["ChallengeParameters"], json!({}));
    let tokens = &tokens["AuthenticationResult"];
    assert_eq!(claims(&tokens["AccessToken"])["username"], "alice");
    assert_eq!(
        claims(&tokens["AccessToken"])["scope"],
        "aws.cognito.signin.user.admin"
    );
    let refresh = with_refresh_token(&world.client, &tokens["RefreshToken"]);
    world.server.ok("InitiateAuth", refresh).await;
}

#[tokio::test]
async fn many_users_and_keys_agree_whatever_their_numbers_begin_with() {
    let world = World::start().await;
    for number in 0..12 {
        let name = format!("user{number}");
        world.server.user(&world.pool, &name, &[]).await;
        let srp = SrpClient::new(&name);
        let begin = srp.begin(&world.client, &name);
        let challenge = world.server.ok("InitiateAuth", begin).await;
        let answer = srp.answer(&world.pool, &world.client, &challenge, PASSWORD);
        world.server.ok("RespondToAuthChallenge", answer).await;
    }
}

#[tokio::test]
async fn the_same_key_may_begin_again_and_may_be_written_in_capitals() {
    let world = World::start().await;
    let first = world.challenge("alice").await;
    let second = world.challenge("alice").await;
    let parameter = |challenge: &Value, name: &str| challenge["ChallengeParameters"][name].clone();
    assert_eq!(parameter(&first, "SALT"), parameter(&second, "SALT"));
    assert_ne!(parameter(&first, "SRP_B"), parameter(&second, "SRP_B"));
    let mut capitals = world.srp.begin(&world.client, "alice");
    capitals["AuthParameters"]["SRP_A"] = json!(world.srp.public().to_uppercase());
    let third = world.server.ok("InitiateAuth", capitals).await;
    for challenge in [first, second, third] {
        let answer = world.answer(&challenge, PASSWORD);
        world.server.ok("RespondToAuthChallenge", answer).await;
    }
}

#[tokio::test]
async fn a_wrong_password_is_refused_and_may_be_corrected() {
    let world = World::start().await;
    let challenge = world.challenge("alice").await;
    for wrong in ["Wrong0ne!", "", "passw0rd!", "Passw0rd! "] {
        world.refuses(world.answer(&challenge, wrong), BAD).await;
    }
    let answer = world.answer(&challenge, PASSWORD);
    world.server.ok("RespondToAuthChallenge", answer).await;
}

#[tokio::test]
async fn a_key_that_would_need_no_password_is_refused() {
    let world = World::start().await;
    // A ≡ 0 (mod N) makes the shared secret 0, whoever asks.
    let twice = {
        let mut carry = 0;
        let mut digits: Vec<char> = prime()
            .chars()
            .rev()
            .map(|digit| {
                let double = 2 * digit.to_digit(16).unwrap() + carry;
                carry = double / 16;
                char::from_digit(double % 16, 16).unwrap()
            })
            .collect();
        digits.push(char::from_digit(carry, 16).unwrap());
        digits.iter().rev().collect::<String>()
    };
    for key in [
        "0",
        "00",
        "0000000000",
        &prime(),
        &prime().to_uppercase(),
        &format!("00{}", prime()),
        &twice,
        &"f".repeat(10_000),
    ] {
        let mut input = world.srp.begin(&world.client, "alice");
        input["AuthParameters"]["SRP_A"] = json!(key);
        let expected = "InvalidParameterException: Incorrect SRP_A";
        world.server.refuses("InitiateAuth", input, expected).await;
    }
    for key in ["zzz", "no number", "-1", "0x12", "ü"] {
        let mut input = world.srp.begin(&world.client, "alice");
        input["AuthParameters"]["SRP_A"] = json!(key);
        let expected = format!(
            "InvalidParameterException: 1 validation error detected: Value '{key}' at 'sRPA' failed to satisfy constraint: Member must satisfy regular expression pattern: ^[0-9a-fA-F]+$"
        );
        world.server.refuses("InitiateAuth", input, &expected).await;
    }
}

#[tokio::test]
async fn parameters_and_responses_that_are_missing_are_named() {
    let world = World::start().await;
    let challenge = world.challenge("alice").await;
    for missing in ["USERNAME", "SRP_A"] {
        let mut input = world.srp.begin(&world.client, "alice");
        input["AuthParameters"]
            .as_object_mut()
            .unwrap()
            .remove(missing);
        let expected = format!("InvalidParameterException: Missing required parameter {missing}");
        world.server.refuses("InitiateAuth", input, &expected).await;
    }
    for missing in [
        "USERNAME",
        "PASSWORD_CLAIM_SECRET_BLOCK",
        "PASSWORD_CLAIM_SIGNATURE",
        "TIMESTAMP",
    ] {
        let mut answer = world.answer(&challenge, PASSWORD);
        answer["ChallengeResponses"]
            .as_object_mut()
            .unwrap()
            .remove(missing);
        let expected = format!("InvalidParameterException: Missing required parameter {missing}");
        world.refuses(answer, &expected).await;
    }
    // Of several the first is named, in this order; none at all is a case of its own.
    let mut answer = world.answer(&challenge, PASSWORD);
    let responses = answer["ChallengeResponses"].as_object_mut().unwrap();
    responses.remove("PASSWORD_CLAIM_SECRET_BLOCK");
    for missing in ["PASSWORD_CLAIM_SIGNATURE", "TIMESTAMP", "USERNAME"] {
        let mut answer = answer.clone();
        let responses = answer["ChallengeResponses"].as_object_mut().unwrap();
        let order = ["USERNAME", "TIMESTAMP", "PASSWORD_CLAIM_SIGNATURE"];
        let from = order.iter().position(|name| *name == missing).unwrap();
        for name in &order[from..] {
            responses.remove(*name);
        }
        responses.insert("ANSWER".to_owned(), json!("x"));
        let expected = format!("InvalidParameterException: Missing required parameter {missing}");
        world.refuses(answer, &expected).await;
    }
    answer["ChallengeResponses"] = json!({});
    let nothing = "InvalidParameterException: Missing required parameter challenge responses.";
    world.refuses(answer.clone(), nothing).await;
    answer.as_object_mut().unwrap().remove("ChallengeResponses");
    world.refuses(answer, nothing).await;
}

#[tokio::test]
async fn nothing_of_an_answer_can_be_altered() {
    let world = World::start().await;
    world.server.user(&world.pool, "bob", &[]).await;
    let challenge = world.challenge("alice").await;
    let answer = world.answer(&challenge, PASSWORD);
    let responses = &answer["ChallengeResponses"];

    let signature = STANDARD
        .decode(text(&responses["PASSWORD_CLAIM_SIGNATURE"]))
        .unwrap();
    for at in [0, 31] {
        let mut altered = signature.clone();
        altered[at] ^= 1;
        let altered = json!(STANDARD.encode(altered));
        world
            .refuses(
                with(answer.clone(), "PASSWORD_CLAIM_SIGNATURE", altered),
                BAD,
            )
            .await;
    }
    for (wrong, expected) in [
        (STANDARD.encode(&signature[..16]).as_str(), BAD),
        (
            "no base64",
            "InvalidParameterException: Invalid PASSWORD_CLAIM_SIGNATURE format. Must be a Base64 string.",
        ),
    ] {
        world
            .refuses(
                with(answer.clone(), "PASSWORD_CLAIM_SIGNATURE", json!(wrong)),
                expected,
            )
            .await;
    }

    // A block is refused even when the signature is over the altered one.
    let block = STANDARD
        .decode(text(&responses["PASSWORD_CLAIM_SECRET_BLOCK"]))
        .unwrap();
    for at in [0, 3, 10, block.len() / 2, block.len() - 1] {
        let mut altered = block.clone();
        altered[at] ^= 1;
        let mut challenge = challenge.clone();
        challenge["ChallengeParameters"]["SECRET_BLOCK"] = json!(STANDARD.encode(altered));
        world.refuses(world.answer(&challenge, PASSWORD), BAD).await;
    }
    for wrong in ["AAAA", "no base64", &STANDARD.encode(&block[..20])] {
        world
            .refuses(
                with(answer.clone(), "PASSWORD_CLAIM_SECRET_BLOCK", json!(wrong)),
                BAD,
            )
            .await;
    }

    let later = json!(timestamp(START + 1));
    world
        .refuses(with(answer.clone(), "TIMESTAMP", later), BAD)
        .await;
    for other in ["bob", "nobody"] {
        world
            .refuses(with(answer.clone(), "USERNAME", json!(other)), BAD)
            .await;
    }
    // After all that, the right answer is still right, once the lock of five wrong proofs is over.
    world.server.advance(Duration::from_secs(1));
    world.server.ok("RespondToAuthChallenge", answer).await;
}

#[tokio::test]
async fn the_time_in_an_answer_has_cognitos_form_and_may_be_any() {
    let world = World::start().await;
    let challenge = world.challenge("alice").await;
    let at = |time: &str| {
        world
            .srp
            .answer_at(&world.pool, &world.client, &challenge, PASSWORD, time)
    };
    for wrong in [
        "2026-01-01T00:00:00Z",
        "Thu Jan 1 00:00:00 CET 2026",
        "Do Jan 1 00:00:00 UTC 2026",
        "Thu Jan 1 00:00:00 utc 2026",
        "Thu Jan 1 00:00:00 Z 2026",
        "Thu Jan 1 24:00:00 UTC 2026",
        "now",
    ] {
        world
            .server
            .refuses_as("RespondToAuthChallenge", at(wrong), "SrpTimestampMalformed")
            .await;
    }
    // Read, and checked over the form that it should have had: these clients signed another one.
    for other in [
        "Thu Jan 01 00:00:00 UTC 2026",
        "Fri Jan 1 00:00:00 UTC 2026",
        "Thu Jan 1 00:00:00 GMT 2026",
        "thu jan 1 00:00:00 UTC 2026",
    ] {
        world.refuses(at(other), BAD).await;
        let mut signed = at("Thu Jan 1 00:00:00 UTC 2026");
        signed["ChallengeResponses"]["TIMESTAMP"] = json!(other);
        world.server.ok("RespondToAuthChallenge", signed).await;
    }
    // A library writes the hour on a 12-hour clock, and its users sign in all day.
    for hours in [1, 12, 24, 24 * 20] {
        let time = timestamp(START + hours * 3_600);
        world.server.ok("RespondToAuthChallenge", at(&time)).await;
    }
}

#[tokio::test]
async fn a_right_answer_may_come_again_as_after_an_answer_that_was_lost() {
    let world = World::start().await;
    let challenge = world.challenge("alice").await;
    let answer = world.answer(&challenge, PASSWORD);
    let call = || world.server.call("RespondToAuthChallenge", answer.clone());
    let (one, two, three) = tokio::join!(call(), call(), call());
    let good = [one, two, three]
        .iter()
        .filter(|reply| reply.status.is_success())
        .count();
    assert_eq!(good, 3);
    // As long as the challenge lasts.
    world.server.advance(Duration::from_secs(180));
    world
        .server
        .refuses_as("RespondToAuthChallenge", answer, "SessionExpired")
        .await;
}

#[tokio::test]
async fn a_block_belongs_to_its_client_and_its_pool() {
    let world = World::start().await;
    let challenge = world.challenge("alice").await;
    let other = world
        .server
        .client_id(&world.pool, json!({ "ExplicitAuthFlows": [] }))
        .await;
    let answer = world.srp.answer(&world.pool, &other, &challenge, PASSWORD);
    world.refuses(answer, BAD).await;

    let elsewhere = world.server.pool(json!({})).await;
    let stranger = world.server.client_id(&elsewhere, json!({})).await;
    world.server.user(&elsewhere, "alice", &[]).await;
    for pool in [&world.pool, &elsewhere] {
        let answer = world.srp.answer(pool, &stranger, &challenge, PASSWORD);
        world.refuses(answer, BAD).await;
    }
}

#[tokio::test]
async fn a_block_expires_with_the_clients_session_validity() {
    let world = World::start().await;
    let patient = world
        .server
        .client_id(
            &world.pool,
            json!({ "ExplicitAuthFlows": [], "AuthSessionValidity": 15 }),
        )
        .await;
    let mut challenges = Vec::new();
    for client in [&world.client, &patient] {
        let begin = world.srp.begin(client, "alice");
        challenges.push(world.server.ok("InitiateAuth", begin).await);
    }
    world.server.advance(Duration::from_secs(180));
    let now = timestamp(START + 180);
    let answer = |client: &str, challenge: &Value, now: &str| {
        world
            .srp
            .answer_at(&world.pool, client, challenge, PASSWORD, now)
    };
    world
        .server
        .refuses_as(
            "RespondToAuthChallenge",
            answer(&world.client, &challenges[0], &now),
            "SessionExpired",
        )
        .await;
    world.server.advance(Duration::from_secs(719));
    let now = timestamp(START + 899);
    world
        .server
        .ok(
            "RespondToAuthChallenge",
            answer(&patient, &challenges[1], &now),
        )
        .await;
}

#[tokio::test]
async fn a_client_that_may_know_hears_that_a_user_does_not_exist() {
    let world = World::start().await;
    let mut input = world.srp.begin(&world.client, "nobody");
    let expected = "UserNotFoundException: User does not exist.";
    world
        .server
        .refuses("InitiateAuth", input.clone(), expected)
        .await;
    // Captured: the user is looked up before the key is.
    input["AuthParameters"]["SRP_A"] = json!("0");
    world.server.refuses("InitiateAuth", input, expected).await;
}

#[tokio::test]
async fn a_client_that_may_not_know_gets_a_challenge_that_nobody_can_answer() {
    let world = World::start().await;
    let hiding = world
        .server
        .client_id(
            &world.pool,
            json!({ "ExplicitAuthFlows": [], "PreventUserExistenceErrors": "ENABLED" }),
        )
        .await;
    let mut salts = HashSet::new();
    for name in ["nobody", "somebody", "alice"] {
        let begin = world.srp.begin(&hiding, name);
        let first = world.server.ok("InitiateAuth", begin.clone()).await;
        let second = world.server.ok("InitiateAuth", begin).await;
        let (one, two) = (
            &first["ChallengeParameters"],
            &second["ChallengeParameters"],
        );
        assert_eq!(keys(&first), ["ChallengeName", "ChallengeParameters"]);
        assert_eq!(keys(one).len(), 5);
        assert_eq!(one["USER_ID_FOR_SRP"], name);
        assert_eq!(one["SALT"], two["SALT"], "{name}: a salt that moves tells");
        assert_ne!(one["SRP_B"], two["SRP_B"]);
        salts.insert(text(&one["SALT"]));
        // The blocks must not tell by their size either.
        assert_eq!(
            text(&one["SECRET_BLOCK"]).len(),
            text(&two["SECRET_BLOCK"]).len()
        );
        let answer = world.srp.answer(&world.pool, &hiding, &first, "Wrong0ne!");
        world.refuses(answer, BAD).await;
        let mut bad = world.srp.begin(&hiding, name);
        bad["AuthParameters"]["SRP_A"] = json!("0");
        world
            .server
            .refuses(
                "InitiateAuth",
                bad,
                "InvalidParameterException: Incorrect SRP_A",
            )
            .await;
    }
    assert_eq!(salts.len(), 3);
}

#[tokio::test]
async fn a_simulated_user_of_a_pool_with_aliases_has_a_sub_like_the_others() {
    let server = Server::start().await;
    let srp = SrpClient::new("a");
    for settings in [
        json!({ "UsernameAttributes": ["email"] }),
        json!({ "AliasAttributes": ["email"] }),
    ] {
        let pool = server.pool(settings).await;
        let client = server
            .client_id(
                &pool,
                json!({ "ExplicitAuthFlows": [], "PreventUserExistenceErrors": "ENABLED" }),
            )
            .await;
        let begin = srp.begin(&client, "nobody@example.com");
        let first = server.ok("InitiateAuth", begin.clone()).await;
        let second = server.ok("InitiateAuth", begin).await;
        let id = text(&first["ChallengeParameters"]["USER_ID_FOR_SRP"]);
        assert_eq!((id.len(), &id[14..15]), (36, "7"));
        assert_eq!(
            second["ChallengeParameters"]["USER_ID_FOR_SRP"],
            id.as_str()
        );
        let answer = srp.answer(&pool, &client, &first, PASSWORD);
        server.refuses("RespondToAuthChallenge", answer, BAD).await;
    }
}

#[tokio::test]
async fn a_user_made_after_its_simulation_cannot_answer_the_old_challenge() {
    let world = World::start().await;
    let hiding = world
        .server
        .client_id(
            &world.pool,
            json!({ "ExplicitAuthFlows": [], "PreventUserExistenceErrors": "ENABLED" }),
        )
        .await;
    let begin = world.srp.begin(&hiding, "late");
    let challenge = world.server.ok("InitiateAuth", begin).await;
    world.server.user(&world.pool, "late", &[]).await;
    let answer = world.srp.answer(&world.pool, &hiding, &challenge, PASSWORD);
    world.refuses(answer, BAD).await;
}

#[tokio::test]
async fn a_user_may_be_named_by_alias_sub_and_in_any_case_where_the_pool_allows() {
    let server = Server::start().await;
    let srp = SrpClient::new("a");
    let pool = server
        .pool(json!({ "AliasAttributes": ["email"], "UsernameConfiguration": { "CaseSensitive": false } }))
        .await;
    let client = server
        .client_id(&pool, json!({ "ExplicitAuthFlows": [] }))
        .await;
    let email = [("email", "alice@example.com"), ("email_verified", "true")];
    let sub = server.user(&pool, "Alice", &email).await;
    let stored = text(&server.described_user(&pool, "alice").await["Username"]);
    for name in ["Alice", "ALICE", "Alice@Example.com", &sub] {
        let challenge = server.ok("InitiateAuth", srp.begin(&client, name)).await;
        let user_id = &challenge["ChallengeParameters"]["USER_ID_FOR_SRP"];
        assert_eq!(*user_id, stored.as_str(), "{name}");
        let answer = srp.answer(&pool, &client, &challenge, PASSWORD);
        server.ok("RespondToAuthChallenge", answer).await;
        // A client that sends what was typed as USERNAME is served as well.
        let challenge = server.ok("InitiateAuth", srp.begin(&client, name)).await;
        let answer = srp.answer(&pool, &client, &challenge, PASSWORD);
        let answer = with(answer, "USERNAME", json!(name));
        server.ok("RespondToAuthChallenge", answer).await;
    }
}

#[tokio::test]
async fn where_an_address_is_the_name_the_sub_is_the_id_for_srp() {
    let server = Server::start().await;
    let srp = SrpClient::new("a");
    let pool = server
        .pool(json!({ "UsernameAttributes": ["email"] }))
        .await;
    let client = server
        .client_id(&pool, json!({ "ExplicitAuthFlows": [] }))
        .await;
    let sub = server.user(&pool, "dora@example.com", &[]).await;
    let challenge = server
        .ok("InitiateAuth", srp.begin(&client, "dora@example.com"))
        .await;
    assert_eq!(
        challenge["ChallengeParameters"]["USER_ID_FOR_SRP"],
        sub.as_str()
    );
    let answer = srp.answer(&pool, &client, &challenge, PASSWORD);
    server.ok("RespondToAuthChallenge", answer).await;
}

#[tokio::test]
async fn a_temporary_password_leads_to_the_challenge_for_a_new_one() {
    let world = World::start().await;
    let input = json!({ "UserPoolId": world.pool, "Username": "carol", "TemporaryPassword": "Temp0rary!", "MessageAction": "SUPPRESS" });
    world.server.ok("AdminCreateUser", input).await;
    let challenge = world.challenge("carol").await;
    let answer = world.answer(&challenge, "Temp0rary!");
    let next = world
        .server
        .ok("RespondToAuthChallenge", answer.clone())
        .await;
    assert_eq!(next["ChallengeName"], "NEW_PASSWORD_REQUIRED");
    assert!(next.get("AuthenticationResult").is_none());
    // The proof may come again, until the password is another one.
    let again = world
        .server
        .ok("RespondToAuthChallenge", answer.clone())
        .await;
    assert_eq!(again["ChallengeName"], "NEW_PASSWORD_REQUIRED");
    let input = json!({
        "ChallengeName": "NEW_PASSWORD_REQUIRED",
        "ClientId": world.client,
        "Session": next["Session"],
        "ChallengeResponses": { "USERNAME": "carol", "NEW_PASSWORD": "N3wPassword!" },
    });
    let tokens = world.server.ok("RespondToAuthChallenge", input).await;
    assert_eq!(
        claims(&tokens["AuthenticationResult"]["IdToken"])["cognito:username"],
        "carol"
    );
    world.refuses(answer, BAD).await;
    let challenge = world.challenge("carol").await;
    world
        .refuses(world.answer(&challenge, "Temp0rary!"), BAD)
        .await;
    let answer = world.answer(&challenge, "N3wPassword!");
    world.server.ok("RespondToAuthChallenge", answer).await;
}

#[tokio::test]
async fn a_temporary_password_expires_here_too() {
    let world = World::start().await;
    let input = json!({ "UserPoolId": world.pool, "Username": "carol", "TemporaryPassword": "Temp0rary!", "MessageAction": "SUPPRESS" });
    world.server.ok("AdminCreateUser", input).await;
    world.server.advance(Duration::from_secs(7 * 86_400));
    let challenge = world.challenge("carol").await;
    let now = timestamp(START + 7 * 86_400);
    let answer = world
        .srp
        .answer_at(&world.pool, &world.client, &challenge, "Temp0rary!", &now);
    world
        .refuses(
            answer,
            "NotAuthorizedException: Temporary password has expired and must be reset by an administrator.",
        )
        .await;
}

#[tokio::test]
async fn the_state_of_a_user_is_told_only_to_who_knows_the_password_or_may_know() {
    let world = World::start().await;
    let hiding = world
        .server
        .client_id(
            &world.pool,
            json!({ "ExplicitAuthFlows": [], "PreventUserExistenceErrors": "ENABLED" }),
        )
        .await;
    let user = json!({ "UserPoolId": world.pool, "Username": "alice" });
    world.server.ok("AdminDisableUser", user.clone()).await;
    let disabled = "NotAuthorizedException: User is disabled.";
    let attempt = async |client: &str, password: &str, expected: &str| {
        let reply = world
            .server
            .call("InitiateAuth", world.srp.begin(client, "alice"))
            .await;
        let challenge = reply.json();
        let answer = world.srp.answer(&world.pool, client, &challenge, password);
        world.refuses(answer, expected).await;
    };
    let begin = |client: &str| world.srp.begin(client, "alice");
    let server = &world.server;
    // A client that hides nothing hears it before any proof, and of two things the worse one.
    let unconfirmed = UserStatusType::Unconfirmed;
    for status in [UserStatusType::Confirmed, unconfirmed] {
        server.set_status(&world.pool, "alice", status).await;
        server
            .refuses("InitiateAuth", begin(&world.client), disabled)
            .await;
        attempt(&hiding, PASSWORD, disabled).await;
        attempt(&hiding, "Wrong0ne!", BAD).await;
    }

    server.ok("AdminEnableUser", user).await;
    let not_confirmed = "UserNotConfirmedException: User is not confirmed.";
    server
        .refuses("InitiateAuth", begin(&world.client), not_confirmed)
        .await;
    attempt(&hiding, PASSWORD, not_confirmed).await;
    attempt(&hiding, "Wrong0ne!", BAD).await;

    // That a password must be reset is told after the proof.
    let reset = UserStatusType::ResetRequired;
    server.set_status(&world.pool, "alice", reset).await;
    let reset = "PasswordResetRequiredException: Password reset required for the user";
    for client in [&world.client, &hiding] {
        attempt(client, PASSWORD, reset).await;
        attempt(client, "Wrong0ne!", BAD).await;
    }
}

#[tokio::test]
async fn a_changed_password_is_proved_by_the_new_one_only() {
    let world = World::start().await;
    let before = world.challenge("alice").await;
    world
        .server
        .ok(
            "AdminSetUserPassword",
            json!({ "UserPoolId": world.pool, "Username": "alice", "Password": "An0ther!pass", "Permanent": true }),
        )
        .await;
    // Neither password answers a challenge that was made for the old one.
    world.refuses(world.answer(&before, PASSWORD), BAD).await;
    let challenge = world.challenge("alice").await;
    world.refuses(world.answer(&challenge, PASSWORD), BAD).await;
    let answer = world.answer(&challenge, "An0ther!pass");
    world.server.ok("RespondToAuthChallenge", answer).await;
}

#[tokio::test]
async fn a_client_with_a_secret_proves_it_in_both_steps() {
    let world = World::start().await;
    let client = world
        .server
        .client(
            &world.pool,
            json!({ "ExplicitAuthFlows": [], "GenerateSecret": true }),
        )
        .await;
    let (id, secret) = (text(&client["ClientId"]), text(&client["ClientSecret"]));
    let missing = format!(
        "NotAuthorizedException: Client {id} is configured with secret but SECRET_HASH was not received"
    );
    let wrong = format!("NotAuthorizedException: Unable to verify secret hash for client {id}");
    let hash = |secret: &str, name: &str| json!(secret_hash(secret, name, &id));

    let mut begin = world.srp.begin(&id, "alice");
    world
        .server
        .refuses("InitiateAuth", begin.clone(), &missing)
        .await;
    begin["AuthParameters"]["SECRET_HASH"] = hash("guess", "alice");
    world
        .server
        .refuses("InitiateAuth", begin.clone(), &wrong)
        .await;
    begin["AuthParameters"]["SECRET_HASH"] = hash(&secret, "alice");
    let challenge = world.server.ok("InitiateAuth", begin).await;

    let answer = world.srp.answer(&world.pool, &id, &challenge, PASSWORD);
    world.refuses(answer.clone(), &missing).await;
    let other = with(answer.clone(), "SECRET_HASH", hash(&secret, "bob"));
    world.refuses(other, &wrong).await;
    let right = with(answer, "SECRET_HASH", hash(&secret, "alice"));
    world.server.ok("RespondToAuthChallenge", right).await;
}

#[tokio::test]
async fn legacy_clients_keep_srp_custom_and_refresh_and_only_custom_loses_srp() {
    let world = World::start().await;
    for legacy in ["ADMIN_NO_SRP_AUTH", "USER_PASSWORD_AUTH"] {
        let client = world
            .server
            .client_id(&world.pool, json!({ "ExplicitAuthFlows": [legacy] }))
            .await;
        let begin = world.srp.begin(&client, "alice");
        let challenge = world.server.ok("InitiateAuth", begin).await;
        let answer = world.srp.answer(&world.pool, &client, &challenge, PASSWORD);
        let tokens = world.server.ok("RespondToAuthChallenge", answer).await;
        let refresh = with_refresh_token(&client, &tokens["AuthenticationResult"]["RefreshToken"]);
        world.server.ok("InitiateAuth", refresh).await;
        // CUSTOM_AUTH stays, too: what is missing is the pool's function.
        let custom = json!({ "AuthFlow": "CUSTOM_AUTH", "ClientId": client, "AuthParameters": { "USERNAME": "alice" } });
        let no_function = "InvalidParameterException: Custom auth lambda trigger is not configured for the user pool.";
        world
            .server
            .refuses("InitiateAuth", custom, no_function)
            .await;
    }
    for (flow, expected) in [
        (
            "CUSTOM_AUTH_FLOW_ONLY",
            "InvalidParameterException: Only custom auth (lambda driven) is enabled for this client.",
        ),
        (
            "ALLOW_USER_PASSWORD_AUTH",
            "InvalidParameterException: USER_SRP_AUTH is not enabled for the client.",
        ),
    ] {
        let client = world
            .server
            .client_id(&world.pool, json!({ "ExplicitAuthFlows": [flow] }))
            .await;
        let begin = world.srp.begin(&client, "alice");
        world.server.refuses("InitiateAuth", begin, expected).await;
    }
}

#[tokio::test]
async fn administrators_speak_srp_as_well() {
    let world = World::start().await;
    let mut begin = world.srp.begin(&world.client, "alice");
    begin["UserPoolId"] = json!(world.pool);
    let challenge = world.server.ok("AdminInitiateAuth", begin).await;
    assert_eq!(challenge["ChallengeName"], "PASSWORD_VERIFIER");
    let mut answer = world.answer(&challenge, PASSWORD);
    answer["UserPoolId"] = json!(world.pool);
    let tokens = world.server.ok("AdminRespondToAuthChallenge", answer).await;
    assert_eq!(
        claims(&tokens["AuthenticationResult"]["AccessToken"])["username"],
        "alice"
    );
}

#[tokio::test]
async fn a_device_that_nobody_registered_does_not_exist() {
    let world = World::start().await;
    let mut begin = world.srp.begin(&world.client, "alice");
    begin["AuthParameters"]["DEVICE_KEY"] = json!("us-east-1_00000000-0000-0000-0000-000000000000");
    // It is told to whoever knows the password, and to nobody else.
    let challenge = world.server.ok("InitiateAuth", begin).await;
    world
        .refuses(world.answer(&challenge, "Wrong0ne!"), BAD)
        .await;
    let expected = "ResourceNotFoundException: Device does not exist.";
    world
        .refuses(world.answer(&challenge, PASSWORD), expected)
        .await;
}
