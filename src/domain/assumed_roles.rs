//! Roles that somebody has assumed: how AWS names them, and who may assume which.
//!
//! Not here: which role an identity gets that asks for none (`role_choice.rs`), credentials
//! (`flows::identity_pools::credentials`).

use super::arns::Arn;
use super::identity_pools::{AUTHENTICATED, GUEST};
use crate::store::PoolRoles;

/// A role by its ARN: `arn:aws:iam::<account>:role/<path and name>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoleName<'a> {
    pub partition: &'a str,
    pub account: &'a str,
    /// Without the path.
    pub name: &'a str,
}

impl<'a> RoleName<'a> {
    /// None when it is no role's ARN.
    pub fn parse(arn: &'a str) -> Option<Self> {
        let Arn {
            partition,
            service,
            region,
            account,
            resource,
        } = Arn::parse(arn)?;
        let path = resource.strip_prefix("role/")?;
        let name = path.rsplit('/').next()?;
        let is_account = account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit());
        let is_iams = service == "iam" && region.is_empty();
        (is_iams && is_account && !name.is_empty()).then_some(Self {
            partition,
            account,
            name,
        })
    }

    /// The ARN of a session in which the role is assumed.
    pub fn session_arn(&self, session_name: &str) -> String {
        let Self {
            partition,
            account,
            name,
        } = self;
        format!("arn:{partition}:sts::{account}:assumed-role/{name}/{session_name}")
    }
}

/// Whether the identity pool gives this role to whoever has an OpenID token with this `amr`.
///
/// (unsure) On AWS the role's trust policy decides. There is no IAM here, so it is what such
/// policies say in the end: guests may have the pool's role for guests, everybody else its role for
/// those, or one that its mapping rules give.
pub fn trusts(roles: &PoolRoles, amr: &[String], role_arn: &str) -> bool {
    let is = |method: &str| amr.iter().any(|one| one == method);
    let default = |kind: &str| roles.roles.get(kind).is_some_and(|role| role == role_arn);
    if is(GUEST) {
        return default(GUEST);
    }
    let mut rules = roles
        .mappings
        .values()
        .filter_map(|mapping| mapping.rules_configuration.as_ref())
        .flat_map(|configuration| &configuration.rules);
    is(AUTHENTICATED) && (default(AUTHENTICATED) || rules.any(|rule| rule.role_arn == role_arn))
}

/// The provider by whose login somebody is authenticated: the first of several.
pub fn login_provider(amr: &[String]) -> Option<&str> {
    let mut amr = amr.iter().map(String::as_str);
    (amr.next() == Some(AUTHENTICATED))
        .then(|| amr.next())
        .flatten()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn a_session_is_named_after_the_role_without_its_path() {
        let role = RoleName::parse("arn:aws-cn:iam::123456789012:role/a/b/name").unwrap();
        assert_eq!(
            role.session_arn("me"),
            "arn:aws-cn:sts::123456789012:assumed-role/name/me"
        );
        for other in [
            "",
            "arn:aws:iam::123456789012:role/",
            "arn:aws:iam::123456789012:user/name",
            "arn:aws:sts::123456789012:role/name",
            "arn:aws:iam::12345:role/name",
            "arn:aws:iam:us-east-1:123456789012:role/name",
            "xxx:aws:iam::123456789012:role/name",
        ] {
            assert_eq!(RoleName::parse(other), None, "{other}");
        }
    }

    #[test]
    fn a_guest_has_the_guests_role_and_nobody_elses() {
        let roles = PoolRoles {
            roles: BTreeMap::from([
                (AUTHENTICATED.to_owned(), "in".to_owned()),
                (GUEST.to_owned(), "out".to_owned()),
            ]),
            mappings: BTreeMap::new(),
        };
        let amr = |list: &[&str]| -> Vec<String> { list.iter().map(|one| (*one).into()).collect() };
        assert!(trusts(&roles, &amr(&[GUEST]), "out"));
        assert!(!trusts(&roles, &amr(&[GUEST]), "in"));
        assert!(!trusts(&roles, &amr(&[GUEST, AUTHENTICATED]), "in"));
        assert!(trusts(&roles, &amr(&[AUTHENTICATED, "p"]), "in"));
        assert!(!trusts(&roles, &amr(&[AUTHENTICATED, "p"]), "out"));
        assert!(!trusts(&roles, &amr(&["p"]), "in"));
        assert!(!trusts(&PoolRoles::default(), &amr(&[AUTHENTICATED]), "in"));
        assert_eq!(
            login_provider(&amr(&[AUTHENTICATED, "p", "p:s"])),
            Some("p")
        );
        assert_eq!(login_provider(&amr(&[GUEST])), None);
    }
}
