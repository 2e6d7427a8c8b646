//! Threat protection against passwords that everybody knows: found at sign-in, sign-up and changes
//! of passwords, blocked or let pass, and written into the record.

use serde_json::{Value, json};

use crate::support::{PASSWORD, Server, merge, with_password};

/// Of the built-in list.
const COMMON: &str = "P@ssw0rd";
const NEW: &str =
    "InvalidPasswordException: Provided password cannot be used for security reasons.";
const SIGN_IN: &str =
    "PasswordResetRequiredException: Password reset required for user due to security reasons";
const RESET: &str = "PasswordResetRequiredException: Password reset required for the user";
const WRONG: &str = "NotAuthorizedException: Incorrect username or password.";

struct World {
    server: Server,
    pool: String,
    client: String,
}

impl World {
    async fn start(mode: &str) -> Self {
        let server = Server::start().await;
        let add_ons = json!({ "AdvancedSecurityMode": mode });
        let pool = server.pool(json!({ "UserPoolAddOns": add_ons })).await;
        let client = server.client_id(&pool, json!({})).await;
        Self {
            server,
            pool,
            client,
        }
    }

    /// What the pool does at these events, or at all of them.
    async fn configure(&self, action: &str, events: Value) {
        let mut compromised = json!({ "Actions": { "EventAction": action } });
        if !events.is_null() {
            compromised["EventFilter"] = events;
        }
        let input = json!({
            "UserPoolId": self.pool,
            "CompromisedCredentialsRiskConfiguration": compromised,
        });
        self.server.ok("SetRiskConfiguration", input).await;
    }

    async fn user(&self, name: &str, password: &str) {
        let address = format!("{name}@example.com");
        let address = [("email", address.as_str()), ("email_verified", "true")];
        self.server.user(&self.pool, name, &address).await;
        let mut set = self.of(name);
        merge(&mut set, json!({ "Password": password, "Permanent": true }));
        self.server.ok("AdminSetUserPassword", set).await;
    }

    fn of(&self, name: &str) -> Value {
        json!({ "UserPoolId": self.pool, "Username": name })
    }

    fn sign_in(&self, name: &str, password: &str) -> Value {
        with_password(&self.client, name, password)
    }

    async fn status(&self, name: &str) -> Value {
        let user = self.server.described_user(&self.pool, name).await;
        user["UserStatus"].clone()
    }

    /// The newest event: its type, what came of it, what was decided, and whether the password was
    /// found.
    async fn newest(&self, name: &str) -> Value {
        let answer = self
            .server
            .ok("AdminListUserAuthEvents", self.of(name))
            .await;
        let event = &answer["AuthEvents"][0];
        json!([
            event["EventType"],
            event["EventResponse"],
            event["EventRisk"]["RiskDecision"],
            event["EventRisk"]["CompromisedCredentialsDetected"],
        ])
    }
}

#[tokio::test]
async fn a_blocked_sign_in_asks_for_another_password() {
    let world = World::start("ENFORCED").await;
    world.configure("BLOCK", json!(["SIGN_IN"])).await;
    let server = &world.server;
    world.user("alice", COMMON).await;
    world.user("bob", PASSWORD).await;
    // Whoever does not know the password learns nothing.
    server
        .refuses("InitiateAuth", world.sign_in("alice", "password"), WRONG)
        .await;
    assert_eq!(world.status("alice").await, "CONFIRMED");
    server
        .refuses("InitiateAuth", world.sign_in("alice", COMMON), SIGN_IN)
        .await;
    assert_eq!(
        world.newest("alice").await,
        json!(["SignIn", "Fail", "Block", true])
    );
    assert_eq!(world.status("alice").await, "RESET_REQUIRED");
    server
        .refuses("InitiateAuth", world.sign_in("alice", COMMON), RESET)
        .await;

    let forgot = json!({ "ClientId": world.client, "Username": "alice" });
    server.ok("ForgotPassword", forgot.clone()).await;
    let mut confirm = forgot;
    let code = server.code("alice@example.com").await;
    merge(
        &mut confirm,
        json!({ "ConfirmationCode": code, "Password": PASSWORD }),
    );
    server.ok("ConfirmForgotPassword", confirm).await;
    server.sign_in(&world.client, "alice").await;
    assert_eq!(
        world.newest("alice").await,
        json!(["SignIn", "Pass", "NoRisk", false])
    );
    server.sign_in(&world.client, "bob").await;
}

#[tokio::test]
async fn administrators_are_not_asked_and_their_temporary_passwords_are_replaced() {
    let world = World::start("ENFORCED").await;
    world.configure("BLOCK", Value::Null).await;
    let server = &world.server;
    let mut create = world.of("carol");
    merge(
        &mut create,
        json!({ "TemporaryPassword": COMMON, "MessageAction": "SUPPRESS" }),
    );
    server.ok("AdminCreateUser", create).await;
    let asked = server
        .ok("InitiateAuth", world.sign_in("carol", COMMON))
        .await;
    assert_eq!(asked["ChallengeName"], "NEW_PASSWORD_REQUIRED");
    let answer = |password: &str| {
        json!({
            "ClientId": world.client,
            "ChallengeName": "NEW_PASSWORD_REQUIRED",
            "Session": asked["Session"],
            "ChallengeResponses": { "USERNAME": "carol", "NEW_PASSWORD": password },
        })
    };
    server
        .refuses("RespondToAuthChallenge", answer(COMMON), NEW)
        .await;
    assert_eq!(
        world.newest("carol").await,
        json!(["PasswordChange", "Fail", "Block", true])
    );
    server.ok("RespondToAuthChallenge", answer(PASSWORD)).await;
}

#[tokio::test]
async fn a_blocked_password_is_not_taken_at_sign_up_or_as_a_new_one() {
    let world = World::start("ENFORCED").await;
    world.configure("BLOCK", Value::Null).await;
    let server = &world.server;
    let sign_up = |password: &str| json!({ "ClientId": world.client, "Username": "dave", "Password": password });
    server.refuses("SignUp", sign_up(COMMON), NEW).await;
    let unknown = server.call("AdminGetUser", world.of("dave")).await;
    assert_eq!(unknown.json()["__type"], "UserNotFoundException");
    server.ok("SignUp", sign_up(PASSWORD)).await;

    world.user("alice", PASSWORD).await;
    let tokens = server.sign_in(&world.client, "alice").await;
    let change = |previous: &str, password: &str| {
        json!({
            "AccessToken": tokens["AccessToken"],
            "PreviousPassword": previous,
            "ProposedPassword": password,
        })
    };
    server
        .refuses("ChangePassword", change(PASSWORD, COMMON), NEW)
        .await;
    assert_eq!(
        world.newest("alice").await,
        json!(["PasswordChange", "Fail", "Block", true])
    );
    server
        .refuses("ChangePassword", change("wrong", COMMON), WRONG)
        .await;
    server
        .ok("ChangePassword", change(PASSWORD, "An0ther-Passw0rd"))
        .await;
    assert_eq!(
        world.newest("alice").await,
        json!(["PasswordChange", "Pass", "NoRisk", false])
    );

    // Of a forgotten password nobody learns by this who exists.
    for name in ["alice", "nobody"] {
        let confirm = json!({
            "ClientId": world.client,
            "Username": name,
            "ConfirmationCode": "000000",
            "Password": COMMON,
        });
        let hidden = json!({
            "UserPoolId": world.pool,
            "ClientId": world.client,
            "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"],
            "PreventUserExistenceErrors": "ENABLED",
        });
        server.ok("UpdateUserPoolClient", hidden).await;
        server.refuses("ConfirmForgotPassword", confirm, NEW).await;
    }
    assert_eq!(
        world.newest("alice").await,
        json!(["PasswordChange", "Pass", "NoRisk", false])
    );
}

#[tokio::test]
async fn without_an_action_it_is_written_down() {
    for (mode, action) in [("ENFORCED", "NO_ACTION"), ("AUDIT", "BLOCK")] {
        let world = World::start(mode).await;
        world.configure(action, Value::Null).await;
        let server = &world.server;
        world.user("alice", COMMON).await;
        let signed_in = server
            .ok("InitiateAuth", world.sign_in("alice", COMMON))
            .await;
        assert_eq!(
            world.newest("alice").await,
            json!(["SignIn", "Pass", "NoRisk", true])
        );
        let change = json!({
            "AccessToken": signed_in["AuthenticationResult"]["AccessToken"],
            "PreviousPassword": COMMON,
            "ProposedPassword": "P@SSw0rd",
        });
        server.ok("ChangePassword", change).await;
        assert_eq!(
            world.newest("alice").await,
            json!(["PasswordChange", "Pass", "NoRisk", true])
        );
        let sign_up = json!({ "ClientId": world.client, "Username": "dave", "Password": COMMON });
        server.ok("SignUp", sign_up).await;
        assert_eq!(
            world.newest("dave").await,
            json!(["SignUp", "Pass", "NoRisk", true])
        );
    }
}

#[tokio::test]
async fn only_the_configured_events_are_looked_at_and_a_clients_own_configuration_counts() {
    let world = World::start("ENFORCED").await;
    let server = &world.server;
    world.user("alice", COMMON).await;
    // Nothing was set, so nothing is looked for.
    server
        .ok("InitiateAuth", world.sign_in("alice", COMMON))
        .await;
    assert_eq!(
        world.newest("alice").await,
        json!(["SignIn", "Pass", "NoRisk", false])
    );
    world
        .configure("BLOCK", json!(["SIGN_UP", "PASSWORD_CHANGE"]))
        .await;
    server
        .ok("InitiateAuth", world.sign_in("alice", COMMON))
        .await;
    world.configure("BLOCK", json!(["SIGN_IN"])).await;
    let own = json!({
        "UserPoolId": world.pool,
        "ClientId": world.client,
        "RiskExceptionConfiguration": {},
    });
    server.ok("SetRiskConfiguration", own).await;
    server
        .ok("InitiateAuth", world.sign_in("alice", COMMON))
        .await;
    let back = json!({ "UserPoolId": world.pool, "ClientId": world.client });
    server.ok("SetRiskConfiguration", back).await;
    server
        .refuses("InitiateAuth", world.sign_in("alice", COMMON), SIGN_IN)
        .await;
}
