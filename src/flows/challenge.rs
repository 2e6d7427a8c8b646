//! What challenges share: that an answer succeeds once, to which client a challenge is sealed, and
//! how a proof's time is written.
//!
//! Not here: the steps themselves and what a `Session` holds (`sign_in`).

use serde::{Deserialize, Serialize};
use time::PrimitiveDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

use crate::app::Ctx;
use crate::clock::Timestamp;
use crate::error::{Error, Result};
use crate::store::{Client, TokenFamily, Write};

/// Something that can be used once. Its use is remembered until it would have expired anyway.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SingleUse {
    id: String,
    expires_at: i64,
}

impl SingleUse {
    /// Something that this client may use once, as long as its challenges last.
    pub fn new(ctx: &Ctx, client: &Client) -> Self {
        Self {
            id: ctx.uuid(),
            expires_at: ctx.now.plus(client.session_validity()).0,
        }
    }

    /// Refuses what has expired, used before or not.
    pub fn check_not_expired(&self, ctx: &Ctx) -> Result<()> {
        if self.expires_at <= ctx.now.0 {
            let why = format!(
                "The Session expired at {}, and by the server's clock it is {}: the app client's \
                 AuthSessionValidity says how many minutes it lasts.",
                Timestamp(self.expires_at).rfc3339(),
                ctx.now.rfc3339()
            );
            return Err(ctx.explain(Error::SessionExpired, why));
        }
        Ok(())
    }

    /// Refuses what has expired or was used before.
    pub async fn check(&self, ctx: &Ctx) -> Result<()> {
        self.check_not_expired(ctx)?;
        match ctx.store().is_spent(&self.id).await? {
            true => Err(Error::SessionSpent),
            false => Ok(()),
        }
    }

    /// Uses it for the tokens of a new family.
    pub async fn spend_for_tokens(&self, ctx: &Ctx, family: &TokenFamily) -> Result<()> {
        let mut write = ctx.store().write().await?;
        self.spend(&mut write).await?;
        write.families().insert(family).await?;
        write.commit().await
    }

    /// Uses it by itself. If two requests race, only one succeeds.
    pub async fn spend_alone(&self, ctx: &Ctx) -> Result<()> {
        let write = ctx.store().write_once().await;
        let first = write.spend(&self.id, Timestamp(self.expires_at)).await?;
        first.then_some(()).ok_or(Error::SessionSpent)
    }

    /// Uses it, as part of what its use changes. If two requests race, only one succeeds.
    pub async fn spend(&self, write: &mut Write<'_>) -> Result<()> {
        let expires_at = Timestamp(self.expires_at);
        let first = write.spent_sessions().spend(&self.id, expires_at).await?;
        first.then_some(()).ok_or(Error::SessionSpent)
    }
}

/// What a challenge is sealed to.
pub fn context(client: &Client) -> String {
    format!("{}/{}", client.pool_id, client.id)
}

/// `Sat May 2 09:05:01 UTC 2026`, English, the day without a leading zero.
const TIMESTAMP: &[BorrowedFormatItem<'_>] = format_description!(
    "[weekday repr:short] [month repr:short] [day padding:none] [hour]:[minute]:[second] UTC [year]"
);

/// The same, as it is read: names in any case, the day with or without a leading zero, and whatever
/// weekday it says.
const WRITTEN: &[BorrowedFormatItem<'_>] = format_description!(
    "[weekday repr:short case_sensitive:false] [month repr:short case_sensitive:false] \
     [day padding:none] [hour]:[minute]:[second] UTC [year]"
);

/// The time of a proof in the one form over which proofs are checked. How long ago it was does not
/// matter: a library that many programs copy writes the hour on a 12-hour clock, and its users sign
/// in all day (strong inference).
pub fn canonical_timestamp(text: &str) -> Result<String> {
    let malformed = |_| Error::SrpTimestampMalformed;
    let in_utc = text.replacen(" GMT ", " UTC ", 1);
    let signed = PrimitiveDateTime::parse(&in_utc, WRITTEN).map_err(malformed)?;
    signed
        .format(TIMESTAMP)
        .map_err(|error| anyhow::Error::new(error).into())
}

/// What a client's clock may show: the server's time, or the machine's when a test has moved the
/// server's.
pub fn clients_times(ctx: &Ctx) -> [Timestamp; 2] {
    let offset = ctx.app.clock.read().offset_micros;
    [ctx.now, Timestamp(ctx.now.0.saturating_sub(offset))]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_in_many_forms_and_checked_in_one() {
        let canonical = "Sat May 2 09:05:01 UTC 2026";
        for text in [
            canonical,
            "Sat May 2 09:05:01 GMT 2026",
            "sat MAY 2 09:05:01 UTC 2026",
            "Sat May 02 09:05:01 UTC 2026",
            "Mon May 2 09:05:01 UTC 2026",
        ] {
            let read = canonical_timestamp(text).map_err(|error| error.situation());
            assert_eq!(read.as_deref(), Ok(canonical), "{text}");
        }
        // Any instant, a 12-hour clock's too, and both ends of the calendar.
        for text in [
            "Sat May 2 21:05:01 UTC 2026",
            "Thu Jan 1 00:00:00 UTC 1970",
            "Fri Dec 31 23:59:59 UTC 9999",
        ] {
            let read = canonical_timestamp(text).map_err(|error| error.situation());
            assert_eq!(read.as_deref(), Ok(text));
        }
        for text in [
            "Sat May 2 09:60:01 UTC 2026",
            "Sat May 2 09:05:01 PM UTC 2026",
            "Sat May 2 09:05:01 utc 2026",
            "Sat May 2 09:05:01 CEST 2026",
            "Sat May 2 09:05:01 Z 2026",
            "Sat May 2 24:05:01 UTC 2026",
            "Sat May 32 09:05:01 UTC 2026",
            "Sat May 2 09:05:01 UTC",
            "2026-05-02T09:05:01Z",
            "",
        ] {
            let read = canonical_timestamp(text).map_err(|error| error.situation());
            assert_eq!(read, Err("SrpTimestampMalformed"), "{text}");
        }
    }
}
