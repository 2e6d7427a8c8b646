//! The rules for configuring what a pool does about risky sign-ins.
//!
//! Not here: judging a sign-in (`risk`).

use std::net::IpAddr;

use crate::error::{Error, Result};
use crate::store::{Kept, Pool, PoolDocument};
use crate::wire::Sensitive;
use crate::wire::user_pools::{
    AccountTakeoverRiskConfigurationType, AdvancedSecurityModeType, RiskConfigurationType,
    RiskExceptionConfigurationType, SetRiskConfigurationRequest,
};

/// The key of the configuration for the whole pool. A client's own is stored under the client's id.
pub const POOL: &str = "";

impl PoolDocument for RiskConfigurationType {
    const KIND: &'static str = "risk";
}

/// Refuses pools without threat protection.
pub fn check_enabled(pool: &Pool) -> Result<()> {
    let add_ons = pool.settings.user_pool_add_ons.as_ref();
    let mode = add_ons.map(|add_ons| add_ons.advanced_security_mode);
    match mode {
        Some(AdvancedSecurityModeType::Audit | AdvancedSecurityModeType::Enforced) => Ok(()),
        Some(AdvancedSecurityModeType::Off) | None => Err(Error::AddOnNotEnabled),
    }
}

/// Checks what a request sets. None if it sets nothing: then a client goes back to the pool's
/// configuration, and a pool to the defaults.
pub fn asked(request: SetRiskConfigurationRequest) -> Result<Option<RiskConfigurationType>> {
    if let Some(takeover) = &request.account_takeover_risk_configuration {
        check_takeover(takeover)?;
    }
    if let Some(exceptions) = &request.risk_exception_configuration {
        check_exceptions(exceptions)?;
    }
    let asked = RiskConfigurationType {
        compromised_credentials_risk_configuration: request
            .compromised_credentials_risk_configuration,
        account_takeover_risk_configuration: request.account_takeover_risk_configuration,
        risk_exception_configuration: request.risk_exception_configuration,
        ..RiskConfigurationType::default()
    };
    Ok((asked != RiskConfigurationType::default()).then_some(asked))
}

/// The configuration as it is described. (unsure) Without one only the ids are described.
pub fn described(
    pool: &str,
    client: Option<String>,
    kept: Option<Kept<RiskConfigurationType>>,
) -> RiskConfigurationType {
    let changed = kept.as_ref().map(|kept| kept.updated_at);
    RiskConfigurationType {
        user_pool_id: Some(pool.to_owned()),
        client_id: client.map(Sensitive::new),
        last_modified_date: changed,
        ..kept.map(|kept| kept.document).unwrap_or_default()
    }
}

/// If users are to be notified, the messages need a sender and a text.
fn check_takeover(takeover: &AccountTakeoverRiskConfigurationType) -> Result<()> {
    let actions = &takeover.actions;
    let mut levels = [
        &actions.low_action,
        &actions.medium_action,
        &actions.high_action,
    ]
    .into_iter()
    .flatten();
    let notifies = levels.any(|action| action.notify);
    let Some(notify) = &takeover.notify_configuration else {
        return if notifies {
            Err(Error::NotifyConfigurationMissing)
        } else {
            Ok(())
        };
    };
    for (name, email) in [
        ("BlockEmail", &notify.block_email),
        ("NoActionEmail", &notify.no_action_email),
        ("MfaEmail", &notify.mfa_email),
    ] {
        if let Some(email) = email
            && email.html_body.is_none()
            && email.text_body.is_none()
        {
            return Err(Error::NotifyEmailWithoutBody {
                name: name.to_owned(),
            });
        }
    }
    Ok(())
}

fn check_exceptions(exceptions: &RiskExceptionConfigurationType) -> Result<()> {
    let lists = [
        &exceptions.blocked_ip_range_list,
        &exceptions.skipped_ip_range_list,
    ];
    let mut ranges = lists.into_iter().flatten().flatten();
    match ranges.find(|range| !is_range(range)) {
        None => Ok(()),
        Some(range) => Err(Error::IpRangeMalformed {
            range: range.clone(),
        }),
    }
}

/// CIDR notation: an address, a slash and a number of bits (RFC 4632 §3.1).
fn is_range(text: &str) -> bool {
    let Some((address, bits)) = text.split_once('/') else {
        return false;
    };
    let most = match address.parse() {
        Ok(IpAddr::V4(_)) => 32,
        Ok(IpAddr::V6(_)) => 128,
        Err(_) => return false,
    };
    let is_number = !bits.is_empty() && bits.bytes().all(|b| b.is_ascii_digit());
    is_number && bits.parse::<u32>().is_ok_and(|bits| bits <= most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_written_in_cidr_notation() {
        for range in ["10.0.0.0/8", "192.0.2.1/32", "0.0.0.0/0", "2001:db8::/32"] {
            assert!(is_range(range), "{range}");
        }
        for range in [
            "",
            "10.0.0.0",
            "10.0.0.0/33",
            "10.0.0/8",
            "10.0.0.0/",
            "10.0.0.0/+8",
            "::/129",
            "a/8",
        ] {
            assert!(!is_range(range), "{range}");
        }
    }
}
