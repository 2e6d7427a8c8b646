//! `GET /_mocknito/apis`: the APIs of the fixtures, with their addresses; for browsers, the page
//! that shows them.
//!
//! Not here: the APIs themselves (`http::gateway`).

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};

use super::console::{self, ConsolePage};
use crate::http::state::ServerState;

pub async fn list(State(server): State<ServerState>, headers: HeaderMap) -> Response {
    if console::is_wanted(&headers) {
        return console::page(ConsolePage::Apis);
    }
    let apis = server.gateway.list(&server.app);
    ([(header::VARY, "accept")], Json(apis)).into_response()
}
