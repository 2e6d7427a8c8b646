//! Attributes that are set and deleted, by administrators and by users themselves.
//!
//! All of them read the user, change it, and write it with its names and codes in one transaction;
//! then the codes are sent. Not here: what may be written (`domain::attributes`).

use crate::app::Ctx;
use crate::domain::attributes::{self, CodeDue};
use crate::domain::usernames;
use crate::error::{Error, Result};
use crate::flows::access_token::authorize;
use crate::flows::codes;
use crate::flows::deliver::Occasion;
use crate::flows::{deliver, users};
use crate::store::{Client, CodePurpose, NameKind, Pool, User, UserName, Write};
use crate::wire::user_pools::*;

pub async fn admin_update_user_attributes(
    ctx: &Ctx,
    input: AdminUpdateUserAttributesRequest,
) -> Result<AdminUpdateUserAttributesResponse> {
    let pool = ctx.pool(&input.user_pool_id).await?;
    let mut write = ctx.store().write().await?;
    let user = users::existing(&mut write, &pool, input.username.expose()).await?;
    change(ctx, (&pool, None), write, user, |user| {
        attributes::set_by_admin(&pool, user, input.user_attributes)
    })
    .await?;
    Ok(AdminUpdateUserAttributesResponse {})
}

pub async fn admin_delete_user_attributes(
    ctx: &Ctx,
    input: AdminDeleteUserAttributesRequest,
) -> Result<AdminDeleteUserAttributesResponse> {
    let pool = ctx.pool(&input.user_pool_id).await?;
    let mut write = ctx.store().write().await?;
    let user = users::existing(&mut write, &pool, input.username.expose()).await?;
    change(ctx, (&pool, None), write, user, |user| {
        attributes::delete_by_admin(&pool, user, &input.user_attribute_names)?;
        Ok(Vec::new())
    })
    .await?;
    Ok(AdminDeleteUserAttributesResponse {})
}

pub async fn update_user_attributes(
    ctx: &Ctx,
    input: UpdateUserAttributesRequest,
) -> Result<UpdateUserAttributesResponse> {
    let caller = authorize(ctx, input.access_token.expose()).await?;
    let mut write = ctx.store().write().await?;
    let user = caller_to_change(&mut write, &caller.user).await?;
    let sent = change(
        ctx,
        (&caller.pool, Some(&caller.client)),
        write,
        user,
        |user| attributes::set_by_user(&caller.pool, &caller.client, user, input.user_attributes),
    )
    .await?;
    Ok(UpdateUserAttributesResponse {
        // (unsure) Absent when nothing was sent.
        code_delivery_details_list: (!sent.is_empty()).then_some(sent),
    })
}

pub async fn delete_user_attributes(
    ctx: &Ctx,
    input: DeleteUserAttributesRequest,
) -> Result<DeleteUserAttributesResponse> {
    let caller = authorize(ctx, input.access_token.expose()).await?;
    let mut write = ctx.store().write().await?;
    let user = caller_to_change(&mut write, &caller.user).await?;
    let names = &input.user_attribute_names;
    change(
        ctx,
        (&caller.pool, Some(&caller.client)),
        write,
        user,
        |user| {
            attributes::delete_by_user(&caller.pool, &caller.client, user, names)?;
            Ok(Vec::new())
        },
    )
    .await?;
    Ok(DeleteUserAttributesResponse {})
}

/// Sends a new code to the address: to the one that waits to take the present one's place, if there
/// is one.
pub async fn get_user_attribute_verification_code(
    ctx: &Ctx,
    input: GetUserAttributeVerificationCodeRequest,
) -> Result<GetUserAttributeVerificationCodeResponse> {
    let caller = authorize(ctx, input.access_token.expose()).await?;
    let attribute = verifiable(&input.attribute_name)?;
    let purpose = CodePurpose::Verify(attribute);
    let mut write = ctx.store().write().await?;
    let user = caller_to_change(&mut write, &caller.user).await?;
    let waiting = write.codes().find(&user.sub, purpose).await?;
    let address = waiting
        .and_then(|code| code.value)
        .or_else(|| user.attributes.get(attribute.as_str()).cloned())
        .ok_or_else(|| Error::NothingToVerify {
            attribute: input.attribute_name,
        })?;
    let code = codes::draw(ctx, &user, purpose, address);
    write.codes().put(&code).await?;
    write.commit().await?;
    let occasion = Occasion::VerifyAttribute(&caller.client);
    let details = deliver::send_code(ctx, &caller.pool, &user, occasion, attribute, code).await?;
    Ok(GetUserAttributeVerificationCodeResponse {
        code_delivery_details: Some(details),
    })
}

/// The address that the code went to becomes the user's, if it was not already, and is verified.
pub async fn verify_user_attribute(
    ctx: &Ctx,
    input: VerifyUserAttributeRequest,
) -> Result<VerifyUserAttributeResponse> {
    let caller = authorize(ctx, input.access_token.expose()).await?;
    let attribute = verifiable(&input.attribute_name)?;
    let pool = &caller.pool;
    let mut write = ctx.store().write().await?;
    let mut user = caller_to_change(&mut write, &caller.user).await?;
    let held = usernames::held(pool, &user);
    let purpose = CodePurpose::Verify(attribute);
    let kept;
    (write, kept) = codes::redeem(ctx, write, pool, &user, purpose, &input.code).await?;
    if let Some(address) = kept.value {
        let name = attribute.as_str().to_owned();
        let before = user.attributes.insert(name, address.clone());
        if before.as_ref() != Some(&address) {
            codes::forget_recovery(&mut write, &user.sub, before.as_ref()).await?;
        }
    }
    let flag = attribute.flag().to_owned();
    user.attributes.insert(flag, "true".to_owned());
    user.updated_at = ctx.now;
    users::save(&mut write, pool, &held, &user).await?;
    write.commit().await?;
    Ok(VerifyUserAttributeResponse {})
}

fn verifiable(name: &str) -> Result<VerifiedAttributeType> {
    VerifiedAttributeType::from_wire(name).ok_or(Error::NotVerifiable)
}

/// The caller as it is now: what it was when its token was checked may be old.
async fn caller_to_change(write: &mut Write<'_>, user: &User) -> Result<User> {
    let found = write.users().find_by_sub(&user.pool_id, &user.sub).await?;
    found.ok_or(Error::UserNotFound)
}

/// Carries a change out and sends the codes that follow from it.
async fn change(
    ctx: &Ctx,
    (pool, client): (&Pool, Option<&Client>),
    mut write: Write<'_>,
    mut user: User,
    rule: impl FnOnce(&mut User) -> Result<Vec<CodeDue>>,
) -> Result<Vec<CodeDeliveryDetailsType>> {
    let held = usernames::held(pool, &user);
    let verifiable = [
        VerifiedAttributeType::Email,
        VerifiedAttributeType::PhoneNumber,
    ];
    let before = verifiable.map(|attribute| user.attributes.get(attribute.as_str()).cloned());
    let due = rule(&mut user)?;
    user.updated_at = ctx.now;

    for (attribute, before) in verifiable.into_iter().zip(before) {
        if user.attributes.get(attribute.as_str()) != before.as_ref() {
            // What was sent to the old address must not count for the new one.
            let purpose = CodePurpose::Verify(attribute);
            write.codes().delete(&user.sub, purpose).await?;
            codes::forget_recovery(&mut write, &user.sub, before.as_ref()).await?;
        }
    }
    let mut codes = Vec::with_capacity(due.len());
    for due in due {
        refuse_taken(&mut write, pool, &user, &due).await?;
        let attribute = due.attribute;
        let code = codes::draw(ctx, &user, CodePurpose::Verify(attribute), due.value);
        write.codes().put(&code).await?;
        codes.push((attribute, code));
    }
    users::save(&mut write, pool, &held, &user).await?;
    write.commit().await?;

    let mut sent = Vec::with_capacity(codes.len());
    for (attribute, code) in codes {
        let occasion = Occasion::UpdateAttribute(client);
        sent.push(deliver::send_code(ctx, pool, &user, occasion, attribute, code).await?);
    }
    Ok(sent)
}

/// Refuses a pending value that would be another user's name: it could never be verified. Values
/// that count at once are checked as names.
async fn refuse_taken(
    write: &mut Write<'_>,
    pool: &Pool,
    user: &User,
    due: &CodeDue,
) -> Result<()> {
    let (kind, is_name) = match due.attribute {
        VerifiedAttributeType::Email => (NameKind::Email, UsernameAttributeType::Email),
        VerifiedAttributeType::PhoneNumber => {
            (NameKind::PhoneNumber, UsernameAttributeType::PhoneNumber)
        }
    };
    if !due.pending || !pool.username_attributes().contains(&is_name) {
        return Ok(());
    }
    let name = UserName {
        kind,
        name: usernames::fold(pool, kind, &due.value),
    };
    match write.users().owner(&pool.id, &name).await? {
        Some(owner) if owner != user.sub => Err(Error::AliasGivenTaken {
            attribute: kind.as_str().to_owned(),
        }),
        _ => Ok(()),
    }
}
