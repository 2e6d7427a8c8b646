//! What follows a sign-in in a browser: the browser's session, and the authorization code that is
//! exchanged for tokens (RFC 6749 §4.1, RFC 7636).
//!
//! Not here: what a client may ask for (`http::oauth::request`), cookies (`http::oauth::browser`),
//! what the tokens say (`issue_tokens`).

use std::time::Duration;

use aws_lc_rs::constant_time::verify_slices_are_equal;

use super::issue_tokens::{self, Issuance, TokenRequest, Tokens};
pub use super::sign_in::Authenticated;
use crate::app::Ctx;
use crate::domain::session_settings::{self, PoolSessions};
use crate::error::{Error, Result};
use crate::journal::without_query;
use crate::keys::base64url_sha256;
use crate::store::{
    AuthorizationCode, BrowserSession, Client, Group, Pool, SamlSession, TokenFamily, User, Write,
};
use crate::wire::user_pools::{
    ClientSSOSessionConfigType, UserSessionTrackingType, UserStatusType,
};

/// Why a code that is known is not taken.
#[derive(Debug, Clone, Copy)]
enum CodeFault {
    OtherClient,
    Used,
    UserDisabled,
    Expired,
    OtherRedirectUri,
    NotVerified,
}

impl CodeFault {
    /// For the log.
    fn reason(self) -> &'static str {
        match self {
            Self::OtherClient => "the code was made for another client",
            Self::Used => "the code was used before",
            Self::UserDisabled => "the user is disabled",
            Self::Expired => "the code has expired",
            Self::OtherRedirectUri => "the code was made for another redirect_uri",
            Self::NotVerified => "the code_verifier does not fit the code_challenge",
        }
    }
}

/// How long a code may be used, as on AWS.
const CODE_VALIDITY: Duration = Duration::from_secs(5 * 60);

/// What the client asked to get for a sign-in.
#[derive(Debug, Clone, Copy)]
pub struct Grant<'a> {
    pub redirect_uri: &'a str,
    /// Space-separated.
    pub scope: &'a str,
    pub nonce: Option<&'a str>,
    pub code_challenge: Option<&'a str>,
    pub resource: Option<&'a str>,
    /// The claim `acr`, if the tokens are to have it.
    pub acr: Option<&'a str>,
    /// The browser's session in which the user is signed in.
    pub browser_session: &'a str,
}

/// What an authorization code stands for.
struct Redeemed {
    family: TokenFamily,
    user: User,
    groups: Vec<Group>,
    nonce: Option<String>,
}

impl From<&BrowserSession> for Authenticated {
    fn from(session: &BrowserSession) -> Self {
        Self {
            sub: session.sub.clone(),
            auth_time: session.auth_time,
            device_key: session.device_key.clone(),
            methods: session.methods.clone(),
            saml_session: None,
        }
    }
}

/// Opens a session for a user who has just signed in with this browser. It replaces the session
/// that the browser had in this pool.
pub async fn open_session(
    ctx: &Ctx,
    pool: &Pool,
    client: &Client,
    who: &Authenticated,
    (id, former): (&str, Option<&str>),
) -> Result<()> {
    let longest = longest_validity(ctx, pool).await?;
    let session = BrowserSession {
        id: id.to_owned(),
        pool_id: pool.id.clone(),
        client_id: client.id.clone(),
        sub: who.sub.clone(),
        auth_time: who.auth_time,
        device_key: who.device_key.clone(),
        methods: who.methods.clone(),
        used_at: ctx.now,
        expires_at: who.auth_time.plus(longest),
    };
    let mut saml_session = who.saml_session.clone();
    let mut write = ctx.store().write().await?;
    if let Some(former) = former {
        let replaced = write.browser_sessions().find(&pool.id, former).await?;
        // Whoever only proved more is still signed in at the provider.
        if saml_session.is_none() && replaced.is_some_and(|session| session.sub == who.sub) {
            saml_session = write.saml_sessions().find(former).await?;
        }
        write.browser_sessions().delete(&pool.id, former).await?;
    }
    write.browser_sessions().insert(&session).await?;
    if let Some(saml_session) = &saml_session {
        write.saml_sessions().insert(id, saml_session).await?;
    }
    write.commit().await
}

/// The session with this id, if this client may use it without asking the user: it is of the
/// client's pool, young enough, and its user may still sign in.
pub async fn find_session(
    ctx: &Ctx,
    pool: &Pool,
    client: &Client,
    id: &str,
) -> Result<Option<BrowserSession>> {
    let mut read = ctx.store().read().await?;
    let Some(session) = read.browser_sessions().find(&pool.id, id).await? else {
        return Ok(None);
    };
    let tracking: PoolSessions = read
        .documents()
        .find(&pool.id, "")
        .await?
        .map(|kept| kept.document)
        .unwrap_or_default();
    let configured = read
        .documents()
        .find::<ClientSSOSessionConfigType>(&pool.id, &client.id)
        .await?
        .map(|kept| kept.document);
    let validity = session_settings::silent_validity(&tracking, configured.as_ref());
    let user = read.users().find_by_sub(&pool.id, &session.sub).await?;
    // A user who must choose a new password has to sign in again.
    let may_sign_in = user.is_some_and(|user| {
        user.enabled
            && matches!(
                user.status,
                UserStatusType::Confirmed | UserStatusType::ExternalProvider
            )
    });
    let in_time = ctx.now < session.auth_time.plus(validity) && ctx.now < session.expires_at;
    Ok(Some(session).filter(|_| may_sign_in && in_time))
}

/// Notes that a client uses the session.
pub async fn use_session(ctx: &Ctx, session: &BrowserSession) -> Result<()> {
    let mut write = ctx.store().write().await?;
    write.browser_sessions().touch(&session.id, ctx.now).await?;
    write.commit().await
}

/// Ends the session. As on AWS, refresh tokens that were issued through it stay valid.
pub async fn close_session(ctx: &Ctx, pool: &Pool, id: &str) -> Result<()> {
    let mut write = ctx.store().write().await?;
    write.browser_sessions().delete(&pool.id, id).await?;
    write.commit().await
}

/// The session at a SAML provider through which a browser's session of this pool began.
pub async fn find_saml_session(ctx: &Ctx, pool: &Pool, id: &str) -> Result<Option<SamlSession>> {
    let mut read = ctx.store().read().await?;
    match read.browser_sessions().find(&pool.id, id).await? {
        Some(_) => read.saml_sessions().find(id).await,
        None => Ok(None),
    }
}

/// The longest time for which any client of the pool may use a session.
async fn longest_validity(ctx: &Ctx, pool: &Pool) -> Result<Duration> {
    let mut read = ctx.store().read().await?;
    let tracking: PoolSessions = read
        .documents()
        .find(&pool.id, "")
        .await?
        .map(|kept| kept.document)
        .unwrap_or_default();
    if tracking.tracking != UserSessionTrackingType::Enabled {
        return Ok(session_settings::silent_validity(&tracking, None));
    }
    let configured = read
        .documents()
        .all::<ClientSSOSessionConfigType>(&pool.id)
        .await?;
    let default = session_settings::silent_validity(&tracking, None);
    Ok(configured
        .iter()
        .map(|kept| session_settings::silent_validity(&tracking, Some(&kept.document)))
        .fold(default, Duration::max))
}

/// A code for the client, which the browser carries to it.
pub async fn issue_code(
    ctx: &Ctx,
    pool: &Pool,
    client: &Client,
    who: &Authenticated,
    grant: Grant<'_>,
) -> Result<String> {
    let code = ctx.uuid();
    let kept = AuthorizationCode {
        digest: base64url_sha256(&code),
        pool_id: client.pool_id.clone(),
        client_id: client.id.clone(),
        sub: who.sub.clone(),
        redirect_uri: grant.redirect_uri.to_owned(),
        scope: grant.scope.to_owned(),
        nonce: grant.nonce.map(str::to_owned),
        code_challenge: grant.code_challenge.map(str::to_owned),
        resource: grant.resource.map(str::to_owned),
        auth_time: who.auth_time,
        device_key: who.device_key.clone(),
        methods: who.methods.clone(),
        acr: grant.acr.map(str::to_owned),
        expires_at: ctx.now.plus(CODE_VALIDITY),
        metadata_url: client.metadata_url.clone(),
        origin_jti: ctx.uuid(),
    };
    let mut write = ctx.store().write().await?;
    write.authorization_codes().insert(&kept).await?;
    keep_origin(ctx, &mut write, pool, &kept.origin_jti, who, grant).await?;
    write.commit().await?;
    Ok(code)
}

/// Uses a code up. None for a code that this client may not use, or not any more, or not with this
/// redirect URI or verifier. (unsure) What a code made lives on when the code comes a second time,
/// against RFC 6749 §4.1.2: apps that exchange twice, as React's StrictMode makes them, work on
/// AWS.
async fn redeem(
    ctx: &Ctx,
    pool: &Pool,
    client: &Client,
    code: &str,
    redirect_uri: &str,
    verifier: Option<&str>,
) -> Result<Option<Redeemed>> {
    let found = {
        let mut read = ctx.store().read().await?;
        read.users().find_by_code(&base64url_sha256(code)).await?
    };
    let Some(found) = found else {
        ctx.note_reason("nobody knows the code");
        ctx.note_why(
            "There is no such authorization code: it is not one of this server, or it is days old.",
        );
        return Ok(None);
    };
    let (kept, user) = (found.code, found.user);
    let is_of_client = client.is_known_as(&kept.client_id, kept.metadata_url.as_deref());
    let fault = if !is_of_client || kept.pool_id != pool.id {
        Some(CodeFault::OtherClient)
    } else if found.is_used {
        Some(CodeFault::Used)
    } else if !user.enabled {
        Some(CodeFault::UserDisabled)
    } else if kept.expires_at <= ctx.now {
        Some(CodeFault::Expired)
    } else if kept.redirect_uri != redirect_uri {
        Some(CodeFault::OtherRedirectUri)
    } else if !is_verified(kept.code_challenge.as_deref(), verifier) {
        Some(CodeFault::NotVerified)
    } else {
        None
    };
    if let Some(fault) = fault {
        ctx.note_reason(fault.reason());
        let sent = (redirect_uri, verifier);
        ctx.note_why(why_not_redeemed(ctx, fault, &kept, client, sent));
        return Ok(None);
    }
    let mut family = issue_tokens::new_family(ctx, client, &user, &kept.scope);
    family.origin_jti = kept.origin_jti;
    family.auth_time = kept.auth_time;
    family.resource = kept.resource;
    family.device_key = kept.device_key;
    family.methods = kept.methods;
    family.acr = kept.acr;
    match ctx.store().write_once().await.begin_family(&family).await {
        Ok(true) => Ok(Some(Redeemed {
            family,
            user,
            groups: found.groups,
            nonce: kept.nonce,
        })),
        // A parallel request was faster, so this is a second use, too. Or the user is gone since.
        Ok(false) | Err(Error::UserNotFound) => {
            ctx.note_reason(CodeFault::Used.reason());
            ctx.note_why(
                "The code was used before, by a request that came at the same time; or its user \
                 was deleted meanwhile.",
            );
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// For the developer: what the code was made for.
fn why_not_redeemed(
    ctx: &Ctx,
    fault: CodeFault,
    kept: &AuthorizationCode,
    client: &Client,
    (redirect_uri, verifier): (&str, Option<&str>),
) -> String {
    match fault {
        CodeFault::OtherClient if kept.client_id != client.id => format!(
            "The authorization code was issued to the app client {}, and the request comes from \
             {}.",
            kept.client_id, client.id
        ),
        CodeFault::OtherClient => "The code was made for another client.".to_owned(),
        CodeFault::Used => "The code was used before.".to_owned(),
        CodeFault::UserDisabled => "The user is disabled.".to_owned(),
        CodeFault::Expired => format!(
            "The authorization code expired at {}, and by the server's clock it is {}; codes last \
             5 minutes.",
            kept.expires_at.rfc3339(),
            ctx.now.rfc3339()
        ),
        CodeFault::OtherRedirectUri => format!(
            "The authorization code was issued with the redirect_uri {}, and the request has {}.",
            without_query(&kept.redirect_uri),
            without_query(redirect_uri)
        ),
        CodeFault::NotVerified if verifier.unwrap_or_default().is_empty() => {
            "The authorization request had a code_challenge, and this one has no code_verifier."
                .to_owned()
        }
        CodeFault::NotVerified => {
            "code_verifier is not the one whose SHA-256, as base64url without padding, is the \
             code_challenge of the authorization request."
                .to_owned()
        }
    }
}

/// What a client gets for a code.
pub struct CodeTokens {
    pub tokens: Tokens,
    pub refresh_token: String,
}

/// Exchanges a code: uses it up ([`redeem`]) and signs the tokens that it stands for.
pub async fn exchange_code(
    ctx: &Ctx,
    pool: &Pool,
    client: &Client,
    code: &str,
    redirect_uri: &str,
    verifier: Option<&str>,
) -> Result<Option<CodeTokens>> {
    let Some(redeemed) = redeem(ctx, pool, client, code, redirect_uri, verifier).await? else {
        return Ok(None);
    };
    ctx.note_username(&redeemed.user.username);
    let issuance = Issuance::Hosted {
        nonce: redeemed.nonce.as_deref(),
    };
    let request = TokenRequest {
        groups: Some(redeemed.groups),
        ..TokenRequest::new(&redeemed.user, &redeemed.family, issuance)
    };
    let tokens = issue_tokens::sign(ctx, pool, client, request).await?;
    let refresh_token = issue_tokens::refresh_token(ctx, &redeemed.family, true)?;
    Ok(Some(CodeTokens {
        tokens,
        refresh_token,
    }))
}

/// The tokens of the implicit grant, for which there is no refresh token.
pub async fn issue_implicit(
    ctx: &Ctx,
    pool: &Pool,
    client: &Client,
    who: &Authenticated,
    grant: Grant<'_>,
) -> Result<Tokens> {
    let user = ctx
        .store()
        .read()
        .await?
        .users()
        .find_by_sub(&pool.id, &who.sub)
        .await?
        .ok_or(Error::UserNotFound)?;
    let mut family = issue_tokens::new_family(ctx, client, &user, grant.scope);
    family.auth_time = who.auth_time;
    family.resource = grant.resource.map(str::to_owned);
    family.device_key = who.device_key.clone();
    family.methods = who.methods.clone();
    family.acr = grant.acr.map(str::to_owned);
    // There is no refresh token, so the family lives as long as its access token.
    family.expires_at = ctx.now.plus(client.access_token_validity());
    let mut write = ctx.store().write().await?;
    write.families().insert(&family).await?;
    keep_origin(ctx, &mut write, pool, &family.origin_jti, who, grant).await?;
    write.commit().await?;
    let issuance = Issuance::Hosted { nonce: grant.nonce };
    let request = TokenRequest::new(&user, &family, issuance);
    issue_tokens::sign(ctx, pool, client, request).await
}

/// Stores through which browser's session the tokens were issued, if the pool tracks sessions.
async fn keep_origin(
    ctx: &Ctx,
    write: &mut Write<'_>,
    pool: &Pool,
    origin_jti: &str,
    who: &Authenticated,
    grant: Grant<'_>,
) -> Result<()> {
    if pool.token_sessions.is_none() {
        return Ok(());
    }
    write
        .token_sessions()
        .insert_origin(origin_jti, grant.browser_session, &who.sub, ctx.now)
        .await
}

/// Whether the verifier is the one behind the challenge (RFC 7636 §4.6). Its length is not
/// enforced: a library that is made for Cognito alone sends some that are shorter than the RFC's 43
/// characters (strong inference). (unsure) Without a challenge a verifier is ignored.
fn is_verified(challenge: Option<&str>, verifier: Option<&str>) -> bool {
    let Some(challenge) = challenge else {
        return true;
    };
    verifier
        .filter(|verifier| !verifier.is_empty())
        .is_some_and(|verifier| {
            let computed = base64url_sha256(verifier);
            verify_slices_are_equal(computed.as_bytes(), challenge.as_bytes()).is_ok()
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verifier_fits_its_challenge_and_no_other() {
        // RFC 7636, appendix B.
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        assert!(is_verified(Some(challenge), Some(verifier)));
        assert!(is_verified(None, None) && is_verified(None, Some(verifier)));
        for wrong in [
            None,
            Some(""),
            Some(challenge),
            Some(&verifier[1..]),
            Some("EBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
        ] {
            assert!(!is_verified(Some(challenge), wrong), "{wrong:?}");
        }
        for text in ["s", "short", &"x".repeat(200)] {
            assert!(is_verified(Some(&base64url_sha256(text)), Some(text)));
        }
        assert!(!is_verified(Some(&base64url_sha256("")), Some("")));
    }
}
