//! Counts wrong attempts and refuses further ones when there were too many.
//!
//! Check and count are one step, so that parallel attempts cannot get around the limit. Attempts
//! for an unknown user name are counted, too, under a made-up `sub`: otherwise the lock-out would
//! tell which users exist. Not here: the numbers (`domain::attempts`), codes (`codes`).

use crate::app::Ctx;
use crate::domain::attempts::WINDOW;
use crate::error::{Error, Result};
use crate::store::{AttemptPurpose, Attempts, Pool, Write};

/// Wrong previous passwords within an hour.
const WRONG_PREVIOUS_PASSWORDS: i64 = 5;

/// Called with every password that was tried at a sign-in, before the client learns anything about
/// it. Refuses while the subject is locked out. Otherwise it counts a wrong password, or resets the
/// count after a right one.
///
/// The writing connection is held from reading the count to writing it, so that parallel attempts
/// wait for each other. A wrong password is noted before it waits: a right one that comes later
/// waits behind it, and a right one without a wrong one before it costs nothing.
pub async fn settle_sign_in(ctx: &Ctx, pool: &Pool, subject: &str, right: bool) -> Result<()> {
    settle(ctx, pool, subject, AttemptPurpose::SignIn, right).await
}

/// The same for the codes of a sign-in, by message or by app. They have a count of their own:
/// whoever knows the password must not be able to reset the count of guessed codes by typing it
/// again.
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
            outcome = Err(locked_out(ctx, &known));
            let refused = Attempts { tried_at, ..known };
            write.attempts().put(&refused).await?;
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

/// Refuses while the subject is locked out. For sign-ins whose password another directory has to
/// check, because the user is unknown here.
pub async fn refuse_locked_out(ctx: &Ctx, subject: &str) -> Result<()> {
    let known = ctx
        .store()
        .attempts(subject, AttemptPurpose::SignIn)
        .await?;
    match known {
        Some(known) if known.is_locked_out(ctx.now) => Err(locked_out(ctx, &known)),
        _ => Ok(()),
    }
}

/// Somebody is locked out, with the reason.
fn locked_out(ctx: &Ctx, known: &Attempts) -> Error {
    let why = format!(
        "There were {} wrong tries, the last one at {}, so everything is refused until {}, even \
         what is right; each further one doubles the pause, up to 15 minutes.",
        known.failures,
        known.failed_at.rfc3339(),
        known.locked_until().rfc3339()
    );
    ctx.explain(Error::PasswordAttemptsExceeded, why)
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

/// Refuses if the subject has had this many wrong attempts within an hour.
pub async fn refuse_exhausted(
    ctx: &Ctx,
    write: &mut Write<'_>,
    subject: &str,
    purpose: AttemptPurpose,
    most: i64,
) -> Result<()> {
    let known = write.attempts().find(subject, purpose).await?;
    match known.filter(|known| !known.is_past(ctx.now)) {
        Some(known) if known.failures >= most => {
            let why = format!(
                "There were {} wrong tries since {}, and {most} are allowed within an hour; they \
                 count until {}.",
                known.failures,
                known.begun_at.rfc3339(),
                known.begun_at.plus(WINDOW).rfc3339()
            );
            Err(ctx.explain(Error::AttemptLimit, why))
        }
        _ => Ok(()),
    }
}

/// Counts a wrong attempt.
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

/// Remembers that something was asked for, for as long as wrong attempts count.
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
