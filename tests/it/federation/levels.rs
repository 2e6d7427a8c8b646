//! A pool's authentication levels at an OIDC provider (`AcrMapping`): asked for by the provider's
//! names, and told by the pool's.

use serde_json::{Value, json};

use super::issuer::{come_back, way_back};
use super::provider::Provider;
use super::{Browser, Federated, location, oidc, parameters};
use crate::support::{Server, claims, merge};

async fn world<'s>(server: &'s Server, provider: &Provider) -> Federated<'s> {
    let pool = server.pool(json!({})).await;
    let mut settings = oidc("Corp", &provider.issuer, json!({}));
    settings["AcrMapping"] = json!({ "Level1": "bronze", "Level3": "gold" });
    let world = Federated::with(server, pool, settings).await;
    let names = json!({
        "UserPoolId": world.pool,
        "AcrConfiguration": { "Level1": { "AcrValue": "low" }, "Level3": { "AcrValue": "high" } },
    });
    server.ok("UpdateUserPool", names).await;
    world
}

#[tokio::test]
async fn what_the_provider_says_becomes_the_pools_level() {
    let server = Server::start().await;
    let provider = Provider::start().await;
    let world = world(&server, &provider).await;
    for (said, level) in [
        (json!("gold"), "high"),
        (json!("bronze"), "low"),
        // What is not mapped is the lowest, also by the pool's own names.
        (json!("high"), "low"),
        (json!("urn:cognito:loa:4"), "low"),
        (Value::Null, "low"),
    ] {
        let back = come_back(&world, &provider, json!({ "acr": said })).await;
        let tokens = world.tokens(&back).await;
        let id = claims(&tokens["id_token"]);
        assert_eq!(id["acr"], level, "{said}");
        // How the provider did it is not the pool's to tell.
        assert_eq!(id["amr"], json!(["fed"]), "{said}");
    }
    // User info is not signed: it raises nothing.
    let boast = json!({ "sub": "u-1", "acr": "gold" });
    provider.plan(|plan| plan.user_info = Some(boast));
    let back = come_back(&world, &provider, json!({ "acr": "bronze" })).await;
    let tokens = world.tokens(&back).await;
    assert_eq!(claims(&tokens["id_token"])["acr"], "low");
}

#[tokio::test]
async fn a_level_is_asked_for_by_the_providers_name_and_counts_in_the_session() {
    let server = Server::start().await;
    let provider = Provider::start().await;
    let world = world(&server, &provider).await;
    let mut browser = Browser::new(&server);
    let start = |levels: &str| format!("{}&acr_values={levels}", world.start());
    let url = location(&browser.get(&start("high+urn%3Acognito%3Aloa%3A4")).await);
    // The fourth level has no name there.
    assert_eq!(parameters(&url)["acr_values"], "gold");
    let url = location(&browser.get(&start("urn%3Acognito%3Aloa%3A4")).await);
    assert!(!parameters(&url).contains_key("acr_values"));
    let plain = location(&browser.get(&world.start()).await);
    assert!(!parameters(&plain).contains_key("acr_values"));

    let sign_in = async |browser: &mut Browser<'_>, acr: &str| {
        let asked = parameters(&location(&browser.get(&start("high")).await));
        let mut said = provider.claims(&asked["nonce"]);
        merge(&mut said, json!({ "acr": acr }));
        let token = provider.key.sign(&said).unwrap();
        provider.plan(|plan| {
            plan.id_token = Some(token);
            plan.user_info = Some(json!({ "sub": "u-1" }));
        });
        let back = browser.get(&way_back(&asked["state"])).await;
        claims(&world.tokens(&back).await["id_token"])
    };
    // Less than was asked for is told as what it is, and asked for again.
    assert_eq!(sign_in(&mut browser, "bronze").await["acr"], "low");
    assert_eq!(sign_in(&mut browser, "gold").await["acr"], "high");
    // Who reached it goes straight back.
    let again = browser.get(&start("high")).await;
    let said = claims(&world.tokens(&again).await["id_token"]);
    assert_eq!(said["acr"], "high");
}
