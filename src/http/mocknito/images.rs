//! `/_mocknito/images/`: the logos of the classic hosted UI, where `ImageUrl` says they are.
//!
//! Not here: how they are set (`operations::branding`).

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::domain::appearance::{Appearance, media_type};
use crate::error::Result;
use crate::http::answers::{nothing_here, refusal};

/// `GET /_mocknito/images/{pool}/{client}`
pub async fn logo(
    State(app): State<Arc<App>>,
    Path((pool, client)): Path<(String, String)>,
) -> Response {
    match find(&app, &pool, &client).await {
        Ok(Some((media_type, image))) => {
            let headers = [
                (header::CONTENT_TYPE, media_type),
                (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
                (header::CACHE_CONTROL, "max-age=86400"),
            ];
            (headers, image).into_response()
        }
        Ok(None) => nothing_here().await,
        Err(error) => {
            tracing::error!(?error, "a logo could not be read");
            refusal(
                StatusCode::INTERNAL_SERVER_ERROR,
                "internal",
                "Something went wrong",
            )
        }
    }
}

async fn find(app: &App, pool: &str, client: &str) -> Result<Option<(&'static str, Vec<u8>)>> {
    let mut read = app.store.read().await?;
    let kept = read.documents().find::<Appearance>(pool, client).await?;
    let image = kept.and_then(|kept| kept.document.image);
    Ok(image.and_then(|image| Some((media_type(&image.0)?, image.0))))
}
