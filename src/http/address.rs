//! Where a request was sent to, for `--public-url auto`: what addresses begin with that are made
//! while it is answered.
//!
//! Not here: which hosts count (`Access::address`), which addresses are made of it
//! (`App::address`), at whose domain a request arrived (`hosts.rs`).

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;

use super::hosts;
use super::request_head::ByTls;
use crate::app::{self, App};

/// Has addresses follow the host. A stranger's changes nothing: they begin with the public URL
/// then.
pub async fn follow_host(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let by_tls = request.extensions().get::<ByTls>().is_some();
    let address = match hosts::authority(request.headers()) {
        Some(authority) => app.access.address(authority, by_tls).await,
        None => None,
    };
    match address {
        Some(address) => app::at_address(address, next.run(request)).await,
        None => next.run(request).await,
    }
}
