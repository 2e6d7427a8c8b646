//! A password in clear, as the first factor: USER_PASSWORD_AUTH and ADMIN_USER_PASSWORD_AUTH.

use super::next::{self, Reached};
use super::session::Progress;
use super::{Outcome, Visit, before_first_factor, check_user, unknown_user};
use crate::error::Result;
use crate::flows::triggers::{self, Trigger};
use crate::flows::{attempts, users};
use crate::keys::Identity;

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
    let Some((user, groups)) = found else {
        triggers::refuse(pool, &[Trigger::UserMigration])?;
        if client.hides_unknown_users() {
            let subject = users::simulated_sub(ctx, pool, username);
            attempts::settle_sign_in(ctx, pool, &subject, false).await?;
        }
        return Err(unknown_user(client));
    };
    before_first_factor(pool)?;
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
