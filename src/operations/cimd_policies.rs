//! Policies for clients that are known by the URL of a metadata document, and the documents that
//! are kept of them.
//!
//! Not here: what a pattern matches and a document says (`domain::client_documents`), what such a
//! client may do (`flows::client_documents`).

use super::paging::Paging;
use super::{clients, pools};
use crate::app::Ctx;
use crate::domain::client_documents::{self, MOST_POLICIES, MetadataUrl, SHORTEST_CACHE};
use crate::error::{Error, Result};
use crate::flows::client_documents::{FEATURE, fetch};
use crate::ids;
use crate::store::{CimdPolicy, Pool, Write};
use crate::wire::Sensitive;
use crate::wire::user_pools::{
    CIMDCacheActionType, CIMDPolicySummaryType, CIMDPolicyType, ClientMetadataURLType,
    CreateCIMDPolicyRequest, CreateCIMDPolicyResponse, DeleteCIMDPolicyRequest,
    DeleteCIMDPolicyResponse, DescribeCIMDPolicyRequest, DescribeCIMDPolicyResponse,
    ListCIMDPoliciesRequest, ListCIMDPoliciesResponse, ListClientMetadataURLsRequest,
    ListClientMetadataURLsResponse, UpdateCIMDPolicyRequest, UpdateCIMDPolicyResponse,
    UpdateClientMetadataURLStateRequest, UpdateClientMetadataURLStateResponse,
};

/// (unsure) The size of a page if the request names none.
const PAGE: usize = 60;

pub async fn create_cimd_policy(
    ctx: &Ctx,
    input: CreateCIMDPolicyRequest,
) -> Result<CreateCIMDPolicyResponse> {
    client_documents::check_patterns(&input.url_patterns)?;
    let mut write = ctx.store().write().await?;
    let (pool, client) =
        clients::to_change(ctx, &mut write, &input.user_pool_id, &input.client_id).await?;
    pool.require_essentials(FEATURE)?;
    let policy = CimdPolicy {
        id: ctx.draw(ids::cimd_policy),
        pool_id: pool.id,
        client_id: Some(client.id),
        name: input.policy_name,
        url_patterns: input.url_patterns,
        cache_seconds: input.cache_duration.map_or(SHORTEST_CACHE, i64::from),
        created_at: ctx.now,
        updated_at: ctx.now,
    };
    let others = others(&mut write, &policy).await?;
    if others.len() >= MOST_POLICIES {
        return Err(Error::CimdPolicyTooMany);
    }
    refuse_shared_patterns(&policy, &others)?;
    write.cimd_policies().insert(&policy).await?;
    write.commit().await?;
    Ok(CreateCIMDPolicyResponse {
        cimd_policy: Some(described(policy)),
    })
}

pub async fn describe_cimd_policy(
    ctx: &Ctx,
    input: DescribeCIMDPolicyRequest,
) -> Result<DescribeCIMDPolicyResponse> {
    let pool = ctx.pool(&input.user_pool_id).await?;
    let policy = find(ctx, &pool, input.cimd_policy_id).await?;
    Ok(DescribeCIMDPolicyResponse {
        cimd_policy: Some(described(policy)),
    })
}

pub async fn list_cimd_policies(
    ctx: &Ctx,
    input: ListCIMDPoliciesRequest,
) -> Result<ListCIMDPoliciesResponse> {
    let pool = ctx.pool(&input.user_pool_id).await?;
    let paging = Paging::new(ctx, &[&pool.id], input.max_results, PAGE);
    let after = pools::start(&paging, input.next_token.as_deref())?;
    let after = after.as_ref().map(|(at, id)| (*at, id.as_str()));
    let mut read = ctx.store().read().await?;
    let mut policies = read
        .cimd_policies()
        .list(&pool.id, after, paging.fetch())
        .await?;
    let next_token = paging.cut(&mut policies, |one| (one.created_at.0, one.id.clone()))?;
    let summaries = policies.into_iter().map(|policy| CIMDPolicySummaryType {
        cimd_policy_id: Some(policy.id),
        client_id: policy.client_id.map(Sensitive::new),
        policy_name: Some(policy.name),
        cache_duration: i32::try_from(policy.cache_seconds).ok(),
        creation_date: Some(policy.created_at),
        last_modified_date: Some(policy.updated_at),
    });
    Ok(ListCIMDPoliciesResponse {
        cimd_policies: Some(summaries.collect()),
        next_token,
    })
}

/// (unsure) What the request leaves out stays. Documents that no pattern matches any more are
/// forgotten.
pub async fn update_cimd_policy(
    ctx: &Ctx,
    input: UpdateCIMDPolicyRequest,
) -> Result<UpdateCIMDPolicyResponse> {
    client_documents::check_patterns(&input.url_patterns)?;
    let mut write = ctx.store().write().await?;
    let (pool, client) =
        clients::to_change(ctx, &mut write, &input.user_pool_id, &input.client_id).await?;
    pool.require_essentials(FEATURE)?;
    let mut policy = to_change(&mut write, &pool, input.cimd_policy_id).await?;
    policy.client_id = Some(client.id);
    policy.url_patterns = input.url_patterns;
    if let Some(name) = input.policy_name {
        policy.name = name;
    }
    if let Some(seconds) = input.cache_duration {
        policy.cache_seconds = i64::from(seconds);
    }
    policy.updated_at = ctx.now;
    let others = others(&mut write, &policy).await?;
    refuse_shared_patterns(&policy, &others)?;
    write.cimd_policies().update(&policy).await?;
    let kept = write
        .client_documents()
        .list(&policy.id, "", i64::MAX)
        .await?;
    for document in kept {
        let url = MetadataUrl::parse(&document.url);
        let matches = |url: MetadataUrl| policy.url_patterns.iter().any(|one| url.matches(one));
        if !url.is_some_and(matches) {
            let mut documents = write.client_documents();
            documents.delete(&policy.id, &document.url).await?;
        }
    }
    write.commit().await?;
    Ok(UpdateCIMDPolicyResponse {
        cimd_policy: Some(described(policy)),
    })
}

pub async fn delete_cimd_policy(
    ctx: &Ctx,
    input: DeleteCIMDPolicyRequest,
) -> Result<DeleteCIMDPolicyResponse> {
    let mut write = ctx.store().write().await?;
    let pool = pools::to_change(ctx, &mut write, &input.user_pool_id).await?;
    let policy = to_change(&mut write, &pool, input.cimd_policy_id).await?;
    write.cimd_policies().delete(&policy.id).await?;
    write.commit().await?;
    Ok(DeleteCIMDPolicyResponse {})
}

/// The documents that are kept, those included that have expired and nobody has asked for since.
/// (unsure) Of a URL whose document was invalidated nothing is listed.
pub async fn list_client_metadata_urls(
    ctx: &Ctx,
    input: ListClientMetadataURLsRequest,
) -> Result<ListClientMetadataURLsResponse> {
    let pool = ctx.pool(&input.user_pool_id).await?;
    let policy = find(ctx, &pool, input.cimd_policy_id).await?;
    let paging = Paging::new(ctx, &[&pool.id, &policy.id], input.max_results, PAGE);
    let after: Option<String> = paging.start(input.next_token.as_deref())?;
    let after = after.as_deref().unwrap_or_default();
    let mut read = ctx.store().read().await?;
    let mut kept = read
        .client_documents()
        .list(&policy.id, after, paging.fetch())
        .await?;
    let next_token = paging.cut(&mut kept, |one| one.url.clone())?;
    let urls = kept.into_iter().map(|one| ClientMetadataURLType {
        url: Some(one.url),
        cached_date: Some(one.cached_at),
        expiration_date: Some(one.expires_at),
    });
    Ok(ListClientMetadataURLsResponse {
        client_metadata_urls: Some(urls.collect()),
        next_token,
    })
}

/// (unsure) A refresh that fails leaves what was kept.
pub async fn update_client_metadata_url_state(
    ctx: &Ctx,
    input: UpdateClientMetadataURLStateRequest,
) -> Result<UpdateClientMetadataURLStateResponse> {
    let pool = ctx.pool(&input.user_pool_id).await?;
    pool.require_essentials(FEATURE)?;
    let policy = find(ctx, &pool, input.cimd_policy_id).await?;
    let not_kept = || Error::ClientDocumentNotCached {
        url: input.url.clone(),
    };
    match input.action {
        CIMDCacheActionType::Refresh => {
            let mut read = ctx.store().read().await?;
            let kept = read.client_documents().find(&policy.id, &input.url).await?;
            drop(read);
            let url = kept.and_then(|kept| MetadataUrl::parse(&kept.url));
            fetch(ctx, &policy, &url.ok_or_else(not_kept)?).await?;
        }
        CIMDCacheActionType::Invalidate => {
            let mut write = ctx.store().write().await?;
            let mut documents = write.client_documents();
            if !documents.delete(&policy.id, &input.url).await? {
                return Err(not_kept());
            }
            write.commit().await?;
        }
    }
    Ok(UpdateClientMetadataURLStateResponse {})
}

async fn find(ctx: &Ctx, pool: &Pool, id: String) -> Result<CimdPolicy> {
    let mut read = ctx.store().read().await?;
    let found = read.cimd_policies().find(&pool.id, &id).await?;
    found.ok_or(Error::CimdPolicyNotFound { id })
}

async fn to_change(write: &mut Write<'_>, pool: &Pool, id: String) -> Result<CimdPolicy> {
    let found = write.cimd_policies().find(&pool.id, &id).await?;
    found.ok_or(Error::CimdPolicyNotFound { id })
}

/// The pool's other policies.
async fn others(write: &mut Write<'_>, policy: &CimdPolicy) -> Result<Vec<CimdPolicy>> {
    let mut policies = write
        .cimd_policies()
        .list(&policy.pool_id, None, i64::MAX)
        .await?;
    policies.retain(|other| other.id != policy.id);
    Ok(policies)
}

/// (unsure) A pattern that another app client's policy has, too, would let nobody in: a URL must
/// match policies of one client.
fn refuse_shared_patterns(policy: &CimdPolicy, others: &[CimdPolicy]) -> Result<()> {
    for other in others {
        let is_anothers = other.client_id.is_some() && other.client_id != policy.client_id;
        let shared = |one: &&String| is_anothers && other.url_patterns.contains(one);
        if let Some(pattern) = policy.url_patterns.iter().find(shared) {
            return Err(Error::UrlPatternTaken {
                pattern: pattern.clone(),
            });
        }
    }
    Ok(())
}

fn described(policy: CimdPolicy) -> CIMDPolicyType {
    CIMDPolicyType {
        user_pool_id: Some(policy.pool_id),
        cimd_policy_id: Some(policy.id),
        client_id: policy.client_id.map(Sensitive::new),
        policy_name: Some(policy.name),
        cache_duration: i32::try_from(policy.cache_seconds).ok(),
        url_patterns: Some(policy.url_patterns),
        creation_date: Some(policy.created_at),
        last_modified_date: Some(policy.updated_at),
    }
}
