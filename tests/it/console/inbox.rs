//! The inbox page: who gets it, what it may load, and how it hears of changes.

use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};

use super::{BROWSER, get};
use crate::support::Server;

async fn ask(server: &Server, query: &str) -> Value {
    let reply = get(server, &format!("/_mocknito/inbox{query}"), None).await;
    assert_eq!(reply.status, StatusCode::OK);
    reply.json()
}

async fn invite(server: &Server, pool: &str, name: &str) {
    let email = format!("{name}@example.com");
    let input = json!({
        "UserPoolId": pool, "Username": name, "DesiredDeliveryMediums": ["EMAIL"],
        "UserAttributes": [{ "Name": "email", "Value": email }],
    });
    server.ok("AdminCreateUser", input).await;
}

#[tokio::test]
async fn a_browser_gets_the_page_and_a_program_the_json() {
    let server = Server::start().await;
    let page = get(&server, "/_mocknito/inbox", Some(BROWSER)).await;
    assert_eq!(page.status, StatusCode::OK);
    assert_eq!(page.headers["content-type"], "text/html; charset=utf-8");
    assert_eq!(page.headers["vary"], "accept");
    for accept in [None, Some("*/*"), Some("application/json")] {
        let reply = get(&server, "/_mocknito/inbox", accept).await;
        assert_eq!(reply.headers["content-type"], "application/json");
        assert_eq!(reply.headers["vary"], "accept");
        assert_eq!(reply.json()["messages"], json!([]));
    }
}

#[tokio::test]
async fn the_page_runs_its_own_script_only_and_loads_nothing_from_elsewhere() {
    let server = Server::start().await;
    let page = get(&server, "/_mocknito/inbox", Some(BROWSER)).await;
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'; script-src 'self';"));
    assert!(policy.contains("frame-ancestors 'none'"));
    let text = String::from_utf8(page.body).unwrap();
    assert!(
        !text.contains(" on") || !text.contains("onclick"),
        "no inline handlers"
    );
    assert!(!text.contains("<script>"), "no inline scripts");
    for (path, kind) in [
        (
            "/_mocknito/console/inbox.js",
            "text/javascript; charset=utf-8",
        ),
        ("/_mocknito/console/inbox.css", "text/css; charset=utf-8"),
    ] {
        assert!(text.contains(path));
        let file = get(&server, path, None).await;
        assert_eq!(
            (file.status, &file.headers["content-type"]),
            (StatusCode::OK, &kind.parse().unwrap())
        );
        assert!(!file.headers.contains_key("access-control-allow-origin"));
    }
    let script = get(&server, "/_mocknito/console/inbox.js", None).await;
    let script = String::from_utf8(script.body).unwrap();
    assert!(script.contains("sandbox: \"allow-popups"));
    assert!(!script.contains("allow-scripts") && !script.contains("allow-same-origin"));
    assert!(!script.contains("innerHTML"), "messages are set as text");
}

#[tokio::test]
async fn a_page_of_another_site_gets_nothing() {
    let server = Server::start().await;
    for path in ["/_mocknito/inbox", "/_mocknito/console/inbox.js"] {
        let request = Request::get(path)
            .header("host", "rebound.example.com")
            .header("accept", BROWSER);
        let reply = server.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(reply.status, StatusCode::FORBIDDEN);
    }
}

#[tokio::test]
async fn whoever_knows_a_version_hears_of_the_next_change() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    let version = ask(&server, "?since=0").await["version"].as_u64().unwrap();
    let news = format!("?since={version}&wait=20s");
    let began = Instant::now();
    let (answer, ()) = tokio::join!(ask(&server, &news), invite(&server, &pool, "alice"));
    assert_eq!(answer["messages"][0]["to"], "alice@example.com");
    assert!(
        began.elapsed() < Duration::from_secs(15),
        "it was told and did not time out"
    );

    // An old version is answered at once, the present one when the time is over.
    assert_eq!(ask(&server, &news).await["version"], answer["version"]);
    let now = answer["version"].as_u64().unwrap();
    assert_eq!(
        ask(&server, &format!("?since={now}&wait=10ms")).await["version"],
        now
    );

    // Emptying is news, too.
    let request = Request::delete("/_mocknito/inbox")
        .body(Body::empty())
        .unwrap();
    assert_eq!(server.send(request).await.json(), json!({ "deleted": 1 }));
    let after = ask(&server, &format!("?since={now}&wait=20s")).await;
    assert_eq!(after["messages"], json!([]));
    assert_ne!(after["version"], now);
}

#[tokio::test]
async fn an_odd_version_is_refused() {
    let server = Server::start().await;
    let reply = get(&server, "/_mocknito/inbox?since=yesterday", None).await;
    assert_eq!(reply.status, StatusCode::BAD_REQUEST);
}
