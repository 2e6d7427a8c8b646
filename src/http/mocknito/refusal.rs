//! Why `/_mocknito/` did nothing: a status, a code and a sentence, as JSON.
//!
//! Not here: what the AWS APIs answer (`http::aws`), what the pool domain's endpoints do
//! (`http::oauth`).

use axum::extract::rejection::QueryRejection;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::error::Error;
use crate::fixtures::FixtureError;
use crate::fixtures::out::UnsayableError;
use crate::http::answers::refusal;
use crate::wire::ErrorCode;

/// Why nothing was done.
pub struct Refusal {
    pub status: StatusCode,
    pub error: &'static str,
    pub message: String,
}

impl Refusal {
    pub fn invalid(message: &str) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            error: "invalid_request",
            message: message.to_owned(),
        }
    }

    pub fn duration(parameter: &str) -> Self {
        Self::invalid(&format!(
            "{parameter} must be a duration such as 90s, 15m, 1h or 30d"
        ))
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        if let Error::Internal(cause) = &error {
            tracing::error!("internal error: {cause:#}");
        }
        let status = match error.code() {
            ErrorCode::ResourceNotFoundException | ErrorCode::UserNotFoundException => {
                StatusCode::NOT_FOUND
            }
            ErrorCode::InternalErrorException => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::BAD_REQUEST,
        };
        Self {
            status,
            error: error.code().as_str(),
            message: error.message(),
        }
    }
}

impl From<FixtureError> for Refusal {
    fn from(error: FixtureError) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            error: "broken_fixture",
            message: error.to_string(),
        }
    }
}

impl From<UnsayableError> for Refusal {
    fn from(error: UnsayableError) -> Self {
        Self::invalid(&error.to_string())
    }
}

impl From<QueryRejection> for Refusal {
    fn from(rejection: QueryRejection) -> Self {
        Self::invalid(&rejection.body_text())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        refusal(self.status, self.error, &self.message)
    }
}
