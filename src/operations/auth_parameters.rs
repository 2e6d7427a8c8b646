//! `AuthParameters`, `ChallengeResponses` and `ChallengeParameters`: what the API's model leaves
//! untyped, read and written. The names of all these parameters are here and nowhere else.
//!
//! Nothing is refused here for being absent: the flow does that in the service's order. Not here:
//! what becomes of it (`flows::sign_in`).

use std::collections::BTreeMap;

use serde_json::Value;

use crate::error::{Error, Result};
use crate::flows::sign_in::{
    Attempt, Challenge, ChallengeAnswer, ChoiceAttempt, CodeDelivery, CodeKind, Required, Sender,
    SrpOffer, SrpProof,
};
use crate::store::{MfaFactor, Pool};
use crate::wire::Sensitive;
use crate::wire::user_pools::{AuthFlowType, ChallengeNameType};

/// Before the names of attributes, in the challenge for a new password and its answer.
const ATTRIBUTE: &str = "userAttributes.";

/// A map of parameters as it was sent.
pub struct AuthParameters(BTreeMap<String, String>);

impl From<Option<Sensitive<BTreeMap<String, String>>>> for AuthParameters {
    fn from(given: Option<Sensitive<BTreeMap<String, String>>>) -> Self {
        Self(given.map(Sensitive::into_inner).unwrap_or_default())
    }
}

/// What InitiateAuth begins.
pub enum Begin {
    SignIn(Attempt),
    /// No sign-in, but asked for as if it were one.
    Refresh {
        token: Required,
    },
}

impl AuthParameters {
    fn get(&self, name: &str) -> Option<String> {
        self.0.get(name).cloned()
    }

    fn required(&self, name: &'static str) -> Required {
        Required::new(name, self.get(name))
    }

    /// As [`AuthParameters::required`], where the parameter is there at all.
    fn if_present(&self, name: &'static str) -> Option<Required> {
        self.0.contains_key(name).then(|| self.required(name))
    }

    /// Refuses to answer a challenge with nothing at all.
    pub fn check_not_empty(&self) -> Result<()> {
        if self.0.is_empty() {
            return Err(Error::ChallengeResponsesMissing);
        }
        Ok(())
    }

    /// What all requests say of their sender.
    pub fn sender(&self) -> Sender {
        Sender {
            username: self.required("USERNAME"),
            secret_hash: self.get("SECRET_HASH"),
            device_key: self.get("DEVICE_KEY"),
        }
    }

    /// `AuthParameters` of a flow. USER_AUTH may bring a session along.
    pub fn begin(&self, flow: AuthFlowType, pool: &Pool, session: Option<String>) -> Begin {
        Begin::SignIn(match flow {
            AuthFlowType::UserPasswordAuth
            | AuthFlowType::AdminUserPasswordAuth
            | AuthFlowType::AdminNoSrpAuth => Attempt::Password {
                flow,
                password: self.required("PASSWORD"),
            },
            AuthFlowType::UserSrpAuth => Attempt::Srp {
                client_key: self.required("SRP_A"),
            },
            AuthFlowType::UserAuth => Attempt::Choice(self.choice(pool, session)),
            AuthFlowType::CustomAuth => Attempt::Custom {
                client_key: (self.get("CHALLENGE_NAME").as_deref() == Some("SRP_A"))
                    .then(|| self.required("SRP_A")),
            },
            AuthFlowType::RefreshTokenAuth | AuthFlowType::RefreshToken => {
                return Begin::Refresh {
                    token: self.required("REFRESH_TOKEN"),
                };
            }
        })
    }

    fn choice(&self, pool: &Pool, session: Option<String>) -> ChoiceAttempt {
        let preferred = self.get("PREFERRED_CHALLENGE");
        ChoiceAttempt {
            session,
            password: self.if_present("PASSWORD"),
            // A preferred PASSWORD_SRP cannot do without it; a chosen one is asked for it later.
            client_key: match preferred {
                Some(_) => Some(self.required("SRP_A")),
                None => self.if_present("SRP_A"),
            },
            preferred,
            levels: self
                .get("TARGET_ACR_VALUES")
                .map(|names| pool.levels_named(&names)),
            access_token: self.get("ACCESS_TOKEN"),
            max_age: self.get("MAX_AGE"),
        }
    }

    /// `ChallengeResponses` to a challenge.
    pub fn answer(&self, name: ChallengeNameType) -> Result<ChallengeAnswer> {
        Ok(match name {
            ChallengeNameType::SelectChallenge => ChallengeAnswer::FirstFactor {
                chosen: self.required("ANSWER"),
                password: self.required("PASSWORD"),
                client_key: self.required("SRP_A"),
                credential: self.if_present("CREDENTIAL"),
            },
            ChallengeNameType::Password => ChallengeAnswer::Password {
                password: self.required("PASSWORD"),
            },
            ChallengeNameType::PasswordSrp => ChallengeAnswer::PasswordSrp {
                client_key: self.required("SRP_A"),
            },
            ChallengeNameType::PasswordVerifier => {
                ChallengeAnswer::PasswordVerifier(self.srp_proof())
            }
            ChallengeNameType::WebAuthn => ChallengeAnswer::Passkey {
                credential: self.required("CREDENTIAL"),
            },
            ChallengeNameType::NewPasswordRequired => ChallengeAnswer::NewPassword {
                password: self.required("NEW_PASSWORD"),
                attributes: self.attributes(),
            },
            ChallengeNameType::DeviceSrpAuth => ChallengeAnswer::Device {
                device_key: self.required("DEVICE_KEY"),
                client_key: self.required("SRP_A"),
            },
            ChallengeNameType::DevicePasswordVerifier => ChallengeAnswer::DeviceVerifier {
                device_key: self.required("DEVICE_KEY"),
                proof: self.srp_proof(),
            },
            ChallengeNameType::EmailOtp => self.code(CodeKind::EmailOtp, "EMAIL_OTP_CODE"),
            ChallengeNameType::SmsOtp => self.code(CodeKind::SmsOtp, "SMS_OTP_CODE"),
            ChallengeNameType::SmsMfa => self.code(CodeKind::SmsMfa, "SMS_MFA_CODE"),
            ChallengeNameType::SoftwareTokenMfa => ChallengeAnswer::SoftwareToken {
                code: self.required("SOFTWARE_TOKEN_MFA_CODE"),
            },
            ChallengeNameType::SelectMfaType => ChallengeAnswer::MfaFactor {
                chosen: self.required("ANSWER"),
            },
            ChallengeNameType::MfaSetup => ChallengeAnswer::SetUpMfa {
                email: self.get("EMAIL"),
            },
            ChallengeNameType::CustomChallenge => ChallengeAnswer::Custom {
                answer: self.required("ANSWER"),
            },
            // In the model's list, but never asked: whoever answers it has no session for it.
            ChallengeNameType::AdminNoSrpAuth => return Err(Error::SessionInvalid),
        })
    }

    fn code(&self, kind: CodeKind, name: &'static str) -> ChallengeAnswer {
        ChallengeAnswer::Code {
            kind,
            code: self.required(name),
        }
    }

    fn srp_proof(&self) -> SrpProof {
        SrpProof {
            secret_block: self.required("PASSWORD_CLAIM_SECRET_BLOCK"),
            signature: self.required("PASSWORD_CLAIM_SIGNATURE"),
            timestamp: self.required("TIMESTAMP"),
        }
    }

    fn attributes(&self) -> Vec<(String, String)> {
        let attributes = self.0.iter().filter_map(|(name, value)| {
            let name = name.strip_prefix(ATTRIBUTE)?;
            Some((name.to_owned(), value.clone()))
        });
        attributes.collect()
    }
}

/// The user name among the parameters of a body that is not decoded yet.
pub fn username(parameters: &Value) -> Option<&Value> {
    parameters.get("USERNAME")
}

/// `ChallengeName` of a challenge.
pub fn challenge_name(challenge: &Challenge) -> ChallengeNameType {
    match challenge {
        Challenge::FirstFactor => ChallengeNameType::SelectChallenge,
        Challenge::Password => ChallengeNameType::Password,
        Challenge::PasswordSrp => ChallengeNameType::PasswordSrp,
        Challenge::PasswordVerifier(_) => ChallengeNameType::PasswordVerifier,
        Challenge::Passkey { .. } => ChallengeNameType::WebAuthn,
        Challenge::NewPassword { .. } => ChallengeNameType::NewPasswordRequired,
        Challenge::FirstCode(delivery) | Challenge::SecondCode { delivery, .. } => {
            match delivery.kind {
                CodeKind::EmailOtp => ChallengeNameType::EmailOtp,
                CodeKind::SmsOtp => ChallengeNameType::SmsOtp,
                CodeKind::SmsMfa => ChallengeNameType::SmsMfa,
            }
        }
        Challenge::SoftwareToken { .. } => ChallengeNameType::SoftwareTokenMfa,
        Challenge::MfaFactor { .. } => ChallengeNameType::SelectMfaType,
        Challenge::SetUpMfa { .. } => ChallengeNameType::MfaSetup,
        Challenge::Device { .. } => ChallengeNameType::DeviceSrpAuth,
        Challenge::DeviceVerifier { .. } => ChallengeNameType::DevicePasswordVerifier,
        Challenge::Custom { .. } => ChallengeNameType::CustomChallenge,
    }
}

/// `ChallengeParameters` of a challenge.
pub fn challenge_parameters(challenge: Challenge) -> Result<BTreeMap<String, String>> {
    let parameters = match challenge {
        Challenge::FirstFactor | Challenge::Password | Challenge::PasswordSrp => Vec::new(),
        Challenge::PasswordVerifier(offered) => [
            ("USERNAME", offered.user_id.clone()),
            ("USER_ID_FOR_SRP", offered.user_id),
        ]
        .into_iter()
        .chain(srp_offer(offered.offer))
        .collect(),
        Challenge::Passkey { options } => vec![("CREDENTIAL_REQUEST_OPTIONS", options)],
        Challenge::NewPassword {
            username,
            missing,
            attributes,
        } => {
            let missing = missing.iter().map(|name| format!("{ATTRIBUTE}{name}"));
            let missing: Vec<String> = missing.collect();
            vec![
                ("USER_ID_FOR_SRP", username),
                ("requiredAttributes", serde_json::to_string(&missing)?),
                ("userAttributes", serde_json::to_string(&attributes)?),
            ]
        }
        Challenge::FirstCode(delivery) => code_delivery(delivery).to_vec(),
        Challenge::SecondCode { username, delivery } => code_delivery(delivery)
            .into_iter()
            .chain([("USER_ID_FOR_SRP", username)])
            .collect(),
        Challenge::SoftwareToken {
            username,
            friendly_name,
        } => [("USER_ID_FOR_SRP", username)]
            .into_iter()
            .chain(friendly_name.map(|name| ("FRIENDLY_DEVICE_NAME", name)))
            .collect(),
        // The developer guide calls the list MFAS_CAN_SELECT; clients read MFAS_CAN_CHOOSE.
        Challenge::MfaFactor { username, factors } => vec![
            ("MFAS_CAN_CHOOSE", names(&factors)?),
            ("USER_ID_FOR_SRP", username),
        ],
        Challenge::SetUpMfa { username, factors } => vec![
            ("MFAS_CAN_SETUP", names(&factors)?),
            ("USER_ID_FOR_SRP", username),
        ],
        Challenge::Device { username } => vec![("USERNAME", username)],
        Challenge::DeviceVerifier {
            username,
            device_key,
            offer,
        } => [("USERNAME", username), ("DEVICE_KEY", device_key)]
            .into_iter()
            .chain(srp_offer(offer))
            .collect(),
        Challenge::Custom {
            username,
            mut parameters,
        } => {
            parameters.insert("USERNAME".to_owned(), username);
            return Ok(parameters);
        }
    };
    let parameters = parameters.into_iter();
    Ok(parameters
        .map(|(name, value)| (name.to_owned(), value))
        .collect())
}

fn srp_offer(offer: SrpOffer) -> [(&'static str, String); 3] {
    [
        ("SALT", offer.salt),
        ("SECRET_BLOCK", offer.secret_block),
        ("SRP_B", offer.server_key),
    ]
}

fn code_delivery(delivery: CodeDelivery) -> [(&'static str, String); 2] {
    let medium = delivery.medium.as_str().to_owned();
    [
        ("CODE_DELIVERY_DELIVERY_MEDIUM", medium),
        ("CODE_DELIVERY_DESTINATION", delivery.destination),
    ]
}

/// A list of factors, as JSON.
fn names(factors: &[MfaFactor]) -> Result<String> {
    let names: Vec<&str> = factors.iter().map(|factor| factor.as_str()).collect();
    Ok(serde_json::to_string(&names)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(parameters: &[(&str, &str)]) -> AuthParameters {
        let parameters = parameters.iter();
        AuthParameters(
            parameters
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
        )
    }

    #[test]
    fn an_empty_value_is_as_good_as_none_and_is_missed_by_its_name() {
        for parameters in [sent(&[]), sent(&[("USERNAME", "")])] {
            let username = parameters.sender().username;
            assert_eq!(username, Required::Missing("USERNAME"));
            let refused = username.get().unwrap_err().to_string();
            assert!(refused.contains("USERNAME"), "{refused}");
        }
    }

    #[test]
    fn a_value_that_decides_what_is_asked_differs_from_none_even_when_it_is_empty() {
        let answer = |parameters: &[(&str, &str)]| {
            let answer = sent(parameters).answer(ChallengeNameType::SelectChallenge);
            match answer.unwrap() {
                ChallengeAnswer::FirstFactor { credential, .. } => credential,
                _ => panic!("another answer"),
            }
        };
        assert_eq!(answer(&[]), None);
        let empty = Required::Missing("CREDENTIAL");
        assert_eq!(answer(&[("CREDENTIAL", "")]), Some(empty));
    }

    #[test]
    fn attributes_of_an_answer_are_those_with_the_prefix() {
        let given = [
            ("userAttributes.name", "Alice"),
            ("userAttributes.email", ""),
            ("USERNAME", "alice"),
        ];
        let answer = sent(&given).answer(ChallengeNameType::NewPasswordRequired);
        let ChallengeAnswer::NewPassword { attributes, .. } = answer.unwrap() else {
            panic!("another answer");
        };
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(attributes, [pair("email", ""), pair("name", "Alice")]);
    }

    #[test]
    fn the_functions_of_a_custom_challenge_cannot_rename_the_user() {
        let parameters = BTreeMap::from([("USERNAME".to_owned(), "mallory".to_owned())]);
        let challenge = Challenge::Custom {
            username: "alice".to_owned(),
            parameters,
        };
        let written = challenge_parameters(challenge).unwrap();
        assert_eq!(written["USERNAME"], "alice");
    }
}
