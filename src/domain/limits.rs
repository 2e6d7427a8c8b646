//! Request rates by API category: the service's defaults, and what may be asked for. Mocknito
//! limits no rate.

use crate::error::{Error, Result};
use crate::wire::user_pools::LimitDefinitionType;

/// The categories and their default rates, in requests per second, as the documentation of the
/// quotas lists them. (unsure) The newest categories are guessed.
const DEFAULTS: [(&str, i32); 17] = [
    ("UserAuthentication", 120),
    ("UserCreation", 50),
    ("UserFederation", 25),
    ("UserAccountRecovery", 30),
    ("UserRead", 120),
    ("UserUpdate", 25),
    ("UserToken", 120),
    ("UserResourceRead", 50),
    ("UserResourceUpdate", 25),
    ("UserList", 30),
    ("UserPoolRead", 15),
    ("UserPoolUpdate", 15),
    ("UserPoolResourceRead", 20),
    ("UserPoolResourceUpdate", 15),
    ("UserPoolClientRead", 15),
    ("UserPoolClientUpdate", 15),
    ("ClientAuthentication", 150),
];

/// The category that a request names, and its default rate.
pub fn category(definition: &LimitDefinitionType) -> Result<(&'static str, i32)> {
    let asked = match definition.attributes.iter().next() {
        Some((key, value)) if key == "Category" && definition.attributes.len() == 1 => value,
        _ => return Err(Error::LimitAttributes),
    };
    DEFAULTS
        .into_iter()
        .find(|(name, _)| name == asked)
        .ok_or_else(|| Error::LimitCategoryUnknown {
            category: asked.clone(),
        })
}

/// Refuses rates below the default. How far above it an account may go is a matter of Service
/// Quotas, which is not emulated.
pub fn check(category: &str, default: i32, asked: i32) -> Result<()> {
    if asked < default {
        return Err(Error::LimitBelowDefault {
            category: category.to_owned(),
            value: default,
        });
    }
    Ok(())
}
