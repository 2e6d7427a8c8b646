//! Codes that prove that a message arrived. A code is drawn for one user and one purpose, stored
//! before it is sent, and accepted once.
//!
//! A new code replaces the old one. A wrong attempt leaves the code valid until there were too many
//! within an hour; a new code does not reset that count. Not here: sending (`deliver`).

use std::time::Duration;

use aws_lc_rs::constant_time::verify_slices_are_equal;

use super::attempts;
use crate::app::Ctx;
use crate::error::{Error, Result};
use crate::store::{Code, Pool, User, Write};
use crate::wire::user_pools::VerifiedAttributeType;

const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(24 * 3_600);

/// What a code is for. It is accepted for nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Confirms a user who signed up.
    SignUp,
    /// Allows a forgotten password to be replaced.
    ResetPassword,
    /// Verifies an address or a number.
    Verify(VerifiedAttributeType),
}

impl Purpose {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SignUp => "sign_up",
            Self::ResetPassword => "reset_password",
            Self::Verify(VerifiedAttributeType::Email) => "verify:email",
            Self::Verify(VerifiedAttributeType::PhoneNumber) => "verify:phone_number",
        }
    }

    fn validity(self) -> Duration {
        match self {
            Self::SignUp | Self::Verify(_) => DAY,
            Self::ResetPassword => HOUR,
        }
    }

    /// The allowed number of wrong attempts within an hour. For a forgotten password the
    /// documentation says 5 to 20, depending on the risk; here no risk is known.
    fn tries(self) -> i64 {
        match self {
            Self::SignUp | Self::Verify(_) => 15,
            Self::ResetPassword => 20,
        }
    }

    /// The name under which a code is noted that nobody was sent.
    fn simulated(self) -> String {
        format!("simulated {}", self.as_str())
    }
}

/// Draws a code that goes to `address`.
pub fn draw(ctx: &Ctx, user: &User, purpose: Purpose, address: String) -> Code {
    Code {
        pool_id: user.pool_id.clone(),
        sub: user.sub.clone(),
        purpose: purpose.as_str().to_owned(),
        code: ctx.code(),
        value: Some(address),
        created_at: ctx.now,
        expires_at: ctx.now.plus(purpose.validity()),
    }
}

/// Refuses if there were so many wrong codes that even the right one would not be accepted.
pub async fn refuse_exhausted(
    ctx: &Ctx,
    write: &mut Write<'_>,
    subject: &str,
    purpose: Purpose,
) -> Result<()> {
    attempts::refuse_exhausted(ctx, write, subject, purpose.as_str(), purpose.tries()).await
}

/// Redeems a code in this transaction. A wrong one is counted, and the transaction is given up.
pub async fn redeem<'s>(
    ctx: &Ctx,
    mut write: Write<'s>,
    pool: &Pool,
    user: &User,
    purpose: Purpose,
    given: &str,
) -> Result<(Write<'s>, Code)> {
    refuse_exhausted(ctx, &mut write, &user.sub, purpose).await?;
    let kept = write
        .sessions()
        .find_code(&user.sub, purpose.as_str())
        .await?
        .filter(|kept| ctx.now < kept.expires_at)
        .ok_or(Error::CodeExpired)?;
    if verify_slices_are_equal(kept.code.as_bytes(), given.as_bytes()).is_err() {
        attempts::count(ctx, &mut write, pool, &user.sub, purpose.as_str()).await?;
        write.commit().await?;
        return Err(Error::CodeMismatch);
    }
    forget(&mut write, &user.sub, purpose).await?;
    Ok((write, kept))
}

/// Deletes a user's code and the count of wrong attempts.
pub async fn forget(write: &mut Write<'_>, sub: &str, purpose: Purpose) -> Result<()> {
    write.sessions().delete_code(sub, purpose.as_str()).await?;
    write.attempts().delete(sub, purpose.as_str()).await
}

/// Deletes the code for a forgotten password if it was sent to this address, which is no longer the
/// user's.
pub async fn forget_recovery(
    write: &mut Write<'_>,
    sub: &str,
    address: Option<&String>,
) -> Result<()> {
    let purpose = Purpose::ResetPassword.as_str();
    let code = write.sessions().find_code(sub, purpose).await?;
    if code.is_some_and(|code| code.value.as_ref() == address) {
        write.sessions().delete_code(sub, purpose).await?;
    }
    Ok(())
}

/// Remembers that a code was requested for a user name that gets none.
pub async fn simulate(ctx: &Ctx, pool: &Pool, subject: &str, purpose: Purpose) -> Result<()> {
    let mut write = ctx.store().write().await?;
    refuse_exhausted(ctx, &mut write, subject, purpose).await?;
    attempts::note(ctx, &mut write, pool, subject, &purpose.simulated()).await?;
    write.commit().await
}

/// How a code is refused for a user name that was never sent one: as a real user's would be.
pub async fn refuse_simulated(
    ctx: &Ctx,
    pool: &Pool,
    subject: &str,
    purpose: Purpose,
) -> Result<Error> {
    let mut write = ctx.store().write().await?;
    refuse_exhausted(ctx, &mut write, subject, purpose).await?;
    if !attempts::is_noted(ctx, &mut write, subject, &purpose.simulated()).await? {
        return Ok(Error::CodeExpired);
    }
    attempts::count(ctx, &mut write, pool, subject, purpose.as_str()).await?;
    write.commit().await?;
    Ok(Error::CodeMismatch)
}
