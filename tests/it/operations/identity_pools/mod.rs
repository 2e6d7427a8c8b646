//! Identity pools, by theme.

mod pools;
mod roles;

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::support::{Reply, Server, credentials, merge, refusal, text};

/// Operations of the identity pools API.
pub trait IdentityPoolCalls {
    /// Calls an operation, whatever comes of it.
    async fn call_identity(&self, operation: &str, input: Value) -> Reply;
    /// Calls one with a signature for this Region.
    async fn call_identity_in(&self, region: &str, operation: &str, input: Value) -> Reply;
    /// Calls one that must succeed; operations without output give null.
    async fn gives(&self, operation: &str, input: Value) -> Value;
    /// Calls one that must be refused with exactly this `Code: message`.
    async fn denies(&self, operation: &str, input: Value, expected: &str);
    /// Calls one that must be refused in this situation of the catalogue.
    async fn denies_as(&self, operation: &str, input: Value, situation: &str);
    /// The id of a new identity pool with these settings; guests are allowed unless they say
    /// otherwise.
    async fn identity_pool(&self, settings: Value) -> String;
}

impl IdentityPoolCalls for Server {
    async fn call_identity(&self, operation: &str, input: Value) -> Reply {
        let target = format!("AWSCognitoIdentityService.{operation}");
        self.post(&target, input.to_string()).await
    }

    async fn call_identity_in(&self, region: &str, operation: &str, input: Value) -> Reply {
        let target = format!("AWSCognitoIdentityService.{operation}");
        let signed = [("authorization", credentials(region))];
        let signed = signed
            .each_ref()
            .map(|(name, value)| (*name, value.as_str()));
        self.post_with(&target, &signed, input.to_string()).await
    }

    async fn gives(&self, operation: &str, input: Value) -> Value {
        let shown = input.to_string();
        let reply = self.call_identity(operation, input).await;
        let text = String::from_utf8_lossy(&reply.body);
        assert_eq!(reply.status, StatusCode::OK, "{operation} {shown}: {text}");
        if reply.body.is_empty() {
            Value::Null
        } else {
            reply.json()
        }
    }

    async fn denies(&self, operation: &str, input: Value, expected: &str) {
        let shown = input.to_string();
        let reply = self.call_identity(operation, input).await;
        let text = String::from_utf8_lossy(&reply.body);
        let status = StatusCode::BAD_REQUEST;
        assert_eq!(reply.status, status, "{operation} {shown}: {text}");
        assert_eq!(refusal(&reply), expected, "{operation} {shown}");
    }

    async fn denies_as(&self, operation: &str, input: Value, situation: &str) {
        let shown = input.to_string();
        let reply = self.call_identity(operation, input).await;
        let text = String::from_utf8_lossy(&reply.body);
        let status = StatusCode::BAD_REQUEST;
        assert_eq!(reply.status, status, "{operation} {shown}: {text}");
        assert_eq!(
            reply.situation,
            Some(situation),
            "{operation} {shown}: {text}"
        );
    }

    async fn identity_pool(&self, settings: Value) -> String {
        let mut input = json!({
            "IdentityPoolName": "test",
            "AllowUnauthenticatedIdentities": true,
        });
        merge(&mut input, settings);
        text(&self.gives("CreateIdentityPool", input).await["IdentityPoolId"])
    }
}
