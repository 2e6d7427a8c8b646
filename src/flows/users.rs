//! Finding users by what was typed, and writing them with their names.
//!
//! `user_names` always holds exactly what `domain::usernames::held` says; every write of a user's attributes goes through here.
//! Not here: what the names are (`domain::usernames`).

use crate::app::Ctx;
use crate::domain::usernames;
use crate::error::{Error, Result};
use crate::store::{Pool, User, UserName, Write};

/// The user whom `typed` names: by user name, alias, user name attribute or `sub`.
pub async fn find(ctx: &Ctx, pool: &Pool, typed: &str) -> Result<Option<User>> {
    let names = usernames::candidates(pool, typed);
    ctx.store()
        .read()
        .await?
        .users()
        .find(&pool.id, &names)
        .await
}

/// As [`find`], in a transaction that goes on to change the user.
pub async fn find_to_change(
    write: &mut Write<'_>,
    pool: &Pool,
    typed: &str,
) -> Result<Option<User>> {
    let names = usernames::candidates(pool, typed);
    write.users().find(&pool.id, &names).await
}

/// As [`find_to_change`], for administrators, who may be told that there is nobody.
pub async fn existing(write: &mut Write<'_>, pool: &Pool, typed: &str) -> Result<User> {
    find_to_change(write, pool, typed)
        .await?
        .ok_or(Error::UserNotFound)
}

/// Writes a changed user, and its names where they changed; `held_before` are those it had. A name that somebody else holds is refused.
pub async fn save(
    write: &mut Write<'_>,
    pool: &Pool,
    held_before: &[UserName],
    user: &User,
) -> Result<()> {
    let held = usernames::held(pool, user);
    if held != held_before {
        for name in held.iter().filter(|name| !held_before.contains(name)) {
            if write.users().owner(&pool.id, name).await?.is_some() {
                return Err(Error::AliasGivenTaken {
                    attribute: name.kind.as_str().to_owned(),
                });
            }
        }
        write.users().replace_names(user, &held).await?;
    }
    write.users().update(user).await
}
