//! What a pool with threat protection does about a risky sign-in, and what it tells the user.
//!
//! Nothing here computes how risky a sign-in is: a test says it (`POST /_mocknito/risk`). The
//! pool's lists of addresses that are always blocked or never judged do work, and compromised
//! passwords are found. Not here: the rules for configuring this (`threat_protection`), the lists
//! of passwords (`keys::compromised_passwords`), the sign-in itself.

use std::net::IpAddr;

use super::messages::{Text, escape_html};
use crate::store::Pool;
use crate::wire::user_pools::{
    AccountTakeoverActionType, AccountTakeoverEventActionType, AdvancedSecurityModeType,
    CompromisedCredentialsEventActionType, EventFilterType, NotifyConfigurationType,
    NotifyEmailType, RiskConfigurationType, RiskDecisionType, RiskLevelType,
};

/// What happens to the sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Response {
    Allow,
    /// It goes on with a second factor, even if the user has chosen none.
    Mfa,
    Block,
}

/// What was judged, and what follows.
#[derive(Debug, Clone, PartialEq)]
pub struct Assessment {
    pub decision: RiskDecisionType,
    pub level: Option<RiskLevelType>,
    pub response: Response,
    /// The message to the user, before its placeholders are filled in.
    pub email: Option<NotifyEmailType>,
}

/// What was found out about a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finding {
    Nothing,
    /// It is compromised, and the pool takes no action.
    Compromised,
    /// It is compromised, and must not be used.
    Blocked,
}

impl Assessment {
    fn no_risk(level: Option<RiskLevelType>) -> Self {
        Self {
            decision: RiskDecisionType::NoRisk,
            level,
            response: Response::Allow,
            email: None,
        }
    }
}

/// Judges a sign-in. The address is known if an application told it, the risk if a test said one.
/// `can_mfa` tells whether the user could be asked for a second factor.
pub fn assess(
    pool: &Pool,
    config: Option<&RiskConfigurationType>,
    ip: Option<IpAddr>,
    level: Option<RiskLevelType>,
    can_mfa: bool,
) -> Assessment {
    let exceptions = config.and_then(|config| config.risk_exception_configuration.as_ref());
    let listed = |list: Option<&Vec<String>>| {
        ip.is_some_and(|ip| list.into_iter().flatten().any(|range| contains(range, ip)))
    };
    if listed(exceptions.and_then(|exceptions| exceptions.skipped_ip_range_list.as_ref())) {
        return Assessment::no_risk(None);
    }
    // Documented: AUDIT only keeps the record and takes no action. (unsure) So the decision is
    // NoRisk.
    if !is_enforced(pool) {
        return Assessment::no_risk(level);
    }
    if listed(exceptions.and_then(|exceptions| exceptions.blocked_ip_range_list.as_ref())) {
        return Assessment {
            decision: RiskDecisionType::Block,
            level,
            response: Response::Block,
            email: None,
        };
    }
    let takeover = config.and_then(|config| config.account_takeover_risk_configuration.as_ref());
    let action = takeover.and_then(|takeover| {
        let actions = &takeover.actions;
        match level? {
            RiskLevelType::Low => actions.low_action.as_ref(),
            RiskLevelType::Medium => actions.medium_action.as_ref(),
            RiskLevelType::High => actions.high_action.as_ref(),
        }
    });
    // (unsure) What the service does about a level for which nothing was set is not documented.
    let Some(action) = action else {
        return Assessment::no_risk(level);
    };
    let response = match action.event_action {
        AccountTakeoverEventActionType::Block => Response::Block,
        AccountTakeoverEventActionType::NoAction => Response::Allow,
        _ if can_mfa => Response::Mfa,
        AccountTakeoverEventActionType::MfaIfConfigured => Response::Allow,
        AccountTakeoverEventActionType::MfaRequired => Response::Block,
    };
    let notify = takeover.and_then(|takeover| takeover.notify_configuration.as_ref());
    Assessment {
        decision: match response {
            Response::Block => RiskDecisionType::Block,
            Response::Allow | Response::Mfa => RiskDecisionType::AccountTakeover,
        },
        level,
        response,
        email: notify.and_then(|notify| email(notify, action, response)),
    }
}

/// What a compromised password is to the pool at this event; nothing if it does not look for one.
/// Documented: actions are taken in the mode ENFORCED. (unsure) AUDIT looks, and writes down what
/// it has found; a pool for which nothing was set does not look.
pub fn at_compromised_password(
    pool: &Pool,
    config: Option<&RiskConfigurationType>,
    event: EventFilterType,
) -> Finding {
    let compromised =
        config.and_then(|config| config.compromised_credentials_risk_configuration.as_ref());
    let Some(compromised) = compromised else {
        return Finding::Nothing;
    };
    // Documented: without a filter it is all events.
    let filter = compromised.event_filter.as_deref().unwrap_or_default();
    if !filter.is_empty() && !filter.contains(&event) {
        return Finding::Nothing;
    }
    match compromised.actions.event_action {
        CompromisedCredentialsEventActionType::Block if is_enforced(pool) => Finding::Blocked,
        CompromisedCredentialsEventActionType::Block
        | CompromisedCredentialsEventActionType::NoAction => Finding::Compromised,
    }
}

fn is_enforced(pool: &Pool) -> bool {
    let add_ons = pool.settings.user_pool_add_ons.as_ref();
    add_ons.map(|add_ons| add_ons.advanced_security_mode)
        == Some(AdvancedSecurityModeType::Enforced)
}

/// The template for what happened. (unsure) Where there is none the service has texts of its own,
/// which are not known.
fn email(
    notify: &NotifyConfigurationType,
    action: &AccountTakeoverActionType,
    response: Response,
) -> Option<NotifyEmailType> {
    if !action.notify {
        return None;
    }
    let (template, what) = match response {
        Response::Block => (&notify.block_email, "We blocked a sign-in"),
        Response::Mfa => (
            &notify.mfa_email,
            "We asked for a second factor at a sign-in",
        ),
        Response::Allow => (&notify.no_action_email, "We noticed an unusual sign-in"),
    };
    Some(template.clone().unwrap_or_else(|| NotifyEmailType {
        subject: what.to_owned(),
        html_body: None,
        text_body: Some(format!(
            "{what} to your account {{username}} at {{login-time}} from {{ip-address}}.\n\
             This was me: {{one-click-link-valid}}\nThis was not me: {{one-click-link-invalid}}"
        )),
    }))
}

/// Fills a template in. `value` gets the name of a placeholder, without braces; placeholders that
/// it does not know stay as they are. A value is never searched for placeholders, and in HTML it is
/// escaped.
pub fn fill(template: &NotifyEmailType, value: impl Fn(&str) -> Option<String>) -> Text {
    let filled = |text: &str, html: bool| {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            out.push_str(before);
            let found = after
                .split_once('}')
                .and_then(|(name, after)| Some((value(name)?, after)));
            rest = match found {
                Some((value, after)) => {
                    out.push_str(&if html { escape_html(&value) } else { value });
                    after
                }
                None => {
                    out.push('{');
                    after
                }
            };
        }
        out + rest
    };
    let (body, html) = match (&template.html_body, &template.text_body) {
        (Some(html), _) => (html.as_str(), true),
        (None, text) => (text.as_deref().unwrap_or_default(), false),
    };
    Text {
        subject: Some(filled(&template.subject, false)),
        body: filled(body, html),
    }
}

/// Whether the address is in a range in CIDR notation (RFC 4632 §3.1). IPv4 and IPv6 never match
/// each other.
fn contains(range: &str, ip: IpAddr) -> bool {
    let Some((network, bits)) = range.split_once('/') else {
        return false;
    };
    let (Ok(network), Ok(bits)) = (network.parse::<IpAddr>(), bits.parse::<u32>()) else {
        return false;
    };
    match (network, ip.to_canonical()) {
        (IpAddr::V4(network), IpAddr::V4(ip)) => {
            let differ = u32::from(network) ^ u32::from(ip);
            differ.leading_zeros() >= bits
        }
        (IpAddr::V6(network), IpAddr::V6(ip)) => {
            let differ = u128::from(network) ^ u128::from(ip);
            differ.leading_zeros() >= bits
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_in_a_range_when_its_first_bits_are() {
        let is_in = |range: &str, ip: &str| contains(range, ip.parse().unwrap());
        for (range, ip) in [
            ("192.0.2.0/24", "192.0.2.255"),
            ("192.0.2.7/32", "192.0.2.7"),
            ("0.0.0.0/0", "203.0.113.9"),
            ("2001:db8::/32", "2001:db8:ffff::1"),
            ("192.0.2.0/24", "::ffff:192.0.2.1"),
        ] {
            assert!(is_in(range, ip), "{range} {ip}");
        }
        for (range, ip) in [
            ("192.0.2.0/24", "192.0.3.0"),
            ("192.0.2.7/32", "192.0.2.6"),
            ("2001:db8::/32", "2001:db9::1"),
            ("::/0", "192.0.2.1"),
            ("junk", "192.0.2.1"),
        ] {
            assert!(!is_in(range, ip), "{range} {ip}");
        }
    }

    #[test]
    fn what_is_filled_in_is_not_looked_at_again() {
        let template = NotifyEmailType {
            subject: "For {username} {unknown} {".to_owned(),
            html_body: Some("<b>{username}</b>{event-id}".to_owned()),
            text_body: None,
        };
        let text = fill(&template, |name| match name {
            "username" => Some("<{event-id}>".to_owned()),
            "event-id" => Some("7".to_owned()),
            _ => None,
        });
        assert_eq!(
            text.subject.as_deref(),
            Some("For <{event-id}> {unknown} {")
        );
        assert_eq!(text.body, "<b>&lt;{event-id}&gt;</b>7");
    }
}
