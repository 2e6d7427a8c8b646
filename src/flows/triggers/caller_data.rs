//! Which of the caller's own data reaches which function.
//!
//! The service's table in one place: it depends on the operation that was called and on nothing
//! else. Never stored.

use serde_json::{Map, Value};

use crate::app::Ctx;

/// `clientMetadata`, where the operation passes it on. That of InitiateAuth is validation data and
/// goes nowhere else: neither to what follows the first factor nor, at REFRESH_TOKEN_AUTH, to the
/// token's function.
pub fn client_metadata(ctx: &Ctx) -> Option<Value> {
    if begins_sign_in(ctx) {
        return None;
    }
    sent_metadata(ctx)
}

/// `validationData`: a member of its own at sign-up and creation, the client metadata at the begin
/// of a sign-in. Captured: null when there is none.
pub fn validation_data(ctx: &Ctx) -> Value {
    if begins_sign_in(ctx) {
        return sent_metadata(ctx).unwrap_or(Value::Null);
    }
    let Some(data) = &ctx.caller_data().validation_data else {
        return Value::Null;
    };
    let pairs = data.iter().map(|one| {
        let value = one.value.as_ref().map(|value| value.expose().clone());
        (one.name.clone(), Value::from(value))
    });
    Value::Object(pairs.collect())
}

fn begins_sign_in(ctx: &Ctx) -> bool {
    matches!(ctx.operation, "InitiateAuth" | "AdminInitiateAuth")
}

fn sent_metadata(ctx: &Ctx) -> Option<Value> {
    let metadata = ctx.caller_data().client_metadata.as_ref()?;
    let pairs = metadata
        .iter()
        .map(|(name, value)| (name.clone(), Value::from(value.as_str())));
    Some(Value::Object(pairs.collect::<Map<_, _>>()))
}
