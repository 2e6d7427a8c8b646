//! Users' devices, and device challenges whose session the client need not send back.

use std::fmt;

use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::{Repository, Writing};
use crate::clock::Timestamp;
use crate::error::{Error, Result};

/// A device that its user confirmed.
#[derive(Clone, PartialEq, Eq)]
pub struct Device {
    pub key: String,
    pub pool_id: String,
    pub sub: String,
    pub group_key: String,
    pub name: Option<String>,
    /// As the client sent it.
    pub salt: Vec<u8>,
    /// SRP's v = g^x mod N, 384 bytes big-endian.
    pub verifier: Vec<u8>,
    pub remembered: bool,
    pub last_ip: Option<String>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub authenticated_at: Timestamp,
}

impl fmt::Debug for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Device")
            .field("key", &self.key)
            .field("sub", &self.sub)
            .field("remembered", &self.remembered)
            .finish_non_exhaustive()
    }
}

/// The session of a DEVICE_SRP_AUTH challenge, for clients that answer without it.
pub struct DeviceChallenge<'c> {
    pub device_key: &'c str,
    pub client_id: &'c str,
    /// As sealed.
    pub session: &'c str,
    pub expires_at: Timestamp,
}

/// The tables of devices and of their challenges.
pub enum Devices {}

macro_rules! columns {
    () => {
        "device_key, pool_id, sub, group_key, name, salt, verifier, remembered, last_ip, \
         created_at, updated_at, authenticated_at "
    };
}

fn device(row: &SqliteRow) -> Result<Device> {
    Ok(Device {
        key: row.try_get("device_key")?,
        pool_id: row.try_get("pool_id")?,
        sub: row.try_get("sub")?,
        group_key: row.try_get("group_key")?,
        name: row.try_get("name")?,
        salt: row.try_get("salt")?,
        verifier: row.try_get("verifier")?,
        remembered: row.try_get::<i64, _>("remembered")? != 0,
        last_ip: row.try_get("last_ip")?,
        created_at: Timestamp(row.try_get("created_at")?),
        updated_at: Timestamp(row.try_get("updated_at")?),
        authenticated_at: Timestamp(row.try_get("authenticated_at")?),
    })
}

impl<Mode> Repository<'_, Devices, Mode> {
    /// This user's device; another user's is as good as none.
    pub async fn find(&mut self, sub: &str, key: &str) -> Result<Option<Device>> {
        let row = sqlx::query(concat!(
            "SELECT ",
            columns!(),
            "FROM devices WHERE device_key = $1 AND sub = $2"
        ))
        .bind(key)
        .bind(sub)
        .fetch_optional(&mut *self.conn)
        .await?;
        row.as_ref().map(device).transpose()
    }

    /// A user's devices in the order of their confirmation, after the one with this instant and
    /// key.
    pub async fn list(
        &mut self,
        sub: &str,
        after: Option<(Timestamp, &str)>,
        limit: i64,
    ) -> Result<Vec<Device>> {
        let (at, key) = after.map_or((i64::MIN, ""), |(at, key)| (at.0, key));
        let rows = sqlx::query(concat!(
            "SELECT ",
            columns!(),
            "FROM devices WHERE sub = $1 AND (created_at, device_key) > ($2, $3) ORDER BY \
             created_at, device_key LIMIT $4"
        ))
        .bind(sub)
        .bind(at)
        .bind(key)
        .bind(limit)
        .fetch_all(&mut *self.conn)
        .await?;
        rows.iter().map(device).collect()
    }

    /// The devices of these users (a JSON list of subs), each user's in the order of their
    /// confirmation.
    pub async fn of_users(&mut self, subs: &str) -> Result<Vec<Device>> {
        let rows = sqlx::query(concat!(
            "SELECT ",
            columns!(),
            "FROM devices WHERE sub IN (SELECT value FROM json_each($1)) \
             ORDER BY sub, created_at, device_key"
        ))
        .bind(subs)
        .fetch_all(&mut *self.conn)
        .await?;
        rows.iter().map(device).collect()
    }

    /// The sealed session of the challenge that this device was last given through this client.
    pub async fn find_challenge(
        &mut self,
        key: &str,
        client: &str,
        now: Timestamp,
    ) -> Result<Option<String>> {
        let row = sqlx::query(
            "SELECT session FROM device_challenges WHERE device_key = $1 AND client_id = $2 AND \
             expires_at > $3",
        )
        .bind(key)
        .bind(client)
        .bind(now.0)
        .fetch_optional(&mut *self.conn)
        .await?;
        Ok(row.map(|row| row.try_get("session")).transpose()?)
    }
}

impl Repository<'_, Devices, Writing> {
    /// Keeps a new device. Refused when there is one with its key already.
    pub async fn insert(&mut self, device: &Device) -> Result<()> {
        let done = sqlx::query(concat!(
            "INSERT INTO devices (",
            columns!(),
            ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT \
             (device_key) DO NOTHING"
        ))
        .bind(&device.key)
        .bind(&device.pool_id)
        .bind(&device.sub)
        .bind(&device.group_key)
        .bind(&device.name)
        .bind(&device.salt)
        .bind(&device.verifier)
        .bind(i64::from(device.remembered))
        .bind(&device.last_ip)
        .bind(device.created_at.0)
        .bind(device.updated_at.0)
        .bind(device.authenticated_at.0)
        .execute(&mut *self.conn)
        .await?;
        if done.rows_affected() == 1 {
            Ok(())
        } else {
            Err(Error::DeviceKeyExists)
        }
    }

    /// Whether it may take the place of a second factor.
    pub async fn set_remembered(
        &mut self,
        key: &str,
        remembered: bool,
        now: Timestamp,
    ) -> Result<()> {
        sqlx::query("UPDATE devices SET remembered = $2, updated_at = $3 WHERE device_key = $1")
            .bind(key)
            .bind(i64::from(remembered))
            .bind(now.0)
            .execute(&mut *self.conn)
            .await?;
        Ok(())
    }

    /// Notes that it signed in, and from where if that is known.
    pub async fn set_authenticated(
        &mut self,
        key: &str,
        now: Timestamp,
        ip: Option<&str>,
    ) -> Result<()> {
        sqlx::query(
            "UPDATE devices SET authenticated_at = $2, last_ip = coalesce($3, last_ip) WHERE \
             device_key = $1",
        )
        .bind(key)
        .bind(now.0)
        .bind(ip)
        .execute(&mut *self.conn)
        .await?;
        Ok(())
    }

    pub async fn delete(&mut self, key: &str) -> Result<()> {
        sqlx::query("DELETE FROM devices WHERE device_key = $1")
            .bind(key)
            .execute(&mut *self.conn)
            .await?;
        Ok(())
    }

    /// Keeps the session of a device's challenge in place of an older one.
    pub async fn put_challenge(&mut self, challenge: DeviceChallenge<'_>) -> Result<()> {
        sqlx::query(
            "INSERT INTO device_challenges (device_key, client_id, session, expires_at) VALUES \
             ($1, $2, $3, $4) \
             ON CONFLICT (device_key, client_id) DO UPDATE SET session = excluded.session, \
             expires_at = excluded.expires_at",
        )
        .bind(challenge.device_key)
        .bind(challenge.client_id)
        .bind(challenge.session)
        .bind(challenge.expires_at.0)
        .execute(&mut *self.conn)
        .await?;
        Ok(())
    }

    /// Forgets challenges that have expired.
    pub async fn sweep(&mut self, now: Timestamp) -> Result<()> {
        sqlx::query("DELETE FROM device_challenges WHERE expires_at <= $1")
            .bind(now.0)
            .execute(&mut *self.conn)
            .await?;
        Ok(())
    }
}
