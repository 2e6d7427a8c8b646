//! What a web page that somebody happens to have open must not do: call operations for which AWS
//! wants credentials, or register a client. There are no credentials here, so the page's origin has
//! to do.
//!
//! Operations that browsers use without credentials, and the public endpoints, are everybody's, as
//! on AWS. Programs send no `Origin` and notice nothing. Not here: which page is a stranger's
//! (`strangers.rs`), what guards `/_mocknito/` (`mocknito::guard`).

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::aws_json::{self, ErrorDocument, TARGET};
use super::body;
use super::oauth::register::REGISTER;
use super::query::{self, QueryError, QueryForm};
use super::strangers::{SEC_FETCH_SITE, Stranger, stranger};
use super::sts::StsAction;
use crate::app::App;
use crate::journal::{self, Noted};
use crate::operations::Called;

/// How requests are signed that the AWS SDKs send.
const SIGNATURE: &str = "AWS4-HMAC-SHA256 ";

/// Refuses strangers' pages what they could not do on AWS without credentials. A preflight says
/// nothing of the operation, so it is answered for those that are everybody's; what is refused here
/// is refused before anything of it happens.
pub async fn keep_out(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Response {
    let (path, headers) = (request.uri().path(), request.headers());
    let guarded = if request.method() != Method::POST {
        None
    } else if path == "/" {
        (!is_a_programs(headers)).then_some(Guarded::Operation)
    } else {
        let is_guarded = path.ends_with(REGISTER) && is_a_pages(headers);
        is_guarded.then_some(Guarded::Registration)
    };
    let Some(guarded) = guarded else {
        return next.run(request).await;
    };
    match stranger(&app.access, headers).await {
        None => next.run(request).await,
        Some(stranger) if guarded == Guarded::Operation && is_everybodys(headers) => {
            request.extensions_mut().insert(stranger);
            next.run(request).await
        }
        Some(stranger) if guarded == Guarded::Operation && query::is_query(headers) => {
            query_of_a_stranger(stranger, request, next).await
        }
        Some(stranger) => refuse(guarded, stranger),
    }
}

/// In the Query protocol the operation is in the body.
async fn query_of_a_stranger(stranger: Stranger, request: Request, next: Next) -> Response {
    let (mut head, body) = request.into_parts();
    let Ok(body) = body::read(&head.headers, body).await else {
        return refuse(Guarded::Operation, stranger);
    };
    let form = QueryForm::parse(&body);
    if StsAction::of(&form).is_some_and(StsAction::is_unsigned) {
        head.extensions.insert(stranger);
        return next.run(Request::from_parts(head, body.into())).await;
    }
    let message = why(Guarded::Operation, stranger);
    tracing::warn!(outcome = "refused", "{message}");
    note(message);
    let error = QueryError {
        status: StatusCode::FORBIDDEN,
        code: "AccessDenied",
        message,
    };
    let mut response = query::refuse(&form, &error, "-");
    let nosniff = HeaderValue::from_static("nosniff");
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, nosniff);
    response
}

/// What is kept from strangers' pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Guarded {
    /// For which AWS wants credentials.
    Operation,
    /// Of a client by itself. (unsure) AWS documents no CORS for it, so pages of other sites cannot
    /// use it there.
    Registration,
}

/// Whether a browser sent this for a page: browsers say so with every POST.
fn is_a_pages(headers: &HeaderMap) -> bool {
    headers.contains_key(header::ORIGIN) || headers.contains_key(SEC_FETCH_SITE)
}

/// Whether the operation needs no credentials on AWS. Whatever is not known does.
fn is_everybodys(headers: &HeaderMap) -> bool {
    let target = headers.get(TARGET).and_then(|target| target.to_str().ok());
    target
        .and_then(Called::from_target)
        .is_some_and(|called| called.facts().unsigned)
}

/// Whether an SDK signed this, by whatever name it reaches the server: no browser sends a POST
/// without `Origin`.
fn is_a_programs(headers: &HeaderMap) -> bool {
    let signature = headers.get(header::AUTHORIZATION);
    let is_signed =
        signature.is_some_and(|value| value.as_bytes().starts_with(SIGNATURE.as_bytes()));
    is_signed && !is_a_pages(headers)
}

/// Without CORS headers: the page must not read it. Whoever looks for the reason finds it in the
/// browser's network log, and in the server's.
fn refuse(guarded: Guarded, stranger: Stranger) -> Response {
    let message = why(guarded, stranger);
    tracing::warn!(outcome = "refused", "{message}");
    note(message);
    let error = ErrorDocument {
        code: "AccessDeniedException",
        message,
    };
    let headers = [
        (header::CONTENT_TYPE, aws_json::CONTENT_TYPE),
        (
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ),
    ];
    (StatusCode::FORBIDDEN, headers, aws_json::document(&error)).into_response()
}

/// Tells the journal, whose reader is at the machine.
fn note(why: &'static str) {
    journal::note(|| Noted {
        operation: "-",
        error: Some("AccessDeniedException"),
        why: Some(why.to_owned()),
        ..Noted::default()
    });
}

fn why(guarded: Guarded, stranger: Stranger) -> &'static str {
    match (guarded, stranger) {
        (Guarded::Registration, Stranger::Host) => {
            "Web pages register no clients by a host name that one of them could have made point \
             here. Use localhost or an IP address, or start the server with --allow-host NAME or \
             --public-url URL."
        }
        (Guarded::Registration, Stranger::Origin) => {
            "Web pages of other origins register no clients. Start the server with --allow-origin \
             ORIGIN for a page that may."
        }
        (Guarded::Operation, Stranger::Host) => {
            "Operations that need credentials on AWS are not served by a host name that a web page \
             could have made point here. Use localhost or an IP address, or start the server with \
             --allow-host NAME or --public-url URL."
        }
        (Guarded::Operation, Stranger::Origin) => {
            "Operations that need credentials on AWS are not served to web pages of other origins. \
             Start the server with --allow-origin ORIGIN for a page that may use them."
        }
    }
}
