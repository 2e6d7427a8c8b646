//! MFA_SETUP: a user of whom a second factor is demanded, and who has none, sets one up before
//! anything else.
//!
//! An authenticator app takes three steps: AssociateSoftwareToken draws a secret,
//! VerifySoftwareToken takes its first code, and the answer to the challenge goes on; each has the
//! session that the one before gave. An e-mail address takes two: the answer to the challenge names
//! it, and that to EMAIL_OTP proves it. Nobody who has got a factor meanwhile can set up another
//! one this way.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::next::{self, Reached};
use super::session::{Asked, Progress, Session};
use super::{Entrance, Outcome, Parameters, Visit, mfa, one_time_code};
use crate::app::Ctx;
use crate::domain::mfa::Demand;
use crate::domain::{attributes, usernames};
use crate::error::{Error, Result};
use crate::flows::challenge::OneTime;
use crate::flows::{second_factors, software_tokens, users};
use crate::keys::totp;
use crate::store::{Method, MfaFactor, User};
use crate::wire::user_pools::ChallengeNameType;

/// How far a set-up has come.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum SetUp {
    Begun,
    /// An app's secret, Base64.
    Drawn {
        secret: String,
    },
    Done,
}

/// `factors` are those that the pool has (documented: "the MFA types activated for the user pool"),
/// SMS among them although it cannot be set up here.
pub(super) async fn ask(
    visit: Visit<'_>,
    mut reached: Reached,
    factors: &[MfaFactor],
) -> Result<Outcome> {
    reached.spend(visit).await?;
    let Reached { user, progress, .. } = reached;
    let parameters = BTreeMap::from([
        ("MFAS_CAN_SETUP".to_owned(), mfa::names(factors)?),
        ("USER_ID_FOR_SRP".to_owned(), user.username.clone()),
    ]);
    let session = Session::begin(visit, &user, Asked::SetUp(SetUp::Begun), progress)?;
    Ok(Outcome::Challenge {
        name: ChallengeNameType::MfaSetup,
        parameters,
        session: Some(session),
        available: Vec::new(),
    })
}

/// AssociateSoftwareToken with a session: gives the secret as it is typed into an app, and the next
/// session.
pub async fn associate_software_token(
    ctx: &Ctx,
    entrance: Entrance,
    sealed: &str,
) -> Result<(String, String)> {
    let (pool, client) = ctx.client(&Session::client_id(ctx, sealed)?).await?;
    let visit = Visit {
        ctx,
        pool: &pool,
        client: &client,
        entrance,
        given: &Parameters::default(),
    };
    let session = Session::open(visit, Some(sealed)).await?;
    let (Asked::SetUp(SetUp::Begun) | Asked::SetUp(SetUp::Drawn { .. })) = session.asked else {
        return Err(Error::SessionInvalid);
    };
    let user = session.its_user(visit).await?;
    software_tokens::check_enabled(&pool)?;
    check_still_demanded(visit, &user).await?;
    let secret = software_tokens::draw(ctx);
    let asked = Asked::SetUp(SetUp::Drawn {
        secret: STANDARD.encode(secret),
    });
    session.once.spend_alone(visit.ctx).await?;
    let next = Session::begin(visit, &user, asked, session.progress)?;
    Ok((totp::text(&secret), next))
}

/// VerifySoftwareToken with a session: the app is the user's second factor from now on. Gives the
/// session that answers MFA_SETUP.
pub async fn verify_software_token(
    ctx: &Ctx,
    entrance: Entrance,
    sealed: &str,
    code: &str,
    name: Option<&str>,
) -> Result<String> {
    let (pool, client) = ctx.client(&Session::client_id(ctx, sealed)?).await?;
    let visit = Visit {
        ctx,
        pool: &pool,
        client: &client,
        entrance,
        given: &Parameters::default(),
    };
    let session = Session::open(visit, Some(sealed)).await?;
    let secret = match &session.asked {
        Asked::SetUp(SetUp::Drawn { secret }) => STANDARD.decode(secret).unwrap_or_default(),
        Asked::SetUp(SetUp::Begun) => return Err(Error::SoftwareTokenNotSetUp),
        _ => return Err(Error::SessionInvalid),
    };
    let secret = secret.try_into().map_err(|_| Error::SessionInvalid)?;
    let user = session.its_user(visit).await?;
    software_tokens::check_enabled(&pool)?;
    check_still_demanded(visit, &user).await?;
    let step = software_tokens::first_step(ctx, &pool, &user, &secret, code).await?;

    let mut write = ctx.store().write().await?;
    session.once.spend(&mut write).await?;
    let mut user = second_factors::still_there(&mut write, &pool, &user.sub).await?;
    // Asked again where nobody can come between.
    if write
        .software_tokens()
        .find(&user.sub)
        .await?
        .is_some_and(|token| token.secret.is_some())
    {
        return Err(Error::SessionInvalid);
    }
    software_tokens::keep(ctx, &mut write, &user, &secret, (name, step)).await?;
    // The next sign-in asks for it without SetUserMFAPreference (as verified on AWS).
    user.mfa.set(MfaFactor::SoftwareToken, true);
    user.updated_at = ctx.now;
    write.users().update(&user).await?;
    write.commit().await?;
    Session::begin(visit, &user, Asked::SetUp(SetUp::Done), session.progress)
}

/// The answer to MFA_SETUP.
pub(super) async fn answer(visit: Visit<'_>, sealed: Option<&str>) -> Result<Outcome> {
    visit.username()?;
    let session = Session::open(visit, sealed).await?;
    let Asked::SetUp(set_up) = &session.asked else {
        return Err(Error::SessionInvalid);
    };
    let user = session.user(visit).await?;
    match (set_up, visit.given.get("EMAIL")) {
        (SetUp::Done, _) => {
            let progress = session.progress.on_device(visit);
            let reached =
                Reached::second(user, Method::SoftwareToken, progress, Some(session.once));
            next::proceed(visit, reached).await
        }
        (_, Some(address)) => {
            if !visit.pool.has_factor(MfaFactor::Email) {
                return Err(Error::AnswerInvalid {
                    answer: MfaFactor::Email.as_str().to_owned(),
                });
            }
            check_still_demanded(visit, &user).await?;
            // What could not be written later is refused now.
            with_address(visit, user.clone(), address)?;
            let (progress, used) = (session.progress, &session.once);
            one_time_code::ask_set_up(visit, &user, progress, address, used).await
        }
        (_, None) => Err(Error::SoftwareTokenNotSetUp),
    }
}

/// The code that went to the address was right: it is the user's, verified, and e-mail the second
/// factor.
pub(super) async fn finish_email(
    visit: Visit<'_>,
    user: &User,
    progress: Progress,
    address: &str,
    used: OneTime,
) -> Result<Outcome> {
    let Visit { ctx, pool, .. } = visit;
    check_still_demanded(visit, user).await?;
    let mut write = ctx.store().write().await?;
    used.spend(&mut write).await?;
    let user = second_factors::still_there(&mut write, pool, &user.sub).await?;
    let held_before = usernames::held(pool, &user);
    let mut user = with_address(visit, user, address)?;
    user.attributes
        .insert("email_verified".to_owned(), "true".to_owned());
    user.mfa.set(MfaFactor::Email, true);
    user.updated_at = ctx.now;
    users::save(&mut write, pool, &held_before, &user).await?;
    write.commit().await?;
    let reached = Reached::second(user, Method::Email, progress, None);
    next::proceed(visit, reached).await
}

/// The user with this address; a verified one is not replaced by another.
fn with_address(visit: Visit<'_>, mut user: User, address: &str) -> Result<User> {
    if user.attributes.get("email").map(String::as_str) == Some(address) {
        return Ok(user);
    }
    let verified = user.attributes.get("email_verified");
    if verified.is_some_and(|flag| flag == "true") {
        return Err(Error::AlreadyProvidedEmail);
    }
    let change = [("email".to_owned(), address.to_owned())];
    attributes::apply_user_writes(visit.pool, visit.client, &mut user, change)?;
    Ok(user)
}

/// Refuses who has a second factor by now: a session from before must not add another one.
async fn check_still_demanded(visit: Visit<'_>, user: &User) -> Result<()> {
    match second_factors::demand(visit.ctx, visit.pool, user).await? {
        Demand::SetUp(_) => Ok(()),
        _ => Err(Error::SessionInvalid),
    }
}
