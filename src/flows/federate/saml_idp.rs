//! What is known of a SAML provider: from its metadata, or of the pretend provider in its place.
//!
//! Not here: what is asked of it and what it answers (`saml.rs`).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::pretend;
use crate::app::Ctx;
use crate::domain::identity_providers::is_pretended;
use crate::domain::saml_metadata;
use crate::error::{Error, Result};
use crate::http_client::{Accept, HttpRequest};
use crate::keys::TrustedKey;
use crate::store::IdentityProvider;

/// What is known of the provider.
pub struct SamlIdp {
    pub sign_in: String,
    pub entity_id: Option<String>,
    pub trusted: Vec<TrustedKey>,
}

impl SamlIdp {
    /// `origin` is where browsers reach the pretend providers.
    pub async fn of(ctx: &Ctx, provider: &IdentityProvider, origin: &str) -> Result<Self> {
        if is_pretended(ctx.app.settings.pretend_providers, &provider.settings) {
            return Ok(Self {
                sign_in: format!("{}/authorize", pretend::base(provider, origin)),
                entity_id: Some(pretend::saml_issuer(provider)),
                trusted: vec![TrustedKey::Own(pretend::pkcs8(ctx, provider).await?)],
            });
        }
        let metadata = match provider.detail("MetadataFile") {
            Some(metadata) => metadata.to_owned(),
            None => fetch(ctx, provider.detail("MetadataURL").unwrap_or_default()).await?,
        };
        let endpoints = saml_metadata::endpoints(&metadata).ok_or(Error::SamlMetadataMalformed)?;
        let trusted = saml_metadata::certificates(&metadata)
            .into_iter()
            .filter_map(|certificate| STANDARD.decode(certificate).ok())
            .map(TrustedKey::Certificate)
            .collect();
        Ok(Self {
            sign_in: endpoints.sign_in,
            entity_id: saml_metadata::entity_id(&metadata),
            trusted,
        })
    }
}

async fn fetch(ctx: &Ctx, url: &str) -> Result<String> {
    let request = HttpRequest {
        url,
        accept: Accept::Json,
        authorization: None,
        form: None,
    };
    let answer = ctx
        .app
        .http_client
        .send(request)
        .await
        .map_err(|no_answer| {
            tracing::warn!("metadata of an identity provider: {no_answer}");
            Error::ProviderUnreachable {
                what: no_answer.to_string(),
            }
        })?;
    String::from_utf8(answer.body.to_vec())
        .ok()
        .filter(|_| answer.is_ok())
        .ok_or(Error::SamlMetadataMalformed)
}
