//! A round trip to a provider: what the `state` holds that goes there with the browser and must
//! come back with the same browser, once, in time.

use std::time::Duration;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::app::Ctx;
use crate::clock::Timestamp;
use crate::error::Result;
use crate::keys::{Purpose, base64url_sha256};

/// How long the browser may stay away.
pub const ROUND_TRIP: Duration = Duration::from_secs(300);

/// The size of a nonce: as text some 170 characters, as on AWS.
const NONCE: usize = 128;

/// What every round trip has: a name, an end, and the browser that is on it.
#[derive(Clone, Serialize, Deserialize)]
pub struct RoundTrip {
    id: String,
    expires_at: i64,
    /// What the browser's cookie must hash to.
    browser: String,
}

impl RoundTrip {
    /// A new round trip of the browser with this secret cookie.
    pub fn begin(ctx: &Ctx, cookie: &str) -> Self {
        Self::lasting(ctx, cookie, ROUND_TRIP)
    }

    /// The same, for one that may take another time.
    pub fn lasting(ctx: &Ctx, cookie: &str, longest: Duration) -> Self {
        Self {
            id: ctx.uuid(),
            expires_at: ctx.now.plus(longest).0,
            browser: base64url_sha256(cookie),
        }
    }

    /// The ID of the SAML request that goes there, which the response must repeat. No other round
    /// trip has it.
    pub fn request_id(&self) -> String {
        format!("_{}", self.id)
    }

    /// Whether it is the browser with this cookie that is back, in time.
    fn is_of(&self, ctx: &Ctx, cookie: &str) -> bool {
        let same =
            verify_slices_are_equal(base64url_sha256(cookie).as_bytes(), self.browser.as_bytes());
        same.is_ok() && ctx.now.0 < self.expires_at
    }

    /// Whether it has ended.
    pub async fn has_ended(&self, ctx: &Ctx) -> Result<bool> {
        ctx.store().is_spent(&self.id).await
    }

    /// Ends the round trip; false when it was ended before. If two answers race, one gets through.
    pub async fn end(&self, ctx: &Ctx) -> Result<bool> {
        let write = ctx.store().write_once().await;
        write.spend(&self.id, Timestamp(self.expires_at)).await
    }
}

/// Everything that the way back needs: it travels with the browser, sealed.
pub trait SealedState: Serialize + DeserializeOwned {
    /// What it is sealed to, so that none passes for one of another kind.
    const CONTEXT: &'static str;

    fn trip(&self) -> &RoundTrip;

    /// The state as it goes to the provider.
    fn seal(&self, ctx: &Ctx) -> Result<String> {
        let plain = serde_json::to_vec(self)?;
        Ok(ctx.seal(Purpose::Federation, Self::CONTEXT, &plain))
    }

    /// The state that comes back: None for what was not sealed here, is too old, or began in
    /// another browser.
    fn open(ctx: &Ctx, sealed: &str, cookie: Option<&str>) -> Option<Self> {
        let seal = &ctx.app.keys.seal;
        let plain = seal.open(Purpose::Federation, Self::CONTEXT, sealed)?;
        let state: Self = serde_json::from_slice(&plain).ok()?;
        let is_back = state.trip().is_of(ctx, cookie?);
        is_back.then_some(state)
    }
}

/// That of a sign-in.
#[derive(Clone, Serialize, Deserialize)]
pub struct FederationState {
    pub trip: RoundTrip,
    pub pool_id: String,
    pub client_id: String,
    pub provider: String,
    /// The query of the request to `/oauth2/authorize`, as it came.
    pub query: String,
    /// Where the provider sends the browser.
    pub redirect_uri: String,
    pub nonce: String,
    /// The code verifier (RFC 7636), of which the provider got the challenge.
    pub verifier: String,
}

/// Where a round trip begins.
pub struct FederationStart {
    pub pool_id: String,
    pub client_id: String,
    pub provider: String,
    pub query: String,
    pub redirect_uri: String,
}

impl SealedState for FederationState {
    const CONTEXT: &'static str = "state";

    fn trip(&self) -> &RoundTrip {
        &self.trip
    }
}

impl FederationState {
    /// A new round trip of the browser with this secret cookie.
    pub fn begin(ctx: &Ctx, start: FederationStart, cookie: &str) -> Self {
        Self {
            trip: RoundTrip::begin(ctx, cookie),
            pool_id: start.pool_id,
            client_id: start.client_id,
            provider: start.provider,
            query: start.query,
            redirect_uri: start.redirect_uri,
            nonce: URL_SAFE_NO_PAD.encode(ctx.bytes::<NONCE>()),
            verifier: secret(ctx),
        }
    }

    /// The code challenge of the verifier.
    pub fn challenge(&self) -> String {
        base64url_sha256(&self.verifier)
    }
}

/// 256 random bits as text that fits into a cookie and a code verifier alike.
pub fn secret(ctx: &Ctx) -> String {
    URL_SAFE_NO_PAD.encode(ctx.bytes::<32>())
}
