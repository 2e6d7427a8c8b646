//! `GET /_mocknito/alb/keys/{kid}`: the public key of what load balancers sign, as AWS serves it at
//! `public-keys.auth.elb.<region>.amazonaws.com`.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::http::answers::refusal;

pub async fn public_key(State(app): State<Arc<App>>, Path(kid): Path<String>) -> Response {
    match app.keys.alb.public_key(&kid) {
        Some(pem) => {
            let content_type = [(header::CONTENT_TYPE, "text/plain")];
            (content_type, pem.to_owned()).into_response()
        }
        None => refusal(
            StatusCode::NOT_FOUND,
            "not_found",
            "No load balancer of this server signs with a key of this id.",
        ),
    }
}
