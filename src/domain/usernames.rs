//! Under which names users are found, and which names a user holds.

use crate::store::{NameKind, Pool, User, UserName};
use crate::wire::user_pools::{AliasAttributeType, UsernameAttributeType};

/// The names that `typed` may be, in the order in which they are tried. `sub` is accepted everywhere.
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
    names
}

/// The names that this user holds as things stand: user name, sub, aliases once verified, user name attributes always.
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
    let verified = |flag: &str| {
        user.attributes
            .get(flag)
            .is_some_and(|value| value == "true")
    };
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
            || (aliases.contains(&AliasAttributeType::Email) && verified("email_verified")),
    );
    add(
        NameKind::PhoneNumber,
        attributes.contains(&UsernameAttributeType::PhoneNumber)
            || (aliases.contains(&AliasAttributeType::PhoneNumber)
                && verified("phone_number_verified")),
    );
    add(
        NameKind::PreferredUsername,
        aliases.contains(&AliasAttributeType::PreferredUsername),
    );
    names
}

/// The form in which names are compared: folded in pools that are not case-sensitive.
pub fn fold(pool: &Pool, kind: NameKind, name: &str) -> String {
    match kind {
        NameKind::Sub | NameKind::PhoneNumber => name.to_owned(),
        _ if pool.is_case_sensitive() => name.to_owned(),
        _ => name.to_lowercase(),
    }
}

fn has_email(pool: &Pool) -> bool {
    pool.alias_attributes().contains(&AliasAttributeType::Email)
        || pool
            .username_attributes()
            .contains(&UsernameAttributeType::Email)
}

fn has_phone_number(pool: &Pool) -> bool {
    pool.alias_attributes()
        .contains(&AliasAttributeType::PhoneNumber)
        || pool
            .username_attributes()
            .contains(&UsernameAttributeType::PhoneNumber)
}

/// One `@` with something before it and a dotted or plain host after it, no white space: what the service lets through.
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
