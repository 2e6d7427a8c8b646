//! Before the first factor of a sign-in is looked at, and after the last one.

use serde_json::{Value, json};

use super::call::{Caller, FunctionEvent, call, object, request, user_attributes};
use super::caller_data;
use super::trigger::Trigger;
use crate::app::Ctx;
use crate::error::Result;
use crate::store::{Client, Pool, User};

/// Asks whether the user may try to sign in. An error denies it.
pub async fn pre_authentication(
    ctx: &Ctx,
    pool: &Pool,
    client: &Client,
    user: &User,
) -> Result<()> {
    let attributes = user_attributes(pool, user);
    pre(ctx, pool, client, &user.username, attributes, false).await
}

/// The same for somebody who does not exist, as a client that hides who does has it.
pub async fn pre_authentication_of_unknown(
    ctx: &Ctx,
    pool: &Pool,
    client: &Client,
    typed: &str,
) -> Result<()> {
    pre(ctx, pool, client, typed, json!({}), true).await
}

async fn pre(
    ctx: &Ctx,
    pool: &Pool,
    client: &Client,
    username: &str,
    attributes: Value,
    unknown: bool,
) -> Result<()> {
    let Some(function) = Trigger::PreAuthentication.function(pool) else {
        return Ok(());
    };
    let mut request = object([
        ("userAttributes", attributes),
        ("validationData", caller_data::validation_data(ctx)),
    ]);
    // (unsure) Captures have the member both present and absent: it belongs to clients that hide
    // who exists.
    if client.hides_unknown_users() {
        request.insert("userNotFound".to_owned(), unknown.into());
    }
    let event = FunctionEvent {
        function,
        pool,
        source: "PreAuthentication_Authentication",
        username,
        caller: Caller::Client(client),
        request: Value::Object(request),
        response: Some(json!({})),
    };
    call(ctx, event).await.map(|_nothing| ())
}

/// Tells that the user has given every factor. An error denies the tokens.
pub async fn post_authentication(
    ctx: &Ctx,
    pool: &Pool,
    client: &Client,
    user: &User,
    new_device: bool,
) -> Result<()> {
    let Some(function) = Trigger::PostAuthentication.function(pool) else {
        return Ok(());
    };
    let event = FunctionEvent {
        function,
        pool,
        source: "PostAuthentication_Authentication",
        username: &user.username,
        caller: Caller::Client(client),
        request: request(
            ctx,
            [
                ("userAttributes", user_attributes(pool, user)),
                ("newDeviceUsed", new_device.into()),
            ],
        ),
        response: Some(json!({})),
    };
    call(ctx, event).await.map(|_nothing| ())
}
