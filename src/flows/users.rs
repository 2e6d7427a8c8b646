//! Finding a user by any of their names, and writing one back.

use crate::app::Ctx;
use crate::domain::usernames;
use crate::error::Result;
use crate::store::{Pool, User, Write};

/// The user whom `typed` names: user name, alias or sub.
pub async fn find(ctx: &Ctx, pool: &Pool, typed: &str) -> Result<Option<User>> {
    let names = usernames::candidates(pool, typed);
    ctx.store()
        .read()
        .await?
        .users()
        .find(&pool.id, &names)
        .await
}

/// Writes the user with the names that they now hold.
pub async fn update(write: &mut Write<'_>, pool: &Pool, user: &User) -> Result<()> {
    write.users().update(user).await?;
    write
        .users()
        .replace_names(user, &usernames::held(pool, user))
        .await
}
