//! Plans: which one a pool has, and what each is without.

use serde_json::{Value, json};

use crate::support::{Server, merge};

const AUDIT: &str = "AUDIT";

fn with(mut input: Value, more: Value) -> Value {
    merge(&mut input, more);
    input
}

fn protected(mode: &str) -> Value {
    json!({ "UserPoolAddOns": { "AdvancedSecurityMode": mode } })
}

fn history() -> Value {
    json!({ "Policies": { "PasswordPolicy": { "PasswordHistorySize": 3 } } })
}

async fn tier(server: &Server, pool: &str) -> Value {
    let described = server
        .ok("DescribeUserPool", json!({ "UserPoolId": pool }))
        .await;
    described["UserPool"]["UserPoolTier"].clone()
}

#[tokio::test]
async fn threat_protection_without_a_plan_makes_the_pool_plus() {
    let server = Server::start().await;
    for mode in [AUDIT, "ENFORCED"] {
        let pool = server.pool(protected(mode)).await;
        assert_eq!(tier(&server, &pool).await, "PLUS", "{mode}");
    }
    let pool = server.pool(protected("OFF")).await;
    assert_eq!(tier(&server, &pool).await, "ESSENTIALS");
    let turned_on = with(json!({ "UserPoolId": pool }), protected(AUDIT));
    server.ok("UpdateUserPool", turned_on).await;
    assert_eq!(tier(&server, &pool).await, "PLUS");
}

#[tokio::test]
async fn a_plan_without_what_is_asked_for_is_refused() {
    let server = Server::start().await;
    let lacks = |tier: &str, feature: &str| {
        format!(
            "FeatureUnavailableInTierException: The following features need to be disabled for the {tier} pricing tier configured: {feature}"
        )
    };
    for (name, asked, feature) in [
        ("ESSENTIALS", protected(AUDIT), "Threat Protection"),
        ("LITE", protected("ENFORCED"), "Threat Protection"),
        ("LITE", history(), "Password History"),
    ] {
        let asked = with(asked, json!({ "UserPoolTier": name }));
        let input = with(json!({ "PoolName": "p" }), asked.clone());
        server
            .refuses("CreateUserPool", input, &lacks(name, feature))
            .await;
        let pool = server.pool(json!({ "UserPoolTier": name })).await;
        let input = with(json!({ "UserPoolId": pool }), asked);
        server
            .refuses("UpdateUserPool", input, &lacks(name, feature))
            .await;
    }
    // A history of none is no history.
    let none = json!({
        "UserPoolTier": "LITE",
        "Policies": { "PasswordPolicy": { "PasswordHistorySize": 0 } },
    });
    server.pool(none).await;
}

#[tokio::test]
async fn a_smaller_plan_is_refused_while_the_pool_has_more() {
    let server = Server::start().await;
    let refusal = |tier: &str, feature: &str| {
        format!(
            "TierChangeNotAllowedException: The following features need to be disabled for the {tier} pricing tier configured: {feature}"
        )
    };
    let pool = server.pool(protected(AUDIT)).await;
    let down = |tier: &str| json!({ "UserPoolId": pool, "UserPoolTier": tier });
    let still = with(down("ESSENTIALS"), protected(AUDIT));
    server
        .refuses(
            "UpdateUserPool",
            still,
            &refusal("ESSENTIALS", "Threat Protection"),
        )
        .await;
    assert_eq!(tier(&server, &pool).await, "PLUS");
    // An update that leaves the add-ons out switches them off.
    server.ok("UpdateUserPool", down("ESSENTIALS")).await;
    assert_eq!(tier(&server, &pool).await, "ESSENTIALS");

    // The password policy is kept, and with it its history.
    server
        .ok(
            "UpdateUserPool",
            with(json!({ "UserPoolId": pool }), history()),
        )
        .await;
    server
        .refuses(
            "UpdateUserPool",
            down("LITE"),
            &refusal("LITE", "Password History"),
        )
        .await;
}
