//! What a gateway answers by itself when a request goes no further, in the words of its kind.
//!
//! Not here: what an authorizer answers (`flows::authorizers`), what the owner of a REST API makes
//! of these answers (`gateway_response.rs`).

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use serde_json::json;

use crate::domain::apis::ApiType;
use crate::domain::load_balancers::own_page;
use crate::flows::authorizers::Denied;

/// Why, for a developer, which the gateway itself would not say.
pub const REASON: HeaderName = HeaderName::from_static("x-mocknito-reason");

const ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");

/// Why a request went no further, and one sentence for a developer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatewayFault {
    pub kind: FaultKind,
    pub reason: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// No route takes the method and the path.
    UnknownRoute,
    /// The path does not begin with the stage.
    UnknownStage,
    /// The body is larger than a gateway hands to a function.
    TooLarge,
    /// The target did not answer in time.
    TimedOut,
    /// It cannot be reached, ended early, or speaks no HTTP.
    Unreachable,
    /// The function failed, or its answer is none that a gateway understands.
    Function,
    /// The gateway cannot do what the fixture asks of it.
    Configuration,
}

impl GatewayFault {
    pub fn new(kind: FaultKind, reason: impl Into<String>) -> Self {
        Self {
            kind,
            reason: reason.into(),
        }
    }
}

/// A gateway's own answer, before the API's owner has a say.
#[derive(Debug)]
pub struct OwnAnswer {
    pub status: StatusCode,
    pub body: String,
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// Which of a REST API's GatewayResponses it is.
    pub response_type: Option<&'static str>,
    pub reason: String,
}

impl OwnAnswer {
    pub fn of(kind: ApiType, fault: GatewayFault) -> Self {
        match kind {
            ApiType::Rest => rest(fault),
            ApiType::Http => http(fault),
            ApiType::Alb => load_balancer(fault),
            ApiType::AppSync => app_sync(fault),
        }
    }

    pub fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.extend(self.headers);
        headers.insert(REASON, told(&self.reason));
        response
    }
}

impl From<Denied> for OwnAnswer {
    fn from(denied: Denied) -> Self {
        Self {
            status: denied.status,
            body: denied.body,
            headers: denied.headers,
            response_type: denied.response_type,
            reason: denied.reason,
        }
    }
}

/// A sentence as a header: what it repeats of a token may be anything.
pub fn told(sentence: &str) -> HeaderValue {
    let plain = |c: char| {
        if c.is_ascii_graphic() || c == ' ' {
            c
        } else {
            '?'
        }
    };
    let plain: String = sentence.chars().map(plain).collect();
    HeaderValue::from_str(&plain).unwrap_or(HeaderValue::from_static("?"))
}

fn json_answer(status: StatusCode, message: &str, reason: String) -> OwnAnswer {
    OwnAnswer {
        status,
        body: json!({ "message": message }).to_string(),
        headers: vec![(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/json"),
        )],
        response_type: None,
        reason,
    }
}

fn rest(fault: GatewayFault) -> OwnAnswer {
    use StatusCode as S;
    let (status, message, error, response_type) = match fault.kind {
        FaultKind::UnknownRoute => (
            S::FORBIDDEN,
            "Missing Authentication Token",
            "MissingAuthenticationTokenException",
            Some("MISSING_AUTHENTICATION_TOKEN"),
        ),
        FaultKind::UnknownStage => (S::FORBIDDEN, "Forbidden", "ForbiddenException", None),
        // (unsure) The name of the exception.
        FaultKind::TooLarge => (
            S::PAYLOAD_TOO_LARGE,
            "Request Too Long",
            "RequestTooLargeException",
            Some("REQUEST_TOO_LARGE"),
        ),
        FaultKind::TimedOut => (
            S::GATEWAY_TIMEOUT,
            "Endpoint request timed out",
            "InternalServerErrorException",
            Some("INTEGRATION_TIMEOUT"),
        ),
        FaultKind::Unreachable => (
            S::GATEWAY_TIMEOUT,
            "Network error communicating with endpoint",
            "InternalServerErrorException",
            Some("INTEGRATION_FAILURE"),
        ),
        FaultKind::Function => (
            S::BAD_GATEWAY,
            "Internal server error",
            "InternalServerErrorException",
            Some("DEFAULT_5XX"),
        ),
        FaultKind::Configuration => (
            S::INTERNAL_SERVER_ERROR,
            "Internal server error",
            "InternalServerErrorException",
            Some("API_CONFIGURATION_ERROR"),
        ),
    };
    let mut answer = json_answer(status, message, fault.reason);
    answer.response_type = response_type;
    let error = HeaderValue::from_static(error);
    answer.headers.push((ERROR_TYPE, error));
    answer
}

fn http(fault: GatewayFault) -> OwnAnswer {
    use StatusCode as S;
    let (status, message) = match fault.kind {
        FaultKind::UnknownRoute | FaultKind::UnknownStage => (S::NOT_FOUND, "Not Found"),
        FaultKind::TooLarge => (S::PAYLOAD_TOO_LARGE, "Request Entity Too Large"),
        // (unsure) For servers; it is what is seen of functions that take too long.
        FaultKind::TimedOut | FaultKind::Unreachable => {
            (S::SERVICE_UNAVAILABLE, "Service Unavailable")
        }
        FaultKind::Function | FaultKind::Configuration => {
            (S::INTERNAL_SERVER_ERROR, "Internal Server Error")
        }
    };
    json_answer(status, message, fault.reason)
}

/// A load balancer's pages are HTML.
fn load_balancer(fault: GatewayFault) -> OwnAnswer {
    use StatusCode as S;
    let (status, title) = match fault.kind {
        // (unsure) As a listener whose default action is a fixed answer.
        FaultKind::UnknownRoute | FaultKind::UnknownStage => (S::NOT_FOUND, "404 Not Found"),
        FaultKind::TooLarge => (S::PAYLOAD_TOO_LARGE, "413 Request Entity Too Large"),
        FaultKind::TimedOut => (S::GATEWAY_TIMEOUT, "504 Gateway Time-out"),
        FaultKind::Unreachable | FaultKind::Function => (S::BAD_GATEWAY, "502 Bad Gateway"),
        FaultKind::Configuration => (S::INTERNAL_SERVER_ERROR, "500 Internal Server Error"),
    };
    OwnAnswer {
        status,
        body: own_page(title),
        headers: vec![(header::CONTENT_TYPE, HeaderValue::from_static("text/html"))],
        response_type: None,
        reason: fault.reason,
    }
}

/// (unsure) AppSync's words for a data source that fails are in the answer of its resolvers; what
/// it says before it gets there has this shape.
fn app_sync(fault: GatewayFault) -> OwnAnswer {
    use StatusCode as S;
    let (status, error, message) = match fault.kind {
        FaultKind::UnknownRoute | FaultKind::UnknownStage => {
            (S::NOT_FOUND, "UnknownOperationException", "Not Found")
        }
        FaultKind::TooLarge => (
            S::PAYLOAD_TOO_LARGE,
            "BadRequestException",
            "Request is too large.",
        ),
        FaultKind::TimedOut => (
            S::GATEWAY_TIMEOUT,
            "ExecutionTimeout",
            "Execution timed out.",
        ),
        FaultKind::Unreachable | FaultKind::Function | FaultKind::Configuration => (
            S::INTERNAL_SERVER_ERROR,
            "InternalFailure",
            "An internal failure occurred.",
        ),
    };
    let document = json!({ "errors": [{ "errorType": error, "message": message }] });
    OwnAnswer {
        body: document.to_string(),
        ..json_answer(status, message, fault.reason)
    }
}
