//! What users did and what was tried in their names, kept for pools with threat protection.

use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::{Repository, Writing};
use crate::clock::Timestamp;
use crate::error::Result;
use crate::wire::user_pools::{
    ChallengeName, ChallengeResponse, EventResponseType, EventType, FeedbackValueType,
    RiskDecisionType, RiskLevelType,
};

/// An event as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthEvent {
    pub id: String,
    pub pool_id: String,
    pub sub: String,
    pub client_id: String,
    pub kind: EventType,
    pub response: EventResponseType,
    pub challenges: Vec<(ChallengeName, ChallengeResponse)>,
    pub ip: Option<String>,
    pub device: Option<String>,
    pub created_at: Timestamp,
    /// What was decided about a sign-in, and how risky it was, where it was judged.
    pub risk: Option<(RiskDecisionType, Option<RiskLevelType>)>,
    /// Whether the password was found to be compromised.
    pub compromised: bool,
    pub feedback: Option<Feedback>,
}

/// What somebody thinks of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feedback {
    pub value: FeedbackValueType,
    pub provider: String,
    pub given_at: Timestamp,
}

/// The table of events.
pub enum AuthEvents {}

macro_rules! columns {
    () => {
        "id, pool_id, sub, client_id, kind, response, challenges, ip, device, created_at, \
         feedback, feedback_provider, feedback_at, risk_decision, risk_level, compromised "
    };
}

fn event(row: &SqliteRow) -> Result<AuthEvent> {
    let kind: &str = row.try_get("kind")?;
    let response: &str = row.try_get("response")?;
    let unknown = |word: &str| anyhow::anyhow!("unknown word {word} in an auth event of the store");
    let feedback = match row.try_get::<Option<&str>, _>("feedback")? {
        None => None,
        Some(value) => Some(Feedback {
            value: FeedbackValueType::from_wire(value).ok_or_else(|| unknown(value))?,
            provider: row.try_get("feedback_provider")?,
            given_at: Timestamp(row.try_get("feedback_at")?),
        }),
    };
    let risk = match row.try_get::<Option<&str>, _>("risk_decision")? {
        None => None,
        Some(decision) => {
            let decision =
                RiskDecisionType::from_wire(decision).ok_or_else(|| unknown(decision))?;
            let level: Option<&str> = row.try_get("risk_level")?;
            Some((decision, level.and_then(RiskLevelType::from_wire)))
        }
    };
    Ok(AuthEvent {
        risk,
        compromised: row.try_get::<i64, _>("compromised")? != 0,
        id: row.try_get("id")?,
        pool_id: row.try_get("pool_id")?,
        sub: row.try_get("sub")?,
        client_id: row.try_get("client_id")?,
        kind: EventType::from_wire(kind).ok_or_else(|| unknown(kind))?,
        response: EventResponseType::from_wire(response).ok_or_else(|| unknown(response))?,
        challenges: serde_json::from_str(row.try_get("challenges")?)?,
        ip: row.try_get("ip")?,
        device: row.try_get("device")?,
        created_at: Timestamp(row.try_get("created_at")?),
        feedback,
    })
}

impl<Mode> Repository<'_, AuthEvents, Mode> {
    /// A user's event; another user's is as good as none.
    pub async fn find(&mut self, sub: &str, id: &str) -> Result<Option<AuthEvent>> {
        let row = sqlx::query(concat!(
            "SELECT ",
            columns!(),
            "FROM auth_events WHERE id = $1 AND sub = $2"
        ))
        .bind(id)
        .bind(sub)
        .fetch_optional(&mut *self.conn)
        .await?;
        row.as_ref().map(event).transpose()
    }

    /// A user's events with their numbers, newest first, from before the one with this number.
    pub async fn list(
        &mut self,
        sub: &str,
        before: Option<i64>,
        limit: i64,
    ) -> Result<Vec<(i64, AuthEvent)>> {
        let rows = sqlx::query(concat!(
            "SELECT ",
            columns!(),
            ", number FROM auth_events WHERE sub = $1 AND number < $2 ORDER BY number DESC LIMIT $3"
        ))
        .bind(sub)
        .bind(before.unwrap_or(i64::MAX))
        .bind(limit)
        .fetch_all(&mut *self.conn)
        .await?;
        rows.iter()
            .map(|row| Ok((row.try_get("number")?, event(row)?)))
            .collect()
    }
}

impl Repository<'_, AuthEvents, Writing> {
    /// Keeps an event, in place of what was kept of it before.
    pub async fn put(&mut self, event: &AuthEvent) -> Result<()> {
        let feedback = event.feedback.as_ref();
        sqlx::query(concat!(
            "INSERT INTO auth_events (",
            columns!(),
            ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) \
             ON CONFLICT (id) DO UPDATE SET response = excluded.response, challenges = \
             excluded.challenges, \
             feedback = excluded.feedback, feedback_provider = excluded.feedback_provider, \
             feedback_at = excluded.feedback_at, \
             risk_decision = excluded.risk_decision, risk_level = excluded.risk_level, \
             compromised = excluded.compromised"
        ))
        .bind(&event.id)
        .bind(&event.pool_id)
        .bind(&event.sub)
        .bind(&event.client_id)
        .bind(event.kind.as_str())
        .bind(event.response.as_str())
        .bind(serde_json::to_string(&event.challenges)?)
        .bind(&event.ip)
        .bind(&event.device)
        .bind(event.created_at.0)
        .bind(feedback.map(|feedback| feedback.value.as_str()))
        .bind(feedback.map(|feedback| feedback.provider.as_str()))
        .bind(feedback.map(|feedback| feedback.given_at.0))
        .bind(event.risk.map(|(decision, _)| decision.as_str()))
        .bind(
            event
                .risk
                .and_then(|(_, level)| level)
                .map(RiskLevelType::as_str),
        )
        .bind(i64::from(event.compromised))
        .execute(&mut *self.conn)
        .await?;
        Ok(())
    }
}
