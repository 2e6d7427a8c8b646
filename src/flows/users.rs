//! Finds users by what was typed, and writes them with their names.
//!
//! The table `user_names` always holds exactly what `domain::usernames::held` says, since every
//! write of a user's attributes goes through here. Not here: the rules of names
//! (`domain::usernames`).

use uuid::Uuid;

use crate::app::Ctx;
use crate::domain::usernames::{self, Chosen};
use crate::error::{Error, Result};
use crate::ids;
use crate::keys::Identity;
use crate::store::{
    Attributes, Client, Group, MfaPreferences, NameKind, Pool, User, UserName, Write,
};
use crate::wire::user_pools::{UserStatusType, VerifiedAttributeType};

/// The user to whom `typed` refers: a user name, an alias, a user name attribute or a `sub`.
pub async fn find(ctx: &Ctx, pool: &Pool, typed: &str) -> Result<Option<User>> {
    let names = usernames::candidates(pool, typed);
    ctx.store()
        .read()
        .await?
        .users()
        .find(&pool.id, &names)
        .await
}

/// As [`find`], for callers who may not learn which users exist. If the client hides that, unknown
/// and disabled users are None and have to be answered like a real one. Other clients get an error.
pub async fn find_for_client(
    ctx: &Ctx,
    pool: &Pool,
    client: &Client,
    typed: &str,
) -> Result<Option<User>> {
    visible(client, find(ctx, pool, typed).await?)
}

/// Passes on a user who may sign in; others are hidden or refused, as in [`find_for_client`].
pub fn visible(client: &Client, found: Option<User>) -> Result<Option<User>> {
    match found {
        Some(user) if user.enabled => Ok(Some(user)),
        _ if client.hides_unknown_users() => Ok(None),
        Some(_) => Err(Error::UserDisabled),
        None => Err(Error::UsernameClientNotFound),
    }
}

/// For the developer: why nobody is found by a name.
pub fn why_unknown(pool: &Pool, typed: &str) -> String {
    let mut names = vec!["user names and subs"];
    if !pool.alias_attributes().is_empty() {
        names.push("verified aliases");
    }
    if !pool.username_attributes().is_empty() {
        names.push("the attributes that users sign in with");
    }
    let case = if pool.is_case_sensitive() {
        ", and capital letters count"
    } else {
        ""
    };
    format!(
        "The user pool {} has no user \"{typed}\": {} were looked through{case}.",
        pool.id,
        names.join(" and ")
    )
}

/// A made-up `sub` for an unknown user name: always the same, and it looks like a real one. A name
/// that has the form of a `sub` is its own `sub`.
pub fn simulated_sub(ctx: &Ctx, pool: &Pool, typed: &str) -> String {
    if Uuid::try_parse(typed).is_ok() {
        return typed.to_owned();
    }
    ids::sub_from(simulated_bytes(ctx, pool, typed))
}

/// Bytes that are derived from an unknown user name.
pub fn simulated_bytes(ctx: &Ctx, pool: &Pool, typed: &str) -> [u8; 16] {
    let typed = usernames::fold(pool, NameKind::Username, typed);
    let (salt, _) = ctx.app.keys.seal.simulated_password(Identity {
        pool_id: &pool.id,
        username: &typed,
    });
    salt.try_into().unwrap_or_default()
}

/// As [`find`], with the user's groups: for a sign-in, whose tokens name them.
pub async fn find_with_groups(
    ctx: &Ctx,
    pool: &Pool,
    typed: &str,
) -> Result<Option<(User, Vec<Group>)>> {
    let names = usernames::candidates(pool, typed);
    let mut read = ctx.store().read().await?;
    read.users().find_with_groups(&pool.id, &names).await
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

/// The user because of whom a new user cannot have this name. A user name that is somebody's `sub`
/// is refused, too: it would be found before the `sub`, and operations on that user would reach
/// this one.
pub async fn owner(write: &mut Write<'_>, pool: &Pool, name: &UserName) -> Result<Option<String>> {
    for name in twins(name) {
        let owner = write.users().owner(&pool.id, &name).await?;
        if owner.is_some() {
            return Ok(owner);
        }
    }
    Ok(None)
}

/// What nobody else may have for somebody to have this name.
pub fn twins(name: &UserName) -> impl Iterator<Item = UserName> + use<> {
    let sub = (name.kind == NameKind::Username).then(|| UserName {
        kind: NameKind::Sub,
        name: name.name.clone(),
    });
    sub.into_iter().chain([name.clone()])
}

/// Why a new user cannot have a name that somebody has.
pub fn refuse_name(name: &UserName) -> Error {
    match name.kind {
        NameKind::Username | NameKind::Sub => Error::UserExists,
        // The model lists no AliasExistsException for AdminCreateUser, although its documentation
        // mentions it.
        kind => Error::UsernameAttributeTaken {
            attribute: kind.as_str(),
        },
    }
}

/// Makes sure that a new user may have this name. `ForceAliasCreation` takes a verified address or
/// number away from the user who has it; that user keeps it unverified.
pub async fn claim(
    ctx: &Ctx,
    write: &mut Write<'_>,
    pool: &Pool,
    name: &UserName,
    force: bool,
) -> Result<()> {
    let Some(owner) = owner(write, pool, name).await? else {
        return Ok(());
    };
    let attribute = match name.kind {
        NameKind::Email => Some(VerifiedAttributeType::Email),
        NameKind::PhoneNumber => Some(VerifiedAttributeType::PhoneNumber),
        NameKind::Username | NameKind::Sub | NameKind::PreferredUsername => None,
    };
    let attribute = attribute.filter(|_| force && pool.username_attributes().is_empty());
    let Some(attribute) = attribute else {
        return Err(refuse_name(name));
    };
    take_alias(ctx, write, pool, name, attribute, &owner).await
}

/// A user who is not stored yet: unconfirmed and without a password. `typed` is the checked user
/// name; `sub` is drawn unless it is fixed.
pub fn new(
    ctx: &Ctx,
    pool: &Pool,
    (typed, chosen): (&str, Chosen),
    attributes: Attributes,
    sub: Option<&str>,
) -> User {
    let sub = match sub {
        Some(sub) => sub.to_owned(),
        None => ctx.draw(ids::sub),
    };
    let username = match chosen {
        Chosen::Username => typed.to_owned(),
        Chosen::Attribute(_) => sub.clone(),
    };
    User {
        sub,
        pool_id: pool.id.clone(),
        username,
        status: UserStatusType::Unconfirmed,
        enabled: true,
        attributes,
        password: None,
        signed_out_at: None,
        mfa: MfaPreferences::default(),
        created_at: ctx.now,
        updated_at: ctx.now,
    }
}

/// As [`find_to_change`], for administrators, who may learn that the user does not exist.
pub async fn existing(write: &mut Write<'_>, pool: &Pool, typed: &str) -> Result<User> {
    find_to_change(write, pool, typed)
        .await?
        .ok_or(Error::UserNotFound)
}

/// Whether a changed user would hold a name that another user has.
pub async fn takes_a_name(
    write: &mut Write<'_>,
    pool: &Pool,
    held_before: &[UserName],
    user: &User,
) -> Result<bool> {
    for name in usernames::held(pool, user) {
        if !held_before.contains(&name) && write.users().owner(&pool.id, &name).await?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Writes a changed user, and its names if they changed; `held_before` are the names it had. A name
/// that another user has is refused.
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
                    attribute: name.kind.as_str(),
                });
            }
        }
        write.users().replace_names(user, &held).await?;
    }
    write.users().update(user).await
}

/// `ForceAliasCreation`: takes a verified address or number away from another user, who keeps it
/// unverified.
pub async fn take_alias(
    ctx: &Ctx,
    write: &mut Write<'_>,
    pool: &Pool,
    name: &UserName,
    attribute: VerifiedAttributeType,
    owner: &str,
) -> Result<()> {
    if let Some(mut owner) = write.users().find_by_sub(&pool.id, owner).await? {
        let flag = attribute.flag().to_owned();
        owner.attributes.insert(flag, "false".to_owned());
        owner.updated_at = ctx.now;
        write.users().update(&owner).await?;
    }
    write.users().delete_name(&pool.id, name).await
}
