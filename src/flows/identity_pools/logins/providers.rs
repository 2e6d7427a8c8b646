//! Logins by tokens of OpenID Connect providers and of the social networks.
//!
//! There is no IAM here that would know such providers: those of the user pools are taken, with
//! whatever was configured for them there (the pretend providers among them). An OpenID Connect
//! provider that no user pool has is asked at its own address. Not here: SAML (`saml.rs`).

use super::handed_in::HandedIn;
use crate::app::Ctx;
use crate::domain::federation::{self, Claims};
use crate::domain::identity_pools::{VerifiedLogin, without_scheme};
use crate::error::{Error, Result};
use crate::flows::federate::{known, relying_party};
use crate::store::IdentityProvider;
use crate::wire::user_pools::{IdentityProviderType, IdentityProviderTypeType as Kind};

/// The token of a provider whose name is its address without the scheme.
pub(super) async fn verify_oidc(
    ctx: &Ctx,
    address: &str,
    arn: &str,
    token: &str,
) -> Result<VerifiedLogin> {
    let handed_in = HandedIn::read(token)?;
    let known = known(ctx, |provider| {
        let issuer = provider.detail("oidc_issuer").map(without_scheme);
        provider.kind() == Kind::Oidc && issuer == Some(address)
    });
    let mut candidates = known.await?;
    if candidates.is_empty() {
        candidates.push(at_its_address(ctx, address));
    }
    // Any client of the provider will do: which of them are the operator's is IAM's to know.
    let client = handed_in.client()?.to_owned();
    let claims = verify_by_one_of(ctx, &candidates, &handed_in, token).await?;
    login(address, arn, &client, "sub", claims)
}

/// The token of a social network, for one of the apps that the identity pool names.
pub(super) async fn verify_social(
    ctx: &Ctx,
    name: &str,
    apps: &str,
    token: &str,
) -> Result<VerifiedLogin> {
    let kind = match name {
        "accounts.google.com" => Kind::Google,
        "appleid.apple.com" => Kind::SignInWithApple,
        "graph.facebook.com" => Kind::Facebook,
        "www.amazon.com" => Kind::LoginWithAmazon,
        // Twitter and Digits: their tokens are no OAuth 2.0, and the services are gone.
        _ => return Err(Error::LoginNotVerifiable),
    };
    // (unsure) Several apps are separated somehow: documented are commas for Amazon and
    // semicolons for Google.
    let apps: Vec<&str> = apps.split([',', ';', ' ']).collect();
    let candidates = known(ctx, |provider| {
        let client = provider.detail("client_id");
        provider.kind() == kind && client.is_some_and(|client| apps.contains(&client))
    });
    let candidates = candidates.await?;
    if candidates.is_empty() {
        return Err(Error::LoginNotVerifiable);
    }
    if matches!(kind, Kind::Facebook | Kind::LoginWithAmazon) {
        return verify_by_profile(ctx, name, &candidates, token).await;
    }
    let handed_in = HandedIn::read(token)?;
    let client = handed_in.client()?.to_owned();
    if !apps.contains(&client.as_str()) {
        return Err(Error::LoginNotSupported);
    }
    let claims = verify_by_one_of(ctx, &candidates, &handed_in, token).await?;
    login(name, name, &client, "sub", claims)
}

/// The claims of an ID token that one of these signed. Their addresses are the same; their keys
/// may differ, since each user pool has pretend providers of its own.
async fn verify_by_one_of(
    ctx: &Ctx,
    candidates: &[IdentityProvider],
    handed_in: &HandedIn,
    token: &str,
) -> Result<Claims> {
    let issuers = candidates
        .iter()
        .filter_map(|one| one.detail("oidc_issuer"));
    let issuers: Vec<String> = issuers.map(str::to_owned).collect();
    handed_in.check_issuer(|issuer| issuers.iter().any(|one| one == issuer))?;
    handed_in.check_expiry(ctx.now)?;
    check_algorithm(token)?;
    let mut refused = Error::LoginNotVerifiable;
    for provider in candidates {
        match relying_party::check_signed(ctx, provider, token).await {
            Ok(Some(claims)) => return Ok(claims),
            Ok(None) => {}
            Err(Error::IdTokenRefused { .. } | Error::IdTokenIssuer { .. }) => {
                refused = Error::LoginSignature;
            }
            Err(
                Error::ProviderUnreachable { .. }
                | Error::ProviderAnswerMalformed { .. }
                | Error::PoolNotFound { .. },
            ) => {}
            Err(other) => return Err(other),
        }
    }
    Err(refused)
}

/// Only RSA signatures count in identity pools.
fn check_algorithm(token: &str) -> Result<()> {
    use jsonwebtoken::Algorithm;
    match jsonwebtoken::decode_header(token).map(|header| header.alg) {
        Ok(Algorithm::RS256 | Algorithm::RS384 | Algorithm::RS512) => Ok(()),
        _ => Err(Error::LoginSignature),
    }
}

/// A token that says nothing itself: the provider is asked for whom it stands. Only the pretend
/// providers tell apart tokens of different apps; the real ones would have to be asked in a way of
/// their own, so that a token of anybody's app must not count.
async fn verify_by_profile(
    ctx: &Ctx,
    name: &str,
    candidates: &[IdentityProvider],
    token: &str,
) -> Result<VerifiedLogin> {
    for provider in candidates {
        if let Some(claims) = relying_party::pretended_profile(ctx, provider, token).await? {
            let client = provider.detail("client_id").unwrap_or_default();
            let subject = federation::own_subject(provider.kind()).unwrap_or("sub");
            return login(name, name, client, subject, claims);
        }
    }
    Err(Error::LoginNotVerifiable)
}

fn login(
    provider: &str,
    mapping: &str,
    client: &str,
    subject: &str,
    claims: Claims,
) -> Result<VerifiedLogin> {
    let subject = claims.get(subject).and_then(federation::text);
    let subject = subject.ok_or(Error::LoginClaimMissing { claim: "sub" })?;
    Ok(VerifiedLogin {
        // (unsure) Captured is only the form of user pools and of developer providers.
        amr: format!("{provider}:{client}:{subject}"),
        provider: provider.to_owned(),
        mapping: mapping.to_owned(),
        subject,
        claims,
    })
}

/// An OpenID Connect provider of which nothing is known but its address.
fn at_its_address(ctx: &Ctx, address: &str) -> IdentityProvider {
    let issuer = format!("https://{address}");
    let details = [("oidc_issuer".to_owned(), issuer)];
    IdentityProvider {
        pool_id: String::new(),
        name: address.to_owned(),
        settings: IdentityProviderType {
            provider_type: Some(Kind::Oidc),
            provider_details: Some(details.into_iter().collect()),
            ..IdentityProviderType::default()
        },
        created_at: ctx.now,
        updated_at: ctx.now,
    }
}
