//! The keys of an issuer that is known by its address alone, for who verifies tokens but signs
//! nobody in.
//!
//! A provider of some user pool is asked as that pool asks it, so that the pretend ones have their
//! keys; any other by discovery.

use jsonwebtoken::jwk::Jwk;
use serde_json::Value;

use super::ask::Question;
use super::endpoints::jwks_uri;
use super::fault::{AtStep, Round, RoundFault, RoundStep};
use super::id_token::key_set;
use super::known::known;
use super::relying_party::signing_keys;
use crate::app::Ctx;
use crate::http_client::Accept;

/// The keys of an issuer.
pub async fn keys_of_issuer(ctx: &Ctx, issuer: &str) -> Round<Vec<Jwk>> {
    let providers = known(ctx, |provider| {
        provider.detail("oidc_issuer") == Some(issuer)
    });
    let providers = providers.await.at(RoundStep::Discovery)?;
    if providers.is_empty() {
        let url = jwks_uri(ctx, issuer).await?;
        let question = Question::get(RoundStep::Keys, &url, Accept::Json);
        let document: Value = question.ask(ctx).await?.document()?;
        return Ok(key_set(&document));
    }
    // Each pool has pretend providers of its own.
    let (mut keys, mut fault) = (Vec::new(), None::<RoundFault>);
    for provider in &providers {
        match signing_keys(ctx, provider).await {
            Ok(of_provider) => keys.extend(of_provider),
            Err(other) => fault = Some(other),
        }
    }
    match fault {
        Some(fault) if keys.is_empty() => Err(fault),
        _ => Ok(keys),
    }
}
