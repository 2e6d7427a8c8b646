//! `/_mocknito/coverage`: what a run has used of all that there is. The same is written to the file
//! of `--coverage` when the server stops.
//!
//! Not here: who counts what (`crate::journal`).

use std::collections::{BTreeMap, BTreeSet, HashMap};

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Value, json};

use super::console::{self, ConsolePage};
use crate::app::App;
use crate::error::CATALOGUE;
use crate::flows::triggers::Trigger;
use crate::http::state::ServerState;
use crate::journal::Feature;
use crate::wire::user_pools::{AuthFlowType, ChallengeNameType};
use crate::wire::{identity_pools, user_pools};

/// The endpoints of pools' domains, their pages, and what is served of other services: the names
/// that the log has for them.
const ENDPOINTS: &[&str] = &[
    "AddPasskeyPage",
    "AssumeRoleWithWebIdentity",
    "Authorize",
    "ChangePasswordPage",
    "ConfirmUser",
    "DescribeSecret",
    "Feedback",
    "ForgotPasswordPage",
    "GetCallerIdentity",
    "GetSecretValue",
    "IdpResponse",
    "Jwks",
    "KmsDecrypt",
    "Login",
    "Logout",
    "Mfa",
    "OpenIdConfiguration",
    "OpenIdKeys",
    "RegisterEndpoint",
    "ResendCode",
    "ResetPasswordPage",
    "RevokeEndpoint",
    "SamlLogout",
    "SamlResponse",
    "SignUpPage",
    "TokenEndpoint",
    "UserInfo",
];

/// Of one kind of things: how many of how many were used, and each with how often.
#[derive(Debug, Serialize)]
struct Share {
    used: usize,
    of: usize,
    names: BTreeMap<&'static str, u64>,
}

impl Share {
    fn new(used: &HashMap<&'static str, u64>, all: impl Iterator<Item = &'static str>) -> Self {
        let all: BTreeSet<&'static str> = all.chain(used.keys().copied()).collect();
        Self {
            used: used.len(),
            of: all.len(),
            names: all
                .into_iter()
                .map(|name| (name, used.get(name).copied().unwrap_or_default()))
                .collect(),
        }
    }
}

/// What was used since the start.
#[derive(Debug, Serialize)]
pub struct CoverageReport {
    operations: Share,
    identity_pool_operations: Share,
    flows: Share,
    challenges: Share,
    triggers: Share,
    endpoints: Share,
    refusals: Share,
}

impl CoverageReport {
    pub fn of(app: &App) -> Self {
        let share = |feature, all: Vec<&'static str>| {
            let used = app.journal.coverage.used(feature);
            Share::new(&used, all.into_iter())
        };
        let flows = AuthFlowType::ALL.iter().map(|flow| flow.as_str()).collect();
        let challenges = ChallengeNameType::ALL.iter();
        let operations = user_pools::OperationName::ALL.iter();
        let identity_pools = identity_pools::OperationName::ALL.iter();
        let refusals = CATALOGUE.iter().map(|entry| entry.situation);
        let refusals = refusals.chain(["Validation", "Serialization"]).collect();
        Self {
            operations: share(
                Feature::Operation,
                operations.map(|operation| operation.as_str()).collect(),
            ),
            identity_pool_operations: share(
                Feature::IdentityPoolOperation,
                identity_pools.map(|operation| operation.as_str()).collect(),
            ),
            flows: share(Feature::Flow, flows),
            challenges: share(
                Feature::Challenge,
                challenges.map(|challenge| challenge.as_str()).collect(),
            ),
            triggers: share(Feature::Trigger, Trigger::ALL.map(Trigger::name).to_vec()),
            endpoints: share(Feature::Endpoint, ENDPOINTS.to_vec()),
            refusals: share(Feature::Refusal, refusals),
        }
    }
}

/// `GET /_mocknito/coverage`; for browsers, the page that shows it.
pub async fn read(State(server): State<ServerState>, headers: HeaderMap) -> Response {
    if console::is_wanted(&headers) {
        return console::page(ConsolePage::Coverage);
    }
    let report = Json(CoverageReport::of(&server.app));
    ([(header::VARY, "accept")], report).into_response()
}

/// `DELETE /_mocknito/coverage`: counts from the beginning.
pub async fn clear(State(server): State<ServerState>) -> Json<Value> {
    server.app.journal.coverage.clear();
    Json(json!({}))
}
