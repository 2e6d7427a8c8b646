//! The provider as the relying party asks it: a server somewhere, or the pretend provider, which is
//! asked the same questions without leaving the process.
//!
//! Not here: what the answers mean (`relying_party.rs`).

use super::ask::{Answered, Question, missing};
use super::endpoints::ProviderEndpoints;
use super::fault::{AtStep, Round, RoundStep};
use super::pretend;
use crate::app::Ctx;
use crate::domain::federation;
use crate::domain::identity_providers::is_pretended;
use crate::error::Result;
use crate::http_client::{Accept, HttpResponse};
use crate::store::IdentityProvider;
use crate::wire::user_pools::IdentityProviderTypeType as Kind;

/// Who is asked, and where.
pub struct Counterpart<'c> {
    ctx: &'c Ctx,
    provider: &'c IdentityProvider,
    pub endpoints: ProviderEndpoints,
    /// Everything but the browser's part happens inside.
    is_pretended: bool,
}

impl<'c> Counterpart<'c> {
    /// `origin` is where browsers reach the pretend providers.
    pub async fn of(ctx: &'c Ctx, provider: &'c IdentityProvider, origin: &str) -> Round<Self> {
        let is_pretended = is_pretended(ctx.app.settings.pretend_providers, &provider.settings);
        let endpoints = if is_pretended {
            pretend::endpoints(provider, origin)
        } else {
            ProviderEndpoints::of(ctx, provider).await?
        };
        Ok(Self {
            ctx,
            provider,
            endpoints,
            is_pretended,
        })
    }

    /// Whether it wants to know that the client is who it says. A test's key need not be one as
    /// long as nobody checks it.
    pub fn doubts_clients(&self) -> bool {
        !self.is_pretended
    }

    /// Asks the token endpoint with this form, and with the header `Authorization` where the
    /// client's secret belongs there.
    pub async fn token(&self, form: String, authorization: Option<String>) -> Round<Answered> {
        let step = RoundStep::Token;
        if self.is_pretended {
            return self.played(step, pretend::token(self.ctx, self.provider, &form).await);
        }
        if self.provider.detail("token_request_method") == Some("GET") {
            let url = format!("{}?{form}", self.endpoints.token);
            return self.ask(step, &url, authorization, None).await;
        }
        self.ask(step, &self.endpoints.token, authorization, Some(form))
            .await
    }

    /// Asks for the key set.
    pub async fn keys(&self) -> Round<Answered> {
        let step = RoundStep::Keys;
        if self.is_pretended {
            return self.played(step, pretend::keys(self.ctx, self.provider).await);
        }
        match self.endpoints.keys.as_deref() {
            Some(url) => self.ask(step, url, None, None).await,
            None => missing(step, "there is no jwks_uri"),
        }
    }

    /// Asks for the claims of the person whom the access token stands for.
    pub async fn user_info(&self, access_token: &str) -> Round<Answered> {
        let step = RoundStep::UserInfo;
        if self.is_pretended {
            let response = pretend::user_info(self.ctx, self.provider, access_token);
            return self.played(step, Ok(response));
        }
        let mut url = self.endpoints.user_info.clone().unwrap_or_default();
        if self.provider.detail("attributes_url_add_attributes") == Some("true") {
            let mut wanted = federation::wanted(&self.provider.settings);
            let subject = federation::subject_claim(&self.provider.settings);
            if self.provider.kind() == Kind::Facebook && !wanted.contains(&subject) {
                wanted.insert(0, subject);
            }
            let wanted = wanted.join(",");
            url.extend(form_urlencoded::byte_serialize(wanted.as_bytes()));
        }
        let by_post = self.provider.detail("attributes_request_method") == Some("POST");
        let authorization = Some(format!("Bearer {access_token}"));
        self.ask(step, &url, authorization, by_post.then(String::new))
            .await
    }

    /// Asks what an access token is (RFC 7662). None where the provider cannot be asked.
    pub async fn introspect(
        &self,
        form: String,
        authorization: Option<String>,
    ) -> Round<Option<Answered>> {
        match self.endpoints.introspection.as_deref() {
            Some(url) if !self.is_pretended => {
                let asked = self.ask(RoundStep::Introspection, url, authorization, Some(form));
                asked.await.map(Some)
            }
            _ => Ok(None),
        }
    }

    fn played(&self, step: RoundStep, response: Result<HttpResponse>) -> Round<Answered> {
        Ok(Answered {
            step,
            address: pretend::base(self.provider, &self.ctx.app.settings.public_url),
            response: response.at(step)?,
        })
    }

    async fn ask(
        &self,
        step: RoundStep,
        url: &str,
        authorization: Option<String>,
        form: Option<String>,
    ) -> Round<Answered> {
        let question = Question {
            authorization,
            form,
            ..Question::get(step, url, Accept::Json)
        };
        question.ask(self.ctx).await
    }
}
