//! The record of users' sign-ins, which pools with threat protection keep.
//!
//! Not here: judging a sign-in (`risk`), listing it (`operations::threat_protection`).

use crate::app::Ctx;
use crate::domain::risk::{Assessment, Finding};
use crate::domain::{threat_protection, user_agents};
use crate::error::Result;
use crate::store::{AuthEvent, Client, Pool, User};
use crate::wire::user_pools::{
    ChallengeName, ChallengeResponse, EventResponseType, EventType, RiskDecisionType, RiskLevelType,
};

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The event that this step belongs to, as [`record`] returned it: all steps of a sign-in are
    /// one event. None begins a new one.
    pub of: Option<String>,
    pub kind: EventType,
    pub response: EventResponseType,
    /// The answer to a challenge, if this step was one. An event lists all of them.
    pub challenge: Option<(ChallengeName, ChallengeResponse)>,
    /// The judgement that was made at this step.
    pub risk: Option<(RiskDecisionType, Option<RiskLevelType>)>,
    /// Whether the password was found to be compromised.
    pub compromised: bool,
}

impl Event {
    /// An event of one step.
    pub fn new(kind: EventType, response: EventResponseType) -> Self {
        Self {
            of: None,
            kind,
            response,
            challenge: None,
            risk: None,
            compromised: false,
        }
    }

    /// A step of a sign-in: the challenge that was answered, and the result.
    pub fn sign_in(
        of: Option<String>,
        response: EventResponseType,
        challenge: ChallengeName,
        answer: ChallengeResponse,
    ) -> Self {
        Self {
            of,
            kind: EventType::SignIn,
            response,
            challenge: Some((challenge, answer)),
            risk: None,
            compromised: false,
        }
    }

    /// The same, with a judgement.
    pub fn judged(mut self, assessment: Option<&Assessment>) -> Self {
        self.risk = assessment.map(|judged| (judged.decision, judged.level));
        self
    }

    /// The same of a password that may be compromised.
    pub fn with_password(mut self, found: Finding) -> Self {
        self.compromised = found != Finding::Nothing;
        if found == Finding::Blocked {
            self.risk = Some((RiskDecisionType::Block, None));
        }
        self
    }
}

/// Stores an event, if the pool keeps a record, and returns its id.
pub async fn record(
    ctx: &Ctx,
    pool: &Pool,
    client: &Client,
    user: &User,
    event: Event,
) -> Result<Option<String>> {
    if threat_protection::check_enabled(pool).is_err() {
        return Ok(None);
    }
    let mut write = ctx.store().write().await?;
    let begun = match &event.of {
        Some(id) => write.auth_events().find(&user.sub, id).await?,
        None => None,
    };
    if let Some(begun) = &begun {
        ctx.note_event_id(&begun.id);
    }
    let mut kept = begun.unwrap_or_else(|| AuthEvent {
        id: ctx.event_id().to_owned(),
        pool_id: pool.id.clone(),
        sub: user.sub.clone(),
        client_id: client.id.clone(),
        kind: event.kind,
        response: event.response,
        challenges: Vec::new(),
        ip: ctx.origin().map(str::to_owned),
        device: ctx.agent().map(user_agents::describe),
        created_at: ctx.now,
        risk: None,
        compromised: false,
        feedback: None,
    });
    kept.compromised |= event.compromised;
    kept.risk = event.risk.or(kept.risk);
    kept.response = event.response;
    kept.challenges.extend(event.challenge);
    write.auth_events().put(&kept).await?;
    write.commit().await?;
    Ok(Some(kept.id))
}
