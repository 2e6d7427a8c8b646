//! Authentication levels: how strong the methods are with which a user signed in, and the name that
//! a pool gives to that strength (`acr`).
//!
//! Which factors reach which level is fixed, as on AWS; a pool names the four levels. Not here: the
//! order in which factors are asked for (`flows::sign_in`), where the methods are stored (`store`).

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::federation::Claims;
use crate::error::{Error, Result};
use crate::store::{Method, Methods, Pool};
use crate::wire::user_pools::{AcrLevelConfigType, IdentityProviderType};

/// How strongly somebody proved who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Level {
    /// A password.
    One,
    /// A one-time code alone.
    Two,
    /// A passkey, or a password and a code that was sent.
    Three,
    /// A password and an authenticator app.
    Four,
}

/// Whether an `AcrConfiguration` calls each level as Cognito does by itself.
pub fn has_default_names(configuration: &serde_json::Value) -> bool {
    Level::ALL.into_iter().all(|level| {
        let name = &configuration[level.key()]["AcrValue"];
        name.is_null() || *name == level.default_name()
    })
}

impl Level {
    const ALL: [Self; 4] = [Self::One, Self::Two, Self::Three, Self::Four];

    /// The key of `AcrConfiguration`.
    fn key(self) -> &'static str {
        match self {
            Self::One => "Level1",
            Self::Two => "Level2",
            Self::Three => "Level3",
            Self::Four => "Level4",
        }
    }

    fn default_name(self) -> &'static str {
        match self {
            Self::One => "urn:cognito:loa:1",
            Self::Two => "urn:cognito:loa:2",
            Self::Three => "urn:cognito:loa:3",
            Self::Four => "urn:cognito:loa:4",
        }
    }

    /// What a provider calls this level, if its `AcrMapping` says so.
    pub fn mapped_name(self, provider: &IdentityProviderType) -> Option<&str> {
        let mapping = provider.acr_mapping.as_ref()?;
        let name = mapping.get(self.key())?;
        (!name.is_empty()).then_some(name.as_str())
    }

    /// The level of a sign-in of which the provider said this. What is not mapped is the lowest, as
    /// documented.
    pub fn of_provider(provider: &IdentityProviderType, claims: &Claims) -> Self {
        let said = claims.get("acr").and_then(serde_json::Value::as_str);
        // (unsure) One name for several levels counts as the lowest of them.
        let mut levels = Self::ALL.into_iter();
        levels
            .find(|level| said.is_some() && level.mapped_name(provider) == said)
            .unwrap_or(Self::One)
    }

    /// What a provider's word at this level proves.
    pub fn by_provider(self) -> Methods {
        let mut methods = Methods::from(Method::Federated);
        match self {
            Self::One => {}
            Self::Two => methods.add(Method::FederatedAtTwo),
            Self::Three => methods.add(Method::FederatedAtThree),
            Self::Four => methods.add(Method::FederatedAtFour),
        }
        methods
    }
}

impl Methods {
    /// The highest level that these methods reach. (unsure) None for a pool's own challenges and
    /// for a code that confirmed a sign-up, which reach no level.
    pub fn level(&self) -> Option<Level> {
        let code = self.has(Method::Sms) || self.has(Method::Email);
        let passkey = self.has(Method::SoftwareKey) || self.has(Method::HardwareKey);
        let password = self.has(Method::Password);
        if (password && self.has(Method::SoftwareToken)) || self.has(Method::FederatedAtFour) {
            Some(Level::Four)
        } else if passkey || (password && code) || self.has(Method::FederatedAtThree) {
            Some(Level::Three)
        } else if code || self.has(Method::FederatedAtTwo) {
            Some(Level::Two)
        } else if password || self.has(Method::Federated) {
            // (unsure) Documented: an answer without a known level counts as the lowest.
            Some(Level::One)
        } else {
            None
        }
    }

    /// The claim `amr`. Two factors add `mfa`.
    pub fn amr(&self) -> Vec<&'static str> {
        let is_level = |method: &&Method| {
            matches!(
                method,
                Method::FederatedAtTwo | Method::FederatedAtThree | Method::FederatedAtFour
            )
        };
        let methods = self.as_slice().iter().filter(|method| !is_level(method));
        let mut each: Vec<&str> = methods.map(|method| method.as_str()).collect();
        if each.len() > 1 {
            each.push("mfa");
        }
        each
    }
}

impl Pool {
    /// The pool's name for a level.
    pub fn level_name(&self, level: Level) -> &str {
        let names = self.settings.acr_configuration.as_ref();
        names
            .and_then(|names| names.get(level.key()))
            .map_or(level.default_name(), |name| &name.acr_value)
    }

    /// The level with this name.
    pub fn level_named(&self, name: &str) -> Option<Level> {
        Level::ALL
            .into_iter()
            .find(|level| self.level_name(*level) == name)
    }

    /// The levels that a list asks for, in its order. Unknown names are skipped.
    pub fn levels_named(&self, list: &str) -> Vec<Level> {
        list.split_ascii_whitespace()
            .filter_map(|name| self.level_named(name))
            .collect()
    }

    /// The claim `acr`, if the tokens of this sign-in have it and `amr`. (unsure) The documentation
    /// says in one place that all tokens have both claims and in another that asking for a level
    /// adds them. Here tokens have them if a level was asked for or if the pool has level names of
    /// its own.
    pub fn told_level(&self, methods: &Methods, was_asked: bool) -> Option<String> {
        let level = methods.level()?;
        let tells = was_asked
            || self
                .settings
                .acr_configuration
                .as_ref()
                .is_some_and(are_own);
        tells.then(|| self.level_name(level).to_owned())
    }
}

/// `AcrConfiguration` with all four levels, under the service's names where the pool has none of
/// its own. No two may have the same name.
pub fn names(
    asked: BTreeMap<String, AcrLevelConfigType>,
) -> Result<BTreeMap<String, AcrLevelConfigType>> {
    let mut names: BTreeMap<_, _> = Level::ALL
        .into_iter()
        .map(|level| {
            let acr_value = level.default_name().to_owned();
            (level.key().to_owned(), AcrLevelConfigType { acr_value })
        })
        .collect();
    names.extend(asked);
    let mut seen = BTreeSet::new();
    match names.values().find(|name| !seen.insert(&name.acr_value)) {
        Some(name) => Err(Error::AcrValueRepeats {
            value: name.acr_value.clone(),
        }),
        None => Ok(names),
    }
}

/// Whether any of these names differs from the service's.
pub fn are_own(names: &BTreeMap<String, AcrLevelConfigType>) -> bool {
    Level::ALL.into_iter().any(|level| {
        let name = names.get(level.key());
        name.is_some_and(|name| name.acr_value != level.default_name())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_level_counts_that_the_factors_fully_reach() {
        for (amr, level) in [
            ("", None),
            ("otp", None),
            ("fed", Some(Level::One)),
            ("fed fed:2", Some(Level::Two)),
            ("fed fed:3", Some(Level::Three)),
            ("fed fed:4", Some(Level::Four)),
            ("pwd", Some(Level::One)),
            ("sms", Some(Level::Two)),
            ("email_otp", Some(Level::Two)),
            ("sms otp", Some(Level::Two)),
            ("swk", Some(Level::Three)),
            ("hwk", Some(Level::Three)),
            ("pwd sms", Some(Level::Three)),
            ("email_otp pwd", Some(Level::Three)),
            ("hwk otp", Some(Level::Three)),
            ("pwd otp", Some(Level::Four)),
            ("pwd sms otp", Some(Level::Four)),
        ] {
            let methods = Methods::named(amr.split_ascii_whitespace());
            assert_eq!(methods.level(), level, "{amr}");
        }
    }

    #[test]
    fn two_factors_are_several_and_the_same_twice_is_one() {
        let mut methods = Methods::from(Method::Password);
        methods.add(Method::Password);
        assert_eq!(methods.amr(), ["pwd"]);
        methods.add(Method::SoftwareToken);
        assert_eq!(methods.amr(), ["pwd", "otp", "mfa"]);
        assert_eq!(Methods::named(methods.amr().into_iter()), methods);
        assert_eq!(Level::Four.by_provider().amr(), ["fed"]);
    }

    #[test]
    fn a_providers_names_are_translated_and_unknown_ones_are_the_lowest() {
        let mapping = [("Level2", "silver"), ("Level4", "gold"), ("Level1", "")];
        let mapping = mapping.map(|(level, name)| (level.to_owned(), name.to_owned()));
        let provider = IdentityProviderType {
            acr_mapping: Some(mapping.into_iter().collect()),
            ..IdentityProviderType::default()
        };
        for (said, level) in [
            (serde_json::json!({ "acr": "gold" }), Level::Four),
            (serde_json::json!({ "acr": "silver" }), Level::Two),
            (
                serde_json::json!({ "acr": "urn:cognito:loa:4" }),
                Level::One,
            ),
            (serde_json::json!({ "acr": "" }), Level::One),
            (serde_json::json!({ "acr": 4 }), Level::One),
            (serde_json::json!({}), Level::One),
        ] {
            let claims = said.as_object().unwrap();
            assert_eq!(Level::of_provider(&provider, claims), level, "{said}");
        }
        assert_eq!(Level::Two.mapped_name(&provider), Some("silver"));
        assert_eq!(Level::Three.mapped_name(&provider), None);
        assert_eq!(Level::One.mapped_name(&provider), None);
    }
}
