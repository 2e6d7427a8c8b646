//! The doors: what is the same for every operation, the public documents, and what Cognito does not
//! have.

use std::time::{Duration, Instant};

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::Server;

async fn get(server: &Server, path: &str) -> (StatusCode, Value) {
    let reply = server.ask(Method::GET, path, &[], "").await;
    (reply.status, reply.json())
}

async fn post(server: &Server, path: &str, body: Value) -> (StatusCode, Value) {
    let reply = server.ask(Method::POST, path, &[], &body.to_string()).await;
    (reply.status, reply.json())
}

// ---- POST / ----

#[tokio::test]
async fn a_refusal_says_its_code_in_the_body_and_in_the_headers() {
    let server = Server::start().await;
    let reply = server
        .call(
            "DescribeUserPool",
            json!({ "UserPoolId": "us-east-1_nowhere" }),
        )
        .await;
    assert_eq!(reply.status, StatusCode::BAD_REQUEST);
    let message = "User pool us-east-1_nowhere does not exist.";
    assert_eq!(
        reply.json(),
        json!({ "__type": "ResourceNotFoundException", "message": message })
    );
    assert_eq!(reply.headers["content-type"], "application/x-amz-json-1.1");
    assert_eq!(
        reply.headers["x-amzn-errortype"],
        "ResourceNotFoundException:"
    );
    assert_eq!(reply.headers["x-amzn-errormessage"], message);
    assert_eq!(reply.headers["x-amzn-requestid"].len(), 36);
}

#[tokio::test]
async fn an_unknown_target_is_refused_without_a_message() {
    let server = Server::start().await;
    for target in [
        "",
        "SignUp",
        "AWSCognitoIdentityProviderService.Nonsense",
        "AWSCognitoIdentityProviderService.signUp",
        "AWSCognitoIdentityService.SignUp",
    ] {
        let reply = server.post(target, "{}").await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{target}");
        assert_eq!(reply.body, br#"{"__type":"UnknownOperationException"}"#);
        assert_eq!(reply.situation, Some("UnknownOperation"));
    }
    let reply = server.ask(Method::POST, "/", &[], "{}").await;
    assert_eq!(reply.body, br#"{"__type":"UnknownOperationException"}"#);
}

#[tokio::test]
async fn a_body_that_is_no_json_object_is_refused() {
    let server = Server::start().await;
    for body in [
        "{",
        "[]",
        "\"x\"",
        "7",
        "null",
        "{\"UserPoolId\": 7}",
        "\u{feff}{}",
    ] {
        let reply = server
            .post(
                "AWSCognitoIdentityProviderService.DescribeUserPool",
                body.to_owned(),
            )
            .await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{body}");
        assert_eq!(reply.json()["__type"], "SerializationException", "{body}");
    }
}

#[tokio::test]
async fn no_body_is_an_empty_object() {
    let server = Server::start().await;
    let reply = server
        .post("AWSCognitoIdentityProviderService.DescribeUserPool", "")
        .await;
    assert_eq!(reply.json()["__type"], "InvalidParameterException");
}

#[tokio::test]
async fn a_body_of_ten_megabytes_is_refused() {
    let server = Server::start().await;
    let reply = server
        .post(
            "AWSCognitoIdentityProviderService.DescribeUserPool",
            vec![b'a'; 10 << 20],
        )
        .await;
    assert_eq!(reply.status, StatusCode::BAD_REQUEST);
    assert_eq!(reply.situation, Some("BodyTooLarge"));
    assert_eq!(reply.json()["__type"], "SerializationException");
}

#[tokio::test]
async fn a_pool_is_in_the_region_of_the_credential_scope() {
    let server = Server::start().await;
    let call = |region: &'static str, operation: &'static str, input: Value| {
        let scope = format!(
            "AWS4-HMAC-SHA256 Credential=any/20260101/{region}/cognito-idp/aws4_request, SignedHeaders=host, Signature=0"
        );
        let target = format!("AWSCognitoIdentityProviderService.{operation}");
        let server = &server;
        async move {
            let headers = [
                ("authorization", scope.as_str()),
                ("x-amz-target", target.as_str()),
            ];
            server
                .ask(Method::POST, "/", &headers, &input.to_string())
                .await
                .json()
        }
    };
    let made = call("eu-west-1", "CreateUserPool", json!({ "PoolName": "here" })).await;
    let id = made["UserPool"]["Id"].as_str().unwrap();
    assert!(id.starts_with("eu-west-1_"), "{id}");
    let elsewhere = call("eu-west-2", "ListUserPools", json!({ "MaxResults": 1 })).await;
    assert_eq!(elsewhere["UserPools"], json!([]));
    let elsewhere = call("eu-west-2", "DescribeUserPool", json!({ "UserPoolId": id })).await;
    assert_eq!(elsewhere["__type"], "ResourceNotFoundException");
}

#[tokio::test]
async fn browsers_may_call_from_anywhere() {
    let server = Server::start().await;
    for path in [
        "/",
        "/us-east-1_x/.well-known/jwks.json",
        "/oauth2/token",
        "/anything",
    ] {
        let asked = [
            ("origin", "https://app.example.com"),
            ("access-control-request-method", "POST"),
            (
                "access-control-request-headers",
                "x-amz-target,content-type",
            ),
        ];
        let reply = server.ask(Method::OPTIONS, path, &asked, "").await;
        assert_eq!(reply.status, StatusCode::OK, "{path}");
        assert_eq!(reply.headers["access-control-allow-origin"], "*");
        assert_eq!(reply.headers["access-control-allow-methods"], "POST");
        assert_eq!(
            reply.headers["access-control-allow-headers"],
            "x-amz-target,content-type"
        );
        assert_eq!(reply.headers["access-control-max-age"], "172800");
    }
    let reply = server.post("", "{}").await;
    assert_eq!(
        reply.headers["access-control-expose-headers"],
        "x-amzn-requestid,x-amzn-errortype,x-amzn-errormessage,date"
    );
}

// ---- documents ----

#[tokio::test]
async fn metadata_and_keys_of_a_pool_agree_with_its_tokens() {
    let server = Server::start().await;
    let world = server.world().await;
    let base = format!("http://localhost:9339/{}", world.pool);
    let (status, metadata) = get(
        &server,
        &format!("/{}/.well-known/openid-configuration", world.pool),
    )
    .await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(metadata["issuer"], base.as_str());
    assert_eq!(
        metadata["jwks_uri"],
        format!("{base}/.well-known/jwks.json")
    );
    let keys: Vec<&String> = metadata.as_object().unwrap().keys().collect();
    assert!(keys.is_sorted(), "{keys:?}");

    let (status, jwks) = get(&server, &format!("/{}/.well-known/jwks.json", world.pool)).await;
    assert_eq!(status, StatusCode::OK);
    let kids: Vec<&Value> = jwks["keys"]
        .as_array()
        .unwrap()
        .iter()
        .map(|key| &key["kid"])
        .collect();
    let tokens = world.tokens().await;
    for (token, kid) in [("IdToken", kids[0]), ("AccessToken", kids[1])] {
        assert_eq!(crate::support::header(&tokens[token])["kid"], *kid);
        assert_eq!(crate::support::claims(&tokens[token])["iss"], base.as_str());
    }
}

#[tokio::test]
async fn unknown_pools_have_no_documents() {
    let server = Server::start().await;
    for document in ["jwks.json", "openid-configuration"] {
        let (status, error) = get(
            &server,
            &format!("/us-east-1_nowhere/.well-known/{document}"),
        )
        .await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        assert_eq!(error["error"], "not_found");
    }
}

// ---- /_mocknito/ ----

#[tokio::test]
async fn the_clock_is_moved_and_read() {
    let server = Server::start().await;
    let (_, start) = get(&server, "/_mocknito/clock").await;
    assert_eq!(start["now"], "2026-01-01T00:00:00Z");
    assert_eq!(start["frozen"], true);
    let (_, moved) = post(&server, "/_mocknito/clock", json!({ "advance": "1h" })).await;
    assert_eq!(moved["now"], "2026-01-01T01:00:00Z");
    let (_, set) = post(
        &server,
        "/_mocknito/clock",
        json!({ "now": "2030-05-06T07:08:09Z", "frozen": true }),
    )
    .await;
    assert_eq!(set["now"], "2030-05-06T07:08:09Z");
    let (_, reset) = post(&server, "/_mocknito/clock", json!({ "reset": true })).await;
    assert_eq!(
        (&reset["offset"], &reset["frozen"]),
        (&json!("0s"), &json!(false))
    );
}

#[tokio::test]
async fn the_clock_refuses_what_it_does_not_understand_and_stays() {
    let server = Server::start().await;
    for wrong in [
        json!({}),
        json!({ "advance": "soon" }),
        json!({ "advance": 90 }),
        json!({ "advance": "99999999d" }),
        json!({ "now": "tomorrow" }),
        json!({ "now": "1969-12-31T23:59:59Z" }),
        json!({ "now": "2030-01-01T00:00:00Z", "advance": "x" }),
        json!({ "forward": "90s" }),
        json!([]),
    ] {
        let (status, error) = post(&server, "/_mocknito/clock", wrong.clone()).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{wrong}");
        assert_eq!(error["error"], "invalid_request", "{wrong}");
    }
    assert_eq!(
        get(&server, "/_mocknito/clock").await.1["now"],
        "2026-01-01T00:00:00Z"
    );
}

#[tokio::test]
async fn pages_of_other_origins_may_not_use_it() {
    let server = Server::start().await;
    for (headers, error) in [
        (
            [
                ("host", "localhost:9339"),
                ("origin", "https://evil.example"),
            ],
            "forbidden_origin",
        ),
        (
            [("host", "localhost:9339"), ("origin", "null")],
            "forbidden_origin",
        ),
        (
            [
                ("host", "evil.example:9339"),
                ("origin", "http://localhost"),
            ],
            "forbidden_host",
        ),
    ] {
        for (method, path) in [
            (Method::POST, "/_mocknito/reset"),
            (Method::DELETE, "/_mocknito/inbox"),
            (Method::GET, "/_mocknito/inbox"),
            (Method::POST, "/_mocknito/tokens"),
        ] {
            let reply = server.ask(method, path, &headers, "{}").await;
            assert_eq!(reply.status, StatusCode::FORBIDDEN, "{path}");
            assert_eq!(reply.json()["error"], error);
            assert!(!reply.headers.contains_key("access-control-allow-origin"));
        }
    }
    let ours = [
        ("host", "localhost:9339"),
        ("origin", "http://localhost:9339"),
    ];
    let reply = server
        .ask(Method::POST, "/_mocknito/reset", &ours, "")
        .await;
    assert_eq!(reply.status, StatusCode::OK);
}

#[tokio::test]
async fn the_inbox_waits_for_a_message_and_no_longer_than_asked() {
    let server = Server::start().await;
    let world = server.world().await;
    let began = Instant::now();
    let (_, nothing) = get(&server, "/_mocknito/inbox?to=dora@example.com&wait=100ms").await;
    assert_eq!(nothing, json!({ "messages": [] }));
    assert!(began.elapsed() >= Duration::from_millis(100));

    let invite = async {
        tokio::task::yield_now().await;
        server
            .ok(
                "AdminCreateUser",
                json!({
                    "UserPoolId": world.pool,
                    "Username": "dora",
                    "UserAttributes": [{ "Name": "email", "Value": "dora@example.com" }],
                    "DesiredDeliveryMediums": ["EMAIL"],
                }),
            )
            .await
    };
    let path = format!(
        "/_mocknito/inbox?user_pool_id={}&to=dora@example.com&wait=30s",
        world.pool
    );
    let ((status, found), _) = tokio::join!(get(&server, &path), invite);
    assert_eq!(status, StatusCode::OK);
    let message = &found["messages"][0];
    assert_eq!(message["to"], "dora@example.com");
    assert_eq!(message["medium"], "EMAIL");
    assert_eq!(message["created_at"], "2026-01-01T00:00:00Z");
    assert_eq!(
        crate::support::keys(message),
        [
            "body",
            "code",
            "created_at",
            "expires_at",
            "id",
            "kind",
            "medium",
            "subject",
            "to",
            "user_pool_id"
        ]
    );

    let reply = server
        .ask(Method::DELETE, "/_mocknito/inbox", &[], "")
        .await;
    assert_eq!(reply.json(), json!({ "deleted": 1 }));
    assert_eq!(
        get(&server, "/_mocknito/inbox").await.1,
        json!({ "messages": [] })
    );
}

#[tokio::test]
async fn the_inbox_refuses_what_it_does_not_understand() {
    let server = Server::start().await;
    for query in ["wait=-5", "wait=5w", "wait=soon", "pool=x"] {
        let (status, error) = get(&server, &format!("/_mocknito/inbox?{query}")).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{query}");
        assert_eq!(error["error"], "invalid_request", "{query}");
    }
}

#[tokio::test]
async fn a_token_is_minted_without_a_password() {
    let server = Server::start().await;
    let world = server.world().await;
    let (status, tokens) = post(
        &server,
        "/_mocknito/tokens",
        json!({ "client_id": world.client, "username": "alice" }),
    )
    .await;
    assert_eq!(status, StatusCode::OK, "{tokens}");
    let user = server
        .ok("GetUser", json!({ "AccessToken": tokens["AccessToken"] }))
        .await;
    assert_eq!(user["Username"], "alice");
    for (client, username) in [(world.client.as_str(), "nobody"), ("nosuchclient", "alice")] {
        let asked = json!({ "client_id": client, "username": username });
        let (status, _) = post(&server, "/_mocknito/tokens", asked).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{client} {username}");
    }
    let (status, _) = post(&server, "/_mocknito/tokens", json!({ "client": "x" })).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_reset_empties_the_store() {
    let server = Server::start().await;
    let world = server.world().await;
    let (status, answer) = post(&server, "/_mocknito/reset", json!({})).await;
    assert_eq!(
        (status, answer),
        (StatusCode::OK, json!({ "status": "ok", "user_pools": [] }))
    );
    let listed = server
        .ok("ListUserPools", json!({ "MaxResults": 60 }))
        .await;
    assert_eq!(listed["UserPools"], json!([]));
    let (status, _) = get(&server, &format!("/{}/.well-known/jwks.json", world.pool)).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}
