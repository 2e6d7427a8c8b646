//! Codes that prove that a message arrived: drawn for one user and one purpose, stored before they
//! are sent, taken once.
//!
//! A new code takes the old one's place; a wrong try leaves the code valid, until there were too
//! many within an hour, which no new code makes good. Not here: sending (`deliver`).

use std::time::Duration;

use aws_lc_rs::constant_time::verify_slices_are_equal;

use super::attempts;
use crate::app::Ctx;
use crate::error::{Error, Result};
use crate::store::{AttemptPurpose, Code, CodePurpose, Pool, User, Write};

const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(24 * 3_600);

impl CodePurpose {
    fn validity(self) -> Duration {
        match self {
            Self::SignUp | Self::Verify(_) => DAY,
            Self::ResetPassword => HOUR,
        }
    }

    /// So many wrong tries within an hour. Of a forgotten password the documentation says 5 to 20,
    /// by risk; here there is none.
    fn tries(self) -> i64 {
        match self {
            Self::SignUp | Self::Verify(_) => 15,
            Self::ResetPassword => 20,
        }
    }
}

/// Draws a code that goes to `address`.
pub fn draw(ctx: &Ctx, user: &User, purpose: CodePurpose, address: String) -> Code {
    Code {
        pool_id: user.pool_id.clone(),
        sub: user.sub.clone(),
        purpose,
        code: ctx.code(),
        value: Some(address),
        created_at: ctx.now,
        expires_at: ctx.now.plus(purpose.validity()),
    }
}

/// Refuses when there were so many wrong codes that no right one would be taken.
pub async fn refuse_exhausted(
    ctx: &Ctx,
    write: &mut Write<'_>,
    subject: &str,
    purpose: CodePurpose,
) -> Result<()> {
    let counted = AttemptPurpose::Code(purpose);
    attempts::refuse_exhausted(ctx, write, subject, counted, purpose.tries()).await
}

/// Takes a code: the transaction goes on without it. A wrong try is counted and ends the
/// transaction.
pub async fn redeem<'s>(
    ctx: &Ctx,
    mut write: Write<'s>,
    pool: &Pool,
    user: &User,
    purpose: CodePurpose,
    given: &str,
) -> Result<(Write<'s>, Code)> {
    refuse_exhausted(ctx, &mut write, &user.sub, purpose).await?;
    let kept = write
        .codes()
        .find(&user.sub, purpose)
        .await?
        .filter(|kept| ctx.now < kept.expires_at)
        .ok_or(Error::CodeExpired)?;
    if verify_slices_are_equal(kept.code.as_bytes(), given.as_bytes()).is_err() {
        let counted = AttemptPurpose::Code(purpose);
        attempts::count(ctx, &mut write, pool, &user.sub, counted).await?;
        write.commit().await?;
        return Err(Error::CodeMismatch);
    }
    forget(&mut write, &user.sub, purpose).await?;
    Ok((write, kept))
}

/// Ends a user's code and the count of its wrong tries.
pub async fn forget(write: &mut Write<'_>, sub: &str, purpose: CodePurpose) -> Result<()> {
    write.codes().delete(sub, purpose).await?;
    write
        .attempts()
        .delete(sub, AttemptPurpose::Code(purpose))
        .await
}

/// Ends the code for a forgotten password if it went to this address, which is no longer the
/// user's.
pub async fn forget_recovery(
    write: &mut Write<'_>,
    sub: &str,
    address: Option<&String>,
) -> Result<()> {
    let purpose = CodePurpose::ResetPassword;
    let code = write.codes().find(sub, purpose).await?;
    if code.is_some_and(|code| code.value.as_ref() == address) {
        write.codes().delete(sub, purpose).await?;
    }
    Ok(())
}

/// Remembers that a code was asked for in the name of somebody who gets none.
pub async fn simulate(ctx: &Ctx, pool: &Pool, subject: &str, purpose: CodePurpose) -> Result<()> {
    let mut write = ctx.store().write().await?;
    refuse_exhausted(ctx, &mut write, subject, purpose).await?;
    let asked = AttemptPurpose::SimulatedCode(purpose);
    attempts::note(ctx, &mut write, pool, subject, asked).await?;
    write.commit().await
}

/// How a code is refused in the name of somebody who never got one: as a real user's would be.
pub async fn refuse_simulated(
    ctx: &Ctx,
    pool: &Pool,
    subject: &str,
    purpose: CodePurpose,
) -> Result<Error> {
    let mut write = ctx.store().write().await?;
    refuse_exhausted(ctx, &mut write, subject, purpose).await?;
    let asked = AttemptPurpose::SimulatedCode(purpose);
    if !attempts::is_noted(ctx, &mut write, subject, asked).await? {
        return Ok(Error::CodeExpired);
    }
    let counted = AttemptPurpose::Code(purpose);
    attempts::count(ctx, &mut write, pool, subject, counted).await?;
    write.commit().await?;
    Ok(Error::CodeMismatch)
}
