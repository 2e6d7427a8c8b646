//! How users are described in answers.

use crate::store::{Attributes, User};
use crate::wire::user_pools::{AttributeType, UserType};

/// The attributes as answers list them: `sub` first, the others in the order in which they were
/// set. Only those for which `shown` is true.
pub fn attribute_list(
    sub: String,
    attributes: Attributes,
    shown: impl Fn(&str) -> bool,
) -> Vec<AttributeType> {
    std::iter::once(("sub".to_owned(), sub))
        .chain(attributes)
        .filter(|(name, _)| shown(name))
        .map(|(name, value)| AttributeType {
            name,
            value: Some(value.into()),
        })
        .collect()
}

/// The user as AdminCreateUser, ListUsers and ListUsersInGroup describe it.
pub fn describe(user: User, shown: impl Fn(&str) -> bool) -> UserType {
    UserType {
        mfa_options: user.mfa.options(),
        username: Some(user.username.into()),
        attributes: Some(attribute_list(user.sub, user.attributes, shown)),
        user_create_date: Some(user.created_at),
        user_last_modified_date: Some(user.updated_at),
        enabled: Some(user.enabled),
        user_status: Some(user.status),
    }
}
