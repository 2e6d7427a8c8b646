//! The console's pages and files: to whom they are given, and with which policy.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use serde_json::{Value, json};

use super::{BROWSER, get};
use crate::support::{Server, each};

const PAGES: [&str; 10] = [
    "/_mocknito/",
    "/_mocknito/inbox",
    "/_mocknito/requests",
    "/_mocknito/functions",
    "/_mocknito/tokens",
    "/_mocknito/coverage",
    "/_mocknito/users",
    "/_mocknito/pool",
    "/_mocknito/identity-pools",
    "/_mocknito/apis",
];

#[tokio::test]
async fn the_address_leads_browsers_to_the_console_and_tells_programs_what_is_here() {
    let server = Server::start().await;
    let reply = get(&server, "/", Some(BROWSER)).await;
    assert_eq!(reply.status, StatusCode::FOUND);
    assert_eq!(reply.headers["location"], "/_mocknito/");
    assert_eq!(reply.headers["vary"], "accept");
    for accept in [None, Some("*/*"), Some("application/json")] {
        let reply = get(&server, "/", accept).await;
        assert_eq!(reply.status, StatusCode::OK);
        let document = reply.json();
        assert_eq!(document["version"], env!("CARGO_PKG_VERSION"));
        let console = document["links"]["console"].as_str().unwrap();
        assert!(console.ends_with("/_mocknito/"), "{console}");
    }
    let reply = get(&server, "/_mocknito", Some(BROWSER)).await;
    assert_eq!(reply.headers["location"], "/_mocknito/");
}

#[tokio::test]
async fn each_page_loads_the_consoles_files_only_and_has_no_script_inside() {
    let server = Server::start().await;
    for path in PAGES {
        let page = get(&server, path, Some(BROWSER)).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        assert_eq!(page.headers["content-type"], "text/html; charset=utf-8");
        let policy = page.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'; script-src 'self';"));
        assert!(policy.contains("frame-ancestors 'none'"), "{path}");
        assert!(policy.contains("form-action 'none'"), "{path}");
        let inline = policy.contains("unsafe-inline");
        assert_eq!(inline, path == "/_mocknito/inbox", "{path}");
        assert_eq!(page.headers["referrer-policy"], "no-referrer");
        let html = String::from_utf8(page.body).unwrap();
        for inside in ["<script>", "<style", " style=", "onclick", "javascript:"] {
            assert!(!html.contains(inside), "{path}: {inside}");
        }
        let files = html.split('"').filter(|part| {
            part.starts_with("/_mocknito/console/") || part.starts_with("/_mocknito/favicon")
        });
        let mut count = 0;
        for file in files {
            let reply = get(&server, file, None).await;
            assert_eq!(reply.status, StatusCode::OK, "{file}");
            assert_eq!(reply.headers["x-content-type-options"], "nosniff");
            count += 1;
        }
        assert!(count >= 3, "{path}");
    }
}

#[tokio::test]
async fn no_script_writes_markup() {
    let folder =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/http/mocknito/console/static");
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        for way in [
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "eval(",
            "new Function",
        ] {
            assert!(!text.contains(way), "{}: {way}", path.display());
        }
    }
}

#[tokio::test]
async fn who_is_no_page_of_this_machine_gets_nothing() {
    let server = Server::start().await;
    let files = ["/_mocknito/console/shell.js", "/_mocknito/pools"];
    for path in PAGES.iter().chain(&files) {
        for (name, value) in [
            ("host", "rebound.example.com"),
            ("origin", "https://evil.example.com"),
        ] {
            let request = Request::get(*path)
                .header(name, value)
                .header("accept", BROWSER);
            let reply = server.send(request.body(Body::empty()).unwrap()).await;
            assert_eq!(reply.status, StatusCode::FORBIDDEN, "{path}, {name}");
        }
        let embedded = [
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-mode", "no-cors"),
            ("sec-fetch-dest", "script"),
            ("accept", BROWSER),
        ];
        let reply = server.ask(Method::GET, path, &embedded, "").await;
        assert_eq!(reply.status, StatusCode::FORBIDDEN, "{path}");
    }
    for (path, body) in [
        ("/_mocknito/demo", ""),
        ("/_mocknito/tokens/inspect", r#"{"token":"x"}"#),
    ] {
        let origin = [("origin", "https://evil.example.com")];
        let reply = server.ask(Method::POST, path, &origin, body).await;
        assert_eq!(reply.status, StatusCode::FORBIDDEN, "{path}");
    }
    let pools = server.own("GET", "pools", Value::Null).await.1;
    assert_eq!(pools["user_pools"], json!([]), "no demo was made");
}

#[tokio::test]
async fn files_are_those_of_the_console_and_nothing_else() {
    let server = Server::start().await;
    for path in [
        "/_mocknito/console/",
        "/_mocknito/console/nothing.js",
        "/_mocknito/console/..%2Ffiles.rs",
        "/_mocknito/console/%2Fetc%2Fpasswd",
    ] {
        let reply = get(&server, path, None).await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn where_nothing_is_a_browser_gets_a_page_and_a_program_a_sentence() {
    let server = Server::start().await;
    for (path, status) in [
        ("/_mocknito/nonsense", StatusCode::NOT_FOUND),
        ("/_mocknito/pools/x/y/z", StatusCode::NOT_FOUND),
        ("/_mocknito/reset", StatusCode::METHOD_NOT_ALLOWED),
    ] {
        let page = get(&server, path, Some(BROWSER)).await;
        assert_eq!(page.status, status, "{path}");
        assert_eq!(page.headers["content-type"], "text/html; charset=utf-8");
        assert!(
            String::from_utf8(page.body)
                .unwrap()
                .contains("/_mocknito/console/missing.js")
        );
        let told = get(&server, path, Some("*/*")).await;
        assert_eq!(told.status, status, "{path}");
        assert!(told.json()["message"].is_string(), "{path}");
        let posted = server
            .ask(Method::PUT, path, &[("accept", BROWSER)], "")
            .await;
        assert!(posted.json()["message"].is_string(), "{path}");
    }
    let stranger = [("host", "rebound.example.com"), ("accept", BROWSER)];
    let reply = server
        .ask(Method::GET, "/_mocknito/nonsense", &stranger, "")
        .await;
    assert_eq!(reply.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn everybody_may_see_the_favicon() {
    let server = Server::start().await;
    for path in ["/favicon.ico", "/_mocknito/favicon.svg"] {
        let reply = get(&server, path, None).await;
        assert_eq!(reply.status, StatusCode::OK);
        assert_eq!(reply.headers["content-type"], "image/svg+xml");
    }
}

#[tokio::test]
async fn pools_of_all_regions_are_listed_with_their_clients() {
    let server = Server::start().await;
    let here = server.pool(json!({})).await;
    let client = server.client_id(&here, json!({})).await;
    server.user(&here, "alice", &[]).await;
    let input = json!({ "PoolName": "<img src=x onerror=alert(1)>" });
    let hostile = server.call_in("eu-west-1", "CreateUserPool", json!({ "PoolName": "far" }));
    let far = hostile.await.json()["UserPool"]["Id"].clone();
    assert_eq!(server.call("CreateUserPool", input).await.status, 400);

    let (status, document) = server.own("GET", "pools", Value::Null).await;
    assert_eq!(status, 200);
    assert_eq!(
        each(&document["user_pools"], "region"),
        ["eu-west-1", "us-east-1"]
    );
    assert_eq!(document["user_pools"][0]["id"], far);
    let pool = &document["user_pools"][1];
    assert_eq!((&pool["id"], &pool["users"]), (&json!(here), &json!(1)));
    assert_eq!(pool["clients"][0]["id"], json!(client));
    assert!(pool["issuer"].as_str().unwrap().ends_with(&here));
    // What was counted once is counted again when somebody comes or goes.
    server.user(&here, "bob", &[]).await;
    let branding = json!({
        "UserPoolId": here, "ClientId": client, "UseCognitoProvidedValues": true,
    });
    server.ok("CreateManagedLoginBranding", branding).await;
    let (_, document) = server.own("GET", "pools", Value::Null).await;
    let pool = &document["user_pools"][1];
    assert_eq!(
        (&pool["users"], &pool["branded_clients"]),
        (&json!(2), &json!([client]))
    );
    let bob = json!({ "UserPoolId": here, "Username": "bob" });
    server.ok("AdminDeleteUser", bob).await;
    let (_, document) = server.own("GET", "pools", Value::Null).await;
    assert_eq!(document["user_pools"][1]["users"], json!(1));
    let secret = server
        .client(&here, json!({ "GenerateSecret": true }))
        .await;
    let (_, document) = server.own("GET", "pools", Value::Null).await;
    let secret = secret["ClientSecret"].as_str().unwrap();
    assert!(
        !document.to_string().contains(secret),
        "secrets are asked for one by one"
    );
}

#[tokio::test]
async fn an_empty_store_takes_the_demo() {
    let server = Server::start().await;
    let (status, answer) = server.own("POST", "demo", Value::Null).await;
    assert_eq!((status, &answer["status"]), (200, &json!("ok")));
    assert_eq!(answer["user_pools"], json!(["us-east-1_Mocknito1"]));
    // Twice is once.
    let (status, _) = server.own("POST", "demo", Value::Null).await;
    assert_eq!(status, 200);
    let (_, pools) = server.own("GET", "pools", Value::Null).await;
    assert_eq!(each(&pools["user_pools"], "id"), ["us-east-1_Mocknito1"]);
    assert_eq!(pools["user_pools"][0]["domains"], json!(["mocknito-demo"]));
    server.sign_in("democlient0000000000000000", "alice").await;
}
