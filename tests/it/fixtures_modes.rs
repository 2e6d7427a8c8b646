//! What a load does with what is there already: `keep` tells what is otherwise, `update` sets it,
//! `replace` makes it anew; and whatever fails leaves everything as it was.

use axum::http::{Method, StatusCode};
use mocknito::config::FixturesMode;
use mocknito::fixtures::{Fixtures, ImportSettings};
use serde_json::{Value, json};

use crate::operations::identity_pools::IdentityPoolCalls;
use crate::support::{Server, attribute, fixtures};

const POOL: &str = "us-east-1_Shop00001";
const CLIENT: &str = "shopweb0000000000000000000";

const SHOP: &str = r#"
UserPools:
  - UserPoolId: us-east-1_Shop00001
    PoolName: shop
    Policies: { PasswordPolicy: { MinimumLength: 10 } }
    Schema: [{ Name: tenant, AttributeDataType: String }]
    Domains: [{ Domain: the-shop }]
    ResourceServers:
      - Identifier: orders
        Name: Orders
        Scopes: [{ ScopeName: read, ScopeDescription: Read }]
    Groups: [{ GroupName: staff, Precedence: 1 }, { GroupName: buyers }]
    Clients:
      - ClientId: shopweb0000000000000000000
        ClientName: web
        ClientSecret: thesecretofthefile000000000000000000
        ExplicitAuthFlows: [ALLOW_ADMIN_USER_PASSWORD_AUTH, ALLOW_REFRESH_TOKEN_AUTH]
    Users:
      - Username: ann
        Password: Passw0rd!-ann
        UserAttributes: { email: ann@example.com, name: Ann }
        Groups: [staff]
      - Username: ben
        TemporaryPassword: Temp0rary!-ben
"#;

async fn load(server: &Server, yaml: &str, mode: FixturesMode) -> Result<Vec<String>, String> {
    fixtures::load(server, "shop.yaml", yaml, mode).await
}

async fn shop() -> Server {
    let server = Server::start().await;
    let notes = load(&server, SHOP, FixturesMode::Keep).await;
    assert_eq!(notes.unwrap(), [""; 0]);
    server
}

/// Everything that a client can read of the pool.
async fn everything(server: &Server) -> Value {
    let pool = json!({ "UserPoolId": POOL });
    let ann = json!({ "UserPoolId": POOL, "Username": "ann" });
    let client = json!({ "UserPoolId": POOL, "ClientId": CLIENT });
    let limited = json!({ "UserPoolId": POOL, "MaxResults": 50 });
    json!([
        server.ok("DescribeUserPool", pool.clone()).await,
        server.ok("DescribeUserPoolClient", client).await,
        server.ok("ListGroups", pool.clone()).await,
        server.ok("ListUsers", pool).await,
        server.ok("AdminGetUser", ann.clone()).await,
        server.ok("AdminListGroupsForUser", ann).await,
        server.ok("ListResourceServers", limited).await,
    ])
}

/// Somebody sets almost everything otherwise than the file.
async fn click_around(server: &Server) {
    let with = |mut input: Value| {
        input["UserPoolId"] = json!(POOL);
        input
    };
    for (operation, input) in [
        (
            "UpdateUserPool",
            json!({ "Policies": { "PasswordPolicy": { "MinimumLength": 8, "RequireSymbols": true } },
                "UserPoolTags": { "made-by": "hand" } }),
        ),
        (
            "UpdateGroup",
            json!({ "GroupName": "staff", "Precedence": 7 }),
        ),
        ("CreateGroup", json!({ "GroupName": "by-hand" })),
        (
            "UpdateResourceServer",
            json!({ "Identifier": "orders", "Name": "Orders",
                "Scopes": [{ "ScopeName": "read", "ScopeDescription": "Look" }] }),
        ),
        (
            "UpdateUserPoolClient",
            json!({ "ClientId": CLIENT, "ClientName": "web",
                "ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
                "AccessTokenValidity": 2 }),
        ),
        (
            "AdminUpdateUserAttributes",
            json!({ "Username": "ann", "UserAttributes": [
                { "Name": "name", "Value": "Anna" }, { "Name": "nickname", "Value": "A" },
            ] }),
        ),
        (
            "AdminAddUserToGroup",
            json!({ "Username": "ann", "GroupName": "buyers" }),
        ),
        (
            "AdminSetUserPassword",
            json!({ "Username": "ann", "Password": "An0ther!-one", "Permanent": true }),
        ),
    ] {
        server.ok(operation, with(input)).await;
    }
}

#[tokio::test]
async fn what_was_just_made_is_as_the_file_says() {
    let server = Server::start().await;
    for (name, yaml) in [
        ("demo", include_str!("../../fixtures/demo.yaml")),
        ("full", include_str!("../../fixtures/full.yaml")),
        ("shop", SHOP),
    ] {
        let first = load(&server, yaml, FixturesMode::Keep).await;
        assert_eq!(first.unwrap(), [""; 0], "{name}");
        for mode in [FixturesMode::Keep, FixturesMode::Update] {
            let again = load(&server, yaml, mode).await;
            assert_eq!(again.unwrap(), [""; 0], "{name} {mode:?}");
        }
    }
}

#[tokio::test]
async fn what_is_otherwise_is_told_and_stays() {
    let server = shop().await;
    click_around(&server).await;
    let before = everything(&server).await;
    let notes = load(&server, SHOP, FixturesMode::Keep).await.unwrap();
    assert_eq!(
        notes,
        [
            "us-east-1_Shop00001: Policies.PasswordPolicy.MinimumLength is 8 here, 10 in \
             shop.yaml",
            "us-east-1_Shop00001, resource server orders: Scopes[read].ScopeDescription is Look \
             here, Read in shop.yaml",
            "us-east-1_Shop00001, group staff: Precedence is 7 here, 1 in shop.yaml",
            "us-east-1_Shop00001, client web: ExplicitAuthFlows is [ALLOW_USER_SRP_AUTH, \
             ALLOW_REFRESH_TOKEN_AUTH] here, [ALLOW_ADMIN_USER_PASSWORD_AUTH, \
             ALLOW_REFRESH_TOKEN_AUTH] in shop.yaml",
            "us-east-1_Shop00001, user ann: UserAttributes.name is Anna here, Ann in shop.yaml",
            "us-east-1_Shop00001, user ann: Groups is [buyers, staff] here, [staff] in shop.yaml",
            "us-east-1_Shop00001, user ann: Password differs from shop.yaml",
        ]
    );
    assert_eq!(everything(&server).await, before);
}

#[tokio::test]
async fn an_update_sets_what_the_file_says_and_keeps_the_rest() {
    let server = shop().await;
    click_around(&server).await;
    let notes = load(&server, SHOP, FixturesMode::Update).await.unwrap();
    assert!(
        notes.contains(
            &"us-east-1_Shop00001: Policies.PasswordPolicy.MinimumLength was 8, is 10 now"
                .to_owned()
        ),
        "{notes:?}"
    );
    assert!(
        !notes.iter().any(|note| note.contains("Passw0rd")),
        "{notes:?}"
    );
    let pool = server
        .ok("DescribeUserPool", json!({ "UserPoolId": POOL }))
        .await;
    let pool = &pool["UserPool"];
    assert_eq!(pool["Policies"]["PasswordPolicy"]["MinimumLength"], 10);
    assert_eq!(pool["Policies"]["PasswordPolicy"]["RequireSymbols"], true);
    assert_eq!(pool["UserPoolTags"]["made-by"], "hand");
    let client = json!({ "UserPoolId": POOL, "ClientId": CLIENT });
    let client = server.ok("DescribeUserPoolClient", client).await;
    let client = &client["UserPoolClient"];
    assert_eq!(client["AccessTokenValidity"], 2);
    assert_eq!(
        client["ExplicitAuthFlows"],
        json!(["ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"])
    );
    let named = json!({ "UserPoolId": POOL, "Username": "ann" });
    let ann = server.ok("AdminGetUser", named.clone()).await;
    let of_ann = |name: &str| attribute(&ann["UserAttributes"], name);
    assert_eq!(of_ann("name").as_deref(), Some("Ann"));
    assert_eq!(of_ann("nickname").as_deref(), Some("A"));
    let groups = server.ok("AdminListGroupsForUser", named).await;
    assert_eq!(groups["Groups"].as_array().unwrap().len(), 1);
    assert_eq!(groups["Groups"][0]["Precedence"], 1);
    let groups = server.ok("ListGroups", json!({ "UserPoolId": POOL })).await;
    assert_eq!(groups["Groups"].as_array().unwrap().len(), 3);
    // The password is the file's again.
    let again = load(&server, SHOP, FixturesMode::Keep).await.unwrap();
    assert_eq!(again, [""; 0]);
}

#[tokio::test]
async fn an_update_takes_what_the_file_has_grown_by() {
    let server = shop().await;
    let grown = SHOP
        .replace(
            "Schema: [",
            "Schema: [{ Name: plan, AttributeDataType: String }, ",
        )
        .replace(
            "Scopes: [",
            "Scopes: [{ ScopeName: write, ScopeDescription: Write }, ",
        )
        .replace("name: Ann }", "name: Ann, \"custom:plan\": gold }")
        .replace("thesecretofthefile", "anothersecretofthe")
        .replace(
            "- Username: ben",
            "- { Username: cat, Password: Passw0rd!-cat, \
             UserAttributes: { \"custom:plan\": free } }\n      - Username: ben",
        );
    let notes = load(&server, &grown, FixturesMode::Update).await.unwrap();
    assert!(
        !notes.iter().any(|note| note.contains("secretofthe")),
        "{notes:?}"
    );
    let cat = "us-east-1_Shop00001, user cat is new".to_owned();
    assert!(notes.contains(&cat), "{notes:?}");
    let ann = json!({ "UserPoolId": POOL, "Username": "ann" });
    let ann = server.ok("AdminGetUser", ann).await;
    assert_eq!(
        attribute(&ann["UserAttributes"], "custom:plan").as_deref(),
        Some("gold")
    );
    let client = json!({ "UserPoolId": POOL, "ClientId": CLIENT });
    let described = server.ok("DescribeUserPoolClient", client.clone()).await;
    assert_eq!(
        described["UserPoolClient"]["ClientSecret"],
        "anothersecretofthe000000000000000000"
    );
    let secrets = server.ok("ListUserPoolClientSecrets", client).await;
    assert_eq!(secrets["ClientSecrets"].as_array().unwrap().len(), 1);
    let again = load(&server, &grown, FixturesMode::Keep).await.unwrap();
    assert_eq!(again, [""; 0]);
}

#[tokio::test]
async fn what_no_update_can_change_is_told() {
    let server = shop().await;
    let other = SHOP
        .replace(
            "PoolName: shop",
            "PoolName: shop\n    UsernameAttributes: [email]",
        )
        .replace(
            "- Username: ann",
            "- Sub: 11111111-1111-4111-8111-111111111111\n        Username: ann",
        );
    let notes = load(&server, &other, FixturesMode::Update).await.unwrap();
    assert_eq!(notes.len(), 2, "{notes:?}");
    for (note, start) in notes.iter().zip([
        "us-east-1_Shop00001: UsernameAttributes is not set here, and [email] in shop.yaml",
        "us-east-1_Shop00001, user ann: Sub is ",
    ]) {
        assert!(note.starts_with(start), "{note}");
        let end = ": no update changes it, --fixtures-mode replace does";
        assert!(note.ends_with(end), "{note}");
    }
}

#[tokio::test]
async fn who_chose_another_password_than_the_temporary_one_keeps_it() {
    let server = shop().await;
    let chosen = json!({ "UserPoolId": POOL, "Username": "ben", "Password": "Chosen!-0ne",
        "Permanent": true });
    server.ok("AdminSetUserPassword", chosen).await;
    let notes = load(&server, SHOP, FixturesMode::Update).await.unwrap();
    assert_eq!(notes, [""; 0]);
    let ben = json!({ "UserPoolId": POOL, "Username": "ben" });
    assert_eq!(
        server.ok("AdminGetUser", ben).await["UserStatus"],
        "CONFIRMED"
    );
}

#[tokio::test]
async fn replacing_makes_the_named_pools_anew_and_leaves_the_others() {
    let server = shop().await;
    click_around(&server).await;
    let other = server
        .ok("CreateUserPool", json!({ "PoolName": "other" }))
        .await;
    let notes = load(&server, SHOP, FixturesMode::Replace).await.unwrap();
    assert_eq!(notes, ["us-east-1_Shop00001 is made anew"]);
    let groups = server.ok("ListGroups", json!({ "UserPoolId": POOL })).await;
    assert_eq!(groups["Groups"].as_array().unwrap().len(), 2);
    let pool = server
        .ok("DescribeUserPool", json!({ "UserPoolId": POOL }))
        .await;
    assert_ne!(pool["UserPool"]["UserPoolTags"]["made-by"], "hand");
    let other = json!({ "UserPoolId": other["UserPool"]["Id"] });
    server.ok("DescribeUserPool", other).await;
    let again = load(&server, SHOP, FixturesMode::Keep).await.unwrap();
    assert_eq!(again, [""; 0]);
}

#[tokio::test]
async fn a_load_that_fails_leaves_everything_as_it_was() {
    let server = shop().await;
    click_around(&server).await;
    let before = everything(&server).await;
    // The last thing in the file is what fails.
    let broken = SHOP
        .replace("Temp0rary!-ben", "short")
        .replace("- Username: ben", "- Username: new");
    for mode in [
        FixturesMode::Keep,
        FixturesMode::Update,
        FixturesMode::Replace,
    ] {
        let why = load(&server, &broken, mode).await.unwrap_err();
        assert!(
            why.starts_with("shop.yaml") && why.contains("UserPools[0].Users[1]"),
            "{why}"
        );
        assert_eq!(everything(&server).await, before, "{mode:?}");
    }
    // The store can be written as before.
    server
        .ok(
            "CreateGroup",
            json!({ "UserPoolId": POOL, "GroupName": "later" }),
        )
        .await;
}

#[tokio::test]
async fn an_identity_pool_is_compared_set_and_replaced() {
    let server = Server::start().await;
    let id = "us-east-1:22222222-3333-4444-8555-666666666666";
    let yaml = |role: &str, guests: bool| {
        format!(
            "{SHOP}\nIdentityPools:\n  - IdentityPoolId: {id}\n    IdentityPoolName: shop\n    \
             AllowUnauthenticatedIdentities: {guests}\n    \
             CognitoIdentityProviders: [{{ UserPool: shop, Client: web }}]\n    \
             Roles: {{ authenticated: 'arn:aws:iam::123456789012:role/{role}' }}\n"
        )
    };
    let first = load(&server, &yaml("one", false), FixturesMode::Keep).await;
    assert_eq!(first.unwrap(), [""; 0]);
    let kept = load(&server, &yaml("two", true), FixturesMode::Keep).await;
    assert_eq!(
        kept.unwrap(),
        [
            format!("{id}: AllowUnauthenticatedIdentities is false here, true in shop.yaml"),
            format!(
                "{id}: Roles.authenticated is arn:aws:iam::123456789012:role/one here, \
                 arn:aws:iam::123456789012:role/two in shop.yaml"
            ),
        ]
    );
    let set = load(&server, &yaml("two", true), FixturesMode::Update).await;
    assert_eq!(set.unwrap().len(), 2);
    let roles = json!({ "IdentityPoolId": id });
    let roles = server.gives("GetIdentityPoolRoles", roles).await;
    assert_eq!(
        roles["Roles"]["authenticated"],
        "arn:aws:iam::123456789012:role/two"
    );
    let replaced = load(&server, &yaml("one", false), FixturesMode::Replace).await;
    assert_eq!(
        replaced.unwrap(),
        [format!("{POOL} is made anew"), format!("{id} is made anew"),]
    );
    let again = load(&server, &yaml("one", false), FixturesMode::Keep).await;
    assert_eq!(again.unwrap(), [""; 0]);
}

#[tokio::test]
async fn an_import_says_its_mode_and_what_it_changed() {
    let server = shop().await;
    click_around(&server).await;
    let send = async |query: &str| {
        let path = format!("/_mocknito/import?name=shop.yaml{query}");
        let reply = server.ask(Method::POST, &path, &[], SHOP).await;
        (reply.status, reply.json())
    };
    let (status, answer) = send("&mode=update").await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    assert_eq!(answer["notes"].as_array().unwrap().len(), 7, "{answer}");
    let (status, answer) = send("").await;
    assert_eq!((status, &answer["notes"]), (StatusCode::OK, &json!([])));
    let (status, answer) = send("&mode=overwrite").await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(answer["message"], "mode may be keep, update or replace");
}

#[tokio::test]
async fn nobody_sees_half_of_a_whole() {
    let server = shop().await;
    let store = &server.app.store;
    let done = store
        .as_one(async {
            let mut write = store.write().await?;
            write.pools().delete(POOL).await?;
            write.commit().await?;
            assert!(store.pool(POOL).await.is_err());
            // One that is given up takes only its own part back.
            let write = store.write().await?;
            drop(write);
            assert!(store.pool(POOL).await.is_err());
            Err::<(), mocknito::error::Error>(mocknito::error::Error::GroupNotFound)
        })
        .await;
    assert!(done.unwrap().is_err());
    assert!(store.pool(POOL).await.is_ok());
}

/// What a second file says otherwise of a pool that the first has just made is told as of any pool
/// that is there, and set where the load sets.
#[tokio::test]
async fn a_second_file_of_a_new_pool_is_heard() {
    const POOL: &str = "us-east-1_Twofiles1";
    let file = |more: &str| {
        format!(
            "UserPools:\n- PoolName: two\n  UserPoolId: {POOL}\n  \
             UsernameConfiguration: {{CaseSensitive: false}}\n  Groups: [{{GroupName: g}}]\n{more}"
        )
    };
    let first = file("  Users: [{Username: anna, Password: Passw0rd-1}]\n");
    let second = file(
        "  MfaConfig: {MfaConfiguration: OPTIONAL, SoftwareTokenMfaConfiguration: {Enabled: \
         true}}\n  Users: [{Username: ANNA, Password: Passw0rd-2, Groups: [g]}]\n",
    );
    for (mode, groups, lines) in [
        (
            FixturesMode::Keep,
            0,
            [
                "user ANNA: Groups is [] here, [g] in two.yaml",
                "user ANNA: Password differs from two.yaml",
            ],
        ),
        (
            FixturesMode::Update,
            1,
            [
                "user ANNA: Groups was [], is [g] now",
                "user ANNA: Password is another now",
            ],
        ),
        (
            FixturesMode::Replace,
            1,
            [
                "user ANNA: Groups was [], is [g] now",
                "user ANNA: Password is another now",
            ],
        ),
    ] {
        let server = Server::start().await;
        let sources = [("one.yaml", &first), ("two.yaml", &second)];
        let sources = sources.map(|(name, text)| fixtures::written(name, text));
        let read = Fixtures::of(false, sources.to_vec(), &ImportSettings::default());
        let loaded = read.unwrap().load_in_mode(&server.app, mode).await.unwrap();
        for line in lines {
            let line = format!("{POOL}, {line}");
            assert!(
                loaded.notes.contains(&line),
                "{mode:?}: {:#?}",
                loaded.notes
            );
        }
        let mfa = loaded
            .notes
            .iter()
            .any(|line| line.contains("MfaConfiguration"));
        assert!(mfa, "{:#?}", loaded.notes);
        let asked = json!({ "UserPoolId": POOL, "Username": "anna" });
        let answer = server.ok("AdminListGroupsForUser", asked).await;
        assert_eq!(answer["Groups"].as_array().unwrap().len(), groups);
    }
}
