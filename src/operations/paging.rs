//! Pages: how a list is cut, and the sealed token that leads from one page to the next.
//!
//! A token works only for the operation, pool and parameters it was made for; anything else is
//! refused.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::app::Ctx;
use crate::error::{Error, Result};
use crate::keys::Purpose;

/// What one page was asked for.
pub struct Paging<'c> {
    ctx: &'c Ctx,
    context: String,
    limit: usize,
}

impl<'c> Paging<'c> {
    /// `parameters` are those that must be the same from page to page. A size of 0, or none, means
    /// the default.
    pub fn new(ctx: &'c Ctx, parameters: &[&str], size: Option<i32>, default: usize) -> Self {
        let limit = size
            .and_then(|size| usize::try_from(size).ok())
            .filter(|size| *size > 0)
            .unwrap_or(default);
        Self {
            ctx,
            context: format!("{} {parameters:?}", ctx.operation),
            limit,
        }
    }

    /// Where the page begins: the key of the last row of the page before.
    pub fn start<Key: DeserializeOwned>(&self, token: Option<&str>) -> Result<Option<Key>> {
        let Some(token) = token else { return Ok(None) };
        let opened = self
            .ctx
            .app
            .keys
            .seal
            .open(Purpose::Page, &self.context, token)
            .ok_or(Error::InvalidPagination)?;
        serde_json::from_slice(&opened)
            .map(Some)
            .map_err(|_| Error::InvalidPagination)
    }

    /// How many rows to fetch: one more than the page holds, to know whether another follows.
    pub fn fetch(&self) -> i64 {
        i64::try_from(self.limit + 1).unwrap_or(i64::MAX)
    }

    /// Cuts the fetched rows to the page, and makes the next page's token when there are more.
    pub fn cut<Row, Key: Serialize>(
        &self,
        rows: &mut Vec<Row>,
        key: impl Fn(&Row) -> Key,
    ) -> Result<Option<String>> {
        if rows.len() <= self.limit {
            return Ok(None);
        }
        rows.truncate(self.limit);
        let Some(last) = rows.last() else {
            return Ok(None);
        };
        let key = serde_json::to_vec(&key(last))?;
        Ok(Some(self.ctx.seal(Purpose::Page, &self.context, &key)))
    }
}
