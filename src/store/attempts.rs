//! Wrong tries, counted: of passwords at sign-in, and of codes. Not here: how many are too many
//! (`domain::attempts`).

use std::borrow::Cow;

use sqlx::Row;

use super::{CodePurpose, Repository, Store, Write, Writing};
use crate::clock::Timestamp;
use crate::error::Result;

/// The wrong tries of one subject for one purpose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempts {
    pub pool_id: String,
    /// The user's `sub`, or the made-up one of a name that nobody has.
    pub subject: String,
    pub purpose: AttemptPurpose,
    pub failures: i64,
    /// The first failure.
    pub begun_at: Timestamp,
    /// The last one.
    pub failed_at: Timestamp,
    /// The last try, those included that were refused unseen.
    pub tried_at: Timestamp,
}

/// What was tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttemptPurpose {
    /// Passwords.
    SignIn,
    /// Codes of a sign-in, by message or by app.
    SignInCode,
    /// Previous passwords.
    ChangePassword,
    Code(CodePurpose),
    /// Not a try: that a code was asked for which nobody got.
    SimulatedCode(CodePurpose),
}

impl AttemptPurpose {
    fn column(self) -> Cow<'static, str> {
        match self {
            Self::SignIn => "sign_in".into(),
            Self::SignInCode => "sign_in_code".into(),
            Self::ChangePassword => "change_password".into(),
            Self::Code(purpose) => purpose.as_str().into(),
            Self::SimulatedCode(purpose) => format!("simulated {}", purpose.as_str()).into(),
        }
    }
}

/// The table of wrong tries.
pub enum AttemptsTable {}

impl Store {
    /// Begins the write in which a try of this subject is settled, so that tries sent at once wait
    /// for each other. None where nothing is to be counted or forgiven: a right try of somebody who
    /// had no wrong one costs nothing.
    ///
    /// A wrong one is known before it waits for its turn: a right one that comes later waits
    /// behind it.
    pub async fn settle_attempt(&self, subject: &str, right: bool) -> Result<Option<Write<'_>>> {
        if !right {
            self.seen.tried.add(subject);
        } else if !self.seen.tried.may_have(subject) {
            return Ok(None);
        }
        self.write().await.map(Some)
    }

    /// The wrong tries of one subject for one purpose. Most had none: those cost no question.
    pub async fn attempts(
        &self,
        subject: &str,
        purpose: AttemptPurpose,
    ) -> Result<Option<Attempts>> {
        if !self.seen.tried.may_have(subject) {
            return Ok(None);
        }
        self.read().await?.attempts().find(subject, purpose).await
    }
}

impl<Mode> Repository<'_, AttemptsTable, Mode> {
    pub async fn find(
        &mut self,
        subject: &str,
        purpose: AttemptPurpose,
    ) -> Result<Option<Attempts>> {
        let row = sqlx::query(
            "SELECT pool_id, subject, failures, begun_at, failed_at, tried_at FROM attempts \
             WHERE subject = $1 AND purpose = $2",
        )
        .bind(subject)
        .bind(purpose.column())
        .fetch_optional(&mut *self.conn)
        .await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(Attempts {
            pool_id: row.try_get("pool_id")?,
            subject: row.try_get("subject")?,
            purpose,
            failures: row.try_get("failures")?,
            begun_at: Timestamp(row.try_get("begun_at")?),
            failed_at: Timestamp(row.try_get("failed_at")?),
            tried_at: Timestamp(row.try_get("tried_at")?),
        }))
    }
}

impl Repository<'_, AttemptsTable, Writing> {
    /// Keeps the count in place of an older one.
    pub async fn put(&mut self, attempts: &Attempts) -> Result<()> {
        // Before the row is there: whoever finds nothing in the set is right.
        self.seen.tried.add(&attempts.subject);
        sqlx::query(
            "INSERT INTO attempts \
             (pool_id, subject, purpose, failures, begun_at, failed_at, tried_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7) \
             ON CONFLICT (subject, purpose) DO UPDATE SET failures = excluded.failures, \
             begun_at = excluded.begun_at, failed_at = excluded.failed_at, \
             tried_at = excluded.tried_at",
        )
        .bind(&attempts.pool_id)
        .bind(&attempts.subject)
        .bind(attempts.purpose.column())
        .bind(attempts.failures)
        .bind(attempts.begun_at.0)
        .bind(attempts.failed_at.0)
        .bind(attempts.tried_at.0)
        .execute(&mut *self.conn)
        .await?;
        Ok(())
    }

    pub async fn delete(&mut self, subject: &str, purpose: AttemptPurpose) -> Result<()> {
        sqlx::query("DELETE FROM attempts WHERE subject = $1 AND purpose = $2")
            .bind(subject)
            .bind(purpose.column())
            .execute(&mut *self.conn)
            .await?;
        Ok(())
    }

    /// Forgets the subjects that have not tried since.
    pub async fn sweep(&mut self, since: Timestamp) -> Result<()> {
        sqlx::query("DELETE FROM attempts WHERE tried_at < $1")
            .bind(since.0)
            .execute(&mut *self.conn)
            .await?;
        Ok(())
    }
}
