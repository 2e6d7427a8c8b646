//! `GET /_mocknito/export`: the running state as a fixture, with everything that is secret in it;
//! or as a CloudFormation template or an amplify_outputs.json, without.
//!
//! It stands behind the guard, as everything that foreign pages must not read. Not here: what is
//! written (`fixtures::export`, `fixtures::out`).

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
use crate::boxed::{boxed, spawn};
use crate::fixtures::export::{Export, ExportBroken, ExportFormat, ExportPiece};
use crate::fixtures::out::{self, AmplifyChoice};
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
    /// Of several, which an Amplify app uses.
    client_id: Option<String>,
    identity_pool_id: Option<String>,
}

/// `GET /_mocknito/export[?user_pool_id=…][&format=yaml]`
pub async fn export(
    State(server): State<ServerState>,
    query: Result<Query<ExportQuery>, QueryRejection>,
) -> Result<Response, Refusal> {
    let Query(query) = query?;
    let choice = AmplifyChoice {
        user_pool_id: query.user_pool_id.as_deref(),
        client_id: query.client_id.as_deref(),
        identity_pool_id: query.identity_pool_id.as_deref(),
    };
    let pool = match query.format {
        // The identity pool that an app uses stands beside its user pool.
        ExportFormat::Amplify => None,
        _ if choice.client_id.is_some() || choice.identity_pool_id.is_some() => {
            let why = "client_id and identity_pool_id are for format=amplify";
            return Err(Refusal::invalid(why));
        }
        ExportFormat::Yaml | ExportFormat::Cloudformation => choice.user_pool_id,
    };
    // A reset in between would leave half of a pool.
    let alone = server.resetting.clone().lock_owned().await;
    let export = boxed(Export::gather(&server.app, &server.fixtures.get(), pool)).await?;
    let disposition = format!("attachment; filename=\"{}\"", query.format.file_name());
    let headers = [
        (header::CONTENT_TYPE, query.format.media_type()),
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_DISPOSITION, disposition.as_str()),
    ];
    match query.format {
        ExportFormat::Yaml => {
            let (to, pieces) = mpsc::channel(WAITING);
            spawn(async move {
                export.write(to).await;
                drop(alone);
            });
            let body = Pieces {
                pieces,
                is_over: false,
            };
            Ok((headers, Body::new(body)).into_response())
        }
        ExportFormat::Cloudformation => {
            let template = out::cloudformation(&export.document().await?)?;
            Ok((headers, template).into_response())
        }
        ExportFormat::Amplify => {
            let address = server.app.address();
            let document = export.document_without_users();
            let outputs = out::amplify_outputs(&document, &choice, &address)?;
            Ok((headers, outputs).into_response())
        }
    }
}

/// A body whose pieces are made while it is read. It breaks off where the last does not come.
struct Pieces {
    pieces: mpsc::Receiver<ExportPiece>,
    is_over: bool,
}

impl HttpBody for Pieces {
    type Data = Bytes;
    type Error = ExportBroken;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, ExportBroken>>> {
        if self.is_over {
            return Poll::Ready(None);
        }
        Poll::Ready(match ready!(self.pieces.poll_recv(context)) {
            Some(ExportPiece::Text(text)) => Some(Ok(Frame::data(text.into()))),
            Some(ExportPiece::End) => {
                self.is_over = true;
                None
            }
            None => {
                // Once is enough.
                self.is_over = true;
                Some(Err(ExportBroken))
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;

    use super::*;

    async fn body(pieces: Vec<ExportPiece>) -> Result<Bytes, axum::Error> {
        let (to, from) = mpsc::channel(pieces.len());
        for piece in pieces {
            to.try_send(piece).unwrap();
        }
        drop(to);
        let pieces = Pieces {
            pieces: from,
            is_over: false,
        };
        Body::new(pieces)
            .collect()
            .await
            .map(|body| body.to_bytes())
    }

    #[tokio::test]
    async fn what_ends_without_its_last_piece_is_no_whole_answer() {
        let text = |text: &str| ExportPiece::Text(text.to_owned());
        let whole = body(vec![text("a"), text("b"), ExportPiece::End]).await;
        assert_eq!(whole.unwrap(), "ab");
        assert!(body(vec![text("a"), text("b")]).await.is_err());
    }
}
