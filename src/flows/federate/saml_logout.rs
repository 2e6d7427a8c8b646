//! Signing out at a SAML provider, too (single logout, saml-profiles-2.0-os §4.4): the signed
//! LogoutRequest with which a browser is sent there, and the LogoutResponse with which it comes
//! back.
//!
//! It begins at the pool only. (unsure) What a provider begins by itself is not taken: AWS
//! documents `/saml2/logout` for responses alone. Not here: the browser's own session, which ends
//! whatever the provider says.

use serde::{Deserialize, Serialize};

use super::fault::{AtStep, Round, RoundStep};
use super::saml::RedirectMessage;
use super::saml_idp::SamlIdp;
use super::saml_response::{SamlDocument, refused, source};
use super::saml_xml::{ASSERTION, PROTOCOL, entity_id, escape};
use super::state::{ROUND_TRIP, RoundTrip, SealedState};
use crate::app::Ctx;
use crate::clock::Timestamp;
use crate::domain::xml;
use crate::error::Result;
use crate::store::{IdentityProvider, SamlSession};

/// The state of a sign-out: everything that the way back needs.
#[derive(Serialize, Deserialize)]
pub struct LogoutState {
    pub trip: RoundTrip,
    pub pool_id: String,
    pub provider: String,
    /// Where providers send browsers that were signed out there.
    pub address: String,
    /// Where the browser goes then.
    pub location: String,
}

impl SealedState for LogoutState {
    const CONTEXT: &'static str = "logout";

    fn trip(&self) -> &RoundTrip {
        &self.trip
    }
}

/// Whether signing out of the pool is to sign out at this provider.
pub fn signs_out(provider: &IdentityProvider) -> bool {
    provider.says_true("IDPSignout")
}

/// The address to which the browser is sent, with the request in it. None for a provider that
/// nobody can sign out of.
pub async fn request_url(
    ctx: &Ctx,
    provider: &IdentityProvider,
    session: &SamlSession,
    state: &LogoutState,
) -> Round<Option<String>> {
    let idp = SamlIdp::of(ctx, provider, &ctx.app.settings.public_url).await?;
    let Some(sign_out) = &idp.sign_out else {
        return Ok(None);
    };
    let now = Timestamp::from_seconds(ctx.now.seconds());
    let qualified = |name: &str, value: &Option<String>| {
        let value = value.as_deref();
        value.map_or_else(String::new, |value| {
            format!(" {name}=\"{}\"", escape(value))
        })
    };
    let index = session
        .session_index
        .as_deref()
        .map(|index| format!("<samlp:SessionIndex>{}</samlp:SessionIndex>", escape(index)));
    let request = format!(
        "<samlp:LogoutRequest xmlns:samlp=\"{PROTOCOL}\" xmlns:saml=\"{ASSERTION}\" ID=\"{}\" \
         Version=\"2.0\" IssueInstant=\"{}\" NotOnOrAfter=\"{}\" Destination=\"{}\">\
         <saml:Issuer>{}</saml:Issuer><saml:NameID{}{}{}>{}</saml:NameID>{}\
         </samlp:LogoutRequest>",
        state.trip.request_id(),
        now.rfc3339(),
        now.plus(ROUND_TRIP).rfc3339(),
        escape(sign_out),
        escape(&entity_id(provider)),
        qualified("Format", &session.format),
        qualified("NameQualifier", &session.name_qualifier),
        qualified("SPNameQualifier", &session.sp_name_qualifier),
        escape(&session.name_id),
        index.unwrap_or_default(),
    );
    let message = RedirectMessage {
        name: "SAMLRequest",
        document: &request,
        relay_state: &state.seal(ctx).at(RoundStep::SignOut)?,
        is_signed: true,
    };
    let url = message.address(ctx, provider, sign_out).await;
    url.at(RoundStep::SignOut).map(Some)
}

/// Checks that the provider says of this request that it has signed the user out.
pub async fn accept(
    ctx: &Ctx,
    provider: &IdentityProvider,
    state: &LogoutState,
    response: &str,
) -> Round<()> {
    let idp = SamlIdp::of(ctx, provider, &ctx.app.settings.public_url).await?;
    check(&idp, state, response).at(RoundStep::SignOut)
}

fn check(idp: &SamlIdp, state: &LogoutState, response: &str) -> Result<()> {
    let source = source(response)?;
    let document = xml::parse(&source).ok_or_else(|| refused("it is malformed"))?;
    let message = SamlDocument {
        document: &document,
        source: &source,
    };
    let root = message
        .root("LogoutResponse")
        .ok_or_else(|| refused("it is no response"))?;
    if !message.signed_by(idp)?.contains(&root) {
        return Err(refused("it is not signed"));
    }
    let issuer = message.child(root, "Issuer");
    if issuer.map(|issuer| message.text(issuer)) != idp.entity_id {
        return Err(refused("its issuer is another one"));
    }
    let destination = message.attribute(root, "Destination");
    if destination.is_some_and(|said| said != state.address)
        || message.attribute(root, "InResponseTo") != Some(&state.trip.request_id())
    {
        return Err(refused("it answers another request"));
    }
    message.check_success(root, "The identity provider did not sign the user out")
}
