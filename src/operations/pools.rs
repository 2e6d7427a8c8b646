//! User pools: create, describe, update, delete and list; and the custom attributes of their
//! schema.
//!
//! Not here: what may be set and the defaults (`domain::pool_settings`, `domain::schema`), tags and
//! MFA (`settings.rs`).

use std::sync::Arc;

use super::paging::Paging;
use crate::app::{App, Ctx};
use crate::boxed::spawn;
use crate::clock::Timestamp;
use crate::domain::{pool_settings, schema, tags};
use crate::error::{Error, Result};
use crate::ids;
use crate::store::{MfaFactors, Pool, Write};
use crate::wire::NoOutput;
use crate::wire::user_pools::{
    AddCustomAttributesRequest, AddCustomAttributesResponse, CreateUserPoolRequest,
    CreateUserPoolResponse, DeleteUserPoolRequest, DeletionProtectionType, DescribeUserPoolRequest,
    DescribeUserPoolResponse, ListUserPoolsRequest, ListUserPoolsResponse, UpdateUserPoolRequest,
    UpdateUserPoolResponse, UserPoolDescriptionType, UserPoolMfaType,
};

pub async fn create_user_pool(
    ctx: &Ctx,
    input: CreateUserPoolRequest,
) -> Result<CreateUserPoolResponse> {
    let asked = input.user_pool_tags.clone().unwrap_or_default();
    let fixed = tags::fixed_pool_id(&asked, ctx.region())?;
    create_user_pool_with_id(ctx, input, fixed.as_deref()).await
}

/// CreateUserPool with an id of the caller's choice: of a fixture, or by a tag.
pub async fn create_user_pool_with_id(
    ctx: &Ctx,
    input: CreateUserPoolRequest,
    fixed: Option<&str>,
) -> Result<CreateUserPoolResponse> {
    let region = ctx.region().to_owned();
    let name = input.pool_name.clone();
    let settings = pool_settings::created(input)?;
    let id = match fixed {
        Some(id) => tags::checked_pool_id(id, &region)?,
        None => ctx.draw(|rng| ids::user_pool(&region, rng)),
    };
    ctx.note_pool(&id);
    let pool = Pool {
        id,
        region,
        name,
        settings,
        factors: MfaFactors::default(),
        token_sessions: None,
        created_at: ctx.now,
        updated_at: ctx.now,
    };

    let mut write = ctx.store().write().await?;
    if write.pools().find(&pool.id).await?.is_some() {
        return Err(Error::PoolIdTaken { id: pool.id });
    }
    write.pools().insert(&pool).await?;
    write.commit().await?;

    mint_keys(ctx.app.clone(), pool.id.clone(), ctx.now);
    Ok(CreateUserPoolResponse {
        user_pool: Some(pool.described(arn(ctx, &pool), 0)),
    })
}

pub async fn describe_user_pool(
    ctx: &Ctx,
    input: DescribeUserPoolRequest,
) -> Result<DescribeUserPoolResponse> {
    let pool = ctx.pool(&input.user_pool_id).await?;
    let mut read = ctx.store().read().await?;
    let users = read.pools().count_users(&pool.id).await?;
    let mut described = pool.described(arn(ctx, &pool), users);
    for domain in read.domains().of_pool(&pool.id).await? {
        if domain.custom {
            described.custom_domain = Some(domain.name);
        } else {
            described.domain = Some(domain.name);
        }
    }
    Ok(DescribeUserPoolResponse {
        user_pool: Some(described),
    })
}

pub async fn update_user_pool(
    ctx: &Ctx,
    input: UpdateUserPoolRequest,
) -> Result<UpdateUserPoolResponse> {
    let mut write = ctx.store().write().await?;
    let mut pool = to_change(ctx, &mut write, &input.user_pool_id).await?;
    refuse_during_import(&mut write, &pool).await?;
    if let Some(name) = &input.pool_name {
        pool.name.clone_from(name);
    }
    pool.settings = pool_settings::updated(&pool, input)?;
    if pool.mfa() == UserPoolMfaType::Off {
        pool.factors = pool.factors.without_mfa();
    }
    pool.updated_at = ctx.now;
    write.pools().update(&pool).await?;
    write.commit().await?;
    Ok(UpdateUserPoolResponse {})
}

pub async fn delete_user_pool(ctx: &Ctx, input: DeleteUserPoolRequest) -> Result<NoOutput> {
    let mut write = ctx.store().write().await?;
    let pool = to_change(ctx, &mut write, &input.user_pool_id).await?;
    if pool.settings.deletion_protection == Some(DeletionProtectionType::Active) {
        return Err(Error::PoolProtected);
    }
    if !write.domains().of_pool(&pool.id).await?.is_empty() {
        return Err(Error::PoolHasDomain);
    }
    refuse_during_import(&mut write, &pool).await?;
    write.pools().delete(&pool.id).await?;
    // Who makes a pool of this id again makes another pool.
    write.signing_keys().forget_remembered(&pool.id).await?;
    write.commit().await?;
    ctx.app.keys.forget(&pool.id);
    Ok(NoOutput {})
}

pub async fn list_user_pools(
    ctx: &Ctx,
    input: ListUserPoolsRequest,
) -> Result<ListUserPoolsResponse> {
    let paging = Paging::new(ctx, &[ctx.region()], Some(input.max_results), 60);
    let after: Option<(Timestamp, String)> = start(&paging, input.next_token.as_deref())?;
    let after = after.as_ref().map(|(at, id)| (*at, id.as_str()));
    let mut read = ctx.store().read().await?;
    let mut pools = read
        .pools()
        .list(ctx.region(), after, paging.fetch())
        .await?;
    let next_token = paging.cut(&mut pools, |pool| (pool.created_at.0, pool.id.clone()))?;
    let described = pools.into_iter().map(|pool| UserPoolDescriptionType {
        id: Some(pool.id),
        name: Some(pool.name),
        lambda_config: pool.settings.lambda_config,
        last_modified_date: Some(pool.updated_at),
        creation_date: Some(pool.created_at),
        ..UserPoolDescriptionType::default()
    });
    Ok(ListUserPoolsResponse {
        user_pools: Some(described.collect()),
        next_token,
    })
}

pub async fn add_custom_attributes(
    ctx: &Ctx,
    input: AddCustomAttributesRequest,
) -> Result<AddCustomAttributesResponse> {
    let mut write = ctx.store().write().await?;
    let mut pool = to_change(ctx, &mut write, &input.user_pool_id).await?;
    refuse_during_import(&mut write, &pool).await?;
    let attributes = pool.settings.schema_attributes.get_or_insert_default();
    schema::add_custom(attributes, &input.custom_attributes)?;
    pool.updated_at = ctx.now;
    write.pools().update(&pool).await?;
    write.commit().await?;
    Ok(AddCustomAttributesResponse {})
}

/// The pool, read in this transaction. Every operation that changes a pool begins with this.
pub(super) async fn to_change(ctx: &Ctx, write: &mut Write<'_>, id: &str) -> Result<Pool> {
    let found = write.pools().find(id).await?;
    let pool = found.ok_or_else(|| Error::PoolNotFound { id: id.to_owned() })?;
    ctx.check_region(&pool)?;
    ctx.note_pool(&pool.id);
    Ok(pool)
}

/// An import checks its rows against the schema and settings, so they must not change while it
/// runs.
async fn refuse_during_import(write: &mut Write<'_>, pool: &Pool) -> Result<()> {
    if write.import_jobs().is_running(&pool.id).await? {
        Err(Error::ImportRunsInPool)
    } else {
        Ok(())
    }
}

/// The key with which a list sorted by creation goes on.
pub(super) fn start(paging: &Paging, token: Option<&str>) -> Result<Option<(Timestamp, String)>> {
    let key: Option<(i64, String)> = paging.start(token)?;
    Ok(key.map(|(at, id)| (Timestamp(at), id)))
}

fn arn(ctx: &Ctx, pool: &Pool) -> String {
    ids::user_pool_arn(&pool.region, &ctx.app.settings.account_id, &pool.id)
}

/// Mints the pool's signing keys in the background, so that this request does not wait for them.
pub(crate) fn mint_keys(app: Arc<App>, pool: String, now: Timestamp) {
    spawn(async move {
        match app.keys.of_pool(&app.store, &pool, now).await {
            // A pool that was deleted in the meantime needs none.
            Ok(_) | Err(Error::PoolNotFound { .. }) => {}
            Err(error) => tracing::warn!(
                pool,
                ?error,
                "the pool's signing keys could not be minted yet"
            ),
        }
    });
}
