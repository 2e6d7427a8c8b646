//! Asking a provider by HTTP: the one place from which the pool goes out to it.
//!
//! Not here: what is asked (`endpoints.rs`, `counterpart.rs`, `saml_idp.rs`), how an answer is
//! bounded in size and time (`http_client`).

use serde::de::DeserializeOwned;

use super::fault::{AtStep, ProvidersAnswer, Round, RoundFault, RoundStep};
use crate::app::Ctx;
use crate::error::Error;
use crate::http_client::{Accept, HttpRequest, HttpResponse};

/// What a provider is asked.
pub struct Question<'q> {
    pub step: RoundStep,
    pub url: &'q str,
    pub accept: Accept,
    /// The value of the header `Authorization`.
    pub authorization: Option<String>,
    /// The form of a POST; empty for one without a body.
    pub form: Option<String>,
}

impl<'q> Question<'q> {
    /// A question by GET.
    pub fn get(step: RoundStep, url: &'q str, accept: Accept) -> Self {
        Self {
            step,
            url,
            accept,
            authorization: None,
            form: None,
        }
    }

    /// Whatever the provider answers.
    pub async fn ask(self, ctx: &Ctx) -> Round<Answered> {
        let request = HttpRequest {
            url: self.url,
            accept: self.accept,
            authorization: self.authorization,
            form: self.form,
        };
        match ctx.app.http_client.send(request).await {
            Ok(response) => Ok(Answered {
                step: self.step,
                address: self.url.to_owned(),
                response,
            }),
            Err(no_answer) => {
                let error = Error::ProviderUnreachable {
                    what: no_answer.to_string(),
                };
                Err(RoundFault::new(
                    self.step,
                    error,
                    ProvidersAnswer::none(self.url),
                ))
            }
        }
    }
}

/// An answer, and where it came from.
pub struct Answered {
    pub step: RoundStep,
    pub address: String,
    pub response: HttpResponse,
}

impl Answered {
    /// The document of an answer that is one.
    pub fn document<T: DeserializeOwned>(&self) -> Round<T> {
        if !self.response.is_ok() {
            return Err(self.misunderstood(format!("it answered {}", self.response.status)));
        }
        self.response.json().ok_or_else(|| {
            // A signed user info (OpenID Connect Core §5.3.2) is a JWT: five parts if encrypted.
            let dots = self.response.body.iter().filter(|byte| **byte == b'.');
            let is_jwt = self.response.body.starts_with(b"eyJ") && matches!(dots.count(), 2 | 4);
            self.misunderstood(if is_jwt {
                "it is a JWT, not JSON".to_owned()
            } else {
                "it is not the JSON that it should be".to_owned()
            })
        })
    }

    /// A fault that this answer explains.
    pub fn misunderstood(&self, what: String) -> RoundFault {
        self.fault(Error::ProviderAnswerMalformed {
            what: format!("{}: {what}", self.step),
        })
    }

    pub fn fault(&self, error: Error) -> RoundFault {
        let answer = ProvidersAnswer::of(&self.address, &self.response);
        RoundFault::new(self.step, error, answer)
    }
}

/// What is missing before anything can be asked.
pub fn missing<T>(step: RoundStep, what: &str) -> Round<T> {
    let what = what.to_owned();
    Err(Error::ProviderAnswerMalformed { what }).at(step)
}
