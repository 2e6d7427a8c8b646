//! Fixtures: what they make, that they make it once, and that a broken one makes nothing.

use std::path::PathBuf;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use mocknito::config::FixturesMode;
use mocknito::fixtures::Fixtures;
use serde_json::{Value, json};
use sqlx::ConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;

use crate::operations::identity_pools::IdentityPoolCalls;
use crate::support::{Server, attribute, claims, fixtures};

const POOL: &str = "us-east-1_Mocknito1";
const CLIENT: &str = "democlient0000000000000000";

/// A fixture file of its own for one test, gone with it.
struct TemporaryFile(PathBuf);

impl TemporaryFile {
    fn new(name: &str, text: &str) -> Self {
        let path = std::env::temp_dir().join(format!("mocknito-{}-{name}", std::process::id()));
        std::fs::write(&path, text).unwrap();
        Self(path)
    }
}

impl Drop for TemporaryFile {
    fn drop(&mut self) {
        let _already_gone = std::fs::remove_file(&self.0);
    }
}

/// Loads a file; gives what is wrong with it, without its folder.
async fn load(server: &Server, name: &str, yaml: &str) -> Result<(), String> {
    let file = TemporaryFile::new(name, yaml);
    let told = |broken: mocknito::fixtures::FixtureError| {
        let text = broken.to_string();
        let (_, placed) = text.split_once(&format!("-{name}:")).unwrap();
        let told = placed.trim_start_matches(|c: char| c.is_ascii_digit() || c == ':');
        assert_ne!(placed, told, "{text} names no line");
        told.trim_start().to_owned()
    };
    let fixtures = Fixtures::read(false, std::slice::from_ref(&file.0)).map_err(told)?;
    fixtures.load(&server.app).await.map(|_| ()).map_err(told)
}

/// Everything that a client can read of the demo's pool.
async fn everything(server: &Server) -> Value {
    let pool = json!({ "UserPoolId": POOL });
    let limited = json!({ "UserPoolId": POOL, "MaxResults": 50 });
    json!([
        server.ok("DescribeUserPool", pool.clone()).await,
        server
            .ok("ListUserPools", json!({ "MaxResults": 60 }))
            .await,
        server.ok("ListUserPoolClients", limited.clone()).await,
        server.ok("ListResourceServers", limited).await,
        server.ok("ListGroups", pool.clone()).await,
        server.ok("ListUsers", pool).await,
        server
            .ok(
                "AdminListGroupsForUser",
                json!({ "UserPoolId": POOL, "Username": "alice" })
            )
            .await,
    ])
}

#[tokio::test]
async fn the_demo_s_users_are_what_they_say() {
    let server = Server::demo().await;
    let tokens = server.sign_in(CLIENT, "alice").await;
    let id = claims(&tokens["IdToken"]);
    assert_eq!(id["cognito:groups"], json!(["admins", "users"]));
    assert_eq!(
        id["cognito:preferred_role"],
        "arn:aws:iam::123456789012:role/admins"
    );
    assert_eq!(id["email"], "alice@example.com");
    assert_eq!(id["email_verified"], true);

    let carol = json!({
        "AuthFlow": "USER_PASSWORD_AUTH",
        "ClientId": CLIENT,
        "AuthParameters": { "USERNAME": "carol", "PASSWORD": "Temp0rary!" },
    });
    let challenge = server.ok("InitiateAuth", carol).await;
    assert_eq!(challenge["ChallengeName"], "NEW_PASSWORD_REQUIRED");

    let form = [("grant_type", "client_credentials")];
    let machine = (
        "machineclient0000000000000",
        "machinesecret00000000000000000000000000000000000000",
    );
    let (status, tokens) = server.token_endpoint(Some(machine), &form).await;
    assert_eq!(status, StatusCode::OK, "{tokens}");
    assert_eq!(
        claims(&tokens["access_token"])["scope"],
        "https://api.example.com/read https://api.example.com/write"
    );
}

#[tokio::test]
async fn loading_the_demo_again_changes_nothing() {
    let server = Server::demo().await;
    let before = everything(&server).await;
    server.advance(std::time::Duration::from_secs(60));
    Fixtures::read(true, &[])
        .unwrap()
        .load(&server.app)
        .await
        .unwrap();
    assert_eq!(everything(&server).await, before);
}

#[tokio::test]
async fn what_somebody_changed_stays_changed() {
    let server = Server::demo().await;
    let changed = json!({
        "UserPoolId": POOL,
        "Username": "bob",
        "UserAttributes": [{ "Name": "given_name", "Value": "Robert" }],
    });
    server.ok("AdminUpdateUserAttributes", changed).await;
    server
        .ok(
            "AdminDeleteUser",
            json!({ "UserPoolId": POOL, "Username": "carol" }),
        )
        .await;
    Fixtures::read(true, &[])
        .unwrap()
        .load(&server.app)
        .await
        .unwrap();
    let bob = server
        .ok(
            "AdminGetUser",
            json!({ "UserPoolId": POOL, "Username": "bob" }),
        )
        .await;
    assert_eq!(
        attribute(&bob["UserAttributes"], "given_name").as_deref(),
        Some("Robert")
    );
    // Only what is missing is made.
    let carol = server
        .ok(
            "AdminGetUser",
            json!({ "UserPoolId": POOL, "Username": "carol" }),
        )
        .await;
    assert_eq!(carol["UserStatus"], "FORCE_CHANGE_PASSWORD");
}

#[tokio::test]
async fn a_reset_loads_the_fixtures_again() {
    let server = Server::demo().await;
    server
        .ok("CreateUserPool", json!({ "PoolName": "other" }))
        .await;
    server
        .ok(
            "AdminDeleteUser",
            json!({ "UserPoolId": POOL, "Username": "alice" }),
        )
        .await;
    let request = Request::post("/_mocknito/reset")
        .body(Body::empty())
        .unwrap();
    let reply = server.send(request).await;
    assert_eq!(
        reply.json(),
        json!({ "status": "ok", "user_pools": [POOL] })
    );
    let pools = server
        .ok("ListUserPools", json!({ "MaxResults": 60 }))
        .await;
    assert_eq!(pools["UserPools"].as_array().unwrap().len(), 1);
    server.sign_in(CLIENT, "alice").await;
}

#[tokio::test]
async fn the_example_makes_everything_it_describes() {
    let server = Server::start().await;
    load(
        &server,
        "full.yaml",
        include_str!("../../fixtures/full.yaml"),
    )
    .await
    .unwrap();
    let pool = "eu-central-1_Example01";
    let get = |username: &'static str| {
        server.ok(
            "AdminGetUser",
            json!({ "UserPoolId": pool, "Username": username }),
        )
    };
    let ada = get("ada@example.com").await;
    assert_eq!(ada["UserStatus"], "CONFIRMED");
    assert_eq!(
        attribute(&ada["UserAttributes"], "sub").as_deref(),
        Some("11111111-1111-4111-8111-111111111111")
    );
    assert_eq!(
        attribute(&ada["UserAttributes"], "custom:credit").as_deref(),
        Some("100")
    );
    assert_eq!(
        get("ben@example.com").await["UserStatus"],
        "FORCE_CHANGE_PASSWORD"
    );
    assert_eq!(get("eve@example.com").await["Enabled"], false);
    let client = json!({ "UserPoolId": pool, "ClientId": "shopbackend000000000000000" });
    let client = server.ok("DescribeUserPoolClient", client).await;
    assert_eq!(
        client["UserPoolClient"]["ClientSecret"],
        "shopbackendsecret0000000000000000000000000000000000"
    );
    let mfa = server
        .ok("GetUserPoolMfaConfig", json!({ "UserPoolId": pool }))
        .await;
    assert_eq!(mfa["MfaConfiguration"], "OPTIONAL");
    let domain = server
        .ok("DescribeUserPoolDomain", json!({ "Domain": "shop" }))
        .await;
    assert_eq!(domain["DomainDescription"]["UserPoolId"], pool);
    let partner = json!({ "UserPoolId": pool, "ProviderName": "Partner" });
    let partner = server.ok("DescribeIdentityProvider", partner).await;
    assert_eq!(partner["IdentityProvider"]["ProviderType"], "OIDC");
    load(
        &server,
        "full-again.yaml",
        include_str!("../../fixtures/full.yaml"),
    )
    .await
    .unwrap();
}

#[tokio::test]
async fn a_rule_that_is_broken_is_told_with_its_place_and_nothing_is_made() {
    let server = Server::start().await;
    let yaml = "
UserPools:
  - PoolName: first
  - PoolName: second
    DeletionProtection: ACTIVE
    Users:
      - { Username: a, Password: Passw0rd! }
      - { Username: b, Password: simple-enough }
";
    let why = load(&server, "weak.yaml", yaml).await.unwrap_err();
    assert!(
        why.starts_with("UserPools[1].Users[1] (b): InvalidPasswordException: Password did not conform with policy: "),
        "{why}"
    );
    let pools = server
        .ok("ListUserPools", json!({ "MaxResults": 60 }))
        .await;
    assert_eq!(pools["UserPools"], json!([]));
}

/// A disk that is full lets nothing be taken away either; a trigger stands for it.
#[tokio::test]
async fn what_an_undo_has_to_leave_is_told_and_the_same_load_goes_on_from_there() {
    let server = Server::in_a_folder().await;
    let file = server.folder().join("mocknito.db");
    let mut other = SqliteConnectOptions::new()
        .filename(file)
        .connect()
        .await
        .unwrap();
    let full = "CREATE TRIGGER full BEFORE DELETE ON pools WHEN old.id = 'us-east-1_a' BEGIN \
                SELECT RAISE(ABORT, 'database or disk is full'); END";
    sqlx::query(full).execute(&mut other).await.unwrap();
    let yaml = |password: &str| {
        format!(
            "UserPools: [{{PoolName: a, UserPoolId: us-east-1_a}}, {{PoolName: b, UserPoolId: \
             us-east-1_b, Users: [{{Username: u, Password: {password}}}]}}]"
        )
    };
    let loaded = |password: &str| {
        let text = yaml(password);
        let mode = FixturesMode::Keep;
        let server = &server;
        async move { fixtures::load(server, "two.yaml", &text, mode).await }
    };
    let why = loaded("short").await.unwrap_err();
    let (refused, stayed) = why.split_once('\n').unwrap();
    assert!(refused.contains("(u): InvalidPasswordException"), "{why}");
    assert!(
        stayed.starts_with("the store: 1 of the 2 things that this load had made could not"),
        "{why}"
    );
    assert!(stayed.contains("disk is full"), "{why}");
    let names = || async {
        let pools = server
            .ok("ListUserPools", json!({ "MaxResults": 60 }))
            .await;
        let pools = pools["UserPools"].as_array().unwrap().iter();
        let names = pools.map(|pool| pool["Name"].as_str().unwrap().to_owned());
        names.collect::<Vec<_>>()
    };
    assert_eq!(names().await, ["a"]);
    sqlx::query("DROP TRIGGER full")
        .execute(&mut other)
        .await
        .unwrap();
    loaded("Passw0rd!").await.unwrap();
    let mut there = names().await;
    there.sort();
    assert_eq!(there, ["a", "b"]);
}

#[tokio::test]
async fn a_user_that_fails_in_a_pool_that_was_there_is_not_left_half_made() {
    let server = Server::start().await;
    load(
        &server,
        "one.yaml",
        "UserPools: [{PoolName: a, UserPoolId: us-east-1_a}]",
    )
    .await
    .unwrap();
    let yaml = "UserPools: [{PoolName: a, UserPoolId: us-east-1_a, Users: [{Username: u, Password: Passw0rd!, Groups: [none]}]}]";
    let why = load(&server, "two.yaml", yaml).await.unwrap_err();
    assert_eq!(
        why,
        "UserPools[0].Users[0] (u): ResourceNotFoundException: Group not found. (none)"
    );
    let asked = json!({ "UserPoolId": "us-east-1_a", "Username": "u" });
    let refused = server.refused("AdminGetUser", asked).await;
    assert_eq!(refused, "UserNotFoundException: User does not exist.");
}

#[tokio::test]
async fn a_client_id_of_another_pool_is_not_taken_over() {
    let server = Server::demo().await;
    let yaml =
        format!("UserPools: [{{PoolName: b, Clients: [{{ClientId: {CLIENT}, ClientName: c}}]}}]");
    let why = load(&server, "stolen.yaml", &yaml).await.unwrap_err();
    assert_eq!(
        why,
        format!(
            "UserPools[0].Clients[0] (c): InvalidParameterException: User pool client {CLIENT} already exists."
        )
    );
    assert_eq!(server.sign_in(CLIENT, "bob").await["TokenType"], "Bearer");
}

#[tokio::test]
async fn fixed_ids_must_have_their_form_and_belong_to_one_thing_only() {
    let server = Server::start().await;
    let yaml = "UserPools: [{PoolName: a, Clients: [{ClientId: an-id, ClientName: c}]}]";
    let why = load(&server, "client.yaml", yaml).await.unwrap_err();
    assert!(
        why.starts_with(
            "UserPools[0].Clients[0] (c).ClientId: InvalidParameterException: 1 validation error"
        ),
        "{why}"
    );
    let user = |name: &str| {
        format!(
            "{{Username: {name}, Password: Passw0rd!, Sub: 11111111-1111-4111-8111-111111111111}}"
        )
    };
    let yaml = format!(
        "UserPools: [{{PoolName: a, Users: [{}, {}]}}]",
        user("alice"),
        user("bob")
    );
    let why = load(&server, "sub.yaml", &yaml).await.unwrap_err();
    assert_eq!(
        why,
        "UserPools[0].Users[1] (bob): InvalidParameterException: \
         User 11111111-1111-4111-8111-111111111111 already exists."
    );
}

#[tokio::test]
async fn the_demos_users_and_guests_get_credentials() {
    let server = Server::demo().await;
    let pool = "us-east-1:11111111-2222-4333-8444-555555555555";
    let token = &server.sign_in(CLIENT, "alice").await["IdToken"];
    let provider = format!("cognito-idp.us-east-1.amazonaws.com/{POOL}");
    for (logins, role) in [
        (json!({ provider: token }), "demo-user"),
        (json!({}), "demo-guest"),
    ] {
        let asked = json!({ "IdentityPoolId": pool, "Logins": logins });
        let id = server.gives("GetId", asked).await["IdentityId"].clone();
        let asked = json!({ "IdentityId": id, "Logins": logins });
        let given = server.gives("GetCredentialsForIdentity", asked).await;
        let key = given["Credentials"]["AccessKeyId"].as_str().unwrap();
        let path = format!("credentials/{key}");
        let (_, whose) = server.own("GET", &path, Value::Null).await;
        let expected = format!("arn:aws:iam::123456789012:role/{role}");
        assert_eq!(whose["role_arn"], json!(expected));
    }
}

#[tokio::test]
async fn an_identity_pool_names_the_user_pools_of_its_file() {
    let server = Server::start().await;
    let full = include_str!("../../fixtures/full.yaml");
    let id = "eu-central-1:5b0c6f3e-0f0a-4d0b-8c5d-1c2f3a4b5c6d";
    let asked = || json!({ "IdentityPoolId": id });
    let everything = async || {
        let google = json!({ "IdentityPoolId": id, "IdentityProviderName": "accounts.google.com" });
        json!([
            server.gives("DescribeIdentityPool", asked()).await,
            server.gives("GetIdentityPoolRoles", asked()).await,
            server.gives("GetPrincipalTagAttributeMap", google).await,
        ])
    };
    load(&server, "full.yaml", full).await.unwrap();
    let first = everything().await;
    let [pool, roles, google] = first.as_array().unwrap().as_slice() else {
        panic!("{first}")
    };
    assert_eq!(pool["AllowUnauthenticatedIdentities"], true);
    assert_eq!(pool["DeveloperProviderName"], "login.shop.example");
    let provider = &pool["CognitoIdentityProviders"][0];
    let name = "cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Example01";
    assert_eq!(provider["ProviderName"], name);
    assert_eq!(provider["ServerSideTokenCheck"], true);
    let client = provider["ClientId"].as_str().unwrap();
    let mappings = roles["RoleMappings"].as_object().unwrap();
    assert_eq!(mappings[&format!("{name}:{client}")]["Type"], "Rules");
    assert_eq!(mappings["accounts.google.com"]["Type"], "Token");
    assert_eq!(
        roles["Roles"]["unauthenticated"],
        "arn:aws:iam::123456789012:role/shop-visitor"
    );
    assert_eq!(google["UseDefaults"], true);
    let own = json!({ "IdentityPoolId": id, "IdentityProviderName": name });
    let own = server.gives("GetPrincipalTagAttributeMap", own).await;
    assert_eq!(own["PrincipalTags"], json!({ "tenant": "custom:tenant" }));

    // A second time changes nothing, and neither does it what somebody has changed.
    load(&server, "full.yaml", full).await.unwrap();
    assert_eq!(everything().await, first);
    let fewer = json!({ "IdentityPoolId": id, "Roles": {} });
    server.gives("SetIdentityPoolRoles", fewer).await;
    load(&server, "full.yaml", full).await.unwrap();
    let roles = server.gives("GetIdentityPoolRoles", asked()).await;
    assert!(roles.get("Roles").is_none(), "{roles}");
}

#[tokio::test]
async fn a_reset_makes_the_demos_identity_pool_anew() {
    let server = Server::demo().await;
    let pool = json!({ "IdentityPoolId": "us-east-1:11111111-2222-4333-8444-555555555555" });
    let guest = server.gives("GetId", pool.clone()).await["IdentityId"].clone();
    let (status, answer) = server.own("POST", "reset", Value::Null).await;
    assert_eq!(status, 200, "{answer}");
    server.gives("DescribeIdentityPool", pool.clone()).await;
    let asked = json!({ "IdentityId": guest });
    let reply = server.call_identity("DescribeIdentity", asked).await;
    assert_eq!(reply.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn what_is_wrong_with_an_identity_pool_is_said_with_its_place() {
    let server = Server::start().await;
    let pool = "UserPools: [{PoolName: p, Clients: [{ClientName: c}]}]\n";
    for (yaml, expected) in [
        (
            "{IdentityPoolName: a, Colour: red}",
            "IdentityPools[0] (a).Colour: unknown key",
        ),
        (
            "{IdentityPoolName: 'a!'}",
            "IdentityPools[0] (a!).IdentityPoolName: InvalidParameterException: 1 validation error \
             detected: Value 'a!'",
        ),
        (
            "{IdentityPoolName: a, IdentityPoolId: x}",
            "IdentityPools[0] (a).IdentityPoolId: an identity pool's id looks like",
        ),
        (
            "{IdentityPoolName: a, IdentityPoolId: 'eu-west-1:aa', Region: us-east-1}",
            "IdentityPools[0] (a).Region: is not that of the IdentityPoolId, eu-west-1",
        ),
        (
            "{IdentityPoolName: a, CognitoIdentityProviders: [{UserPool: q, Client: c}]}",
            "IdentityPools[0] (a).CognitoIdentityProviders[0].UserPool: no user pool of this file \
             has the name or id q",
        ),
        (
            "{IdentityPoolName: a, CognitoIdentityProviders: [{UserPool: p, Client: d}]}",
            "IdentityPools[0] (a).CognitoIdentityProviders[0].Client: no client of p has the name \
             or id d",
        ),
        (
            "{IdentityPoolName: a, CognitoIdentityProviders: [{UserPool: p}]}",
            "IdentityPools[0] (a).CognitoIdentityProviders[0].Client: a provider of this file needs",
        ),
        (
            "{IdentityPoolName: a, CognitoIdentityProviders: [{UserPool: p, Client: c, \
             RoleMapping: {Type: Token, Colour: red}}]}",
            "IdentityPools[0] (a).CognitoIdentityProviders[0].RoleMapping.Colour: unknown key",
        ),
        (
            "{IdentityPoolName: a, Roles: {authenticated: short}}",
            "IdentityPools[0] (a).Roles: InvalidParameterException: 1 validation \
             error detected",
        ),
        (
            "{IdentityPoolName: a, RoleMappings: {x.example: {Type: Token}}}",
            "IdentityPools[0] (a): InvalidParameterException: x.example is not a valid RoleMapping",
        ),
        (
            "{IdentityPoolName: a}, {IdentityPoolName: a}",
            "IdentityPools[1] (a).IdentityPoolName: a is given twice",
        ),
    ] {
        let why = load(&server, "a.yaml", &format!("{pool}IdentityPools: [{yaml}]")).await;
        let why = why.unwrap_err();
        assert!(why.starts_with(expected), "{why}");
    }
    // The user pool that the last of them made is gone with it.
    let all = server
        .ok("ListUserPools", json!({ "MaxResults": 60 }))
        .await;
    assert_eq!(all["UserPools"], json!([]));
    let all = server
        .gives("ListIdentityPools", json!({ "MaxResults": 60 }))
        .await;
    assert_eq!(all["IdentityPools"], json!([]));
}
