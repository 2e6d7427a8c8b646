//! Point-in-time recovery: everything comes back, by the virtual clock.
//!
//! `rules.rs` has when a recovery is allowed, `pauses.rs` what waits for it, `keeping.rs` the
//! history that it goes back in.

mod keeping;
mod pauses;
mod rules;

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::authenticator::Authenticator;
use crate::support::totp::App;
use crate::support::{
    PASSWORD, START, Server, attribute, attribute_list, each, merge, text, with_password,
    with_refresh_token,
};

const MINUTE: u64 = 60;
const HOUR: u64 = 3_600;
const DAY: u64 = 86_400;
const NEW_PASSWORD: &str = "N3w!passw0rd";

/// A server that keeps a history, a pool with a client, and what time it is.
struct Kept {
    server: Server,
    pool: String,
    client: String,
}

impl Kept {
    async fn with(settings: Value) -> Self {
        let server = Server::keeping_history().await;
        let pool = server.pool(settings).await;
        let flows = [
            "ALLOW_USER_PASSWORD_AUTH",
            "ALLOW_REFRESH_TOKEN_AUTH",
            "ALLOW_USER_AUTH",
        ];
        let client = server
            .client_id(&pool, json!({ "ExplicitAuthFlows": flows }))
            .await;
        Self {
            server,
            pool,
            client,
        }
    }

    /// With alice, whose user is there at [`START`].
    async fn start() -> Self {
        let kept = Self::with(json!({})).await;
        kept.server
            .user(&kept.pool, "alice", &[("email", "alice@example.com")])
            .await;
        kept
    }

    fn later(&self, seconds: u64) {
        self.server.advance(Duration::from_secs(seconds));
    }

    /// Seconds since the epoch.
    fn now(&self) -> i64 {
        self.server.app.clock.now().seconds()
    }

    fn named(&self, restore: &str) -> Value {
        json!({ "UserPoolId": self.pool, "RestoreId": restore })
    }

    fn to(&self, point: i64) -> Value {
        json!({ "UserPoolId": self.pool, "RestoreTimestamp": point })
    }

    /// A recovery whose preview was made.
    async fn initiate(&self, point: i64) -> String {
        let begun = self
            .server
            .ok("InitiatePointInTimeRecovery", self.to(point))
            .await;
        let restoration = &begun["Restoration"];
        assert_eq!(restoration["RestoreStatus"], "PREVIEW_GENERATING");
        assert_eq!(restoration["RestorePreview"], Value::Null);
        let id = text(&restoration["RestoreId"]);
        self.reaches(&id, "PREVIEW_GENERATED").await;
        id
    }

    async fn describe(&self, restore: &str) -> Value {
        let described = self
            .server
            .ok("DescribePointInTimeRecovery", self.named(restore))
            .await;
        described["Restoration"].clone()
    }

    /// Waits for what is done in the background.
    async fn reaches(&self, restore: &str, status: &str) {
        let mut turns = tokio::time::interval(Duration::from_millis(10));
        for _ in 0..2_000 {
            turns.tick().await;
            let found = self.describe(restore).await;
            if found["RestoreStatus"] == status {
                return;
            }
        }
        panic!("{:?}", self.describe(restore).await);
    }

    /// Create, update and delete count of an entity.
    async fn preview(&self, restore: &str, entity: &str) -> [i64; 3] {
        let described = self.describe(restore).await;
        let list = described["RestorePreview"].as_array().unwrap().clone();
        let found = list.iter().find(|one| one["Entity"] == entity).unwrap();
        ["CreateCount", "UpdateCount", "DeleteCount"].map(|count| found[count].as_i64().unwrap())
    }

    async fn apply(&self, restore: &str) {
        let started = self
            .server
            .ok("StartPointInTimeRecovery", self.named(restore))
            .await;
        assert_eq!(started["Restoration"]["RestoreStatus"], "RESTORING");
        self.reaches(restore, "RESTORE_COMPLETED").await;
    }

    /// Recovers to this instant.
    async fn recover(&self, point: i64) {
        let id = self.initiate(point).await;
        self.apply(&id).await;
    }

    fn user(&self, name: &str) -> Value {
        json!({ "UserPoolId": self.pool, "Username": name })
    }

    fn member(&self, name: &str, group: &str) -> Value {
        json!({ "UserPoolId": self.pool, "Username": name, "GroupName": group })
    }

    async fn users(&self) -> Vec<String> {
        let listed = self
            .server
            .ok("ListUsers", json!({ "UserPoolId": self.pool }))
            .await;
        let mut names = each(&listed["Users"], "Username");
        names.sort();
        names
    }

    async fn email(&self, name: &str) -> Option<String> {
        let user = self.server.described_user(&self.pool, name).await;
        attribute(&user["UserAttributes"], "email")
    }

    async fn set_email(&self, name: &str, email: &str) {
        let mut input = self.user(name);
        input["UserAttributes"] = attribute_list(&[("email", email)]);
        self.server.ok("AdminUpdateUserAttributes", input).await;
    }

    async fn groups_of(&self, name: &str) -> Vec<String> {
        let listed = self
            .server
            .ok("AdminListGroupsForUser", self.user(name))
            .await;
        each(&listed["Groups"], "GroupName")
    }

    fn set_up(&self, mfa: &str, more: Value) -> Value {
        let mut input = json!({ "UserPoolId": self.pool, "MfaConfiguration": mfa });
        merge(&mut input, more);
        input
    }
}

#[tokio::test]
async fn without_the_flag_the_operations_are_refused_and_name_it() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    let named = json!({ "UserPoolId": pool, "RestoreId": "00000000-0000-4000-8000-000000000000" });
    let to = json!({ "UserPoolId": pool, "RestoreTimestamp": START });
    for (operation, input) in [
        ("CancelPointInTimeRecovery", &named),
        ("DescribePointInTimeRecovery", &named),
        ("InitiatePointInTimeRecovery", &to),
        ("ListPointInTimeRecoveries", &json!({ "UserPoolId": pool })),
        ("StartPointInTimeRecovery", &named),
    ] {
        server
            .refuses_as(operation, input.clone(), "HistoryNotKept")
            .await;
        let words = server.refused(operation, input.clone()).await;
        assert!(words.contains("--point-in-time-recovery"), "{words}");
    }
}

#[tokio::test]
async fn users_groups_and_memberships_come_back_and_what_is_new_goes() {
    let kept = Kept::start().await;
    let server = &kept.server;
    let carol = server.user(&kept.pool, "carol", &[]).await;
    for group in ["admins", "staff"] {
        server
            .ok(
                "CreateGroup",
                json!({ "UserPoolId": kept.pool, "GroupName": group, "Description": "then" }),
            )
            .await;
    }
    server
        .ok("AdminAddUserToGroup", kept.member("alice", "admins"))
        .await;
    server
        .ok("AdminAddUserToGroup", kept.member("carol", "staff"))
        .await;
    let then = kept.now();
    kept.later(HOUR);

    kept.set_email("alice", "broken@example.com").await;
    server.ok("AdminDisableUser", kept.user("alice")).await;
    server
        .ok("AdminRemoveUserFromGroup", kept.member("alice", "admins"))
        .await;
    server.ok("AdminDeleteUser", kept.user("carol")).await;
    server
        .ok(
            "DeleteGroup",
            json!({ "UserPoolId": kept.pool, "GroupName": "staff" }),
        )
        .await;
    server
        .ok(
            "UpdateGroup",
            json!({ "UserPoolId": kept.pool, "GroupName": "admins", "Description": "now" }),
        )
        .await;
    server
        .ok(
            "CreateGroup",
            json!({ "UserPoolId": kept.pool, "GroupName": "intruders" }),
        )
        .await;
    server.user(&kept.pool, "mallory", &[]).await;
    server
        .ok("AdminAddUserToGroup", kept.member("mallory", "intruders"))
        .await;
    let intruder = server.sign_in(&kept.client, "mallory").await;
    kept.later(HOUR);

    let id = kept.initiate(then).await;
    assert_eq!(kept.preview(&id, "Users").await, [1, 1, 1]);
    assert_eq!(kept.preview(&id, "Groups").await, [1, 1, 1]);
    assert_eq!(kept.preview(&id, "User MFAs").await, [0, 0, 0]);
    assert_eq!(kept.preview(&id, "Passkeys").await, [0, 0, 0]);
    // A preview changes nothing.
    assert_eq!(kept.users().await, ["alice", "mallory"]);
    kept.apply(&id).await;

    assert_eq!(kept.users().await, ["alice", "carol"]);
    assert_eq!(
        kept.email("alice").await.as_deref(),
        Some("alice@example.com")
    );
    let alice = server.described_user(&kept.pool, "alice").await;
    assert_eq!(alice["Enabled"], true);
    assert_eq!(kept.groups_of("alice").await, ["admins"]);
    assert_eq!(kept.groups_of("carol").await, ["staff"]);
    assert_eq!(server.sub_of(&kept.pool, "carol").await, carol);
    let groups = server
        .ok("ListGroups", json!({ "UserPoolId": kept.pool }))
        .await;
    assert_eq!(each(&groups["Groups"], "GroupName"), ["admins", "staff"]);
    assert_eq!(each(&groups["Groups"], "Description"), ["then", "then"]);
    // Carol's password came with her; the intruder's tokens are dead.
    server.sign_in(&kept.client, "carol").await;
    let token = json!({ "AccessToken": intruder["AccessToken"] });
    server.refused("GetUser", token).await;
    let again = with_refresh_token(&kept.client, &intruder["RefreshToken"]);
    server.refused("InitiateAuth", again).await;
    // A second look: nothing is left to change.
    kept.later(DAY);
    let id = kept.initiate(kept.now() - 20 * MINUTE as i64).await;
    for entity in ["Users", "Groups", "User MFAs", "Passkeys"] {
        assert_eq!(kept.preview(&id, entity).await, [0, 0, 0], "{entity}");
    }
}

#[tokio::test]
async fn tokens_from_before_a_deletion_stay_dead() {
    let kept = Kept::start().await;
    let server = &kept.server;
    // Without revocation there is no family that ends with the user.
    let settings = json!({ "EnableTokenRevocation": false });
    let client = server.client_id(&kept.pool, settings).await;
    let tokens = server.sign_in(&client, "alice").await;
    let then = kept.now();
    kept.later(16 * MINUTE);
    server.ok("AdminDeleteUser", kept.user("alice")).await;
    kept.recover(then).await;
    assert_eq!(kept.users().await, ["alice"]);
    let token = json!({ "AccessToken": tokens["AccessToken"] });
    server
        .refuses_as("GetUser", token, "AccessTokenRevoked")
        .await;
}

#[tokio::test]
async fn whoever_set_a_password_since_keeps_it_and_nobody_else() {
    let kept = Kept::start().await;
    let server = &kept.server;
    let email = [("email", "bob@example.com"), ("email_verified", "true")];
    server.user(&kept.pool, "bob", &email).await;
    let then = kept.now();
    kept.later(HOUR);
    let mut input = kept.user("alice");
    input["Password"] = json!(NEW_PASSWORD);
    input["Permanent"] = json!(true);
    server.ok("AdminSetUserPassword", input).await;
    kept.set_email("alice", "broken@example.com").await;
    server.ok("AdminResetUserPassword", kept.user("bob")).await;
    server.ok("AdminDeleteUser", kept.user("bob")).await;
    let id = kept.initiate(then).await;
    assert_eq!(kept.preview(&id, "Users").await, [1, 1, 0]);
    kept.apply(&id).await;
    assert_eq!(
        kept.email("alice").await.as_deref(),
        Some("alice@example.com")
    );
    let with_new = with_password(&kept.client, "alice", NEW_PASSWORD);
    server.ok("InitiateAuth", with_new).await;
    let with_old = with_password(&kept.client, "alice", PASSWORD);
    server
        .refuses_as("InitiateAuth", with_old, "BadCredentials")
        .await;
    server.sign_in(&kept.client, "bob").await;
}

#[tokio::test]
async fn a_password_alone_is_nothing_to_recover() {
    let kept = Kept::start().await;
    let then = kept.now();
    kept.later(HOUR);
    let mut input = kept.user("alice");
    input["Password"] = json!(NEW_PASSWORD);
    // A temporary one: the status that goes with it stays, too.
    kept.server.ok("AdminSetUserPassword", input).await;
    let before = kept.server.described_user(&kept.pool, "alice").await;
    let id = kept.initiate(then).await;
    assert_eq!(kept.preview(&id, "Users").await, [0, 0, 0]);
    kept.apply(&id).await;
    let user = kept.server.described_user(&kept.pool, "alice").await;
    assert_eq!(user["UserStatus"], "FORCE_CHANGE_PASSWORD");
    assert_eq!(user["UserLastModifiedDate"], before["UserLastModifiedDate"]);
}

#[tokio::test]
async fn second_factors_come_back_and_a_used_code_stays_used() {
    let kept = Kept::with(json!({})).await;
    let server = &kept.server;
    let factors = json!({ "SoftwareTokenMfaConfiguration": { "Enabled": true } });
    server
        .ok("SetUserPoolMfaConfig", kept.set_up("OPTIONAL", factors))
        .await;
    for name in ["alice", "bob"] {
        server.user(&kept.pool, name, &[]).await;
    }
    let app = add_app(&kept, "alice").await;
    let then = kept.now();
    kept.later(HOUR);
    server
        .ok("AdminDeleteSoftwareToken", kept.user("alice"))
        .await;
    kept.later(HOUR);
    let of_bob = add_app(&kept, "bob").await;

    let id = kept.initiate(then).await;
    assert_eq!(kept.preview(&id, "User MFAs").await, [1, 0, 1]);
    assert_eq!(kept.preview(&id, "Users").await, [0, 0, 0]);
    kept.apply(&id).await;
    server.sign_in(&kept.client, "bob").await;
    let step = (kept.now() - START) / 30;
    let asked = with_password(&kept.client, "alice", PASSWORD);
    let asked = server.ok("InitiateAuth", asked).await;
    assert_eq!(asked["ChallengeName"], "SOFTWARE_TOKEN_MFA", "{asked}");
    let answer = json!({
        "ClientId": kept.client, "ChallengeName": "SOFTWARE_TOKEN_MFA", "Session": asked["Session"],
        "ChallengeResponses": { "USERNAME": "alice", "SOFTWARE_TOKEN_MFA_CODE": app.code(step) },
    });
    let answered = server.ok("RespondToAuthChallenge", answer).await;
    assert!(answered["AuthenticationResult"]["AccessToken"].is_string());
    drop(of_bob);

    // Deleted and put back at once: the code of this moment does not count a second time.
    kept.later(DAY + HOUR);
    let step = (kept.now() - START) / 30;
    let code = app.code(step);
    for code_counts in [true, false] {
        let asked = with_password(&kept.client, "alice", PASSWORD);
        let asked = server.ok("InitiateAuth", asked).await;
        let answer = json!({
            "ClientId": kept.client, "ChallengeName": "SOFTWARE_TOKEN_MFA",
            "Session": asked["Session"],
            "ChallengeResponses": { "USERNAME": "alice", "SOFTWARE_TOKEN_MFA_CODE": code },
        });
        if code_counts {
            server.ok("RespondToAuthChallenge", answer).await;
            server.ok("AdminDeleteUser", kept.user("alice")).await;
            kept.recover(kept.now() - 20 * MINUTE as i64).await;
        } else {
            server
                .refuses_as("RespondToAuthChallenge", answer, "SoftwareTokenUsed")
                .await;
        }
    }
}

/// Sets an app up and switches it on.
async fn add_app(kept: &Kept, name: &str) -> App {
    let server = &kept.server;
    let tokens = server.sign_in(&kept.client, name).await;
    let token = &tokens["AccessToken"];
    let drawn = server
        .ok("AssociateSoftwareToken", json!({ "AccessToken": token }))
        .await;
    let app = App::new(&drawn["SecretCode"]);
    let code = app.code((kept.now() - START) / 30);
    server
        .ok(
            "VerifySoftwareToken",
            json!({ "AccessToken": token, "UserCode": code }),
        )
        .await;
    let on = json!({ "AccessToken": token, "SoftwareTokenMfaSettings": { "Enabled": true, "PreferredMfa": true } });
    server.ok("SetUserMFAPreference", on).await;
    app
}

#[tokio::test]
async fn passkeys_come_back_and_new_ones_go() {
    let factors = ["PASSWORD", "WEB_AUTHN"];
    let kept = Kept::with(
        json!({ "Policies": { "SignInPolicy": { "AllowedFirstAuthFactors": factors } } }),
    )
    .await;
    let server = &kept.server;
    let web = json!({ "WebAuthnConfiguration": { "RelyingPartyId": "localhost" } });
    server
        .ok("SetUserPoolMfaConfig", kept.set_up("OFF", web))
        .await;
    server.user(&kept.pool, "alice", &[]).await;
    let (mut old, mut new) = (Authenticator::es256(), Authenticator::es256());
    add_passkey(&kept, &mut old).await;
    let then = kept.now();
    kept.later(HOUR);
    // A use moves the counter; that is nothing to go back to.
    assert!(signs_in(&kept, &mut old).await);
    let token = server.sign_in(&kept.client, "alice").await["AccessToken"].clone();
    let input = json!({ "AccessToken": token, "CredentialId": old.credential_id() });
    server.ok("DeleteWebAuthnCredential", input).await;
    add_passkey(&kept, &mut new).await;

    let id = kept.initiate(then).await;
    assert_eq!(kept.preview(&id, "Passkeys").await, [1, 0, 1]);
    assert_eq!(kept.preview(&id, "Users").await, [0, 0, 0]);
    kept.apply(&id).await;
    assert!(signs_in(&kept, &mut old).await);
    assert!(!signs_in(&kept, &mut new).await);
}

async fn add_passkey(kept: &Kept, authenticator: &mut Authenticator) {
    let server = &kept.server;
    let token = server.sign_in(&kept.client, "alice").await["AccessToken"].clone();
    let begun = server
        .ok("StartWebAuthnRegistration", json!({ "AccessToken": token }))
        .await;
    let credential = authenticator.create(&begun["CredentialCreationOptions"]);
    let input = json!({ "AccessToken": token, "Credential": credential });
    server.ok("CompleteWebAuthnRegistration", input).await;
}

/// Whether the authenticator gets in.
async fn signs_in(kept: &Kept, authenticator: &mut Authenticator) -> bool {
    let begun = json!({
        "ClientId": kept.client, "AuthFlow": "USER_AUTH",
        "AuthParameters": { "USERNAME": "alice", "PREFERRED_CHALLENGE": "WEB_AUTHN" },
    });
    let asked = kept.server.ok("InitiateAuth", begun).await;
    let options = text(&asked["ChallengeParameters"]["CREDENTIAL_REQUEST_OPTIONS"]);
    let credential = authenticator.get(&serde_json::from_str(&options).unwrap());
    let answer = json!({
        "ClientId": kept.client, "ChallengeName": "WEB_AUTHN", "Session": asked["Session"],
        "ChallengeResponses": { "USERNAME": "alice", "CREDENTIAL": credential.to_string() },
    });
    let reply = kept.server.call("RespondToAuthChallenge", answer).await;
    reply.status.is_success()
}

#[tokio::test]
async fn names_go_back_to_whom_they_were() {
    let kept = Kept::with(json!({ "AliasAttributes": ["email"] })).await;
    let server = &kept.server;
    fn verified(email: &str) -> [(&str, &str); 2] {
        [("email", email), ("email_verified", "true")]
    }
    server
        .user(&kept.pool, "alice", &verified("a@example.com"))
        .await;
    server
        .user(&kept.pool, "bob", &verified("b@example.com"))
        .await;
    let then = kept.now();
    kept.later(HOUR);
    let change = async |name: &str, email: &str| {
        let mut input = kept.user(name);
        input["UserAttributes"] = attribute_list(&verified(email));
        server.ok("AdminUpdateUserAttributes", input).await;
    };
    change("alice", "c@example.com").await;
    change("bob", "a@example.com").await;
    server.ok("AdminDeleteUser", kept.user("alice")).await;
    // Another user of the same name, and the address of the first.
    server
        .user(&kept.pool, "alice", &verified("b@example.com"))
        .await;
    kept.recover(then).await;
    for (email, name) in [("a@example.com", "alice"), ("b@example.com", "bob")] {
        let user = server.described_user(&kept.pool, email).await;
        assert_eq!(user["Username"], name);
        server.sign_in(&kept.client, email).await;
    }
    assert_eq!(kept.users().await, ["alice", "bob"]);
}

#[tokio::test]
async fn clients_schema_and_settings_stay_as_they_are() {
    let kept = Kept::start().await;
    let server = &kept.server;
    let then = kept.now();
    kept.later(HOUR);
    let client = server.client_id(&kept.pool, json!({})).await;
    let attributes = json!([{ "Name": "since", "AttributeDataType": "String" }]);
    let input = json!({ "UserPoolId": kept.pool, "CustomAttributes": attributes });
    server.ok("AddCustomAttributes", input).await;
    let input = json!({ "UserPoolId": kept.pool, "PoolName": "renamed" });
    server.ok("UpdateUserPool", input).await;
    kept.recover(then).await;
    server.sign_in(&client, "alice").await;
    let pool = server
        .ok("DescribeUserPool", json!({ "UserPoolId": kept.pool }))
        .await;
    assert_eq!(pool["UserPool"]["Name"], "renamed");
    let schema = each(&pool["UserPool"]["SchemaAttributes"], "Name");
    assert!(schema.contains(&"custom:since".to_owned()), "{schema:?}");
}

#[tokio::test]
async fn other_pools_do_not_notice() {
    let kept = Kept::start().await;
    let server = &kept.server;
    let other = server.pool(json!({})).await;
    let then = kept.now();
    kept.later(HOUR);
    server.user(&other, "bob", &[]).await;
    kept.set_email("alice", "broken@example.com").await;
    let id = kept.initiate(then).await;
    // Neither do writes of other pools wait.
    server.user(&other, "carol", &[]).await;
    kept.apply(&id).await;
    let listed = server.ok("ListUsers", json!({ "UserPoolId": other })).await;
    assert_eq!(each(&listed["Users"], "Username").len(), 2);
}
