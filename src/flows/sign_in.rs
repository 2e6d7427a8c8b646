//! Signing in: from a first factor to tokens or the next challenge, for the public and the admin operations alike.

use std::collections::BTreeMap;

use super::challenge::{OneTime, Session};
use super::issue_tokens::{self, Door};
use super::triggers::{self, TokenSource};
use super::{access_token, attempts, authenticate_client, migrate, passwords, users};
use crate::app::Ctx;
use crate::domain::{attributes, usernames};
use crate::error::{Error, Result};
use crate::keys::Identity;
use crate::store::{Client, Group, Pool, TokenFamily, User};
use crate::wire::user_pools::{
    AuthenticationResultType, ChallengeNameType, UserPoolMfaType, UserStatusType,
};

/// `AuthParameters` or `ChallengeResponses`: what the model leaves untyped.
pub struct Parameters(BTreeMap<String, String>);

impl Parameters {
    pub fn new(given: Option<crate::wire::Sensitive<BTreeMap<String, String>>>) -> Self {
        Self(
            given
                .map(crate::wire::Sensitive::into_inner)
                .unwrap_or_default(),
        )
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// A parameter that must be there; an empty one is as good as none.
    pub fn require(&self, name: &str) -> Result<&str> {
        self.get(name)
            .filter(|value| !value.is_empty())
            .ok_or_else(|| Error::MissingParameter {
                name: name.to_owned(),
            })
    }
}

/// What a step of a sign-in leads to.
pub enum Outcome {
    Tokens(AuthenticationResultType),
    Challenge {
        name: ChallengeNameType,
        parameters: BTreeMap<String, String>,
        session: Option<String>,
    },
}

/// USER_PASSWORD_AUTH and ADMIN_USER_PASSWORD_AUTH: the first factor is a password in clear.
pub async fn with_password(
    ctx: &Ctx,
    pool: &Pool,
    client: &Client,
    parameters: &Parameters,
) -> Result<Outcome> {
    let username = parameters.require("USERNAME")?;
    authenticate_client::check_secret_hash(client, username, parameters.get("SECRET_HASH"))?;
    let password = parameters.require("PASSWORD")?;
    let found = users::find_with_groups(ctx, pool, username).await?;
    let found = match found {
        None => {
            let migrated = migrate::at_sign_in(ctx, pool, client, username, password).await?;
            migrated.map(|user| (user, Vec::new()))
        }
        found => found,
    };
    let Some((user, groups)) = found else {
        if client.hides_unknown_users() {
            let subject = users::simulated_sub(ctx, pool, username);
            attempts::settle_sign_in(ctx, pool, &subject, false).await?;
        }
        return Err(unknown_user(client));
    };
    triggers::pre_authentication(ctx, pool, client, &user).await?;
    let seal = &ctx.app.keys.seal;
    let kept = user.password.as_ref();
    let right = kept.is_some_and(|kept| seal.is_password(Identity::of(&user), kept, password));
    attempts::settle_sign_in(ctx, pool, &user.sub, right).await?;
    check_user(client, &user, right)?;
    check_device(parameters)?;
    after_first_factor(ctx, pool, client, (&user, Some(groups)), None).await
}

/// How an unknown user is refused: openly, or like a wrong password.
pub fn unknown_user(client: &Client) -> Error {
    if client.hides_unknown_users() {
        Error::BadCredentials
    } else {
        Error::UserNotFound
    }
}

/// Whether the user may go on, with a first factor that was right or wrong: in the order in which the service reveals things. A client
/// that hides which users exist tells nothing of their state before the factor was right.
pub fn check_user(client: &Client, user: &User, right: bool) -> Result<()> {
    let hides = client.hides_unknown_users();
    match user.status {
        _ if !user.enabled && !hides => Err(Error::UserDisabled),
        UserStatusType::ResetRequired if !right && !hides => Err(Error::PasswordResetRequired),
        _ if !right => Err(Error::BadCredentials),
        _ if !user.enabled => Err(Error::UserDisabled),
        UserStatusType::Unconfirmed => Err(Error::UserNotConfirmed),
        UserStatusType::ResetRequired => Err(Error::PasswordResetRequired),
        _ => Ok(()),
    }
}

/// No device can be registered yet, so every device key is unknown.
pub fn check_device(parameters: &Parameters) -> Result<()> {
    match parameters.get("DEVICE_KEY") {
        Some(_) => Err(Error::DeviceNotFound),
        None => Ok(()),
    }
}

/// The user is who they say: what now? `used` is what proved it, where that may be used only once.
pub async fn after_first_factor(
    ctx: &Ctx,
    pool: &Pool,
    client: &Client,
    (user, groups): (&User, Option<Vec<Group>>),
    used: Option<&OneTime>,
) -> Result<Outcome> {
    let changes_password = user.status == UserStatusType::ForceChangePassword;
    if changes_password {
        let set_at = user
            .password
            .as_ref()
            .map_or(user.created_at, |password| password.set_at);
        if set_at.plus(pool.temporary_password_validity()) <= ctx.now {
            return Err(Error::TemporaryPasswordExpired);
        }
    } else {
        refuse_mfa(pool)?;
        triggers::post_authentication(ctx, pool, client, user, false).await?;
    }
    let family = (!changes_password)
        .then(|| issue_tokens::new_family(ctx, client, user, access_token::ADMIN_SCOPE));
    match (used, &family) {
        (None, Some(family)) => {
            ctx.store()
                .write_once()
                .await?
                .families()
                .insert(family)
                .await?
        }
        (None, None) => {}
        (Some(used), family) => {
            let mut write = ctx.store().write().await?;
            used.spend(&mut write).await?;
            if let Some(family) = family {
                write.families().insert(family).await?;
            }
            write.commit().await?;
        }
    }
    match family {
        Some(family) => tokens(ctx, pool, client, (user, groups), &family).await,
        None => new_password_required(ctx, pool, client, user),
    }
}

/// The end of a sign-in.
async fn tokens(
    ctx: &Ctx,
    pool: &Pool,
    client: &Client,
    user: (&User, Option<Vec<Group>>),
    family: &TokenFamily,
) -> Result<Outcome> {
    let tokens = issue_tokens::sign(ctx, pool, client, user, family, Door::Api).await?;
    let refresh_token = issue_tokens::refresh_token(ctx, family)?;
    Ok(Outcome::Tokens(issue_tokens::result(
        tokens,
        Some(refresh_token),
    )))
}

/// A pool that demands a second factor gives no tokens for the first alone. With OPTIONAL it does, as long as users cannot set one up.
fn refuse_mfa(pool: &Pool) -> Result<()> {
    match pool.mfa() {
        UserPoolMfaType::On => Err(Error::NotAvailable {
            operation: "Multi-factor authentication".to_owned(),
        }),
        UserPoolMfaType::Off | UserPoolMfaType::Optional => Ok(()),
    }
}

fn new_password_required(ctx: &Ctx, pool: &Pool, client: &Client, user: &User) -> Result<Outcome> {
    let missing: Vec<String> = attributes::missing_required(pool, user)
        .iter()
        .map(|name| format!("userAttributes.{name}"))
        .collect();
    let parameters = BTreeMap::from([
        ("USER_ID_FOR_SRP".to_owned(), user.username.clone()),
        (
            "requiredAttributes".to_owned(),
            serde_json::to_string(&missing)?,
        ),
        (
            "userAttributes".to_owned(),
            serde_json::to_string(&user.attributes)?,
        ),
    ]);
    let name = ChallengeNameType::NewPasswordRequired;
    Ok(Outcome::Challenge {
        name,
        parameters,
        session: Some(Session::begin(ctx, client, &user.sub, name)?),
    })
}

/// The answer to NEW_PASSWORD_REQUIRED: a password that conforms, with the required attributes that were missing.
pub async fn answer_new_password(
    ctx: &Ctx,
    pool: &Pool,
    client: &Client,
    session: Option<&str>,
    responses: &Parameters,
) -> Result<Outcome> {
    let username = responses.require("USERNAME")?;
    authenticate_client::check_secret_hash(client, username, responses.get("SECRET_HASH"))?;
    // (unsure) The words for a missing session come from field reports.
    let sealed = session.ok_or_else(|| Error::MissingParameter {
        name: "Session".to_owned(),
    })?;
    let session =
        Session::open(ctx, client, sealed, ChallengeNameType::NewPasswordRequired).await?;
    // The user may be named by any of their names, but must be the one who was asked.
    let user = users::find(ctx, pool, username)
        .await?
        .filter(|user| user.sub == session.sub)
        .ok_or(Error::SessionInvalid)?;
    if !user.enabled {
        return Err(Error::UserDisabled);
    }
    let password = responses.require("NEW_PASSWORD")?;
    let password = passwords::prepare(ctx, pool, &user, password).await?;
    refuse_mfa(pool)?;
    let mut write = ctx.store().write().await?;
    session.once.spend(&mut write).await?;
    // Read again: somebody may have changed the user since.
    let mut user = write
        .users()
        .find_by_sub(&pool.id, &session.sub)
        .await?
        .ok_or(Error::SessionInvalid)?;
    if user.status != UserStatusType::ForceChangePassword || !user.enabled {
        return Err(Error::SessionInvalid);
    }
    let held_before = usernames::held(pool, &user);
    write_attributes(pool, client, &mut user, responses)?;
    user.status = UserStatusType::Confirmed;
    passwords::replace(ctx, &mut write, pool, &mut user, password).await?;
    user.updated_at = ctx.now;
    users::save(&mut write, pool, &held_before, &user).await?;
    let family = issue_tokens::new_family(ctx, client, &user, access_token::ADMIN_SCOPE);
    write.families().insert(&family).await?;
    write.commit().await?;
    triggers::post_authentication(ctx, pool, client, &user, false).await?;
    let why = (Door::Api, TokenSource::NewPasswordChallenge);
    let tokens = issue_tokens::sign_for(ctx, pool, client, (&user, None), &family, why).await?;
    let refresh_token = issue_tokens::refresh_token(ctx, &family)?;
    Ok(Outcome::Tokens(issue_tokens::result(
        tokens,
        Some(refresh_token),
    )))
}

/// Sets the `userAttributes.<name>` of the answer. What is verified already cannot be given anew.
fn write_attributes(
    pool: &Pool,
    client: &Client,
    user: &mut User,
    responses: &Parameters,
) -> Result<()> {
    let given: Vec<(String, String)> = responses
        .0
        .iter()
        .filter_map(|(name, value)| {
            name.strip_prefix("userAttributes.")
                .map(|name| (name.to_owned(), value.clone()))
        })
        .collect();
    let is_verified = |flag: &str| {
        user.attributes
            .get(flag)
            .is_some_and(|value| value == "true")
    };
    for (name, value) in &given {
        let provided = user.attributes.get(name).is_some_and(|kept| kept != value);
        match name.as_str() {
            "email" if provided && is_verified("email_verified") => {
                return Err(Error::AlreadyProvidedEmail);
            }
            "phone_number" if provided && is_verified("phone_number_verified") => {
                return Err(Error::AlreadyProvidedPhone);
            }
            _ => {}
        }
    }
    attributes::apply_user_writes(pool, client, user, given)?;
    match attributes::missing_required(pool, user).into_iter().next() {
        Some(name) => Err(Error::NewAttributeMissing { name }),
        None => Ok(()),
    }
}
