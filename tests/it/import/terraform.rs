//! `terraform show -json` of a state, and of a plan that knows no ids yet.

use serde_json::{Value, json};

use super::{data, load, text, with};
use crate::support::{Server, claims};

#[tokio::test]
async fn a_state_becomes_its_pools() {
    let server = Server::start().await;
    let (_, loaded) = load(&server, vec![data("terraform.json")], &with(&[]))
        .await
        .unwrap();
    let pool = "eu-west-1_Terra0001";
    assert_eq!(loaded.pools[0].id, pool);
    let asked = json!({ "UserPoolId": pool });
    let described = server
        .call_in("eu-west-1", "DescribeUserPool", asked)
        .await
        .json();
    let described = &described["UserPool"];
    assert_eq!(described["Policies"]["PasswordPolicy"]["MinimumLength"], 9);
    assert_eq!(
        described["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"],
        true
    );
    assert_eq!(described["MfaConfiguration"], "OPTIONAL");
    assert_eq!(
        described["AccountRecoverySetting"]["RecoveryMechanisms"][0]["Name"],
        "verified_email"
    );
    assert_eq!(described["UserPoolTags"]["team"], "a");
    let sign_in = json!({
        "AuthFlow": "USER_PASSWORD_AUTH",
        "ClientId": "terraclient000000000000000",
        "AuthParameters": { "USERNAME": "ada@example.com", "PASSWORD": "Passw0rd!" },
    });
    let tokens = server
        .call_in("eu-west-1", "InitiateAuth", sign_in)
        .await
        .json();
    let token = claims(&tokens["AuthenticationResult"]["IdToken"]);
    assert_eq!(token["cognito:groups"], json!(["admins"]));
    assert_eq!(token["sub"], "11111111-2222-4333-8444-777777777777");
    assert_eq!(loaded.identity_pools[0].name, "terra");
}

#[tokio::test]
async fn a_plan_s_references_stand_in_its_configuration() {
    let resource = |kind: &str, values: Value| {
        let address = format!("{kind}.main");
        json!({ "address": address, "mode": "managed", "type": kind, "values": values })
    };
    let refers = |kind: &str| {
        let references = [
            "aws_cognito_user_pool.main.id",
            "aws_cognito_user_pool.main",
        ];
        json!({ "address": format!("{kind}.main"),
                "expressions": { "user_pool_id": { "references": references } } })
    };
    let plan = json!({
        "format_version": "1.2",
        "planned_values": { "root_module": { "resources": [
            resource("aws_cognito_user_pool", json!({ "name": "planned" })),
            resource("aws_cognito_user_pool_client", json!({ "name": "web" })),
        ] } },
        "configuration": { "root_module": { "resources": [
            refers("aws_cognito_user_pool_client"),
        ] } },
    });
    let server = Server::start().await;
    let source = vec![text("plan.json", &plan.to_string())];
    let (_, loaded) = load(&server, source, &with(&[])).await.unwrap();
    assert_eq!(loaded.pools[0].name, "planned");
    assert_eq!(loaded.pools[0].clients[0].name, "web");
}

/// A state of these resources: their addresses and values.
fn state(resources: &[(&str, Value)]) -> String {
    let resources = resources.iter().map(|(address, values)| {
        let kind = address.split('.').next().unwrap();
        json!({ "address": address, "mode": "managed", "type": kind, "values": values })
    });
    let resources: Vec<Value> = resources.collect();
    let state = json!({ "format_version": "1.0",
                        "values": { "root_module": { "resources": resources } } });
    serde_json::to_string_pretty(&state).unwrap()
}

const POOL: &str = "us-east-1_Terra0002";

#[tokio::test]
async fn what_is_not_set_is_0_in_a_state_and_names_are_completed() {
    let pool = json!({ "id": POOL, "name": "p", "tags": { "own": "1" },
                       "tags_all": { "own": "1", "team": "a" },
                       "creation_date": "2024-01-02T03:04:05Z" });
    let client = json!({ "id": "terraclient", "name": "c", "user_pool_id": POOL,
        "access_token_validity": 0, "id_token_validity": 0, "refresh_token_validity": 30,
        "auth_session_validity": 0 });
    let user = json!({ "username": "ada", "user_pool_id": POOL, "password": "Passw0rd!",
        "attributes": { "email": "a@example.com", "team": "blue" },
        "creation_date": "2024-02-03T04:05:06Z" });
    let member = json!({ "username": "ghost", "user_pool_id": POOL, "group_name": "g" });
    let text = state(&[
        ("aws_cognito_user_pool.p", pool),
        ("aws_cognito_user_pool_client.c", client),
        ("aws_cognito_user.ada", user),
        ("aws_cognito_user_in_group.ghost", member),
    ]);
    let server = Server::start().await;
    let source = vec![super::text("state.json", &text)];
    let (fixtures, _) = load(&server, source, &with(&[])).await.unwrap();
    let notes: Vec<&str> = fixtures.notes().collect();
    assert_eq!(
        notes,
        [
            "state.json: aws_cognito_user_in_group.ghost is left out: there is no user ghost",
            "us-east-1_Terra0002: its schema does not list custom:team, which user ada has: it is \
             added as text",
        ]
    );
    let described = server
        .ok("DescribeUserPool", json!({ "UserPoolId": POOL }))
        .await;
    let described = &described["UserPool"];
    assert_eq!(
        described["UserPoolTags"],
        json!({ "own": "1", "team": "a" })
    );
    assert_eq!(described["CreationDate"], 1_704_164_645);
    let asked = json!({ "UserPoolId": POOL, "ClientId": "terraclient" });
    let client = server.ok("DescribeUserPoolClient", asked).await;
    assert_eq!(client["UserPoolClient"]["RefreshTokenValidity"], 30);
    let asked = json!({ "UserPoolId": POOL, "Username": "ada" });
    let user = server.ok("AdminGetUser", asked).await;
    let team = json!({ "Name": "custom:team", "Value": "blue" });
    assert!(
        user["UserAttributes"].as_array().unwrap().contains(&team),
        "{user}"
    );
    assert_eq!(user["UserCreateDate"], 1_706_933_106);
}

#[tokio::test]
async fn a_fault_in_a_state_names_the_resource_and_its_line() {
    let group = json!({ "name": "g", "user_pool_id": POOL, "precedence": -1 });
    let text = state(&[
        (
            "aws_cognito_user_pool.p",
            json!({ "id": POOL, "name": "p" }),
        ),
        ("aws_cognito_user_group.g[\"a.b\"]", group),
    ]);
    let line = text
        .lines()
        .position(|line| line.contains("\"precedence\""))
        .unwrap();
    let server = Server::start().await;
    let refused = load(&server, vec![super::text("state.json", &text)], &with(&[])).await;
    let told = refused.err().unwrap().to_string();
    let (place, why) = told.split_once(": ").unwrap();
    let number: usize = place.split(':').nth(1).unwrap().parse().unwrap();
    // The resource's values begin before.
    assert!(
        (line - 3..=line + 1).contains(&number),
        "{told} is not near {line}"
    );
    assert!(
        why.starts_with("aws_cognito_user_group.g[\"a.b\"].Precedence: "),
        "{told}"
    );
}

#[tokio::test]
async fn each_of_many_finds_its_own_pool() {
    let resource = |kind: &str, key: usize, name: &str| {
        json!({ "address": format!("{kind}.this[\"{key}\"]"), "mode": "managed", "type": kind,
                "values": { "name": format!("{name}{key}") } })
    };
    let (pool, client) = ("aws_cognito_user_pool", "aws_cognito_user_pool_client");
    let pools = (0..2_000).map(|key| resource(pool, key, "pool"));
    let clients = (0..2_000).rev().map(|key| resource(client, key, "client"));
    let resources: Vec<Value> = pools.chain(clients).collect();
    let plan = json!({
        "format_version": "1.2",
        "planned_values": { "root_module": { "resources": resources } },
        "configuration": { "root_module": { "resources": [{
            "address": format!("{client}.this"),
            "expressions": { "user_pool_id": {
                "references": [format!("{pool}.this"), "each.key"] } },
        }] } },
    });
    let begun = std::time::Instant::now();
    let source = vec![text("plan.json", &plan.to_string())];
    let (documents, _) = mocknito::fixtures::translate(source, &with(&[])).unwrap();
    assert!(begun.elapsed().as_secs() < 10, "{:?}", begun.elapsed());
    let pools = documents[0].1["UserPools"].as_array().unwrap();
    assert_eq!(pools.len(), 2_000);
    for (key, pool) in pools.iter().enumerate() {
        assert_eq!(pool["PoolName"], format!("pool{key}"));
        let clients = pool["Clients"].as_array().unwrap();
        assert_eq!(clients.len(), 1, "{pool}");
        assert_eq!(clients[0]["ClientName"], format!("client{key}"));
    }
}

/// A plan of two pools, and of a client and a member of a group whose `user_pool_id` has these
/// references; and what an import tells of it.
fn notes_of(references: &Value) -> Vec<String> {
    let resource = |address: &str, values: Value| {
        let kind = address.split('.').next().unwrap();
        json!({ "address": address, "mode": "managed", "type": kind, "values": values })
    };
    let addresses = [
        "aws_cognito_user_pool_client.c",
        "aws_cognito_user_in_group.m",
    ];
    let configured = addresses.map(|address| {
        json!({ "address": address,
                "expressions": { "user_pool_id": { "references": references } } })
    });
    let plan = json!({
        "format_version": "1.2",
        "planned_values": { "root_module": { "resources": [
            resource("aws_cognito_user_pool.prod", json!({ "name": "prod" })),
            resource("aws_cognito_user_pool.dev", json!({ "name": "dev" })),
            resource(addresses[0], json!({ "name": "app" })),
            resource(addresses[1], json!({ "username": "ada", "group_name": "g" })),
        ] } },
        "configuration": { "root_module": { "resources": configured } },
    });
    let source = vec![text("plan.json", &plan.to_string())];
    let (documents, fixtures) = mocknito::fixtures::translate(source, &with(&[])).unwrap();
    for pool in documents[0].1["UserPools"].as_array().unwrap() {
        assert!(pool.get("Clients").is_none(), "{pool}");
    }
    fixtures.notes().map(str::to_owned).collect()
}

#[tokio::test]
async fn a_client_without_one_pool_says_whether_there_is_none_or_several() {
    let condition = json!([
        "var.env",
        "aws_cognito_user_pool.prod.id",
        "aws_cognito_user_pool.prod",
        "aws_cognito_user_pool.dev.id",
        "aws_cognito_user_pool.dev",
    ]);
    let resources = [
        "aws_cognito_user_pool_client.c",
        "aws_cognito_user_in_group.m",
    ];
    let told = resources.map(|resource| {
        format!(
            "plan.json: {resource}: which of 2 its user_pool_id is cannot be seen: it is left out"
        )
    });
    assert_eq!(notes_of(&condition), told);
    let elsewhere = json!([
        "data.aws_cognito_user_pool.x.id",
        "data.aws_cognito_user_pool.x"
    ]);
    let told = resources
        .map(|resource| format!("plan.json: {resource}: its user pool is not in the file"));
    assert_eq!(notes_of(&elsewhere), told);
}
