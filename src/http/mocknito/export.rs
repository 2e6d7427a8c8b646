//! `GET /_mocknito/export`: the running state as a fixture, with everything that is secret in it.
//!
//! It stands behind the guard, as everything that foreign pages must not read. Not here: what is
//! written (`fixtures::export`).

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use hyper::body::{Body as HttpBody, Frame};
use serde::Deserialize;
use tokio::sync::mpsc;

use super::refusal::Refusal;
use crate::fixtures::export::{Export, ExportBroken, ExportFormat, ExportPiece};
use crate::http::state::ServerState;

/// How many pieces wait for a client that reads slowly.
const WAITING: usize = 2;

/// Which pool, if not all of them, and as what.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExportQuery {
    user_pool_id: Option<String>,
    #[serde(default)]
    format: ExportFormat,
}

/// `GET /_mocknito/export[?user_pool_id=…][&format=yaml]`
pub async fn export(
    State(server): State<ServerState>,
    query: Result<Query<ExportQuery>, QueryRejection>,
) -> Result<Response, Refusal> {
    let Query(query) = query?;
    let pool = query.user_pool_id.as_deref();
    // A reset in between would leave half of a pool.
    let alone = server.resetting.clone().lock_owned().await;
    let export = Export::gather(&server.app, &server.fixtures.get(), pool).await?;
    let headers = [
        (header::CONTENT_TYPE, query.format.media_type()),
        (header::CACHE_CONTROL, "no-store"),
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"mocknito.yaml\"",
        ),
    ];
    match query.format {
        ExportFormat::Yaml => {
            let (to, pieces) = mpsc::channel(WAITING);
            tokio::spawn(async move {
                export.write(&to).await;
                drop(alone);
            });
            Ok((headers, Body::new(Pieces(pieces))).into_response())
        }
    }
}

/// A body whose pieces are made while it is read. It breaks off where one cannot be made.
struct Pieces(mpsc::Receiver<ExportPiece>);

impl HttpBody for Pieces {
    type Data = Bytes;
    type Error = ExportBroken;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, ExportBroken>>> {
        let piece = ready!(self.0.poll_recv(context));
        Poll::Ready(piece.map(|piece| piece.map(|text| Frame::data(text.into()))))
    }
}
