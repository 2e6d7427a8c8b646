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
use crate::store::{AttemptPurpose, Code, CodePurpose, Pool, User, Write};

const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(24 * 3_600);

impl CodePurpose {
    pub(super) fn validity(self) -> Duration {
        match self {
            Self::SignUp | Self::Verify(_) => DAY,
            Self::ResetPassword => HOUR,
        }
    }

    /// What it is for, behind "the code".
    fn sentence(self) -> &'static str {
        match self {
            Self::SignUp => "that confirms the sign-up",
            Self::Verify(_) => "that verifies the attribute",
            Self::ResetPassword => "for a forgotten password",
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

/// Refuses if there were so many wrong codes that even the right one would not be accepted.
pub async fn refuse_exhausted(
    ctx: &Ctx,
    write: &mut Write<'_>,
    subject: &str,
    purpose: CodePurpose,
) -> Result<()> {
    let counted = AttemptPurpose::Code(purpose);
    attempts::refuse_exhausted(ctx, write, subject, counted, purpose.tries()).await
}

/// Redeems a code in this transaction. A wrong one is counted, and the transaction is given up.
pub async fn redeem<'s>(
    ctx: &Ctx,
    mut write: Write<'s>,
    pool: &Pool,
    user: &User,
    purpose: CodePurpose,
    given: &str,
) -> Result<(Write<'s>, Code)> {
    refuse_exhausted(ctx, &mut write, &user.sub, purpose).await?;
    let kept = write.codes().find(&user.sub, purpose).await?;
    let Some(kept) = kept.clone().filter(|kept| ctx.now < kept.expires_at) else {
        return Err(expired(ctx, kept.as_ref(), purpose));
    };
    if verify_slices_are_equal(kept.code.as_bytes(), given.as_bytes()).is_err() {
        let counted = AttemptPurpose::Code(purpose);
        attempts::count(ctx, &mut write, pool, &user.sub, counted).await?;
        write.commit().await?;
        return Err(mismatch(ctx, &kept, purpose));
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

/// Deletes the code for a forgotten password if it was sent to this address, which is no longer the
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

/// Whose code it is, or is said to be.
pub struct CodeOwner<'u> {
    /// None for somebody who does not exist, or seems so.
    pub user: Option<&'u User>,
    /// The made-up `sub` of the name that was typed.
    pub simulated_sub: String,
    /// Whether somebody who was never sent a code, though one was asked for, is refused as if the
    /// code were wrong.
    pub hides: bool,
}

/// Refuses a wrong code, and counts it; a right one is still to be redeemed. Before anything that
/// costs time: for a user and for somebody who does not exist the same questions are asked of the
/// store, and the same is written.
pub async fn check(
    ctx: &Ctx,
    pool: &Pool,
    owner: &CodeOwner<'_>,
    purpose: CodePurpose,
    given: &str,
) -> Result<()> {
    let simulated = owner.simulated_sub.as_str();
    let sub = owner.user.map_or(simulated, |user| user.sub.as_str());
    let mut write = ctx.store().write().await?;
    let kept = write.codes().find(sub, purpose).await?;
    // Who is hidden may be named by their own `sub`.
    let kept = kept.filter(|_| owner.user.is_some());
    // A user for whom a code was only pretended is refused like somebody who does not exist.
    let is_pretended = owner.hides && kept.is_none();
    let subject = if is_pretended { simulated } else { sub };
    refuse_exhausted(ctx, &mut write, subject, purpose).await?;
    let asked = AttemptPurpose::SimulatedCode(purpose);
    let was_asked = attempts::is_noted(ctx, &mut write, simulated, asked).await?;
    let found = kept.clone();
    let kept = kept.filter(|kept| ctx.now < kept.expires_at);
    let expected = match &kept {
        Some(kept) => kept.code.as_bytes(),
        None if is_pretended && was_asked => NO_CODE,
        None => return Err(expired(ctx, found.as_ref(), purpose)),
    };
    if verify_slices_are_equal(expected, given.as_bytes()).is_ok() {
        return Ok(());
    }
    let counted = AttemptPurpose::Code(purpose);
    attempts::count(ctx, &mut write, pool, subject, counted).await?;
    write.commit().await?;
    Err(match &kept {
        Some(kept) => mismatch(ctx, kept, purpose),
        None => ctx.explain(
            Error::CodeMismatch,
            "A code was asked for, and none was sent: there is no such user, or one who gets no \
             codes. The app client has PreventUserExistenceErrors ENABLED, so the answer does not \
             tell.",
        ),
    })
}

/// No code counts, with the reason.
fn expired(ctx: &Ctx, found: Option<&Code>, purpose: CodePurpose) -> Error {
    let what = purpose.sentence();
    let why = match found {
        Some(code) => format!(
            "The code {what} was sent at {} and expired at {}; by the server's clock it is {}.",
            code.created_at.rfc3339(),
            code.expires_at.rfc3339(),
            ctx.now.rfc3339()
        ),
        None => format!(
            "The user has no code {what}: none was sent, or it was used already. Ask for another \
             one."
        ),
    };
    ctx.explain(Error::CodeExpired, why)
}

/// Another code counts, with the reason.
fn mismatch(ctx: &Ctx, kept: &Code, purpose: CodePurpose) -> Error {
    let to = match &kept.value {
        Some(address) => format!(" to {address}"),
        None => String::new(),
    };
    let why = format!(
        "The code {} is the one that was sent{to} at {}, and not this one; earlier ones no longer \
         count. The inbox shows it.",
        purpose.sentence(),
        kept.created_at.rfc3339()
    );
    ctx.explain(Error::CodeMismatch, why)
}

/// What no code is: a request cannot have an empty one.
const NO_CODE: &[u8] = b"";
