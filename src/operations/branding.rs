//! The look of a pool's pages: the classic hosted UI's style sheet and logo, and managed login's
//! styles.
//!
//! Not here: what may be set (`domain::appearance`, `domain::branding`), the pages themselves.

use super::{clients, pools};
use crate::app::Ctx;
use crate::domain::appearance::{self, ALL_CLIENTS, Appearance};
use crate::domain::branding::{self, MOST, RequestedBranding};
use crate::error::{Error, Result};
use crate::store::{Kept, Write};
use crate::wire::NoOutput;
use crate::wire::user_pools::{
    CreateManagedLoginBrandingRequest, CreateManagedLoginBrandingResponse,
    DeleteManagedLoginBrandingRequest, DescribeManagedLoginBrandingByClientRequest,
    DescribeManagedLoginBrandingByClientResponse, DescribeManagedLoginBrandingRequest,
    DescribeManagedLoginBrandingResponse, GetUICustomizationRequest, GetUICustomizationResponse,
    ManagedLoginBrandingType, SetUICustomizationRequest, SetUICustomizationResponse,
    UICustomizationType, UpdateManagedLoginBrandingRequest, UpdateManagedLoginBrandingResponse,
};

pub async fn set_ui_customization(
    ctx: &Ctx,
    input: SetUICustomizationRequest,
) -> Result<SetUICustomizationResponse> {
    let mut write = ctx.store().write().await?;
    let pool = pools::to_change(ctx, &mut write, &input.user_pool_id).await?;
    let client = match input.client_id.filter(|id| id.expose() != ALL_CLIENTS) {
        Some(id) => Some(
            clients::to_change(ctx, &mut write, &pool.id, &id)
                .await?
                .1
                .id,
        ),
        None => None,
    };
    if write.domains().of_pool(&pool.id).await?.is_empty() {
        return Err(Error::DomainNeeded);
    }
    let key = client.clone().unwrap_or_else(|| ALL_CLIENTS.to_owned());
    let before = write.documents().find::<Appearance>(&pool.id, &key).await?;
    let kept = Kept {
        pool_id: pool.id,
        key,
        client_id: client,
        document: Appearance::new(input.css, input.image_file)?,
        created_at: before.map_or(ctx.now, |before| before.created_at),
        updated_at: ctx.now,
    };
    write.documents().put(&kept).await?;
    write.commit().await?;
    Ok(SetUICustomizationResponse {
        ui_customization: Some(described(ctx, kept)),
    })
}

/// The client's look, or else that of all clients, or else an empty document.
pub async fn get_ui_customization(
    ctx: &Ctx,
    input: GetUICustomizationRequest,
) -> Result<GetUICustomizationResponse> {
    let pool = ctx.pool(&input.user_pool_id).await?;
    let asked = input.client_id.filter(|id| id.expose() != ALL_CLIENTS);
    if let Some(id) = &asked {
        ctx.pool_client(&pool.id, id.expose()).await?;
    }
    let mut read = ctx.store().read().await?;
    let mut kept = match &asked {
        Some(id) => read.documents().find(&pool.id, id.expose()).await?,
        None => None,
    };
    if kept.is_none() {
        kept = read.documents().find(&pool.id, ALL_CLIENTS).await?;
    }
    let empty = UICustomizationType::default();
    Ok(GetUICustomizationResponse {
        ui_customization: Some(kept.map_or(empty, |kept| described(ctx, kept))),
    })
}

/// The logo is served where `http::mocknito::images` finds it. Its address changes with it, as the
/// service's does, so that no browser keeps the old one.
fn described(ctx: &Ctx, kept: Kept<Appearance>) -> UICustomizationType {
    let url = format!(
        "{}/_mocknito/images/{}/{}?v={}",
        ctx.app.address(),
        kept.pool_id,
        kept.key,
        kept.updated_at.0 / 1_000
    );
    appearance::described(kept, url)
}

pub async fn create_managed_login_branding(
    ctx: &Ctx,
    input: CreateManagedLoginBrandingRequest,
) -> Result<CreateManagedLoginBrandingResponse> {
    let asked = RequestedBranding {
        use_cognito_provided_values: input.use_cognito_provided_values,
        settings: input.settings,
        assets: input.assets,
    };
    let style = branding::created(asked, &mut || ctx.uuid())?;
    let id = ctx.uuid();
    let mut write = ctx.store().write().await?;
    let (pool, client) =
        clients::to_change(ctx, &mut write, &input.user_pool_id, &input.client_id).await?;
    if of_client(&mut write, &client.id).await?.is_some() {
        return Err(Error::BrandingExists { client: client.id });
    }
    let mut documents = write.documents();
    if documents
        .count::<ManagedLoginBrandingType>(&pool.id)
        .await?
        >= MOST
    {
        return Err(Error::BrandingTooMany);
    }
    let kept = Kept {
        pool_id: pool.id,
        key: id,
        client_id: Some(client.id),
        document: style,
        created_at: ctx.now,
        updated_at: ctx.now,
    };
    documents.put(&kept).await?;
    write.commit().await?;
    Ok(CreateManagedLoginBrandingResponse {
        managed_login_branding: Some(branding::described(kept)),
    })
}

pub async fn describe_managed_login_branding(
    ctx: &Ctx,
    input: DescribeManagedLoginBrandingRequest,
) -> Result<DescribeManagedLoginBrandingResponse> {
    let pool = ctx.pool(&input.user_pool_id).await?;
    let id = input.managed_login_branding_id;
    let mut read = ctx.store().read().await?;
    let found = read.documents().find(&pool.id, &id).await?;
    let kept = found.ok_or(Error::BrandingNotFound { id })?;
    Ok(DescribeManagedLoginBrandingResponse {
        managed_login_branding: Some(described_style(kept, input.return_merged_resources)?),
    })
}

pub async fn describe_managed_login_branding_by_client(
    ctx: &Ctx,
    input: DescribeManagedLoginBrandingByClientRequest,
) -> Result<DescribeManagedLoginBrandingByClientResponse> {
    let (_, client) = ctx
        .pool_client(&input.user_pool_id, input.client_id.expose())
        .await?;
    let mut read = ctx.store().read().await?;
    let found = read.documents().of_client(&client.id).await?;
    let kept = found
        .into_iter()
        .next()
        .ok_or_else(|| Error::BrandingOfClientNotFound {
            client: client.id.clone(),
        })?;
    Ok(DescribeManagedLoginBrandingByClientResponse {
        managed_login_branding: Some(described_style(kept, input.return_merged_resources)?),
    })
}

fn described_style(
    kept: Kept<ManagedLoginBrandingType>,
    merged: Option<bool>,
) -> Result<ManagedLoginBrandingType> {
    let style = branding::described(kept);
    if merged == Some(true) {
        branding::completed(style)
    } else {
        Ok(style)
    }
}

/// The model allows both ids to be left out, but then the request names no style.
pub async fn update_managed_login_branding(
    ctx: &Ctx,
    input: UpdateManagedLoginBrandingRequest,
) -> Result<UpdateManagedLoginBrandingResponse> {
    let missing = |name: &str| Error::MissingParameter {
        name: name.to_owned(),
    };
    let pool = input.user_pool_id.ok_or_else(|| missing("UserPoolId"))?;
    let id = input
        .managed_login_branding_id
        .ok_or_else(|| missing("ManagedLoginBrandingId"))?;
    let asked = RequestedBranding {
        use_cognito_provided_values: input.use_cognito_provided_values,
        settings: input.settings,
        assets: input.assets,
    };
    let mut write = ctx.store().write().await?;
    let pool = pools::to_change(ctx, &mut write, &pool).await?;
    let found = write.documents().find(&pool.id, &id).await?;
    let mut kept: Kept<ManagedLoginBrandingType> = found.ok_or(Error::BrandingNotFound { id })?;
    kept.document = branding::updated(kept.document, asked, &mut || ctx.uuid())?;
    kept.updated_at = ctx.now;
    write.documents().put(&kept).await?;
    write.commit().await?;
    Ok(UpdateManagedLoginBrandingResponse {
        managed_login_branding: Some(branding::described(kept)),
    })
}

pub async fn delete_managed_login_branding(
    ctx: &Ctx,
    input: DeleteManagedLoginBrandingRequest,
) -> Result<NoOutput> {
    let mut write = ctx.store().write().await?;
    let pool = pools::to_change(ctx, &mut write, &input.user_pool_id).await?;
    let id = input.managed_login_branding_id;
    let mut documents = write.documents();
    if !documents
        .delete::<ManagedLoginBrandingType>(&pool.id, &id)
        .await?
    {
        return Err(Error::BrandingNotFound { id });
    }
    write.commit().await?;
    Ok(NoOutput {})
}

async fn of_client(
    write: &mut Write<'_>,
    client: &str,
) -> Result<Option<Kept<ManagedLoginBrandingType>>> {
    let found = write.documents().of_client(client).await?;
    Ok(found.into_iter().next())
}
