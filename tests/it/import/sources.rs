//! Where files come from: URLs and what they redirect to, and texts with a byte-order mark.

use std::path::Path;

use axum::http::{Method, StatusCode};
use axum::response::Redirect;
use axum::routing::get;
use mocknito::fixtures::{FixtureSource, Fixtures};

use super::with;
use crate::support::{Folder, Server};

const POOL: &str = "UserPools: [{PoolName: fetched}]";

/// A server of files; gives its address.
async fn files() -> String {
    let text = |text: &'static str| get(move || async move { text });
    let to = |place: &'static str| get(move || async move { Redirect::to(place) });
    let app = axum::Router::new()
        .route("/pool.yaml", text(POOL))
        .route(
            "/marked.yaml",
            text("\u{feff}UserPools: [{PoolName: fetched}]"),
        )
        .route("/wide", get(|| async { vec![0xff_u8, 0xfe, b'a', 0] }))
        .route("/moved", to("/moved/again?secret=1"))
        .route("/moved/again", to("/pool.yaml"))
        .route("/circle", to("/circle"))
        .route("/away", to("file:///etc/passwd"));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    format!("{address}")
}

/// The name of the pool that a place has, or why there is none.
async fn pool(place: &str) -> Result<(), String> {
    let told = |broken: mocknito::fixtures::FixtureError| broken.to_string();
    let source = FixtureSource::open(Path::new(place)).await.map_err(told)?;
    let read = Fixtures::of(false, vec![source], &with(&[])).map_err(told)?;
    assert!(read.describe("", "fetched"));
    Ok(())
}

#[tokio::test]
async fn a_url_may_be_in_capitals_and_redirect() {
    let host = files().await;
    for path in ["pool.yaml", "marked.yaml", "moved"] {
        pool(&format!("http://{host}/{path}")).await.unwrap();
    }
    pool(&format!("HTTP://{host}/pool.yaml")).await.unwrap();
    let url = format!("http://{host}/circle");
    let refused = pool(&url).await.unwrap_err();
    assert_eq!(
        refused,
        format!("{url}: answers with more than 5 redirects, one after the other")
    );
    let url = format!("http://{host}/away");
    let refused = pool(&url).await.unwrap_err();
    assert_eq!(
        refused,
        format!("{url}: redirects to file:///etc/passwd, which is not followed")
    );
    let url = format!("http://{host}/wide");
    let refused = pool(&url).await.unwrap_err();
    assert!(
        refused.starts_with(&format!("{url}: is text in UTF-16: ")),
        "{refused}"
    );
    let url = format!("http://{host}/none?token=secret#secret");
    let refused = pool(&url).await.unwrap_err();
    assert_eq!(
        refused,
        format!("http://{host}/none: answers with the status 404")
    );
}

#[tokio::test]
async fn a_file_url_is_a_path() {
    let folder = Folder::new();
    std::fs::create_dir_all(&folder.0).unwrap();
    let path = folder.0.join("a pool.yaml");
    std::fs::write(&path, POOL).unwrap();
    let url = format!("FILE://{}", path.display()).replace(' ', "%20");
    pool(&url).await.unwrap();
    let refused = pool("file://elsewhere/pool.yaml").await.unwrap_err();
    assert!(
        refused.starts_with("file://elsewhere/pool.yaml: names no file of this machine"),
        "{refused}"
    );
    let wide: Vec<u8> = POOL.bytes().flat_map(|byte| [byte, 0]).collect();
    std::fs::write(&path, wide).unwrap();
    let refused = pool(&url).await.unwrap_err();
    let why = "is text in UTF-16: save it as UTF-8 (in PowerShell `Out-File -Encoding utf8`)";
    assert_eq!(refused, format!("{}: {why}", path.display()));
}

#[tokio::test]
async fn a_mark_at_the_beginning_of_what_is_sent_is_no_text() {
    let server = Server::start().await;
    let path = "/_mocknito/import?name=a.yaml";
    let several = serde_json::json!({ "files": [{ "name": "b.yaml",
        "text": "\u{feff}UserPools: [{PoolName: b}]" }] });
    for body in [format!("\u{feff}{POOL}"), format!("\u{feff}{several}")] {
        let reply = server.ask(Method::POST, path, &[], &body).await;
        let text = String::from_utf8_lossy(&reply.body).into_owned();
        assert_eq!(reply.status, StatusCode::OK, "{text}");
        assert_eq!(
            reply.json()["user_pools"].as_array().unwrap().len(),
            1,
            "{text}"
        );
    }
}
