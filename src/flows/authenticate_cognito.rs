//! A load balancer signs users in (`authenticate-cognito`): it is an app client of a pool that goes
//! through the code flow, keeps what it got in the browser, and renews it.
//!
//! Our own pool is asked by the same flows that answer at its endpoints. Not here: cookies,
//! redirects and headers (`http::gateway::alb`), what may be configured
//! (`domain::apis`).

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::access_token;
use super::authorize;
use super::federate::state::{RoundTrip, SealedState};
use super::issue_tokens::{Issuance, Tokens};
use super::refresh;
use super::user_info;
use crate::app::Ctx;
use crate::domain::apis::AuthenticateCognito;
use crate::domain::federation::plain_words;
use crate::error::Error;
use crate::keys::Purpose;
use crate::store::{Client, Pool};
use crate::wire::user_pools::OAuthFlowType;

/// How long a sign-in may take; nobody can change that on AWS either.
pub const LOGIN_TIMEOUT: Duration = Duration::from_secs(15 * 60);

/// How large claims and access token may be together: "up to 11K bytes".
const LARGEST: usize = 11 << 10;

/// An action of a load balancer.
#[derive(Clone, Copy)]
pub struct AlbAction<'a> {
    /// The API that it stands in front of.
    pub api: &'a str,
    /// The action's own name there.
    pub name: &'a str,
    pub config: &'a AuthenticateCognito,
}

/// Why nobody is signed in. The names are those that a load balancer writes into its access log.
pub enum AuthFault {
    /// The `state` is missing.
    MissingState,
    /// It was not made here, or for another API or browser; is too old, or came before.
    InvalidState,
    MissingCode,
    /// The authorize endpoint answered with this error.
    ProviderRefused {
        error: String,
    },
    /// The token endpoint refuses the code.
    InvalidGrant,
    /// It gives no ID token: the scope has no `openid`.
    NoIdToken,
    UserInfoRefused,
    ClaimsTooLarge,
    /// The action cannot work as it is configured.
    Configuration(&'static str),
    Internal(Error),
}

impl From<Error> for AuthFault {
    fn from(error: Error) -> Self {
        Self::Internal(error)
    }
}

impl AuthFault {
    /// What an error of the pool's own flow is here: `refused`, with that flow's reason in the log,
    /// unless something of ours failed.
    fn of(ctx: &Ctx, error: Error, refused: Self) -> Self {
        match error {
            error @ Error::Internal(_) => error.into(),
            other => {
                ctx.note_reason(other.situation());
                refused
            }
        }
    }

    /// AWS's `error_reason`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::MissingState => "AuthMissingStateParam",
            Self::InvalidState => "AuthInvalidStateParam",
            Self::MissingCode => "AuthMissingCodeParam",
            Self::ProviderRefused { .. } | Self::Configuration(_) | Self::Internal(_) => {
                "AuthUnhandledException"
            }
            Self::InvalidGrant => "AuthInvalidGrantError",
            Self::NoIdToken => "AuthInvalidIdToken",
            Self::UserInfoRefused => "AuthUserinfoEpRequestFailed",
            Self::ClaimsTooLarge => "AuthUserinfoResponseSizeExceeded",
        }
    }

    /// One sentence for a developer.
    pub fn sentence(&self) -> String {
        match self {
            Self::MissingState => "the query has no state".to_owned(),
            Self::InvalidState => "the state was not made here for this API and this browser, is \
                                   older than 15 minutes, or came before"
                .to_owned(),
            Self::MissingCode => "the query has no code".to_owned(),
            Self::ProviderRefused { error } => {
                format!("the authorize endpoint answered: {}", plain_words(error))
            }
            Self::InvalidGrant => "the token endpoint refused the code".to_owned(),
            Self::NoIdToken => "there is no ID token: Scope has no openid".to_owned(),
            Self::UserInfoRefused => "userInfo refused the access token".to_owned(),
            Self::ClaimsTooLarge => {
                "claims and access token are larger than 11 KB together".to_owned()
            }
            Self::Configuration(why) => (*why).to_owned(),
            Self::Internal(_) => "an error of the server itself".to_owned(),
        }
    }
}

/// What goes to the authorize endpoint with the browser and must come back with it, once.
#[derive(Clone, Serialize, Deserialize)]
pub struct AlbState {
    trip: RoundTrip,
    api: String,
    /// The action that began it.
    pub action: String,
    /// Where the pool sends the browser, which the token endpoint wants to hear again.
    redirect_uri: String,
    /// What the browser had asked for: a whole address.
    pub wanted: String,
}

/// Where a sign-in begins.
pub struct AlbStart<'a> {
    /// Where the browser reached the load balancer: by the scheme that it came by, and by https.
    pub origins: &'a [String],
    /// Where the pool is to send the browser there.
    pub way_back: &'a str,
    /// What the browser had asked for there: path and query.
    pub wanted: &'a str,
    /// The browser's secret cookie.
    pub cookie: &'a str,
}

impl SealedState for AlbState {
    const CONTEXT: &'static str = "load balancer";

    fn trip(&self) -> &RoundTrip {
        &self.trip
    }
}

impl AlbState {
    /// Begins a sign-in: gives the state, and the parameters for the authorize endpoint. Of the
    /// addresses to which the browser could come back, it is the first that the client registers: a
    /// load balancer signs in by https only, and Cognito knows addresses by http of `localhost`
    /// alone.
    pub async fn begin<'a>(
        ctx: &Ctx,
        action: AlbAction<'a>,
        start: AlbStart<'_>,
    ) -> Result<Vec<(&'a str, String)>, AuthFault> {
        let (_pool, client) = parties(ctx, action).await?;
        let addresses = start.origins.iter().map(|origin| {
            let redirect_uri = format!("{origin}{}", start.way_back);
            (origin, redirect_uri)
        });
        let addresses: Vec<_> = addresses.collect();
        let registered = addresses.iter().find(|(_, uri)| client.registers(uri));
        let (origin, redirect_uri) = registered
            .or_else(|| {
                // The authorize endpoint refuses it, as on AWS, in words that name no address.
                let all: Vec<&str> = addresses.iter().map(|(_, uri)| uri.as_str()).collect();
                ctx.note_reason(format!("the client registers none of {}", all.join(", ")));
                addresses.last()
            })
            .ok_or(AuthFault::Configuration("the request has no Host"))?;
        let state = Self {
            trip: RoundTrip::lasting(ctx, start.cookie, LOGIN_TIMEOUT),
            api: action.api.to_owned(),
            action: action.name.to_owned(),
            redirect_uri: redirect_uri.clone(),
            wanted: format!("{origin}{}", start.wanted),
        };
        let own = [
            ("client_id", action.config.client_id.clone()),
            ("redirect_uri", redirect_uri.clone()),
            ("response_type", "code".to_owned()),
            ("scope", action.config.scope.clone()),
            ("state", state.seal(ctx)?),
        ];
        // (unsure) AWS may refuse a rule that would say one of its own parameters otherwise.
        let extra = action.config.extra_params.iter();
        let extra = extra.map(|(name, value)| (name.as_str(), value.clone()));
        let extra = extra.filter(|(name, _)| own.iter().all(|(known, _)| known != name));
        let extra: Vec<_> = extra.collect();
        Ok(own.into_iter().chain(extra).collect())
    }

    /// The state that comes back to this API.
    pub fn back(
        ctx: &Ctx,
        api: &str,
        sealed: Option<&str>,
        cookie: Option<&str>,
    ) -> Result<Self, AuthFault> {
        let sealed = sealed.ok_or(AuthFault::MissingState)?;
        Self::open(ctx, sealed, cookie)
            .filter(|state| state.api == api)
            .ok_or(AuthFault::InvalidState)
    }

    /// Ends the sign-in: no other answer gets through with this state.
    pub async fn end(&self, ctx: &Ctx) -> Result<(), AuthFault> {
        if self.trip.end(ctx).await? {
            Ok(())
        } else {
            Err(AuthFault::InvalidState)
        }
    }
}

/// Pool and client of the action.
async fn parties(ctx: &Ctx, action: AlbAction<'_>) -> Result<(Arc<Pool>, Arc<Client>), AuthFault> {
    let found = ctx
        .pool_client(&action.config.pool, &action.config.client_id)
        .await
        .map_err(|error| match error {
            Error::PoolNotFound { .. } => AuthFault::Configuration("UserPoolArn names no pool"),
            Error::ClientNotFound { .. } => {
                AuthFault::Configuration("UserPoolClientId names no client of the pool")
            }
            other => other.into(),
        });
    let (pool, client) = found?;
    ctx.note_client(&client.id);
    if client.secrets.is_empty() {
        let why = "the client of UserPoolClientId has no secret, which a load balancer needs";
        return Err(AuthFault::Configuration(why));
    }
    if !client.allows_grant(OAuthFlowType::Code) {
        let why = "the client of UserPoolClientId has no code grant";
        return Err(AuthFault::Configuration(why));
    }
    Ok((pool, client))
}

/// Somebody who is signed in at the load balancer. It travels with the browser, sealed.
#[derive(Serialize, Deserialize)]
pub struct AlbSession {
    pub access_token: String,
    refresh_token: String,
    /// What userInfo said.
    pub claims: Map<String, Value>,
    /// Seconds.
    token_expires_at: i64,
    ends_at: i64,
}

impl AlbSession {
    /// What a code is exchanged for. Its state has to be ended before.
    pub async fn of_code(
        ctx: &Ctx,
        action: AlbAction<'_>,
        state: &AlbState,
        code: &str,
    ) -> Result<Self, AuthFault> {
        let (pool, client) = parties(ctx, action).await?;
        if !client.registers(&state.redirect_uri) {
            return Err(AuthFault::InvalidGrant);
        }
        let redirect_uri = &state.redirect_uri;
        let exchanged = authorize::exchange_code(ctx, &pool, &client, code, redirect_uri, None)
            .await
            .map_err(|error| AuthFault::of(ctx, error, AuthFault::InvalidGrant))?
            .ok_or(AuthFault::InvalidGrant)?;
        if exchanged.tokens.id.is_none() {
            return Err(AuthFault::NoIdToken);
        }
        let ends_at = ctx.now.plus(action.config.session_timeout).seconds();
        Self::of_tokens(ctx, exchanged.tokens, exchanged.refresh_token, ends_at).await
    }

    async fn of_tokens(
        ctx: &Ctx,
        tokens: Tokens,
        refresh_token: String,
        ends_at: i64,
    ) -> Result<Self, AuthFault> {
        let holder = access_token::authorize_for(ctx, &tokens.access, user_info::SCOPE)
            .await
            .map_err(|error| AuthFault::of(ctx, error, AuthFault::UserInfoRefused))?;
        let claims = user_info::claims(&holder);
        let size = serde_json::to_vec(&claims).map_err(Error::from)?.len();
        if size + tokens.access.len() > LARGEST {
            return Err(AuthFault::ClaimsTooLarge);
        }
        Ok(Self {
            access_token: tokens.access,
            refresh_token,
            claims,
            token_expires_at: ctx.now.seconds() + tokens.expires_in,
            ends_at,
        })
    }

    /// The session of the same length with new tokens and claims. None when the refresh token is
    /// refused: then the user has to sign in again.
    pub async fn renewed(
        self,
        ctx: &Ctx,
        action: AlbAction<'_>,
    ) -> Result<Option<Self>, AuthFault> {
        let (pool, client) = parties(ctx, action).await?;
        let refreshed = async {
            let open = refresh::open(ctx, &pool, &client, &self.refresh_token).await?;
            let issuance = Issuance::TokenEndpoint { of_api: false };
            refresh::refresh_and_rotate(ctx, &pool, &client, open, issuance).await
        };
        let refreshed = refreshed.await;
        let refreshed =
            refreshed.map_err(|error| AuthFault::of(ctx, error, AuthFault::InvalidGrant));
        let (tokens, rotated) = match refreshed {
            Ok(refreshed) => refreshed,
            Err(AuthFault::InvalidGrant) => return Ok(None),
            Err(fault) => return Err(fault),
        };
        let refresh_token = rotated.unwrap_or(self.refresh_token);
        match Self::of_tokens(ctx, tokens, refresh_token, self.ends_at).await {
            Err(AuthFault::UserInfoRefused) => Ok(None),
            renewed => renewed.map(Some),
        }
    }

    /// Whether it needs new tokens.
    pub fn is_stale(&self, ctx: &Ctx) -> bool {
        ctx.now.seconds() >= self.token_expires_at
    }

    /// How long it lasts from now, in seconds.
    pub fn rest(&self, ctx: &Ctx) -> i64 {
        self.ends_at - ctx.now.seconds()
    }

    /// Until when what it says of the user holds, in seconds since the epoch. (unsure) Which of the
    /// two AWS writes into `exp`: the one that comes first.
    pub fn expires_at(&self) -> i64 {
        self.token_expires_at.min(self.ends_at)
    }

    /// As it goes into the browser.
    pub fn seal(&self, ctx: &Ctx, action: AlbAction<'_>) -> Result<String, Error> {
        let plain = serde_json::to_vec(self)?;
        Ok(ctx.seal(Purpose::Browser, &context(action), &plain))
    }

    /// The session that a browser brings. None for what was sealed for another API, client or
    /// purpose, and for one that has ended. (unsure) AWS is said to refuse a broken cookie; here
    /// it counts for nothing, or a new store would lock out every browser of the old one.
    pub fn open(ctx: &Ctx, action: AlbAction<'_>, sealed: &str) -> Option<Self> {
        let seal = &ctx.app.keys.seal;
        let plain = seal.open(Purpose::Browser, &context(action), sealed)?;
        let session: Self = serde_json::from_slice(&plain).ok()?;
        (session.rest(ctx) > 0).then_some(session)
    }
}

/// Whose session it is: another API's, and another client's or another pool's, opens with none of
/// our keys.
fn context(action: AlbAction<'_>) -> String {
    let config = action.config;
    format!(
        "load balancer {} {} {} {}",
        config.pool, config.client_id, config.session_cookie_name, action.api
    )
}
