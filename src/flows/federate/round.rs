//! A round trip to a provider: what the `state` holds that goes there with the browser and must
//! come back with the same browser, once, in time.

use std::time::Duration;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::app::Ctx;
use crate::clock::Timestamp;
use crate::error::Result;
use crate::keys::Purpose;

/// How long the browser may stay away.
pub const ROUND_TRIP: Duration = Duration::from_secs(300);

/// What a state is sealed to.
const CONTEXT: &str = "state";

/// Everything that the way back needs.
#[derive(Clone, Serialize, Deserialize)]
pub struct Round {
    id: String,
    expires_at: i64,
    /// What the browser's cookie must hash to.
    browser: String,
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

/// Where a round begins.
pub struct Start {
    pub pool_id: String,
    pub client_id: String,
    pub provider: String,
    pub query: String,
    pub redirect_uri: String,
}

impl Round {
    /// A new round of the browser with this secret cookie.
    pub fn begin(ctx: &Ctx, start: Start, cookie: &str) -> Self {
        Self {
            id: ctx.uuid(),
            expires_at: ctx.now.plus(ROUND_TRIP).0,
            browser: hash(cookie),
            pool_id: start.pool_id,
            client_id: start.client_id,
            provider: start.provider,
            query: start.query,
            redirect_uri: start.redirect_uri,
            nonce: secret(ctx),
            verifier: secret(ctx),
        }
    }

    /// What no other round is called.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The `state` that goes to the provider.
    pub fn state(&self, ctx: &Ctx) -> Result<String> {
        let plain = serde_json::to_vec(self)?;
        Ok(ctx.seal(Purpose::Federation, CONTEXT, &plain))
    }

    /// The code challenge of the verifier.
    pub fn challenge(&self) -> String {
        hash(&self.verifier)
    }

    /// The round of a state that comes back: None for what was not sealed here, has ended, or began
    /// in another browser.
    pub fn open(ctx: &Ctx, state: &str, cookie: Option<&str>) -> Option<Self> {
        let seal = &ctx.app.keys.seal;
        let plain = seal.open(Purpose::Federation, CONTEXT, state)?;
        let round: Self = serde_json::from_slice(&plain).ok()?;
        let ours =
            verify_slices_are_equal(hash(cookie?).as_bytes(), round.browser.as_bytes()).is_ok();
        (ours && ctx.now.0 < round.expires_at).then_some(round)
    }

    /// Ends the round; false when it was ended before. Of two racing answers one gets through.
    pub async fn end(&self, ctx: &Ctx) -> Result<bool> {
        let write = ctx.store().write_once().await;
        write.spend(&self.id, Timestamp(self.expires_at)).await
    }
}

/// 256 random bits as text that fits into a cookie, a nonce and a code verifier alike.
pub fn secret(ctx: &Ctx) -> String {
    URL_SAFE_NO_PAD.encode(ctx.bytes::<32>())
}

/// base64url(SHA-256), which is also what S256 asks for.
pub fn hash(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, text.as_bytes()))
}
