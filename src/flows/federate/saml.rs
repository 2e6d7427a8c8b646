//! The pool as a SAML 2.0 service provider: the AuthnRequest with which a browser is sent away
//! (saml-bindings-2.0-os §3.4), and the Response with which it comes back (§3.5).
//!
//! A response that nobody asked for begins a sign-in where the pool's provider allows it, once. Not
//! here: what a response must say (`saml_response.rs`), signing out (`saml_logout.rs`).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use form_urlencoded::Serializer;
use miniz_oxide::deflate::{CompressionLevel, compress_to_vec};
use serde_json::Value;

use super::CLOCK_SKEW;
use super::endpoints::with_query;
use super::fault::{AtStep, Round, RoundStep};
use super::provider_claims::ProviderClaims;
use super::relying_party::Hints;
use super::saml_idp::SamlIdp;
use super::saml_response::{self, Accepted, Way, refused};
use super::saml_xml::{ASSERTION, PROTOCOL, entity_id, escape};
use super::state::FederationState;
use crate::app::Ctx;
use crate::clock::Timestamp;
use crate::domain::authentication_levels::Level;
use crate::domain::federation::Claims;
use crate::error::Result;
use crate::flows::triggers::ProviderAnswer;
use crate::keys::base64url_sha256;
use crate::store::IdentityProvider;

const RSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";

/// How hard a request is compressed.
const COMPRESSION: u8 = CompressionLevel::DefaultLevel as u8;

/// The address to which the browser is sent, with the request in it.
pub async fn request_url(
    ctx: &Ctx,
    provider: &IdentityProvider,
    started: &FederationState,
    state: &str,
    (asks_again, hints): (bool, &Hints<'_>),
    origin: &str,
) -> Round<String> {
    let idp = SamlIdp::of(ctx, provider, origin).await?;
    let force = if asks_again {
        " ForceAuthn=\"true\""
    } else {
        ""
    };
    let request = format!(
        "<samlp:AuthnRequest xmlns:samlp=\"{PROTOCOL}\" xmlns:saml=\"{ASSERTION}\" ID=\"{}\" \
         Version=\"2.0\" IssueInstant=\"{}\" Destination=\"{}\"{force} \
         ProtocolBinding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\" \
         AssertionConsumerServiceURL=\"{}\">\
         <saml:Issuer>{}</saml:Issuer>{}</samlp:AuthnRequest>",
        started.trip.request_id(),
        Timestamp::from_seconds(ctx.now.seconds()).rfc3339(),
        escape(&idp.sign_in),
        escape(&started.redirect_uri),
        escape(&entity_id(provider)),
        hints.login_hint.map(hinted).unwrap_or_default(),
    );
    let message = RedirectMessage {
        name: "SAMLRequest",
        document: &request,
        relay_state: state,
        is_signed: provider.detail("RequestSigningAlgorithm").is_some(),
    };
    let url = message.address(ctx, provider, &idp.sign_in).await;
    url.at(RoundStep::SamlResponse)
}

/// Who is to sign in, for a provider that fills in its form (saml-core-2.0-os §3.4.1).
fn hinted(hint: &str) -> String {
    // (unsure) The format that a hint has.
    let format = if hint.contains('@') {
        "emailAddress"
    } else {
        "unspecified"
    };
    format!(
        "<saml:Subject><saml:NameID \
         Format=\"urn:oasis:names:tc:SAML:1.1:nameid-format:{format}\">{}</saml:NameID>\
         </saml:Subject>",
        escape(hint)
    )
}

/// A message that a browser carries to a provider in an address (the binding HTTP-Redirect).
pub(super) struct RedirectMessage<'m> {
    /// `SAMLRequest` or `SAMLResponse`.
    pub name: &'static str,
    pub document: &'m str,
    pub relay_state: &'m str,
    pub is_signed: bool,
}

impl RedirectMessage<'_> {
    pub async fn address(
        &self,
        ctx: &Ctx,
        provider: &IdentityProvider,
        endpoint: &str,
    ) -> Result<String> {
        let deflated = compress_to_vec(self.document.as_bytes(), COMPRESSION);
        let mut query = encoded(&[
            (self.name, &STANDARD.encode(deflated)),
            ("RelayState", self.relay_state),
        ]);
        if self.is_signed {
            // saml-bindings-2.0-os §3.4.4.1: the query itself is what is signed.
            query = format!("{query}&{}", encoded(&[("SigAlg", RSA_SHA256)]));
            let keys = &ctx.app.keys;
            let signature = keys
                .sign_saml_request(ctx.store(), &provider.pool_id, ctx.now, query.as_bytes())
                .await?;
            query = format!(
                "{query}&{}",
                encoded(&[("Signature", &STANDARD.encode(signature))])
            );
        }
        Ok(with_query(endpoint, &query))
    }
}

fn encoded(pairs: &[(&str, &str)]) -> String {
    Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// What the response says of the person who signed in for this request.
pub async fn accept(
    ctx: &Ctx,
    provider: &IdentityProvider,
    started: &FederationState,
    response: &str,
) -> Round<ProviderClaims> {
    let way = Way::Browser {
        recipient: &started.redirect_uri,
        request: Some(started.trip.request_id()),
    };
    let accepted = saml_response::read(ctx, provider, None, way, response).await?;
    Ok(said(accepted))
}

/// Whom a response is for, if not for the pool.
pub struct ServiceProvider<'s> {
    /// Where it is sent.
    pub recipient: &'s str,
    /// The name by which the provider knows it.
    pub audience: &'s str,
}

/// What a response for another service says that somebody has handed in, who may do so again while
/// it lasts.
pub async fn check(
    ctx: &Ctx,
    provider: &IdentityProvider,
    service: &ServiceProvider<'_>,
    response: &str,
) -> Result<Claims> {
    let way = Way::Browser {
        recipient: service.recipient,
        request: None,
    };
    let accepted = saml_response::read(ctx, provider, Some(service.audience), way, response).await;
    match accepted {
        Ok(accepted) => Ok(accepted.claims),
        Err(fault) => Err(fault.log_outage(ctx, provider)),
    }
}

/// Whether the provider's sign-ins may begin there.
pub fn may_begin(provider: &IdentityProvider) -> bool {
    provider.says_true("IDPInit")
}

/// What a response says that nobody has asked for. An assertion counts once: there is no request
/// that would end with it.
pub async fn accept_unsolicited(
    ctx: &Ctx,
    provider: &IdentityProvider,
    recipient: &str,
    response: &str,
) -> Round<ProviderClaims> {
    let way = Way::Browser {
        recipient,
        request: None,
    };
    let accepted = saml_response::read(ctx, provider, None, way, response).await?;
    let id = base64url_sha256(&format!("{} {}", entity_id(provider), accepted.assertion));
    let remembered = accepted.ends.plus(CLOCK_SKEW);
    let write = ctx.store().write_once().await;
    if write
        .spend(&id, remembered)
        .await
        .at(RoundStep::SamlResponse)?
    {
        Ok(said(accepted))
    } else {
        Err(refused("it was used before")).at(RoundStep::SamlResponse)
    }
}

/// The claims of an assertion (or of a response with one) of the provider's for this pool, which
/// somebody has handed in, in base64: no browser went there.
pub async fn check_assertion(ctx: &Ctx, provider: &IdentityProvider, token: &str) -> Round<Claims> {
    let accepted = saml_response::read(ctx, provider, None, Way::HandedIn, token).await?;
    Ok(accepted.claims)
}

fn said(accepted: Accepted) -> ProviderClaims {
    let answer = ProviderAnswer::Saml {
        response: Value::Object(accepted.claims.clone()),
    };
    ProviderClaims {
        claims: accepted.claims,
        answer,
        // Only OIDC providers have levels that a pool knows.
        level: Level::One,
        saml_session: Some(accepted.session),
    }
}
