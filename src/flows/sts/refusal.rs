//! Why STS refuses, in its words. Cognito's are in `error.rs`; the codes of STS are none of theirs.

use crate::error::Error;

/// A refusal of STS.
#[derive(Debug)]
pub enum StsError {
    /// All that is wrong with the input, as the model's constraints say it.
    Validation(String),
    /// (unsure) A number that is none.
    NotANumber {
        member: &'static str,
    },
    RoleArnMalformed,
    TokenMalformed,
    /// (unsure) Captures exist of keys that could not be fetched only.
    TokenForged,
    TokenExpired {
        now: i64,
        expires: i64,
    },
    /// No issuer of tokens is known but identity pools.
    IssuerUnknown {
        issuer: String,
    },
    /// The identity pool is not there any more.
    Audience,
    /// (unsure) The identity is not there any more, or became another one.
    ClaimRejected,
    /// The role is not for whoever has the token.
    AccessDenied,
    /// Nobody signed.
    Unsigned,
    /// The session token is not that of the access key.
    SessionTokenInvalid,
    /// Credentials that were made here have expired.
    CredentialsExpired,
    Internal(Error),
}

impl StsError {
    /// The code on the wire.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Validation(_) | Self::RoleArnMalformed => "ValidationError",
            Self::NotANumber { .. } => "MalformedInput",
            Self::TokenMalformed
            | Self::TokenForged
            | Self::IssuerUnknown { .. }
            | Self::Audience => "InvalidIdentityToken",
            Self::TokenExpired { .. } => "ExpiredTokenException",
            Self::ClaimRejected => "IDPRejectedClaim",
            Self::AccessDenied => "AccessDenied",
            Self::Unsigned => "MissingAuthenticationToken",
            Self::SessionTokenInvalid => "InvalidClientTokenId",
            Self::CredentialsExpired => "ExpiredToken",
            Self::Internal(_) => "InternalFailure",
        }
    }

    /// The status of HTTP.
    pub fn status(&self) -> u16 {
        match self {
            Self::ClaimRejected
            | Self::AccessDenied
            | Self::Unsigned
            | Self::SessionTokenInvalid
            | Self::CredentialsExpired => 403,
            Self::Internal(_) => 500,
            _ => 400,
        }
    }

    pub fn message(&self) -> String {
        match self {
            Self::Validation(message) => message.clone(),
            Self::NotANumber { member } => format!("The value of {member} must be an integer"),
            Self::RoleArnMalformed => "Request ARN is invalid".to_owned(),
            Self::TokenMalformed => "The ID Token provided is not a valid JWT. (You may see this \
                                     error if you sent an Access Token)"
                .to_owned(),
            Self::TokenForged => "Token signature invalid".to_owned(),
            Self::TokenExpired { now, expires } => format!(
                "Token expired: current date/time {now} must be before the expiration date/time \
                 {expires}"
            ),
            Self::IssuerUnknown { issuer } => {
                format!("No OpenIDConnect provider found in your account for {issuer}")
            }
            Self::Audience => "Incorrect token audience".to_owned(),
            Self::ClaimRejected => "The identity provider has rejected the claim".to_owned(),
            Self::AccessDenied => {
                "Not authorized to perform sts:AssumeRoleWithWebIdentity".to_owned()
            }
            Self::Unsigned => "Request is missing Authentication Token".to_owned(),
            Self::SessionTokenInvalid => {
                "The security token included in the request is invalid.".to_owned()
            }
            Self::CredentialsExpired => {
                "The security token included in the request is expired".to_owned()
            }
            Self::Internal(_) => "Something went wrong".to_owned(),
        }
    }
}

impl From<Error> for StsError {
    fn from(error: Error) -> Self {
        Self::Internal(error)
    }
}
