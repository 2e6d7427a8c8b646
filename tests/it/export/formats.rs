//! The running state in the forms of other tools. What is in them: `tests/it/import/written.rs`.

use serde_json::{Value, json};

use super::exported_by;
use crate::support::Server;

const POOL: &str = "us-east-1_Mocknito1";
const CLIENT: &str = "democlient0000000000000000";

#[tokio::test]
async fn a_template_has_the_pools_and_none_of_the_secrets() {
    let server = Server::demo().await;
    let asked = json!({ "UserPoolId": POOL, "ClientName": "back", "GenerateSecret": true });
    let client = server.ok("CreateUserPoolClient", asked).await;
    let secret = client["UserPoolClient"]["ClientSecret"].as_str().unwrap();
    let all = exported_by(&server, "?format=cloudformation").await;
    assert!(all.contains("Type: AWS::Cognito::UserPool\n"), "{all}");
    assert!(all.contains("Type: AWS::Cognito::IdentityPool\n"), "{all}");
    assert!(all.contains("Username: alice\n"), "{all}");
    assert!(all.contains("GenerateSecret: true\n"), "{all}");
    for hidden in [secret, "Passw0rd!", "Verifier", "Salt", "_custom_id_"] {
        assert!(!all.contains(hidden), "{hidden}: {all}");
    }
    // Nothing of it is left out without need.
    let is_missing = |line: &&str| line.contains("has no such property");
    assert_eq!(all.lines().find(is_missing), None);
    let one = exported_by(
        &server,
        &format!("?format=cloudformation&user_pool_id={POOL}"),
    )
    .await;
    assert!(!one.contains("AWS::Cognito::IdentityPool\n"), "{one}");
}

#[tokio::test]
async fn an_amplify_app_gets_its_client_and_its_identity_pool() {
    let server = Server::demo().await;
    let refused = server
        .own("GET", "export?format=amplify", Value::Null)
        .await;
    assert_eq!(refused.0, 400);
    let why = refused.1["message"].as_str().unwrap();
    assert!(
        why.contains("name one by its id") && why.contains(CLIENT),
        "{why}"
    );
    let path = format!("export?format=amplify&user_pool_id={POOL}&client_id={CLIENT}");
    let (status, outputs) = server.own("GET", &path, Value::Null).await;
    assert_eq!(status, 200, "{outputs}");
    assert_eq!(outputs["auth"]["user_pool_id"], POOL);
    assert_eq!(outputs["auth"]["user_pool_client_id"], CLIENT);
    assert_eq!(outputs["auth"]["password_policy"]["min_length"], 8);
    let endpoint = &outputs["custom"]["mocknito"]["userPoolEndpoint"];
    assert_eq!(endpoint, "http://localhost:9339");
    for wrong in [
        "export?format=amplify&user_pool_id=us-east-1_Nobody",
        "export?format=amplify&client_id=nobody",
        "export?client_id=democlient0000000000000000",
    ] {
        let refused = server.own("GET", wrong, Value::Null).await;
        assert_eq!(refused.0, 400, "{wrong}: {}", refused.1);
    }
}
