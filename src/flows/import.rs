//! Imports users from a CSV file: the upload, and the work in the background after
//! StartUserImportJob.
//!
//! The file is stored in pieces. Its rows are imported in batches. Each batch is one transaction
//! that writes the users, the log and the job's progress, so that a job continues when the server
//! is started again, and no user is written twice or incompletely. Not here: what a row must look
//! like (`domain::import`), the operations (`operations::import_jobs`).

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Buf, BytesMut};
use tokio::runtime::Handle;

use super::users;
use crate::app::{App, Ctx};
use crate::boxed::spawn;
use crate::clock::Timestamp;
use crate::domain::import::{self, Columns, LONGEST_ROW, MOST_ROWS, Row, RowFault};
use crate::domain::usernames;
use crate::error::{Error, Result};
use crate::ids;
use crate::keys::Identity;
use crate::store::{ImportJob, NameKind, Pool, User, Write};
use crate::wire::user_pools::{UserImportJobStatusType as Status, UserStatusType};

/// The largest file.
pub const LARGEST_FILE: usize = 100 << 20;
/// How long a file may be uploaded for a job.
const UPLOAD_WITHIN: Duration = Duration::from_secs(15 * 60);
/// How long a job may wait to be started. Documented: 24 to 48 hours.
const START_WITHIN: Duration = Duration::from_secs(24 * 3_600);

/// The size of a stored piece of a file.
const PIECE: usize = 256 << 10;
/// How many rows one transaction imports: enough to be cheap, and few enough that others need not
/// wait long.
const BATCH: usize = 200;
/// The most lines of a log.
const LONGEST_LOG: i64 = 10_000;
/// After how many rows the server's log reports a job's progress.
const TELL_EVERY: i64 = 10_000;

// The job's messages. All but the second and the third are (unsure).
const SUCCEEDED: &str = "Import Job Completed Successfully.";
const TOO_MANY_FAILED: &str = "Too many users have failed or been skipped during the import.";
const STOPPED: &str = "The Import Job was stopped by the developer.";
const WRONG_HEADER: &str = "The CSV header must have each column that GetCSVHeader lists, once.";
const WRONG_HEADER_WITH_HASHES: &str =
    "The CSV header must have each column that GetCSVHeader lists, and password_hash, once.";
const NO_ROWS: &str = "The CSV file has no users.";
const TOO_MANY_ROWS: &str = "The CSV file has more than 500000 users.";
const BROKEN: &str = "The import failed because of an internal error.";

/// The present status: a job that was not started in time has expired.
pub fn status(job: &ImportJob, now: Timestamp) -> Status {
    match job.status {
        Status::Created if now > job.created_at.plus(START_WITHIN) => Status::Expired,
        stored => stored,
    }
}

/// The URL to which a job's file is to be uploaded. It is valid for a limited time.
pub fn upload_url(app: &App, job: &ImportJob) -> String {
    let expires = job.created_at.plus(UPLOAD_WITHIN).seconds();
    let signature = app.keys.seal.sign_upload(&job.id, expires);
    format!(
        "{}/_mocknito/import/{}?expires={expires}&signature={signature}",
        app.address(),
        job.id
    )
}

/// Why a file is not accepted.
pub enum UploadRefusal {
    /// The signature is not ours.
    Forged,
    Expired,
    TooLarge,
    /// The job was started or has expired, or another upload came in between.
    NotNow,
    Failed(Error),
}

impl From<Error> for UploadRefusal {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// A file on its way into the store.
pub struct Upload {
    ctx: Ctx,
    job: String,
    id: String,
    pieces: i64,
    size: usize,
    pending: BytesMut,
}

impl Upload {
    /// Begins an upload with the URL that the job was given.
    pub async fn begin(
        app: Arc<App>,
        job: &str,
        expires: i64,
        signature: &str,
    ) -> Result<Self, UploadRefusal> {
        let ctx = Ctx::new(app, "UploadUserImportFile", None);
        if !ctx.app.keys.seal.is_upload_signed(job, expires, signature) {
            return Err(UploadRefusal::Forged);
        }
        if ctx.now > Timestamp::from_seconds(expires) {
            return Err(UploadRefusal::Expired);
        }
        Self::of_job(ctx, job).await
    }

    /// The same for who needs no URL.
    pub async fn of_job(ctx: Ctx, job: &str) -> Result<Self, UploadRefusal> {
        let found = ctx.store().read().await?.import_jobs().find(job).await?;
        if found.is_none_or(|job| status(&job, ctx.now) != Status::Created) {
            return Err(UploadRefusal::NotNow);
        }
        let id = ctx.uuid();
        Ok(Self {
            job: job.to_owned(),
            id,
            pieces: 0,
            size: 0,
            pending: BytesMut::with_capacity(PIECE),
            ctx,
        })
    }

    /// Takes the next bytes.
    pub async fn push(&mut self, bytes: &[u8]) -> Result<(), UploadRefusal> {
        self.size = self.size.saturating_add(bytes.len());
        if self.size > LARGEST_FILE {
            return Err(UploadRefusal::TooLarge);
        }
        self.pending.extend_from_slice(bytes);
        while self.pending.len() >= PIECE {
            let piece = self.pending.split_to(PIECE);
            self.write(&piece).await?;
        }
        Ok(())
    }

    /// The file is complete: from now on it is the job's.
    pub async fn finish(mut self) -> Result<(), UploadRefusal> {
        let rest = self.pending.split();
        if !rest.is_empty() {
            self.write(&rest).await?;
        }
        let mut write = self.ctx.store().write().await?;
        let found = write.import_jobs().find(&self.job).await?;
        let kept = write
            .import_jobs()
            .count_chunks(&self.job, &self.id)
            .await?;
        let Some(mut job) =
            found.filter(|job| job.status == Status::Created && kept == self.pieces)
        else {
            return Err(UploadRefusal::NotNow);
        };
        write
            .import_jobs()
            .delete_chunks(&job.id, Some(&self.id))
            .await?;
        job.upload = Some(self.id);
        write.import_jobs().update(&job).await?;
        Ok(write.commit().await?)
    }

    /// Forgets what was uploaded so far.
    pub async fn abandon(self) -> Result<()> {
        let mut write = self.ctx.store().write().await?;
        write
            .import_jobs()
            .delete_upload(&self.job, &self.id)
            .await?;
        write.commit().await
    }

    async fn write(&mut self, piece: &[u8]) -> Result<(), UploadRefusal> {
        let mut write = self.ctx.store().write().await?;
        // The job may be gone by now, and its pieces would belong to nobody.
        if write.import_jobs().find(&self.job).await?.is_none() {
            return Err(UploadRefusal::NotNow);
        }
        write
            .import_jobs()
            .insert_chunk(&self.job, &self.id, self.pieces, piece)
            .await?;
        write.commit().await?;
        self.pieces += 1;
        Ok(())
    }
}

/// Goes on with the jobs that were running when the server stopped.
pub async fn resume(app: &Arc<App>) -> Result<()> {
    for job in app.store.read().await?.import_jobs().list_running().await? {
        tracing::info!(job = job.id, line = job.next_line, "an import goes on");
        start(app.clone(), job);
    }
    Ok(())
}

/// Imports in the background.
pub fn start(app: Arc<App>, job: ImportJob) {
    spawn(async move {
        let id = job.id.clone();
        if let Err(error) = run(&app, job, &mut |_, _| {}).await {
            tracing::error!(job = id, "an import failed: {error:?}");
            if let Err(error) = give_up(&app, &id).await {
                tracing::error!(job = id, "the failed import could not be ended: {error:?}");
            }
        }
    });
}

async fn give_up(app: &App, id: &str) -> Result<()> {
    let now = app.clock.now();
    let mut write = app.store.write().await?;
    if let Some(mut job) = write.import_jobs().find(id).await? {
        end(&mut write, &mut job, Status::Failed, BROKEN, now).await?;
    }
    write.commit().await
}

/// Hears of each row, by its line, what became of it.
pub type RowListener<'l> = &'l mut (dyn FnMut(i64, &RowOutcome) + Send);

/// Imports while somebody waits, who hears of each row before it is there for others. Where they
/// wait no longer, the job goes on by itself: another could not be started before it has ended.
pub async fn run_awaited(app: &Arc<App>, job: ImportJob, listener: RowListener<'_>) -> Result<()> {
    let mut awaited = AwaitedJob(Some((app.clone(), job.id.clone())));
    let done = run(app, job, listener).await;
    awaited.0 = None;
    done
}

/// A job that has not ended.
struct AwaitedJob(Option<(Arc<App>, String)>);

impl Drop for AwaitedJob {
    fn drop(&mut self) {
        if let (Some((app, id)), Ok(runtime)) = (self.0.take(), Handle::try_current()) {
            runtime.spawn(async move {
                if let Err(error) = go_on(app, &id).await {
                    tracing::error!(job = id, "an import does not go on: {error:?}");
                }
            });
        }
    }
}

async fn go_on(app: Arc<App>, id: &str) -> Result<()> {
    let found = app.store.read().await?.import_jobs().find(id).await?;
    // What began it may have been taken back as a whole.
    if let Some(job) = found.filter(|job| job.completed_at.is_none()) {
        start(app, job);
    }
    Ok(())
}

async fn run(app: &Arc<App>, job: ImportJob, listener: RowListener<'_>) -> Result<()> {
    let pool = app.store.pool(&job.pool_id).await?;
    let mut lines = Lines::at(&job, 0);
    let header = match lines.next(app).await? {
        Some(Line::Whole(line)) => Columns::read(&pool, job.hashing_algorithm, &line),
        Some(Line::TooLong) | None => None,
    };
    let Some(columns) = header else {
        let message = match job.hashing_algorithm {
            None => WRONG_HEADER,
            Some(_) => WRONG_HEADER_WITH_HASHES,
        };
        return conclude(app, &job.id, Status::Failed, message).await;
    };
    if job.next_byte > 0 {
        lines = Lines::at(&job, job.next_byte);
        lines.number = job.next_line;
    }
    let mut told = 0;
    loop {
        let mut batch = Vec::with_capacity(BATCH);
        while batch.len() < BATCH {
            let number = lines.number;
            match lines.next(app).await? {
                // (unsure) Blank lines count as lines, but not as users.
                Some(Line::Whole(line)) if line.is_empty() => {}
                Some(Line::Whole(line)) => {
                    batch.push((number, import::row(&pool, &columns, &line)))
                }
                Some(Line::TooLong) => batch.push((number, Err(RowFault::TooLong))),
                None => break,
            }
        }
        let last = batch.len() < BATCH;
        let batch = RowBatch {
            rows: batch,
            lines: &lines,
            last,
        };
        let Some(done) = write_batch(app, &pool, &job.id, batch, listener).await? else {
            return Ok(());
        };
        let rows = done.imported + done.skipped + done.failed;
        if last || rows / TELL_EVERY > told {
            told = rows / TELL_EVERY;
            tracing::info!(
                job = done.id,
                status = done.status.as_str(),
                imported = done.imported,
                skipped = done.skipped,
                failed = done.failed,
                "importing users"
            );
        }
        if done.completed_at.is_some() {
            return Ok(());
        }
        // Whoever waits to write comes first.
        tokio::task::yield_now().await;
    }
}

/// Rows, each with its line, and how far they lead.
struct RowBatch<'b> {
    rows: Vec<(i64, Result<Row, RowFault>)>,
    lines: &'b Lines,
    last: bool,
}

/// Writes a batch and how far the job has come with it. None when the job is gone.
async fn write_batch(
    app: &Arc<App>,
    pool: &Pool,
    id: &str,
    batch: RowBatch<'_>,
    listener: RowListener<'_>,
) -> Result<Option<ImportJob>> {
    let RowBatch { rows, lines, last } = batch;
    let ctx = Ctx::new(app.clone(), "ImportUsers", None);
    let mut write = app.store.write().await?;
    let Some(mut job) = write.import_jobs().find(id).await? else {
        return Ok(None);
    };
    if job.status == Status::Stopping {
        end(&mut write, &mut job, Status::Stopped, STOPPED, ctx.now).await?;
        write.commit().await?;
        return Ok(Some(job));
    }
    job.status = Status::InProgress;
    for (number, row) in rows {
        if job.imported + job.skipped + job.failed == MOST_ROWS {
            end(&mut write, &mut job, Status::Failed, TOO_MANY_ROWS, ctx.now).await?;
            break;
        }
        let outcome = match row {
            Ok(row) => import_row(&ctx, &mut write, pool, row).await?,
            Err(fault) => RowOutcome::Failed(fault),
        };
        listener(number, &outcome);
        // Captured, as is the form of the line.
        let told = match &outcome {
            RowOutcome::Imported { .. } => {
                job.imported += 1;
                continue;
            }
            RowOutcome::Exists => {
                job.skipped += 1;
                format!("[SKIPPED] Line Number {number} - {outcome}")
            }
            RowOutcome::Failed(_) => {
                job.failed += 1;
                format!("[FAILED] Line Number {number} - {outcome}")
            }
        };
        if job.skipped + job.failed <= LONGEST_LOG {
            write.import_jobs().insert_log(id, number, &told).await?;
        }
    }
    job.next_byte = lines.offset;
    job.next_line = lines.number;
    if job.completed_at.is_none() && last {
        let (status, message) = match (job.imported, job.skipped + job.failed) {
            (0, 0) => (Status::Failed, NO_ROWS),
            // (unsure) How many are too many is not documented: here it is all of them.
            (0, _) => (Status::Failed, TOO_MANY_FAILED),
            _ => (Status::Succeeded, SUCCEEDED),
        };
        end(&mut write, &mut job, status, message, ctx.now).await?;
    }
    write.import_jobs().update(&job).await?;
    write.commit().await?;
    Ok(Some(job))
}

/// What became of a row.
pub enum RowOutcome {
    Imported { sub: String },
    Exists,
    Failed(RowFault),
}

/// In the words of the log.
impl fmt::Display for RowOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Imported { sub } => write!(f, "The user {sub} was imported."),
            Self::Exists => f.write_str("The user already exists."),
            Self::Failed(fault) => fault.fmt(f),
        }
    }
}

async fn import_row(ctx: &Ctx, write: &mut Write<'_>, pool: &Pool, row: Row) -> Result<RowOutcome> {
    let sub = ctx.draw(ids::sub);
    let mut user = User {
        username: row.username.unwrap_or_else(|| sub.clone()),
        sub,
        pool_id: pool.id.clone(),
        status: if pool.is_passwordless() || row.password_hash.is_some() {
            UserStatusType::Confirmed
        } else {
            UserStatusType::ResetRequired
        },
        enabled: true,
        attributes: row.attributes,
        password: None,
        signed_out_at: None,
        mfa: row.mfa,
        created_at: ctx.now,
        updated_at: ctx.now,
    };
    user.password = row.password_hash.map(|hash| {
        let (seal, identity) = (&ctx.app.keys.seal, Identity::of(&user));
        seal.imported_password(identity, hash, ctx.now)
    });
    let names = usernames::held(pool, &user);
    let by_attribute = !pool.username_attributes().is_empty();
    for name in names.iter().filter(|name| name.kind != NameKind::Sub) {
        if users::owner(write, pool, name).await?.is_none() {
            continue;
        }
        return Ok(match name.kind {
            NameKind::Email | NameKind::PhoneNumber | NameKind::PreferredUsername
                if !by_attribute =>
            {
                RowOutcome::Failed(RowFault::Refused(Error::AliasGivenTaken {
                    attribute: name.kind.as_str(),
                }))
            }
            _ => RowOutcome::Exists,
        });
    }
    write.users().insert(&user, &names).await?;
    Ok(RowOutcome::Imported { sub: user.sub })
}

async fn conclude(app: &App, id: &str, status: Status, message: &str) -> Result<()> {
    let now = app.clock.now();
    let mut write = app.store.write().await?;
    if let Some(mut job) = write.import_jobs().find(id).await? {
        let (status, message) = match job.status {
            Status::Stopping => (Status::Stopped, STOPPED),
            _ => (status, message),
        };
        end(&mut write, &mut job, status, message, now).await?;
        tracing::info!(
            job = id,
            status = status.as_str(),
            message,
            "an import ended"
        );
    }
    write.commit().await
}

/// Ends a job; its file is of no use any more.
async fn end(
    write: &mut Write<'_>,
    job: &mut ImportJob,
    status: Status,
    message: &str,
    now: Timestamp,
) -> Result<()> {
    job.status = status;
    job.message = Some(message.to_owned());
    job.completed_at = Some(now);
    write.import_jobs().update(job).await?;
    write.import_jobs().delete_chunks(&job.id, None).await
}

enum Line {
    /// Without its end.
    Whole(Vec<u8>),
    TooLong,
}

/// The lines of an uploaded file, read piece by piece.
struct Lines {
    job: String,
    upload: String,
    /// The number of the next line.
    number: i64,
    /// Where it begins in the file.
    offset: i64,
    next_piece: i64,
    /// How much of the next piece was read before.
    skip: usize,
    buffer: BytesMut,
}

impl Lines {
    fn at(job: &ImportJob, offset: i64) -> Self {
        let piece = PIECE as i64;
        Self {
            job: job.id.clone(),
            upload: job.upload.clone().unwrap_or_default(),
            number: 1,
            offset,
            next_piece: offset / piece,
            skip: usize::try_from(offset % piece).unwrap_or_default(),
            buffer: BytesMut::new(),
        }
    }

    /// The next line; None at the end of the file. A line that is too long is read over and not
    /// kept.
    async fn next(&mut self, app: &App) -> Result<Option<Line>> {
        // A character has at most four bytes.
        const LONGEST: usize = LONGEST_ROW * 4;
        let (mut searched, mut too_long) = (0, false);
        loop {
            if let Some(at) = self.buffer[searched..].iter().position(|b| *b == b'\n') {
                let mut line = self.buffer.split_to(searched + at + 1);
                self.advance(line.len());
                self.number += 1;
                line.truncate(line.len() - 1);
                if line.last() == Some(&b'\r') {
                    line.truncate(line.len() - 1);
                }
                return Ok(Some(if too_long || line.len() > LONGEST {
                    Line::TooLong
                } else {
                    Line::Whole(line.to_vec())
                }));
            }
            searched = self.buffer.len();
            if searched > LONGEST {
                self.advance(searched);
                self.buffer.advance(searched);
                (searched, too_long) = (0, true);
            }
            if !self.fill(app).await? {
                break;
            }
        }
        // The last line has no end.
        let rest = self.buffer.split();
        self.advance(rest.len());
        if rest.is_empty() && !too_long {
            return Ok(None);
        }
        self.number += 1;
        Ok(Some(if too_long {
            Line::TooLong
        } else {
            Line::Whole(rest.to_vec())
        }))
    }

    fn advance(&mut self, bytes: usize) {
        self.offset += i64::try_from(bytes).unwrap_or_default();
    }

    /// Reads the next piece; false when there is none.
    async fn fill(&mut self, app: &App) -> Result<bool> {
        let piece = app
            .store
            .read()
            .await?
            .import_jobs()
            .find_chunk(&self.job, &self.upload, self.next_piece)
            .await?;
        let Some(piece) = piece else {
            return Ok(false);
        };
        self.buffer
            .extend_from_slice(piece.get(self.skip..).unwrap_or_default());
        self.skip = 0;
        self.next_piece += 1;
        Ok(true)
    }
}
