//! A password in clear, as the first factor: USER_PASSWORD_AUTH and ADMIN_USER_PASSWORD_AUTH.

use super::next::{self, Reached};
use super::session::Progress;
use super::{Outcome, Visit, before_first_factor, check_user, unknown_user};
use crate::error::Result;
use crate::flows::{attempts, migrate, users};
use crate::keys::Identity;
use crate::store::{Group, User};

pub(super) async fn begin(visit: Visit<'_>) -> Result<Outcome> {
    let Visit {
        ctx,
        pool,
        client,
        given,
        ..
    } = visit;
    let username = visit.username()?;
    let password = given.require("PASSWORD")?;
    let found = users::find_with_groups(ctx, pool, username).await?;
    before_first_factor(visit, found.as_ref().map(|(user, _)| user)).await?;
    let found = match found {
        None => migrated(visit, username, password).await?,
        found => found,
    };
    let Some((user, groups)) = found else {
        if client.hides_unknown_users() {
            let subject = users::simulated_sub(ctx, pool, username);
            attempts::settle_sign_in(ctx, pool, &subject, false).await?;
        }
        return Err(unknown_user(client));
    };
    let seal = &ctx.app.keys.seal;
    let kept = user.password.as_ref();
    let right = kept.is_some_and(|kept| seal.is_password(Identity::of(&user), kept, password));
    attempts::settle_sign_in(ctx, pool, &user.sub, right).await?;
    check_user(client, &user, right)?;
    let reached = Reached {
        user,
        groups: Some(groups),
        progress: Progress::of(visit),
        used: None,
    };
    next::proceed(visit, reached).await
}

/// Somebody whom another directory knows, made here with the password that was typed. What it refuses is counted like a wrong password, so
/// that nobody guesses passwords there without end.
async fn migrated(
    visit: Visit<'_>,
    username: &str,
    password: &str,
) -> Result<Option<(User, Vec<Group>)>> {
    let Visit {
        ctx, pool, client, ..
    } = visit;
    let subject = users::simulated_sub(ctx, pool, username);
    attempts::refuse_locked_out(ctx, &subject).await?;
    match migrate::at_sign_in(ctx, pool, client, username, password).await {
        Ok(None) => Ok(None),
        Ok(Some(user)) => {
            if !client.hides_unknown_users() {
                before_first_factor(visit, Some(&user)).await?;
            }
            Ok(Some((user, Vec::new())))
        }
        Err(error) => {
            attempts::settle_sign_in(ctx, pool, &subject, false).await?;
            Err(error)
        }
    }
}
