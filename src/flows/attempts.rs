//! Counting wrong tries, and refusing the next one when there were too many.
//!
//! Each check and its count are one step, so that of tries sent at once none slips through. What a
//! name that nobody has would meet is counted under a made-up `sub`: a client that hides which
//! users exist must not tell by the lock-out either. Not here: the numbers (`domain::attempts`),
//! codes (`codes`).

use crate::app::Ctx;
use crate::domain::attempts::WINDOW;
use crate::error::{Error, Result};
use crate::store::{AttemptPurpose, Attempts, Pool, Write};

/// Wrong previous passwords within an hour.
const WRONG_PREVIOUS_PASSWORDS: i64 = 5;

/// To be called with every password that was tried at a sign-in, before anything is said about it:
/// refuses while the subject is locked out, and else counts a wrong one or forgives those before a
/// right one.
///
/// The writing connection is held from reading the count to writing it, so that tries sent at once
/// wait for each other. A wrong one is noted before it waits: a right one that comes later waits
/// behind it, and one that follows no wrong one costs nothing.
pub async fn settle_sign_in(ctx: &Ctx, pool: &Pool, subject: &str, right: bool) -> Result<()> {
    settle(ctx, pool, subject, AttemptPurpose::SignIn, right).await
}

/// The same for the codes of a sign-in, by message or by app. They count by themselves: whoever
/// knows the password cannot begin anew with guessing codes by typing it again.
pub async fn settle_code(ctx: &Ctx, pool: &Pool, subject: &str, right: bool) -> Result<()> {
    settle(ctx, pool, subject, AttemptPurpose::SignInCode, right).await
}

async fn settle(
    ctx: &Ctx,
    pool: &Pool,
    subject: &str,
    purpose: AttemptPurpose,
    right: bool,
) -> Result<()> {
    let Some(mut write) = ctx.store().settle_attempt(subject, right).await? else {
        return Ok(());
    };
    let known = write.attempts().find(subject, purpose).await?;
    let mut outcome = Ok(());
    match known {
        Some(known) if known.is_locked_out(ctx.now) => {
            let tried_at = ctx.now;
            let refused = Attempts { tried_at, ..known };
            write.attempts().put(&refused).await?;
            outcome = Err(Error::PasswordAttemptsExceeded);
        }
        None if right => {}
        Some(_) if right => write.attempts().delete(subject, purpose).await?,
        known => {
            let counting = known
                .filter(|known| !known.is_forgiven(ctx.now))
                .unwrap_or_else(|| none_yet(ctx, pool, subject, purpose));
            let counted = counting.failed_again(ctx.now);
            write.attempts().put(&counted).await?;
        }
    }
    write.commit().await?;
    outcome
}

/// Refuses while the subject is locked out, where the password cannot be judged before something
/// else is asked: another directory, for somebody whom this one does not know.
pub async fn refuse_locked_out(ctx: &Ctx, subject: &str) -> Result<()> {
    let known = ctx
        .store()
        .attempts(subject, AttemptPurpose::SignIn)
        .await?;
    match known {
        Some(known) if known.is_locked_out(ctx.now) => Err(Error::PasswordAttemptsExceeded),
        _ => Ok(()),
    }
}

/// The same for the previous password that ChangePassword asks for, with a limit per hour.
pub async fn settle_change_password(
    ctx: &Ctx,
    pool: &Pool,
    subject: &str,
    right: bool,
) -> Result<()> {
    let mut write = ctx.store().write().await?;
    refuse_exhausted(
        ctx,
        &mut write,
        subject,
        AttemptPurpose::ChangePassword,
        WRONG_PREVIOUS_PASSWORDS,
    )
    .await?;
    if right {
        let purpose = AttemptPurpose::ChangePassword;
        write.attempts().delete(subject, purpose).await?;
    } else {
        let purpose = AttemptPurpose::ChangePassword;
        count(ctx, &mut write, pool, subject, purpose).await?;
    }
    write.commit().await
}

/// Refuses when the subject has had so many wrong tries within the hour.
pub async fn refuse_exhausted(
    ctx: &Ctx,
    write: &mut Write<'_>,
    subject: &str,
    purpose: AttemptPurpose,
    most: i64,
) -> Result<()> {
    let known = write.attempts().find(subject, purpose).await?;
    match known.filter(|known| !known.is_past(ctx.now)) {
        Some(known) if known.failures >= most => Err(Error::AttemptLimit),
        _ => Ok(()),
    }
}

/// Counts a wrong try.
pub async fn count(
    ctx: &Ctx,
    write: &mut Write<'_>,
    pool: &Pool,
    subject: &str,
    purpose: AttemptPurpose,
) -> Result<()> {
    let known = write.attempts().find(subject, purpose).await?;
    let counted = known
        .filter(|known| !known.is_past(ctx.now))
        .unwrap_or_else(|| none_yet(ctx, pool, subject, purpose))
        .failed_again(ctx.now);
    write.attempts().put(&counted).await
}

/// Remembers that something was asked for, for as long as wrong tries count.
pub async fn note(
    ctx: &Ctx,
    write: &mut Write<'_>,
    pool: &Pool,
    subject: &str,
    purpose: AttemptPurpose,
) -> Result<()> {
    let noted = none_yet(ctx, pool, subject, purpose);
    write.attempts().put(&noted).await
}

/// Whether it was noted within the last hour.
pub async fn is_noted(
    ctx: &Ctx,
    write: &mut Write<'_>,
    subject: &str,
    purpose: AttemptPurpose,
) -> Result<bool> {
    let noted = write.attempts().find(subject, purpose).await?;
    Ok(noted.is_some_and(|noted| ctx.now < noted.begun_at.plus(WINDOW)))
}

fn none_yet(ctx: &Ctx, pool: &Pool, subject: &str, purpose: AttemptPurpose) -> Attempts {
    Attempts {
        pool_id: pool.id.clone(),
        subject: subject.to_owned(),
        purpose,
        failures: 0,
        begun_at: ctx.now,
        failed_at: ctx.now,
        tried_at: ctx.now,
    }
}
