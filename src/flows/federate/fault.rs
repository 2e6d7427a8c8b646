//! Why a round with an identity provider failed: at which step, for which reason, and what the
//! provider itself answered. The log says all of it in one line; the browser gets the reason.
//!
//! What is written down is no secret: an address has lost its query, and of what a provider says
//! only the code and the sentence of its error are kept, without words that could be tokens.

use std::fmt;

use serde_json::{Map, Value};

use crate::app::Ctx;
use crate::domain::federation::plain_words;
use crate::error::Error;
use crate::http_client::HttpResponse;
use crate::store::IdentityProvider;

/// The longest word of a provider's sentence: tokens and codes are longer.
const LONGEST_WORD: usize = 40;

/// Where a round can fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RoundStep {
    Discovery,
    Metadata,
    /// The browser came back with the provider's own error, or without what it should have brought.
    WayBack,
    Token,
    Keys,
    IdToken,
    UserInfo,
    Introspection,
    SamlResponse,
    SignIn,
    SignOut,
}

impl fmt::Display for RoundStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Discovery => "discovery",
            Self::Metadata => "metadata",
            Self::WayBack => "way back",
            Self::Token => "token endpoint",
            Self::Keys => "key set",
            Self::IdToken => "ID token",
            Self::UserInfo => "user info",
            Self::Introspection => "introspection",
            Self::SamlResponse => "SAML response",
            Self::SignIn => "sign-in",
            Self::SignOut => "sign-out",
        })
    }
}

/// What a provider answered instead of what was asked for.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct ProvidersAnswer {
    address: String,
    status: Option<u16>,
    error: Option<String>,
    description: Option<String>,
}

impl ProvidersAnswer {
    /// An answer by HTTP.
    pub fn of(address: &str, answer: &HttpResponse) -> Self {
        let document: Map<String, Value> = answer.json().unwrap_or_default();
        let words = |name: &str| words(&document, name).map(harmless);
        Self {
            address: without_query(address),
            status: Some(answer.status),
            error: words("error"),
            description: words("error_description"),
        }
    }

    /// There was none from this address.
    pub fn none(address: &str) -> Self {
        Self {
            address: without_query(address),
            ..Self::default()
        }
    }

    /// What the browser brought back.
    pub fn brought(error: &str, description: Option<&str>) -> Self {
        Self {
            error: Some(harmless(error)),
            description: description.map(harmless),
            ..Self::default()
        }
    }
}

/// Why a round failed.
#[derive(Debug)]
pub struct RoundFault {
    step: RoundStep,
    error: Error,
    answer: Box<ProvidersAnswer>,
}

/// What a step of a round gives.
pub type Round<T> = std::result::Result<T, RoundFault>;

impl RoundFault {
    pub fn new(step: RoundStep, error: Error, answer: ProvidersAnswer) -> Self {
        Self {
            step,
            error,
            answer: Box::new(answer),
        }
    }

    /// Where it failed.
    pub fn step(&self) -> RoundStep {
        self.step
    }

    /// Why, for a developer who is not at the log.
    pub fn reason(&self) -> String {
        let Self { step, error, .. } = self;
        match error {
            Error::Internal(_) => format!("{step}: internal error"),
            other => format!("{step}: {}", other.message()),
        }
    }

    /// What went wrong, for somebody who tries one provider after the other: the line is written
    /// only where that is not the token's fault.
    pub fn log_outage(self, ctx: &Ctx, provider: &IdentityProvider) -> Error {
        match &self.error {
            Error::ProviderUnreachable { .. }
            | Error::ProviderAnswerMalformed { .. }
            | Error::SamlMetadataMalformed => self.log(ctx, provider),
            _ => self.error,
        }
    }

    /// Writes the line, and leaves what the browser is told.
    pub fn log(self, ctx: &Ctx, provider: &IdentityProvider) -> Error {
        let Self {
            step,
            error,
            answer,
        } = self;
        let reason = match &error {
            // Our own fault, whose causes are logged where it is answered.
            Error::Internal(_) => "internal error".to_owned(),
            // The provider's own words.
            Error::ProviderRefused { reason } => harmless(reason),
            other => other.message(),
        };
        tracing::warn!(
            pool = provider.pool_id,
            provider = provider.name,
            step = %step,
            reason,
            address = non_empty(&answer.address),
            status = answer.status,
            error = answer.error,
            error_description = answer.description,
            request_id = ctx.request_id,
            "a round with an identity provider failed"
        );
        error
    }
}

/// Says at which step something went wrong that no answer of the provider's explains.
pub trait AtStep<T> {
    fn at(self, step: RoundStep) -> Round<T>;
}

impl<T> AtStep<T> for std::result::Result<T, Error> {
    fn at(self, step: RoundStep) -> Round<T> {
        self.map_err(|error| RoundFault::new(step, error, ProvidersAnswer::default()))
    }
}

/// What this member of a provider's answer says of an error.
pub fn words<'a>(answer: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    match answer.get(name)? {
        Value::String(words) => Some(words),
        // The social networks' form: {"error":{"message":"…"}}
        Value::Object(error) => error.get("message")?.as_str(),
        _ => None,
    }
}

fn non_empty(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

/// The query may carry secrets, and the user's part of the authority, too.
fn without_query(address: &str) -> String {
    match url::Url::parse(address) {
        Ok(mut url) => {
            url.set_query(None);
            url.set_fragment(None);
            // Only addresses that cannot have them refuse.
            let _ = (url.set_username(""), url.set_password(None));
            url.into()
        }
        Err(_) => String::new(),
    }
}

fn harmless(words: &str) -> String {
    let words = plain_words(words);
    let words = words.split(' ').map(|word| match word.chars().count() {
        ..LONGEST_WORD => word,
        _ => "…",
    });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_be_a_secret_is_left_out() {
        assert_eq!(
            without_query("https://a:b@idp.test/token?code=x&client_secret=y#z"),
            "https://idp.test/token"
        );
        let token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl";
        assert_eq!(
            harmless(&format!("The code {token}\nis spent")),
            "The code … spent"
        );
        assert_eq!(harmless("Code is spent."), "Code is spent.");
    }

    #[test]
    fn an_error_is_read_in_both_forms() {
        let answer = |body: &str| HttpResponse {
            status: 400,
            body: body.to_owned().into(),
        };
        let plain = r#"{"error":"invalid_grant","error_description":"Too late","code":"c"}"#;
        let read = ProvidersAnswer::of("https://idp.test/token", &answer(plain));
        assert_eq!(read.error.as_deref(), Some("invalid_grant"));
        assert_eq!(read.description.as_deref(), Some("Too late"));
        let nested = ProvidersAnswer::of("x", &answer(r#"{"error":{"message":"Gone"}}"#));
        assert_eq!(nested.error.as_deref(), Some("Gone"));
        assert_eq!(ProvidersAnswer::of("x", &answer("<html>")).error, None);
    }
}
