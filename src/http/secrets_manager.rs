//! What of AWS Secrets Manager applications need that read their client secrets there:
//! `GetSecretValue` and `DescribeSecret`, at the same door as Cognito's APIs.
//!
//! Not here: what is kept and when it rotates (`flows::managed_secrets`). Nothing else of Secrets
//! Manager is served.

use std::time::Instant;

use axum::body::Body;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::aws_json::{self, ErrorDocument};
use super::{body, log};
use crate::app::Ctx;
use crate::error::Error;
use crate::flows::managed_secrets::ROTATION;
use crate::store::{ManagedSecret, SecretVersion, VersionStage};

/// The service that is said to own the secrets.
const OWNER: &str = "cognito-idp";

/// An operation of Secrets Manager that is served.
#[derive(Clone, Copy)]
pub enum SecretsOperation {
    GetSecretValue,
    DescribeSecret,
}

impl SecretsOperation {
    /// Finds the operation that an `X-Amz-Target` header names.
    pub fn from_target(target: &str) -> Option<Self> {
        [Self::GetSecretValue, Self::DescribeSecret]
            .into_iter()
            .find(|operation| target.strip_prefix("secretsmanager.") == Some(operation.name()))
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::GetSecretValue => "GetSecretValue",
            Self::DescribeSecret => "DescribeSecret",
        }
    }
}

/// DescribeSecret has the first member only.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SecretRequest {
    secret_id: Option<String>,
    version_id: Option<String>,
    version_stage: Option<String>,
}

/// A refusal in Secrets Manager's words.
enum SecretsError {
    Malformed,
    /// A member that the service's model does not allow.
    Parameter(String),
    NotFound,
    /// The secret is there, the version is not.
    VersionNotFound(String),
    /// Each names a version, and not the same.
    VersionsDiffer,
    Internal(Error),
}

impl From<Error> for SecretsError {
    fn from(error: Error) -> Self {
        Self::Internal(error)
    }
}

impl SecretsError {
    fn code(&self) -> &'static str {
        match self {
            Self::Malformed => "SerializationException",
            Self::Parameter(_) => "InvalidParameterException",
            Self::NotFound | Self::VersionNotFound(_) => "ResourceNotFoundException",
            Self::VersionsDiffer => "InvalidRequestException",
            Self::Internal(_) => "InternalServiceError",
        }
    }

    fn message(&self) -> String {
        match self {
            Self::Malformed => String::new(),
            Self::Parameter(what) => what.clone(),
            Self::NotFound => "Secrets Manager can't find the specified secret.".to_owned(),
            Self::VersionNotFound(which) => {
                format!("Secrets Manager can't find the specified secret value for {which}")
            }
            Self::VersionsDiffer => {
                "You provided a VersionStage that is not associated to the provided VersionId."
                    .to_owned()
            }
            Self::Internal(_) => "An error occurred on the server side.".to_owned(),
        }
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::BAD_REQUEST,
        }
    }
}

/// One call of Secrets Manager.
pub async fn call(
    ctx: &Ctx,
    operation: SecretsOperation,
    headers: &HeaderMap,
    body: Body,
) -> Response {
    let started = Instant::now();
    let answer = carry_out(ctx, operation, headers, body).await;
    match answer {
        Ok(document) => {
            log::log(ctx, "ok", started);
            aws_json::respond(ctx, StatusCode::OK, Bytes::from(document.to_string()))
        }
        Err(error) => {
            log::log(ctx, error.code(), started);
            if let SecretsError::Internal(cause) = &error {
                let (operation, request_id) = (ctx.operation, &ctx.request_id);
                tracing::error!(operation, request_id, "internal error: {cause:?}");
            }
            let message = error.message();
            let document = ErrorDocument {
                code: error.code(),
                message: &message,
            };
            aws_json::refuse(ctx, error.status(), &document)
        }
    }
}

async fn carry_out(
    ctx: &Ctx,
    operation: SecretsOperation,
    headers: &HeaderMap,
    body: Body,
) -> Result<Value, SecretsError> {
    let bytes = body::read(headers, body).await;
    let request = bytes
        .ok()
        .and_then(|bytes| serde_json::from_slice::<SecretRequest>(&bytes).ok())
        .ok_or(SecretsError::Malformed)?;
    let id = within("SecretId", request.secret_id.as_deref(), 1, 2048)?;
    let id = id.ok_or_else(|| invalid("SecretId", "must not be null"))?;
    let (secret, versions) = find(ctx, id).await?;
    match operation {
        SecretsOperation::DescribeSecret => Ok(described(&secret, &versions)),
        SecretsOperation::GetSecretValue => {
            let by_id = within("VersionId", request.version_id.as_deref(), 32, 64)?;
            let stage = within("VersionStage", request.version_stage.as_deref(), 1, 256)?;
            let version = choose(&versions, by_id, stage)?;
            value(ctx, &secret, version).await
        }
    }
}

/// (unsure) The service's wording: its model says only the limits.
fn within<'v>(
    member: &str,
    value: Option<&'v str>,
    least: usize,
    most: usize,
) -> Result<Option<&'v str>, SecretsError> {
    match value.map(|value| value.chars().count()) {
        Some(length) if length < least => Err(invalid(
            member,
            &format!("must have length greater than or equal to {least}"),
        )),
        Some(length) if length > most => Err(invalid(
            member,
            &format!("must have length less than or equal to {most}"),
        )),
        _ => Ok(value),
    }
}

fn invalid(member: &str, what: &str) -> SecretsError {
    SecretsError::Parameter(format!("Invalid {member}: it {what}."))
}

/// By its ARN, with or without the six characters at the end, or by its name. Another Region's is
/// not there, as on AWS.
async fn find(ctx: &Ctx, id: &str) -> Result<(ManagedSecret, Vec<SecretVersion>), SecretsError> {
    let mut read = ctx.store().read().await?;
    let mut secrets = read.managed_secrets();
    let found = match id.strip_prefix("arn:") {
        None => secrets.find_by_name(ctx.region(), id).await?,
        Some(rest) => match secrets.find_by_arn(id).await? {
            Some(secret) => Some(secret),
            None => match rest.splitn(6, ':').collect::<Vec<_>>()[..] {
                [_, "secretsmanager", region, _, "secret", name] => secrets
                    .find_by_name(region, name)
                    .await?
                    .filter(|secret| secret.arn.starts_with(id)),
                _ => None,
            },
        },
    };
    let is_here = |secret: &ManagedSecret| {
        let signed = ctx.signed_region.as_deref();
        signed.is_none_or(|region| region == secret.region)
    };
    let secret = found.filter(is_here).ok_or(SecretsError::NotFound)?;
    let versions = secrets.list_versions(&secret.client_id).await?;
    Ok((secret, versions))
}

/// The version that is asked for: the current one, unless the request says otherwise.
fn choose<'v>(
    versions: &'v [SecretVersion],
    id: Option<&str>,
    stage: Option<&str>,
) -> Result<&'v SecretVersion, SecretsError> {
    let Some(id) = id else {
        let stage = stage.unwrap_or(VersionStage::Current.as_str());
        let mut with_stage = versions.iter();
        return with_stage
            .find(|version| version.stage.as_str() == stage)
            .ok_or_else(|| SecretsError::VersionNotFound(format!("staging label: {stage}")));
    };
    let mut with_id = versions.iter();
    let version = with_id
        .find(|version| version.id == id)
        .ok_or_else(|| SecretsError::VersionNotFound(format!("VersionId: {id}")))?;
    match stage {
        Some(stage) if version.stage.as_str() != stage => Err(SecretsError::VersionsDiffer),
        _ => Ok(version),
    }
}

async fn value(
    ctx: &Ctx,
    secret: &ManagedSecret,
    version: &SecretVersion,
) -> Result<Value, SecretsError> {
    let client = ctx.store().client(&secret.client_id).await?;
    ctx.note_pool(&client.pool_id);
    let text = json!({
        "userPoolId": client.pool_id,
        "userPoolClientId": client.id,
        "clientSecretValue": version.value,
    });
    Ok(json!({
        "ARN": secret.arn,
        "Name": secret.name,
        "VersionId": version.id,
        "SecretString": text.to_string(),
        "VersionStages": [version.stage.as_str()],
        "CreatedDate": version.created_at,
    }))
}

fn described(secret: &ManagedSecret, versions: &[SecretVersion]) -> Value {
    let stages: Map<String, Value> = versions
        .iter()
        .map(|version| (version.id.clone(), json!([version.stage.as_str()])))
        .collect();
    json!({
        "ARN": secret.arn,
        "Name": secret.name,
        "RotationEnabled": true,
        "RotationRules": { "AutomaticallyAfterDays": ROTATION.as_secs() / 86_400 },
        "LastRotatedDate": secret.rotated_at,
        "LastChangedDate": secret.rotated_at,
        "NextRotationDate": secret.rotated_at.plus(ROTATION),
        "Tags": [{ "Key": "aws:secretsmanager:owningService", "Value": OWNER }],
        "VersionIdsToStages": stages,
        "OwningService": OWNER,
        "CreatedDate": secret.created_at,
    })
}
