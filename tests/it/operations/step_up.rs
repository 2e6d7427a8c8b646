//! TARGET_ACR_VALUES, ACCESS_TOKEN and MAX_AGE of USER_AUTH: a level that must be reached, and
//! every token that does not help there.

use std::time::Duration;

use serde_json::{Value, json};

use super::authentication_levels::{NOTHING, World, level, named, told};
use crate::support::{PASSWORD, altered, claims, merge, text, with_refresh_token};
use crate::triggers::lambda::{self, Lambda};

const ONE: &str = "urn:cognito:loa:1";
const TWO: &str = "urn:cognito:loa:2";
const THREE: &str = "urn:cognito:loa:3";
const FOUR: &str = "urn:cognito:loa:4";

const REACHED: &str = "InvalidParameterException: The access token already satisfies the requested authentication level.";
const NOT_REACHABLE: &str = "InvalidParameterException: The user has no factors that satisfy a requested authentication level.";
const UNKNOWN: &str = "InvalidParameterException: TARGET_ACR_VALUES contains no authentication level of the user pool.";
const INVALID: &str = "NotAuthorizedException: Invalid Access Token";

fn target(levels: &str) -> Value {
    json!({ "TARGET_ACR_VALUES": levels })
}

fn from(token: &Value, levels: &str) -> Value {
    json!({ "TARGET_ACR_VALUES": levels, "ACCESS_TOKEN": token })
}

fn password() -> Value {
    json!({ "PREFERRED_CHALLENGE": "PASSWORD", "PASSWORD": PASSWORD })
}

fn and(mut some: Value, more: Value) -> Value {
    merge(&mut some, more);
    some
}

impl World {
    /// USER_AUTH of alice with these parameters must be refused in these words.
    async fn refuses(&self, more: Value, expected: &str) {
        let input = self.request("alice", more);
        self.server.refuses("InitiateAuth", input, expected).await;
    }

    async fn token(&self) -> Value {
        self.with_password().await["AccessToken"].clone()
    }
}

#[tokio::test]
async fn only_what_is_missing_is_asked_for_and_the_new_tokens_tell_both() {
    let world = World::start(json!({})).await;
    let app = world.with_app().await;
    let before = world.with_password().await;
    assert_eq!(told(&before), NOTHING);
    world.server.advance(Duration::from_secs(90));
    let asked = world
        .begin("alice", from(&before["AccessToken"], FOUR))
        .await;
    assert_eq!(asked["ChallengeName"], "SOFTWARE_TOKEN_MFA", "{asked}");
    assert!(asked.get("AuthenticationResult").is_none());
    let code = json!({ "SOFTWARE_TOKEN_MFA_CODE": app.code(3) });
    let done = world.respond(&asked, code).await;
    assert_eq!(told(&done), level(FOUR, &["pwd", "otp", "mfa"]));
    let tokens = &done["AuthenticationResult"];
    let (old, new) = (
        claims(&before["AccessToken"]),
        claims(&tokens["AccessToken"]),
    );
    assert_ne!(old["origin_jti"], new["origin_jti"]);
    assert_eq!(old["auth_time"].as_i64().unwrap() + 90, new["auth_time"]);
    // A refresh tells the same, and the old token is as good as it was.
    let refresh = with_refresh_token(&world.client, &tokens["RefreshToken"]);
    let again = world.server.ok("InitiateAuth", refresh).await;
    assert_eq!(told(&again), told(&done));
    let old = json!({ "AccessToken": before["AccessToken"] });
    world.server.ok("GetUser", old).await;
    // What was reached is not reached again, with the new token, its refreshed one, nor a lower
    // level.
    let again = &again["AuthenticationResult"]["AccessToken"];
    for token in [&tokens["AccessToken"], again] {
        for levels in [FOUR, ONE, "urn:cognito:loa:3 urn:cognito:loa:4"] {
            world.refuses(from(token, levels), REACHED).await;
        }
    }
}

#[tokio::test]
async fn the_first_level_of_the_list_counts_that_the_user_can_reach() {
    let world = World::start(json!({})).await;
    let token = world.token().await;
    // Without an app there is no way to four.
    world.refuses(from(&token, FOUR), NOT_REACHABLE).await;
    world.refuses(target(FOUR), NOT_REACHABLE).await;
    world
        .refuses(from(&token, "urn:cognito:loa:4 urn:cognito:loa:1"), REACHED)
        .await;
    let asked = world
        .begin(
            "alice",
            from(
                &token,
                "none urn:cognito:loa:4 urn:cognito:loa:3 urn:cognito:loa:1",
            ),
        )
        .await;
    // By SMS or e-mail: both are a password's second factor.
    assert_eq!(asked["ChallengeName"], "SELECT_MFA_TYPE");
    let choices = text(&asked["ChallengeParameters"]["MFAS_CAN_CHOOSE"]);
    assert_eq!(choices, r#"["SMS_MFA","EMAIL_OTP"]"#);
    let sent = world
        .respond(&asked, json!({ "ANSWER": "EMAIL_OTP" }))
        .await;
    let done = world.respond_with_code(&sent).await;
    assert_eq!(told(&done), level(THREE, &["pwd", "email_otp", "mfa"]));

    // Names are the pool's.
    let world = World::start(named()).await;
    let app = world.with_app().await;
    let token = world.token().await;
    world.refuses(from(&token, FOUR), UNKNOWN).await;
    let asked = world
        .begin("alice", from(&token, "urn:example:strong"))
        .await;
    let code = json!({ "SOFTWARE_TOKEN_MFA_CODE": app.code(1) });
    let done = world.respond(&asked, code).await;
    let expected = level("urn:example:strong", &["pwd", "otp", "mfa"]);
    assert_eq!(told(&done), expected);
}

#[tokio::test]
async fn a_sign_in_from_the_start_offers_only_what_leads_there() {
    let world = World::start(json!({})).await;
    let offered = |asked: Value| asked["AvailableChallenges"].clone();
    let asked = world.begin("alice", target(TWO)).await;
    assert_eq!(asked["ChallengeName"], "SELECT_CHALLENGE");
    let all = json!(["PASSWORD_SRP", "PASSWORD", "EMAIL_OTP", "SMS_OTP"]);
    assert_eq!(offered(asked), all);
    let asked = world.begin("alice", target(THREE)).await;
    assert_eq!(offered(asked.clone()), json!(["PASSWORD_SRP", "PASSWORD"]));
    // What is not offered is not taken.
    let answer = world.answer(&asked, "alice", json!({ "ANSWER": "EMAIL_OTP" }));
    world
        .server
        .refuses_as("RespondToAuthChallenge", answer, "AnswerInvalid")
        .await;
    let mut authenticator = world.with_passkey(|_| {}).await;
    let preferred = and(target(THREE), json!({ "PREFERRED_CHALLENGE": "WEB_AUTHN" }));
    let asked = world.begin("alice", preferred).await;
    let done = world.respond_with_passkey(&asked, &mut authenticator).await;
    assert_eq!(told(&done), level(THREE, &["swk"]));

    // A password alone is not enough, and a level of a password alone is told.
    let asked = world.begin("alice", and(target(THREE), password())).await;
    assert_eq!(asked["ChallengeName"], "SELECT_MFA_TYPE");
    let done = world.begin("alice", and(target(ONE), password())).await;
    assert_eq!(told(&done), level(ONE, &["pwd"]));
    // A second factor that is demanded is asked for whatever the level.
    world.prefer("SMSMfaSettings").await;
    let asked = world.begin("alice", and(target(ONE), password())).await;
    assert_eq!(asked["ChallengeName"], "SMS_MFA");
    let done = world.respond_with_code(&asked).await;
    assert_eq!(told(&done), level(THREE, &["pwd", "sms", "mfa"]));
}

#[tokio::test]
async fn from_a_token_other_first_factors_lead_on_too() {
    let world = World::start(json!({})).await;
    let app = world.with_app().await;
    let mut authenticator = world.with_passkey(|_| {}).await;
    // From a password by a passkey.
    let token = world.token().await;
    let passkey = json!({ "PREFERRED_CHALLENGE": "WEB_AUTHN" });
    let asked = world
        .begin("alice", and(from(&token, THREE), passkey.clone()))
        .await;
    let done = world.respond_with_passkey(&asked, &mut authenticator).await;
    assert_eq!(told(&done), level(THREE, &["pwd", "swk", "mfa"]));
    // From a code by the password and the app.
    let asked = world
        .begin("alice", json!({ "PREFERRED_CHALLENGE": "EMAIL_OTP" }))
        .await;
    let done = world.respond_with_code(&asked).await;
    let token = &done["AuthenticationResult"]["AccessToken"];
    let asked = world.begin("alice", from(token, FOUR)).await;
    assert_eq!(
        asked["AvailableChallenges"],
        json!(["PASSWORD_SRP", "PASSWORD"])
    );
    let pick = json!({ "ANSWER": "PASSWORD", "PASSWORD": PASSWORD });
    let asked = world.respond(&asked, pick).await;
    assert_eq!(asked["ChallengeName"], "SOFTWARE_TOKEN_MFA");
    let code = json!({ "SOFTWARE_TOKEN_MFA_CODE": app.code(1) });
    let done = world.respond(&asked, code).await;
    let expected = level(FOUR, &["email_otp", "pwd", "otp", "mfa"]);
    assert_eq!(told(&done), expected);
}

#[tokio::test]
async fn a_sign_in_that_is_too_old_counts_for_nothing() {
    let world = World::start(json!({})).await;
    let app = world.with_app().await;
    let tokens = world.with_password().await;
    world.server.advance(Duration::from_secs(60));
    // A refresh makes it no younger.
    let refresh = with_refresh_token(&world.client, &tokens["RefreshToken"]);
    let fresh = world.server.ok("InitiateAuth", refresh).await;
    let token = &fresh["AuthenticationResult"]["AccessToken"];
    let aged = |most: &str| and(from(token, FOUR), json!({ "MAX_AGE": most }));
    let asked = world.begin("alice", aged("60")).await;
    assert_eq!(asked["ChallengeName"], "SOFTWARE_TOKEN_MFA");
    let asked = world.begin("alice", aged("59")).await;
    assert_eq!(
        asked["AvailableChallenges"],
        json!(["PASSWORD_SRP", "PASSWORD"])
    );
    // Even what is reached already is asked for again then.
    let again = and(aged("0"), target(ONE));
    let done = world.begin("alice", and(again, password())).await;
    assert_eq!(told(&done), level(ONE, &["pwd"]));
    let asked = world.begin("alice", and(aged("0"), password())).await;
    assert_eq!(asked["ChallengeName"], "SOFTWARE_TOKEN_MFA");
    let code = json!({ "SOFTWARE_TOKEN_MFA_CODE": app.code(2) });
    let done = world.respond(&asked, code).await;
    assert_eq!(told(&done), level(FOUR, &["pwd", "otp", "mfa"]));
    for wrong in ["", "-1", "soon", "1.5"] {
        let expected = "InvalidParameterException: MAX_AGE must be a number of seconds.";
        world.refuses(aged(wrong), expected).await;
    }
}

#[tokio::test]
async fn a_token_that_is_not_the_users_own_for_this_client_is_refused() {
    let world = World::start(json!({})).await;
    world.with_app().await;
    world.user("bob", "bob@example.com").await;
    let server = &world.server;
    let token = world.token().await;
    world
        .refuses(
            json!({ "ACCESS_TOKEN": token }),
            "InvalidParameterException: ACCESS_TOKEN requires TARGET_ACR_VALUES.",
        )
        .await;
    for levels in ["", "none", "Level4", "urn:cognito:loa:5"] {
        world.refuses(from(&token, levels), UNKNOWN).await;
    }
    // Somebody else's, and of somebody who does not exist.
    let bobs = server.sign_in(&world.client, "bob").await["AccessToken"].clone();
    world.refuses(from(&bobs, FOUR), INVALID).await;
    for name in ["bob", "nobody"] {
        let input = world.request(name, from(&token, FOUR));
        server.refuses("InitiateAuth", input, INVALID).await;
    }
    // Another client's of the pool, and another pool's.
    let flows = json!({ "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_AUTH"] });
    let other = server.client_id(&world.pool, flows.clone()).await;
    let others = server.sign_in(&other, "alice").await["AccessToken"].clone();
    world.refuses(from(&others, FOUR), INVALID).await;
    let pool = server.pool(json!({})).await;
    let elsewhere = server.client_id(&pool, flows).await;
    server.user(&pool, "alice", &[]).await;
    let others = server.sign_in(&elsewhere, "alice").await["AccessToken"].clone();
    world.refuses(from(&others, FOUR), INVALID).await;
    // What nobody signed, and what is no access token.
    let input = world.request("alice", from(&altered(&token), FOUR));
    server
        .refuses_as("InitiateAuth", input, "AccessTokenInvalid")
        .await;
    let tokens = world.with_password().await;
    for wrong in [&tokens["IdToken"], &tokens["RefreshToken"], &json!("x")] {
        let input = world.request("alice", from(wrong, FOUR));
        server
            .refuses_as("InitiateAuth", input, "AccessTokenInvalid")
            .await;
    }
    // Expired; the one that comes after is revoked.
    server.advance(Duration::from_secs(3_600));
    let expired = "NotAuthorizedException: Access Token has expired";
    world.refuses(from(&token, FOUR), expired).await;
    let tokens = world.with_password().await;
    let revoke = json!({ "ClientId": world.client, "Token": tokens["RefreshToken"] });
    server.ok("RevokeToken", revoke).await;
    let revoked = "NotAuthorizedException: Access Token has been revoked";
    world
        .refuses(from(&tokens["AccessToken"], FOUR), revoked)
        .await;
    // And a user who is switched off.
    let token = world.token().await;
    let alice = json!({ "UserPoolId": world.pool, "Username": "alice" });
    server.ok("AdminDisableUser", alice).await;
    let disabled = "NotAuthorizedException: User is disabled.";
    world.refuses(from(&token, FOUR), disabled).await;
}

#[tokio::test]
async fn a_token_that_was_exchanged_vouches_for_nobody() {
    let world = World::start(json!({})).await;
    world.with_app().await;
    let service = json!({
        "GenerateSecret": true,
        "ExplicitAuthFlows": ["ALLOW_USER_AUTH", "ALLOW_TOKEN_EXCHANGE_IMPERSONATION"],
    });
    let service = world.server.client(&world.pool, service).await;
    let input = json!({
        "ClientId": service["ClientId"],
        "ClientSecret": service["ClientSecret"],
        "SubjectToken": world.token().await,
        "SubjectTokenType": "ACCESS_TOKEN",
    });
    let derived = world.server.ok("GetDerivedToken", input).await;
    let (id, secret) = (text(&service["ClientId"]), text(&service["ClientSecret"]));
    let hash = crate::support::secret_hash(&secret, "alice", &id);
    let more = and(
        from(&derived["IssuedToken"], FOUR),
        json!({ "SECRET_HASH": hash }),
    );
    let mut input = world.request("alice", more);
    input["ClientId"] = json!(id);
    world.server.refuses("InitiateAuth", input, INVALID).await;
}

#[tokio::test]
async fn nobody_gets_tokens_for_a_token_alone() {
    let world = World::start(json!({})).await;
    let app = world.with_app().await;
    let token = world.token().await;
    let asked = world.begin("alice", from(&token, FOUR)).await;
    // A wrong code, another challenge's answer, another user's name.
    let wrong = json!({ "SOFTWARE_TOKEN_MFA_CODE": app.code(7_000) });
    let answer = world.answer(&asked, "alice", wrong);
    world
        .server
        .refuses_as("RespondToAuthChallenge", answer, "SoftwareTokenMismatch")
        .await;
    for name in ["PASSWORD", "SMS_MFA", "NEW_PASSWORD_REQUIRED", "MFA_SETUP"] {
        let given = json!({
            "PASSWORD": PASSWORD, "SMS_MFA_CODE": "123456", "NEW_PASSWORD": "0ther-Passw0rd",
        });
        let mut answer = world.answer(&asked, "alice", given);
        answer["ChallengeName"] = json!(name);
        world
            .server
            .refuses_as("RespondToAuthChallenge", answer, "SessionInvalid")
            .await;
    }
    world.user("bob", "bob@example.com").await;
    let code = json!({ "SOFTWARE_TOKEN_MFA_CODE": app.code(1) });
    let answer = world.answer(&asked, "bob", code.clone());
    world
        .server
        .refuses_as("RespondToAuthChallenge", answer, "SessionInvalid")
        .await;
    // The right answer counts once.
    let answer = world.answer(&asked, "alice", code);
    world
        .server
        .ok("RespondToAuthChallenge", answer.clone())
        .await;
    world
        .server
        .refuses_as("RespondToAuthChallenge", answer, "SessionSpent")
        .await;

    // Names that the pool does not use any more are of no level; what they stand for is asked for
    // again, as nothing is missing.
    let world = World::start(named()).await;
    let token = world.token().await;
    let mut update = json!({
        "UserPoolId": world.pool,
        "AcrConfiguration": { "Level1": { "AcrValue": "weak" } },
    });
    merge(&mut update, super::authentication_levels::settings());
    merge(&mut update, json!({ "MfaConfiguration": "OPTIONAL" }));
    world.server.ok("UpdateUserPool", update).await;
    let asked = world.begin("alice", from(&token, "weak")).await;
    assert_eq!(asked["ChallengeName"], "SELECT_CHALLENGE");
    let done = world
        .begin("alice", and(from(&token, "weak"), password()))
        .await;
    assert_eq!(told(&done), level("weak", &["pwd"]));
}

#[tokio::test]
async fn who_must_choose_a_new_password_begins_with_the_old_one() {
    let world = World::start(json!({})).await;
    let app = world.with_app().await;
    let token = world.token().await;
    let asked = world.begin("alice", from(&token, FOUR)).await;
    let temporary = "Temp0rary!";
    let input = json!({ "UserPoolId": world.pool, "Username": "alice", "Password": temporary });
    world.server.ok("AdminSetUserPassword", input).await;
    // Neither a step-up that was under way goes on, nor does one begin.
    let code = json!({ "SOFTWARE_TOKEN_MFA_CODE": app.code(1) });
    let answer = world.answer(&asked, "alice", code);
    let ended = "NotAuthorizedException: Invalid session for the user.";
    world
        .server
        .refuses("RespondToAuthChallenge", answer, ended)
        .await;
    let asked = world.begin("alice", from(&token, FOUR)).await;
    let offered = json!(["PASSWORD_SRP", "PASSWORD"]);
    assert_eq!(asked["AvailableChallenges"], offered, "{asked}");
    let pick = json!({ "ANSWER": "PASSWORD", "PASSWORD": PASSWORD });
    let answer = world.answer(&asked, "alice", pick);
    world
        .server
        .refuses_as("RespondToAuthChallenge", answer, "BadCredentials")
        .await;
    let pick = json!({ "ANSWER": "PASSWORD", "PASSWORD": temporary });
    let asked = world.respond(&asked, pick).await;
    assert_eq!(asked["ChallengeName"], "NEW_PASSWORD_REQUIRED");
}

#[tokio::test]
async fn a_second_factor_that_is_demanded_by_now_is_asked_for_at_any_level() {
    let world = World::start(json!({})).await;
    let token = world.token().await;
    world.prefer("SMSMfaSettings").await;
    let asked = world.begin("alice", from(&token, ONE)).await;
    assert_eq!(asked["ChallengeName"], "SMS_MFA");
    let done = world.respond_with_code(&asked).await;
    assert_eq!(told(&done), level(THREE, &["pwd", "sms", "mfa"]));
    // Nobody sets a factor up this way.
    let world = World::start(json!({})).await;
    let bob = "bob";
    let attributes = [("email", "bob@example.com")];
    world.server.user(&world.pool, bob, &attributes).await;
    let token = world.server.sign_in(&world.client, bob).await["AccessToken"].clone();
    let password_only = json!({ "UserPoolId": world.pool, "Policies": { "SignInPolicy": { "AllowedFirstAuthFactors": ["PASSWORD"] } } });
    world.server.ok("UpdateUserPool", password_only).await;
    world.demand("ON").await;
    let input = world.request(bob, from(&token, ONE));
    world
        .server
        .refuses("InitiateAuth", input, NOT_REACHABLE)
        .await;
}

#[tokio::test]
async fn an_address_that_nobody_verified_leads_nowhere() {
    let world = World::start(json!({})).await;
    let attributes = [("email", "carol@example.com")];
    world.server.user(&world.pool, "carol", &attributes).await;
    let token = world.server.sign_in(&world.client, "carol").await["AccessToken"].clone();
    let input = world.request("carol", from(&token, THREE));
    world
        .server
        .refuses("InitiateAuth", input, NOT_REACHABLE)
        .await;
}

#[tokio::test]
async fn who_does_not_exist_is_asked_for_a_password_like_others_and_never_gets_in() {
    let world = World::start(json!({})).await;
    world.with_app().await;
    let flows = json!({ "ExplicitAuthFlows": ["ALLOW_USER_AUTH"], "PreventUserExistenceErrors": "ENABLED" });
    let hiding = world.server.client_id(&world.pool, flows).await;
    let request = |name: &str, more: Value| {
        let mut input = world.request(name, more);
        input["ClientId"] = json!(hiding);
        input
    };
    let (mut asked, mut refused) = (0, 0);
    for number in 0..12 {
        let name = format!("nobody{number}");
        let input = request(&name, target(FOUR));
        let first = world.server.call("InitiateAuth", input.clone()).await;
        let again = world.server.call("InitiateAuth", input).await;
        assert_eq!(first.status, again.status, "{name}");
        if first.status == 400 {
            assert_eq!(crate::support::refusal(&first), NOT_REACHABLE);
            refused += 1;
            continue;
        }
        asked += 1;
        let first = first.json();
        let offered = json!(["PASSWORD_SRP", "PASSWORD"]);
        assert_eq!(first["AvailableChallenges"], offered, "{name}");
        let mut answer = world.answer(
            &first,
            &name,
            json!({ "ANSWER": "PASSWORD", "PASSWORD": PASSWORD }),
        );
        answer["ClientId"] = json!(hiding);
        let bad = "NotAuthorizedException: Incorrect username or password.";
        world
            .server
            .refuses("RespondToAuthChallenge", answer, bad)
            .await;
    }
    // Like users with and without an app.
    assert!(asked > 0 && refused > 0, "{asked} {refused}");
    let alice = world
        .server
        .ok("InitiateAuth", request("alice", target(FOUR)))
        .await;
    assert_eq!(alice["ChallengeName"], "SELECT_CHALLENGE");
}

#[tokio::test]
async fn the_function_that_may_refuse_a_sign_in_may_refuse_a_step_up() {
    let (function, server) = Lambda::start().await;
    let triggers = lambda::pool(&["PreAuthentication", "PostAuthentication"], json!({}));
    let world = World::on(server, triggers).await;
    let app = world.with_app().await;
    let token = world.token().await;
    function.take();
    let asked = world.begin("alice", from(&token, FOUR)).await;
    let code = json!({ "SOFTWARE_TOKEN_MFA_CODE": app.code(1) });
    world.respond(&asked, code).await;
    let expected = [
        "PreAuthentication_Authentication",
        "PostAuthentication_Authentication",
    ];
    assert_eq!(function.take_sources(), expected);
    function.raises("PreAuthentication", "not today");
    let input = world.request("alice", from(&token, FOUR));
    world
        .server
        .refuses_as("InitiateAuth", input, "FunctionFailed")
        .await;
}

#[tokio::test]
async fn the_cheapest_plan_and_other_flows_know_no_levels() {
    let world = World::start(json!({})).await;
    let lite = world.server.pool(json!({ "UserPoolTier": "LITE" })).await;
    let flows = json!({ "ExplicitAuthFlows": ["ALLOW_USER_AUTH"] });
    let client = world.server.client_id(&lite, flows).await;
    let mut input = world.request("alice", target(ONE));
    input["ClientId"] = json!(client);
    world
        .server
        .refuses_as("InitiateAuth", input, "FeatureNotInTier")
        .await;
    // USER_PASSWORD_AUTH passes over what it does not know.
    let given = and(
        target(FOUR),
        json!({ "USERNAME": "alice", "PASSWORD": PASSWORD }),
    );
    let input = json!({ "AuthFlow": "USER_PASSWORD_AUTH", "ClientId": world.client, "AuthParameters": given });
    assert_eq!(told(&world.server.ok("InitiateAuth", input).await), NOTHING);
    // MAX_AGE alone has nothing to judge.
    let alone = and(json!({ "MAX_AGE": "0" }), password());
    assert_eq!(told(&world.begin("alice", alone).await), NOTHING);
}

#[tokio::test]
async fn an_administrator_steps_users_up_too() {
    let world = World::start(json!({})).await;
    let app = world.with_app().await;
    let flows = json!({ "UserPoolId": world.pool, "ClientId": world.client, "ExplicitAuthFlows": ["ALLOW_USER_AUTH", "ALLOW_USER_PASSWORD_AUTH"] });
    let token = world.token().await;
    world.server.ok("UpdateUserPoolClient", flows).await;
    let admin = |mut input: Value| {
        input["UserPoolId"] = json!(world.pool);
        input
    };
    let input = admin(world.request("alice", from(&token, FOUR)));
    let asked = world.server.ok("AdminInitiateAuth", input).await;
    let code = json!({ "SOFTWARE_TOKEN_MFA_CODE": app.code(1) });
    let answer = admin(world.answer(&asked, "alice", code));
    let done = world.server.ok("AdminRespondToAuthChallenge", answer).await;
    assert_eq!(told(&done), level(FOUR, &["pwd", "otp", "mfa"]));
    let forged = admin(world.request("alice", from(&altered(&token), FOUR)));
    world
        .server
        .refuses_as("AdminInitiateAuth", forged, "AccessTokenInvalid")
        .await;
}
