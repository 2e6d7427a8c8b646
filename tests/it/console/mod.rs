//! The console: who gets its pages, what they may load, and the JSON behind them. What happens in a
//! page is tested in a browser (`tests/clients/browser`).

mod inbox;
mod pages;
mod tokens;
mod users;

use axum::body::Body;
use axum::http::Request;

use crate::support::{Reply, Server};

/// What a browser says it takes.
pub const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

pub async fn get(server: &Server, path: &str, accept: Option<&str>) -> Reply {
    let mut request = Request::get(path);
    if let Some(accept) = accept {
        request = request.header("accept", accept);
    }
    server.send(request.body(Body::empty()).unwrap()).await
}
