//! Users: created, read, listed, disabled and deleted by administrators; read and deleted by
//! themselves.
//!
//! Not here: their attributes (`attributes`), passwords (`passwords`) and groups (`groups`);
//! sign-up by users themselves (`sign_up`).

use super::paging::Paging;
use crate::app::Ctx;
use crate::clock::Timestamp;
use crate::domain::filter::{self, Filter};
use crate::domain::usernames::{self, Chosen};
use crate::domain::{attributes, passwords, users};
use crate::error::{Error, Result};
use crate::flows::access_token::authorize;
use crate::flows::deliver::{self, Invitation};
use crate::flows::passwords as password_flow;
use crate::flows::triggers::{self, SignUpWay};
use crate::flows::users::{claim, existing, find, new};
use crate::store::{Comparison, Pool, SearchTest, User};
use crate::wire::NoOutput;
use crate::wire::user_pools::*;

const PAGE: usize = 60;

pub async fn admin_create_user(
    ctx: &Ctx,
    input: AdminCreateUserRequest,
) -> Result<AdminCreateUserResponse> {
    create(ctx, input, Maker::Administrator).await
}

/// AdminCreateUser for a fixture, which may fix the `sub`. The pool's functions are not called: a
/// fixture is the state before the first request.
pub(crate) async fn create_user_of_fixture(
    ctx: &Ctx,
    input: AdminCreateUserRequest,
    fixed_sub: Option<&str>,
) -> Result<AdminCreateUserResponse> {
    create(ctx, input, Maker::Fixture(fixed_sub)).await
}

/// Who creates a user.
#[derive(Debug, Clone, Copy)]
enum Maker<'a> {
    Administrator,
    Fixture(Option<&'a str>),
}

async fn create(
    ctx: &Ctx,
    input: AdminCreateUserRequest,
    maker: Maker<'_>,
) -> Result<AdminCreateUserResponse> {
    let fixed_sub = match maker {
        Maker::Administrator => None,
        Maker::Fixture(sub) => sub,
    };
    let pool = ctx.pool(&input.user_pool_id).await?;
    let typed = input.username.expose().as_str();
    let desired = input.desired_delivery_mediums.as_deref();
    let given_password = input.temporary_password.as_ref().map(|one| one.expose());
    if let Some(password) = given_password {
        passwords::check(&pool.password_policy(), password)?;
    }

    let (user, password) = if input.message_action == Some(MessageActionType::Resend) {
        // By the name that the user was made with, not by the one that was made up for it.
        if !pool.username_attributes().is_empty() {
            usernames::choose(&pool, typed)?;
        }
        let password = match given_password {
            Some(password) => password.clone(),
            None => ctx.draw(|rng| passwords::generate(&pool.password_policy(), rng)),
        };
        (renew(ctx, &pool, typed, &password).await?, Some(password))
    } else {
        let chosen = usernames::choose(&pool, typed)?;
        let given = input.user_attributes.unwrap_or_default();
        let named = match chosen {
            Chosen::Username => None,
            Chosen::Attribute(attribute) => Some((attribute, typed)),
        };
        let attributes = attributes::at_creation(&pool, named, given)?;
        let mut user = new(ctx, &pool, (typed, chosen), attributes, fixed_sub);
        user.status = UserStatusType::ForceChangePassword;
        if let Maker::Administrator = maker {
            let way = SignUpWay::AdminCreateUser;
            triggers::pre_sign_up(ctx, &pool, way, &user.username, &user.attributes).await?;
        }
        let password = match given_password {
            Some(password) => Some(password.clone()),
            None if pool.is_passwordless() => None,
            None => Some(ctx.draw(|rng| passwords::generate(&pool.password_policy(), rng))),
        };
        match &password {
            Some(password) => {
                user.password = Some(password_flow::make(ctx, &user, password).await?)
            }
            None if is_reachable(&user) => user.status = UserStatusType::Confirmed,
            None => return Err(Error::PasswordlessUserUnreachable),
        }
        let mut write = ctx.store().write().await?;
        if fixed_sub.is_some() && write.users().is_sub_taken(&user.sub).await? {
            return Err(Error::SubTaken { sub: user.sub });
        }
        let names = usernames::held(&pool, &user);
        let force = input.force_alias_creation.unwrap_or(false);
        for name in &names {
            claim(ctx, &mut write, &pool, name, force).await?;
        }
        write.users().insert(&user, &names).await?;
        write.commit().await?;
        (user, password)
    };

    if let Some(password) = &password
        && input.message_action != Some(MessageActionType::Suppress)
    {
        let invitation = Invitation {
            username: typed,
            password,
            desired,
        };
        deliver::invite(ctx, &pool, &user, invitation).await?;
    }
    Ok(AdminCreateUserResponse {
        user: Some(users::describe(user, |_| true)),
    })
}

fn is_reachable(user: &User) -> bool {
    user.attributes.contains_key("email") || user.attributes.contains_key("phone_number")
}

/// MessageAction RESEND: a new temporary password, which expires as if the user had been created
/// now.
async fn renew(ctx: &Ctx, pool: &Pool, typed: &str, password: &str) -> Result<User> {
    let waits = |user: &User| match user.status {
        UserStatusType::ForceChangePassword => Ok(()),
        _ => Err(Error::ResendNotPossible {
            username: typed.to_owned(),
        }),
    };
    let user = find(ctx, pool, typed).await?.ok_or(Error::UserNotFound)?;
    waits(&user)?;
    let new = password_flow::make(ctx, &user, password).await?;

    let mut write = ctx.store().write().await?;
    let found = write.users().find_by_sub(&pool.id, &user.sub).await?;
    let mut user = found.ok_or(Error::UserNotFound)?;
    waits(&user)?;
    user.password = Some(new);
    user.updated_at = ctx.now;
    write.users().update(&user).await?;
    write.commit().await?;
    Ok(user)
}

pub async fn admin_get_user(ctx: &Ctx, input: AdminGetUserRequest) -> Result<AdminGetUserResponse> {
    let pool = ctx.pool(&input.user_pool_id).await?;
    let found = find(ctx, &pool, input.username.expose()).await?;
    let user = found.ok_or(Error::UserNotFound)?;
    Ok(AdminGetUserResponse {
        mfa_options: user.mfa.options(),
        preferred_mfa_setting: user.mfa.preferred_setting(),
        user_mfa_setting_list: user.mfa.list(),
        username: Some(user.username.into()),
        user_attributes: Some(users::attribute_list(user.sub, user.attributes, |_| true)),
        user_create_date: Some(user.created_at),
        user_last_modified_date: Some(user.updated_at),
        enabled: Some(user.enabled),
        user_status: Some(user.status),
    })
}

pub async fn admin_enable_user(
    ctx: &Ctx,
    input: AdminEnableUserRequest,
) -> Result<AdminEnableUserResponse> {
    let pool = ctx.pool(&input.user_pool_id).await?;
    let mut write = ctx.store().write().await?;
    let mut user = existing(&mut write, &pool, input.username.expose()).await?;
    user.enabled = true;
    user.updated_at = ctx.now;
    write.users().update(&user).await?;
    write.commit().await?;
    Ok(AdminEnableUserResponse {})
}

/// Also ends the user's sessions: the tokens stay revoked when the user is enabled again.
pub async fn admin_disable_user(
    ctx: &Ctx,
    input: AdminDisableUserRequest,
) -> Result<AdminDisableUserResponse> {
    let pool = ctx.pool(&input.user_pool_id).await?;
    let mut write = ctx.store().write().await?;
    let mut user = existing(&mut write, &pool, input.username.expose()).await?;
    user.enabled = false;
    user.signed_out_at = Some(ctx.now);
    user.updated_at = ctx.now;
    write.users().update(&user).await?;
    write.families().revoke_all(&user.sub, ctx.now).await?;
    write.browser_sessions().delete_all(&user.sub).await?;
    write.commit().await?;
    Ok(AdminDisableUserResponse {})
}

pub async fn admin_delete_user(ctx: &Ctx, input: AdminDeleteUserRequest) -> Result<NoOutput> {
    let pool = ctx.pool(&input.user_pool_id).await?;
    let mut write = ctx.store().write().await?;
    let user = existing(&mut write, &pool, input.username.expose()).await?;
    write.users().delete(&user.sub).await?;
    write.commit().await?;
    Ok(NoOutput {})
}

/// Sorted by creation, or by the searched value if the filter is a prefix.
pub async fn list_users(ctx: &Ctx, input: ListUsersRequest) -> Result<ListUsersResponse> {
    let pool = ctx.pool(&input.user_pool_id).await?;
    let condition = input.filter.as_deref().unwrap_or("");
    let test = match filter::parse(condition)? {
        Filter::All => None,
        Filter::Test(test) => Some(test),
        Filter::Nobody => {
            return Ok(ListUsersResponse {
                users: Some(Vec::new()),
                pagination_token: None,
            });
        }
    };
    // The key of a page: the value by which a prefix search is sorted, then creation and sub.
    let value = |user: &User| match &test {
        Some(SearchTest::Column {
            column,
            comparison: Comparison::StartsWith,
            ..
        }) => column.value(user),
        _ => String::new(),
    };
    let paging = Paging::new(ctx, &[&pool.id, condition], input.limit, PAGE);
    let after: Option<(String, i64, String)> = paging.start(input.pagination_token.as_deref())?;
    let after = after
        .as_ref()
        .map(|(value, at, sub)| (value.as_str(), Timestamp(*at), sub.as_str()));
    let mut found = ctx
        .store()
        .read()
        .await?
        .users()
        .list(&pool.id, test.as_ref(), after, paging.fetch())
        .await?;
    let pagination_token = paging.cut(&mut found, |user| {
        (value(user), user.created_at.0, user.sub.clone())
    })?;
    let wanted = input.attributes_to_get.unwrap_or_default();
    let has = |user: &User, name: &str| name == "sub" || user.attributes.contains_key(name);
    let is_missing =
        |name: &String| pool.attribute(name).is_none() || found.iter().any(|user| !has(user, name));
    if wanted.iter().any(is_missing) {
        return Err(Error::RequestedAttributesMissing);
    }
    let shown = |name: &str| wanted.is_empty() || wanted.iter().any(|one| one == name);
    Ok(ListUsersResponse {
        users: Some(
            found
                .into_iter()
                .map(|user| users::describe(user, shown))
                .collect(),
        ),
        pagination_token,
    })
}

/// Only the attributes that the client may read.
pub async fn get_user(ctx: &Ctx, input: GetUserRequest) -> Result<GetUserResponse> {
    let caller = authorize(ctx, input.access_token.expose()).await?;
    let (user, client) = (caller.user, caller.client);
    let attributes = users::attribute_list(user.sub, user.attributes, |name| client.reads(name));
    Ok(GetUserResponse {
        mfa_options: user.mfa.options(),
        preferred_mfa_setting: user.mfa.preferred_setting(),
        user_mfa_setting_list: user.mfa.list(),
        username: Some(user.username.into()),
        user_attributes: Some(attributes),
    })
}

pub async fn delete_user(ctx: &Ctx, input: DeleteUserRequest) -> Result<NoOutput> {
    let caller = authorize(ctx, input.access_token.expose()).await?;
    let mut write = ctx.store().write().await?;
    write.users().delete(&caller.user.sub).await?;
    write.commit().await?;
    Ok(NoOutput {})
}
