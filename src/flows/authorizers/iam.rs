//! AWS_IAM of API Gateway: the caller signed the request with credentials of an identity pool, or
//! with a key that the operator listed.
//!
//! The signature is computed anew over the request as it came, by AWS's own crate, and compared. On
//! AWS policies then say what a role may call; there is no IAM here, so whoever is verified may.
//! Not here: how a signature is read (`signature.rs`), whose credentials are whose
//! (`store::StoredCredentials`).

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation,
    SigningSettings, UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use axum::http::{HeaderName, StatusCode, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::jwt::told;
use super::presented::{Presented, PresentedBody};
use super::rules::{IamPayload, IamRule};
use super::signature::{
    DATE, OF_PRESIGNING, PresentedSignature, UnreadSignature, basic_date, query,
};
use super::verdict::{Allowed, Context, Denied, gateway_id};
use crate::app::Ctx;
use crate::domain::assumed_roles::login_provider;
use crate::domain::federation::Claims;
use crate::error::Result;
use crate::flows::sts::{
    CallerIdentity, NoSession, RequestSigner, of_root, of_session, session_of,
};
use crate::store::StoredCredentials;

/// How far the signer's clock may be from ours.
const SKEW: Duration = Duration::from_secs(300);

/// The signing name of every API of API Gateway.
const SERVICE: &str = "execute-api";

const CONTENT_SHA256: HeaderName = HeaderName::from_static("x-amz-content-sha256");
const UNSIGNED: &str = "UNSIGNED-PAYLOAD";

/// Why a signature does not count, in AWS's words and in ours.
struct IamRefusal {
    error_type: &'static str,
    message: String,
    reason: String,
}

impl IamRefusal {
    fn new(
        error_type: &'static str,
        message: impl Into<String>,
        reason: impl Into<String>,
    ) -> Self {
        Self {
            error_type,
            message: message.into(),
            reason: reason.into(),
        }
    }

    fn unknown_key(reason: impl Into<String>) -> Self {
        let message = "The security token included in the request is invalid.";
        Self::new("UnrecognizedClientException", message, reason)
    }

    fn invalid(message: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::new("InvalidSignatureException", message, reason)
    }
}

/// Whose key signed, and with which secret.
struct KeyHolder {
    identity: CallerIdentity,
    secret: String,
    /// What is known of credentials that were made here.
    credentials: Option<StoredCredentials>,
}

pub(super) async fn check(
    ctx: &Ctx,
    rule: &IamRule,
    presented: &Presented<'_>,
) -> Result<Result<Allowed, Denied>> {
    let signature = match PresentedSignature::read(presented) {
        Ok(signature) => signature,
        Err(fault) => return Ok(Err(denied(ctx, rule, unread(fault, presented)))),
    };
    let holder = match holder(ctx, &signature).await? {
        Ok(holder) => holder,
        Err(refusal) => return Ok(Err(denied(ctx, rule, refusal))),
    };
    let checked = check_time(ctx, &signature)
        .and_then(|()| check_scope(&signature))
        .and_then(|()| check_signature(&signature, &holder.secret, presented));
    Ok(match checked {
        Ok(()) => Ok(allowed(rule, &signature, &holder)),
        Err(refusal) => Err(denied(ctx, rule, refusal)),
    })
}

/// Why there is nothing to check.
fn unread(fault: UnreadSignature, presented: &Presented<'_>) -> IamRefusal {
    let incomplete = "IncompleteSignatureException";
    match fault {
        UnreadSignature::Absent => IamRefusal::new(
            "MissingAuthenticationTokenException",
            "Missing Authentication Token",
            "the request is not signed: there is neither a header authorization nor a presigned \
             query",
        ),
        UnreadSignature::NoSignature => {
            let value = presented.headers.get(header::AUTHORIZATION);
            let value = value.map(|value| value.as_bytes()).unwrap_or_default();
            let hash = STANDARD.encode(digest(&SHA256, value));
            // (unsure) The words are those for what holds no `=`.
            let message = format!(
                "Invalid key=value pair (missing equal-sign) in Authorization header (hashed \
                 with SHA-256 and encoded with Base64): '{hash}'."
            );
            let reason = "the header authorization holds no signature of AWS (AWS4-HMAC-SHA256), \
                          or is there more than once";
            IamRefusal::new(incomplete, message, reason)
        }
        UnreadSignature::Incomplete(sentences) => {
            let message = sentences.join(" ");
            let reason = format!("the signature is incomplete: {message}");
            IamRefusal::new(incomplete, message, reason)
        }
    }
}

/// Whose access key it is. The session token is demanded before anything is told of the key.
async fn holder(
    ctx: &Ctx,
    signature: &PresentedSignature,
) -> Result<std::result::Result<KeyHolder, IamRefusal>> {
    let key = &signature.access_key_id;
    let listed = ctx.app.settings.listed_credentials.iter();
    if let Some(listed) = listed
        .into_iter()
        .find(|listed| listed.access_key_id == *key)
    {
        if signature.session_token.is_some() {
            let reason = "a session token comes with a key of --credentials, which has none";
            return Ok(Err(IamRefusal::unknown_key(reason)));
        }
        return Ok(Ok(KeyHolder {
            identity: of_root(ctx),
            secret: listed.secret_access_key.expose().clone(),
            credentials: None,
        }));
    }
    let signer = RequestSigner {
        access_key_id: key.clone(),
        session_token: signature.session_token.clone(),
    };
    let credentials = match session_of(ctx, &signer).await? {
        Ok(Some(credentials)) => credentials,
        Ok(None) => {
            let key = told(key);
            let reason = format!(
                "the access key {key} is neither of an identity pool here nor one of --credentials"
            );
            return Ok(Err(IamRefusal::unknown_key(reason)));
        }
        Err(NoSession::Expired) => {
            let message = "The security token included in the request is expired";
            let reason = "the credentials have expired";
            let refusal = IamRefusal::new("ExpiredTokenException", message, reason);
            return Ok(Err(refusal));
        }
        Err(NoSession::OtherToken) => {
            let what = match signature.session_token {
                Some(_) => "the session token is not that of the access key",
                None => "the session token (X-Amz-Security-Token) is missing",
            };
            return Ok(Err(IamRefusal::unknown_key(what)));
        }
    };
    if credentials.session_token_digest.is_some() {
        let reason = "the credentials were made by another STS (--credentials-from), whose \
                      secrets are not known here, so that no signature by them can be checked";
        return Ok(Err(IamRefusal::unknown_key(reason)));
    }
    ctx.note_pool(&credentials.identity_pool_id);
    ctx.note_identity(&credentials.identity_id);
    Ok(Ok(KeyHolder {
        identity: of_session(ctx, &credentials),
        secret: ctx.app.keys.credentials.secret_key(key),
        credentials: Some(credentials),
    }))
}

fn check_time(ctx: &Ctx, signature: &PresentedSignature) -> Result<(), IamRefusal> {
    let (at, now) = (signature.at, ctx.now);
    let (date, time) = (&signature.date, basic_date(now));
    let lasts = signature.expires_in.unwrap_or(SKEW);
    if at.plus(lasts) < now {
        let limit = basic_date(now.minus(lasts));
        let minutes = match signature.expires_in {
            Some(_) => String::new(),
            None => format!(" ({time} - 5 min.)"),
        };
        let message = format!("Signature expired: {date} is now earlier than {limit}{minutes}");
        let reason = format!("the signature of {date} has expired: it is {time} here");
        return Err(IamRefusal::invalid(message, reason));
    }
    if at > now.plus(SKEW) {
        let limit = basic_date(now.plus(SKEW));
        let message = format!(
            "Signature not yet current: {date} is still later than {limit} ({time} + 5 min.)"
        );
        let reason = format!("the signature of {date} is of the future: it is {time} here");
        return Err(IamRefusal::invalid(message, reason));
    }
    Ok(())
}

fn check_scope(signature: &PresentedSignature) -> Result<(), IamRefusal> {
    if signature.service != SERVICE {
        let message = format!("Credential should be scoped to correct service: '{SERVICE}'. ");
        let service = told(&signature.service);
        let reason =
            format!("the signature is for the service {service}, where {SERVICE} is expected");
        return Err(IamRefusal::invalid(message, reason));
    }
    let signs = |name: &str| signature.signed_headers.iter().any(|one| one == name);
    if !signs("host") {
        let message = "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.";
        let reason = "the signature does not cover the header host";
        return Err(IamRefusal::invalid(message, reason));
    }
    if signature.expires_in.is_none() && !signs("x-amz-date") {
        let message = "'X-Amz-Date' must be a 'SignedHeader' in the AWS Authorization.";
        let reason = "the signature does not cover the header x-amz-date";
        return Err(IamRefusal::invalid(message, reason));
    }
    Ok(())
}

fn check_signature(
    signature: &PresentedSignature,
    secret: &str,
    presented: &Presented<'_>,
) -> Result<(), IamRefusal> {
    let computed = computed(signature, secret, presented);
    let given = signature.signature.as_bytes();
    let holds = computed
        .is_some_and(|computed| verify_slices_are_equal(computed.as_bytes(), given).is_ok());
    if holds {
        return Ok(());
    }
    let message = "The request signature we calculated does not match the signature you \
                   provided. Check your AWS Secret Access Key and signing method. Consult the \
                   service documentation for details.";
    let reason = match presented.body {
        PresentedBody::Read(_) => {
            "the signature is not that of this request by the key's secret: secret, path, query, \
             a signed header or the body differs"
        }
        PresentedBody::Elsewhere => {
            "the signature is not that of this request by the key's secret: secret, path, query, \
             a signed header or the body's digest (x-amz-content-sha256) differs"
        }
    };
    Err(IamRefusal::invalid(message, reason))
}

/// The signature that the request should have. None where it says what nobody could have signed.
fn computed(
    signature: &PresentedSignature,
    secret: &str,
    presented: &Presented<'_>,
) -> Option<String> {
    let is_presigned = signature.expires_in.is_some();
    if is_ambiguous(is_presigned, presented) {
        return None;
    }
    let mut headers: Vec<(&str, &str)> = Vec::new();
    for name in &signature.signed_headers {
        let mut values = presented.headers.get_all(name).iter().peekable();
        values.peek()?;
        for value in values {
            headers.push((name, std::str::from_utf8(value.as_bytes()).ok()?));
        }
    }
    let (_, host) = headers.iter().find(|(name, _)| *name == "host")?;
    let uri = match is_presigned {
        true => without_signature(presented),
        false => presented.uri.path_and_query()?.as_str().to_owned(),
    };
    // Whoever is not S3 signs the path encoded once more, without dots and doubled slashes.
    let mut settings = SigningSettings::default();
    settings.percent_encoding_mode = PercentEncodingMode::Double;
    settings.uri_path_normalization_mode = UriPathNormalizationMode::Enabled;
    settings.payload_checksum_kind = PayloadChecksumKind::NoHeader;
    // Exactly what the client says that it signed.
    settings.excluded_headers = None;
    settings.expires_in = signature.expires_in;
    settings.signature_location = match is_presigned {
        true => SignatureLocation::QueryParams,
        false => SignatureLocation::Headers,
    };
    let key = Credentials::new(&signature.access_key_id, secret, None, None, "mocknito").into();
    let at = Duration::from_secs(u64::try_from(signature.at.seconds()).ok()?);
    let params = v4::SigningParams::builder()
        .identity(&key)
        .region(&signature.region)
        .name(&signature.service)
        .time(SystemTime::UNIX_EPOCH + at)
        .settings(settings)
        .build()
        .ok()?
        .into();
    let request = SignableRequest::new(
        presented.method.as_str(),
        format!("https://{host}{uri}"),
        headers.iter().copied(),
        body(presented)?,
    );
    let (_, computed) = sign(request.ok()?, &params).ok()?.into_parts();
    Some(computed)
}

/// Whether something that the signature is computed with is there twice: only one of them can have
/// been signed.
fn is_ambiguous(is_presigned: bool, presented: &Presented<'_>) -> bool {
    if !is_presigned {
        return presented.headers.get_all(DATE).iter().count() > 1;
    }
    let query = query(presented.uri);
    OF_PRESIGNING
        .iter()
        .any(|name| query.iter().filter(|(key, _)| key == name).count() > 1)
}

/// Path and query of a presigned address, without what signing adds.
fn without_signature(presented: &Presented<'_>) -> String {
    let mut rest = form_urlencoded::Serializer::new(String::new());
    for (name, value) in query(presented.uri) {
        if !OF_PRESIGNING.contains(&name.as_str()) {
            rest.append_pair(&name, &value);
        }
    }
    let (path, rest) = (presented.uri.path(), rest.finish());
    if rest.is_empty() {
        path.to_owned()
    } else {
        format!("{path}?{rest}")
    }
}

fn body<'a>(presented: &Presented<'a>) -> Option<SignableBody<'a>> {
    let digest = presented.headers.get(&CONTENT_SHA256);
    let digest = digest.map(|digest| digest.to_str().unwrap_or_default());
    match (digest, presented.body) {
        (Some(UNSIGNED), _) => Some(SignableBody::UnsignedPayload),
        (_, PresentedBody::Read(bytes)) => Some(SignableBody::Bytes(bytes)),
        // Whoever has the body compares it with the digest, or trusts it.
        (Some(digest), PresentedBody::Elsewhere) => {
            let is_digest = digest.len() == 64 && digest.bytes().all(|b| b.is_ascii_hexdigit());
            is_digest.then(|| SignableBody::Precomputed(digest.to_owned()))
        }
        (None, PresentedBody::Elsewhere) => Some(SignableBody::empty()),
    }
}

fn allowed(rule: &IamRule, signature: &PresentedSignature, holder: &KeyHolder) -> Allowed {
    let KeyHolder {
        identity,
        credentials,
        ..
    } = holder;
    let context = match rule.payload {
        IamPayload::Rest => Context::Identity(of_rest(signature, identity, credentials.as_ref())),
        IamPayload::Http => {
            let iam = of_http(signature, identity, credentials.as_ref());
            Context::Authorizer(Map::from_iter([("iam".to_owned(), iam)]))
        }
    };
    // `<provider>:CognitoSignIn:<sub>`
    let amr = credentials.iter().flat_map(|credentials| &credentials.amr);
    let sub = amr.filter_map(|method| method.split_once(":CognitoSignIn:"));
    let sub = sub.map(|(_, sub)| sub.to_owned()).next();
    Allowed {
        sub,
        username: None,
        groups: Vec::new(),
        claims: Claims::new(),
        context,
    }
}

/// Members of `requestContext.identity`.
fn of_rest(
    signature: &PresentedSignature,
    identity: &CallerIdentity,
    credentials: Option<&StoredCredentials>,
) -> Map<String, Value> {
    let kind = credentials.map(|credentials| match login_provider(&credentials.amr) {
        Some(_) => "authenticated",
        None => "unauthenticated",
    });
    let provider = credentials.and_then(|credentials| match &credentials.amr[..] {
        [first, providers @ ..] if first == "authenticated" && !providers.is_empty() => {
            Some(providers.join(","))
        }
        _ => None,
    });
    let members = json!({
        "accessKey": signature.access_key_id,
        "accountId": identity.account,
        "caller": identity.user_id,
        "user": identity.user_id,
        "userArn": identity.arn,
        "cognitoIdentityId": credentials.map(|credentials| &credentials.identity_id),
        "cognitoIdentityPoolId": credentials.map(|credentials| &credentials.identity_pool_id),
        "cognitoAuthenticationType": kind,
        "cognitoAuthenticationProvider": provider,
        "principalOrgId": null,
    });
    match members {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

/// `requestContext.authorizer.iam`.
fn of_http(
    signature: &PresentedSignature,
    identity: &CallerIdentity,
    credentials: Option<&StoredCredentials>,
) -> Value {
    let cognito = credentials.map(|credentials| {
        json!({
            "amr": credentials.amr,
            "identityId": credentials.identity_id,
            "identityPoolId": credentials.identity_pool_id,
        })
    });
    json!({
        "accessKey": signature.access_key_id,
        "accountId": identity.account,
        "callerId": identity.user_id,
        "cognitoIdentity": cognito,
        "principalOrgId": null,
        "userArn": identity.arn,
        "userId": identity.user_id,
    })
}

fn denied(ctx: &Ctx, rule: &IamRule, refusal: IamRefusal) -> Denied {
    let IamRefusal {
        error_type,
        message,
        reason,
    } = refusal;
    let message = match rule.payload {
        IamPayload::Rest => message,
        // (unsure) HTTP APIs tell nothing of the reason.
        IamPayload::Http => "Forbidden".to_owned(),
    };
    let body = json!({ "message": message }).to_string();
    let denied =
        Denied::new(StatusCode::FORBIDDEN, body, reason).with("content-type", "application/json");
    match rule.payload {
        IamPayload::Http => denied.with("apigw-requestid", &gateway_id(ctx)),
        IamPayload::Rest => Denied {
            response_type: Some(match error_type {
                "MissingAuthenticationTokenException" => "MISSING_AUTHENTICATION_TOKEN",
                "ExpiredTokenException" => "EXPIRED_TOKEN",
                "InvalidSignatureException" => "INVALID_SIGNATURE",
                _ => "ACCESS_DENIED",
            }),
            ..denied
                .with("x-amzn-requestid", &ctx.request_id)
                .with("x-amz-apigw-id", &gateway_id(ctx))
                .with("x-amzn-errortype", error_type)
        },
    }
}
