//! A store that a released binary wrote, opened with today's code: it is brought up to date,
//! everything in it is read, and what clients hold from before is still good.
//!
//! `released/make.py` makes such files; one stays for each release that had new migrations.

use std::collections::HashMap;

use serde_json::{Value, json};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection};

use crate::support::authenticator::Authenticator;
use crate::support::devices::Device;
use crate::support::srp::SrpClient;
use crate::support::totp::App;
use crate::support::{
    Folder, PASSWORD, Server, attribute, claims, each, text, with_password, with_refresh_token,
};

const POOL: &str = "us-east-1_released";

/// The store after migration 16, of November 2026.
const STORE: &str = include_str!("released/0016.sql");

struct Released {
    server: Server,
    /// What only clients know.
    known: HashMap<&'static str, &'static str>,
}

impl Released {
    async fn open() -> Self {
        let folder = Folder::new();
        std::fs::create_dir_all(&folder.0).unwrap();
        let file = folder.0.join("mocknito.db");
        let options = SqliteConnectOptions::new().filename(file);
        let options = options.create_if_missing(true).foreign_keys(false);
        let mut connection = options.connect().await.unwrap();
        let load = sqlx::raw_sql(STORE).execute(&mut connection);
        load.await.unwrap();
        connection.close().await.unwrap();
        let facts = STORE.lines().map_while(|line| line.strip_prefix("-- "));
        Self {
            known: facts.filter_map(|fact| fact.split_once(": ")).collect(),
            server: Server::on_folder(folder).await,
        }
    }

    fn known(&self, name: &str) -> Value {
        json!(self.known[name])
    }

    /// The answer to a call about the pool.
    async fn of_pool(&self, operation: &'static str, more: Value) -> Value {
        let mut input = json!({ "UserPoolId": POOL });
        crate::support::merge(&mut input, more);
        self.server.ok(operation, input).await
    }

    async fn user(&self, name: &str) -> Value {
        self.server.described_user(POOL, name).await
    }

    fn respond(&self, challenge: &str, session: &Value, answers: Value) -> Value {
        json!({
            "ClientId": self.known("client"),
            "ChallengeName": challenge,
            "Session": session,
            "ChallengeResponses": answers,
        })
    }
}

#[tokio::test]
async fn everything_in_it_is_read() {
    let store = Released::open().await;
    let pools = json!({ "MaxResults": 10 });
    let pools = store.server.ok("ListUserPools", pools).await;
    let mut pools = each(&pools["UserPools"], "Id");
    pools.sort();
    assert_eq!(pools, ["us-east-1_empty", POOL]);
    let pool = store.of_pool("DescribeUserPool", json!({})).await;
    assert_eq!(pool["UserPool"]["EstimatedNumberOfUsers"], 5);
    assert_eq!(pool["UserPool"]["Domain"], "released");
    let policy = &pool["UserPool"]["Policies"]["PasswordPolicy"];
    assert_eq!(policy["PasswordHistorySize"], 3);
    let mfa = store.of_pool("GetUserPoolMfaConfig", json!({})).await;
    assert_eq!(mfa["MfaConfiguration"], "OPTIONAL");
    assert_eq!(mfa["WebAuthnConfiguration"]["RelyingPartyId"], "localhost");

    let clients = store.of_pool("ListUserPoolClients", json!({})).await;
    assert_eq!(
        each(&clients["UserPoolClients"], "ClientName"),
        ["public", "machine"]
    );
    let machine = json!({ "ClientId": store.known("machine") });
    let machine = store.of_pool("DescribeUserPoolClient", machine).await;
    let secret = &machine["UserPoolClient"]["ClientSecret"];
    assert_eq!(secret, &store.known("machine_secret"));
    let looks = json!({ "ClientId": store.known("client") });
    let looks = store.of_pool("GetUICustomization", looks).await;
    let css = text(&looks["UICustomization"]["CSS"]);
    assert!(css.contains("color: blue"), "{css}");
    let risks = store.of_pool("DescribeRiskConfiguration", json!({})).await;
    let blocked = &risks["RiskConfiguration"]["RiskExceptionConfiguration"]["BlockedIPRangeList"];
    assert_eq!(blocked, &json!(["192.0.2.0/24"]));

    let servers = store.of_pool("ListResourceServers", json!({ "MaxResults": 10 }));
    let servers = servers.await;
    assert_eq!(
        servers["ResourceServers"][0]["Scopes"][0]["ScopeName"],
        "read"
    );
    let provider = json!({ "IdpIdentifier": "corp.example" });
    let provider = store.of_pool("GetIdentityProviderByIdentifier", provider);
    let provider = provider.await["IdentityProvider"].clone();
    assert_eq!(provider["ProviderName"], "Corp");
    assert_eq!(provider["ProviderDetails"]["client_secret"], "s");

    let users = store.of_pool("ListUsers", json!({})).await;
    let mut names = each(&users["Users"], "Username");
    names.sort();
    assert_eq!(names, ["alice", "bob", "carol", "dave", "erin"]);
    let alice = store.user("alice").await;
    let of_alice = |name| attribute(&alice["UserAttributes"], name);
    assert_eq!(of_alice("custom:note").as_deref(), Some("first"));
    assert!(of_alice("identities").unwrap().contains("Corp"));
    assert_eq!(store.user("carol").await["UserStatus"], "UNCONFIRMED");
    let bob = store.user("bob").await;
    assert_eq!(bob["PreferredMfaSetting"], "SOFTWARE_TOKEN_MFA");
    let members = store.of_pool("ListUsersInGroup", json!({ "GroupName": "admins" }));
    assert_eq!(each(&members.await["Users"], "Username"), ["alice"]);
    let name = json!({ "Username": "alice" });
    let groups = store.of_pool("AdminListGroupsForUser", name.clone()).await;
    assert_eq!(groups["Groups"][0]["Precedence"], 1);
    let devices = store.of_pool("AdminListDevices", name.clone()).await;
    let device = &devices["Devices"][0];
    assert_eq!(device["DeviceKey"], store.known("device_key"));
    let events = store.of_pool("AdminListUserAuthEvents", name).await;
    let events = events["AuthEvents"].as_array().unwrap().clone();
    assert!(events.iter().any(|event| event["EventType"] == "SignIn"));
    let jobs = store.of_pool("ListUserImportJobs", json!({ "MaxResults": 10 }));
    assert_eq!(jobs.await["UserImportJobs"][0]["JobName"], "import");

    let inbox = store.server.inbox("").await;
    assert_eq!(inbox.len(), 3);
    let carols = store.server.code("carol@example.com").await;
    assert_eq!(json!(carols), store.known("carols_code"));
}

#[tokio::test]
async fn tokens_from_before_are_still_good_or_still_revoked() {
    let store = Released::open().await;
    let server = &store.server;
    let access = json!({ "AccessToken": store.known("access_token") });
    assert_eq!(
        server.ok("GetUser", access.clone()).await["Username"],
        "alice"
    );
    let keys = server.ok("ListWebAuthnCredentials", access.clone()).await;
    assert_eq!(keys["Credentials"].as_array().unwrap().len(), 1);
    let client = text(&store.known("client"));
    let mut refresh = with_refresh_token(&client, &store.known("refresh_token"));
    refresh["AuthParameters"]["DEVICE_KEY"] = store.known("device_key");
    let fresh = server.ok("InitiateAuth", refresh).await["AuthenticationResult"].clone();
    let told = claims(&fresh["AccessToken"]);
    assert_eq!(told["cognito:groups"], json!(["admins"]));
    let before = claims(&store.known("access_token"));
    assert_eq!(told["origin_jti"], before["origin_jti"]);
    let kid = |token: &Value| crate::support::header(token)["kid"].clone();
    assert_eq!(
        kid(&fresh["AccessToken"]),
        kid(&store.known("access_token"))
    );
    let revoked = with_refresh_token(&client, &store.known("revoked"));
    let reply = server.refused("InitiateAuth", revoked).await;
    assert!(reply.starts_with("NotAuthorizedException: "), "{reply}");
    // Revoking is known beyond the migration, too.
    server
        .ok(
            "GlobalSignOut",
            json!({ "AccessToken": fresh["AccessToken"] }),
        )
        .await;
    server
        .refuses_with("GetUser", access, "NotAuthorizedException")
        .await;

    let (id, secret) = (&store.known["machine"], &store.known["machine_secret"]);
    let form = [("grant_type", "client_credentials")];
    let (status, token) = server.token_endpoint(Some((id, secret)), &form).await;
    assert_eq!(status, 200, "{token}");
    assert_eq!(claims(&token["access_token"])["scope"], "api/read");
}

#[tokio::test]
async fn its_users_sign_in_by_everything_they_have() {
    let store = Released::open().await;
    let server = &store.server;
    let client = text(&store.known("client"));
    let srp = SrpClient::new("released");

    // By SRP, and then with the device that alice had confirmed.
    let device = Device {
        key: text(&store.known("device_key")),
        group_key: text(&store.known("device_group")),
        secret: text(&store.known("device_secret")),
    };
    let asked = server.ok("InitiateAuth", srp.begin(&client, "alice")).await;
    let mut answer = srp.answer(POOL, &client, &asked, PASSWORD);
    answer["ChallengeResponses"]["DEVICE_KEY"] = json!(device.key);
    let asked = server.ok("RespondToAuthChallenge", answer).await;
    assert_eq!(asked["ChallengeName"], "DEVICE_SRP_AUTH", "{asked}");
    let mut begin = srp.begin_device(&client, "alice", &device);
    begin["Session"] = asked["Session"].clone();
    let asked = server.ok("RespondToAuthChallenge", begin).await;
    let mut answer = srp.answer_device(&client, &asked, &device);
    answer["Session"] = asked["Session"].clone();
    let tokens = server.ok("RespondToAuthChallenge", answer).await["AuthenticationResult"].clone();

    // The password before the present one is remembered.
    let change = json!({
        "AccessToken": tokens["AccessToken"],
        "PreviousPassword": PASSWORD,
        "ProposedPassword": "An0ther!pass",
    });
    server
        .refuses_with(
            "ChangePassword",
            change,
            "PasswordHistoryPolicyViolationException",
        )
        .await;

    // By passkey.
    let mut authenticator = Authenticator::rs256();
    let begin = json!({
        "AuthFlow": "USER_AUTH",
        "ClientId": client,
        "AuthParameters": { "USERNAME": "alice", "PREFERRED_CHALLENGE": "WEB_AUTHN" },
    });
    let asked = server.ok("InitiateAuth", begin).await;
    let options = text(&asked["ChallengeParameters"]["CREDENTIAL_REQUEST_OPTIONS"]);
    let options: Value = serde_json::from_str(&options).unwrap();
    let credential = authenticator.get(&options).to_string();
    let answers = json!({ "USERNAME": "alice", "CREDENTIAL": credential });
    let answer = store.respond("WEB_AUTHN", &asked["Session"], answers);
    let signed_in = server.ok("RespondToAuthChallenge", answer).await;
    assert!(signed_in["AuthenticationResult"].is_object(), "{signed_in}");

    // By the authenticator app. What a session holds has another form since: a sign-in that was
    // under way, which lasts minutes, begins anew.
    let code = App::new(&store.known("bobs_app")).code(0);
    let answers = json!({ "USERNAME": "bob", "SOFTWARE_TOKEN_MFA_CODE": code });
    let before = store.known("bobs_session");
    let answer = store.respond("SOFTWARE_TOKEN_MFA", &before, answers.clone());
    let invalid = "NotAuthorizedException: Invalid session for the user.";
    server
        .refuses("RespondToAuthChallenge", answer, invalid)
        .await;
    let begin = with_password(&client, "bob", PASSWORD);
    let session = server.ok("InitiateAuth", begin).await["Session"].clone();
    let answer = store.respond("SOFTWARE_TOKEN_MFA", &session, answers);
    let signed_in = server.ok("RespondToAuthChallenge", answer).await;
    assert!(signed_in["AuthenticationResult"].is_object(), "{signed_in}");

    // By the code that was sent before.
    let confirm = json!({
        "ClientId": client,
        "Username": "carol",
        "ConfirmationCode": store.known("carols_code"),
    });
    server.ok("ConfirmSignUp", confirm).await;
    server.sign_in(&client, "carol").await;
}

#[tokio::test]
async fn what_was_used_or_tried_before_still_counts() {
    let store = Released::open().await;
    let server = &store.server;
    let answered = STORE
        .lines()
        .find_map(|line| line.strip_prefix("INSERT INTO \"spent_sessions\" VALUES('"))
        .and_then(|row| row.split('\'').next())
        .unwrap();
    assert!(server.app.store.is_spent(answered).await.unwrap());
    assert!(!server.app.store.is_spent("another").await.unwrap());
    let answers = json!({ "USERNAME": "dave", "NEW_PASSWORD": "Y3t-another" });
    let session = store.known("spent_session");
    let again = store.respond("NEW_PASSWORD_REQUIRED", &session, answers);
    let refused = "NotAuthorizedException";
    server
        .refuses_with("RespondToAuthChallenge", again, refused)
        .await;
    // Three of five wrong passwords were tried before.
    let client = text(&store.known("client"));
    for _ in 0..2 {
        let wrong = with_password(&client, "erin", "Wr0ng-pass");
        let refused = server.refused("InitiateAuth", wrong).await;
        assert!(
            refused.ends_with("Incorrect username or password."),
            "{refused}"
        );
    }
    let right = with_password(&client, "erin", PASSWORD);
    let locked = "NotAuthorizedException: Password attempts exceeded";
    server.refuses("InitiateAuth", right, locked).await;
}

#[tokio::test]
async fn its_pool_can_be_deleted_whole() {
    let store = Released::open().await;
    store
        .of_pool("DeleteUserPoolDomain", json!({ "Domain": "released" }))
        .await;
    store.of_pool("DeleteUserPool", json!({})).await;
    let file = store.server.folder().join("mocknito.db");
    let options = SqliteConnectOptions::new().filename(file);
    let mut connection = options.connect().await.unwrap();
    for check in ["PRAGMA foreign_key_check", "SELECT 1 FROM users"] {
        let rows = sqlx::query(check).fetch_all(&mut connection).await.unwrap();
        assert!(rows.is_empty(), "{check}");
    }
    let whole = sqlx::query_scalar("PRAGMA integrity_check");
    let whole: String = whole.fetch_one(&mut connection).await.unwrap();
    assert_eq!(whole, "ok");
}
