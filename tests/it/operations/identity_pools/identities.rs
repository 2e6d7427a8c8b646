//! Whose identity it is: one for each login, new ones for guests, and what becomes of several.

use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tower::ServiceExt;

use super::{IdentityPoolCalls, Place, acting};
use crate::support::{Server, each, keys, refusal, text};

const UNKNOWN: &str = "us-east-1:00000000-0000-4000-8000-000000000000";

async fn described(server: &Server, identity: &str) -> Value {
    let asked = json!({ "IdentityId": identity });
    server.gives("DescribeIdentity", asked).await
}

#[tokio::test]
async fn each_guest_is_somebody_new() {
    let server = Server::start().await;
    let place = Place::new(&server, json!({})).await;
    let first = place.identity(&json!({})).await;
    let answer = json!({ "IdentityPoolId": place.pool });
    let second = text(&server.gives("GetId", answer).await["IdentityId"]);
    assert_ne!(first, second);
    assert!(first.starts_with("us-east-1:") && first.len() == UNKNOWN.len());
    assert_eq!(
        keys(&described(&server, &first).await),
        ["CreationDate", "IdentityId", "LastModifiedDate"]
    );
}

#[tokio::test]
async fn guests_are_refused_where_they_are_not_allowed() {
    let server = Server::start().await;
    let place = Place::new(&server, json!({})).await;
    let guest = place.identity(&json!({})).await;
    let mut settings = json!({ "IdentityPoolId": place.pool });
    settings = server.gives("DescribeIdentityPool", settings).await;
    settings["AllowUnauthenticatedIdentities"] = json!(false);
    server.gives("UpdateIdentityPool", settings).await;
    let expected =
        "NotAuthorizedException: Unauthenticated access is not supported for this identity pool.";
    let nothing = json!({});
    server
        .denies("GetId", place.get_id(&nothing), expected)
        .await;
    for operation in ["GetCredentialsForIdentity", "GetOpenIdToken"] {
        let input = acting(&guest, &nothing);
        server.denies(operation, input, expected).await;
    }
}

#[tokio::test]
async fn the_same_login_is_the_same_identity_under_every_name_of_its_provider() {
    let server = Server::start().await;
    let place = Place::new(&server, json!({})).await;
    let first = place.identity(&place.alice().await).await;
    server.advance(Duration::from_secs(60));
    assert_eq!(place.identity(&place.alice().await).await, first);
    let local = format!("localhost:9339/{}", place.user_pool);
    let local = json!({ local: place.id_token("alice").await });
    assert_eq!(place.identity(&local).await, first);
    let bob = server.user(&place.user_pool, "bob", &[]).await;
    let bobs = place.login(&place.id_token("bob").await);
    assert_ne!(place.identity(&bobs).await, first, "{bob}");

    let described = described(&server, &first).await;
    assert_eq!(described["Logins"], json!([place.provider]));
    assert_eq!(described["CreationDate"], described["LastModifiedDate"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_first_calls_of_one_login_at_once_are_one_identity() {
    for server in [Server::start().await, Server::in_a_folder().await] {
        let place = Place::new(&server, json!({})).await;
        let input = place.get_id(&place.alice().await).to_string();
        let mut calls = JoinSet::new();
        for _ in 0..50 {
            let (router, input) = (server.router(), input.clone());
            calls.spawn(async move {
                let request = Request::post("/")
                    .header("content-type", "application/x-amz-json-1.1")
                    .header("x-amz-target", "AWSCognitoIdentityService.GetId")
                    .body(Body::from(input))
                    .unwrap();
                let answer = router.oneshot(request).await.unwrap();
                assert!(answer.status().is_success());
                axum::body::to_bytes(answer.into_body(), 1_024)
                    .await
                    .unwrap()
            });
        }
        let mut found = calls.join_all().await;
        found.sort();
        found.dedup();
        assert_eq!(found.len(), 1, "{found:?}");
        let all = json!({ "IdentityPoolId": place.pool, "MaxResults": 60 });
        let all = server.gives("ListIdentities", all).await;
        assert_eq!(each(&all["Identities"], "IdentityId").len(), 1);
    }
}

#[tokio::test]
async fn a_guest_who_signs_in_keeps_the_identity() {
    let server = Server::start().await;
    let place = Place::new(&server, json!({})).await;
    let guest = place.identity(&json!({})).await;
    server.advance(Duration::from_secs(60));
    let login = place.alice().await;
    let answer = place.credentials(&guest, &login).await;
    assert_eq!(answer["IdentityId"], json!(guest));
    assert_eq!(place.identity(&login).await, guest);
    let described = described(&server, &guest).await;
    assert_eq!(described["Logins"], json!([place.provider]));
    assert_ne!(described["CreationDate"], described["LastModifiedDate"]);
    // It is nobody's without the login any more.
    let expected = format!("NotAuthorizedException: Access to Identity '{guest}' is forbidden.");
    let nothing = acting(&guest, &json!({}));
    for operation in ["GetCredentialsForIdentity", "GetOpenIdToken"] {
        server.denies(operation, nothing.clone(), &expected).await;
    }
}

#[tokio::test]
async fn a_guest_who_was_somebody_before_becomes_that_identity() {
    let server = Server::start().await;
    let place = Place::new(&server, json!({})).await;
    let login = place.alice().await;
    let known = place.identity(&login).await;
    let guest = place.identity(&json!({})).await;
    let answer = place.credentials(&guest, &login).await;
    assert_eq!(answer["IdentityId"], json!(known));
    // A second request that began with the guest's id is for the same person.
    let answer = place.credentials(&guest, &login).await;
    assert_eq!(answer["IdentityId"], json!(known));
    let nothing = acting(&guest, &json!({}));
    server
        .denies_as("GetCredentialsForIdentity", nothing, "IdentityForbidden")
        .await;
    // Somebody else's login opens neither.
    server.user(&place.user_pool, "bob", &[]).await;
    let bobs = place.login(&place.id_token("bob").await);
    server
        .denies_as(
            "GetCredentialsForIdentity",
            acting(&guest, &bobs),
            "LoginsDontMatch",
        )
        .await;

    let list = |hide: bool| {
        let input = json!({
            "IdentityPoolId": place.pool,
            "MaxResults": 60,
            "HideDisabled": hide,
        });
        server.gives("ListIdentities", input)
    };
    let all = list(false).await;
    assert_eq!(all["IdentityPoolId"], json!(place.pool));
    assert_eq!(all["Identities"].as_array().unwrap().len(), 2);
    let enabled = list(true).await;
    assert_eq!(each(&enabled["Identities"], "IdentityId"), [known]);
}

#[tokio::test]
async fn a_good_login_is_not_good_for_somebody_elses_identity() {
    let server = Server::start().await;
    let place = Place::new(&server, json!({})).await;
    server.user(&place.user_pool, "bob", &[]).await;
    let alice = place.identity(&place.alice().await).await;
    let bobs = place.login(&place.id_token("bob").await);
    let expected = "ResourceConflictException: Logins don't match. Please include at least one valid login for this identity or identity pool.";
    for _ in 0..2 {
        for operation in ["GetCredentialsForIdentity", "GetOpenIdToken"] {
            let input = acting(&alice, &bobs);
            server.denies(operation, input, expected).await;
        }
        // Nor is it when it leads to an identity of its own.
        place.identity(&bobs).await;
    }
    assert_eq!(
        described(&server, &alice).await["Logins"],
        json!([place.provider])
    );
}

#[tokio::test]
async fn an_unknown_identity_or_pool_is_not_found() {
    let server = Server::start().await;
    let place = Place::new(&server, json!({})).await;
    let expected = format!("ResourceNotFoundException: Identity '{UNKNOWN}' not found.");
    for operation in [
        "DescribeIdentity",
        "GetCredentialsForIdentity",
        "GetOpenIdToken",
    ] {
        let input = json!({ "IdentityId": UNKNOWN });
        server.denies(operation, input, &expected).await;
    }
    let unlink = json!({ "IdentityId": UNKNOWN, "Logins": {}, "LoginsToRemove": [] });
    server.denies("UnlinkIdentity", unlink, &expected).await;
    let expected = format!("ResourceNotFoundException: IdentityPool '{UNKNOWN}' not found.");
    let input = json!({ "IdentityPoolId": UNKNOWN });
    server.denies("GetId", input, &expected).await;
    // A signature for another Region does not find what is here.
    let identity = place.identity(&json!({})).await;
    let asked = json!({ "IdentityId": identity });
    let reply = server
        .call_identity_in("eu-west-1", "DescribeIdentity", asked)
        .await;
    let expected = format!("ResourceNotFoundException: Identity '{identity}' not found.");
    assert_eq!(refusal(&reply), expected);
}

#[tokio::test]
async fn identities_are_listed_page_by_page_and_deleted() {
    let server = Server::start().await;
    let place = Place::new(&server, json!({})).await;
    let mut ids = Vec::new();
    for _ in 0..5 {
        ids.push(place.identity(&json!({})).await);
    }
    ids.push(place.identity(&place.alice().await).await);
    let mut listed = Vec::new();
    let mut asked = json!({ "IdentityPoolId": place.pool, "MaxResults": 4 });
    loop {
        let page = server.gives("ListIdentities", asked.clone()).await;
        listed.extend(each(&page["Identities"], "IdentityId"));
        if page["NextToken"].is_null() {
            break;
        }
        asked["NextToken"] = page["NextToken"].clone();
    }
    listed.sort();
    let mut expected = ids.clone();
    expected.sort();
    assert_eq!(listed, expected);

    let gone = json!({ "IdentityIdsToDelete": [ids[0], UNKNOWN, ids[5]] });
    let answer = server.gives("DeleteIdentities", gone).await;
    let unprocessed = json!([{ "IdentityId": UNKNOWN, "ErrorCode": "AccessDenied" }]);
    assert_eq!(answer, json!({ "UnprocessedIdentityIds": unprocessed }));
    let asked = json!({ "IdentityId": ids[0] });
    server
        .denies_as("DescribeIdentity", asked, "IdentityNotFound")
        .await;
    // The login leads to a new identity now.
    assert_ne!(place.identity(&place.alice().await).await, ids[5]);
    // A signature for another Region deletes nothing.
    let other = json!({ "IdentityIdsToDelete": [ids[1]] });
    let reply = server
        .call_identity_in("eu-west-1", "DeleteIdentities", other)
        .await;
    assert_eq!(
        each(&reply.json()["UnprocessedIdentityIds"], "IdentityId"),
        [ids[1].clone()]
    );
    described(&server, &ids[1]).await;
}

#[tokio::test]
async fn an_unlinked_login_is_somebody_new_and_the_identity_is_closed() {
    let server = Server::start().await;
    let place = Place::new(&server, json!({})).await;
    server.user(&place.user_pool, "bob", &[]).await;
    let login = place.alice().await;
    let bobs = place.login(&place.id_token("bob").await);
    let identity = place.identity(&login).await;
    let unlink = |logins: &Value, remove: &str| json!({ "IdentityId": identity, "Logins": logins, "LoginsToRemove": [remove] });
    for stranger in [&bobs, &json!({})] {
        let input = unlink(stranger, &place.provider);
        server
            .denies_as("UnlinkIdentity", input, "LoginsDontMatch")
            .await;
    }
    let other = unlink(&login, "graph.facebook.com");
    server
        .denies_as("UnlinkIdentity", other, "LoginNotLinked")
        .await;
    let local = format!("localhost:9339/{}", place.user_pool);
    let answer = server
        .call_identity("UnlinkIdentity", unlink(&login, &local))
        .await;
    assert!(answer.status.is_success() && answer.body.is_empty());
    // Nobody gets in any more: neither with the login, nor as the guest that it never was.
    let denied = acting(&identity, &login);
    server
        .denies_as("GetCredentialsForIdentity", denied, "LoginsDontMatch")
        .await;
    let denied = acting(&identity, &json!({}));
    server
        .denies_as("GetCredentialsForIdentity", denied, "IdentityForbidden")
        .await;
    assert_ne!(place.identity(&login).await, identity);
}

#[tokio::test]
async fn identities_outlive_their_user_pool_but_its_tokens_do_not_count() {
    let server = Server::start().await;
    let place = Place::new(&server, json!({})).await;
    let login = place.alice().await;
    let identity = place.identity(&login).await;
    let pool = json!({ "UserPoolId": place.user_pool });
    server.ok("DeleteUserPool", pool).await;
    assert_eq!(
        described(&server, &identity).await["Logins"],
        json!([place.provider])
    );
    let expected = "NotAuthorizedException: Invalid login token. Couldn't verify signed token.";
    server.denies("GetId", place.get_id(&login), expected).await;
}

#[tokio::test]
async fn the_log_names_pool_and_identity() {
    let server = Server::start().await;
    let place = Place::new(&server, json!({})).await;
    let app = server.app.clone();
    let ctx = mocknito::app::Ctx::new(app, "DescribeIdentity", None);
    let identity = place.identity(&json!({})).await;
    let input = json!({ "IdentityId": identity });
    let called =
        mocknito::operations::Called::from_target("AWSCognitoIdentityService.DescribeIdentity");
    mocknito::operations::dispatch(&ctx, called.unwrap(), input)
        .await
        .unwrap();
    assert_eq!(ctx.noted_pool(), place.pool);
    assert_eq!(ctx.noted_identity(), Some(identity.as_str()));
}
