//! MFA_SETUP: a user of whom a second factor is demanded, and who has none, sets one up before
//! anything else.
//!
//! An authenticator app takes three steps: AssociateSoftwareToken draws a secret,
//! VerifySoftwareToken takes its first code, and the answer to the challenge goes on; each has the
//! session that the one before gave. An e-mail address takes two: the answer to the challenge names
//! it, and that to EMAIL_OTP proves it. Nobody who has got a factor meanwhile can set up another
//! one this way.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::challenges::{Challenge, NextChallenge};
use super::one_time_code::{self, RightCode};
use super::request::{Entrance, Required, Sender, SignInRequest};
use super::session::{MfaSetUp, PendingChallenge, Progress, Session};
use super::turn::{Turn, Verified};
use crate::app::Ctx;
use crate::domain::mfa::Demand;
use crate::domain::{attributes, usernames};
use crate::error::{Error, Result};
use crate::flows::{point_in_time_recovery, second_factors, software_tokens, users};
use crate::keys::totp;
use crate::store::{Method, MfaFactor, User};

/// `factors` are those that the pool has (documented: "the MFA types activated for the user pool"),
/// SMS among them although it cannot be set up here.
pub(super) fn ask(
    request: SignInRequest<'_>,
    user: &User,
    progress: Progress,
    factors: Vec<MfaFactor>,
) -> Result<NextChallenge> {
    let challenge = Challenge::SetUpMfa {
        username: user.username.clone(),
        factors,
    };
    let pending = PendingChallenge::SetUpMfa(MfaSetUp::Begun);
    let session = Session::begin(request, user, pending, progress)?;
    Ok(NextChallenge::new(challenge, session))
}

/// An authenticator app's secret, as it is typed into the app.
pub struct DrawnToken {
    pub secret: String,
    pub session: String,
}

/// AssociateSoftwareToken with a session: gives a secret and the next session.
pub async fn associate_software_token(
    ctx: &Ctx,
    entrance: Entrance,
    sealed: &str,
) -> Result<DrawnToken> {
    let (pool, client) = ctx.client(&Session::client_id(ctx, sealed)?).await?;
    let request = SignInRequest {
        ctx,
        pool: &pool,
        client: &client,
        entrance,
        sender: &Sender::default(),
    };
    let session = Session::open(request, sealed).await?;
    point_in_time_recovery::check_not_paused(ctx, &pool.id).await?;
    let PendingChallenge::SetUpMfa(MfaSetUp::Begun | MfaSetUp::Drawn { .. }) = session.pending
    else {
        return Err(Error::SessionInvalid);
    };
    let user = session.its_user(request).await?;
    software_tokens::check_enabled(&pool)?;
    check_still_demanded(request, &user).await?;
    let secret = software_tokens::draw(ctx);
    let pending = PendingChallenge::SetUpMfa(MfaSetUp::Drawn {
        secret: STANDARD.encode(secret),
    });
    session.once.spend_alone(ctx).await?;
    Ok(DrawnToken {
        secret: totp::text(&secret),
        session: Session::begin(request, &user, pending, session.progress)?,
    })
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
    let request = SignInRequest {
        ctx,
        pool: &pool,
        client: &client,
        entrance,
        sender: &Sender::default(),
    };
    let session = Session::open(request, sealed).await?;
    point_in_time_recovery::check_not_paused(ctx, &pool.id).await?;
    let secret = match &session.pending {
        PendingChallenge::SetUpMfa(MfaSetUp::Drawn { secret }) => {
            STANDARD.decode(secret).unwrap_or_default()
        }
        PendingChallenge::SetUpMfa(MfaSetUp::Begun) => return Err(Error::SoftwareTokenNotSetUp),
        _ => return Err(Error::SessionInvalid),
    };
    let secret = secret
        .try_into()
        .map_err(|_| anyhow::anyhow!("a session that was sealed here holds no app's secret"))?;
    let user = session.its_user(request).await?;
    software_tokens::check_enabled(&pool)?;
    check_still_demanded(request, &user).await?;
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
    software_tokens::keep(ctx, &mut write, &user, &secret, name, step).await?;
    // The next sign-in asks for it without SetUserMFAPreference (as verified on AWS).
    user.mfa.set(MfaFactor::SoftwareToken, true);
    user.updated_at = ctx.now;
    write.users().update(&user).await?;
    write.commit().await?;
    let pending = PendingChallenge::SetUpMfa(MfaSetUp::Done);
    Session::begin(request, &user, pending, session.progress)
}

/// The answer to MFA_SETUP, with an address where e-mail is to be set up.
pub(super) async fn answer(
    request: SignInRequest<'_>,
    session: &Required,
    email: Option<&str>,
) -> Result<Turn> {
    let session = Session::of_answer(request, session).await?;
    let PendingChallenge::SetUpMfa(set_up) = &session.pending else {
        return Err(Error::SessionInvalid);
    };
    let user = session.user(request).await?;
    match (set_up, email) {
        (MfaSetUp::Done, _) => {
            let progress = session.progress.on_device(request);
            let progress = progress.with_second(Method::SoftwareToken)?;
            let verified = Verified::second(user, progress, Some(session.once));
            Ok(Turn::Proved(verified))
        }
        (_, Some(address)) => {
            if !request.pool.has_factor(MfaFactor::Email) {
                return Err(Error::AnswerInvalid {
                    answer: MfaFactor::Email.as_str().to_owned(),
                });
            }
            check_still_demanded(request, &user).await?;
            // What could not be written later is refused now.
            with_address(request, user.clone(), address)?;
            session.once.spend_alone(request.ctx).await?;
            let asked =
                one_time_code::ask_set_up(request, &user, session.progress, address).await?;
            Ok(Turn::Asked(asked))
        }
        (_, None) => Err(Error::SoftwareTokenNotSetUp),
    }
}

/// The code that went to the address was right: it is the user's, verified, and e-mail the second
/// factor.
pub(super) async fn finish_email(
    request: SignInRequest<'_>,
    right: RightCode,
    address: &str,
) -> Result<Turn> {
    let SignInRequest { ctx, pool, .. } = request;
    check_still_demanded(request, &right.user).await?;
    let mut write = ctx.store().write().await?;
    right.used.spend(&mut write).await?;
    let user = second_factors::still_there(&mut write, pool, &right.user.sub).await?;
    let held_before = usernames::held(pool, &user);
    let mut user = with_address(request, user, address)?;
    user.attributes
        .insert("email_verified".to_owned(), "true".to_owned());
    user.mfa.set(MfaFactor::Email, true);
    user.updated_at = ctx.now;
    users::save(&mut write, pool, &held_before, &user).await?;
    write.commit().await?;
    let progress = right.progress.with_second(Method::Email)?;
    Ok(Turn::Proved(Verified::second(user, progress, None)))
}

/// The user with this address; a verified one is not replaced by another.
fn with_address(request: SignInRequest<'_>, mut user: User, address: &str) -> Result<User> {
    if user.attributes.get("email").map(String::as_str) == Some(address) {
        return Ok(user);
    }
    let verified = user.attributes.get("email_verified");
    if verified.is_some_and(|flag| flag == "true") {
        return Err(Error::AlreadyProvided {
            name: "email".to_owned(),
        });
    }
    let change = [("email".to_owned(), address.to_owned())];
    attributes::apply_user_writes(request.pool, request.client, &mut user, change)?;
    Ok(user)
}

/// Refuses a user who has a second factor by now: a session from before must not add another one.
async fn check_still_demanded(request: SignInRequest<'_>, user: &User) -> Result<()> {
    match second_factors::demand(request.ctx, request.pool, user).await? {
        Demand::SetUp(_) => Ok(()),
        _ => Err(Error::SessionInvalid),
    }
}
