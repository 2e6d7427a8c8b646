//! A developer's own users: the token that a back end gets for them, and how their identities are
//! found, merged and unlinked.

use std::time::Duration;

use serde_json::{Value, json};

use super::{IdentityPoolCalls, Place, acting, role};
use crate::support::{START, Server, claims, text};

const DEV: &str = "login.example.com";
const OWN: &str = "cognito-identity.amazonaws.com";
const VOUCH: &str = "GetOpenIdTokenForDeveloperIdentity";

async fn place(server: &Server) -> Place<'_> {
    Place::new(server, json!({ "DeveloperProviderName": DEV })).await
}

fn vouch(place: &Place<'_>, user: &str) -> Value {
    json!({ "IdentityPoolId": place.pool, "Logins": { DEV: user } })
}

/// Identity and token of a developer's user.
async fn vouched(place: &Place<'_>, user: &str) -> (String, Value) {
    let answer = place.server.gives(VOUCH, vouch(place, user)).await;
    (text(&answer["IdentityId"]), answer["Token"].clone())
}

#[tokio::test]
async fn a_back_end_s_token_opens_its_user_s_identity() {
    let server = Server::start().await;
    let place = place(&server).await;
    let (identity, token) = vouched(&place, "user-1").await;
    assert_eq!(vouched(&place, "user-1").await.0, identity);
    assert_ne!(vouched(&place, "user-2").await.0, identity);
    let said = claims(&token);
    assert_eq!(said["sub"], json!(identity));
    let of_user = format!("{DEV}:{}:user-1", place.pool);
    assert_eq!(said["amr"], json!(["authenticated", DEV, of_user]));
    assert_eq!(said["exp"], json!(START + 900));

    let login = json!({ OWN: token });
    let answer = place.credentials(&identity, &login).await;
    assert_eq!(answer["IdentityId"], json!(identity));
    let kept = place.kept(&answer).await;
    assert_eq!(kept.role_arn, role("in"));
    assert_eq!(kept.amr, ["authenticated", DEV, &of_user]);
    let mut asked = acting(&identity, &login);
    asked["CustomRoleArn"] = json!(role("other"));
    server
        .denies_as("GetCredentialsForIdentity", asked, "CustomRoleDenied")
        .await;
    let described = json!({ "IdentityId": identity });
    let described = server.gives("DescribeIdentity", described).await;
    assert_eq!(described["Logins"], json!([DEV]));
}

#[tokio::test]
async fn duration_and_tags_are_the_back_end_s() {
    let server = Server::start().await;
    let place = place(&server).await;
    let mut input = vouch(&place, "user-1");
    input["TokenDuration"] = json!(86_400);
    input["PrincipalTags"] = json!({ "team": "red" });
    let answer = server.gives(VOUCH, input).await;
    assert_eq!(claims(&answer["Token"])["exp"], json!(START + 86_400));
    let login = json!({ OWN: answer["Token"] });
    let kept = place
        .credentials(&text(&answer["IdentityId"]), &login)
        .await;
    assert_eq!(place.kept(&kept).await.principal_tags["team"], "red");
}

#[tokio::test]
async fn a_token_counts_for_its_pool_and_identity_and_time_only() {
    let server = Server::start().await;
    let place = place(&server).await;
    let other = server
        .identity_pool(json!({ "DeveloperProviderName": DEV }))
        .await;
    let (identity, token) = vouched(&place, "user-1").await;
    let (neighbour, _) = vouched(&place, "user-2").await;
    let login = json!({ OWN: token });

    // Another pool's identity, and one of the same pool.
    let guest = json!({ "IdentityPoolId": other });
    let guest = text(&server.gives("GetId", guest).await["IdentityId"]);
    let elsewhere = json!({ "IdentityPoolId": other, "Logins": { DEV: "user-1" } });
    let elsewhere = text(&server.gives(VOUCH, elsewhere).await["IdentityId"]);
    for stranger in [guest, elsewhere] {
        let input = acting(&stranger, &login);
        server
            .denies_as("GetCredentialsForIdentity", input, "LoginNotSupported")
            .await;
    }
    let guest = place.identity(&json!({})).await;
    for stranger in [&neighbour, &guest] {
        let input = acting(stranger, &login);
        server
            .denies_as("GetCredentialsForIdentity", input, "LoginsDontMatch")
            .await;
    }
    let unsigned = text(&token);
    let (unsigned, signature) = unsigned.rsplit_once('.').unwrap();
    let nobodys = format!("{unsigned}.{}", "A".repeat(signature.len()));
    for (forged, situation) in [
        (json!(nobodys), "LoginSignature"),
        (json!("x.y.z"), "LoginMalformed"),
        // By a key of ours, but not by that of such tokens.
        (place.sign(&claims(&token)).await, "LoginMalformed"),
    ] {
        let input = acting(&identity, &json!({ OWN: forged }));
        server
            .denies_as("GetCredentialsForIdentity", input, situation)
            .await;
    }
    // Under the developer's own name nobody can vouch for themselves.
    let by_name = json!({ DEV: "user-1" });
    server
        .denies_as("GetId", place.get_id(&by_name), "LoginNotSupported")
        .await;
    let input = acting(&identity, &by_name);
    server
        .denies_as("GetCredentialsForIdentity", input, "LoginNotSupported")
        .await;

    server.advance(Duration::from_secs(899));
    place.credentials(&identity, &login).await;
    server.advance(Duration::from_secs(1));
    let input = acting(&identity, &login);
    server
        .denies_as("GetCredentialsForIdentity", input, "LoginExpired")
        .await;
}

#[tokio::test]
async fn other_logins_and_a_known_identity_can_be_linked() {
    let server = Server::start().await;
    let place = place(&server).await;
    let alice = place.identity(&place.alice().await).await;
    // By a login that leads there, and by the identity's id.
    let mut input = vouch(&place, "user-1");
    let alices = place.alice().await;
    crate::support::merge(&mut input["Logins"], alices.clone());
    let answer = server.gives(VOUCH, input).await;
    assert_eq!(answer["IdentityId"], json!(alice));
    let amr = claims(&answer["Token"])["amr"].clone();
    assert_eq!(amr[3], json!(place.provider), "{amr}");
    let mut input = vouch(&place, "user-2");
    input["IdentityId"] = json!(alice);
    assert_eq!(
        server.gives(VOUCH, input.clone()).await["IdentityId"],
        json!(alice)
    );
    assert_eq!(server.gives(VOUCH, input).await["IdentityId"], json!(alice));

    // A guest becomes the user's, too.
    let guest = place.identity(&json!({})).await;
    let mut input = vouch(&place, "user-3");
    input["IdentityId"] = json!(guest);
    assert_eq!(
        server.gives(VOUCH, input.clone()).await["IdentityId"],
        json!(guest)
    );
    input["IdentityId"] = json!(alice);
    let expected = "DeveloperUserAlreadyRegisteredException: The provided developer user identifier is already registered with Cognito under a different identity ID.";
    server.denies(VOUCH, input.clone(), expected).await;

    let elsewhere = server
        .identity_pool(json!({ "DeveloperProviderName": DEV }))
        .await;
    input["IdentityPoolId"] = json!(elsewhere);
    server.denies_as(VOUCH, input, "IdentityNotFound").await;
    // A second login of the same user pool cannot be one person's.
    server.user(&place.user_pool, "bob", &[]).await;
    let mut input = vouch(&place, "user-1");
    let bobs = place.login(&place.id_token("bob").await);
    crate::support::merge(&mut input["Logins"], bobs);
    server.denies_as(VOUCH, input, "LoginOfProviderTaken").await;
}

#[tokio::test]
async fn an_unknown_developer_provider_is_refused() {
    let server = Server::start().await;
    let place = place(&server).await;
    let without = server.identity_pool(json!({})).await;
    let expected = "InvalidParameterException: This identity pool does not support the specified developer provider";
    for (pool, provider) in [(&without, DEV), (&place.pool, "login.example.org")] {
        let input = json!({ "IdentityPoolId": pool, "Logins": { provider: "user-1" } });
        server.denies(VOUCH, input, expected).await;
        let merge = json!({
            "IdentityPoolId": pool,
            "DeveloperProviderName": provider,
            "SourceUserIdentifier": "a",
            "DestinationUserIdentifier": "b",
        });
        server
            .denies("MergeDeveloperIdentities", merge, expected)
            .await;
        let unlink = json!({
            "IdentityPoolId": pool,
            "DeveloperProviderName": provider,
            "IdentityId": "us-east-1:00000000-0000-4000-8000-000000000000",
            "DeveloperUserIdentifier": "a",
        });
        server
            .denies("UnlinkDeveloperIdentity", unlink, expected)
            .await;
    }
    let lookup = json!({ "IdentityPoolId": without, "DeveloperUserIdentifier": "a" });
    server
        .denies("LookupDeveloperIdentity", lookup, expected)
        .await;
    let (_, token) = vouched(&place, "user-1").await;
    let own = json!({ "IdentityPoolId": place.pool, "Logins": { OWN: token, DEV: "user-1" } });
    server.denies_as(VOUCH, own, "LoginOwnToken").await;
}

#[tokio::test]
async fn users_and_identities_are_looked_up_by_each_other() {
    let server = Server::start().await;
    let place = place(&server).await;
    let (identity, _) = vouched(&place, "user-0").await;
    for number in 1..5 {
        let mut input = vouch(&place, &format!("user-{number}"));
        input["IdentityId"] = json!(identity);
        server.gives(VOUCH, input).await;
    }
    let (other, _) = vouched(&place, "other").await;
    let lookup = |more: Value| {
        let mut input = json!({ "IdentityPoolId": place.pool });
        crate::support::merge(&mut input, more);
        input
    };
    let by_user = lookup(json!({ "DeveloperUserIdentifier": "other" }));
    let found = server.gives("LookupDeveloperIdentity", by_user).await;
    let expected = json!({ "IdentityId": other, "DeveloperUserIdentifierList": ["other"] });
    assert_eq!(found, expected);
    let mut users = Vec::new();
    let mut asked = lookup(json!({ "IdentityId": identity, "MaxResults": 2 }));
    loop {
        let page = server.gives("LookupDeveloperIdentity", asked.clone()).await;
        users.extend(
            page["DeveloperUserIdentifierList"]
                .as_array()
                .unwrap()
                .clone(),
        );
        if page["NextToken"].is_null() {
            break;
        }
        asked["NextToken"] = page["NextToken"].clone();
    }
    assert_eq!(users, ["user-0", "user-1", "user-2", "user-3", "user-4"]);
    let both =
        |user: &str| lookup(json!({ "IdentityId": identity, "DeveloperUserIdentifier": user }));
    let found = server
        .gives("LookupDeveloperIdentity", both("user-3"))
        .await;
    assert_eq!(found["DeveloperUserIdentifierList"], json!(["user-3"]));
    for (input, situation) in [
        (both("other"), "LookupDisagrees"),
        (both("nobody"), "LookupDisagrees"),
        (lookup(json!({})), "LookupOfNobody"),
        (
            lookup(json!({ "DeveloperUserIdentifier": "nobody" })),
            "DeveloperUserNotFound",
        ),
        (
            lookup(json!({ "IdentityId": "us-east-1:0" })),
            "IdentityNotFound",
        ),
    ] {
        server
            .denies_as("LookupDeveloperIdentity", input, situation)
            .await;
    }
}

fn merge(place: &Place<'_>, source: &str, destination: &str) -> Value {
    json!({
        "IdentityPoolId": place.pool,
        "DeveloperProviderName": DEV,
        "SourceUserIdentifier": source,
        "DestinationUserIdentifier": destination,
    })
}

#[tokio::test]
async fn merging_disables_the_source_and_keeps_all_logins() {
    let server = Server::start().await;
    let place = place(&server).await;
    let (source, token) = vouched(&place, "a").await;
    let (destination, _) = vouched(&place, "b").await;
    let merged = server
        .gives("MergeDeveloperIdentities", merge(&place, "a", "b"))
        .await;
    assert_eq!(merged, json!({ "IdentityId": destination }));
    for user in ["a", "b"] {
        assert_eq!(vouched(&place, user).await.0, destination);
    }
    // Once more, nothing changes.
    let again = merge(&place, "b", "a");
    let again = server.gives("MergeDeveloperIdentities", again).await;
    assert_eq!(again["IdentityId"], json!(destination));
    let expected = format!("NotAuthorizedException: Access to Identity '{source}' is forbidden.");
    for logins in [json!({}), json!({ OWN: token })] {
        let input = acting(&source, &logins);
        server
            .denies("GetCredentialsForIdentity", input, &expected)
            .await;
    }
    let mut input = vouch(&place, "c");
    input["IdentityId"] = json!(source);
    server.denies(VOUCH, input, &expected).await;
    for input in [merge(&place, "nobody", "b"), merge(&place, "a", "nobody")] {
        server
            .denies_as("MergeDeveloperIdentities", input, "DeveloperUserNotFound")
            .await;
    }
}

#[tokio::test]
async fn two_persons_of_one_provider_are_not_merged() {
    let server = Server::start().await;
    let place = place(&server).await;
    server.user(&place.user_pool, "bob", &[]).await;
    let mut ids = Vec::new();
    for name in ["alice", "bob"] {
        let mut input = vouch(&place, name);
        let login = place.login(&place.id_token(name).await);
        crate::support::merge(&mut input["Logins"], login);
        ids.push(text(&server.gives(VOUCH, input).await["IdentityId"]));
    }
    let input = merge(&place, "alice", "bob");
    server
        .denies_as("MergeDeveloperIdentities", input, "LoginOfProviderTaken")
        .await;
    // Whatever was begun did not happen.
    for (name, id) in ["alice", "bob"].iter().zip(&ids) {
        assert_eq!(vouched(&place, name).await.0, *id);
        let login = place.login(&place.id_token(name).await);
        assert_eq!(place.identity(&login).await, *id);
    }
}

#[tokio::test]
async fn an_identity_has_twenty_logins_at_most() {
    let server = Server::start().await;
    let place = place(&server).await;
    let (identity, _) = vouched(&place, "user-0").await;
    let more = |number: usize| {
        let mut input = vouch(&place, &format!("user-{number}"));
        input["IdentityId"] = json!(identity);
        input
    };
    for number in 1..20 {
        server.gives(VOUCH, more(number)).await;
    }
    server.denies_as(VOUCH, more(20), "TooManyLogins").await;
    vouched(&place, "other").await;
    let input = merge(&place, "other", "user-0");
    server
        .denies_as("MergeDeveloperIdentities", input, "TooManyLogins")
        .await;
}

#[tokio::test]
async fn an_unlinked_user_is_somebody_new() {
    let server = Server::start().await;
    let place = place(&server).await;
    let (identity, token) = vouched(&place, "a").await;
    let (neighbour, _) = vouched(&place, "b").await;
    let unlink = |identity: &str, user: &str| {
        json!({
            "IdentityPoolId": place.pool,
            "DeveloperProviderName": DEV,
            "IdentityId": identity,
            "DeveloperUserIdentifier": user,
        })
    };
    server
        .denies_as(
            "UnlinkDeveloperIdentity",
            unlink(&identity, "b"),
            "DeveloperUserNotFound",
        )
        .await;
    server
        .denies_as(
            "UnlinkDeveloperIdentity",
            unlink("us-east-1:0", "a"),
            "IdentityNotFound",
        )
        .await;
    let answer = server
        .call_identity("UnlinkDeveloperIdentity", unlink(&identity, "a"))
        .await;
    assert!(answer.status.is_success() && answer.body.is_empty());
    // The token that was made before opens nothing any more.
    let input = acting(&identity, &json!({ OWN: token }));
    server
        .denies_as("GetCredentialsForIdentity", input, "LoginsDontMatch")
        .await;
    let (fresh, _) = vouched(&place, "a").await;
    assert!(fresh != identity && fresh != neighbour);
}
