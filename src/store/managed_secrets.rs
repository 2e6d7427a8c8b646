//! Client secrets that are read from AWS Secrets Manager, with the versions that it keeps of them.
//!
//! Not here: the secrets by which clients prove who they are (`clients.rs`), when these rotate
//! (`flows::managed_secrets`).

use std::fmt;

use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::{Repository, Writing};
use crate::clock::Timestamp;
use crate::error::Result;

/// A client's secret as Secrets Manager knows it.
#[derive(Debug, Clone)]
pub struct ManagedSecret {
    pub client_id: String,
    pub arn: String,
    pub name: String,
    pub region: String,
    pub created_at: Timestamp,
    pub rotated_at: Timestamp,
}

/// Which of a secret's versions a version is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VersionStage {
    Current,
    Previous,
}

impl VersionStage {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Current => "AWSCURRENT",
            Self::Previous => "AWSPREVIOUS",
        }
    }

    pub fn from_wire(word: &str) -> Option<Self> {
        [Self::Current, Self::Previous]
            .into_iter()
            .find(|stage| stage.as_str() == word)
    }
}

/// One version of a secret.
#[derive(Clone)]
pub struct SecretVersion {
    pub id: String,
    pub stage: VersionStage,
    pub value: String,
    pub created_at: Timestamp,
}

impl fmt::Debug for SecretVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecretVersion")
            .field("id", &self.id)
            .field("stage", &self.stage)
            .finish_non_exhaustive()
    }
}

/// The tables of managed secrets and their versions.
pub enum ManagedSecrets {}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT client_id, arn, name, region, created_at, rotated_at FROM managed_secrets ",
            $rest
        )
    };
}

fn managed_secret(row: &SqliteRow) -> Result<ManagedSecret> {
    Ok(ManagedSecret {
        client_id: row.try_get("client_id")?,
        arn: row.try_get("arn")?,
        name: row.try_get("name")?,
        region: row.try_get("region")?,
        created_at: Timestamp(row.try_get("created_at")?),
        rotated_at: Timestamp(row.try_get("rotated_at")?),
    })
}

fn version(row: &SqliteRow) -> Result<SecretVersion> {
    let stage: &str = row.try_get("stage")?;
    Ok(SecretVersion {
        id: row.try_get("id")?,
        stage: VersionStage::from_wire(stage)
            .ok_or_else(|| anyhow::anyhow!("unknown stage {stage} of a secret in the store"))?,
        value: row.try_get("value")?,
        created_at: Timestamp(row.try_get("created_at")?),
    })
}

impl<Mode> Repository<'_, ManagedSecrets, Mode> {
    pub async fn find(&mut self, client: &str) -> Result<Option<ManagedSecret>> {
        let row = sqlx::query(select!("WHERE client_id = $1"))
            .bind(client)
            .fetch_optional(&mut *self.conn)
            .await?;
        row.as_ref().map(managed_secret).transpose()
    }

    /// By its whole ARN.
    pub async fn find_by_arn(&mut self, arn: &str) -> Result<Option<ManagedSecret>> {
        let row = sqlx::query(select!("WHERE arn = $1"))
            .bind(arn)
            .fetch_optional(&mut *self.conn)
            .await?;
        row.as_ref().map(managed_secret).transpose()
    }

    pub async fn find_by_name(
        &mut self,
        region: &str,
        name: &str,
    ) -> Result<Option<ManagedSecret>> {
        let row = sqlx::query(select!("WHERE name = $1 AND region = $2"))
            .bind(name)
            .bind(region)
            .fetch_optional(&mut *self.conn)
            .await?;
        row.as_ref().map(managed_secret).transpose()
    }

    /// The clients whose secrets were rotated at `then` or before.
    pub async fn list_rotated_until(&mut self, then: Timestamp) -> Result<Vec<String>> {
        Ok(
            sqlx::query_scalar("SELECT client_id FROM managed_secrets WHERE rotated_at <= $1")
                .bind(then.0)
                .fetch_all(&mut *self.conn)
                .await?,
        )
    }

    /// A secret's versions, the current one first.
    pub async fn list_versions(&mut self, client: &str) -> Result<Vec<SecretVersion>> {
        let rows = sqlx::query(
            "SELECT id, stage, value, created_at FROM secret_versions WHERE client_id = $1 ORDER \
             BY stage",
        )
        .bind(client)
        .fetch_all(&mut *self.conn)
        .await?;
        rows.iter().map(version).collect()
    }
}

impl Repository<'_, ManagedSecrets, Writing> {
    pub async fn insert(&mut self, secret: &ManagedSecret) -> Result<()> {
        sqlx::query(
            "INSERT INTO managed_secrets (client_id, arn, name, region, created_at, rotated_at) \
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(&secret.client_id)
        .bind(&secret.arn)
        .bind(&secret.name)
        .bind(&secret.region)
        .bind(secret.created_at.0)
        .bind(secret.rotated_at.0)
        .execute(&mut *self.conn)
        .await?;
        Ok(())
    }

    /// Makes a new version the current one; the one that was it becomes the previous one, and what
    /// was previous is gone.
    pub async fn insert_version(&mut self, client: &str, version: &SecretVersion) -> Result<()> {
        sqlx::query("DELETE FROM secret_versions WHERE client_id = $1 AND stage = 'AWSPREVIOUS'")
            .bind(client)
            .execute(&mut *self.conn)
            .await?;
        sqlx::query("UPDATE secret_versions SET stage = 'AWSPREVIOUS' WHERE client_id = $1")
            .bind(client)
            .execute(&mut *self.conn)
            .await?;
        sqlx::query(
            "INSERT INTO secret_versions (id, client_id, stage, value, created_at) VALUES ($1, \
             $2, $3, $4, $5)",
        )
        .bind(&version.id)
        .bind(client)
        .bind(version.stage.as_str())
        .bind(&version.value)
        .bind(version.created_at.0)
        .execute(&mut *self.conn)
        .await?;
        sqlx::query("UPDATE managed_secrets SET rotated_at = $2 WHERE client_id = $1")
            .bind(client)
            .bind(version.created_at.0)
            .execute(&mut *self.conn)
            .await?;
        Ok(())
    }

    /// Deletes the secret with all its versions.
    pub async fn delete(&mut self, client: &str) -> Result<()> {
        sqlx::query("DELETE FROM managed_secrets WHERE client_id = $1")
            .bind(client)
            .execute(&mut *self.conn)
            .await?;
        Ok(())
    }
}
