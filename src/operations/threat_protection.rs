//! Threat protection: what a pool or a client does about risky sign-ins, the record of users'
//! sign-ins, and where the pool's logs go.
//!
//! No logs are delivered. Not here: the rules for the settings (`domain::threat_protection`,
//! `domain::log_delivery`), judging a sign-in (`flows::risk`), recording it (`flows::auth_events`).

use super::paging::Paging;
use super::{clients, pools};
use crate::app::Ctx;
use crate::domain::log_delivery::LogDelivery;
use crate::domain::threat_protection::{self, POOL};
use crate::error::{Error, Result};
use crate::flows::{risk, users};
use crate::store::{AuthEvent, Kept};
use crate::wire::user_pools::{
    AdminListUserAuthEventsRequest, AdminListUserAuthEventsResponse,
    AdminUpdateAuthEventFeedbackRequest, AdminUpdateAuthEventFeedbackResponse, AuthEventType,
    ChallengeResponseType, DescribeRiskConfigurationRequest, DescribeRiskConfigurationResponse,
    EventContextDataType, EventFeedbackType, EventRiskType, GetLogDeliveryConfigurationRequest,
    GetLogDeliveryConfigurationResponse, LogDeliveryConfigurationType, RiskConfigurationType,
    RiskDecisionType, SetLogDeliveryConfigurationRequest, SetLogDeliveryConfigurationResponse,
    SetRiskConfigurationRequest, SetRiskConfigurationResponse, UpdateAuthEventFeedbackRequest,
    UpdateAuthEventFeedbackResponse,
};

pub async fn set_risk_configuration(
    ctx: &Ctx,
    mut input: SetRiskConfigurationRequest,
) -> Result<SetRiskConfigurationResponse> {
    let mut write = ctx.store().write().await?;
    let pool = pools::to_change(ctx, &mut write, &input.user_pool_id).await?;
    let client = match input.client_id.take() {
        Some(id) => Some(
            clients::to_change(ctx, &mut write, &pool.id, &id)
                .await?
                .1
                .id,
        ),
        None => None,
    };
    threat_protection::check_enabled(&pool)?;
    let key = client.as_deref().unwrap_or(POOL);
    let kept = threat_protection::asked(input)?.map(|document| Kept {
        pool_id: pool.id.clone(),
        key: key.to_owned(),
        client_id: client.clone(),
        document,
        created_at: ctx.now,
        updated_at: ctx.now,
    });
    match &kept {
        Some(kept) => write.documents().put(kept).await?,
        None => {
            write
                .documents()
                .delete::<RiskConfigurationType>(&pool.id, key)
                .await?;
        }
    }
    write.commit().await?;
    Ok(SetRiskConfigurationResponse {
        risk_configuration: Some(threat_protection::described(&pool.id, client, kept)),
    })
}

pub async fn describe_risk_configuration(
    ctx: &Ctx,
    input: DescribeRiskConfigurationRequest,
) -> Result<DescribeRiskConfigurationResponse> {
    let pool = ctx.pool(&input.user_pool_id).await?;
    let client = input.client_id.map(|id| id.into_inner());
    if let Some(id) = &client {
        ctx.pool_client(&pool.id, id).await?;
    }
    threat_protection::check_enabled(&pool)?;
    let mut read = ctx.store().read().await?;
    let kept = read
        .documents()
        .find(&pool.id, client.as_deref().unwrap_or(POOL))
        .await?;
    Ok(DescribeRiskConfigurationResponse {
        risk_configuration: Some(threat_protection::described(&pool.id, client, kept)),
    })
}

/// Replaces the list. An empty list ends all delivery.
pub async fn set_log_delivery_configuration(
    ctx: &Ctx,
    input: SetLogDeliveryConfigurationRequest,
) -> Result<SetLogDeliveryConfigurationResponse> {
    let delivery = LogDelivery::new(input.log_configurations)?;
    let mut write = ctx.store().write().await?;
    let pool = pools::to_change(ctx, &mut write, &input.user_pool_id).await?;
    let kept = Kept {
        pool_id: pool.id,
        key: POOL.to_owned(),
        client_id: None,
        document: delivery,
        created_at: ctx.now,
        updated_at: ctx.now,
    };
    write.documents().put(&kept).await?;
    write.commit().await?;
    Ok(SetLogDeliveryConfigurationResponse {
        log_delivery_configuration: Some(log_delivery(&kept.pool_id, kept.document)),
    })
}

/// (unsure) A pool for which nothing was set has an empty list.
pub async fn get_log_delivery_configuration(
    ctx: &Ctx,
    input: GetLogDeliveryConfigurationRequest,
) -> Result<GetLogDeliveryConfigurationResponse> {
    let pool = ctx.pool(&input.user_pool_id).await?;
    let mut read = ctx.store().read().await?;
    let kept = read.documents().find(&pool.id, POOL).await?;
    let delivery = kept.map(|kept| kept.document).unwrap_or_default();
    Ok(GetLogDeliveryConfigurationResponse {
        log_delivery_configuration: Some(log_delivery(&pool.id, delivery)),
    })
}

fn log_delivery(pool: &str, delivery: LogDelivery) -> LogDeliveryConfigurationType {
    LogDeliveryConfigurationType {
        user_pool_id: Some(pool.to_owned()),
        log_configurations: Some(delivery.0),
    }
}

/// The default and largest page of events.
const PAGE: usize = 60;

/// The provider of an administrator's feedback.
const ADMIN: &str = "Admin";

/// Newest first.
pub async fn admin_list_user_auth_events(
    ctx: &Ctx,
    input: AdminListUserAuthEventsRequest,
) -> Result<AdminListUserAuthEventsResponse> {
    let pool = ctx.pool(&input.user_pool_id).await?;
    threat_protection::check_enabled(&pool)?;
    let user = users::find(ctx, &pool, input.username.expose())
        .await?
        .ok_or(Error::UserNotFound)?;
    let paging = Paging::new(ctx, &[&pool.id, &user.sub], input.max_results, PAGE);
    let before = paging.start(input.next_token.as_deref())?;
    let mut read = ctx.store().read().await?;
    let mut found = read
        .auth_events()
        .list(&user.sub, before, paging.fetch())
        .await?;
    let next_token = paging.cut(&mut found, |(number, _)| *number)?;
    Ok(AdminListUserAuthEventsResponse {
        auth_events: Some(
            found
                .into_iter()
                .map(|(_, event)| described_event(event))
                .collect(),
        ),
        next_token,
    })
}

pub async fn admin_update_auth_event_feedback(
    ctx: &Ctx,
    input: AdminUpdateAuthEventFeedbackRequest,
) -> Result<AdminUpdateAuthEventFeedbackResponse> {
    let pool = ctx.pool(&input.user_pool_id).await?;
    let username = input.username.expose();
    let given = (input.feedback_value, ADMIN);
    risk::take_feedback(ctx, &pool, username, &input.event_id, given, None).await?;
    Ok(AdminUpdateAuthEventFeedbackResponse {})
}

/// Takes the token in a notification, which is valid for that event and its user only.
pub async fn update_auth_event_feedback(
    ctx: &Ctx,
    input: UpdateAuthEventFeedbackRequest,
) -> Result<UpdateAuthEventFeedbackResponse> {
    let pool = ctx.pool(&input.user_pool_id).await?;
    let (username, token) = (input.username.expose(), input.feedback_token.expose());
    let given = (input.feedback_value, risk::USER);
    risk::take_feedback(ctx, &pool, username, &input.event_id, given, Some(token)).await?;
    Ok(UpdateAuthEventFeedbackResponse {})
}

/// An event. One that was not judged is described as one without risk.
fn described_event(event: AuthEvent) -> AuthEventType {
    let challenges = event
        .challenges
        .into_iter()
        .map(|(name, response)| ChallengeResponseType {
            challenge_name: Some(name),
            challenge_response: Some(response),
        });
    let (risk, level) = event.risk.unwrap_or((RiskDecisionType::NoRisk, None));
    AuthEventType {
        event_id: Some(event.id),
        event_type: Some(event.kind),
        creation_date: Some(event.created_at),
        event_response: Some(event.response),
        event_risk: Some(EventRiskType {
            risk_decision: Some(risk),
            risk_level: level,
            compromised_credentials_detected: Some(event.compromised),
        }),
        challenge_responses: Some(challenges.collect()),
        event_context_data: Some(EventContextDataType {
            ip_address: event.ip,
            device_name: event.device,
            timezone: None,
            city: None,
            country: None,
        }),
        event_feedback: event.feedback.map(|feedback| EventFeedbackType {
            feedback_value: Some(feedback.value),
            provider: Some(feedback.provider),
            feedback_date: Some(feedback.given_at),
        }),
    }
}
