//! The provider as the relying party asks it: a server somewhere, or the pretend provider, which is
//! asked the same questions without leaving the process.
//!
//! Not here: what the answers mean (`relying_party.rs`).

use super::endpoints::ProviderEndpoints;
use super::pretend;
use crate::app::Ctx;
use crate::domain::federation;
use crate::domain::identity_providers::is_pretended;
use crate::error::{Error, Result};
use crate::http_client::{Accept, HttpRequest, HttpResponse};
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
    pub async fn of(ctx: &'c Ctx, provider: &'c IdentityProvider, origin: &str) -> Result<Self> {
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
    pub async fn token(&self, form: String, authorization: Option<String>) -> Result<HttpResponse> {
        if self.is_pretended {
            return pretend::token(self.ctx, self.provider, &form).await;
        }
        if self.provider.detail("token_request_method") == Some("GET") {
            let url = format!("{}?{form}", self.endpoints.token);
            return self.ask(&url, authorization, None).await;
        }
        self.ask(&self.endpoints.token, authorization, Some(form))
            .await
    }

    /// Asks for the key set.
    pub async fn keys(&self) -> Result<HttpResponse> {
        if self.is_pretended {
            return pretend::keys(self.ctx, self.provider).await;
        }
        let url = self.endpoints.keys.as_deref();
        let url = url.ok_or_else(|| Error::ProviderAnswerMalformed {
            what: "there is no jwks_uri".to_owned(),
        })?;
        self.ask(url, None, None).await
    }

    /// Asks for the claims of the person whom the access token stands for.
    pub async fn user_info(&self, access_token: &str) -> Result<HttpResponse> {
        if self.is_pretended {
            return Ok(pretend::user_info(self.ctx, self.provider, access_token));
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
        self.ask(&url, authorization, by_post.then(String::new))
            .await
    }

    async fn ask(
        &self,
        url: &str,
        authorization: Option<String>,
        form: Option<String>,
    ) -> Result<HttpResponse> {
        let request = HttpRequest {
            url,
            accept: Accept::Json,
            authorization,
            form,
        };
        let answer = self.ctx.app.http_client.send(request).await;
        answer.map_err(|no_answer| {
            tracing::warn!(provider = self.provider.name, "{no_answer}");
            Error::ProviderUnreachable {
                what: no_answer.to_string(),
            }
        })
    }
}
