//! Which role somebody gets: the pool's, the token's, a rule's, or the one that is asked for.

use serde_json::{Value, json};

use super::{IdentityPoolCalls, Place, acting, role};
use crate::support::{Server, claims};

const DENIED: &str = "NotAuthorizedException: The ambiguous role mapping rules denied this request";

/// The role that these logins get, or the refusal's situation.
async fn chosen(place: &Place<'_>, logins: &Value, asked: Option<&str>) -> String {
    let identity = place.identity(logins).await;
    let mut input = acting(&identity, logins);
    if let Some(asked) = asked {
        input["CustomRoleArn"] = json!(asked);
    }
    let reply = place
        .server
        .call_identity("GetCredentialsForIdentity", input)
        .await;
    match reply.situation {
        Some(situation) => situation.to_owned(),
        None => place.kept(&reply.json()).await.role_arn,
    }
}

/// Alice's login with these claims beside her own.
async fn with(place: &Place<'_>, more: Value) -> Value {
    let mut said = claims(&place.id_token("alice").await);
    crate::support::merge(&mut said, more);
    let token = place.sign(&said).await;
    place.login(&token)
}

async fn map(place: &Place<'_>, mapping: Value) {
    let key = format!("{}:{}", place.provider, place.client);
    place.set_roles(json!({ key: mapping })).await;
}

#[tokio::test]
async fn the_token_s_preferred_role_counts_where_the_mapping_says_so() {
    let server = Server::start().await;
    let place = Place::new(&server, json!({})).await;
    let groups = json!([role("a"), role("b")]);
    let preferring = json!({ "cognito:roles": groups, "cognito:preferred_role": role("b") });
    let preferring = with(&place, preferring).await;
    let torn = with(&place, json!({ "cognito:roles": groups })).await;
    let plain = place.alice().await;
    assert_eq!(chosen(&place, &preferring, None).await, role("in"));

    for (resolution, fallback) in [
        ("AuthenticatedRole", role("in")),
        ("Deny", "RoleAmbiguous".to_owned()),
    ] {
        let mapping = json!({ "Type": "Token", "AmbiguousRoleResolution": resolution });
        map(&place, mapping).await;
        assert_eq!(chosen(&place, &preferring, None).await, role("b"));
        for logins in [&torn, &plain] {
            assert_eq!(chosen(&place, logins, None).await, fallback);
        }
        for logins in [&preferring, &torn] {
            assert_eq!(chosen(&place, logins, Some(&role("a"))).await, role("a"));
            for other in [role("in"), role("c")] {
                let refused = chosen(&place, logins, Some(&other)).await;
                assert_eq!(refused, "CustomRoleDenied");
            }
        }
    }
    let input = acting(&place.identity(&torn).await, &torn);
    server
        .denies("GetCredentialsForIdentity", input, DENIED)
        .await;
}

#[tokio::test]
async fn real_groups_make_the_claims_that_decide() {
    let server = Server::start().await;
    let place = Place::new(&server, json!({})).await;
    map(
        &place,
        json!({ "Type": "Token", "AmbiguousRoleResolution": "Deny" }),
    )
    .await;
    for (name, precedence) in [("first", 1), ("second", 2)] {
        let group = json!({
            "UserPoolId": place.user_pool,
            "GroupName": name,
            "RoleArn": role(name),
            "Precedence": precedence,
        });
        server.ok("CreateGroup", group).await;
        let member = json!({
            "UserPoolId": place.user_pool,
            "Username": "alice",
            "GroupName": name,
        });
        server.ok("AdminAddUserToGroup", member).await;
    }
    let logins = place.alice().await;
    assert_eq!(chosen(&place, &logins, None).await, role("first"));
    let second = chosen(&place, &logins, Some(&role("second"))).await;
    assert_eq!(second, role("second"));
}

#[tokio::test]
async fn rules_are_tried_in_their_order() {
    let server = Server::start().await;
    let place = Place::new(&server, json!({})).await;
    let rule = |claim: &str, kind: &str, value: &str, name: &str| {
        let role = role(name);
        json!({ "Claim": claim, "MatchType": kind, "Value": value, "RoleARN": role })
    };
    let rules = json!([
        rule("custom:team", "Equals", "red", "equals"),
        rule("custom:team", "StartsWith", "bl", "starts"),
        rule("custom:team", "Contains", "ree", "contains"),
        rule("cognito:groups", "Contains", "admins", "groups"),
        rule("custom:level", "NotEqual", "1", "not-equal"),
        rule("custom:number", "Equals", "7", "number"),
        rule("custom:team", "Equals", "black", "second"),
    ]);
    let mapping = |resolution: &str| {
        json!({
            "Type": "Rules",
            "AmbiguousRoleResolution": resolution,
            "RulesConfiguration": { "Rules": rules },
        })
    };
    for (resolution, fallback) in [
        ("AuthenticatedRole", role("in")),
        ("Deny", "RoleAmbiguous".to_owned()),
    ] {
        map(&place, mapping(resolution)).await;
        for (said, expected) in [
            (json!({ "custom:team": "red" }), role("equals")),
            (json!({ "custom:team": "blue" }), role("starts")),
            (json!({ "custom:team": "green" }), role("contains")),
            (
                json!({ "cognito:groups": ["users", "admins"] }),
                role("groups"),
            ),
            (json!({ "custom:level": "2" }), role("not-equal")),
            (json!({ "custom:number": 7 }), role("number")),
            (json!({ "custom:level": "1" }), fallback.clone()),
            (json!({ "custom:team": "Red" }), fallback.clone()),
            // A claim that is missing matches nothing, not even NotEqual.
            (json!({}), fallback.clone()),
        ] {
            let logins = with(&place, said.clone()).await;
            assert_eq!(chosen(&place, &logins, None).await, expected, "{said}");
        }
    }
    // Any rule that matches may be asked for, and no other.
    let black = with(&place, json!({ "custom:team": "black" })).await;
    assert_eq!(chosen(&place, &black, None).await, role("starts"));
    let second = chosen(&place, &black, Some(&role("second"))).await;
    assert_eq!(second, role("second"));
    let refused = chosen(&place, &black, Some(&role("equals"))).await;
    assert_eq!(refused, "CustomRoleDenied");
}

#[tokio::test]
async fn guests_and_unmapped_logins_get_no_other_role_by_asking() {
    let server = Server::start().await;
    let place = Place::new(&server, json!({})).await;
    let guest = json!({});
    assert_eq!(chosen(&place, &guest, None).await, role("out"));
    for asked in ["in", "other"] {
        let refused = chosen(&place, &guest, Some(&role(asked))).await;
        assert_eq!(refused, "CustomRoleDenied");
    }
    let alice = place.alice().await;
    assert_eq!(chosen(&place, &alice, Some(&role("in"))).await, role("in"));
    for asked in ["out", "other"] {
        let refused = chosen(&place, &alice, Some(&role(asked))).await;
        assert_eq!(refused, "CustomRoleDenied");
    }
    let granted = with(&place, json!({ "cognito:roles": [role("a")] })).await;
    assert_eq!(chosen(&place, &granted, Some(&role("a"))).await, role("a"));
}
