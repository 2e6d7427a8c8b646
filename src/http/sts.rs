//! AWS STS in the Query protocol: AssumeRoleWithWebIdentity and GetCallerIdentity.
//!
//! Not here: the protocol (`query.rs`), what the operations do (`flows::sts`).

use std::fmt::Write;
use std::sync::Arc;
use std::time::Instant;

use axum::body::Body;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use serde_json::{Map, Value, json};

use super::query::{self, QueryError, QueryForm, STS_NAMESPACE, STS_VERSION};
use super::{body, log, signature};
use crate::app::{App, Ctx};
use crate::domain::identity_pools::OWN_PROVIDER;
use crate::domain::xml::escape;
use crate::error::Error;
use crate::flows::sts::{
    AssumedRole, CallerIdentity, StsError, assume_role_with_web_identity, get_caller_identity,
};
use crate::wire::Sensitive;

/// What is served of STS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StsAction {
    AssumeRoleWithWebIdentity,
    GetCallerIdentity,
}

impl StsAction {
    /// The one that a form names, if it is one of STS's.
    pub fn of(form: &QueryForm) -> Option<Self> {
        if form.value("Version") != Some(STS_VERSION) {
            return None;
        }
        let action = form.action()?;
        [Self::AssumeRoleWithWebIdentity, Self::GetCallerIdentity]
            .into_iter()
            .find(|known| known.name() == action)
    }

    fn name(self) -> &'static str {
        match self {
            Self::AssumeRoleWithWebIdentity => "AssumeRoleWithWebIdentity",
            Self::GetCallerIdentity => "GetCallerIdentity",
        }
    }

    /// Whether it is called without credentials.
    pub fn is_unsigned(self) -> bool {
        self == Self::AssumeRoleWithWebIdentity
    }
}

/// One call in the Query protocol. What is not served, such as IAM, comes here too where
/// `AWS_ENDPOINT_URL` is set, and is told so in XML, which its client can read.
pub async fn call(app: Arc<App>, head: &Parts, body: Body) -> Response {
    let started = Instant::now();
    let region = signature::signed_region(head);
    let form = body::read(&head.headers, body).await.unwrap_or_default();
    let form = QueryForm::parse(&form);
    if let Some(action) = StsAction::of(&form) {
        let ctx = Ctx::new(app, action.name(), region);
        log::note_agent(&ctx, &head.headers);
        return carry_out(&ctx, action, head, &form, started).await;
    }
    let ctx = Ctx::new(app, "-", region);
    log::log(&ctx, "InvalidAction", started);
    not_served(&ctx, &form)
}

fn not_served(ctx: &Ctx, form: &QueryForm) -> Response {
    let what = form.action().map_or_else(
        || "This request".to_owned(),
        |action| format!("The action {action}"),
    );
    let message = format!(
        "{what} is not served here: this is Mocknito, which serves Amazon Cognito, and of AWS STS \
         AssumeRoleWithWebIdentity and GetCallerIdentity. Set \
         AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER in place of AWS_ENDPOINT_URL to send it \
         nothing else."
    );
    let error = QueryError {
        status: StatusCode::BAD_REQUEST,
        code: "InvalidAction",
        message: &message,
    };
    query::refuse(form, &error, &ctx.request_id)
}

/// One call of STS.
async fn carry_out(
    ctx: &Ctx,
    action: StsAction,
    head: &Parts,
    form: &QueryForm,
    started: Instant,
) -> Response {
    let result = match action {
        StsAction::AssumeRoleWithWebIdentity => assume_role(ctx, form).await,
        StsAction::GetCallerIdentity => caller(ctx, head).await,
    };
    let id = &ctx.request_id;
    match result {
        Ok(result) => {
            log::log(ctx, "ok", started);
            let name = action.name();
            let document = format!(
                "<{name}Response xmlns=\"{STS_NAMESPACE}\"><{name}Result>{result}</{name}Result>\
                 <ResponseMetadata><RequestId>{id}</RequestId></ResponseMetadata></{name}Response>"
            );
            query::respond(id, StatusCode::OK, document)
        }
        Err(error) => {
            log::log(ctx, error.code(), started);
            if let StsError::Internal(Error::Internal(cause)) = &error {
                let (operation, request_id) = (ctx.operation, id);
                tracing::error!(operation, request_id, "internal error: {cause:#}");
            }
            let error = QueryError {
                status: StatusCode::from_u16(error.status()).unwrap_or(StatusCode::BAD_REQUEST),
                code: error.code(),
                message: &error.message(),
            };
            query::refuse(form, &error, id)
        }
    }
}

async fn assume_role(ctx: &Ctx, form: &QueryForm) -> Result<String, StsError> {
    let mut input = Map::new();
    for member in [
        "RoleArn",
        "RoleSessionName",
        "WebIdentityToken",
        "ProviderId",
        "Policy",
    ] {
        if let Some(value) = form.value(member) {
            input.insert(member.to_owned(), json!(value));
        }
    }
    let member = "DurationSeconds";
    if let Some(seconds) = form.value(member) {
        let seconds: i64 = seconds
            .parse()
            .map_err(|_| StsError::NotANumber { member })?;
        input.insert(member.to_owned(), json!(seconds));
    }
    let AssumedRole {
        credentials,
        subject,
        audience,
        arn,
        id,
    } = assume_role_with_web_identity(ctx, &Value::Object(input)).await?;
    let secret = credentials.secret_key.map(Sensitive::into_inner);
    let expiration = credentials.expiration.map(|at| at.rfc3339());
    let credentials = elements(&[
        (
            "AccessKeyId",
            &credentials.access_key_id.unwrap_or_default(),
        ),
        ("SecretAccessKey", &secret.unwrap_or_default()),
        (
            "SessionToken",
            &credentials.session_token.unwrap_or_default(),
        ),
        ("Expiration", &expiration.unwrap_or_default()),
    ]);
    let role = elements(&[("AssumedRoleId", &id), ("Arn", &arn)]);
    let known = elements(&[
        ("SubjectFromWebIdentityToken", &subject),
        ("Audience", &audience),
        ("Provider", OWN_PROVIDER),
    ]);
    Ok(format!(
        "{known}<AssumedRoleUser>{role}</AssumedRoleUser><Credentials>{credentials}</Credentials>"
    ))
}

async fn caller(ctx: &Ctx, head: &Parts) -> Result<String, StsError> {
    let CallerIdentity {
        arn,
        user_id,
        account,
    } = get_caller_identity(ctx, signature::signed_by(head)).await?;
    Ok(elements(&[
        ("Arn", &arn),
        ("UserId", &user_id),
        ("Account", &account),
    ]))
}

/// Elements with text.
fn elements(list: &[(&str, &str)]) -> String {
    list.iter().fold(String::new(), |mut text, (name, value)| {
        // Writing to a string cannot fail.
        let _written = write!(text, "<{name}>{}</{name}>", escape(value));
        text
    })
}
