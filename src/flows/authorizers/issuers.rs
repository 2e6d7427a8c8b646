//! Who made a token: whether its issuer is one that is trusted, and whether that issuer signed it.
//!
//! A user pool's keys are at hand. Those of other issuers are fetched once and kept for two hours,
//! as API Gateway keeps them; a key that is unknown is looked for again, at most once a minute, so
//! that a provider in a container may start anew.

use std::sync::Arc;
use std::time::Duration;

use jsonwebtoken::jwk::{AlgorithmParameters, Jwk, KeyAlgorithm, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::de::IgnoredAny;
use serde_json::Value;

use super::jwt::{PresentedJwt, told};
use super::refusal::{Checked, RefusalKind, listed, refuse};
use crate::app::{Ctx, Issuer};
use crate::domain::apis::JwtIssuer;
use crate::error::{Error, Result};
use crate::flows::federate::fault::{RoundFault, RoundStep};
use crate::flows::federate::{CLOCK_SKEW, key_set, keys_of_issuer};
use crate::keys::TokenFault;
use crate::store::Pool;

/// How long keys are kept.
const KEYS_COUNT: Duration = Duration::from_secs(2 * 3_600);

/// How soon an unknown key is looked for again.
const LOOK_AGAIN: Duration = Duration::from_secs(60);

/// What a load balancer takes of a key set.
const LARGEST_KEY_SET: usize = 150_000;
const MOST_KEYS: usize = 10;

const NO_KID: &str = "the token's header does not say by which key it is signed (kid)";

/// How a token may be signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Algorithms {
    Rs256,
    /// All that have RSA keys.
    Rsa,
}

impl Algorithms {
    fn named(self, name: &str) -> Checked<Algorithm> {
        Ok(match (self, name) {
            (_, "RS256") => Algorithm::RS256,
            (Self::Rsa, "RS384") => Algorithm::RS384,
            (Self::Rsa, "RS512") => Algorithm::RS512,
            (Self::Rsa, "PS256") => Algorithm::PS256,
            (Self::Rsa, "PS384") => Algorithm::PS384,
            (Self::Rsa, "PS512") => Algorithm::PS512,
            (expected, other) => {
                let (algorithm, expected) = (told(other), expected.name());
                let reason =
                    format!("the token's algorithm is {algorithm}, where {expected} is expected");
                return refuse(RefusalKind::Signature, reason);
            }
        })
    }

    fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Rsa => "one with RSA keys",
        }
    }
}

/// Whose token it turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trusted {
    OfPool,
    OfStranger,
}

impl Trusted {
    /// How far the issuer's clock may be ahead of ours. That of our pools is ours.
    pub fn clock_skew(self) -> Duration {
        match self {
            Self::OfPool => Duration::ZERO,
            Self::OfStranger => CLOCK_SKEW,
        }
    }
}

/// That the token is of one of these pools. Its claims can be trusted then, but for their times.
pub(super) async fn check_pool(
    ctx: &Ctx,
    jwt: &PresentedJwt<'_>,
    trusted: &[String],
) -> Checked<()> {
    let issuer = jwt.issuer()?;
    let named = last_part(issuer);
    if !trusted.iter().any(|id| id == named) {
        return refuse(RefusalKind::Issuer, stranger(ctx, issuer, trusted).await?);
    }
    let pool = existing(ctx, named).await?;
    check_issuer(ctx, issuer, &pool)?;
    check_by_pool(ctx, jwt, &pool).await
}

/// The same of any issuer.
pub(super) async fn check_any(
    ctx: &Ctx,
    jwt: &PresentedJwt<'_>,
    trusted: &JwtIssuer,
    algorithms: Algorithms,
) -> Checked<Trusted> {
    match pool_of(ctx, trusted).await? {
        Some(pool) => {
            let issuer = jwt.issuer()?;
            if last_part(issuer) != pool.id {
                let trusted = std::slice::from_ref(&pool.id);
                return refuse(RefusalKind::Issuer, stranger(ctx, issuer, trusted).await?);
            }
            check_issuer(ctx, issuer, &pool)?;
            check_by_pool(ctx, jwt, &pool).await?;
            Ok(Trusted::OfPool)
        }
        None => {
            let (JwtIssuer::Pool(issuer) | JwtIssuer::Url(issuer)) = trusted;
            check_named(jwt, issuer)?;
            let algorithm = algorithms.named(&jwt.algorithm)?;
            let kid = kid(jwt)?;
            let keys = known_keys(ctx, issuer, kid).await?;
            check_by_set(jwt, algorithm, kid, &keys)?;
            Ok(Trusted::OfStranger)
        }
    }
}

/// The same, by the keys at this address, as a load balancer takes them.
pub(super) async fn check_by_keys(
    ctx: &Ctx,
    jwt: &PresentedJwt<'_>,
    trusted: &JwtIssuer,
    url: &str,
) -> Checked<Trusted> {
    match pool_of(ctx, trusted).await? {
        Some(pool) if ctx.app.is_issuer(&pool, jwt.issuer()?) => {}
        Some(pool) => check_named(jwt, &ctx.app.issuer(&pool))?,
        None => {
            let (JwtIssuer::Pool(issuer) | JwtIssuer::Url(issuer)) = trusted;
            check_named(jwt, issuer)?;
        }
    }
    let algorithm = Algorithms::Rs256.named(&jwt.algorithm)?;
    let kid = kid(jwt)?;
    let keys = keys_of_endpoint(ctx, url, kid).await?;
    check_by_set(jwt, algorithm, kid, &keys)?;
    Ok(Trusted::OfStranger)
}

/// The pool whose tokens are meant: by its id, or by its issuer in either mode.
async fn pool_of(ctx: &Ctx, trusted: &JwtIssuer) -> Checked<Option<Arc<Pool>>> {
    match trusted {
        JwtIssuer::Pool(id) => existing(ctx, id).await.map(Some),
        JwtIssuer::Url(url) => {
            let pool = find(ctx, last_part(url)).await?;
            Ok(pool.filter(|pool| ctx.app.is_issuer_of_any_mode(pool, url)))
        }
    }
}

fn last_part(issuer: &str) -> &str {
    issuer.rsplit('/').next().unwrap_or_default()
}

fn kid<'j>(jwt: &'j PresentedJwt<'_>) -> Checked<&'j str> {
    match &jwt.kid {
        Some(kid) => Ok(kid),
        None => refuse(RefusalKind::Signature, NO_KID),
    }
}

/// A pool that an authorizer names.
async fn existing(ctx: &Ctx, id: &str) -> Checked<Arc<Pool>> {
    match find(ctx, id).await? {
        Some(pool) => {
            ctx.note_pool(&pool.id);
            Ok(pool)
        }
        None => {
            let id = told(id);
            let reason = format!("the user pool {id}, which the authorizer names, is not there");
            refuse(RefusalKind::Configuration, reason)
        }
    }
}

fn check_named(jwt: &PresentedJwt<'_>, expected: &str) -> Checked<()> {
    let issuer = jwt.issuer()?;
    if issuer == expected {
        return Ok(());
    }
    let reason = format!(
        "a token of the issuer {}, where {expected} is expected",
        told(issuer)
    );
    refuse(RefusalKind::Issuer, reason)
}

/// Whether this is the issuer of the pool's tokens, in the mode in which the server runs.
fn check_issuer(ctx: &Ctx, issuer: &str, pool: &Pool) -> Checked<()> {
    if ctx.app.is_issuer(pool, issuer) {
        return Ok(());
    }
    let own = ctx.app.issuer(pool);
    let is_other_mode = ctx.app.is_issuer_of_any_mode(pool, issuer);
    let reason = if is_other_mode {
        let (other, mode) = match ctx.app.settings.issuer {
            Issuer::Local => ("aws", "local"),
            Issuer::Aws => ("local", "aws"),
        };
        format!(
            "the token is of the other issuer mode: its issuer is {issuer}, as with --issuer \
             {other}, but this server runs with --issuer {mode}, so that {own} is expected"
        )
    } else {
        let issuer = told(issuer);
        format!("a token of the issuer {issuer}, where {own} is expected")
    };
    refuse(RefusalKind::Issuer, reason)
}

/// Why this issuer is none of the pools'.
async fn stranger(ctx: &Ctx, issuer: &str, trusted: &[String]) -> Result<String> {
    let expected = match trusted {
        [one] => format!("one of the user pool {one}"),
        several => format!("one of the user pools {}", listed(several)),
    };
    Ok(match find(ctx, last_part(issuer)).await? {
        Some(pool) => {
            let id = &pool.id;
            format!("a token of the user pool {id}, where {expected} is expected")
        }
        None => {
            let issuer = told(issuer);
            format!("a token of the issuer {issuer}, where {expected} is expected")
        }
    })
}

/// By one of the pool's keys, as its JWKS lists them: RS256 is theirs.
async fn check_by_pool(ctx: &Ctx, jwt: &PresentedJwt<'_>, pool: &Pool) -> Checked<()> {
    Algorithms::Rs256.named(&jwt.algorithm)?;
    let kid = kid(jwt)?;
    let keys = ctx.keys(pool).await?;
    let Some(token_use) = keys.use_of(kid) else {
        return refuse(RefusalKind::Signature, unknown_key(kid));
    };
    // The claims were read from the same bytes.
    match keys.verify::<IgnoredAny>(jwt.token, token_use) {
        Ok(_) => Ok(()),
        // It may be right in all that a gateway looks at: a REST API's knows no `nbf`.
        Err(TokenFault::NoKey) => refuse(RefusalKind::Signature, NO_KEY),
        Err(TokenFault::Forged) => refuse(RefusalKind::Signature, FORGED),
        Err(TokenFault::Malformed) => refuse(RefusalKind::Malformed, "the token is malformed"),
    }
}

const NO_KEY: &str = "the token was made by /_mocknito/tokens with a defect or with claims of its \
                      own, to test other verifiers with: it is no key to anything here";

const FORGED: &str = "the token's signature is not its issuer's: the token was changed, or made \
                      elsewhere";

fn unknown_key(kid: &str) -> String {
    let kid = told(kid);
    format!("the token is signed by the key {kid} (kid), which is none of its issuer's keys")
}

/// By the key of the set that has this `kid`.
fn check_by_set(
    jwt: &PresentedJwt<'_>,
    algorithm: Algorithm,
    kid: &str,
    keys: &[Jwk],
) -> Checked<()> {
    let named = KeyAlgorithm::from(algorithm);
    let fits = |key: &&Jwk| {
        let common = &key.common;
        matches!(key.algorithm, AlgorithmParameters::RSA(_))
            && !matches!(common.public_key_use, Some(PublicKeyUse::Encryption))
            && common.key_algorithm.is_none_or(|says| says == named)
    };
    let has_kid = |key: &&Jwk| key.common.key_id.as_deref() == Some(kid);
    let mut validation = Validation::new(algorithm);
    // The library would ask the machine's clock; ours may have been moved.
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation.required_spec_claims.clear();
    let mut candidates = keys.iter().filter(has_kid).filter(fits).peekable();
    if candidates.peek().is_none() {
        return refuse(RefusalKind::Signature, unknown_key(kid));
    }
    let holds = candidates.any(|key| {
        DecodingKey::from_jwk(key).is_ok_and(|key| {
            jsonwebtoken::decode::<IgnoredAny>(jwt.token, &key, &validation).is_ok()
        })
    });
    if holds {
        Ok(())
    } else {
        refuse(RefusalKind::Signature, FORGED)
    }
}

/// The keys of an issuer that is not ours.
async fn known_keys(ctx: &Ctx, issuer: &str, kid: &str) -> Checked<Arc<Vec<Jwk>>> {
    if let Some(keys) = kept_keys(ctx, issuer, kid) {
        return Ok(keys);
    }
    match keys_of_issuer(ctx, issuer).await {
        Ok(keys) => Ok(keep_keys(ctx, issuer, keys)),
        Err(fault) => unreachable_keys(issuer, &fault),
    }
}

fn unreachable_keys<T>(issuer: &str, fault: &RoundFault) -> Checked<T> {
    let kind = match fault.step() {
        RoundStep::Keys => RefusalKind::Keys,
        _ => RefusalKind::Discovery,
    };
    let reason = format!(
        "the keys of the issuer {issuer} cannot be had: {}",
        fault.reason()
    );
    refuse(kind, reason)
}

/// The keys at an address. A load balancer takes sets of a limited size.
async fn keys_of_endpoint(ctx: &Ctx, url: &str, kid: &str) -> Checked<Arc<Vec<Jwk>>> {
    if let Some(keys) = kept_keys(ctx, url, kid) {
        return Ok(keys);
    }
    let refused = |why: String| {
        let reason = format!("the keys at {url} cannot be had: {why}");
        refuse(RefusalKind::Keys, reason)
    };
    let document = match ctx.app.http_client.document(url, LARGEST_KEY_SET).await {
        Ok(document) if document.status == 200 => document,
        Ok(document) => return refused(format!("the answer is {}", document.status)),
        Err(no_answer) => return refused(no_answer.to_string()),
    };
    let Ok(document) = serde_json::from_slice::<Value>(&document.body) else {
        return refused("the answer is no JSON".to_owned());
    };
    let number = document["keys"].as_array().map_or(0, Vec::len);
    if number > MOST_KEYS {
        let reason = format!("there are {number} of them, and a load balancer takes {MOST_KEYS}");
        return refused(reason);
    }
    Ok(keep_keys(ctx, url, key_set(&document)))
}

/// Keys that are kept, unless the one that is wanted may have come since.
fn kept_keys(ctx: &Ctx, place: &str, kid: &str) -> Option<Arc<Vec<Jwk>>> {
    let (keys, since) = ctx.app.authorizers.keys.find(place, ctx.now)?;
    let has = keys
        .iter()
        .any(|key| key.common.key_id.as_deref() == Some(kid));
    (has || since.lasts(LOOK_AGAIN, ctx.now)).then_some(keys)
}

fn keep_keys(ctx: &Ctx, place: &str, keys: Vec<Jwk>) -> Arc<Vec<Jwk>> {
    let keys = Arc::new(keys);
    let memory = &ctx.app.authorizers.keys;
    memory.keep(place.to_owned(), keys.clone(), ctx.now, KEYS_COUNT);
    keys
}

async fn find(ctx: &Ctx, id: &str) -> Result<Option<Arc<Pool>>> {
    match ctx.store().pool(id).await {
        Ok(pool) => Ok(Some(pool)),
        Err(Error::PoolNotFound { .. }) => Ok(None),
        Err(other) => Err(other),
    }
}
