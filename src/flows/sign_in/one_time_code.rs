//! A code by e-mail or SMS: as the first factor (EMAIL_OTP and SMS_OTP of USER_AUTH), as the second
//! one (SMS_MFA, EMAIL_OTP), or to set e-mail up as the second one.
//!
//! The code's digest travels in the session: with that it ends, and a new session has a new code.
//! Wrong tries count and leave the session valid, as observed. Not here: what an address that was
//! proved is set up for (`set_up`).

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use super::attempt::CodeKind;
use super::challenges::{Challenge, CodeDelivery, NextChallenge};
use super::first_factor::pre_authentication;
use super::request::{Required, SignInRequest};
use super::session::{CodeUse, FirstProof, PendingChallenge, Progress, SentCode, Session};
use super::subject::Subject;
use super::turn::{Turn, Verified};
use super::{offers, record};
use crate::domain::destinations::{self, Destination};
use crate::domain::first_factors::FirstFactor;
use crate::domain::{messages, usernames};
use crate::error::{Error, Result};
use crate::flows::challenge::SingleUse;
use crate::flows::deliver::{self, Occasion};
use crate::flows::triggers::{self, Caller, Confirmation};
use crate::flows::{attempts, users};
use crate::store::{Method, MfaFactor, User};
use crate::wire::user_pools::{ChallengeName, UserStatusType, VerifiedAttributeType};

impl SentCode {
    fn new(request: SignInRequest<'_>, good_for: CodeUse, to: &Destination, code: &str) -> Self {
        let salt = request.ctx.uuid();
        Self {
            good_for,
            by: to.attribute,
            digest: digested(&salt, code),
            address_digest: digested(&salt, &to.address),
            salt,
        }
    }

    /// What a right one proves.
    fn method(&self) -> Method {
        match self.by {
            VerifiedAttributeType::Email => Method::Email,
            VerifiedAttributeType::PhoneNumber => Method::Sms,
        }
    }

    /// The first factor that it is, where it is one.
    fn first_factor(&self) -> FirstFactor {
        match self.by {
            VerifiedAttributeType::Email => FirstFactor::EmailOtp,
            VerifiedAttributeType::PhoneNumber => FirstFactor::SmsOtp,
        }
    }

    fn recorded_as(&self) -> ChallengeName {
        match self.good_for {
            CodeUse::FirstFactor => ChallengeName::Password,
            CodeUse::SecondFactor | CodeUse::SetUp { .. } => ChallengeName::Mfa,
        }
    }

    fn is(&self, code: &str) -> bool {
        let given = digested(&self.salt, code);
        verify_slices_are_equal(given.as_bytes(), self.digest.as_bytes()).is_ok()
    }

    /// Whether the user still has the address that it went to.
    fn went_to(&self, user: &User) -> bool {
        let address = user.attributes.get(self.by.as_str());
        address.is_some_and(|address| digested(&self.salt, address) == self.address_digest)
    }
}

fn digested(salt: &str, text: &str) -> String {
    STANDARD_NO_PAD.encode(digest(&SHA256, format!("{salt} {text}").as_bytes()))
}

/// Where the codes of a second factor go to. Refused where the user has no such address.
pub(super) fn address(user: &User, factor: MfaFactor) -> Result<Destination> {
    let attribute = match factor {
        MfaFactor::Email => VerifiedAttributeType::Email,
        _ => VerifiedAttributeType::PhoneNumber,
    };
    let address = user.attributes.get(attribute.as_str());
    Ok(Destination {
        attribute,
        address: address.cloned().ok_or_else(|| Error::MfaWithoutDelivery {
            factor: factor.as_str().to_owned(),
        })?,
    })
}

/// Sends the user a code as the second factor.
pub(super) async fn ask_second(
    request: SignInRequest<'_>,
    user: &User,
    progress: Progress,
    factor: MfaFactor,
) -> Result<NextChallenge> {
    let to = address(user, factor)?;
    send_second(request, user, progress, CodeUse::SecondFactor, to).await
}

/// Sends a code to an address with which the user wants to set e-mail up.
pub(super) async fn ask_set_up(
    request: SignInRequest<'_>,
    user: &User,
    progress: Progress,
    address: &str,
) -> Result<NextChallenge> {
    let to = Destination {
        attribute: VerifiedAttributeType::Email,
        address: address.to_owned(),
    };
    let good_for = CodeUse::SetUp {
        address: address.to_owned(),
    };
    send_second(request, user, progress, good_for, to).await
}

async fn send_second(
    request: SignInRequest<'_>,
    user: &User,
    progress: Progress,
    good_for: CodeUse,
    to: Destination,
) -> Result<NextChallenge> {
    let code = request.ctx.code();
    let sent = SentCode::new(request, good_for, &to, &code);
    let challenge = Challenge::SecondCode {
        username: user.username.clone(),
        delivery: delivery(&sent, &to),
    };
    let session = Session::begin(request, user, PendingChallenge::Code(sent), progress)?;
    send(request, user, to, code).await?;
    Ok(NextChallenge::new(challenge, session))
}

/// USER_AUTH: sends a code as the first factor. To somebody who does not exist it seems so.
pub(super) async fn ask_first(
    request: SignInRequest<'_>,
    subject: &Subject,
    by: VerifiedAttributeType,
    progress: Progress,
    available: Vec<FirstFactor>,
    used: Option<&SingleUse>,
) -> Result<Turn> {
    let (ctx, pool) = (request.ctx, request.pool);
    let to = match subject {
        Subject::Known(user) => Destination {
            attribute: by,
            address: user
                .attributes
                .get(by.as_str())
                .cloned()
                .unwrap_or_default(),
        },
        Subject::Unknown { typed, .. } => {
            destinations::simulated(&[by], typed, users::simulated_bytes(ctx, pool, typed))
        }
    };
    pre_authentication(request, subject).await?;
    if let Some(used) = used {
        used.spend_alone(request.ctx).await?;
    }
    let code = ctx.one_time_password();
    let sent = SentCode::new(request, CodeUse::FirstFactor, &to, &code);
    let challenge = Challenge::FirstCode(delivery(&sent, &to));
    let session = Session::begin_for(request, subject, PendingChallenge::Code(sent), progress)?;
    match subject {
        Subject::Known(user) => send(request, user, to, code).await?,
        Subject::Unknown { typed, .. } => deliver::simulate_message(ctx, pool, to, typed).await?,
    }
    Ok(Turn::Asked(NextChallenge {
        challenge,
        session: Some(session),
        available,
    }))
}

/// What a challenge tells of its code's way.
fn delivery(sent: &SentCode, to: &Destination) -> CodeDelivery {
    CodeDelivery {
        kind: sent.kind(),
        medium: messages::medium(to.attribute),
        destination: messages::mask(to.attribute, &to.address),
    }
}

async fn send(
    request: SignInRequest<'_>,
    user: &User,
    to: Destination,
    code: String,
) -> Result<()> {
    let SignInRequest {
        ctx, pool, client, ..
    } = request;
    let occasion = Occasion::Authentication(client);
    deliver::send_code_to(ctx, pool, user, occasion, to, code).await?;
    Ok(())
}

/// A code that was right, and whose it was. It still has to be used.
pub(super) struct RightCode {
    pub user: User,
    pub sent: SentCode,
    pub progress: Progress,
    pub used: SingleUse,
}

impl RightCode {
    /// The address that it proves, which is to be set up and no factor yet.
    pub fn sets_up(&self) -> Option<&str> {
        match &self.sent.good_for {
            CodeUse::SetUp { address } => Some(address),
            CodeUse::FirstFactor | CodeUse::SecondFactor => None,
        }
    }
}

/// The answer to SMS_MFA, EMAIL_OTP or SMS_OTP.
pub(super) async fn answer(
    request: SignInRequest<'_>,
    session: &Required,
    kind: CodeKind,
    code: &Required,
) -> Result<RightCode> {
    let session = Session::of_answer(request, session).await?;
    let PendingChallenge::Code(sent) = &session.pending else {
        return Err(Error::SessionInvalid);
    };
    if sent.kind() != kind {
        return Err(Error::SessionInvalid);
    }
    let code = code.get()?;
    let subject = session.subject(request).await?;
    let right = subject.user().is_some() && sent.is(code);
    attempts::settle_code(request.ctx, request.pool, subject.sub(), right).await?;
    let Subject::Known(user) = subject else {
        return Err(Error::SignInCodeMismatch);
    };
    if !right {
        let (challenge, of) = (sent.recorded_as(), session.progress.event.clone());
        record::failure(request, &user, challenge, of).await?;
        return Err(Error::SignInCodeMismatch);
    }
    Ok(RightCode {
        user: *user,
        sent: sent.clone(),
        progress: session.progress.on_device(request),
        used: session.once,
    })
}

/// What a right code comes to as a factor.
pub(super) async fn take(request: SignInRequest<'_>, right: RightCode) -> Result<Turn> {
    let RightCode {
        user,
        sent,
        progress,
        used,
    } = right;
    let method = sent.method();
    if sent.good_for != CodeUse::FirstFactor {
        let (user, used) = confirm(request, user, &sent, used).await?;
        let progress = progress.with_second(method)?;
        return Ok(Turn::Proved(Verified::second(user, progress, used)));
    }
    offers::check_still_offered(request, &user, &progress, sent.first_factor()).await?;
    let (user, used) = confirm(request, user, &sent, used).await?;
    let progress = progress.with_first(FirstProof::Code(method));
    Ok(Turn::Proved(Verified::first(user, progress, used)))
}

/// A code proves the address that it went to, and with it the sign-up of a user who has not
/// confirmed it yet. An address by which another user is known stays unverified. What is still to
/// be used up comes back.
async fn confirm(
    request: SignInRequest<'_>,
    user: User,
    sent: &SentCode,
    used: SingleUse,
) -> Result<(User, Option<SingleUse>)> {
    let SignInRequest {
        ctx, pool, client, ..
    } = request;
    if user.status == UserStatusType::ResetRequired {
        return Err(Error::PasswordResetRequired);
    }
    if user.status != UserStatusType::Unconfirmed && sent.by.is_verified(&user.attributes) {
        return Ok((user, Some(used)));
    }
    let mut write = ctx.store().write().await?;
    used.spend(&mut write).await?;
    let found = write.users().find_by_sub(&pool.id, &user.sub).await?;
    let mut user = found.ok_or(Error::SessionInvalid)?;
    let held_before = usernames::held(pool, &user);
    let before = user.attributes.clone();
    if sent.went_to(&user) {
        let flag = sent.by.flag().to_owned();
        user.attributes.insert(flag, "true".to_owned());
    }
    let confirms = user.status == UserStatusType::Unconfirmed;
    if confirms {
        user.status = UserStatusType::Confirmed;
    } else if users::takes_a_name(&mut write, pool, &held_before, &user).await? {
        user.attributes = before;
    }
    user.updated_at = ctx.now;
    users::save(&mut write, pool, &held_before, &user).await?;
    write.commit().await?;
    if confirms {
        // (unsure) Documented is that such a code confirms, not whether the function hears of it.
        let (caller, confirmation) = (Caller::Client(client), Confirmation::SignUp);
        triggers::post_confirmation(ctx, pool, caller, confirmation, &user).await?;
    }
    Ok((user, None))
}
