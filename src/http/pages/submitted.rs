//! What a submitted page of a challenge says: the answer to it, in the flow's own terms. Not here:
//! the pages (`challenge.rs`), whether the answer is right (`flows::sign_in`).

use serde_json::Value;

use super::field::ATTRIBUTES;
use super::form::Form;
use super::step::{At, Step};
use super::texts::Texts;
use crate::domain::first_factors::FirstFactor;
use crate::flows::sign_in::{Challenge, ChallengeAnswer, Required};

/// What a form says.
pub enum Submitted {
    Answer(ChallengeAnswer),
    /// Another page is wanted first.
    AnotherPage(Step),
    Incomplete(&'static str),
}

/// The answer to a challenge that its page's form holds.
pub fn answer(texts: &Texts, step: &Step, challenge: &Challenge, form: &Form) -> Submitted {
    let code = form.typed("code").map(Required::from);
    let answer = match challenge {
        Challenge::NewPassword { .. } => return new_password(texts, form),
        Challenge::FirstFactor => return chosen_first_factor(step, form),
        Challenge::FirstCode(delivery) | Challenge::SecondCode { delivery, .. } => {
            let kind = delivery.kind;
            code.map(|code| ChallengeAnswer::Code { kind, code })
        }
        Challenge::SoftwareToken { .. } => code.map(|code| ChallengeAnswer::SoftwareToken { code }),
        Challenge::Password => form
            .get("password")
            .map(|password| ChallengeAnswer::Password {
                password: password.into(),
            }),
        Challenge::MfaFactor { .. } => match form.get("answer") {
            Some(answer) => Some(ChallengeAnswer::MfaFactor {
                chosen: answer.into(),
            }),
            None => return Submitted::Incomplete(texts.choose_one),
        },
        Challenge::Passkey { .. } => match form.get("credential") {
            Some(credential) if serde_json::from_str::<Value>(credential).is_ok() => {
                Some(ChallengeAnswer::Passkey {
                    credential: credential.into(),
                })
            }
            _ => return Submitted::Incomplete(texts.passkey_failed),
        },
        _ => return Submitted::Incomplete(texts.choose_one),
    };
    answer.map_or(
        Submitted::Incomplete(texts.field_missing),
        Submitted::Answer,
    )
}

fn new_password(texts: &Texts, form: &Form) -> Submitted {
    let Some(password) = form.get("password") else {
        return Submitted::Incomplete(texts.field_missing);
    };
    if form.get("confirm_password") != Some(password) {
        return Submitted::Incomplete(texts.passwords_differ);
    }
    let attributes = form.group(ATTRIBUTES).into_iter();
    Submitted::Answer(ChallengeAnswer::NewPassword {
        password: password.into(),
        attributes: attributes
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
    })
}

fn chosen_first_factor(step: &Step, form: &Form) -> Submitted {
    // Somebody who comes from another factor has not chosen yet.
    let Some(answer) = form.get("answer") else {
        return Submitted::AnotherPage(step.clone());
    };
    match FirstFactor::from_name(answer) {
        Some(FirstFactor::Password | FirstFactor::PasswordSrp) => Submitted::AnotherPage(Step {
            at: At::PickedPassword,
            ..step.clone()
        }),
        _ => Submitted::Answer(first_factor(answer, Required::default())),
    }
}

/// The password, where it was picked of several first factors.
pub fn picked_password(texts: &Texts, form: &Form) -> Submitted {
    match form.get("password") {
        Some(password) => {
            let chosen = FirstFactor::Password.as_str();
            Submitted::Answer(first_factor(chosen, password.into()))
        }
        None => Submitted::Incomplete(texts.field_missing),
    }
}

fn first_factor(chosen: &str, password: Required) -> ChallengeAnswer {
    ChallengeAnswer::FirstFactor {
        chosen: chosen.into(),
        password,
        client_key: Required::default(),
        credential: None,
    }
}
