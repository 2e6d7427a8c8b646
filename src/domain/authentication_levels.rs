//! Authentication levels: how strong the methods are with which a user signed in, and the name that
//! a pool gives to that strength (`acr`).
//!
//! Which factors reach which level is fixed, as on AWS; a pool names the four levels. Not here: the
//! order in which factors are asked for (`flows::sign_in`), where the methods are stored (`store`).

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::store::{Method, Methods, Pool};
use crate::wire::user_pools::AcrLevelConfigType;

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
}

impl Methods {
    /// The highest level that these methods reach. (unsure) None for a pool's own challenges and
    /// for a code that confirmed a sign-up, which reach no level.
    pub fn level(&self) -> Option<Level> {
        let code = self.has(Method::Sms) || self.has(Method::Email);
        let passkey = self.has(Method::SoftwareKey) || self.has(Method::HardwareKey);
        let password = self.has(Method::Password);
        if password && self.has(Method::SoftwareToken) {
            Some(Level::Four)
        } else if passkey || (password && code) {
            Some(Level::Three)
        } else if code {
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
        let methods = self.as_slice();
        let several = (methods.len() > 1).then_some("mfa");
        let each = methods.iter().map(|method| method.as_str());
        each.chain(several).collect()
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
    }
}
