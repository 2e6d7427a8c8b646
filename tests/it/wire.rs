//! The protocol: what every answer looks like, and requests that no well-behaved client sends. What
//! `doors.rs` shows is not repeated here.

use std::collections::HashSet;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, Request};
use serde_json::{Value, json};

use crate::support::log::Log;
use crate::support::{PASSWORD, START, Server, credentials, merge};

const TARGET: &str = "AWSCognitoIdentityProviderService";

#[tokio::test]
async fn operations_without_output_answer_zero_bytes_and_the_others_an_object() {
    let server = Server::start().await;
    let world = server.world().await;
    let token = world.tokens().await["AccessToken"].clone();
    let pool = world.pool.as_str();
    let user = json!({ "Username": "alice" });
    let group = json!({ "GroupName": "g" });
    let member = json!({ "GroupName": "g", "Username": "alice" });
    let scope = json!({ "Identifier": "api", "Name": "api" });
    for (operation, more) in [("CreateGroup", &group), ("CreateResourceServer", &scope)] {
        let mut input = json!({ "UserPoolId": pool });
        merge(&mut input, more.clone());
        server.ok(operation, input).await;
    }
    let arn = format!("arn:aws:cognito-idp:us-east-1:123456789012:userpool/{pool}");
    let name = json!([{ "Name": "name", "Value": "A" }]);
    for (operation, more, nothing) in [
        ("AdminAddUserToGroup", member.clone(), true),
        ("AdminRemoveUserFromGroup", member, true),
        ("DeleteGroup", group, true),
        ("DeleteResourceServer", json!({ "Identifier": "api" }), true),
        (
            "AdminUpdateUserAttributes",
            json!({ "Username": "alice", "UserAttributes": name }),
            false,
        ),
        (
            "UpdateUserAttributes",
            json!({ "AccessToken": token, "UserAttributes": name }),
            false,
        ),
        (
            "AdminDeleteUserAttributes",
            json!({ "Username": "alice", "UserAttributeNames": ["name"] }),
            false,
        ),
        (
            "DeleteUserAttributes",
            json!({ "AccessToken": token, "UserAttributeNames": ["name"] }),
            false,
        ),
        (
            "ChangePassword",
            json!({ "AccessToken": token, "PreviousPassword": PASSWORD, "ProposedPassword": PASSWORD }),
            false,
        ),
        (
            "AdminSetUserPassword",
            json!({ "Username": "alice", "Password": PASSWORD, "Permanent": true }),
            false,
        ),
        (
            "AddCustomAttributes",
            json!({ "CustomAttributes": [{ "Name": "x", "AttributeDataType": "String" }] }),
            false,
        ),
        (
            "TagResource",
            json!({ "ResourceArn": arn, "Tags": { "a": "b" } }),
            false,
        ),
        (
            "UntagResource",
            json!({ "ResourceArn": arn, "TagKeys": ["a"] }),
            false,
        ),
        ("UpdateUserPool", json!({}), false),
        ("GlobalSignOut", json!({ "AccessToken": token }), false),
        ("AdminUserGlobalSignOut", user.clone(), false),
        ("AdminDisableUser", user.clone(), false),
        ("AdminEnableUser", user.clone(), false),
        ("AdminDeleteUser", user, true),
        (
            "DeleteUserPoolClient",
            json!({ "ClientId": world.client }),
            true,
        ),
        ("DeleteUserPool", json!({}), true),
    ] {
        let mut input = json!({ "UserPoolId": pool });
        merge(&mut input, more);
        let reply = server.call(operation, input).await;
        let body = String::from_utf8_lossy(&reply.body).into_owned();
        assert_eq!(reply.status, 200, "{operation}: {body}");
        assert_eq!(body, if nothing { "" } else { "{}" }, "{operation}");
    }
}

#[tokio::test]
async fn timestamps_are_numbers_of_seconds_with_milliseconds() {
    let server = Server::start().await;
    server.advance(Duration::from_micros(1_234_567));
    let input = json!({ "PoolName": "p" });
    let reply = server.call("CreateUserPool", input).await;
    let date = reply.json()["UserPool"]["CreationDate"].clone();
    assert!(date.is_number());
    let milliseconds = (date.as_f64().unwrap() - START as f64) * 1_000.0;
    assert!(
        (milliseconds - 1_234.0).abs() < 1.5,
        "{milliseconds} milliseconds"
    );
    let body = String::from_utf8(reply.body).unwrap();
    let digits = body
        .split("\"CreationDate\":")
        .nth(1)
        .unwrap()
        .split([',', '}'])
        .next()
        .unwrap();
    assert!(
        !digits.contains(['e', 'E']) && digits.len() <= "1767225601.234".len(),
        "{digits}"
    );
}

#[tokio::test]
async fn nothing_is_ever_answered_as_null() {
    let server = Server::start().await;
    let world = server.world().await;
    let id = json!({ "UserPoolId": world.pool });
    let user = json!({ "UserPoolId": world.pool, "Username": "alice" });
    let client = json!({ "UserPoolId": world.pool, "ClientId": world.client });
    server
        .ok(
            "CreateGroup",
            json!({ "UserPoolId": world.pool, "GroupName": "g" }),
        )
        .await;
    for (operation, input) in [
        ("DescribeUserPool", id.clone()),
        ("GetUserPoolMfaConfig", id.clone()),
        ("DescribeUserPoolClient", client.clone()),
        ("ListUserPoolClientSecrets", client),
        ("AdminGetUser", user.clone()),
        ("AdminListGroupsForUser", user),
        ("ListUsers", id.clone()),
        ("ListGroups", id.clone()),
        ("ListUserPoolClients", id.clone()),
        ("ListResourceServers", id),
        ("ListUserPools", json!({ "MaxResults": 1 })),
    ] {
        let reply = server.call(operation, input).await;
        let body = String::from_utf8_lossy(&reply.body);
        assert!(reply.status.is_success(), "{operation}: {body}");
        assert!(!body.contains("null"), "{operation}: {body}");
    }
}

#[tokio::test]
async fn every_answer_has_a_request_id_of_its_own() {
    let server = Server::start().await;
    let mut ids = HashSet::new();
    for target in ["ListUserPools", "Nonsense", "DescribeUserPool"] {
        for _ in 0..3 {
            let reply = server
                .post(&format!("{TARGET}.{target}"), r#"{"MaxResults":1}"#)
                .await;
            ids.insert(
                reply.headers["x-amzn-requestid"]
                    .to_str()
                    .unwrap()
                    .to_owned(),
            );
        }
    }
    assert_eq!(ids.len(), 9);
}

#[tokio::test]
async fn any_authorization_header_and_none_will_do() {
    let server = Server::start().await;
    let long = "x".repeat(8_000);
    for authorization in [
        &credentials("us-east-1"),
        "AWS4-HMAC-SHA256 Credential=AKID/20200101/us-east-1/cognito-idp/aws4_request",
        "AWS4-HMAC-SHA256",
        "AWS4-HMAC-SHA256 Credential=",
        "AWS4-HMAC-SHA256 Credential=////",
        "AWS4-HMAC-SHA256 Credential=a/b/c",
        "AWS4-ECDSA-P256-SHA256 Credential=AKID/20260101/cognito-idp/aws4_request, SignedHeaders=x",
        "Bearer eyJhbGciOiJub25lIn0.e30.",
        "Basic YTpi",
        "=,=,=",
        &long,
    ] {
        let reply = server
            .post_with(
                &format!("{TARGET}.ListUserPools"),
                &[("authorization", authorization)],
                r#"{"MaxResults":1}"#,
            )
            .await;
        assert_eq!(reply.status, 200, "{authorization}");
    }
    // Bytes that are no text.
    let request = Request::post("/")
        .header("x-amz-target", format!("{TARGET}.ListUserPools"))
        .header("authorization", b"AWS4 \xff\xfe".as_slice())
        .body(Body::from(r#"{"MaxResults":1}"#))
        .unwrap();
    assert_eq!(server.send(request).await.status, 200);
}

#[tokio::test]
async fn headers_of_every_kind_of_client_are_accepted() {
    let server = Server::start().await;
    for headers in [
        vec![("content-type", "application/json")],
        vec![("content-type", "application/x-amz-json-1.0")],
        vec![
            ("cache-control", "no-store"),
            ("x-amz-user-agent", "aws-amplify/6"),
        ],
        vec![
            ("amz-sdk-invocation-id", "0"),
            ("amz-sdk-request", "attempt=1; max=3"),
            ("x-amz-security-token", "t"),
            ("x-amz-date", "20200101T000000Z"),
        ],
    ] {
        let mut request =
            Request::post("/").header("x-amz-target", format!("{TARGET}.ListUserPools"));
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let request = request.body(Body::from(r#"{"MaxResults":1}"#)).unwrap();
        assert_eq!(server.send(request).await.status, 200);
    }
}

#[tokio::test]
async fn members_that_are_null_or_unknown_are_as_good_as_absent() {
    let server = Server::start().await;
    let pool = server
        .pool(json!({ "Policies": null, "UserPoolTags": null, "NoSuchMember": { "a": [1, 2] } }))
        .await;
    let input = json!({ "UserPoolId": pool, "Filter": null, "Limit": null, "PaginationToken": null, "limit": "x" });
    server.ok("ListUsers", input).await;
    // Case counts: this names no pool.
    let answer = server
        .refused("DescribeUserPool", json!({ "userPoolId": pool }))
        .await;
    assert!(answer.contains(
        "Value null at 'userPoolId' failed to satisfy constraint: Member must not be null"
    ));
}

#[tokio::test]
async fn the_log_names_an_unknown_member_once_per_operation_and_never_its_value() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    let log = Log::listen();
    let text = "this version does not know the member and drops it";
    let input = json!({
        "UserPoolId": pool,
        "OfTheLogTest": "a secret",
        "Filter": null,
        "Limit": 1,
    });
    for _ in 0..3 {
        server.ok("ListUsers", input.clone()).await;
    }
    assert_eq!(log.count("OfTheLogTest"), 1);
    assert_eq!(log.count(text), 1);
    let of_it = "operation=\"ListUsers\" member=\"OfTheLogTest\"";
    assert_eq!(log.count(of_it), 1);
    // Another operation's, and one further down.
    server.ok("ListGroups", input).await;
    let nested = json!({
        "UserPoolId": pool,
        "Username": "alice",
        "UserAttributes": [{ "Name": "email", "Value": "a@b.c", "OfTheLogTest": 1 }],
    });
    server.ok("AdminCreateUser", nested).await;
    assert_eq!(
        log.count("operation=\"ListGroups\" member=\"OfTheLogTest\""),
        1
    );
    assert_eq!(log.count("member=\"UserAttributes.OfTheLogTest\""), 1);
    assert_eq!(log.count("a secret"), 0);
    // A refused request is told of, too: it may be the reason.
    let refused = json!({ "UserPoolId": "no pool", "OfTheLogTest": 1 });
    server.refused("DescribeUserPool", refused).await;
    assert_eq!(log.count("operation=\"DescribeUserPool\" member"), 1);
}

#[tokio::test]
async fn nulls_in_maps_are_as_good_as_absent() {
    let server = Server::start().await;
    let pool = server
        .pool(json!({ "UserPoolTags": { "kept": "yes", "gone": null } }))
        .await;
    let described = server
        .ok("DescribeUserPool", json!({ "UserPoolId": pool }))
        .await;
    assert_eq!(
        described["UserPool"]["UserPoolTags"],
        json!({ "kept": "yes" })
    );
}

#[tokio::test]
async fn requests_of_other_services_in_the_query_protocol_are_refused_in_xml() {
    let server = Server::start().await;
    for (form, namespace, what) in [
        (
            "Action=GetSessionToken&Version=2011-06-15",
            " xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"",
            "The action GetSessionToken",
        ),
        (
            "Action=ListRoles&Version=2010-05-08",
            " xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"",
            "The action ListRoles",
        ),
        ("Action=%3Cscript%3E&Version=%22", "", "This request"),
        ("", "", "This request"),
    ] {
        let request = Request::post("/")
            .header(
                "content-type",
                "application/x-www-form-urlencoded; charset=utf-8",
            )
            .body(Body::from(form))
            .unwrap();
        let reply = server.send(request).await;
        assert_eq!(reply.status, 400);
        assert_eq!(reply.headers["content-type"], "text/xml");
        let text = String::from_utf8(reply.body).unwrap();
        let begins = format!(
            "<ErrorResponse{namespace}><Error><Type>Sender</Type><Code>InvalidAction</Code><Message>{what} is not served here"
        );
        assert!(text.starts_with(&begins), "{text}");
    }
}

#[tokio::test]
async fn wrong_types_anywhere_in_a_body_are_serialization_errors() {
    let server = Server::start().await;
    for (operation, input) in [
        (
            "ListUsers",
            json!({ "UserPoolId": "us-east-1_x", "Limit": "10" }),
        ),
        (
            "ListUsers",
            json!({ "UserPoolId": "us-east-1_x", "Limit": 1.5 }),
        ),
        (
            "ListUsers",
            json!({ "UserPoolId": "us-east-1_x", "Limit": true }),
        ),
        (
            "ListUsers",
            json!({ "UserPoolId": "us-east-1_x", "AttributesToGet": "email" }),
        ),
        (
            "ListUsers",
            json!({ "UserPoolId": "us-east-1_x", "AttributesToGet": [{}] }),
        ),
        (
            "CreateUserPool",
            json!({ "PoolName": "p", "Policies": { "PasswordPolicy": { "MinimumLength": "8" } } }),
        ),
        (
            "CreateUserPool",
            json!({ "PoolName": "p", "UserPoolTags": { "a": 1 } }),
        ),
        (
            "CreateUserPool",
            json!({ "PoolName": "p", "Schema": [{ "Name": "x", "Mutable": "yes" }] }),
        ),
        (
            "InitiateAuth",
            json!({ "AuthFlow": "USER_PASSWORD_AUTH", "ClientId": "c", "AuthParameters": { "USERNAME": 7 } }),
        ),
        (
            "InitiateAuth",
            json!({ "AuthFlow": "USER_PASSWORD_AUTH", "ClientId": "c", "AuthParameters": ["USERNAME"] }),
        ),
    ] {
        server.refuses_as(operation, input, "Serialization").await;
    }
}

#[tokio::test]
async fn bodies_that_were_made_to_hurt_are_refused_and_the_server_lives() {
    let server = Server::start().await;
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let deep_member = format!("{{\"UserPoolId\":{deep}}}");
    let deep_unknown = format!(
        "{{\"Other\":{}1{}}}",
        "{\"a\":".repeat(50_000),
        "}".repeat(50_000)
    );
    for body in [
        deep.into_bytes(),
        deep_member.into_bytes(),
        deep_unknown.into_bytes(),
        b"{\"UserPoolId\":\"\xff\xfe\"}".to_vec(),
        b"{\"UserPoolId\":\"\\ud800\"}".to_vec(),
        b"{\"UserPoolId\":\"a\"} trailing".to_vec(),
        b"{\"Limit\":1e999}".to_vec(),
        vec![b' '; 2 << 20],
        [
            b"{\"UserPoolId\":\"".to_vec(),
            vec![b'a'; 10 << 20],
            b"\"}".to_vec(),
        ]
        .concat(),
    ] {
        let shown = String::from_utf8_lossy(&body[..body.len().min(40)]).into_owned();
        let reply = server.post(&format!("{TARGET}.ListUsers"), body).await;
        assert_eq!(reply.json()["__type"], "SerializationException", "{shown}");
    }
    // A number beyond every integer is refused one way or the other.
    let reply = server
        .post(
            &format!("{TARGET}.ListUsers"),
            r#"{"UserPoolId":"us-east-1_x","Limit":99999999999999999999}"#,
        )
        .await;
    assert_eq!(reply.status, 400);
    let many = format!(
        "{{\"UserPoolId\":\"us-east-1_x\",\"AttributesToGet\":[{}]}}",
        vec!["\"\""; 10_000].join(",")
    );
    let reply = server.post(&format!("{TARGET}.ListUsers"), many).await;
    assert_eq!(reply.status, 400);
    assert!(
        reply.body.len() < 1 << 20,
        "an answer larger than its question"
    );
    server.pool(json!({})).await;
}

#[tokio::test]
async fn names_with_nul_and_other_odd_characters_do_no_harm() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    for odd in [
        "a\u{0}b",
        "\u{202e}abc",
        "'; --",
        "%00",
        "😀",
        "ａ",
        "a/../b",
    ] {
        let input = json!({ "UserPoolId": pool, "Username": odd, "MessageAction": "SUPPRESS" });
        let reply = server.call("AdminCreateUser", input).await;
        if reply.status.is_success() {
            let described = server.described_user(&pool, odd).await;
            assert_eq!(described["Username"], odd);
        }
        let group = json!({ "UserPoolId": pool, "GroupName": odd });
        if server
            .call("CreateGroup", group.clone())
            .await
            .status
            .is_success()
        {
            assert_eq!(
                server.ok("GetGroup", group).await["Group"]["GroupName"],
                odd
            );
        }
    }
}

#[tokio::test]
async fn browsers_may_read_what_the_answer_says_even_when_it_refuses() {
    let server = Server::start().await;
    // Administration is for pages of this machine, the rest for everybody's.
    for (target, origin, status) in [
        ("ListUserPools", "http://localhost:3000", 200),
        ("DescribeUserPool", "http://localhost:3000", 400),
        ("GetUser", "https://app.example.com", 400),
    ] {
        let reply = server
            .post_with(
                &format!("{TARGET}.{target}"),
                &[("origin", origin)],
                r#"{"MaxResults":1}"#,
            )
            .await;
        assert_eq!(reply.status, status);
        assert_eq!(reply.headers["access-control-allow-origin"], "*");
        assert!(
            !reply
                .headers
                .contains_key("access-control-allow-credentials")
        );
        let exposed = reply.headers["access-control-expose-headers"]
            .to_str()
            .unwrap()
            .to_lowercase();
        for name in [
            "x-amzn-requestid",
            "x-amzn-errortype",
            "x-amzn-errormessage",
        ] {
            assert!(exposed.contains(name), "{exposed}");
        }
    }
}

#[tokio::test]
async fn other_methods_and_paths_are_not_served() {
    let server = Server::start().await;
    let deleted = server.ask(Method::DELETE, "/", &[], "").await;
    assert_eq!(deleted.status, 405);
    assert_eq!(server.get("/nothing").await.status, 404);
    assert_eq!(server.get("/_mocknito/nothing").await.status, 404);
    assert_eq!(server.get("/oauth2/token").await.status, 405);
    let health = server.get("/_mocknito/health").await;
    assert_eq!(health.json()["status"], Value::from("ok"));
}
