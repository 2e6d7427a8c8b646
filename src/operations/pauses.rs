//! Which operations pause while a user pool is recovered to a point in time, and the one place that
//! refuses them then.
//!
//! It follows from what an operation is, not from what its handler does. The store refuses changes
//! of users and groups besides (`store::history`), and a sign-in the challenges that write
//! (`flows::sign_in`).

use serde_json::Value;

use crate::app::Ctx;
use crate::domain::tags;
use crate::error::{Error, Result};
use crate::flows::{access_token, point_in_time_recovery};
use crate::wire::{ErrorCode, Facts};

/// What reads begins so.
const READING: [&str; 5] = ["AdminGet", "AdminList", "Describe", "Get", "List"];

/// Signing in and out. (unsure) Of signing out nothing is documented; it changes nothing that a
/// recovery puts back, and to end a stolen session must be possible at any time.
const SIGNING_IN_AND_OUT: [&str; 10] = [
    "AdminInitiateAuth",
    "AdminRespondToAuthChallenge",
    "AdminRevokeUserSession",
    "AdminUserGlobalSignOut",
    "GetTokensFromRefreshToken",
    "GlobalSignOut",
    "InitiateAuth",
    "RespondToAuthChallenge",
    "RevokeToken",
    "RevokeUserSession",
];

/// Begins like what reads, but sends a code and keeps it.
const SENDS_CODE: &str = "GetUserAttributeVerificationCode";

/// Whether the operation pauses. Those that do list OperationNotEnabledException in the model, but
/// not only those: a replica's Region refuses with it, too.
pub fn pauses(operation: &Facts) -> bool {
    let name = operation.name;
    let reads = READING.iter().any(|verb| name.starts_with(verb)) && name != SENDS_CODE;
    operation
        .errors
        .contains(&ErrorCode::OperationNotEnabledException)
        && !reads
        && !SIGNING_IN_AND_OUT.contains(&name)
        && !name.ends_with("PointInTimeRecovery")
}

/// Refuses an operation that pauses, if the pool that its input is about is being recovered. An
/// input about no pool that there is has its own refusal.
pub(super) async fn check(ctx: &Ctx, operation: &Facts, input: &Value) -> Result<()> {
    if !ctx.store().keeps_history() || !pauses(operation) {
        return Ok(());
    }
    let member = |name: &str| input.get(name).and_then(Value::as_str);
    if let Some(pool) = member("UserPoolId") {
        return point_in_time_recovery::check_not_paused(ctx, pool).await;
    }
    if let Some(client) = member("ClientId") {
        return match ctx.store().client(client).await {
            Ok(client) => point_in_time_recovery::check_not_paused(ctx, &client.pool_id).await,
            Err(Error::ClientNotFound { .. }) => Ok(()),
            Err(error) => Err(error),
        };
    }
    if let Some(token) = member("AccessToken") {
        let Some(pool) = access_token::claimed_pool(ctx, token).await else {
            return Ok(());
        };
        let result = point_in_time_recovery::check_not_paused(ctx, &pool.id).await;
        if result.is_err() {
            // Only who may call at all hears of it.
            access_token::authorize(ctx, token).await?;
        }
        return result;
    }
    match member("ResourceArn").map(tags::pool_of_arn) {
        Some(Ok(named)) => point_in_time_recovery::check_not_paused(ctx, named.pool).await,
        _ => Ok(()),
    }
}
