//! A web page that somebody happens to have open: what it may call, what it may read, and by which
//! names it tries.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use mocknito::wire::{identity_pools, user_pools};
use serde_json::{Value, json};

use crate::support::{Reply, Server};

const EVIL: &str = "https://evil.example";

/// `POST /` with these headers.
async fn call(server: &Server, target: &str, headers: &[(&str, &str)], body: Value) -> Reply {
    let target = [("x-amz-target", target)];
    let headers = [&target, headers].concat();
    server
        .ask(Method::POST, "/", &headers, &body.to_string())
        .await
}

fn has_cors(reply: &Reply) -> bool {
    reply
        .headers
        .keys()
        .any(|name| name.as_str().starts_with("access-control-"))
}

fn list_pools() -> String {
    format!("{}.ListUserPools", user_pools::TARGET_PREFIX)
}

/// What AWS lets anybody call without credentials. Written down here: the models say it, too, and a
/// model that forgets a mark, or has one more, is looked at before it opens a door.
const EVERYBODYS: [&str; 40] = [
    "AssociateSoftwareToken",
    "ChangePassword",
    "CompleteWebAuthnRegistration",
    "ConfirmDevice",
    "ConfirmForgotPassword",
    "ConfirmSignUp",
    "DeleteUser",
    "DeleteUserAttributes",
    "DeleteWebAuthnCredential",
    "ForgetDevice",
    "ForgotPassword",
    "GetClientToken",
    "GetCredentialsForIdentity",
    "GetDerivedToken",
    "GetDevice",
    "GetId",
    "GetOpenIdToken",
    "GetTokensFromRefreshToken",
    "GetUser",
    "GetUserAttributeVerificationCode",
    "GetUserAuthFactors",
    "GlobalSignOut",
    "InitiateAuth",
    "ListDevices",
    "ListUserSessions",
    "ListWebAuthnCredentials",
    "ResendConfirmationCode",
    "RespondToAuthChallenge",
    "RevokeToken",
    "RevokeUserSession",
    "SetUserMFAPreference",
    "SetUserSettings",
    "SignUp",
    "StartWebAuthnRegistration",
    "UnlinkIdentity",
    "UpdateAuthEventFeedback",
    "UpdateDeviceStatus",
    "UpdateUserAttributes",
    "VerifySoftwareToken",
    "VerifyUserAttribute",
];

#[tokio::test]
async fn a_foreign_page_calls_what_needs_no_credentials_on_aws_and_nothing_else() {
    let server = Server::start().await;
    let user_pools = user_pools::OperationName::ALL.iter().map(|name| {
        let facts = name.facts();
        (user_pools::TARGET_PREFIX, facts.name, facts.unsigned)
    });
    let identity_pools = identity_pools::OperationName::ALL.iter().map(|name| {
        let facts = name.facts();
        (identity_pools::TARGET_PREFIX, facts.name, facts.unsigned)
    });
    let (mut public, mut guarded) = (0, 0);
    for (prefix, name, unsigned) in user_pools.chain(identity_pools) {
        assert_eq!(unsigned, EVERYBODYS.contains(&name), "{name}");
        let target = format!("{prefix}.{name}");
        let reply = call(&server, &target, &[("origin", EVIL)], json!({})).await;
        if unsigned {
            public += 1;
            assert_ne!(reply.status, StatusCode::FORBIDDEN, "{name}");
            assert_eq!(reply.headers["access-control-allow-origin"], "*", "{name}");
        } else {
            guarded += 1;
            assert_eq!(reply.status, StatusCode::FORBIDDEN, "{name}");
            assert!(!has_cors(&reply), "{name}");
            assert_eq!(reply.json()["__type"], "AccessDeniedException", "{name}");
            let message = reply.json()["message"].to_string();
            assert!(message.contains("--allow-origin"), "{message}");
        }
    }
    assert_eq!((public, guarded), (EVERYBODYS.len(), 136));
    for other in [
        "TrentService.Decrypt",
        "TrentService.CreateKey",
        "secretsmanager.GetSecretValue",
        "AWSCognitoIdentityProviderService.Nonsense",
        "",
    ] {
        let reply = call(&server, other, &[("origin", EVIL)], json!({})).await;
        assert_eq!(reply.status, StatusCode::FORBIDDEN, "{other}");
        assert!(!has_cors(&reply), "{other}");
    }
}

#[tokio::test]
async fn an_origin_that_is_no_origin_is_foreign() {
    let server = Server::start().await;
    for origin in [
        "null",
        "",
        "file://",
        "http://127.0.0.1:1@evil",
        "http://[::1]evil",
        "http://localhost.evil.example",
        "http://localhost:3000/",
        "https://localhost@evil.example",
        "http://192.168.1.9:3000",
        "\u{e9}",
    ] {
        let request = Request::post("/")
            .header("x-amz-target", list_pools())
            .header("origin", origin.as_bytes())
            .body(Body::from(r#"{"MaxResults":1}"#))
            .unwrap();
        let reply = server.send(request).await;
        assert_eq!(reply.status, StatusCode::FORBIDDEN, "{origin}");
        assert!(!has_cors(&reply), "{origin}");
    }
}

#[tokio::test]
async fn pages_of_this_machine_and_programs_notice_nothing() {
    let server = Server::start().await;
    let input = || json!({ "MaxResults": 1 });
    for headers in [
        &[][..],
        &[("host", "localhost:9339")],
        &[
            ("host", "127.0.0.1:9339"),
            ("origin", "http://localhost:3000"),
        ],
        &[("origin", "http://127.0.0.1:5173")],
        &[("origin", "http://[::1]:5173")],
        &[
            ("origin", "http://localhost:9339"),
            ("sec-fetch-site", "same-origin"),
        ],
        &[("origin", "https://demo.auth.localhost")],
        &[
            ("host", "192.168.1.7:9339"),
            ("origin", "http://192.168.1.7:9339"),
        ],
        // A program that signs, as the SDKs do, by whatever name its network has.
        &[
            ("host", "cognito.corp:9339"),
            (
                "authorization",
                "AWS4-HMAC-SHA256 Credential=any/20260101/us-east-1/cognito-idp/aws4_request, SignedHeaders=host, Signature=0",
            ),
        ],
    ] {
        let reply = call(&server, &list_pools(), headers, input()).await;
        assert_eq!(reply.status, StatusCode::OK, "{headers:?}");
        assert_eq!(reply.headers["access-control-allow-origin"], "*");
    }
}

#[tokio::test]
async fn a_name_that_a_stranger_can_make_point_here_is_refused() {
    let server = Server::start().await;
    let signed = "AWS4-HMAC-SHA256 Credential=any/20260101/us-east-1/cognito-idp/aws4_request";
    for host in ["evil.example:9339", "evil", "foo.local", "a b", "[::1"] {
        let origin = format!("http://{host}");
        for headers in [
            &[("host", host)][..],
            &[("host", host), ("origin", origin.as_str())],
            &[("host", host), ("origin", "http://localhost:3000")],
            // A page can sign, too; but it cannot leave out where it comes from.
            &[
                ("host", host),
                ("origin", origin.as_str()),
                ("authorization", signed),
            ],
            &[
                ("host", host),
                ("sec-fetch-site", "same-origin"),
                ("authorization", signed),
            ],
        ] {
            let reply = call(&server, &list_pools(), headers, json!({ "MaxResults": 1 })).await;
            assert_eq!(reply.status, StatusCode::FORBIDDEN, "{headers:?}");
            assert!(!has_cors(&reply));
            let message = reply.json()["message"].to_string();
            assert!(message.contains("--allow-host"), "{message}");
        }
        // What browsers may do without credentials they may do by any name.
        let target = format!("{}.GetUser", user_pools::TARGET_PREFIX);
        let reply = call(&server, &target, &[("host", host)], json!({})).await;
        assert_ne!(reply.status, StatusCode::FORBIDDEN, "{host}");
    }
}

#[tokio::test]
async fn the_operator_names_further_origins_and_hosts() {
    let server = Server::allowing(&["https://admin.example.com"], &["cognito.corp"]).await;
    let input = || json!({ "MaxResults": 1 });
    let target = list_pools();
    let allowed = [
        ("host", "cognito.corp"),
        ("origin", "https://admin.example.com"),
    ];
    let reply = call(&server, &target, &allowed, input()).await;
    assert_eq!(reply.status, StatusCode::OK);
    assert_eq!(reply.headers["access-control-allow-origin"], "*");
    let own = server
        .ask(Method::GET, "/_mocknito/inbox", &allowed, "")
        .await;
    assert_eq!(own.status, StatusCode::OK);
    for origin in [
        "http://admin.example.com",
        "https://admin.example.com:8443",
        EVIL,
    ] {
        let reply = call(&server, &target, &[("origin", origin)], input()).await;
        assert_eq!(reply.status, StatusCode::FORBIDDEN, "{origin}");
    }
}

#[tokio::test]
async fn a_preflight_promises_no_more_than_is_everybodys() {
    let server = Server::start().await;
    let target = format!("{}.AdminSetUserPassword", user_pools::TARGET_PREFIX);
    for origin in [EVIL, "null"] {
        let asked = [
            ("origin", origin),
            ("access-control-request-method", "POST"),
            (
                "access-control-request-headers",
                "content-type,x-amz-target",
            ),
        ];
        // It does not say which operation will follow; GetUser may.
        let preflight = server.ask(Method::OPTIONS, "/", &asked, "").await;
        assert_eq!(preflight.status, StatusCode::OK);
        assert_eq!(preflight.headers["access-control-allow-origin"], "*");
        let reply = call(&server, &target, &[("origin", origin)], json!({})).await;
        assert_eq!(reply.status, StatusCode::FORBIDDEN);
        assert!(!has_cors(&reply));
    }
}

#[tokio::test]
async fn the_public_endpoints_are_everybodys() {
    let server = Server::start().await;
    let world = server.world().await;
    let discovery = format!("/{}/.well-known/openid-configuration", world.pool);
    let keys = format!("/{}/.well-known/jwks.json", world.pool);
    for (method, path) in [
        (Method::GET, discovery.as_str()),
        (Method::GET, keys.as_str()),
        (Method::POST, "/oauth2/token"),
        (Method::POST, "/oauth2/revoke"),
        (Method::GET, "/oauth2/userInfo"),
    ] {
        for headers in [[("origin", EVIL)], [("origin", "null")]] {
            let reply = server.ask(method.clone(), path, &headers, "").await;
            assert_ne!(reply.status, StatusCode::FORBIDDEN, "{path}");
            assert_eq!(reply.headers["access-control-allow-origin"], "*", "{path}");
        }
    }
}

/// With the administrator's operations a page could have given a pool an identity provider whose
/// endpoints lie in the network behind the server, and read the answers as a user's attributes.
#[tokio::test]
async fn a_page_cannot_send_the_server_to_an_address_of_its_choice() {
    let server = Server::start().await;
    let world = server.world().await;
    let target = format!("{}.CreateIdentityProvider", user_pools::TARGET_PREFIX);
    let provider = json!({
        "UserPoolId": world.pool,
        "ProviderName": "Facebook",
        "ProviderType": "Facebook",
        "ProviderDetails": {
            "client_id": "1",
            "client_secret": "2",
            "authorize_scopes": "email",
            "authorize_url": "https://evil.example/authorize",
            "token_url": "https://evil.example/token",
            "attributes_url": "http://127.0.0.1:1/internal",
        },
        "AttributeMapping": { "name": "secret", "username": "sub" },
    });
    for headers in [
        &[("origin", EVIL)][..],
        &[
            ("origin", "http://evil.example:9339"),
            ("host", "evil.example:9339"),
        ],
    ] {
        let reply = call(&server, &target, headers, provider.clone()).await;
        assert_eq!(reply.status, StatusCode::FORBIDDEN);
    }
    let asked = json!({ "UserPoolId": world.pool, "MaxResults": 10 });
    let listed = server.ok("ListIdentityProviders", asked).await;
    assert_eq!(listed["Providers"], json!([]));
}

// ---- /_mocknito/ ----

#[tokio::test]
async fn a_name_of_a_local_network_alone_is_no_reason_to_trust() {
    let server = Server::start().await;
    for host in ["foo.local", "evil", "a b", "[::1", "mocknito:9339"] {
        let headers = [("host", host)];
        let reply = server
            .ask(Method::GET, "/_mocknito/inbox", &headers, "")
            .await;
        assert_eq!(reply.status, StatusCode::FORBIDDEN, "{host}");
        assert_eq!(reply.json()["error"], "forbidden_host");
    }
    for origin in ["http://127.0.0.1:1@evil", "http://[::1]evil", "null"] {
        let headers = [("host", "localhost:9339"), ("origin", origin)];
        let reply = server
            .ask(Method::POST, "/_mocknito/reset", &headers, "")
            .await;
        assert_eq!(reply.json()["error"], "forbidden_origin", "{origin}");
    }
}

#[tokio::test]
async fn another_sites_page_may_link_but_not_embed() {
    let server = Server::start().await;
    let host = ("host", "localhost:9339");
    let cross = ("sec-fetch-site", "cross-site");
    for path in [
        "/_mocknito/inbox",
        "/_mocknito/requests",
        "/_mocknito/clock",
    ] {
        for headers in [
            &[host, cross][..],
            &[
                host,
                cross,
                ("sec-fetch-mode", "no-cors"),
                ("sec-fetch-dest", "script"),
            ],
            &[
                host,
                cross,
                ("sec-fetch-mode", "navigate"),
                ("sec-fetch-dest", "iframe"),
            ],
        ] {
            let reply = server.ask(Method::GET, path, headers, "").await;
            assert_eq!(reply.status, StatusCode::FORBIDDEN, "{path} {headers:?}");
            assert_eq!(reply.json()["error"], "forbidden_site");
        }
        for headers in [
            &[host][..],
            &[host, ("sec-fetch-site", "none")],
            &[host, ("sec-fetch-site", "same-origin")],
            &[host, cross, ("origin", "http://127.0.0.1:3000")],
            &[
                host,
                cross,
                ("sec-fetch-mode", "navigate"),
                ("sec-fetch-dest", "document"),
            ],
        ] {
            let reply = server.ask(Method::GET, path, headers, "").await;
            assert_eq!(reply.status, StatusCode::OK, "{path} {headers:?}");
        }
    }
}

#[tokio::test]
async fn no_browser_guesses_what_json_is() {
    let server = Server::start().await;
    for (method, path) in [
        (Method::GET, "/_mocknito/health"),
        (Method::GET, "/_mocknito/inbox"),
        (Method::GET, "/_mocknito/requests"),
        (Method::GET, "/_mocknito/clock"),
        (Method::POST, "/_mocknito/reset"),
        (Method::POST, "/_mocknito/tokens"),
        (Method::GET, "/_mocknito/nothing"),
        (Method::DELETE, "/_mocknito/clock"),
    ] {
        let reply = server.ask(method, path, &[], "").await;
        assert_eq!(reply.headers["x-content-type-options"], "nosniff", "{path}");
        assert_eq!(reply.headers["content-type"], "application/json", "{path}");
    }
    let foreign = [("origin", EVIL)];
    let reply = server
        .ask(Method::GET, "/_mocknito/inbox", &foreign, "")
        .await;
    assert_eq!(reply.headers["x-content-type-options"], "nosniff");
}
