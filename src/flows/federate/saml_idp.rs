//! What is known of a SAML provider: from its metadata, or of the pretend provider in its place.
//!
//! Not here: what is asked of it and what it answers (`saml.rs`).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::ask::Question;
use super::fault::{AtStep, Round, RoundStep};
use super::pretend;
use crate::app::Ctx;
use crate::domain::identity_providers::is_pretended;
use crate::domain::saml_metadata::{self, SamlEndpoints};
use crate::error::Error;
use crate::http_client::Accept;
use crate::keys::TrustedKey;
use crate::store::IdentityProvider;

/// What is known of the provider.
pub struct SamlIdp {
    pub sign_in: String,
    /// Where browsers go to sign out, if anywhere.
    pub sign_out: Option<String>,
    pub entity_id: Option<String>,
    pub trusted: Vec<TrustedKey>,
    /// Whether its assertions must be encrypted. A pretend provider's never leave the machine.
    pub encrypts: bool,
}

impl SamlIdp {
    /// `origin` is where browsers reach the pretend providers.
    pub async fn of(ctx: &Ctx, provider: &IdentityProvider, origin: &str) -> Round<Self> {
        let step = RoundStep::Metadata;
        if is_pretended(ctx.app.settings.pretend_providers, &provider.settings) {
            let key = pretend::pkcs8(ctx, provider).await.at(step)?;
            return Ok(Self {
                sign_in: format!("{}/authorize", pretend::base(provider, origin)),
                // Nobody stays signed in there.
                sign_out: None,
                entity_id: Some(pretend::saml_issuer(provider)),
                trusted: vec![TrustedKey::Own(key)],
                encrypts: false,
            });
        }
        let document = match provider.detail("MetadataFile") {
            Some(document) => document.to_owned(),
            None => fetch(ctx, provider.detail("MetadataURL").unwrap_or_default()).await?,
        };
        let metadata = saml_metadata::read(&document)
            .ok_or(Error::SamlMetadataMalformed)
            .at(step)?;
        let trusted = metadata
            .certificates
            .into_iter()
            .filter_map(|certificate| STANDARD.decode(certificate).ok())
            .map(TrustedKey::Certificate)
            .collect();
        Ok(Self {
            sign_in: metadata.endpoints.sign_in,
            sign_out: metadata.endpoints.sign_out,
            entity_id: metadata.entity_id,
            trusted,
            encrypts: provider.says_true("EncryptedResponses"),
        })
    }
}

/// The endpoints that a provider publishes at its metadata's address. None for one that is known by
/// a file, and for one that cannot be asked now, of which the log says why.
pub async fn published_endpoints(ctx: &Ctx, provider: &IdentityProvider) -> Option<SamlEndpoints> {
    let url = provider.detail("MetadataURL")?;
    if is_pretended(ctx.app.settings.pretend_providers, &provider.settings) {
        return None;
    }
    match fetch(ctx, url).await {
        Ok(metadata) => saml_metadata::endpoints(&metadata),
        Err(fault) => {
            fault.log(ctx, provider);
            None
        }
    }
}

async fn fetch(ctx: &Ctx, url: &str) -> Round<String> {
    let question = Question::get(RoundStep::Metadata, url, Accept::SamlMetadata);
    let answered = question.ask(ctx).await?;
    if !answered.response.is_ok() {
        let status = answered.response.status;
        return Err(answered.misunderstood(format!("it answered {status}")));
    }
    String::from_utf8(answered.response.body.to_vec())
        .map_err(|_| answered.fault(Error::SamlMetadataMalformed))
}
