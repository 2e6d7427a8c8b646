//! Client secrets that AWS Secrets Manager keeps: handing one over, its rotation, taking it back.
//!
//! A rotation is what an administrator would do by hand: of two secrets the older one is deleted, a
//! new one is added, and the one that applications used so far stays good until the next rotation.
//! Not here: how applications read them (`http::secrets_manager`).

use std::sync::Arc;
use std::time::Duration;

use crate::app::{App, Ctx};
use crate::clock::Timestamp;
use crate::domain::client_settings::MOST_SECRETS;
use crate::error::Result;
use crate::ids;
use crate::store::{Client, ManagedSecret, Pool, SecretVersion, VersionStage, Write};

/// Documented; another schedule would be set in Secrets Manager, of which that is not served.
pub const ROTATION: Duration = Duration::from_secs(7 * 86_400);

/// Hands the client's secret over to Secrets Manager and rotates it right away, as documented. The
/// client has a secret and is stored.
pub async fn publish(
    ctx: &Ctx,
    write: &mut Write<'_>,
    pool: &Pool,
    client: &mut Client,
) -> Result<()> {
    let Some(present) = client.secrets.last().cloned() else {
        return Ok(());
    };
    // (unsure) Services that manage secrets put their own name and an exclamation mark before the
    // name; what Cognito puts after it is not documented.
    let name = format!("cognito-idp!userpool/{}/client/{}", pool.id, client.id);
    let account = &ctx.app.settings.account_id;
    let secret = ManagedSecret {
        client_id: client.id.clone(),
        arn: ctx.draw(|rng| ids::secret_arn(&pool.region, account, &name, rng)),
        name,
        region: pool.region.clone(),
        created_at: ctx.now,
        rotated_at: ctx.now,
    };
    write.managed_secrets().insert(&secret).await?;
    keep_version(ctx, write, &client.id, &present.value, ctx.now).await?;
    client.secret_arn = Some(secret.arn);
    rotate(ctx, write, client, ctx.now).await
}

/// Takes the secret back. What Secrets Manager had is gone at once, and both of the client's
/// secrets stay good: nobody who has read one is locked out.
pub async fn withdraw(write: &mut Write<'_>, client: &mut Client) -> Result<()> {
    write.managed_secrets().delete(&client.id).await?;
    client.secret_arn = None;
    Ok(())
}

/// Rotates the secrets whose time has come.
pub async fn rotate_due(app: &Arc<App>) -> Result<()> {
    let until = app.clock.now().minus(ROTATION);
    let mut read = app.store.read().await?;
    let due = read.managed_secrets().list_rotated_until(until).await?;
    drop(read);
    for client in due {
        let ctx = Ctx::new(app.clone(), "RotateSecret", None);
        rotate_client(&ctx, &client).await?;
        tracing::info!(client, "the client's secret in Secrets Manager was rotated");
    }
    Ok(())
}

/// The rotations that one client's secret has missed. Of many only the last two leave a trace.
async fn rotate_client(ctx: &Ctx, client: &str) -> Result<()> {
    let mut write = ctx.store().write().await?;
    let secret = write.managed_secrets().find(client).await?;
    let client = write.clients().find(client).await?;
    let (Some(secret), Some(mut client)) = (secret, client) else {
        return Ok(());
    };
    let period = i64::try_from(ROTATION.as_micros()).unwrap_or(i64::MAX);
    let missed = (ctx.now.0 - secret.rotated_at.0).div_euclid(period);
    for turn in (missed - 1).max(1)..=missed {
        let at = Timestamp(secret.rotated_at.0 + turn * period);
        rotate(ctx, &mut write, &mut client, at).await?;
    }
    write.commit().await
}

async fn rotate(
    ctx: &Ctx,
    write: &mut Write<'_>,
    client: &mut Client,
    at: Timestamp,
) -> Result<()> {
    while client.secrets.len() >= MOST_SECRETS {
        let oldest = client.secrets.remove(0);
        write.clients().delete_secret(&oldest.id).await?;
    }
    let secret = client.new_secret(ctx.draw(ids::client_secret), at);
    write.clients().insert_secret(&client.id, &secret).await?;
    keep_version(ctx, write, &client.id, &secret.value, at).await?;
    client.secrets.push(secret);
    Ok(())
}

/// Makes this the value that Secrets Manager hands out.
async fn keep_version(
    ctx: &Ctx,
    write: &mut Write<'_>,
    client: &str,
    value: &str,
    at: Timestamp,
) -> Result<()> {
    let version = SecretVersion {
        id: ctx.uuid(),
        stage: VersionStage::Current,
        value: value.to_owned(),
        created_at: at,
    };
    let mut secrets = write.managed_secrets();
    secrets.insert_version(client, &version).await
}
