//! The server that a test of a Rust program starts in its own process.

use std::time::Duration;

use mocknito::testing;
use reqwest::Client;
use serde_json::{Value, json};

const CLIENT: &str = "democlient0000000000000000";

async fn post(url: &str, path: &str, body: Value) -> reqwest::Result<reqwest::Response> {
    let asked = Client::new().post(format!("{url}{path}"));
    asked.body(body.to_string()).send().await
}

#[tokio::test]
async fn each_has_a_world_of_its_own_and_ends_with_its_variable() {
    let one = testing::start(["--demo"]).unwrap();
    let other = testing::start(["--region", "eu-west-1"]).unwrap();
    assert_ne!(one.port(), other.port());
    assert_eq!(one.url(), format!("http://localhost:{}", one.port()));
    let env = other.env();
    assert!(env.contains(&("AWS_ENDPOINT_URL", other.url().to_owned())));
    assert!(env.contains(&("AWS_REGION", "eu-west-1".to_owned())));

    let who = json!({ "client_id": CLIENT, "username": "alice" });
    let tokens = post(one.url(), "/_mocknito/tokens", who.clone()).await;
    let tokens: Value = serde_json::from_slice(&tokens.unwrap().bytes().await.unwrap()).unwrap();
    assert!(tokens["IdToken"].is_string(), "{tokens}");
    let strange = post(other.url(), "/_mocknito/tokens", who).await;
    assert!(strange.unwrap().status().is_client_error());

    let keys = format!(
        "{}/.well-known/jwks.json",
        one.issuer("us-east-1_Mocknito1")
    );
    assert_eq!(Client::new().get(keys).send().await.unwrap().status(), 200);

    let url = one.url().to_owned();
    drop(one);
    let wait = Duration::from_secs(5);
    let gone = Client::new().get(&url).timeout(wait).send().await;
    assert!(gone.unwrap_err().is_connect());
}

#[test]
fn what_is_wrong_with_a_start_is_its_error() {
    let why = |flags: &[&str]| format!("{:#}", testing::start(flags).unwrap_err());
    assert!(why(&["--fixtures", "/nowhere.yaml"]).contains("/nowhere.yaml"));
    assert!(why(&["--no-such-flag"]).contains("--no-such-flag"));
    let taken = testing::start([""; 0]).unwrap();
    let port = taken.port().to_string();
    assert!(why(&["--port", &port]).contains("in use"));
}
