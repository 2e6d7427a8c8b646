//! User import jobs: create, describe, list, start and stop; and the header that their CSV files
//! must have.
//!
//! Not here: the upload and the import itself (`flows::import`), what a row must look like
//! (`domain::import`).

use super::paging::Paging;
use super::pools;
use crate::app::Ctx;
use crate::clock::Timestamp;
use crate::domain::import;
use crate::error::{Error, Result};
use crate::flows::import as job_flow;
use crate::ids;
use crate::store::ImportJob;
use crate::wire::user_pools::{
    CreateUserImportJobRequest, CreateUserImportJobResponse, DescribeUserImportJobRequest,
    DescribeUserImportJobResponse, GetCSVHeaderRequest, GetCSVHeaderResponse,
    ListUserImportJobsRequest, ListUserImportJobsResponse, StartUserImportJobRequest,
    StartUserImportJobResponse, StopUserImportJobRequest, StopUserImportJobResponse,
    UserImportJobStatusType, UserImportJobType,
};

const PAGE: usize = 60;

pub async fn get_csv_header(ctx: &Ctx, input: GetCSVHeaderRequest) -> Result<GetCSVHeaderResponse> {
    let pool = ctx.pool(&input.user_pool_id).await?;
    Ok(GetCSVHeaderResponse {
        csv_header: Some(import::header(&pool)),
        user_pool_id: Some(pool.id.clone()),
    })
}

pub async fn create_user_import_job(
    ctx: &Ctx,
    input: CreateUserImportJobRequest,
) -> Result<CreateUserImportJobResponse> {
    let role = input.cloud_watch_logs_role_arn;
    if !is_role(&role) {
        return Err(Error::ArnMalformed { arn: role });
    }
    let id = ctx.draw(ids::import_job);
    let mut write = ctx.store().write().await?;
    let pool = pools::to_change(ctx, &mut write, &input.user_pool_id).await?;
    let job = ImportJob {
        id,
        pool_id: pool.id,
        name: input.job_name,
        role_arn: role,
        status: UserImportJobStatusType::Created,
        message: None,
        created_at: ctx.now,
        started_at: None,
        completed_at: None,
        imported: 0,
        skipped: 0,
        failed: 0,
        upload: None,
        next_byte: 0,
        next_line: 1,
        hashing_algorithm: input.password_hashing_algorithm,
    };
    write.import_jobs().insert(&job).await?;
    write.commit().await?;
    Ok(CreateUserImportJobResponse {
        user_import_job: Some(described(ctx, job)),
    })
}

pub async fn describe_user_import_job(
    ctx: &Ctx,
    input: DescribeUserImportJobRequest,
) -> Result<DescribeUserImportJobResponse> {
    let pool = ctx.pool(&input.user_pool_id).await?;
    let mut read = ctx.store().read().await?;
    let found = read.import_jobs().find(&input.job_id).await?;
    let job = of_pool(found, &pool.id, &input.job_id)?;
    Ok(DescribeUserImportJobResponse {
        user_import_job: Some(described(ctx, job)),
    })
}

/// Newest first.
pub async fn list_user_import_jobs(
    ctx: &Ctx,
    input: ListUserImportJobsRequest,
) -> Result<ListUserImportJobsResponse> {
    let pool = ctx.pool(&input.user_pool_id).await?;
    let paging = Paging::new(ctx, &[&pool.id], Some(input.max_results), PAGE);
    let before = pools::start(&paging, input.pagination_token.as_deref())?;
    let before: Option<(Timestamp, &str)> = before.as_ref().map(|(at, id)| (*at, id.as_str()));
    let mut read = ctx.store().read().await?;
    let mut jobs = read
        .import_jobs()
        .list(&pool.id, before, paging.fetch())
        .await?;
    let pagination_token = paging.cut(&mut jobs, |job| (job.created_at.0, job.id.clone()))?;
    Ok(ListUserImportJobsResponse {
        user_import_jobs: Some(jobs.into_iter().map(|job| described(ctx, job)).collect()),
        pagination_token,
    })
}

pub async fn start_user_import_job(
    ctx: &Ctx,
    input: StartUserImportJobRequest,
) -> Result<StartUserImportJobResponse> {
    let job = begin_user_import_job(ctx, input).await?;
    job_flow::start(ctx.app.clone(), job.clone());
    Ok(StartUserImportJobResponse {
        user_import_job: Some(described(ctx, job)),
    })
}

/// Starts a job, whose work is left to the caller. Documented: one job runs at a time.
pub(crate) async fn begin_user_import_job(
    ctx: &Ctx,
    input: StartUserImportJobRequest,
) -> Result<ImportJob> {
    let mut write = ctx.store().write().await?;
    let pool = pools::to_change(ctx, &mut write, &input.user_pool_id).await?;
    let found = write.import_jobs().find(&input.job_id).await?;
    let mut job = of_pool(found, &pool.id, &input.job_id)?;
    let status = job_flow::status(&job, ctx.now);
    if status != UserImportJobStatusType::Created {
        return Err(Error::ImportNotStartable {
            status: status.as_str().to_owned(),
        });
    }
    if job.upload.is_none() {
        return Err(Error::ImportFileMissing { job: job.id });
    }
    let auto_verified = pool.settings.auto_verified_attributes.as_deref();
    if auto_verified.unwrap_or_default().is_empty() {
        return Err(Error::ImportNeedsAutoVerified);
    }
    if !write.import_jobs().list_running().await?.is_empty() {
        return Err(Error::ImportRuns);
    }
    job.status = UserImportJobStatusType::Pending;
    job.started_at = Some(ctx.now);
    write.import_jobs().update(&job).await?;
    write.commit().await?;
    Ok(job)
}

/// The job stops before its next batch. Users that are already imported stay.
pub async fn stop_user_import_job(
    ctx: &Ctx,
    input: StopUserImportJobRequest,
) -> Result<StopUserImportJobResponse> {
    let mut write = ctx.store().write().await?;
    let pool = pools::to_change(ctx, &mut write, &input.user_pool_id).await?;
    let found = write.import_jobs().find(&input.job_id).await?;
    let mut job = of_pool(found, &pool.id, &input.job_id)?;
    match job.status {
        UserImportJobStatusType::Pending | UserImportJobStatusType::InProgress => {}
        _ => {
            return Err(Error::ImportNotStoppable {
                status: job_flow::status(&job, ctx.now).as_str().to_owned(),
            });
        }
    }
    job.status = UserImportJobStatusType::Stopping;
    write.import_jobs().update(&job).await?;
    write.commit().await?;
    Ok(StopUserImportJobResponse {
        user_import_job: Some(described(ctx, job)),
    })
}

fn of_pool(job: Option<ImportJob>, pool: &str, id: &str) -> Result<ImportJob> {
    job.filter(|job| job.pool_id == pool)
        .ok_or_else(|| Error::ImportJobNotFound { id: id.to_owned() })
}

/// `arn:<partition>:iam::<account>:role/<name>`; the model checks less.
fn is_role(arn: &str) -> bool {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let ["arn", _, "iam", "", _, role] = parts[..] else {
        return false;
    };
    role.strip_prefix("role/")
        .is_some_and(|name| !name.is_empty())
}

fn described(ctx: &Ctx, job: ImportJob) -> UserImportJobType {
    UserImportJobType {
        pre_signed_url: Some(job_flow::upload_url(&ctx.app, &job)),
        status: Some(job_flow::status(&job, ctx.now)),
        job_name: Some(job.name),
        job_id: Some(job.id),
        user_pool_id: Some(job.pool_id),
        creation_date: Some(job.created_at),
        start_date: job.started_at,
        completion_date: job.completed_at,
        cloud_watch_logs_role_arn: Some(job.role_arn),
        imported_users: Some(job.imported),
        skipped_users: Some(job.skipped),
        failed_users: Some(job.failed),
        completion_message: job.message,
        password_hashing_algorithm: job.hashing_algorithm,
    }
}
