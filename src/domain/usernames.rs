//! The names by which users are found, and the names that a user holds.

use super::identities;
use crate::error::{Error, Result};
use crate::keys::Identity;
use crate::store::{NameKind, Pool, User, UserName};
use crate::wire::user_pools::{AliasAttributeType, UsernameAttributeType, VerifiedAttributeType};

/// What `typed` may be, in the order in which it is tried. The `sub` is accepted everywhere.
pub fn candidates(pool: &Pool, typed: &str) -> Vec<UserName> {
    let mut names = Vec::with_capacity(3);
    let mut add = |kind, name: String| names.push(UserName { kind, name });
    if pool.username_attributes().is_empty() {
        add(NameKind::Username, fold(pool, NameKind::Username, typed));
    }
    if looks_like_email(typed) {
        if has_email(pool) {
            add(NameKind::Email, fold(pool, NameKind::Email, typed));
        }
    } else if looks_like_phone_number(typed) && has_phone_number(pool) {
        add(NameKind::PhoneNumber, typed.to_owned());
    }
    if pool
        .alias_attributes()
        .contains(&AliasAttributeType::PreferredUsername)
    {
        add(
            NameKind::PreferredUsername,
            fold(pool, NameKind::PreferredUsername, typed),
        );
    }
    if typed.len() == 36 && typed.as_bytes()[8] == b'-' {
        add(NameKind::Sub, typed.to_owned());
    }
    if !pool.username_attributes().is_empty() {
        // Only users of providers have names of their own there: `google_1234`.
        add(NameKind::Username, fold(pool, NameKind::Username, typed));
    }
    names
}

/// A user name that was asked for at sign-up or creation and has been checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chosen {
    /// It stays as it is.
    Username,
    /// It is the value of this attribute, and the user name will be the `sub`.
    Attribute(UsernameAttributeType),
}

/// The fewest digits of a number that is a user name; an attribute may have fewer.
const SHORTEST_PHONE_DIGITS: usize = 3;

/// Checks the form of a new user's name: it must not be mistaken for another kind of name with
/// which users sign in.
pub fn choose(pool: &Pool, typed: &str) -> Result<Chosen> {
    let (email, phone_number) = (looks_like_email(typed), looks_like_phone_number(typed));
    let attributes = pool.username_attributes();
    if attributes.is_empty() {
        let aliases = pool.alias_attributes();
        return if email && aliases.contains(&AliasAttributeType::Email) {
            Err(Error::UsernameLooksLikeEmail)
        } else if phone_number && aliases.contains(&AliasAttributeType::PhoneNumber) {
            Err(Error::UsernameLooksLikePhone)
        } else {
            Ok(Chosen::Username)
        };
    }
    let by_email = attributes.contains(&UsernameAttributeType::Email);
    let by_phone_number = attributes.contains(&UsernameAttributeType::PhoneNumber);
    if email && by_email {
        Ok(Chosen::Attribute(UsernameAttributeType::Email))
    } else if phone_number && by_phone_number && typed.len() > SHORTEST_PHONE_DIGITS {
        Ok(Chosen::Attribute(UsernameAttributeType::PhoneNumber))
    } else if by_email && by_phone_number {
        Err(Error::UsernameNotEmailOrPhone)
    } else if by_email {
        Err(Error::UsernameNotEmail)
    } else {
        Err(Error::UsernameNotPhone)
    }
}

/// The id under which the user's password was stored in the pool that this one was copied from,
/// where the user name is an id and so another one here.
fn known_as(user: &User) -> Option<&str> {
    let names = user.password.as_ref()?.stored_as.as_deref()?;
    let name = names.strip_prefix(Identity::of(user).pool_name())?;
    (user.username == user.sub && name != user.sub).then_some(name)
}

/// The names that this user holds now: user name, sub, verified aliases, and user name attributes,
/// whether verified or not.
pub fn held(pool: &Pool, user: &User) -> Vec<UserName> {
    let mut names = vec![
        UserName {
            kind: NameKind::Username,
            name: fold(pool, NameKind::Username, &user.username),
        },
        UserName {
            kind: NameKind::Sub,
            name: user.sub.clone(),
        },
    ];
    // In the copy of a pool, clients of SRP call a user by the id that it had in the original.
    if let Some(known_as) = known_as(user) {
        names.push(UserName {
            kind: NameKind::Sub,
            name: known_as.to_owned(),
        });
    }
    // A user of a provider may have the same address as somebody who signs up here; as on AWS they
    // are two users unless they are linked. (unsure) So users of providers are not found by address
    // or number.
    if identities::is_external(user) {
        return names;
    }
    let verified = |attribute: VerifiedAttributeType| attribute.is_verified(&user.attributes);
    let aliases = pool.alias_attributes();
    let attributes = pool.username_attributes();
    let mut add = |kind: NameKind, holds: bool| {
        if let Some(value) = user
            .attributes
            .get(kind.as_str())
            .filter(|value| holds && !value.is_empty())
        {
            names.push(UserName {
                kind,
                name: fold(pool, kind, value),
            });
        }
    };
    add(
        NameKind::Email,
        attributes.contains(&UsernameAttributeType::Email)
            || (aliases.contains(&AliasAttributeType::Email)
                && verified(VerifiedAttributeType::Email)),
    );
    add(
        NameKind::PhoneNumber,
        attributes.contains(&UsernameAttributeType::PhoneNumber)
            || (aliases.contains(&AliasAttributeType::PhoneNumber)
                && verified(VerifiedAttributeType::PhoneNumber)),
    );
    add(
        NameKind::PreferredUsername,
        aliases.contains(&AliasAttributeType::PreferredUsername),
    );
    names
}

/// The form in which names are compared: lower case in pools that are not case-sensitive.
pub fn fold(pool: &Pool, kind: NameKind, name: &str) -> String {
    match kind {
        NameKind::Sub | NameKind::PhoneNumber => name.to_owned(),
        _ if pool.is_case_sensitive() => name.to_owned(),
        _ => name.to_lowercase(),
    }
}

/// Whether users of the pool are called by their addresses.
pub fn has_email(pool: &Pool) -> bool {
    pool.alias_attributes().contains(&AliasAttributeType::Email)
        || pool
            .username_attributes()
            .contains(&UsernameAttributeType::Email)
}

/// Whether users of the pool are called by their numbers.
pub fn has_phone_number(pool: &Pool) -> bool {
    pool.alias_attributes()
        .contains(&AliasAttributeType::PhoneNumber)
        || pool
            .username_attributes()
            .contains(&UsernameAttributeType::PhoneNumber)
}

/// What the service accepts as an address: one `@` with something before it and a host after it,
/// and no white space.
pub fn looks_like_email(text: &str) -> bool {
    let Some((local, host)) = text.split_once('@') else {
        return false;
    };
    let dotted = host.split('.').all(|label| !label.is_empty());
    !local.is_empty()
        && dotted
        && !host.contains('@')
        && !text.contains(|c: char| c.is_whitespace() || c.is_control())
}

/// E.164: `+` and up to 15 digits.
pub fn looks_like_phone_number(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|digits| {
        (1..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;
    use crate::wire::user_pools::{UserPoolType, UserStatusType, UsernameConfigurationType};

    fn pool(
        aliases: &[AliasAttributeType],
        attributes: &[UsernameAttributeType],
        case_sensitive: bool,
    ) -> Pool {
        Pool {
            id: "eu-west-1_Pool".to_owned(),
            region: "eu-west-1".to_owned(),
            name: "pool".to_owned(),
            settings: UserPoolType {
                alias_attributes: (!aliases.is_empty()).then(|| aliases.to_vec()),
                username_attributes: (!attributes.is_empty()).then(|| attributes.to_vec()),
                username_configuration: Some(UsernameConfigurationType { case_sensitive }),
                ..UserPoolType::default()
            },
            factors: crate::store::MfaFactors::default(),
            token_sessions: None,
            created_at: Timestamp(0),
            updated_at: Timestamp(0),
        }
    }

    fn user(attributes: &[(&str, &str)]) -> User {
        User {
            sub: "0f0e0d0c-0b0a-7009-c807-060504030201".to_owned(),
            pool_id: "eu-west-1_Pool".to_owned(),
            username: "Alice".to_owned(),
            status: UserStatusType::Confirmed,
            enabled: true,
            attributes: attributes
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            password: None,
            signed_out_at: None,
            mfa: crate::store::MfaPreferences::default(),
            created_at: Timestamp(0),
            updated_at: Timestamp(0),
        }
    }

    fn shown(names: &[UserName]) -> Vec<String> {
        names
            .iter()
            .map(|name| format!("{}={}", name.kind.as_str(), name.name))
            .collect()
    }

    const EMAIL_ALIAS: &[AliasAttributeType] = &[AliasAttributeType::Email];
    const EMAIL_NAME: &[UsernameAttributeType] = &[UsernameAttributeType::Email];

    #[test]
    fn an_alias_is_held_once_verified_and_a_user_name_attribute_always() {
        let sub = "sub=0f0e0d0c-0b0a-7009-c807-060504030201";
        let held = |pool: &Pool, attributes: &[(&str, &str)]| shown(&held(pool, &user(attributes)));
        let aliases = pool(EMAIL_ALIAS, &[], true);
        let email = ("email", "A@b.c");
        assert_eq!(held(&aliases, &[email]), ["username=Alice", sub]);
        assert_eq!(
            held(&aliases, &[email, ("email_verified", "true")]),
            ["username=Alice", sub, "email=A@b.c"]
        );
        assert_eq!(
            held(&pool(&[], EMAIL_NAME, false), &[email]),
            ["username=alice", sub, "email=a@b.c"]
        );
        assert_eq!(
            held(
                &pool(&[AliasAttributeType::PreferredUsername], &[], true),
                &[("preferred_username", "Al"), email]
            ),
            ["username=Alice", sub, "preferred_username=Al"]
        );
    }

    #[test]
    fn what_was_typed_is_tried_as_what_it_may_be() {
        let tried = |pool: &Pool, typed: &str| shown(&candidates(pool, typed));
        let plain = pool(&[], &[], true);
        assert_eq!(tried(&plain, "A@b.c"), ["username=A@b.c"]);
        assert_eq!(
            tried(&pool(EMAIL_ALIAS, &[], false), "A@b.c"),
            ["username=a@b.c", "email=a@b.c"]
        );
        assert_eq!(
            tried(&pool(&[], EMAIL_NAME, true), "a@b.c"),
            ["email=a@b.c", "username=a@b.c"]
        );
        assert_eq!(
            tried(&pool(&[], EMAIL_NAME, true), "google_1"),
            ["username=google_1"]
        );
        let sub = "0f0e0d0c-0b0a-7009-c807-060504030201";
        assert_eq!(
            tried(&plain, sub),
            [format!("username={sub}"), format!("sub={sub}")]
        );
        // 36 bytes, whatever they are, must not break the guess.
        assert_eq!(tried(&plain, &"ä".repeat(18)).len(), 1);
    }

    #[test]
    fn a_new_user_name_must_not_look_like_what_the_pool_signs_in_by() {
        let chosen = |pool: &Pool, typed: &str| choose(pool, typed).map_err(|e| e.situation());
        let both = [
            UsernameAttributeType::Email,
            UsernameAttributeType::PhoneNumber,
        ];
        let phone = [UsernameAttributeType::PhoneNumber];
        // Verified on AWS: a name that looks like an e-mail is fine where e-mail means nothing.
        assert_eq!(chosen(&pool(&[], &[], true), "a@b.c"), Ok(Chosen::Username));
        assert_eq!(
            chosen(&pool(EMAIL_ALIAS, &[], true), "a@b.c"),
            Err("UsernameLooksLikeEmail")
        );
        assert_eq!(
            chosen(&pool(EMAIL_ALIAS, &[], true), "+123"),
            Ok(Chosen::Username)
        );
        assert_eq!(
            chosen(&pool(&[AliasAttributeType::PhoneNumber], &[], true), "+123"),
            Err("UsernameLooksLikePhone")
        );
        assert_eq!(
            chosen(&pool(&[], EMAIL_NAME, true), "a@b.c"),
            Ok(Chosen::Attribute(UsernameAttributeType::Email))
        );
        assert_eq!(
            chosen(&pool(&[], &both, true), "+123"),
            Ok(Chosen::Attribute(UsernameAttributeType::PhoneNumber))
        );
        for (attributes, refusal) in [
            (EMAIL_NAME, "UsernameNotEmail"),
            (&phone, "UsernameNotPhone"),
            (&both, "UsernameNotEmailOrPhone"),
        ] {
            assert_eq!(chosen(&pool(&[], attributes, true), "al"), Err(refusal));
        }
    }

    #[test]
    fn addresses_and_numbers_are_told_by_their_form() {
        for good in ["a@b", "a.b+c@d-e.f", "ä@ö.ü"] {
            assert!(looks_like_email(good), "{good}");
        }
        for bad in ["a", "@b", "a@", "a@b@c", "a b@c", "a@.b", "a@b.", "a@b..c"] {
            assert!(!looks_like_email(bad), "{bad}");
        }
        for good in ["+1", "+123456789012345"] {
            assert!(looks_like_phone_number(good), "{good}");
        }
        for bad in ["", "+", "1", "+1a", "+1 2", "+1234567890123456"] {
            assert!(!looks_like_phone_number(bad), "{bad}");
        }
    }
}
