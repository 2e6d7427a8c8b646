//! What was found of a token: the findings in their order, and what others would say to it.
//!
//! Not here: how it is looked at (`mod.rs`).

use serde::Serialize;
use serde_json::{Map, Value};

use crate::error::Error;

/// A token, taken apart.
#[derive(Debug, Serialize)]
pub struct TokenInspection {
    pub form: TokenForm,
    pub header: Option<Map<String, Value>>,
    pub claims: Option<Map<String, Value>>,
    pub user_pool_id: Option<String>,
    pub client_id: Option<String>,
    pub username: Option<String>,
    /// In the order in which they matter.
    pub findings: Vec<TokenFinding>,
    /// What Cognito itself would say to it.
    pub answers: Vec<TokenFinding>,
    /// What AWS's gateways would.
    pub gateways: Vec<TokenFinding>,
}

/// What kind of token somebody holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenForm {
    IdToken,
    AccessToken,
    /// A JWT that says no `token_use`, as other issuers make them.
    OtherJwt,
    RefreshToken,
    Unreadable,
}

/// One thing that was looked at.
#[derive(Debug, Serialize)]
pub struct TokenFinding {
    pub about: &'static str,
    /// None where it could not be looked at.
    pub ok: Option<bool>,
    pub text: String,
}

impl TokenInspection {
    pub fn new(form: TokenForm) -> Self {
        Self {
            form,
            header: None,
            claims: None,
            user_pool_id: None,
            client_id: None,
            username: None,
            findings: Vec::new(),
            answers: Vec::new(),
            gateways: Vec::new(),
        }
    }

    pub fn find(
        &mut self,
        about: &'static str,
        ok: impl Into<Option<bool>>,
        text: impl Into<String>,
    ) {
        self.findings.push(TokenFinding {
            about,
            ok: ok.into(),
            text: text.into(),
        });
    }

    pub fn answer(&mut self, about: &'static str, result: std::result::Result<(), Error>) {
        let (ok, text) = match result {
            Ok(()) => (true, "accepts it".to_owned()),
            Err(error) => {
                let (code, message) = (error.code().as_str(), error.message());
                (false, format!("{code}: {message} ({})", error.situation()))
            }
        };
        self.answers.push(TokenFinding {
            about,
            ok: Some(ok),
            text,
        });
    }
}
