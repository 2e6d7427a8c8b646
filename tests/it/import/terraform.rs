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

/// A resource of a plan.
struct Planned {
    address: &'static str,
    /// What of it is known.
    values: Value,
    /// What of it is written.
    expressions: Value,
}

fn planned(address: &'static str, values: Value, expressions: Value) -> Planned {
    Planned {
        address,
        values,
        expressions,
    }
}

/// An expression that refers to these, told as Terraform tells it: each with its resource.
fn refers(to: &[&str]) -> Value {
    let told = to.iter().flat_map(|name| {
        let resource = name
            .rsplit_once('.')
            .filter(|_| name.matches('.').count() > 1);
        [Some(*name), resource.map(|(resource, _)| resource)]
    });
    json!({ "references": told.flatten().collect::<Vec<_>>() })
}

/// A plan with a pool `main`, its client `app`, and these resources.
fn plan_with(more: Vec<Planned>) -> Value {
    let mut resources = vec![
        planned(
            "aws_cognito_user_pool.main",
            json!({ "name": "main" }),
            json!({}),
        ),
        planned(
            "aws_cognito_user_pool_client.app",
            json!({ "name": "app" }),
            json!({ "user_pool_id": refers(&["aws_cognito_user_pool.main.id"]) }),
        ),
    ];
    resources.retain(|known| more.iter().all(|other| other.address != known.address));
    resources.extend(more);
    let values = resources.iter().map(|one| {
        let kind = one.address.split('.').next();
        json!({ "address": one.address, "mode": "managed", "type": kind, "values": one.values })
    });
    let values: Vec<Value> = values.collect();
    let configured = resources.iter().map(|one| {
        let address = one.address.split('[').next();
        json!({ "address": address, "expressions": one.expressions })
    });
    let configured: Vec<Value> = configured.collect();
    json!({
        "format_version": "1.2",
        "planned_values": { "root_module": { "resources": values } },
        "configuration": { "root_module": { "resources": configured } },
    })
}

/// What becomes of a plan: the document, and what is told. It is loaded, too.
async fn imported(plan: &Value) -> (Value, Vec<String>) {
    let source = || vec![text("plan.json", &plan.to_string())];
    let server = Server::start().await;
    let loaded = load(&server, source(), &with(&[])).await;
    loaded.unwrap_or_else(|fault| panic!("{fault}: {plan}"));
    let (mut documents, fixtures) = mocknito::fixtures::translate(source(), &with(&[])).unwrap();
    let notes = fixtures.notes().map(str::to_owned).collect();
    (documents.remove(0).1, notes)
}

fn identity_pool(known: Value, written: Value) -> Planned {
    planned(
        "aws_cognito_identity_pool.i",
        json!({ "identity_pool_name": "i", "cognito_identity_providers": known }),
        json!({ "cognito_identity_providers": written }),
    )
}

/// What the pool `main` and its client are called.
fn names_of(document: &Value) -> (String, String) {
    let pool = &document["UserPools"][0];
    let id = pool["UserPoolId"].as_str().unwrap();
    let client = pool["Clients"][0]["ClientId"].as_str().unwrap();
    (
        format!("cognito-idp.us-east-1.amazonaws.com/{id}"),
        client.to_owned(),
    )
}

#[tokio::test]
async fn an_identity_pool_s_providers_are_the_planned_pool_and_client() {
    let written = json!([{
        "client_id": refers(&["aws_cognito_user_pool_client.app.id"]),
        "provider_name": refers(&["aws_cognito_user_pool.main.endpoint"]),
        "server_side_token_check": { "constant_value": true },
    }]);
    let known = json!([{ "server_side_token_check": true }]);
    let tag = planned(
        "aws_cognito_identity_pool_provider_principal_tag.t",
        json!({ "use_defaults": false, "principal_tags": { "team": "custom:team" } }),
        json!({
            "identity_pool_id": refers(&["aws_cognito_identity_pool.i.id"]),
            "identity_provider_name": refers(&["aws_cognito_user_pool.main.endpoint"]),
        }),
    );
    let plan = plan_with(vec![identity_pool(known, written), tag]);
    let (document, notes) = imported(&plan).await;
    let (provider, client) = names_of(&document);
    let pool = &document["IdentityPools"][0];
    assert_eq!(
        pool["CognitoIdentityProviders"],
        json!([{ "ServerSideTokenCheck": true, "ClientId": client, "ProviderName": provider }])
    );
    assert_eq!(
        pool["PrincipalTagAttributeMaps"][provider]["PrincipalTags"]["team"],
        "custom:team"
    );
    assert_eq!(notes, [""; 0]);
}

#[tokio::test]
async fn of_several_providers_each_finds_the_block_that_it_is_written_in() {
    let block = |client: Value, check: bool| {
        json!({
            "client_id": client,
            "provider_name": refers(&["aws_cognito_user_pool.main.endpoint"]),
            "server_side_token_check": { "constant_value": check },
        })
    };
    let app = refers(&["aws_cognito_user_pool_client.app.id"]);
    let other = refers(&["aws_cognito_user_pool_client.other.id"]);
    let more = || {
        planned(
            "aws_cognito_user_pool_client.other",
            json!({ "name": "other" }),
            json!({ "user_pool_id": refers(&["aws_cognito_user_pool.main.id"]) }),
        )
    };
    // The plan has them in another order.
    let known = json!([{ "server_side_token_check": true }, { "server_side_token_check": false }]);
    let written = json!([block(app.clone(), false), block(other.clone(), true)]);
    let plan = plan_with(vec![more(), identity_pool(known, written)]);
    let (document, notes) = imported(&plan).await;
    let clients = document["UserPools"][0]["Clients"].as_array().unwrap();
    let providers = &document["IdentityPools"][0]["CognitoIdentityProviders"];
    assert_eq!(providers[0]["ClientId"], clients[1]["ClientId"]);
    assert_eq!(providers[0]["ServerSideTokenCheck"], true);
    assert_eq!(providers[1]["ClientId"], clients[0]["ClientId"]);
    assert_eq!(notes, [""; 0]);
    // Which is which cannot be seen where the check is not constant.
    let known = json!([{ "server_side_token_check": true }, { "server_side_token_check": false }]);
    let mut written = json!([block(app, false), block(other, true)]);
    written[0]["server_side_token_check"] = refers(&["var.a"]);
    written[1]["server_side_token_check"] = refers(&["var.b"]);
    let plan = plan_with(vec![more(), identity_pool(known, written)]);
    let (document, notes) = imported(&plan).await;
    let pool = &document["IdentityPools"][0];
    assert!(pool.get("CognitoIdentityProviders").is_none(), "{pool}");
    assert_eq!(
        notes,
        [
            "plan.json: aws_cognito_identity_pool.i: its cognito_identity_providers.client_id is \
             not known yet: that provider is left out"
        ]
    );
}

#[tokio::test]
async fn providers_that_lead_nowhere_are_left_out_and_told() {
    let written = json!([{
        "client_id": refers(&["aws_cognito_user_pool_client.app.id"]),
        "provider_name": refers(&["data.aws_cognito_user_pool.x.endpoint"]),
    }]);
    let plan = plan_with(vec![
        identity_pool(json!([{}]), written),
        planned(
            "aws_cognito_identity_pool_provider_principal_tag.t",
            json!({ "use_defaults": true }),
            json!({
                "identity_pool_id": refers(&["aws_cognito_identity_pool.i.id"]),
                "identity_provider_name": refers(&["data.aws_cognito_user_pool.x.endpoint"]),
            }),
        ),
    ]);
    let (document, notes) = imported(&plan).await;
    let pool = &document["IdentityPools"][0];
    assert!(pool.get("CognitoIdentityProviders").is_none(), "{pool}");
    assert!(pool.get("PrincipalTagAttributeMaps").is_none(), "{pool}");
    assert_eq!(
        notes,
        [
            "plan.json: aws_cognito_identity_pool.i: its cognito_identity_providers.provider_name \
             is not known yet: that provider is left out",
            "plan.json: aws_cognito_identity_pool_provider_principal_tag.t: its \
             identity_provider_name is not known yet: it is left out",
        ]
    );
}

/// A client that is left out itself is nobody's: an id that nothing here has would be silent.
#[tokio::test]
async fn a_provider_whose_client_is_left_out_goes_with_it() {
    let lost = planned(
        "aws_cognito_user_pool_client.lost",
        json!({ "name": "lost" }),
        json!({ "user_pool_id": refers(&["var.x"]) }),
    );
    let of = |client: &str| {
        json!({
            "client_id": refers(&[client]),
            "provider_name": refers(&["aws_cognito_user_pool.main.endpoint"]),
        })
    };
    let written = json!([of("aws_cognito_user_pool_client.lost.id")]);
    let plan = plan_with(vec![lost, identity_pool(json!([{}]), written)]);
    let (document, notes) = imported(&plan).await;
    let pool = &document["IdentityPools"][0];
    assert!(pool.get("CognitoIdentityProviders").is_none(), "{pool}");
    assert_eq!(
        notes,
        [
            "plan.json: aws_cognito_user_pool_client.lost: its user pool is not in the file",
            "plan.json: aws_cognito_identity_pool.i: a provider's client is not in the file: that \
             provider is left out",
        ]
    );
}

#[tokio::test]
async fn role_mappings_of_planned_clients_are_kept_and_unknown_roles_are_told() {
    const ROLE: &str = "arn:aws:iam::123456789012:role/x";
    let rule = |arn: Option<&str>| {
        let mut rule = json!({ "claim": "isAdmin", "match_type": "Equals", "value": "y" });
        if let Some(arn) = arn {
            rule["role_arn"] = json!(arn);
        }
        rule
    };
    let provider = refers(&[
        "aws_cognito_user_pool.main.endpoint",
        "aws_cognito_user_pool_client.app.id",
    ]);
    let mapping = |rules: Value| {
        json!({ "ambiguous_role_resolution": "AuthenticatedRole", "type": "Rules",
                "mapping_rule": rules })
    };
    let attachment = |rules: Value, provider: Value| {
        let written = json!([{ "identity_provider": provider }]);
        planned(
            "aws_cognito_identity_pool_roles_attachment.r",
            json!({ "roles": {}, "role_mapping": [mapping(rules)] }),
            json!({
                "identity_pool_id": refers(&["aws_cognito_identity_pool.i.id"]),
                "roles": refers(&["aws_iam_role.x.arn"]),
                "role_mapping": written,
            }),
        )
    };
    let roles = "plan.json: aws_cognito_identity_pool_roles_attachment.r: its roles is not known \
                 yet: what they say is left out";
    let told = |attribute: &str, what: &str| {
        format!(
            "plan.json: aws_cognito_identity_pool_roles_attachment.r: its \
             role_mapping.{attribute} is not known yet: that {what} is left out"
        )
    };
    let written = |client: Value| {
        json!([{
            "client_id": client,
            "provider_name": refers(&["aws_cognito_user_pool.main.endpoint"]),
        }])
    };
    let app = written(refers(&["aws_cognito_user_pool_client.app.id"]));
    let import_with = async |rules: Value, provider: &Value, written: &Value| {
        let pool = identity_pool(json!([{}]), written.clone());
        let plan = plan_with(vec![pool, attachment(rules, provider.clone())]);
        imported(&plan).await
    };
    let import = async |rules: Value, provider: &Value| import_with(rules, provider, &app).await;
    let (document, notes) = import(json!([rule(Some(ROLE)), rule(None)]), &provider).await;
    let (name, client) = names_of(&document);
    let mappings = document["IdentityPools"][0]["RoleMappings"].as_object();
    let mapping = &mappings.unwrap()[&format!("{name}:{client}")];
    let rules = mapping["RulesConfiguration"]["Rules"].as_array().unwrap();
    assert_eq!(rules.len(), 1);
    assert_eq!(rules[0]["RoleARN"], ROLE);
    assert_eq!(
        notes,
        [roles.to_owned(), told("mapping_rule.role_arn", "rule")]
    );
    let (document, notes) = import(json!([rule(None)]), &provider).await;
    assert!(document["IdentityPools"][0].get("RoleMappings").is_none());
    assert_eq!(notes[2], told("mapping_rule", "mapping"));
    let elsewhere = refers(&["var.provider"]);
    let (document, notes) = import(json!([rule(Some(ROLE))]), &elsewhere).await;
    assert!(document["IdentityPools"][0].get("RoleMappings").is_none());
    assert_eq!(notes[1], told("identity_provider", "mapping"));
    // The provider itself is left out.
    let unknown = written(refers(&["var.client"]));
    let (document, notes) = import_with(json!([rule(Some(ROLE))]), &provider, &unknown).await;
    let (name, client) = names_of(&document);
    assert!(document["IdentityPools"][0].get("RoleMappings").is_none());
    assert_eq!(
        notes[2],
        format!(
            "plan.json: aws_cognito_identity_pool_roles_attachment.r: its identity pool has no \
             provider {name}:{client}: that mapping is left out"
        )
    );
}

#[tokio::test]
async fn triggers_are_the_planned_functions_or_left_out() {
    let pool = |known: Value, written: Value| {
        planned(
            "aws_cognito_user_pool.main",
            json!({ "name": "main", "lambda_config": [known] }),
            json!({ "lambda_config": [written] }),
        )
    };
    let versions = || {
        json!({
            "custom_message": null,
            "pre_token_generation_config": [{ "lambda_version": "V2_0" }],
            "custom_email_sender": [{ "lambda_version": "V1_0" }],
            "custom_sms_sender": [],
        })
    };
    let written = || {
        let function = refers(&["aws_lambda_function.f.arn"]);
        json!({
            "pre_sign_up": function,
            "pre_token_generation_config": [{ "lambda_arn": function }],
            "custom_email_sender": [{ "lambda_arn": function }],
            "kms_key_id": refers(&["aws_kms_key.k.arn"]),
        })
    };
    let function = |known: Value| planned("aws_lambda_function.f", known, json!({}));
    let key = || planned("aws_kms_key.k", json!({}), json!({}));
    let named = json!({ "function_name": "hello" });
    let arn = "arn:aws:lambda:us-east-1:123456789012:function:hello";
    let plan = plan_with(vec![
        pool(versions(), written()),
        function(named.clone()),
        key(),
    ]);
    let (document, notes) = imported(&plan).await;
    let config = &document["UserPools"][0]["LambdaConfig"];
    assert_eq!(config["PreSignUp"], arn);
    assert_eq!(config["PreTokenGenerationConfig"]["LambdaArn"], arn);
    assert_eq!(config["PreTokenGenerationConfig"]["LambdaVersion"], "V2_0");
    assert_eq!(config["CustomEmailSender"]["LambdaArn"], arn);
    let key_arn = config["KMSKeyID"].as_str().unwrap();
    assert!(key_arn.starts_with("arn:aws:kms:us-east-1:123456789012:key/"));
    assert_eq!(notes, [""; 0]);
    let told = |attribute: &str| {
        format!(
            "plan.json: aws_cognito_user_pool.main: its lambda_config.{attribute} is not known \
             yet: that trigger is left out"
        )
    };
    // Its name is not known either.
    let plan = plan_with(vec![
        pool(versions(), written()),
        function(json!({})),
        key(),
    ]);
    let (document, notes) = imported(&plan).await;
    assert_eq!(document["UserPools"][0]["LambdaConfig"], json!({}));
    assert_eq!(
        notes,
        [
            told("pre_token_generation_config.lambda_arn"),
            told("custom_email_sender.lambda_arn"),
            told("pre_sign_up"),
        ]
    );
    let plan = plan_with(vec![pool(versions(), written()), function(named)]);
    let (document, notes) = imported(&plan).await;
    let config = &document["UserPools"][0]["LambdaConfig"];
    assert!(config.get("CustomEmailSender").is_none(), "{config}");
    assert_eq!(config["PreSignUp"], arn);
    assert_eq!(notes, [told("kms_key_id for custom_email_sender")]);
    // Not even a reference is told.
    let (_, notes) = imported(&plan_with(vec![pool(versions(), json!({}))])).await;
    assert_eq!(notes.len(), 2, "{notes:?}");
}

#[tokio::test]
async fn a_log_configuration_without_its_destination_is_left_out() {
    const GROUP: &str = "arn:aws:logs:us-east-1:123456789012:log-group:g";
    let configuration = |source: &str, level: &str, group: Value| {
        json!({ "event_source": source, "log_level": level, "firehose_configuration": [],
                "s3_configuration": [], "cloud_watch_logs_configuration": [group] })
    };
    let logs = |configurations: Value| {
        planned(
            "aws_cognito_log_delivery_configuration.l",
            json!({ "log_configurations": configurations }),
            json!({ "user_pool_id": refers(&["aws_cognito_user_pool.main.id"]) }),
        )
    };
    let told = ["plan.json: aws_cognito_log_delivery_configuration.l: its \
                 log_configurations.cloud_watch_logs_configuration.log_group_arn is not known \
                 yet: that configuration is left out"];
    let unknown = configuration("userAuthEvents", "INFO", json!({}));
    let known = configuration(
        "userNotification",
        "ERROR",
        json!({ "log_group_arn": GROUP }),
    );
    let plan = plan_with(vec![logs(json!([unknown, known]))]);
    let (document, notes) = imported(&plan).await;
    let delivery = &document["UserPools"][0]["LogDelivery"][0]["LogConfigurations"];
    assert_eq!(delivery.as_array().unwrap().len(), 1);
    assert_eq!(
        delivery[0]["CloudWatchLogsConfiguration"]["LogGroupArn"],
        GROUP
    );
    assert_eq!(notes, told);
    let unknown = configuration("userNotification", "ERROR", json!({}));
    let (document, notes) = imported(&plan_with(vec![logs(json!([unknown]))])).await;
    assert!(document["UserPools"][0].get("LogDelivery").is_none());
    assert_eq!(notes, told);
}

#[tokio::test]
async fn a_look_or_risk_of_a_planned_client_is_not_that_of_its_pool() {
    const LOOK: &str = "aws_cognito_user_pool_ui_customization.u";
    const RISK: &str = "aws_cognito_risk_configuration.r";
    let plan = |client: Value, known: Value| {
        let main = json!({ "name": "main",
            "user_pool_add_ons": [{ "advanced_security_mode": "AUDIT" }] });
        let mut look = json!({ "css": ".label-customizable {font-weight: 400;}" });
        let addresses = [json!({ "blocked_ip_range_list": ["10.10.10.10/32"] })];
        let mut risk = json!({ "risk_exception_configuration": addresses });
        for (name, value) in known.as_object().unwrap() {
            look[name] = value.clone();
            risk[name] = value.clone();
        }
        let domain = refers(&["aws_cognito_user_pool_domain.d.user_pool_id"]);
        let written = json!({ "user_pool_id": domain, "client_id": client });
        plan_with(vec![
            planned(RISK, risk, written.clone()),
            planned("aws_cognito_user_pool.main", main, json!({})),
            planned(
                "aws_cognito_user_pool_domain.d",
                json!({ "domain": "a-domain" }),
                json!({ "user_pool_id": refers(&["aws_cognito_user_pool.main.id"]) }),
            ),
            planned(LOOK, look, written),
        ])
    };
    let app = || refers(&["aws_cognito_user_pool_client.app.id"]);
    let (document, notes) = imported(&plan(app(), json!({}))).await;
    let pool = &document["UserPools"][0];
    let client = &pool["Clients"][0]["ClientId"];
    assert!(client.is_string(), "{pool}");
    assert_eq!(pool["UICustomizations"][0]["ClientId"], *client);
    assert_eq!(pool["RiskConfigurations"][0]["ClientId"], *client);
    assert_eq!(notes, [""; 0]);
    // It is known that there is none.
    let none = json!({ "client_id": null });
    let (document, notes) = imported(&plan(refers(&["var.client"]), none)).await;
    let pool = &document["UserPools"][0];
    assert!(pool["UICustomizations"][0].get("ClientId").is_none());
    assert!(pool["RiskConfigurations"][0].get("ClientId").is_none());
    assert_eq!(notes, [""; 0]);
    for (client, known, why) in [
        (
            refers(&["var.client"]),
            json!({}),
            "its client_id is not known yet: it is left out",
        ),
        (
            app(),
            json!({ "client_id": "elsewhere" }),
            "its client is not in the file",
        ),
    ] {
        let (document, notes) = imported(&plan(client, known)).await;
        let pool = &document["UserPools"][0];
        assert!(pool.get("UICustomizations").is_none(), "{pool}");
        assert!(pool.get("RiskConfigurations").is_none(), "{pool}");
        let told = [RISK, LOOK].map(|address| format!("plan.json: {address}: {why}"));
        assert_eq!(notes, told);
    }
}
