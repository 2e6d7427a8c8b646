//! What AWS STS asks of the one input that is served here. By hand, after STS's API model: two
//! operations of another service are not worth a second generated one.
//!
//! Not here: what is done with it (`flows::sts`).

use super::shape::{Member, Pattern, Shape};

static ROLE_ARN: Shape = Shape::string("arnType").min(20).max(2048);
static ROLE_SESSION_NAME: Shape = Shape::string("roleSessionNameType")
    .min(2)
    .max(64)
    .pattern(&SESSION_NAME);
static SESSION_NAME: Pattern = Pattern::new(r"[\w+=,.@-]*", r"\A(?:[0-9A-Za-z_+=,.@-]*)\z");
static WEB_IDENTITY_TOKEN: Shape = Shape::string("clientTokenType")
    .min(4)
    .max(20_000)
    .sensitive();
static PROVIDER_ID: Shape = Shape::string("urlType").min(4).max(2048);
static POLICY: Shape = Shape::string("sessionPolicyDocumentType").min(1).max(2048);
static DURATION_SECONDS: Shape = Shape::integer("roleDurationSecondsType")
    .min(900)
    .max(43_200);

/// The input of AssumeRoleWithWebIdentity.
pub static ASSUME_ROLE_WITH_WEB_IDENTITY: Shape = Shape::structure(
    "AssumeRoleWithWebIdentityRequest",
    &[
        Member::required("RoleArn", &ROLE_ARN),
        Member::required("RoleSessionName", &ROLE_SESSION_NAME),
        Member::required("WebIdentityToken", &WEB_IDENTITY_TOKEN),
        Member::optional("ProviderId", &PROVIDER_ID),
        Member::optional("Policy", &POLICY),
        Member::optional("DurationSeconds", &DURATION_SECONDS),
    ],
);
