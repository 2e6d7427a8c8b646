//! The AWS door: `POST /` in the protocol awsJson1.1, for both services.
//!
//! Finds the operation and the Region, has it carried out (`operations::dispatch`), and writes the
//! answer. How an [`Error`] looks on this wire is decided here and nowhere else. Not here:
//! validation (`wire`), what operations do (`operations`).

use std::sync::Arc;
use std::time::Instant;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use bytes::Bytes;
use serde_json::{Map, Value};

use super::aws_json::{self, ErrorDocument, TARGET};
use super::secrets_manager::{self, SecretsOperation};
use super::{body, faults, kms, log, query, signature, sts};
use crate::app::{App, Ctx};
use crate::boxed::boxed;
use crate::error::{Error, Result, Situation};
use crate::faults::FaultEffect;
use crate::operations::{self, Called, throttling};
use crate::wire::ErrorCode;

const ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");
const ERROR_MESSAGE: HeaderName = HeaderName::from_static("x-amzn-errormessage");

/// The longest message that is repeated in a header; clients limit the size of headers, and the
/// body has it in full.
const LONGEST_HEADER: usize = 1_024;

/// What is said of a fault that a test has ordered: somebody will look for it in a log.
const ORDERED: &str = "A fault that was ordered by /_mocknito/faults.";

/// Codes that AWS's front end gives for any operation, whatever the model lists for it.
const FRONT_END: &[ErrorCode] = &[
    ErrorCode::InternalErrorException,
    ErrorCode::InvalidParameterException,
    ErrorCode::SerializationException,
    ErrorCode::TooManyRequestsException,
    ErrorCode::UnknownOperationException,
];

/// One call of an operation.
pub async fn call(State(app): State<Arc<App>>, request: Request) -> Response {
    let started = Instant::now();
    let (head, body) = request.into_parts();

    // Not Cognito's, and answered here all the same: what custom senders decrypt their codes with,
    // and where applications read their client secrets.
    let target = head.headers.get(TARGET);
    let target = target.and_then(|target| target.to_str().ok());
    if let Some(target) = target {
        if target.starts_with(kms::TARGET_PREFIX) {
            let ctx = Ctx::new(app, "KmsDecrypt", signature::signed_region(&head));
            return boxed(kms::call(&ctx, target, &head.headers, body)).await;
        }
        if let Some(operation) = SecretsOperation::from_target(target) {
            let ctx = Ctx::new(app, operation.name(), signature::signed_region(&head));
            return boxed(secrets_manager::call(&ctx, operation, &head.headers, body)).await;
        }
    }

    // STS, or what `AWS_ENDPOINT_URL` sends here too.
    if query::is_query(&head.headers) {
        return boxed(sts::call(app, &head, body)).await;
    }

    // 1. Which operation?
    let called = target.and_then(Called::from_target);

    // 2. In which Region? Signatures are not checked: any credentials, or none, will do.
    let operation = called.map_or("-", |called| called.facts().name);
    let ctx = Ctx::new(app, operation, signature::signed_region(&head));
    log::note_agent(&ctx, &head.headers);

    // 3. Carry it out.
    let answer = carry_out(&ctx, &head.headers, called, body).await;

    // 4. Tell the log and the client.
    match answer {
        Ok(document) => {
            log::log_operation(&ctx, called, None, started);
            aws_json::respond(&ctx, StatusCode::OK, document)
        }
        Err(Unanswered::Service(error)) => {
            log::log_operation(&ctx, called, Some(&error), started);
            report(&ctx, called, &error);
            refuse(&ctx, &error)
        }
        Err(Unanswered::Ordered(effect)) => {
            ctx.note_why("A fault that was ordered by POST /_mocknito/faults.");
            log::log(&ctx, "an ordered fault", started);
            ordered(&ctx, &effect)
        }
    }
}

/// Why there is no answer.
enum Unanswered {
    Service(Error),
    /// A test has ordered it.
    Ordered(FaultEffect),
}

impl From<Error> for Unanswered {
    fn from(error: Error) -> Self {
        Self::Service(error)
    }
}

async fn carry_out(
    ctx: &Ctx,
    headers: &HeaderMap,
    called: Option<Called>,
    body: Body,
) -> Result<Bytes, Unanswered> {
    // Also for unknown operations: a connection lives on only when its request was read to the end.
    let bytes = body::read(headers, body).await?;
    let called = called.ok_or(Error::UnknownOperation)?;
    let body = parse(&bytes)?;
    if let Some(effect) = faults::of_operation(ctx, called.facts().name, &body).await {
        return Err(Unanswered::Ordered(effect));
    }
    throttling::check(ctx, called.facts().name, &body).await?;
    Ok(boxed(operations::dispatch(ctx, called, body)).await?)
}

/// The body's JSON. Nothing at all is `{}`, as some clients send for operations without members.
fn parse(bytes: &[u8]) -> Result<Value> {
    if bytes.is_empty() {
        return Ok(Value::Object(Map::new()));
    }
    // (unsure) AWS often gives no message here, and its texts vary.
    serde_json::from_slice(bytes)
        .map_err(|error| Error::Serialization(format!("The body is not JSON: {error}")))
}

/// What the log says about an error beside its line: the cause of our own faults, and codes that
/// the operation should not give.
fn report(ctx: &Ctx, called: Option<Called>, error: &Error) {
    let (operation, request_id) = (ctx.operation, &ctx.request_id);
    if let Error::Internal(cause) = error {
        tracing::error!(operation, request_id, "internal error: {cause:#}");
    }
    let code = error.code();
    let declared = called.is_none_or(|called| called.facts().errors.contains(&code));
    if !declared && !FRONT_END.contains(&code) {
        let (code, situation) = (code.as_str(), error.situation());
        let message = "the model does not list this code for the operation";
        if cfg!(debug_assertions) {
            tracing::error!(operation, code, situation, message);
        } else {
            tracing::debug!(operation, code, situation, message);
        }
    }
}

fn refuse(ctx: &Ctx, error: &Error) -> Response {
    let status = usual_status(error.code());
    let mut response = refusal(ctx, status, error.code(), &error.message());
    response
        .extensions_mut()
        .insert(Situation(error.situation()));
    response
}

/// The error that a test has ordered. A status alone has the code that goes with it.
fn ordered(ctx: &Ctx, effect: &FaultEffect) -> Response {
    let named = effect.error.as_deref().and_then(ErrorCode::from_wire);
    let code = named.unwrap_or(match effect.status {
        Some(403) => ErrorCode::ForbiddenException,
        Some(429) => ErrorCode::TooManyRequestsException,
        Some(400..=499) => ErrorCode::InvalidParameterException,
        _ => ErrorCode::InternalErrorException,
    });
    let status = effect
        .status
        .and_then(|status| StatusCode::from_u16(status).ok());
    let status = status.unwrap_or(usual_status(code));
    let mut response = refusal(ctx, status, code, ORDERED);
    response.extensions_mut().insert(Situation("OrderedFault"));
    response
}

fn usual_status(code: ErrorCode) -> StatusCode {
    match code {
        ErrorCode::InternalErrorException | ErrorCode::InternalServerException => {
            StatusCode::INTERNAL_SERVER_ERROR
        }
        _ => StatusCode::BAD_REQUEST,
    }
}

fn refusal(ctx: &Ctx, status: StatusCode, code: ErrorCode, message: &str) -> Response {
    let code = code.as_str();
    let document = ErrorDocument { code, message };
    let mut response = aws_json::refuse(ctx, status, &document);
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::try_from(format!("{code}:")) {
        headers.insert(ERROR_TYPE, value);
    }
    if let Some(value) = header_text(message) {
        headers.insert(ERROR_MESSAGE, value);
    }
    response
}

/// A message as a header's value: visible ASCII, of bounded length. `None` when nothing is left.
fn header_text(message: &str) -> Option<HeaderValue> {
    let text: String = message
        .trim()
        .chars()
        .take(LONGEST_HEADER)
        .map(|c| match c {
            ' '..='~' => c,
            _ if c.is_whitespace() => ' ',
            _ => '?',
        })
        .collect();
    if text.is_empty() {
        return None;
    }
    HeaderValue::try_from(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_in_a_header_is_plain_ascii_on_one_line() {
        assert_eq!(
            header_text("user.größe: Attribute\ncannot be updated.\n").unwrap(),
            "user.gr??e: Attribute cannot be updated."
        );
        assert_eq!(
            header_text("x".repeat(5_000).as_str()).unwrap().len(),
            1_024
        );
        assert_eq!(header_text(" \n"), None);
    }
}
