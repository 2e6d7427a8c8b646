//! stub
use crate::error::Result;
use crate::store::{Client, Pool, User};
pub fn missing_required(_pool: &Pool, _user: &User) -> Vec<String> {
    Vec::new()
}
pub fn apply_user_writes(
    _: &Pool,
    _: &Client,
    _: &mut User,
    _: impl IntoIterator<Item = (String, String)>,
) -> Result<()> {
    Ok(())
}
