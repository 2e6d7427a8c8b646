//! App clients and their secrets.
//!
//! Not here: what may be set and the defaults (`domain::client_settings`,
//! `domain::oauth_settings`).

use super::paging::Paging;
use super::pools;
use crate::app::Ctx;
use crate::domain::client_settings::{self, MOST_SECRETS};
use crate::error::{Error, Result};
use crate::flows::app_clients;
use crate::ids;
use crate::store::{Client, ClientSecret, Pool, Write};
use crate::wire::user_pools::{
    AddUserPoolClientSecretRequest, AddUserPoolClientSecretResponse, ClientSecretDescriptorType,
    ClientTypeType, CreateUserPoolClientRequest, CreateUserPoolClientResponse,
    DeleteUserPoolClientRequest, DeleteUserPoolClientSecretRequest,
    DeleteUserPoolClientSecretResponse, DescribeUserPoolClientRequest,
    DescribeUserPoolClientResponse, ListUserPoolClientSecretsRequest,
    ListUserPoolClientSecretsResponse, ListUserPoolClientsRequest, ListUserPoolClientsResponse,
    UpdateUserPoolClientRequest, UpdateUserPoolClientResponse, UserPoolClientDescription,
    UserPoolClientType,
};
use crate::wire::{NoOutput, Sensitive};

/// (unsure) The size of a page if the request names none: 10, says the documentation.
const PAGE: usize = 10;

pub async fn create_user_pool_client(
    ctx: &Ctx,
    input: CreateUserPoolClientRequest,
) -> Result<CreateUserPoolClientResponse> {
    let name = input.client_name.clone();
    let fixed = client_settings::fixed_id(&name)?;
    create_user_pool_client_with_id(ctx, input, fixed).await
}

/// CreateUserPoolClient with an id of the caller's choice: of a fixture, or by the client's name.
pub async fn create_user_pool_client_with_id(
    ctx: &Ctx,
    mut input: CreateUserPoolClientRequest,
    fixed: Option<&str>,
) -> Result<CreateUserPoolClientResponse> {
    let id = match fixed {
        Some(id) => id.to_owned(),
        None => ctx.draw(ids::client),
    };
    let given = input.client_secret.take().map(Sensitive::into_inner);
    let secret = match (given, input.generate_secret.unwrap_or(false)) {
        (Some(_), true) => return Err(Error::SecretAndGenerate),
        (None, true) => Some(ctx.draw(ids::client_secret)),
        (given, false) => given,
    };

    let mut write = ctx.store().write().await?;
    let pool = pools::to_change(ctx, &mut write, &input.user_pool_id).await?;
    let mut client = Client {
        id,
        pool_id: pool.id.clone(),
        name: input.client_name.clone(),
        settings: UserPoolClientType::default(),
        secrets: Vec::new(),
        registered: false,
        created_at: ctx.now,
        updated_at: ctx.now,
    };
    if let Some(value) = secret {
        let secret = client.new_secret(value, ctx.now);
        client.secrets.push(secret);
    }
    let asked = client_settings::created(input);
    app_clients::apply(ctx, &mut write, &pool, &mut client, asked).await?;
    app_clients::insert(&mut write, &client).await?;
    write.commit().await?;
    Ok(CreateUserPoolClientResponse {
        user_pool_client: Some(client.described()),
    })
}

pub async fn describe_user_pool_client(
    ctx: &Ctx,
    input: DescribeUserPoolClientRequest,
) -> Result<DescribeUserPoolClientResponse> {
    let (_, client) = ctx
        .pool_client(&input.user_pool_id, input.client_id.expose())
        .await?;
    Ok(DescribeUserPoolClientResponse {
        user_pool_client: Some(client.described()),
    })
}

pub async fn update_user_pool_client(
    ctx: &Ctx,
    input: UpdateUserPoolClientRequest,
) -> Result<UpdateUserPoolClientResponse> {
    let mut write = ctx.store().write().await?;
    let (pool, mut client) =
        to_change(ctx, &mut write, &input.user_pool_id, &input.client_id).await?;
    if let Some(name) = &input.client_name {
        client.name.clone_from(name);
    }
    client.updated_at = ctx.now;
    let asked = client_settings::updated(input);
    app_clients::apply(ctx, &mut write, &pool, &mut client, asked).await?;
    write.clients().update(&client).await?;
    write.commit().await?;
    Ok(UpdateUserPoolClientResponse {
        user_pool_client: Some(client.described()),
    })
}

pub async fn delete_user_pool_client(
    ctx: &Ctx,
    input: DeleteUserPoolClientRequest,
) -> Result<NoOutput> {
    let mut write = ctx.store().write().await?;
    let (_, client) = to_change(ctx, &mut write, &input.user_pool_id, &input.client_id).await?;
    write.clients().delete(&client.id).await?;
    write.commit().await?;
    Ok(NoOutput {})
}

pub async fn list_user_pool_clients(
    ctx: &Ctx,
    input: ListUserPoolClientsRequest,
) -> Result<ListUserPoolClientsResponse> {
    let pool = ctx.pool(&input.user_pool_id).await?;
    let kind = input.client_type.map_or("", ClientTypeType::as_str);
    let paging = Paging::new(ctx, &[&pool.id, kind], input.max_results, PAGE);
    let after = pools::start(&paging, input.next_token.as_deref())?;
    let after = after.as_ref().map(|(at, id)| (*at, id.as_str()));
    let registered = input.client_type.map(|kind| kind == ClientTypeType::Dcr);
    let mut read = ctx.store().read().await?;
    let mut clients = read
        .clients()
        .list(&pool.id, registered, after, paging.fetch())
        .await?;
    drop(read);
    let next_token = paging.cut(&mut clients, |client| {
        (client.created_at.0, client.id.clone())
    })?;
    let described = clients.into_iter().map(|client| UserPoolClientDescription {
        client_id: Some(Sensitive::new(client.id)),
        user_pool_id: Some(client.pool_id),
        client_name: Some(client.name),
    });
    Ok(ListUserPoolClientsResponse {
        user_pool_clients: Some(described.collect()),
        next_token,
    })
}

pub async fn add_user_pool_client_secret(
    ctx: &Ctx,
    input: AddUserPoolClientSecretRequest,
) -> Result<AddUserPoolClientSecretResponse> {
    let mut write = ctx.store().write().await?;
    let (_, client) = to_change(ctx, &mut write, &input.user_pool_id, &input.client_id).await?;
    refuse_registered(&client)?;
    if client.secrets.is_empty() {
        return Err(Error::SecretForPublicClient);
    }
    if client.secrets.len() >= MOST_SECRETS {
        return Err(Error::SecretLimit);
    }
    let value = match input.client_secret {
        Some(given) => given.into_inner(),
        None => ctx.draw(ids::client_secret),
    };
    let secret = client.new_secret(value, ctx.now);
    write.clients().insert_secret(&client.id, &secret).await?;
    write.commit().await?;
    Ok(AddUserPoolClientSecretResponse {
        client_secret_descriptor: Some(ClientSecretDescriptorType {
            client_secret_value: Some(Sensitive::new(secret.value.clone())),
            ..described_secret(&secret)
        }),
    })
}

/// Lists ids and dates. The values are shown by DescribeUserPoolClient and when a secret is added.
pub async fn list_user_pool_client_secrets(
    ctx: &Ctx,
    input: ListUserPoolClientSecretsRequest,
) -> Result<ListUserPoolClientSecretsResponse> {
    let (pool, client) = ctx
        .pool_client(&input.user_pool_id, input.client_id.expose())
        .await?;
    refuse_registered(&client)?;
    let paging = Paging::new(ctx, &[&pool.id, &client.id], None, MOST_SECRETS);
    // All secrets fit on one page, so no token can be one of ours.
    let _nowhere: Option<String> = paging.start(input.next_token.as_deref())?;
    Ok(ListUserPoolClientSecretsResponse {
        client_secrets: Some(client.secrets.iter().map(described_secret).collect()),
        next_token: None,
    })
}

pub async fn delete_user_pool_client_secret(
    ctx: &Ctx,
    input: DeleteUserPoolClientSecretRequest,
) -> Result<DeleteUserPoolClientSecretResponse> {
    let mut write = ctx.store().write().await?;
    let (_, client) = to_change(ctx, &mut write, &input.user_pool_id, &input.client_id).await?;
    refuse_registered(&client)?;
    let id = input.client_secret_id;
    if client.secrets.iter().all(|secret| secret.id != id) {
        return Err(Error::SecretNotFound { id });
    }
    if client.secrets.len() == 1 {
        return Err(Error::LastSecret);
    }
    write.clients().delete_secret(&id).await?;
    write.commit().await?;
    Ok(DeleteUserPoolClientSecretResponse {})
}

/// The client and its pool, read in this transaction.
pub(super) async fn to_change(
    ctx: &Ctx,
    write: &mut Write<'_>,
    pool: &str,
    client: &Sensitive<String>,
) -> Result<(Pool, Client)> {
    let pool = pools::to_change(ctx, write, pool).await?;
    let id = client.expose();
    let found = write.clients().find(id).await?;
    match found.filter(|client| client.pool_id == pool.id) {
        Some(client) => Ok((pool, client)),
        None => Err(Error::ClientNotFound { id: id.clone() }),
    }
}

/// Documented: who has registered themselves keep the secret that they got.
fn refuse_registered(client: &Client) -> Result<()> {
    if client.registered {
        return Err(Error::SecretsOfRegistered);
    }
    Ok(())
}

fn described_secret(secret: &ClientSecret) -> ClientSecretDescriptorType {
    ClientSecretDescriptorType {
        client_secret_id: Some(secret.id.clone()),
        client_secret_value: None,
        client_secret_create_date: Some(secret.created_at),
    }
}
