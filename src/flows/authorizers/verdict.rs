//! What a gateway makes of a request: what it hands on, or what it answers.

use axum::http::{HeaderName, HeaderValue, StatusCode};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use super::jwt;
use crate::app::Ctx;
use crate::domain::federation::Claims;

/// The caller may pass.
#[derive(Debug)]
pub struct Allowed {
    pub sub: Option<String>,
    pub username: Option<String>,
    pub groups: Vec<String>,
    /// The token's own claims, as they are in it.
    pub claims: Claims,
    pub context: Context,
}

/// What the back end is told, in the gateway's own shape.
#[derive(Debug, Clone, PartialEq)]
pub enum Context {
    /// The event's `requestContext.authorizer`.
    Authorizer(Map<String, Value>),
    /// Members of the event's `requestContext.identity`.
    Identity(Map<String, Value>),
    /// AppSync's `identity`.
    AppSync(Value),
    /// The request goes on as it came.
    Nothing,
}

impl Allowed {
    /// The holder of a token.
    pub(super) fn holder(claims: Claims, context: Context) -> Self {
        let text = |name: &str| jwt::text(&claims, name).map(str::to_owned);
        Self {
            sub: text("sub"),
            username: text("cognito:username").or_else(|| text("username")),
            groups: jwt::texts(&claims, "cognito:groups"),
            context,
            claims,
        }
    }
}

/// The caller may not: the gateway's own answer.
#[derive(Debug)]
pub struct Denied {
    pub status: StatusCode,
    /// As it is sent.
    pub body: String,
    /// `content-type` among them.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// Which of a REST API's GatewayResponses this is.
    pub response_type: Option<&'static str>,
    /// One sentence for a developer, without anything of a token that could be used.
    pub reason: String,
}

impl Denied {
    pub(super) fn new(status: StatusCode, body: String, reason: String) -> Self {
        Self {
            status,
            body,
            headers: Vec::new(),
            response_type: None,
            reason,
        }
    }

    /// With this header; text that no header may hold is left out.
    pub(super) fn with(mut self, name: &'static str, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.push((HeaderName::from_static(name), value));
        }
        self
    }
}

/// An id of a request as API Gateway makes them.
pub(super) fn gateway_id(ctx: &Ctx) -> String {
    let bytes: [u8; 11] = ctx.bytes();
    STANDARD.encode(bytes)
}
