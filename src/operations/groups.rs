//! Groups and their members. Not here: groups in tokens (`flows::issue_tokens`).

use super::paging::Paging;
use crate::app::Ctx;
use crate::clock::Timestamp;
use crate::domain::{groups, users};
use crate::error::{Error, Result};
use crate::flows::users::existing;
use crate::store::Group;
use crate::wire::NoOutput;
use crate::wire::user_pools::*;

const PAGE: usize = 60;

pub async fn create_group(ctx: &Ctx, input: CreateGroupRequest) -> Result<CreateGroupResponse> {
    let pool = ctx.pool(&input.user_pool_id).await?;
    let group = Group {
        pool_id: pool.id.clone(),
        name: input.group_name,
        description: input.description,
        role_arn: input.role_arn,
        precedence: input.precedence,
        created_at: ctx.now,
        updated_at: ctx.now,
    };
    let mut write = ctx.store().write().await?;
    if write.groups().find(&pool.id, &group.name).await?.is_some() {
        return Err(Error::GroupExists);
    }
    write.groups().insert(&group).await?;
    write.commit().await?;
    Ok(CreateGroupResponse {
        group: Some(groups::describe(group)),
    })
}

pub async fn get_group(ctx: &Ctx, input: GetGroupRequest) -> Result<GetGroupResponse> {
    let pool = ctx.pool(&input.user_pool_id).await?;
    let mut read = ctx.store().read().await?;
    let group = read.groups().find(&pool.id, &input.group_name).await?;
    Ok(GetGroupResponse {
        group: Some(groups::describe(group.ok_or(Error::GroupNotFound)?)),
    })
}

/// (unsure) What the request leaves out stays as it is.
pub async fn update_group(ctx: &Ctx, input: UpdateGroupRequest) -> Result<UpdateGroupResponse> {
    let pool = ctx.pool(&input.user_pool_id).await?;
    let mut write = ctx.store().write().await?;
    let found = write.groups().find(&pool.id, &input.group_name).await?;
    let before = found.ok_or(Error::GroupNotFound)?;
    let group = Group {
        description: input.description.or(before.description),
        role_arn: input.role_arn.or(before.role_arn),
        precedence: input.precedence.or(before.precedence),
        updated_at: ctx.now,
        ..before
    };
    write.groups().update(&group).await?;
    write.commit().await?;
    Ok(UpdateGroupResponse {
        group: Some(groups::describe(group)),
    })
}

/// Deletes the memberships, not the members.
pub async fn delete_group(ctx: &Ctx, input: DeleteGroupRequest) -> Result<NoOutput> {
    let pool = ctx.pool(&input.user_pool_id).await?;
    let mut write = ctx.store().write().await?;
    let found = write.groups().find(&pool.id, &input.group_name).await?;
    let group = found.ok_or(Error::GroupNotFound)?;
    write.groups().delete(&pool.id, &group.name).await?;
    write.commit().await?;
    Ok(NoOutput {})
}

/// (unsure) Sorted by name.
pub async fn list_groups(ctx: &Ctx, input: ListGroupsRequest) -> Result<ListGroupsResponse> {
    let pool = ctx.pool(&input.user_pool_id).await?;
    let paging = Paging::new(ctx, &[&pool.id], input.limit, PAGE);
    let after: Option<String> = paging.start(input.next_token.as_deref())?;
    let mut found = ctx
        .store()
        .read()
        .await?
        .groups()
        .list(&pool.id, after.as_deref().unwrap_or(""), paging.fetch())
        .await?;
    let next_token = paging.cut(&mut found, |group| group.name.clone())?;
    Ok(ListGroupsResponse {
        groups: Some(found.into_iter().map(groups::describe).collect()),
        next_token,
    })
}

/// For a member nothing changes.
pub async fn admin_add_user_to_group(
    ctx: &Ctx,
    input: AdminAddUserToGroupRequest,
) -> Result<NoOutput> {
    let pool = ctx.pool(&input.user_pool_id).await?;
    let mut write = ctx.store().write().await?;
    let user = existing(&mut write, &pool, input.username.expose()).await?;
    let found = write.groups().find(&pool.id, &input.group_name).await?;
    let group = found.ok_or(Error::GroupNotFound)?;
    write
        .groups()
        .insert_member(&pool.id, &group.name, &user.sub, ctx.now)
        .await?;
    write.commit().await?;
    Ok(NoOutput {})
}

/// For somebody who is not a member nothing changes.
pub async fn admin_remove_user_from_group(
    ctx: &Ctx,
    input: AdminRemoveUserFromGroupRequest,
) -> Result<NoOutput> {
    let pool = ctx.pool(&input.user_pool_id).await?;
    let mut write = ctx.store().write().await?;
    let user = existing(&mut write, &pool, input.username.expose()).await?;
    let found = write.groups().find(&pool.id, &input.group_name).await?;
    let group = found.ok_or(Error::GroupNotFound)?;
    write
        .groups()
        .delete_member(&pool.id, &group.name, &user.sub)
        .await?;
    write.commit().await?;
    Ok(NoOutput {})
}

pub async fn admin_list_groups_for_user(
    ctx: &Ctx,
    input: AdminListGroupsForUserRequest,
) -> Result<AdminListGroupsForUserResponse> {
    let pool = ctx.pool(&input.user_pool_id).await?;
    let user = crate::flows::users::find(ctx, &pool, input.username.expose())
        .await?
        .ok_or(Error::UserNotFound)?;
    let paging = Paging::new(ctx, &[&pool.id, &user.sub], input.limit, PAGE);
    let after: Option<String> = paging.start(input.next_token.as_deref())?;
    let mut found = ctx
        .store()
        .read()
        .await?
        .groups()
        .list_of_user(&user.sub, after.as_deref().unwrap_or(""), paging.fetch())
        .await?;
    let next_token = paging.cut(&mut found, |group| group.name.clone())?;
    Ok(AdminListGroupsForUserResponse {
        groups: Some(found.into_iter().map(groups::describe).collect()),
        next_token,
    })
}

/// Listed in the order in which they joined.
pub async fn list_users_in_group(
    ctx: &Ctx,
    input: ListUsersInGroupRequest,
) -> Result<ListUsersInGroupResponse> {
    let pool = ctx.pool(&input.user_pool_id).await?;
    let paging = Paging::new(ctx, &[&pool.id, &input.group_name], input.limit, PAGE);
    let after: Option<(i64, String)> = paging.start(input.next_token.as_deref())?;
    let after = after
        .as_ref()
        .map(|(at, sub)| (Timestamp(*at), sub.as_str()));
    let mut read = ctx.store().read().await?;
    let group = read.groups().find(&pool.id, &input.group_name).await?;
    let group = group.ok_or(Error::GroupNotFound)?;
    let mut members = read
        .users()
        .list_of_group(&pool.id, &group.name, after, paging.fetch())
        .await?;
    let next_token = paging.cut(&mut members, |(user, joined)| (joined.0, user.sub.clone()))?;
    Ok(ListUsersInGroupResponse {
        users: Some(
            members
                .into_iter()
                .map(|(user, _)| users::describe(user, |_| true))
                .collect(),
        ),
        next_token,
    })
}
