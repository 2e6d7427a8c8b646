//! A client registers itself (RFC 7591): who may, and what comes of it.
//!
//! Not here: what it may be (`domain::registration`), the wire (`http::oauth::register`).

use super::access_token;
use super::app_clients;
use super::point_in_time_recovery;
use crate::app::Ctx;
use crate::domain::client_settings::{self, Surroundings};
use crate::domain::identity_providers::OWN_DIRECTORY;
use crate::domain::oauth_settings::REGISTRATION_SCOPE;
use crate::domain::registration::{
    self, AuthMethod, ClientMetadata, ClientRegistration, Registrant, RegistrationRefusal,
};
use crate::error::{Error, Result};
use crate::ids;
use crate::store::{Client, Pool};
use crate::wire::user_pools::UserPoolClientType;

/// Who the token that came with a registration says they are. Refused in the words of access tokens
/// when it is none, or of another pool, or not for this.
pub async fn registrant(ctx: &Ctx, pool: &Pool, token: Option<&str>) -> Result<Registrant> {
    let Some(token) = token else {
        return Ok(Registrant::Anybody);
    };
    let of = access_token::authorize_client(ctx, token, REGISTRATION_SCOPE).await?;
    if of.id == pool.id {
        Ok(Registrant::TokenHolder)
    } else {
        Err(Error::AccessTokenInvalid)
    }
}

/// Registers the client, and gives it as it is stored with what it was registered as.
pub async fn register(
    ctx: &Ctx,
    pool: &str,
    registrant: Registrant,
    asked: ClientMetadata,
) -> Result<std::result::Result<(Client, ClientRegistration), RegistrationRefusal>> {
    point_in_time_recovery::check_not_paused(ctx, pool).await?;
    // As CreateUserPoolClient does.
    let mut write = ctx.store().write().await?;
    let found = write.pools().find(pool).await?;
    let pool = found.ok_or_else(|| Error::PoolNotFound {
        id: pool.to_owned(),
    })?;
    // Read again: it may have been switched off just now.
    let Some(configuration) = pool.registration() else {
        return Err(Error::PoolNotFound { id: pool.id });
    };
    let servers = write.resource_servers().all(&pool.id).await?;
    let registration = match registration::registration(asked, configuration, registrant, &servers)
    {
        Ok(registration) => registration,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let id = ctx.draw(ids::client);
    let mut client = Client {
        name: match &registration.name {
            Some(name) => name.clone(),
            None => format!("dcr-{id}"),
        },
        id,
        pool_id: pool.id.clone(),
        settings: UserPoolClientType::default(),
        secrets: Vec::new(),
        metadata_url: None,
        secret_arn: None,
        registered: true,
        created_at: ctx.now,
        updated_at: ctx.now,
    };
    if registration.auth_method != AuthMethod::None {
        let secret = client.new_secret(ctx.draw(ids::client_secret), ctx.now);
        client.secrets.push(secret);
    }
    let names = write.identity_providers().names(&pool.id).await?;
    // (unsure) Its users sign in by whatever the pool has.
    let mut providers = vec![OWN_DIRECTORY.to_owned()];
    providers.extend(names.iter().cloned());
    let settings = UserPoolClientType {
        supported_identity_providers: Some(providers),
        ..registration.settings.clone()
    };
    let surroundings = Surroundings {
        pool: &pool,
        resource_servers: &servers,
        identity_providers: &names,
        account: &ctx.app.settings.account_id,
    };
    if let Err(refused) = client_settings::apply(&mut client, settings, &surroundings) {
        return Ok(Err(refused.into()));
    }
    app_clients::insert(&mut write, &client).await?;
    write.commit().await?;
    Ok(Ok((client, registration)))
}
