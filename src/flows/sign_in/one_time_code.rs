//! A code by e-mail or SMS: as the first factor (EMAIL_OTP and SMS_OTP of USER_AUTH), as the second
//! one (SMS_MFA, EMAIL_OTP), or to set e-mail up as the second one.
//!
//! The code's digest travels in the session: with that it ends, and a new session has a new code.
//! Wrong tries count and leave the session valid, as observed.

use std::collections::BTreeMap;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde::{Deserialize, Serialize};

use super::next::{self, Reached};
use super::session::{Asked, First, Progress, Session};
use super::who::{Who, before_first_factor};
use super::{Outcome, Visit, choice, record, set_up};
use crate::domain::destinations::{self, Destination};
use crate::domain::usernames;
use crate::error::{Error, Result};
use crate::flows::challenge::OneTime;
use crate::flows::deliver::{self, Occasion};
use crate::flows::triggers::{self, Caller, Confirmation};
use crate::flows::{attempts, users};
use crate::store::{Method, MfaFactor, User};
use crate::wire::user_pools::{
    ChallengeName, ChallengeNameType, UserStatusType, VerifiedAttributeType,
};

/// What a code that was sent is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Use {
    FirstFactor,
    SecondFactor,
    /// The address becomes the user's, and e-mail the second factor.
    SetUp,
}

/// A code that was sent, as its session remembers it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SentCode {
    good_for: Use,
    by: VerifiedAttributeType,
    address: String,
    salt: String,
    digest: String,
}

impl SentCode {
    fn new(visit: Visit<'_>, good_for: Use, to: &Destination, code: &str) -> Self {
        let salt = visit.ctx.uuid();
        Self {
            good_for,
            by: to.attribute,
            address: to.address.clone(),
            digest: digested(&salt, code),
            salt,
        }
    }

    pub fn is_first_factor(&self) -> bool {
        self.good_for == Use::FirstFactor
    }

    /// The challenge that asks for it, and what its answer calls the code.
    fn challenge(&self) -> (ChallengeNameType, &'static str) {
        match (self.by, self.good_for) {
            (VerifiedAttributeType::Email, _) => (ChallengeNameType::EmailOtp, "EMAIL_OTP_CODE"),
            (VerifiedAttributeType::PhoneNumber, Use::FirstFactor) => {
                (ChallengeNameType::SmsOtp, "SMS_OTP_CODE")
            }
            (VerifiedAttributeType::PhoneNumber, _) => (ChallengeNameType::SmsMfa, "SMS_MFA_CODE"),
        }
    }

    /// What a right one proves.
    fn method(&self) -> Method {
        match self.by {
            VerifiedAttributeType::Email => Method::Email,
            VerifiedAttributeType::PhoneNumber => Method::Sms,
        }
    }

    fn is(&self, code: &str) -> bool {
        let given = digested(&self.salt, code);
        verify_slices_are_equal(given.as_bytes(), self.digest.as_bytes()).is_ok()
    }
}

fn digested(salt: &str, code: &str) -> String {
    STANDARD_NO_PAD.encode(digest(&SHA256, format!("{salt} {code}").as_bytes()))
}

/// Sends the user a code as the second factor.
pub(super) async fn ask_second(
    visit: Visit<'_>,
    mut reached: Reached,
    factor: MfaFactor,
) -> Result<Outcome> {
    let by = match factor {
        MfaFactor::Email => VerifiedAttributeType::Email,
        _ => VerifiedAttributeType::PhoneNumber,
    };
    let address = reached.user.attributes.get(by.as_str());
    let to = Destination {
        attribute: by,
        address: address.cloned().ok_or_else(|| Error::MfaWithoutDelivery {
            factor: factor.as_str().to_owned(),
        })?,
    };
    reached.spend(visit).await?;
    send_second(
        visit,
        &reached.user,
        reached.progress,
        Use::SecondFactor,
        to,
    )
    .await
}

/// Sends a code to an address with which the user wants to set e-mail up.
pub(super) async fn ask_set_up(
    visit: Visit<'_>,
    user: &User,
    progress: Progress,
    address: &str,
    used: &OneTime,
) -> Result<Outcome> {
    used.spend_alone(visit.ctx).await?;
    let to = Destination {
        attribute: VerifiedAttributeType::Email,
        address: address.to_owned(),
    };
    send_second(visit, user, progress, Use::SetUp, to).await
}

async fn send_second(
    visit: Visit<'_>,
    user: &User,
    progress: Progress,
    good_for: Use,
    to: Destination,
) -> Result<Outcome> {
    let code = visit.ctx.code();
    let sent = SentCode::new(visit, good_for, &to, &code);
    let (name, _) = sent.challenge();
    let mut parameters = delivery(&to);
    parameters.insert("USER_ID_FOR_SRP".to_owned(), user.username.clone());
    let session = Session::begin(visit, user, Asked::Code(sent), progress)?;
    send(visit, user, to, code).await?;
    Ok(Outcome::Challenge {
        name,
        parameters,
        session: Some(session),
        available: Vec::new(),
    })
}

/// USER_AUTH: sends a code as the first factor. To somebody who does not exist it seems so.
pub(super) async fn ask_first(
    visit: Visit<'_>,
    who: &Who,
    by: VerifiedAttributeType,
    progress: Progress,
    (available, used): (Vec<ChallengeNameType>, Option<&OneTime>),
) -> Result<Outcome> {
    let (ctx, pool) = (visit.ctx, visit.pool);
    let to = match who {
        Who::Known(user) => Destination {
            attribute: by,
            address: user
                .attributes
                .get(by.as_str())
                .cloned()
                .unwrap_or_default(),
        },
        Who::Unknown { typed, .. } => {
            destinations::simulated(&[by], typed, users::simulated_bytes(ctx, pool, typed))
        }
    };
    before_first_factor(visit, who).await?;
    if let Some(used) = used {
        used.spend_alone(visit.ctx).await?;
    }
    let code = ctx.one_time_password();
    let sent = SentCode::new(visit, Use::FirstFactor, &to, &code);
    let (name, _) = sent.challenge();
    let parameters = delivery(&to);
    let session = Session::begin_for(visit, who, Asked::Code(sent), progress)?;
    if let Who::Known(user) = who {
        send(visit, user, to, code).await?;
    }
    Ok(Outcome::Challenge {
        name,
        parameters,
        session: Some(session),
        available,
    })
}

/// What a challenge tells of its code's way.
fn delivery(to: &Destination) -> BTreeMap<String, String> {
    let details = deliver::details(to);
    let medium = details.delivery_medium.map(|medium| medium.as_str());
    BTreeMap::from([
        (
            "CODE_DELIVERY_DELIVERY_MEDIUM".to_owned(),
            medium.unwrap_or_default().to_owned(),
        ),
        (
            "CODE_DELIVERY_DESTINATION".to_owned(),
            details.destination.unwrap_or_default(),
        ),
    ])
}

async fn send(visit: Visit<'_>, user: &User, to: Destination, code: String) -> Result<()> {
    let Visit {
        ctx, pool, client, ..
    } = visit;
    let occasion = Occasion::Authentication(client);
    deliver::send_code_to(ctx, pool, user, occasion, to, code).await?;
    Ok(())
}

/// The answer to SMS_MFA, EMAIL_OTP or SMS_OTP.
pub(super) async fn answer(
    visit: Visit<'_>,
    name: ChallengeNameType,
    sealed: Option<&str>,
) -> Result<Outcome> {
    visit.username()?;
    let session = Session::open(visit, sealed).await?;
    let Asked::Code(sent) = &session.asked else {
        return Err(Error::SessionInvalid);
    };
    let (asked, parameter) = sent.challenge();
    if asked != name {
        return Err(Error::SessionInvalid);
    }
    let code = visit.given.require(parameter)?;
    let who = session.who(visit).await?;
    let (subject, exists) = who.subject();
    let right = exists && sent.is(code);
    attempts::settle_code(visit.ctx, visit.pool, subject, right).await?;
    let Who::Known(user) = &who else {
        return Err(Error::SignInCodeMismatch);
    };
    if !right {
        let (challenge, of) = (sent.recorded_as(), session.progress.event.clone());
        record::failure(visit, user, challenge, of).await?;
        return Err(Error::SignInCodeMismatch);
    }
    let progress = session.progress.clone().on_device(visit);
    match sent.good_for {
        Use::FirstFactor => {
            choice::still_available(visit, &who, &progress, name).await?;
            let (user, used) = confirm(visit, user, sent, session.once).await?;
            let reached = Reached::first(user, First::Code(sent.method()), progress, used);
            next::proceed(visit, reached).await
        }
        Use::SecondFactor => {
            let (user, used) = confirm(visit, user, sent, session.once).await?;
            let reached = Reached::second(user, sent.method(), progress, used);
            next::proceed(visit, reached).await
        }
        Use::SetUp => {
            set_up::finish_email(visit, user, progress, &sent.address, session.once).await
        }
    }
}

impl SentCode {
    fn recorded_as(&self) -> ChallengeName {
        match self.good_for {
            Use::FirstFactor => ChallengeName::Password,
            Use::SecondFactor | Use::SetUp => ChallengeName::Mfa,
        }
    }
}

/// A code proves the address that it went to, and with it the sign-up of a user who has not
/// confirmed it yet. An address by which another user is known stays unverified. What is still to
/// be used up comes back.
async fn confirm(
    visit: Visit<'_>,
    user: &User,
    sent: &SentCode,
    used: OneTime,
) -> Result<(User, Option<OneTime>)> {
    let Visit {
        ctx, pool, client, ..
    } = visit;
    if user.status == UserStatusType::ResetRequired {
        return Err(Error::PasswordResetRequired);
    }
    let verified = user.attributes.get(sent.by.flag());
    let is_verified = verified.is_some_and(|flag| flag == "true");
    if user.status != UserStatusType::Unconfirmed && is_verified {
        return Ok((user.clone(), Some(used)));
    }
    let mut write = ctx.store().write().await?;
    used.spend(&mut write).await?;
    let found = write.users().find_by_sub(&pool.id, &user.sub).await?;
    let mut user = found.ok_or(Error::SessionInvalid)?;
    let held_before = usernames::held(pool, &user);
    let before = user.attributes.clone();
    destinations::mark_verified(&mut user.attributes, Some(&sent.address));
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
