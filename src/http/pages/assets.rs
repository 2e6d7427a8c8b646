//! What the pages load: the style sheet and the passkey script, under names that change with them,
//! and what a pool's style brings along.
//!
//! Everybody may read these, as everybody may read the pages. An image that was uploaded may be a
//! document with a script in it: nothing runs when it is opened by itself.

use std::sync::{Arc, LazyLock};

use aws_lc_rs::digest::{SHA256, digest};
use axum::extract::{Path, State};
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::look::Look;
use crate::app::{App, Ctx};
use crate::error::Result;
use crate::http::answers::nothing_here;

const STYLE: &str = include_str!("static/pages.css");
const SCRIPT: &str = include_str!("static/passkey.js");

const FOR_A_YEAR: (HeaderName, &str) =
    (header::CACHE_CONTROL, "public, max-age=31536000, immutable");
const FOR_A_DAY: (HeaderName, &str) = (header::CACHE_CONTROL, "public, max-age=86400");
const NO_SNIFFING: (HeaderName, &str) = (header::X_CONTENT_TYPE_OPTIONS, "nosniff");
/// For whoever opens an image by itself.
const INERT: (HeaderName, &str) = (
    header::CONTENT_SECURITY_POLICY,
    "default-src 'none'; style-src 'unsafe-inline'; sandbox",
);

/// The names under which they are served.
pub(super) static STYLESHEET_URL: LazyLock<String> = LazyLock::new(|| url("css", STYLE));
pub(super) static SCRIPT_URL: LazyLock<String> = LazyLock::new(|| url("js", SCRIPT));

fn url(ending: &str, content: &str) -> String {
    let hash = hex::encode(&digest(&SHA256, content.as_bytes()).as_ref()[..8]);
    format!("/_mocknito/pages/{hash}.{ending}")
}

/// `GET /_mocknito/pages/{file}`: the style sheet or the script.
pub async fn file(Path(file): Path<String>) -> Response {
    let is = |url: &str| url.rsplit('/').next() == Some(file.as_str());
    let (kind, text) = if is(&STYLESHEET_URL) {
        ("text/css; charset=utf-8", STYLE)
    } else if is(&SCRIPT_URL) {
        ("text/javascript; charset=utf-8", SCRIPT)
    } else {
        return nothing_here().await;
    };
    let headers = [(header::CONTENT_TYPE, kind), FOR_A_YEAR, NO_SNIFFING];
    (headers, text).into_response()
}

/// What a pool's style adds to the sheet. It is a document of its own, so that whatever was put
/// into it stays a style.
pub async fn style(State(app): State<Arc<App>>, Path(client): Path<String>) -> Response {
    match look(app, &client).await.map(|look| look.stylesheet.clone()) {
        Ok(Some(sheet)) => {
            let kind = (header::CONTENT_TYPE, "text/css; charset=utf-8");
            ([kind, FOR_A_DAY, NO_SNIFFING], sheet).into_response()
        }
        _ => nothing_here().await,
    }
}

pub async fn image(
    State(app): State<Arc<App>>,
    Path((client, image)): Path<(String, String)>,
) -> Response {
    match look(app, &client).await {
        Ok(look) => match look.images.get(&image) {
            Some(image) => {
                let kind = (header::CONTENT_TYPE, image.media_type);
                let headers = [kind, FOR_A_DAY, NO_SNIFFING, INERT];
                (StatusCode::OK, headers, image.bytes.to_vec()).into_response()
            }
            None => nothing_here().await,
        },
        Err(_) => nothing_here().await,
    }
}

async fn look(app: Arc<App>, client: &str) -> Result<Arc<Look>> {
    let ctx = Ctx::new(app, "PageAsset", None);
    let (pool, client) = ctx.client(client).await?;
    Look::of(&ctx, &pool, &client).await
}
