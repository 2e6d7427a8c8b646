//! Giving a user another password: the policy, the history, and what is kept.
//!
//! In two steps, since making a verifier takes a millisecond that no transaction should wait for.
//! Not here: what a policy asks (`domain::passwords`), how passwords are compared
//! (`keys::passwords`).

use crate::app::Ctx;
use crate::domain::passwords;
use crate::error::{Error, Result};
use crate::keys::Identity;
use crate::store::{Password, Pool, User, Write};

/// A password that the policy accepts, ready to be given to the user it was made for.
pub struct NewPassword<'p> {
    plain: &'p str,
    kept: Password,
}

/// Checks the password against the policy and makes what is kept of it. Call it before the
/// transaction begins.
pub async fn prepare<'p>(
    ctx: &Ctx,
    pool: &Pool,
    user: &User,
    plain: &'p str,
) -> Result<NewPassword<'p>> {
    passwords::check(&pool.password_policy(), plain)?;
    Ok(NewPassword {
        plain,
        kept: make(ctx, user, plain).await?,
    })
}

/// Makes what is kept of a password that nobody has to check.
pub async fn make(ctx: &Ctx, user: &User, plain: &str) -> Result<Password> {
    let (seal, identity) = (&ctx.app.keys.seal, Identity::of(user));
    let draft = ctx.draw(|rng| seal.new_password(identity, plain, ctx.now, rng));
    draft.finish().await
}

/// Gives the user the password, unless it had it before and the pool keeps a history. The caller
/// writes the user.
pub async fn replace(
    ctx: &Ctx,
    write: &mut Write<'_>,
    pool: &Pool,
    user: &mut User,
    new: NewPassword<'_>,
) -> Result<()> {
    let history = pool.password_history();
    if let Some(present) = user.password.as_ref().filter(|_| history > 0) {
        let (seal, identity) = (&ctx.app.keys.seal, Identity::of(user));
        let past = write
            .users()
            .list_past_passwords(&user.sub, history - 1)
            .await?;
        if seal.is_password(identity, present, new.plain)
            || past
                .iter()
                .any(|past| seal.was_password(identity, past, new.plain))
        {
            return Err(Error::PasswordUsedBefore);
        }
        write
            .users()
            .insert_past_password(&user.sub, present, history)
            .await?;
    }
    user.password = Some(new.kept);
    Ok(())
}
