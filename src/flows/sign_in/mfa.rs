//! The second factor: asked for by what the user has, or chosen by the user (SELECT_MFA_TYPE).
//!
//! Not here: which one it is (`domain::mfa`), the factors themselves (`one_time_code`,
//! `software_token`).

use std::collections::BTreeMap;

use super::next::Reached;
use super::session::{Asked, Session};
use super::{Outcome, Visit, one_time_code, software_token};
use crate::error::{Error, Result};
use crate::store::MfaFactor;
use crate::wire::user_pools::{ChallengeName, ChallengeNameType};

pub(super) async fn ask(visit: Visit<'_>, reached: Reached, factor: MfaFactor) -> Result<Outcome> {
    match factor {
        MfaFactor::SoftwareToken => software_token::ask(visit, reached).await,
        MfaFactor::Sms | MfaFactor::Email => {
            one_time_code::ask_second(visit, reached, factor).await
        }
    }
}

/// Asks which one. The developer guide calls the parameter MFAS_CAN_SELECT; clients read
/// MFAS_CAN_CHOOSE.
pub(super) async fn ask_which(
    visit: Visit<'_>,
    mut reached: Reached,
    factors: Vec<MfaFactor>,
) -> Result<Outcome> {
    reached.spend(visit).await?;
    let Reached { user, progress, .. } = reached;
    let parameters = BTreeMap::from([
        ("MFAS_CAN_CHOOSE".to_owned(), names(&factors)?),
        ("USER_ID_FOR_SRP".to_owned(), user.username.clone()),
    ]);
    let session = Session::begin(visit, &user, Asked::MfaChoice(factors), progress)?;
    Ok(Outcome::Challenge {
        name: ChallengeNameType::SelectMfaType,
        parameters,
        session: Some(session),
        available: Vec::new(),
    })
}

/// A list of factors, as challenge parameters have it.
pub(super) fn names(factors: &[MfaFactor]) -> Result<String> {
    let names: Vec<&str> = factors.iter().map(|factor| factor.as_str()).collect();
    Ok(serde_json::to_string(&names)?)
}

/// The answer to SELECT_MFA_TYPE leads to that factor's challenge.
pub(super) async fn answer_which(visit: Visit<'_>, sealed: Option<&str>) -> Result<Outcome> {
    visit.username()?;
    let session = Session::open(visit, sealed).await?;
    let Asked::MfaChoice(factors) = &session.asked else {
        return Err(Error::SessionInvalid);
    };
    let answer = visit.given.require("ANSWER")?;
    let factor = MfaFactor::from_name(answer)
        .filter(|factor| factors.contains(factor))
        .ok_or_else(|| Error::AnswerInvalid {
            answer: answer.to_owned(),
        })?;
    let reached = Reached {
        user: session.user(visit).await?,
        groups: None,
        progress: session.progress.on_device(visit),
        proved: ChallengeName::Password,
        used: Some(session.once),
    };
    ask(visit, reached, factor).await
}
