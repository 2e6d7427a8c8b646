//! Gives a user another password: the policy, the history, and what is stored.
//!
//! This takes two steps, because computing a verifier takes a millisecond for which no transaction
//! should wait. Not here: the rules of a policy (`domain::passwords`), comparing passwords
//! (`keys::passwords`).

use crate::app::Ctx;
use crate::domain::passwords;
use crate::error::{Error, Result};
use crate::keys::{Identity, ImportedHash, Sealer, crunch, srp};
use crate::store::{Password, PastPassword, Pool, User, Write};

/// A password that the policy accepts, ready to be stored for its user.
pub struct NewPassword<'p> {
    plain: &'p str,
    kept: Password,
}

/// Checks the password against the policy and computes what is stored for it. Called before the
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

/// Computes what is stored for a password, without checking the policy.
pub async fn make(ctx: &Ctx, user: &User, plain: &str) -> Result<Password> {
    let (seal, identity) = (&ctx.app.keys.seal, Identity::of(user));
    let draft = ctx.draw(|rng| seal.new_password(identity, plain, ctx.now, rng));
    draft.finish().await
}

/// Whether this is the user's password. Where an import brought a hash of it, that takes tens of
/// milliseconds.
pub async fn is_right(ctx: &Ctx, user: &User, plain: &str) -> Result<bool> {
    match &user.password {
        None => Ok(false),
        Some(Password {
            imported_hash: Some(hash),
            ..
        }) => is_of(hash.clone(), plain).await,
        Some(kept) if kept.is_bare() => is_by_verifier(ctx, user, plain).await,
        Some(kept) => {
            let identity = Identity::of_password(user, kept.stored_as.as_deref());
            Ok(ctx.app.keys.seal.is_password(identity, kept, plain))
        }
    }
}

/// Whether it is the password of which only the verifier is known: an exponentiation.
async fn is_by_verifier(ctx: &Ctx, user: &User, plain: &str) -> Result<bool> {
    let (app, user, plain) = (ctx.app.clone(), user.clone(), plain.to_owned());
    crunch(move || {
        user.password.as_ref().is_some_and(|kept| {
            let identity = Identity::of_password(&user, kept.stored_as.as_deref());
            app.keys.seal.is_password(identity, kept, &plain)
        })
    })
    .await
}

/// What checking an imported hash or a verifier costs, in pools where some wait for their users:
/// who exists must not show in how long a wrong password takes. The hash is one of the pool's;
/// those of one directory cost the same. `kept` is the user's own, whose work is done.
pub async fn work_as_if_imported(
    ctx: &Ctx,
    pool: &Pool,
    kept: Option<&Password>,
    plain: &str,
) -> Result<()> {
    if kept.is_some_and(Password::is_imported) {
        return Ok(());
    }
    let mut read = ctx.store().read().await?;
    let waiting = read.users().find_imported_hash(&pool.id).await?;
    let verifies = read.users().has_bare_password(&pool.id).await?;
    drop(read);
    if verifies && !kept.is_some_and(Password::is_bare) {
        let plain = plain.to_owned();
        crunch(move || srp::verifier(&srp::private_key(&[0x10; 16], "", "", &plain))).await?;
    }
    if let Some(hash) = waiting {
        is_of(hash, plain).await?;
    }
    Ok(())
}

async fn is_of(hash: String, plain: &str) -> Result<bool> {
    let plain = plain.to_owned();
    crunch(move || ImportedHash::read_any(&hash).is_some_and(|hash| hash.is_of(&plain))).await
}

/// The name by which SRP knows the user: in the copy of a pool that of the original. None where no
/// verifier fits, because another directory's hash is all that there is, or the names are of a pool
/// that is called otherwise.
pub fn srp_name(user: &User) -> Option<&str> {
    let password = user.password.as_ref()?;
    match &password.stored_as {
        _ if password.is_imported() => None,
        None => Some(&user.username),
        Some(names) => names.strip_prefix(Identity::of(user).pool_name()),
    }
}

/// Replaces a verifier that fits nothing by one of the password, which was right: from now on SRP
/// works, too. And a password of which only the verifier was known is told by its digest from now
/// on. While the pool is recovered to a point in time nothing is written, and the next
/// sign-in tries again.
pub async fn replace_unfit(ctx: &Ctx, user: &mut User, plain: &str) -> Result<()> {
    let Some(kept) = &user.password else {
        return Ok(());
    };
    let made = if srp_name(user).is_none() {
        make(ctx, user, plain).await?
    } else if kept.is_bare() {
        let identity = Identity::of_password(user, kept.stored_as.as_deref());
        Password {
            digest: ctx.app.keys.seal.digest(identity, &kept.salt, plain),
            ..kept.clone()
        }
    } else {
        return Ok(());
    };
    let mut write = ctx.store().write().await?;
    let found = write.users().find_by_sub(&user.pool_id, &user.sub).await?;
    // Another request may have been faster, or have set another password.
    if let Some(mut now) = found.filter(|now| now.password == user.password) {
        now.password = Some(made.clone());
        match write.users().update(&now).await {
            Err(Error::PausedByRecovery) => return Ok(()),
            updated => updated?,
        }
        write.commit().await?;
        user.password = Some(made);
    }
    Ok(())
}

/// Gives the user the password, unless the pool keeps a history and the password is in it. The
/// caller writes the user.
pub async fn replace(
    ctx: &Ctx,
    write: &mut Write<'_>,
    pool: &Pool,
    user: &mut User,
    new: NewPassword<'_>,
) -> Result<()> {
    let history = pool.password_history();
    if let Some(present) = user.password.as_ref().filter(|_| history > 0) {
        let seal = &ctx.app.keys.seal;
        let past = write
            .users()
            .list_past_passwords(&user.sub, history - 1)
            .await?;
        let is_present = Identity::of_password(user, present.stored_as.as_deref());
        let was_one = |past: &PastPassword| {
            let identity = Identity::of_password(user, past.stored_as.as_deref());
            seal.was_password(identity, past, new.plain)
        };
        if seal.is_password(is_present, present, new.plain) || past.iter().any(was_one) {
            return Err(Error::PasswordUsedBefore);
        }
        write
            .users()
            .insert_past_password(&user.sub, &Sealer::past(present), history)
            .await?;
    }
    user.password = Some(new.kept);
    Ok(())
}
