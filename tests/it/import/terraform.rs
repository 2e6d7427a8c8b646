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
