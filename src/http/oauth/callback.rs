//! A browser that comes back from an identity provider, of whatever kind: which round trip it ends,
//! and how its user is let in.
//!
//! Not here: the addresses that it comes back to (`idp_response.rs`, `saml_response.rs`), the way
//! there (`providers.rs`).

use axum::response::Response;

use super::authorization_error::AuthorizationError;
use super::browser::Browser;
use super::error::OAuthError;
use super::finish::finish;
use super::providers;
use super::request::AuthorizeRequest;
use crate::app::Ctx;
use crate::error::Error;
use crate::flows::authorize::Authenticated;
use crate::flows::federate::fault::{AtStep, RoundStep};
use crate::flows::federate::state::{FederationState, RoundTrip, SealedState};
use crate::flows::federate::{self, ProviderClaims};
use crate::http::request_head::RequestHead;
use crate::store::IdentityProvider;

/// A browser that is back from where it was sent.
pub struct Callback {
    pub state: FederationState,
    pub request: AuthorizeRequest,
    pub provider: IdentityProvider,
}

impl Callback {
    /// The round trip that the state stands for. It goes on until somebody is let in: whatever else
    /// comes back with the state, the right answer may still come.
    pub async fn find(
        ctx: &Ctx,
        head: &RequestHead,
        state: Option<&str>,
    ) -> Result<Self, AuthorizationError> {
        let state = state.ok_or_else(|| nobodys("There is no state."))?;
        let started =
            FederationState::open(ctx, state, providers::cookie(head)).ok_or_else(|| {
                nobodys(
                    "This sign-in did not begin here, or it took too long. Begin again at the \
                 application.",
                )
            })?;
        if started.trip.has_ended(ctx).await? {
            return Err(ended());
        }
        // What may have changed since is checked again: the client's settings, its callback
        // addresses, its providers.
        let request = AuthorizeRequest::read(ctx, head, &started.query).await?;
        if request.pool.id != started.pool_id || request.client.id != started.client_id {
            return Err(nobodys("This sign-in began elsewhere."));
        }
        let found = providers::find(ctx, &request).await;
        let provider = found.map_err(|error| providers::refuse(&request, &error))?;
        if provider.name != started.provider {
            let name = started.provider;
            return Err(providers::refuse(
                &request,
                &Error::ProviderNotEnabled { name },
            ));
        }
        Ok(Self {
            state: started,
            request,
            provider,
        })
    }
}

/// Ends a round trip with the answer that holds. If two race, one gets through.
pub async fn end(ctx: &Ctx, trip: &RoundTrip) -> Result<(), AuthorizationError> {
    if trip.end(ctx).await? {
        Ok(())
    } else {
        Err(ended())
    }
}

fn ended() -> AuthorizationError {
    nobodys("This sign-in has ended already. Begin again at the application.")
}

/// Signs in the person of whom the provider said this, and sends the browser back to the
/// application.
pub async fn let_in(
    ctx: &Ctx,
    head: &RequestHead,
    request: &AuthorizeRequest,
    provider: &IdentityProvider,
    said: ProviderClaims,
) -> Result<Response, AuthorizationError> {
    let (level, saml_session) = (said.level, said.saml_session.clone());
    let user = federate::sign_in(ctx, &request.pool, &request.client, provider, said)
        .await
        .at(RoundStep::SignIn)
        .map_err(|fault| providers::refuse_round(ctx, request, provider, fault))?;
    let who = Authenticated {
        sub: user.sub,
        auth_time: ctx.now,
        device_key: None,
        // (unsure) A level below the one that was asked for is told, not refused.
        methods: level.by_provider(),
        saml_session,
    };
    let browser = Browser::of(ctx, head);
    Ok(finish(ctx, request, &browser, who).await)
}

/// Nobody is known to whom the browser could be sent back.
pub fn nobodys(sentence: &str) -> AuthorizationError {
    AuthorizationError::page(OAuthError::InvalidRequest, sentence)
}
