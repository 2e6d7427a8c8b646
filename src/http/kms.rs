//! What of AWS KMS functions need that decrypt the codes of custom senders: `TrentService.Decrypt`,
//! at the same door as Cognito's APIs.
//!
//! Not here: the keys (`keys::kms`). Nothing else of KMS is served.

use std::time::Instant;

use axum::body::Body;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};

use super::aws_json::{self, ErrorDocument};
use super::{body, log};
use crate::app::Ctx;
use crate::keys::KmsContext;

/// How KMS's operations are named in `X-Amz-Target`.
pub const TARGET_PREFIX: &str = "TrentService.";

/// The only algorithm of symmetric keys.
const SYMMETRIC: &str = "SYMMETRIC_DEFAULT";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DecryptRequest {
    ciphertext_blob: String,
    #[serde(default)]
    encryption_context: Option<KmsContext>,
    key_id: Option<String>,
    encryption_algorithm: Option<String>,
}

/// A refusal in KMS's words; an empty message is none.
struct KmsError {
    code: &'static str,
    message: &'static str,
}

impl KmsError {
    fn bare(code: &'static str) -> Self {
        Self { code, message: "" }
    }
}

/// One call of KMS.
pub async fn call(ctx: &Ctx, target: &str, headers: &HeaderMap, body: Body) -> Response {
    let started = Instant::now();
    match carry_out(ctx, target, headers, body).await {
        Ok(document) => {
            log::log(ctx, "ok", started);
            aws_json::respond(ctx, StatusCode::OK, Bytes::from(document.to_string()))
        }
        Err(KmsError { code, message }) => {
            log::log(ctx, code, started);
            let document = ErrorDocument { code, message };
            aws_json::refuse(ctx, StatusCode::BAD_REQUEST, &document)
        }
    }
}

async fn carry_out(
    ctx: &Ctx,
    target: &str,
    headers: &HeaderMap,
    body: Body,
) -> Result<Value, KmsError> {
    let malformed = KmsError::bare("SerializationException");
    let Ok(bytes) = body::read(headers, body).await else {
        return Err(malformed);
    };
    if target.strip_prefix(TARGET_PREFIX) != Some("Decrypt") {
        return Err(KmsError {
            code: "UnknownOperationException",
            message: "Of KMS only Decrypt is served here, for the codes of custom senders.",
        });
    }
    let Ok(request) = serde_json::from_slice::<DecryptRequest>(&bytes) else {
        return Err(malformed);
    };
    let Ok(sealed) = STANDARD.decode(&request.ciphertext_blob) else {
        return Err(malformed);
    };
    if request
        .encryption_algorithm
        .is_some_and(|algorithm| algorithm != SYMMETRIC)
    {
        return Err(KmsError::bare("InvalidKeyUsageException"));
    }

    let context = request.encryption_context.unwrap_or_default();
    let Some(opened) = ctx.app.keys.kms.decrypt(&context, &sealed) else {
        return Err(KmsError::bare("InvalidCiphertextException"));
    };
    if request.key_id.is_some_and(|key| !names(&key, &opened.key)) {
        return Err(KmsError {
            code: "IncorrectKeyException",
            message: "The key ID in the request does not identify a CMK that can perform this \
                      operation.",
        });
    }
    Ok(json!({
        "KeyId": opened.key,
        "Plaintext": STANDARD.encode(&opened.plain),
        "EncryptionAlgorithm": SYMMETRIC,
    }))
}

/// Whether a request's key id, which may be the ARN or the id in it, is this key's. There are no
/// aliases here.
fn names(id: &str, arn: &str) -> bool {
    id == arn || arn.rsplit_once('/').is_some_and(|(_, short)| short == id)
}
