//! A pool's plan: which one it has when none is named, and which features each is without.
//!
//! Not here: features that are refused where they are asked for (`Pool::require_essentials`).

use super::registration;
use crate::error::{Error, Result};
use crate::wire::user_pools::{AdvancedSecurityModeType, UserPoolTierType as Tier, UserPoolType};

/// The plan of a pool with the asked settings. Threat protection brings the plan that has it,
/// unless the request names one (unsure for updates); else the pool keeps the plan that it had
/// `before`.
pub fn chosen(asked: &UserPoolType, before: Option<Tier>) -> Result<Tier> {
    let protects = has_threat_protection(asked);
    let tier = asked
        .user_pool_tier
        .or(protects.then_some(Tier::Plus))
        .or(before)
        .unwrap_or(Tier::Essentials);
    let lost: Vec<&str> = [
        (protects && tier != Tier::Plus, "Threat Protection"),
        (
            keeps_history(asked) && tier == Tier::Lite,
            "Password History",
        ),
        (
            registration::is_on(asked) && tier == Tier::Lite,
            // (unsure) What it is called here.
            "Dynamic Client Registration",
        ),
    ]
    .into_iter()
    .filter_map(|(is_lost, feature)| is_lost.then_some(feature))
    .collect();
    if lost.is_empty() {
        return Ok(tier);
    }
    let tier_name = tier.as_str().to_owned();
    // (unsure) How several features are joined.
    let features = lost.join(", ");
    Err(match before {
        Some(before) if before != tier => Error::TierChangeLosesFeatures {
            tier: tier_name,
            features,
        },
        _ => Error::TierLacksFeatures {
            tier: tier_name,
            features,
        },
    })
}

fn has_threat_protection(asked: &UserPoolType) -> bool {
    let add_ons = asked.user_pool_add_ons.as_ref();
    add_ons.is_some_and(|add_ons| add_ons.advanced_security_mode != AdvancedSecurityModeType::Off)
}

fn keeps_history(asked: &UserPoolType) -> bool {
    asked
        .policies
        .as_ref()
        .and_then(|policies| policies.password_policy.as_ref())
        .and_then(|policy| policy.password_history_size)
        .is_some_and(|size| size > 0)
}
