//! A route whose target is a function: the request becomes an event, the answer a response.
//!
//! Functions are those of the triggers: the same rules say where they are, the same workers run
//! them, the same journal shows them. One call is made and none repeated, as API Gateway does.

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};

use super::arrived::ApiRequest;
use super::event::EventSource;
use super::fault::{FaultKind, GatewayFault};
use super::{event_1, event_2, function_answer};
use crate::domain::apis::{PayloadFormat, RouteMatch};
use crate::flows::authorizers::Allowed;
use crate::triggers::{Call, Failure, Invoker};

/// The largest body that API Gateway takes.
const LARGEST_BODY: usize = 10 << 20;

/// The largest event that Lambda takes.
const LARGEST_EVENT: usize = 6 << 20;

/// The whole body.
pub async fn read(body: Body) -> Result<Bytes, GatewayFault> {
    let whole = Limited::new(body, LARGEST_BODY).collect().await;
    match whole {
        Ok(whole) => Ok(whole.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(too_large()),
        Err(_) => Err(GatewayFault::new(
            FaultKind::Unreachable,
            "the client's body broke off",
        )),
    }
}

fn too_large() -> GatewayFault {
    GatewayFault::new(
        FaultKind::TooLarge,
        "the body is larger than what functions are given: 10 MB, and 6 MB as an event",
    )
}

/// Has the function answer. `function` is its ARN or its name.
pub async fn invoke(
    request: &ApiRequest<'_>,
    found: &RouteMatch<'_>,
    allowed: Option<&Allowed>,
    function: &str,
    body: &[u8],
) -> Result<Response, GatewayFault> {
    let source = EventSource {
        request,
        found,
        allowed,
        body,
    };
    let route = found.route;
    let event = match route.payload {
        PayloadFormat::V1 => event_1::event(&source),
        PayloadFormat::V2 => event_2::event(&source),
    };
    // Base64 is a third longer; the rest of an event is small.
    let in_event = event["body"].as_str().map_or(0, str::len);
    if in_event > LARGEST_EVENT {
        return Err(too_large());
    }
    let settings = &request.ctx.app.settings;
    let arn = if function.starts_with("arn:") {
        function.to_owned()
    } else {
        let (region, account) = (&settings.region, &settings.account_id);
        format!("arn:aws:lambda:{region}:{account}:function:{function}")
    };
    let call = Call {
        invoker: Invoker::Api {
            api: &request.api.name,
            route: &route.key,
            time_limit: route.time_limit,
        },
        function: &arn,
        version: route.payload.as_str(),
        request_id: &request.ctx.request_id,
        now: request.ctx.now,
        event: &event,
    };
    match request.ctx.app.functions.invoke(call).await {
        Ok(answer) => function_answer::read(request, route.payload, answer).map_err(|why| {
            GatewayFault::new(
                FaultKind::Function,
                format!("the answer of the function {function} is malformed: {why}"),
            )
        }),
        Err(failure) => Err(of_failure(function, &failure)),
    }
}

fn of_failure(function: &str, failure: &Failure) -> GatewayFault {
    let kind = match failure {
        Failure::Raised { .. } | Failure::NotJson => FaultKind::Function,
        Failure::TimedOut => FaultKind::TimedOut,
        Failure::NotReachable { .. } | Failure::NotMapped => FaultKind::Configuration,
    };
    // What it raised may be of somebody's data: the journal has it.
    let reason = match failure {
        Failure::Raised { .. } => {
            format!("the function {function} failed; GET /_mocknito/functions has its error")
        }
        other => format!("the function {function}: {other}"),
    };
    GatewayFault::new(kind, reason)
}
