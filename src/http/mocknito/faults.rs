//! `/_mocknito/faults`: what a test orders to fail or to take long.
//!
//! Not here: who is struck (`crate::faults`, `http::faults`).

use axum::Json;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::refusal::Refusal;
use super::request::{decode, duration, duration_text};
use crate::faults::{FaultEffect, FaultOrder, FaultTarget, ListedFault};
use crate::flows::triggers::Trigger;
use crate::http::state::ServerState;
use crate::wire::{ErrorCode, identity_pools, user_pools};

/// The longest that a fault takes, in seconds.
const LONGEST: u64 = 60;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FaultRequest {
    operation: Option<String>,
    path: Option<String>,
    delivery: Option<String>,
    function: Option<String>,
    user_pool_id: Option<String>,
    username: Option<String>,
    error: Option<String>,
    status: Option<u16>,
    latency: Option<Value>,
    times: Option<u32>,
    probability: Option<f64>,
}

/// `POST /_mocknito/faults`: takes an order.
pub async fn order(
    State(server): State<ServerState>,
    request: Request,
) -> Result<Json<Value>, Refusal> {
    let asked: FaultRequest = decode(request).await?;
    let fault = server.app.faults.add(asked.order()?);
    let fault = fault.ok_or_else(|| Refusal {
        status: StatusCode::CONFLICT,
        error: "too_many",
        message: "There are 1,000 faults: delete some first.".to_owned(),
    })?;
    Ok(Json(described(&fault)))
}

/// `GET /_mocknito/faults`: the orders, the first first.
pub async fn list(State(server): State<ServerState>) -> Json<Value> {
    let all: Vec<Value> = server.app.faults.list().iter().map(described).collect();
    Json(json!({ "faults": all }))
}

/// `DELETE /_mocknito/faults`: takes all orders back.
pub async fn clear(State(server): State<ServerState>) -> Json<Value> {
    Json(json!({ "deleted": server.app.faults.remove(None) }))
}

/// `DELETE /_mocknito/faults/{id}`
pub async fn delete(
    State(server): State<ServerState>,
    Path(id): Path<String>,
) -> Result<Json<Value>, Refusal> {
    let id = id.parse().ok();
    let deleted = id.map_or(0, |id| server.app.faults.remove(Some(id)));
    if deleted == 0 {
        return Err(Refusal {
            status: StatusCode::NOT_FOUND,
            error: "not_found",
            message: "No fault has this id: GET /_mocknito/faults lists them.".to_owned(),
        });
    }
    Ok(Json(json!({ "deleted": deleted })))
}

impl FaultRequest {
    fn order(self) -> Result<FaultOrder, Refusal> {
        let target = self.target()?;
        let effect = self.effect(&target)?;
        if self.times == Some(0) {
            return Err(Refusal::invalid("times must be 1 or more"));
        }
        if self
            .probability
            .is_some_and(|chance| !(0.0..=1.0).contains(&chance))
        {
            return Err(Refusal::invalid("probability must be from 0 to 1"));
        }
        if self.username.is_some() && matches!(target, FaultTarget::Path(_)) {
            return Err(Refusal::invalid(
                "username goes with operation, delivery or function: a path tells no user",
            ));
        }
        Ok(FaultOrder {
            target,
            user_pool_id: self.user_pool_id,
            username: self.username,
            effect,
            times: self.times,
            probability: self.probability,
        })
    }

    fn target(&self) -> Result<FaultTarget, Refusal> {
        let said = (&self.operation, &self.path, &self.delivery, &self.function);
        match said {
            (Some(name), None, None, None) => {
                let is_one = user_pools::OperationName::from_wire(name).is_some()
                    || identity_pools::OperationName::from_wire(name).is_some();
                if name != "*" && !is_one {
                    return Err(Refusal::invalid(
                        "operation must be the name of one, such as InitiateAuth, or *",
                    ));
                }
                Ok(FaultTarget::Operation(name.clone()))
            }
            (None, Some(path), None, None) => {
                if !path.starts_with('/') || path == "/" || path.starts_with("/_mocknito") {
                    return Err(Refusal::invalid(
                        "path must be one of the pool's domain, such as /oauth2/token, or the \
                         beginning of some, /oauth2/*",
                    ));
                }
                Ok(FaultTarget::Path(path.clone()))
            }
            (None, None, Some(medium), None) => {
                let known = ["*", "EMAIL", "SMS"];
                if !known.iter().any(|one| one.eq_ignore_ascii_case(medium)) {
                    return Err(Refusal::invalid("delivery must be EMAIL, SMS or *"));
                }
                Ok(FaultTarget::Delivery(medium.clone()))
            }
            (None, None, None, Some(name)) => {
                if name != "*" && !Trigger::ALL.iter().any(|trigger| trigger.name() == name) {
                    let known: Vec<&str> = Trigger::ALL.iter().map(|one| one.name()).collect();
                    return Err(Refusal::invalid(&format!(
                        "function must be a trigger or *: {}",
                        known.join(", ")
                    )));
                }
                Ok(FaultTarget::Function(name.clone()))
            }
            _ => Err(Refusal::invalid(
                "say what is to fail, by one of operation, path, delivery and function",
            )),
        }
    }

    fn effect(&self, target: &FaultTarget) -> Result<FaultEffect, Refusal> {
        let latency = self.latency.as_ref().map(|value| {
            duration(&duration_text(value))
                .filter(|latency| latency.as_secs() <= LONGEST)
                .ok_or_else(|| Refusal::invalid("latency must be a duration up to 60s: 250ms"))
        });
        let effect = FaultEffect {
            error: self.error.clone(),
            status: self.status,
            latency: latency.transpose()?,
        };
        if !effect.fails() && effect.latency.is_none() {
            return Err(Refusal::invalid(
                "say what happens: error, status or latency",
            ));
        }
        if effect
            .status
            .is_some_and(|status| !(400..=599).contains(&status))
        {
            return Err(Refusal::invalid("status must be from 400 to 599"));
        }
        match target {
            FaultTarget::Operation(_) => {
                let known = |error: &String| ErrorCode::from_wire(error).is_some();
                if !effect.error.as_ref().is_none_or(known) {
                    return Err(Refusal::invalid(
                        "error must be one of the API's, such as TooManyRequestsException",
                    ));
                }
            }
            FaultTarget::Path(_) => {}
            FaultTarget::Delivery(_) => {
                let is_its_own = |error: &String| error == "CodeDeliveryFailureException";
                if effect.status.is_some() || !effect.error.as_ref().is_none_or(is_its_own) {
                    return Err(Refusal::invalid(
                        "a delivery fails with the error CodeDeliveryFailureException",
                    ));
                }
            }
            FaultTarget::Function(_) => {
                if effect.status.is_some() {
                    return Err(Refusal::invalid(
                        "a function has no status: error is the message that it fails with",
                    ));
                }
            }
        }
        Ok(effect)
    }
}

fn described(fault: &ListedFault) -> Value {
    let order = &fault.order;
    let (kind, name) = match &order.target {
        FaultTarget::Operation(name) => ("operation", name),
        FaultTarget::Path(path) => ("path", path),
        FaultTarget::Delivery(medium) => ("delivery", medium),
        FaultTarget::Function(trigger) => ("function", trigger),
    };
    let mut document = Map::new();
    let mut put = |name: &str, value: Value| {
        if !value.is_null() {
            document.insert(name.to_owned(), value);
        }
    };
    put("id", fault.id.into());
    put(kind, name.as_str().into());
    put("user_pool_id", order.user_pool_id.clone().into());
    put("username", order.username.clone().into());
    put("error", order.effect.error.clone().into());
    put("status", order.effect.status.into());
    let latency = order.effect.latency;
    put(
        "latency",
        latency.map(|by| format!("{}ms", by.as_millis())).into(),
    );
    put("times", order.times.into());
    put("probability", order.probability.into());
    put("struck", fault.struck.into());
    Value::Object(document)
}
