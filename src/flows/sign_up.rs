//! Signing up, and confirming it: by the API, or by the link in an e-mail.
//!
//! Not here: users whom an administrator creates (`operations::users`), signing in right after the
//! confirmation (`sign_in`).

use super::auth_events::{self, Event};
use super::codes;
use super::deliver::{self, Occasion};
use super::triggers::{self, Caller, Confirmation, SignUpWay};
use super::{passwords as password_flow, users};
use crate::app::Ctx;
use crate::domain::destinations::{self, Destination};
use crate::domain::usernames::{self, Chosen};
use crate::domain::{attributes, passwords};
use crate::error::{Error, Result};
use crate::store::{Attributes, Client, CodePurpose, NameKind, Pool, User, UserName, Write};
use crate::wire::user_pools::{
    AttributeType, CodeDeliveryDetailsType, EventResponseType, EventType, UserStatusType,
    UsernameAttributeType, VerifiedAttributeType,
};

/// The data of a sign-up.
pub struct Registration<'a> {
    pub username: &'a str,
    pub password: Option<&'a str>,
    pub attributes: Vec<AttributeType>,
}

/// Creates a user and sends the code that confirms it, if the pool verifies an address that the
/// user has given. The pool's function may confirm the user at once.
pub async fn sign_up(
    ctx: &Ctx,
    pool: &Pool,
    client: &Client,
    asked: Registration<'_>,
) -> Result<(User, Option<CodeDeliveryDetailsType>)> {
    if pool.allows_only_administrators_to_create_users() {
        return Err(Error::SignUpNotPermitted);
    }
    let chosen = usernames::choose(pool, asked.username)?;
    let named = match chosen {
        Chosen::Username => None,
        Chosen::Attribute(attribute) => Some((attribute, asked.username)),
    };
    let attributes = attributes::at_sign_up(pool, client, named, asked.attributes)?;
    let supplied = without_flags(&attributes);
    let mut user = users::new(ctx, pool, (asked.username, chosen), attributes, None);
    attributes::check_required(pool, &user)?;
    match asked.password {
        Some(password) => passwords::check(&pool.password_policy(), password)?,
        None if !pool.is_passwordless() => {
            // (unsure) AWS documents only that a password is needed unless the pool signs in by
            // codes.
            return Err(Error::MissingParameter {
                name: "Password".to_owned(),
            });
        }
        None if destinations::of_sign_up(pool, &user.attributes).is_none() => {
            return Err(Error::PasswordlessUserUnreachable);
        }
        None => {}
    }
    let way = SignUpWay::SignUp(client);
    let decided = triggers::pre_sign_up(ctx, pool, way, &user.username, &supplied).await?;
    let to = match decided.confirms {
        true => None,
        false => destinations::of_sign_up(pool, &user.attributes),
    };
    if decided.confirms {
        user.status = UserStatusType::Confirmed;
    }
    decided.verify(&mut user.attributes);

    let names = usernames::held(pool, &user);
    if let Some(password) = asked.password {
        user.password = Some(password_flow::make(ctx, &user, password).await?);
    }
    let mut write = ctx.store().write().await?;
    for name in &names {
        let owner = users::owner(&mut write, pool, name).await?;
        refuse_taken(chosen, name, owner)?;
    }
    write.users().insert(&user, &names).await?;
    let code = put_code(ctx, &mut write, &user, to).await?;
    write.commit().await?;

    let details = match code {
        Some((attribute, code)) => Some(
            deliver::send_code(ctx, pool, &user, Occasion::SignUp(client), attribute, code).await?,
        ),
        None => None,
    };
    let event = Event::new(EventType::SignUp, EventResponseType::Pass);
    auth_events::record(ctx, pool, client, &user, event).await?;
    if decided.confirms {
        let (caller, confirmation) = (Caller::Client(client), Confirmation::SignUp);
        triggers::post_confirmation(ctx, pool, caller, confirmation, &user).await?;
    }
    Ok((user, details))
}

/// The attributes that the user gave, without the flags that the service adds.
fn without_flags(attributes: &Attributes) -> Attributes {
    let mut given = attributes.clone();
    for attribute in [
        VerifiedAttributeType::Email,
        VerifiedAttributeType::PhoneNumber,
    ] {
        given.shift_remove(attribute.flag());
    }
    given
}

/// The refusal of a name that another user has. The words differ between the user name and other
/// names.
fn refuse_taken(chosen: Chosen, name: &UserName, owner: Option<String>) -> Result<()> {
    if owner.is_none() {
        return Ok(());
    }
    let is_user_name = match name.kind {
        NameKind::Username | NameKind::Sub => true,
        NameKind::Email => chosen == Chosen::Attribute(UsernameAttributeType::Email),
        NameKind::PhoneNumber => chosen == Chosen::Attribute(UsernameAttributeType::PhoneNumber),
        NameKind::PreferredUsername => false,
    };
    Err(if is_user_name {
        Error::SignUpUserExists
    } else {
        Error::UsernameAttributeTaken {
            attribute: name.kind.as_str(),
        }
    })
}

async fn put_code(
    ctx: &Ctx,
    write: &mut Write<'_>,
    user: &User,
    to: Option<Destination>,
) -> Result<Option<(VerifiedAttributeType, crate::store::Code)>> {
    let Some(to) = to else { return Ok(None) };
    let code = codes::draw(ctx, user, CodePurpose::SignUp, to.address);
    write.codes().put(&code).await?;
    Ok(Some((to.attribute, code)))
}

/// Sends a new code to a user who is not confirmed yet. It replaces the old one.
pub async fn resend(
    ctx: &Ctx,
    pool: &Pool,
    client: &Client,
    typed: &str,
) -> Result<CodeDeliveryDetailsType> {
    let Some(user) = users::find_for_client(ctx, pool, client, typed).await? else {
        let order = destinations::simulated_order(pool);
        return deliver::simulate_code(ctx, pool, typed, &order, CodePurpose::SignUp).await;
    };
    if user.status != UserStatusType::Unconfirmed {
        return Err(Error::AlreadyConfirmed);
    }
    // (unsure) The words are the same if the pool verifies addresses but the user has none.
    let to = destinations::of_sign_up(pool, &user.attributes).ok_or(Error::AutoVerificationOff)?;
    let (attribute, code) = (
        to.attribute,
        codes::draw(ctx, &user, CodePurpose::SignUp, to.address),
    );
    let mut write = ctx.store().write().await?;
    write.codes().put(&code).await?;
    write.commit().await?;
    let event = Event::new(EventType::ResendCode, EventResponseType::Pass);
    auth_events::record(ctx, pool, client, &user, event).await?;
    let occasion = Occasion::ResendCode(client);
    deliver::send_code(ctx, pool, &user, occasion, attribute, code).await
}

/// Confirms a user by the code that was sent, and then calls the pool's function; if that fails,
/// the user is confirmed all the same. The code verifies the address that it was sent to. With
/// `force` this user takes over that address if it is another user's alias.
pub async fn confirm(
    ctx: &Ctx,
    pool: &Pool,
    client: &Client,
    typed: &str,
    code: &str,
    force: bool,
) -> Result<()> {
    let found = users::find_for_client(ctx, pool, client, typed).await?;
    let mut write = ctx.store().write().await?;
    let Some(user) = found else {
        // Documented: as if the code had expired, whatever was asked for. After the question that
        // a user's code is looked for with.
        let subject = users::simulated_sub(ctx, pool, typed);
        codes::refuse_exhausted(ctx, &mut write, &subject, CodePurpose::SignUp).await?;
        return Err(Error::CodeExpired);
    };
    let (mut write, mut user) = still_there(write, pool, &user.sub).await?;
    if user.status != UserStatusType::Unconfirmed {
        return Err(Error::CannotConfirm {
            status: user.status.as_str().to_owned(),
        });
    }
    let held_before = usernames::held(pool, &user);
    let kept;
    (write, kept) = codes::redeem(ctx, write, pool, &user, CodePurpose::SignUp, code).await?;
    destinations::mark_verified(&mut user.attributes, kept.value.as_ref());
    user.status = UserStatusType::Confirmed;
    user.updated_at = ctx.now;
    let held = usernames::held(pool, &user);
    for name in held.iter().filter(|name| !held_before.contains(name)) {
        let Some(owner) = write.users().owner(&pool.id, name).await? else {
            continue;
        };
        let attribute = match name.kind {
            NameKind::Email => Some(VerifiedAttributeType::Email),
            NameKind::PhoneNumber => Some(VerifiedAttributeType::PhoneNumber),
            NameKind::Username | NameKind::Sub | NameKind::PreferredUsername => None,
        };
        let Some(attribute) = attribute.filter(|_| force) else {
            return Err(Error::AliasTaken {
                attribute: name.kind.as_str(),
            });
        };
        users::take_alias(ctx, &mut write, pool, name, attribute, &owner).await?;
    }
    users::save(&mut write, pool, &held_before, &user).await?;
    write.commit().await?;
    let (caller, confirmation) = (Caller::Client(client), Confirmation::SignUp);
    triggers::post_confirmation(ctx, pool, caller, confirmation, &user).await
}

/// The user, read in the transaction that changes it.
async fn still_there<'s>(
    mut write: Write<'s>,
    pool: &Pool,
    sub: &str,
) -> Result<(Write<'s>, User)> {
    let found = write.users().find_by_sub(&pool.id, sub).await?;
    Ok((write, found.ok_or(Error::UserNotFound)?))
}
