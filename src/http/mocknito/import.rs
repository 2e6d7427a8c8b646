//! `/_mocknito/import/`: where an import job's CSV file is put, in the place of S3, and its log is
//! read, in the place of CloudWatch.
//!
//! Not here: what becomes of the file (`flows::import`), the jobs themselves
//! (`operations::import_jobs`).

use std::fmt::Write as _;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use http_body_util::BodyExt;
use serde::Deserialize;

use super::refusal::Refusal;
use crate::app::App;
use crate::error::Error;
use crate::flows::import::{self, LARGEST_FILE, Upload, UploadRefusal};

/// A file that is too large is read on and thrown away, up to this many bytes: a client that is
/// still sending does not read the refusal.
const PATIENCE: usize = 64 << 20;

/// The query of a pre-signed URL.
#[derive(Deserialize)]
pub struct Signed {
    expires: i64,
    signature: String,
}

/// `PUT /_mocknito/import/{job}?expires=…&signature=…`: takes the file.
pub async fn upload(
    State(app): State<Arc<App>>,
    Path(job): Path<String>,
    signed: Result<Query<Signed>, QueryRejection>,
    request: Request,
) -> Result<StatusCode, Refusal> {
    let Query(signed) = signed?;
    let (head, body) = request.into_parts();
    let announced = announced(&head.headers);
    if announced > LARGEST_FILE.saturating_add(PATIENCE)
        || (announced > LARGEST_FILE && head.headers.contains_key(header::EXPECT))
    {
        return Err(UploadRefusal::TooLarge.into());
    }
    let mut upload = Upload::begin(app, &job, signed.expires, &signed.signature).await?;
    match receive(&mut upload, body).await {
        Ok(()) => {
            upload.finish().await?;
            Ok(StatusCode::OK)
        }
        Err(refusal) => {
            upload.abandon().await?;
            Err(refusal)
        }
    }
}

fn announced(headers: &HeaderMap) -> usize {
    headers
        .get(header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse().ok())
        .unwrap_or(0)
}

async fn receive(upload: &mut Upload, mut body: Body) -> Result<(), Refusal> {
    let (mut refusal, mut wasted) = (None, 0_usize);
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Refusal::invalid("The body broke off"))?;
        let Ok(data) = frame.into_data() else {
            continue;
        };
        match &refusal {
            None => {
                if let Err(error) = upload.push(&data).await {
                    refusal = Some(error);
                }
            }
            Some(_) => {
                wasted = wasted.saturating_add(data.len());
                if wasted > PATIENCE {
                    break;
                }
            }
        }
    }
    refusal.map_or(Ok(()), |refusal| Err(refusal.into()))
}

/// `GET /_mocknito/import/{job}/log`: how the job went, and each row that was not imported with its
/// reason.
pub async fn log(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<impl IntoResponse, Refusal> {
    let mut read = app.store.read().await?;
    let found = read.import_jobs().find(&id).await?;
    let job = found.ok_or(Error::ImportJobNotFound { id })?;
    let lines = read.import_jobs().list_log(&job.id).await?;
    drop(read);

    let status = import::status(&job, app.clock.now());
    let mut text = format!("{} {} ({})\n", job.id, status.as_str(), job.name);
    if let Some(message) = &job.message {
        text.push_str(message);
        text.push('\n');
    }
    let (imported, skipped, failed) = (job.imported, job.skipped, job.failed);
    let _a_string_takes_all = writeln!(
        text,
        "Imported: {imported}, skipped: {skipped}, failed: {failed}"
    );
    let kept = i64::try_from(lines.len()).unwrap_or(i64::MAX);
    for (_, line) in lines {
        text.push_str(&line);
        text.push('\n');
    }
    if kept < skipped + failed {
        text.push_str("Further rows were skipped or failed; only the first are listed.\n");
    }
    let kind = [
        (header::CONTENT_TYPE, "text/plain; charset=utf-8"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((kind, text))
}

impl From<UploadRefusal> for Refusal {
    fn from(refusal: UploadRefusal) -> Self {
        let (status, error, message) = match refusal {
            UploadRefusal::Forged => (
                StatusCode::FORBIDDEN,
                "forbidden",
                "The signature does not match: use the job's PreSignedUrl as it is.",
            ),
            UploadRefusal::Expired => (
                StatusCode::FORBIDDEN,
                "expired",
                "The PreSignedUrl has expired. Make a new import job.",
            ),
            UploadRefusal::TooLarge => (
                StatusCode::PAYLOAD_TOO_LARGE,
                "too_large",
                "A CSV file may have up to 100 MB.",
            ),
            UploadRefusal::NotNow => (
                StatusCode::CONFLICT,
                "conflict",
                "The import job takes no file now: it was started, has ended, or got another file in the meantime.",
            ),
            UploadRefusal::Failed(error) => return error.into(),
        };
        Self {
            status,
            error,
            message: message.to_owned(),
        }
    }
}
