//! User import: jobs, uploaded files in pieces, and the log of rows that were not imported.

use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::{Repository, Writing};
use crate::clock::Timestamp;
use crate::error::Result;
use crate::wire::user_pools::{PasswordHashingAlgorithmType, UserImportJobStatusType};

/// An import job as it is stored.
#[derive(Debug, Clone)]
pub struct ImportJob {
    pub id: String,
    pub pool_id: String,
    pub name: String,
    pub role_arn: String,
    /// Never `Expired`: that follows from the time.
    pub status: UserImportJobStatusType,
    pub message: Option<String>,
    pub created_at: Timestamp,
    pub started_at: Option<Timestamp>,
    pub completed_at: Option<Timestamp>,
    pub imported: i64,
    pub skipped: i64,
    pub failed: i64,
    /// The upload that was completed last.
    pub upload: Option<String>,
    /// How much of the file is done …
    pub next_byte: i64,
    /// … and the number of the line that begins there.
    pub next_line: i64,
    /// What made the hashes in the file, where it has some.
    pub hashing_algorithm: Option<PasswordHashingAlgorithmType>,
}

/// The tables of import jobs.
pub enum ImportJobs {}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, pool_id, name, role_arn, status, message, created_at, started_at, \
             completed_at, imported, skipped, failed, upload, \
             next_byte, next_line, password_hashing_algorithm FROM import_jobs ",
            $rest
        )
    };
}

fn job(row: &SqliteRow) -> Result<ImportJob> {
    let status: &str = row.try_get("status")?;
    let status = UserImportJobStatusType::from_wire(status)
        .ok_or_else(|| anyhow::anyhow!("unknown status {status} of an import job in the store"))?;
    let algorithm: Option<&str> = row.try_get("password_hashing_algorithm")?;
    let hashing_algorithm = match algorithm {
        None => None,
        Some(name) => Some(
            PasswordHashingAlgorithmType::from_wire(name)
                .ok_or_else(|| anyhow::anyhow!("unknown hashing algorithm {name} in the store"))?,
        ),
    };
    Ok(ImportJob {
        hashing_algorithm,
        id: row.try_get("id")?,
        pool_id: row.try_get("pool_id")?,
        name: row.try_get("name")?,
        role_arn: row.try_get("role_arn")?,
        status,
        message: row.try_get("message")?,
        created_at: Timestamp(row.try_get("created_at")?),
        started_at: row.try_get::<Option<i64>, _>("started_at")?.map(Timestamp),
        completed_at: row
            .try_get::<Option<i64>, _>("completed_at")?
            .map(Timestamp),
        imported: row.try_get("imported")?,
        skipped: row.try_get("skipped")?,
        failed: row.try_get("failed")?,
        upload: row.try_get("upload")?,
        next_byte: row.try_get("next_byte")?,
        next_line: row.try_get("next_line")?,
    })
}

impl<Mode> Repository<'_, ImportJobs, Mode> {
    pub async fn find(&mut self, id: &str) -> Result<Option<ImportJob>> {
        let row = sqlx::query(select!("WHERE id = $1"))
            .bind(id)
            .fetch_optional(&mut *self.conn)
            .await?;
        row.as_ref().map(job).transpose()
    }

    /// A page of a pool's jobs, newest first, before the one named by (creation, id).
    pub async fn list(
        &mut self,
        pool: &str,
        before: Option<(Timestamp, &str)>,
        limit: i64,
    ) -> Result<Vec<ImportJob>> {
        let (at, id) = before.unwrap_or((Timestamp(i64::MAX), ""));
        let rows = sqlx::query(select!(
            "WHERE pool_id = $1 AND (created_at, id) < ($2, $3) ORDER BY created_at DESC, id \
             DESC LIMIT $4"
        ))
        .bind(pool)
        .bind(at.0)
        .bind(id)
        .bind(limit)
        .fetch_all(&mut *self.conn)
        .await?;
        rows.iter().map(job).collect()
    }

    /// The jobs that were started and have not ended, of all pools.
    pub async fn list_running(&mut self) -> Result<Vec<ImportJob>> {
        let rows = sqlx::query(select!(
            "WHERE status IN ('Pending', 'InProgress', 'Stopping') ORDER BY started_at, id"
        ))
        .fetch_all(&mut *self.conn)
        .await?;
        rows.iter().map(job).collect()
    }

    /// Whether users are being imported into this pool.
    pub async fn is_running(&mut self, pool: &str) -> Result<bool> {
        let found = sqlx::query(
            "SELECT 1 FROM import_jobs WHERE pool_id = $1 AND status IN ('Pending', \
             'InProgress', 'Stopping') LIMIT 1",
        )
        .bind(pool)
        .fetch_optional(&mut *self.conn)
        .await?;
        Ok(found.is_some())
    }

    /// One piece of an uploaded file; None after the last.
    pub async fn find_chunk(
        &mut self,
        job: &str,
        upload: &str,
        position: i64,
    ) -> Result<Option<Vec<u8>>> {
        Ok(sqlx::query_scalar(
            "SELECT data FROM import_chunks WHERE job_id = $1 AND upload = $2 AND position = $3",
        )
        .bind(job)
        .bind(upload)
        .bind(position)
        .fetch_optional(&mut *self.conn)
        .await?)
    }

    pub async fn count_chunks(&mut self, job: &str, upload: &str) -> Result<i64> {
        Ok(sqlx::query_scalar(
            "SELECT count(*) FROM import_chunks WHERE job_id = $1 AND upload = $2",
        )
        .bind(job)
        .bind(upload)
        .fetch_one(&mut *self.conn)
        .await?)
    }

    /// What the log tells, in the order of the lines of the file that it tells of.
    pub async fn list_log(&mut self, job: &str) -> Result<Vec<(i64, String)>> {
        let rows = sqlx::query("SELECT line, text FROM import_log WHERE job_id = $1 ORDER BY line")
            .bind(job)
            .fetch_all(&mut *self.conn)
            .await?;
        let lines = rows.iter();
        let lines = lines.map(|row| Ok((row.try_get("line")?, row.try_get("text")?)));
        lines.collect()
    }
}

impl Repository<'_, ImportJobs, Writing> {
    pub async fn insert(&mut self, job: &ImportJob) -> Result<()> {
        sqlx::query(
            "INSERT INTO import_jobs (id, pool_id, name, role_arn, status, message, created_at, \
             started_at, completed_at, imported, skipped, \
             failed, upload, next_byte, next_line, password_hashing_algorithm) VALUES ($1, $2, \
             $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
        )
        .bind(&job.id)
        .bind(&job.pool_id)
        .bind(&job.name)
        .bind(&job.role_arn)
        .bind(job.status.as_str())
        .bind(&job.message)
        .bind(job.created_at.0)
        .bind(job.started_at.map(|at| at.0))
        .bind(job.completed_at.map(|at| at.0))
        .bind(job.imported)
        .bind(job.skipped)
        .bind(job.failed)
        .bind(&job.upload)
        .bind(job.next_byte)
        .bind(job.next_line)
        .bind(job.hashing_algorithm.map(|algorithm| algorithm.as_str()))
        .execute(&mut *self.conn)
        .await?;
        Ok(())
    }

    /// Writes what changes while a job runs.
    pub async fn update(&mut self, job: &ImportJob) -> Result<()> {
        sqlx::query(
            "UPDATE import_jobs SET status = $2, message = $3, started_at = $4, completed_at = \
             $5, imported = $6, skipped = $7, failed = $8, \
             upload = $9, next_byte = $10, next_line = $11 WHERE id = $1",
        )
        .bind(&job.id)
        .bind(job.status.as_str())
        .bind(&job.message)
        .bind(job.started_at.map(|at| at.0))
        .bind(job.completed_at.map(|at| at.0))
        .bind(job.imported)
        .bind(job.skipped)
        .bind(job.failed)
        .bind(&job.upload)
        .bind(job.next_byte)
        .bind(job.next_line)
        .execute(&mut *self.conn)
        .await?;
        Ok(())
    }

    /// Deletes a job with its file and its log; the users stay.
    pub async fn delete(&mut self, id: &str) -> Result<()> {
        sqlx::query("DELETE FROM import_jobs WHERE id = $1")
            .bind(id)
            .execute(&mut *self.conn)
            .await?;
        Ok(())
    }

    pub async fn insert_chunk(
        &mut self,
        job: &str,
        upload: &str,
        position: i64,
        data: &[u8],
    ) -> Result<()> {
        sqlx::query(
            "INSERT INTO import_chunks (job_id, upload, position, data) VALUES ($1, $2, $3, $4)",
        )
        .bind(job)
        .bind(upload)
        .bind(position)
        .bind(data)
        .execute(&mut *self.conn)
        .await?;
        Ok(())
    }

    /// Deletes what was uploaded for a job, but for one upload.
    pub async fn delete_chunks(&mut self, job: &str, but: Option<&str>) -> Result<()> {
        sqlx::query("DELETE FROM import_chunks WHERE job_id = $1 AND ($2 IS NULL OR upload <> $2)")
            .bind(job)
            .bind(but)
            .execute(&mut *self.conn)
            .await?;
        Ok(())
    }

    /// Deletes one upload that was not completed.
    pub async fn delete_upload(&mut self, job: &str, upload: &str) -> Result<()> {
        sqlx::query("DELETE FROM import_chunks WHERE job_id = $1 AND upload = $2")
            .bind(job)
            .bind(upload)
            .execute(&mut *self.conn)
            .await?;
        Ok(())
    }

    /// Deletes the files of jobs that were made before `then` and never started.
    pub async fn sweep(&mut self, then: Timestamp) -> Result<()> {
        sqlx::query(
            "DELETE FROM import_chunks WHERE job_id IN (SELECT id FROM import_jobs WHERE status \
             = 'Created' AND created_at < $1)",
        )
        .bind(then.0)
        .execute(&mut *self.conn)
        .await?;
        Ok(())
    }

    pub async fn insert_log(&mut self, job: &str, line: i64, text: &str) -> Result<()> {
        sqlx::query("INSERT INTO import_log (job_id, line, text) VALUES ($1, $2, $3)")
            .bind(job)
            .bind(line)
            .bind(text)
            .execute(&mut *self.conn)
            .await?;
        Ok(())
    }
}
