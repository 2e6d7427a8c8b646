//! How somebody proved who they are, as token families, codes and browsers' sessions keep it.
//!
//! Not here: what it is worth (`domain::authentication_levels`).

use serde::{Deserialize, Serialize};

use crate::error::Result;

/// One way to prove who one is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Method {
    Password,
    /// A code of an authenticator app.
    SoftwareToken,
    Sms,
    Email,
    /// A passkey of the device that the user signs in on.
    SoftwareKey,
    /// A passkey that the user carries along: a security key, a phone.
    HardwareKey,
    /// The word of an identity provider.
    Federated,
    /// Beside that word: that it stands for more than the lowest level, by the mapping that the
    /// provider had then (`AcrMapping`).
    FederatedAtTwo,
    FederatedAtThree,
    FederatedAtFour,
}

impl Method {
    const ALL: [Self; 10] = [
        Self::Password,
        Self::SoftwareToken,
        Self::Sms,
        Self::Email,
        Self::SoftwareKey,
        Self::HardwareKey,
        Self::Federated,
        Self::FederatedAtTwo,
        Self::FederatedAtThree,
        Self::FederatedAtFour,
    ];

    /// The value of `amr`, and what the store calls it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Password => "pwd",
            Self::SoftwareToken => "otp",
            Self::Sms => "sms",
            Self::Email => "email_otp",
            Self::SoftwareKey => "swk",
            Self::HardwareKey => "hwk",
            Self::Federated => "fed",
            Self::FederatedAtTwo => "fed:2",
            Self::FederatedAtThree => "fed:3",
            Self::FederatedAtFour => "fed:4",
        }
    }
}

/// All ways in which somebody did, each once, in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Methods(Vec<Method>);

impl Methods {
    pub fn add(&mut self, method: Method) {
        if !self.has(method) {
            self.0.push(method);
        }
    }

    pub fn has(&self, method: Method) -> bool {
        self.0.contains(&method)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn as_slice(&self) -> &[Method] {
        &self.0
    }

    /// What a list of `amr` values names, as far as they are of single ways.
    pub fn named<'n>(names: impl Iterator<Item = &'n str>) -> Self {
        let mut methods = Self::default();
        for name in names {
            if let Some(known) = Method::ALL.into_iter().find(|one| one.as_str() == name) {
                methods.add(known);
            }
        }
        methods
    }

    pub(super) fn column(&self) -> String {
        let names: Vec<&str> = self.0.iter().map(|method| method.as_str()).collect();
        names.join(" ")
    }

    pub(super) fn from_column(text: &str) -> Result<Self> {
        let methods = Self::named(text.split_ascii_whitespace());
        if methods.column() == text {
            Ok(methods)
        } else {
            Err(anyhow::anyhow!("unknown authentication methods {text} in the store").into())
        }
    }
}

impl From<Method> for Methods {
    fn from(method: Method) -> Self {
        Self(vec![method])
    }
}
