//! Terms of use and privacy policies of app clients.
//!
//! Not here: which links are taken (`domain::terms`), the pages that show them.

use super::paging::Paging;
use super::{clients, pools};
use crate::app::Ctx;
use crate::domain::terms::{self, MOST};
use crate::error::{Error, Result};
use crate::store::{Kept, Write};
use crate::wire::NoOutput;
use crate::wire::user_pools::{
    CreateTermsRequest, CreateTermsResponse, DeleteTermsRequest, DescribeTermsByClientRequest,
    DescribeTermsByClientResponse, DescribeTermsRequest, DescribeTermsResponse, ListTermsRequest,
    ListTermsResponse, TermsDescriptionType, TermsType, UpdateTermsRequest, UpdateTermsResponse,
};

const PAGE: usize = 60;

pub async fn create_terms(ctx: &Ctx, input: CreateTermsRequest) -> Result<CreateTermsResponse> {
    terms::check_links(input.links.as_ref())?;
    let id = ctx.uuid();
    let mut write = ctx.store().write().await?;
    let (pool, client) =
        clients::to_change(ctx, &mut write, &input.user_pool_id, &input.client_id).await?;
    check_name_free(&mut write, &client.id, &input.terms_name).await?;
    if write.documents().count::<TermsType>(&pool.id).await? >= MOST {
        return Err(Error::TermsTooMany);
    }
    let kept = Kept {
        pool_id: pool.id,
        key: id,
        client_id: Some(client.id),
        document: TermsType {
            terms_name: Some(input.terms_name),
            terms_source: Some(input.terms_source),
            enforcement: Some(input.enforcement),
            links: input.links,
            ..TermsType::default()
        },
        created_at: ctx.now,
        updated_at: ctx.now,
    };
    write.documents().put(&kept).await?;
    write.commit().await?;
    Ok(CreateTermsResponse {
        terms: Some(terms::described(kept)),
    })
}

pub async fn describe_terms(
    ctx: &Ctx,
    input: DescribeTermsRequest,
) -> Result<DescribeTermsResponse> {
    let pool = ctx.pool(&input.user_pool_id).await?;
    let id = input.terms_id;
    let mut read = ctx.store().read().await?;
    let found = read.documents().find(&pool.id, &id).await?;
    let kept = found.ok_or(Error::TermsNotFound { id })?;
    Ok(DescribeTermsResponse {
        terms: Some(terms::described(kept)),
    })
}

pub async fn describe_terms_by_client(
    ctx: &Ctx,
    input: DescribeTermsByClientRequest,
) -> Result<DescribeTermsByClientResponse> {
    let (_, client) = ctx
        .pool_client(&input.user_pool_id, input.client_id.expose())
        .await?;
    let name = input.terms_name;
    let mut read = ctx.store().read().await?;
    let of_client = read.documents().of_client(&client.id).await?;
    let found = of_client.into_iter().find(|kept| is_named(kept, &name));
    let kept = found.ok_or_else(|| Error::TermsOfClientNotFound {
        name,
        client: client.id.clone(),
    })?;
    Ok(DescribeTermsByClientResponse {
        terms: Some(terms::described(kept)),
    })
}

/// What the request leaves out stays; links that it names replace all (unsure).
pub async fn update_terms(ctx: &Ctx, input: UpdateTermsRequest) -> Result<UpdateTermsResponse> {
    terms::check_links(input.links.as_ref())?;
    let mut write = ctx.store().write().await?;
    let pool = pools::to_change(ctx, &mut write, &input.user_pool_id).await?;
    let id = input.terms_id;
    let found = write.documents().find(&pool.id, &id).await?;
    let mut kept: Kept<TermsType> = found.ok_or(Error::TermsNotFound { id })?;
    if let Some(name) = input.terms_name
        && !is_named(&kept, &name)
    {
        if let Some(client) = &kept.client_id {
            check_name_free(&mut write, client, &name).await?;
        }
        kept.document.terms_name = Some(name);
    }
    let before = kept.document;
    kept.document = TermsType {
        terms_source: input.terms_source.or(before.terms_source),
        enforcement: input.enforcement.or(before.enforcement),
        links: input.links.or(before.links),
        ..before
    };
    kept.updated_at = ctx.now;
    write.documents().put(&kept).await?;
    write.commit().await?;
    Ok(UpdateTermsResponse {
        terms: Some(terms::described(kept)),
    })
}

pub async fn delete_terms(ctx: &Ctx, input: DeleteTermsRequest) -> Result<NoOutput> {
    let mut write = ctx.store().write().await?;
    let pool = pools::to_change(ctx, &mut write, &input.user_pool_id).await?;
    let id = input.terms_id;
    if !write.documents().delete::<TermsType>(&pool.id, &id).await? {
        return Err(Error::TermsNotFound { id });
    }
    write.commit().await?;
    Ok(NoOutput {})
}

pub async fn list_terms(ctx: &Ctx, input: ListTermsRequest) -> Result<ListTermsResponse> {
    let pool = ctx.pool(&input.user_pool_id).await?;
    let paging = Paging::new(ctx, &[&pool.id], input.max_results, PAGE);
    let after = pools::start(&paging, input.next_token.as_deref())?;
    let after = after.as_ref().map(|(at, id)| (*at, id.as_str()));
    let mut read = ctx.store().read().await?;
    let mut kept: Vec<Kept<TermsType>> = read
        .documents()
        .list(&pool.id, after, paging.fetch())
        .await?;
    let next_token = paging.cut(&mut kept, |one| (one.created_at.0, one.key.clone()))?;
    let described = kept.into_iter().map(|one| TermsDescriptionType {
        terms_id: Some(one.key),
        terms_name: one.document.terms_name,
        enforcement: one.document.enforcement,
        creation_date: Some(one.created_at),
        last_modified_date: Some(one.updated_at),
    });
    Ok(ListTermsResponse {
        terms: Some(described.collect()),
        next_token,
    })
}

/// A client has one document of each name.
async fn check_name_free(write: &mut Write<'_>, client: &str, name: &str) -> Result<()> {
    let of_client = write.documents().of_client(client).await?;
    if of_client.iter().any(|kept| is_named(kept, name)) {
        return Err(Error::TermsExist {
            name: name.to_owned(),
            client: client.to_owned(),
        });
    }
    Ok(())
}

fn is_named(kept: &Kept<TermsType>, name: &str) -> bool {
    kept.document.terms_name.as_deref() == Some(name)
}
