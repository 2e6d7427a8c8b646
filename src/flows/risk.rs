//! Threat protection: judging a sign-in once the password was right, notifying the user, and
//! passwords that everybody knows.
//!
//! Not here: what a risk leads to (`domain::risk`), the record (`auth_events`).

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::auth_events::{self, Event};
use super::deliver::{self, Notification};
use super::{second_factors, users};
use crate::app::Ctx;
use crate::clock::Timestamp;
use crate::domain::risk::{self, Assessment, Finding, Response};
use crate::domain::{threat_protection, user_agents};
use crate::error::{Error, Result};
use crate::keys::Purpose;
use crate::store::{Client, Feedback, Kept, Pool, User};
use crate::wire::user_pools::{
    EventFilterType, EventResponseType, EventType, FeedbackValueType, RiskConfigurationType,
};

/// (unsure) The provider of a user's own feedback is not documented.
pub const USER: &str = "User";

/// (unsure) How long a notification can be answered is not documented.
const FEEDBACK_VALIDITY: Duration = Duration::from_secs(7 * 86_400);

/// What a feedback token contains. It is sealed to the pool.
#[derive(Serialize, Deserialize)]
struct FeedbackToken {
    sub: String,
    event_id: String,
    expires_at: i64,
}

/// Judges a sign-in whose password was right. None if the pool does not judge sign-ins.
pub async fn assess(
    ctx: &Ctx,
    pool: &Pool,
    client: &Client,
    user: &User,
) -> Result<Option<Assessment>> {
    if threat_protection::check_enabled(pool).is_err() {
        return Ok(None);
    }
    let level = ctx.app.risks.of(&user.sub);
    let config = configuration(ctx, pool, client).await?;
    let can_mfa = level.is_some() && !second_factors::possible(ctx, pool, user).await?.is_empty();
    let ip = ctx.origin().and_then(|ip| ip.parse().ok());
    Ok(Some(risk::assess(
        pool,
        config.as_ref(),
        ip,
        level,
        can_mfa,
    )))
}

/// What the pool does, unless the client has a configuration of its own.
async fn configuration(
    ctx: &Ctx,
    pool: &Pool,
    client: &Client,
) -> Result<Option<RiskConfigurationType>> {
    let mut read = ctx.store().read().await?;
    let mut documents = read.documents();
    let mut config: Option<Kept<RiskConfigurationType>> =
        documents.find(&pool.id, &client.id).await?;
    if config.is_none() {
        config = documents.find(&pool.id, threat_protection::POOL).await?;
    }
    Ok(config.map(|kept| kept.document))
}

/// Looks a password up among those that everybody knows, where the pool looks at all at this event.
/// Only what is sent in clear can be looked up: a sign-in by SRP cannot.
pub async fn look_up(
    ctx: &Ctx,
    pool: &Pool,
    client: &Client,
    event: EventFilterType,
    password: &str,
) -> Result<Finding> {
    if threat_protection::check_enabled(pool).is_err()
        || !ctx.app.compromised_passwords.contains(password)
    {
        return Ok(Finding::Nothing);
    }
    let config = configuration(ctx, pool, client).await?;
    Ok(risk::at_compromised_password(pool, config.as_ref(), event))
}

/// Looks up a password that the user is about to get, and refuses it where the pool blocks such
/// ones; the refusal is in the user's record.
pub async fn check_new_password(
    ctx: &Ctx,
    pool: &Pool,
    client: &Client,
    user: &User,
    password: &str,
) -> Result<Finding> {
    let event = EventFilterType::PasswordChange;
    let found = look_up(ctx, pool, client, event, password).await?;
    if found == Finding::Blocked {
        let event = Event::new(EventType::PasswordChange, EventResponseType::Fail);
        auth_events::record(ctx, pool, client, user, event.with_password(found)).await?;
        return Err(Error::PasswordCompromised);
    }
    Ok(found)
}

/// Notifies the user about the judgement of this event, where the pool says so. Users without an
/// e-mail address are not notified.
pub async fn notify(
    ctx: &Ctx,
    pool: &Pool,
    client: &Client,
    user: &User,
    event_id: &str,
    judged: &Assessment,
) -> Result<()> {
    let Some(email) = &judged.email else {
        return Ok(());
    };
    let token = FeedbackToken {
        sub: user.sub.clone(),
        event_id: event_id.to_owned(),
        expires_at: ctx.now.plus(FEEDBACK_VALIDITY).0,
    };
    let token = serde_json::to_vec(&token)?;
    let token = ctx.seal(Purpose::Feedback, &pool.id, &token);
    let link = |value: &str| {
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("user_pool_id", &pool.id)
            .append_pair("username", &user.username)
            .append_pair("event_id", event_id)
            .append_pair("feedback_token", &token)
            .append_pair("feedback_value", value)
            .finish();
        format!("{}/feedback?{query}", ctx.app.address())
    };
    let action = match judged.response {
        Response::Block => "BLOCK",
        Response::Mfa => "MFA",
        Response::Allow => "NO_ACTION",
    };
    // There is no data about where addresses are.
    let facts = vec![
        ("EVENT_ID", event_id.to_owned()),
        ("USER_NAME", user.username.clone()),
        ("IP_ADDRESS", ctx.origin().unwrap_or("unknown").to_owned()),
        ("ACCOUNT_TAKE_OVER_ACTION", action.to_owned()),
        ("ONE_CLICK_LINK_VALID", link("Valid")),
        ("ONE_CLICK_LINK_INVALID", link("Invalid")),
        (
            "LOGIN_TIME",
            Timestamp::from_seconds(ctx.now.seconds()).rfc3339(),
        ),
        ("FEEDBACK_TOKEN", token.clone()),
        ("CITY", "unknown".to_owned()),
        ("COUNTRY", "unknown".to_owned()),
        (
            "DEVICE_NAME",
            user_agents::describe(ctx.agent().unwrap_or_default()),
        ),
    ];
    let text = risk::fill(email, |placeholder| {
        let name = match placeholder {
            "username" => "USER_NAME",
            "event-id" => "EVENT_ID",
            "feedback-token" => "FEEDBACK_TOKEN",
            "login-time" => "LOGIN_TIME",
            "ip-address" => "IP_ADDRESS",
            "city" => "CITY",
            "country" => "COUNTRY",
            "device-name" => "DEVICE_NAME",
            "one-click-link-valid" => "ONE_CLICK_LINK_VALID",
            "one-click-link-invalid" => "ONE_CLICK_LINK_INVALID",
            _ => return None,
        };
        let fact = facts.iter().find(|(known, _)| *known == name);
        fact.map(|(_, value)| value.clone())
    });
    let told = Notification {
        text,
        facts,
        feedback_token: token,
    };
    deliver::notify(ctx, pool, client, user, told).await
}

/// The `sub` and event that a feedback token is about.
fn open_feedback_token(ctx: &Ctx, pool: &Pool, token: &str) -> Result<(String, String)> {
    let plain = ctx.app.keys.seal.open(Purpose::Feedback, &pool.id, token);
    let token = plain.and_then(|plain| serde_json::from_slice::<FeedbackToken>(&plain).ok());
    match token {
        Some(token) if Timestamp(token.expires_at) > ctx.now => Ok((token.sub, token.event_id)),
        _ => Err(Error::FeedbackTokenInvalid),
    }
}

/// Stores the feedback of an administrator, or of whoever has the token, about a user's event.
pub async fn take_feedback(
    ctx: &Ctx,
    pool: &Pool,
    username: &str,
    event_id: &str,
    (value, provider): (FeedbackValueType, &str),
    token: Option<&str>,
) -> Result<()> {
    threat_protection::check_enabled(pool)?;
    let about = match token {
        Some(token) => Some(open_feedback_token(ctx, pool, token)?),
        None => None,
    };
    let mut write = ctx.store().write().await?;
    let user = users::existing(&mut write, pool, username).await?;
    if about.is_some_and(|(sub, event)| sub != user.sub || event != event_id) {
        return Err(Error::FeedbackTokenInvalid);
    }
    let event = write.auth_events().find(&user.sub, event_id).await?;
    let mut event = event.ok_or(Error::AuthEventNotFound)?;
    event.feedback = Some(Feedback {
        value,
        provider: provider.to_owned(),
        given_at: ctx.now,
    });
    write.auth_events().put(&event).await?;
    write.commit().await
}
