//! Which values users' attributes may have, who may write them, and what follows from a change.
//!
//! An empty value clears an attribute. Values are checked against the type and bounds in the pool's
//! schema; changing an address or a number ends its verification. Not here: the names that follow
//! from attributes (`usernames`), sending codes (`flows::deliver`).

use std::cmp::Ordering;

use time::format_description::well_known::Iso8601;
use time::{Date, PrimitiveDateTime};

use super::usernames;
use crate::clock::Timestamp;
use crate::error::{AttributeFault, Error, Result};
use crate::store::{Attributes, Client, Pool, User};
use crate::wire::user_pools::{
    AliasAttributeType, AttributeDataType, AttributeType, SchemaAttributeType,
    UsernameAttributeType, VerifiedAttributeType,
};

/// Who writes, and on which occasion. It decides what may be written and how a refusal is worded.
#[derive(Debug, Clone, Copy)]
enum Author<'a> {
    /// AdminCreateUser
    Creator,
    /// SignUp, through a client
    SignUp(&'a Client),
    /// AdminUpdateUserAttributes and its twin that deletes
    Admin,
    /// The user, through a client, with an access token
    User(&'a Client),
    /// The user, through a client, in answer to NEW_PASSWORD_REQUIRED
    NewUser(&'a Client),
    /// An identity provider, through a client, at a user's first or a later sign-in
    Provider { client: &'a Client, new: bool },
}

/// A code that the change of an attribute asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeDue {
    pub attribute: VerifiedAttributeType,
    /// The new value, which is where the code goes.
    pub value: String,
    /// The new value counts only once it is verified; until then the old one stays.
    pub pending: bool,
}

/// The longest value that an identity provider can set, also where the schema has no bound.
const LONGEST_VALUE: usize = 2048;

/// The attributes whose change ends a verification.
const VERIFIABLE: [VerifiedAttributeType; 2] = [
    VerifiedAttributeType::Email,
    VerifiedAttributeType::PhoneNumber,
];

impl VerifiedAttributeType {
    /// The attribute that says whether this one is verified.
    pub fn flag(self) -> &'static str {
        match self {
            Self::Email => "email_verified",
            Self::PhoneNumber => "phone_number_verified",
        }
    }

    /// Whether the attribute is verified among these.
    pub fn is_verified(self, attributes: &Attributes) -> bool {
        attributes
            .get(self.flag())
            .is_some_and(|flag| flag == "true")
    }
}

/// The attributes of a user whom an administrator creates. Required ones may be missing: the first
/// sign-in asks for them. `named` is the attribute that gets its value from the user name, in pools
/// where there is one.
pub fn at_creation(
    pool: &Pool,
    named: Option<(UsernameAttributeType, &str)>,
    given: Vec<AttributeType>,
) -> Result<Attributes> {
    create(pool, Author::Creator, named, pairs(given)?)
}

/// The attributes of somebody who signs up. [`check_required`] finds missing required ones.
pub fn at_sign_up(
    pool: &Pool,
    client: &Client,
    named: Option<(UsernameAttributeType, &str)>,
    given: Vec<AttributeType>,
) -> Result<Attributes> {
    let given = pairs(given)?;
    let preferred = AliasAttributeType::PreferredUsername;
    if pool.alias_attributes().contains(&preferred)
        && given.iter().any(|(name, _)| name == preferred.as_str())
    {
        return Err(Error::PreferredUsernameAtSignUp);
    }
    create(pool, Author::SignUp(client), named, given)
}

fn create(
    pool: &Pool,
    author: Author<'_>,
    named: Option<(UsernameAttributeType, &str)>,
    mut given: Vec<(String, String)>,
) -> Result<Attributes> {
    let mut attributes = Attributes::new();
    let mut changes = Attributes::new();
    if let Some((attribute, value)) = named {
        // The attribute is the name, which no client has to be allowed to write.
        let differs = |(name, other): &(String, String)| {
            name == attribute.as_str() && !other.is_empty() && other != value
        };
        if given.iter().any(differs) {
            return Err(match attribute {
                UsernameAttributeType::Email => Error::EmailNotUsername,
                UsernameAttributeType::PhoneNumber => Error::PhoneNotUsername,
            });
        }
        given.retain(|(name, _)| name != attribute.as_str());
        let named = [(attribute.as_str().to_owned(), value.to_owned())];
        changes = check(pool, Author::Creator, &attributes, named)?;
    }
    changes.extend(check(pool, author, &attributes, given)?);
    apply(pool, author, &mut attributes, changes)?;
    Ok(attributes)
}

/// Refuses a sign-up that leaves out what the pool requires.
pub fn check_required(pool: &Pool, user: &User) -> Result<()> {
    let missing = missing_required(pool, user).into_iter();
    let details: String = missing
        .map(|name| AttributeFault::Required.sentence(&name))
        .collect();
    if details.is_empty() {
        Ok(())
    } else {
        Err(Error::SchemaMismatch { details })
    }
}

/// Sets attributes as an administrator.
pub fn set_by_admin(
    pool: &Pool,
    user: &mut User,
    changes: Vec<AttributeType>,
) -> Result<Vec<CodeDue>> {
    let changes = check(pool, Author::Admin, &user.attributes, pairs(changes)?)?;
    apply(pool, Author::Admin, &mut user.attributes, changes)
}

/// Sets attributes as the user, through a client.
pub fn set_by_user(
    pool: &Pool,
    client: &Client,
    user: &mut User,
    changes: Vec<AttributeType>,
) -> Result<Vec<CodeDue>> {
    let author = Author::User(client);
    let changes = check(pool, author, &user.attributes, pairs(changes)?)?;
    apply(pool, author, &mut user.attributes, changes)
}

/// Sets what a new user sends along with the first own password. No code is sent.
pub fn apply_user_writes(
    pool: &Pool,
    client: &Client,
    user: &mut User,
    changes: impl IntoIterator<Item = (String, String)>,
) -> Result<()> {
    let author = Author::NewUser(client);
    let changes = check(pool, author, &user.attributes, changes)?;
    apply(pool, author, &mut user.attributes, changes).map(|_no_codes| ())
}

/// Sets what an identity provider says about the user at a sign-in. Every mapped attribute is
/// written whether it changes or not, so one that cannot be written refuses the sign-in (as
/// documented).
pub fn set_by_provider(
    pool: &Pool,
    client: &Client,
    user: &mut User,
    new: bool,
    mut mapped: Vec<(String, String)>,
) -> Result<()> {
    for attribute in VERIFIABLE {
        let name = attribute.as_str();
        let has = user.attributes.contains_key(name) || mapped.iter().any(|(one, _)| one == name);
        // A provider may say that an address is verified without telling the address.
        mapped.retain(|(one, _)| has || one != attribute.flag());
    }
    let author = Author::Provider { client, new };
    let long = mapped
        .iter()
        .find(|(_, value)| value.chars().count() > LONGEST_VALUE);
    if let Some((name, _)) = long {
        let max = LONGEST_VALUE.to_string();
        return Err(author.refusal(&[(name.clone(), AttributeFault::TooLong { max })]));
    }
    let changes = check(pool, author, &user.attributes, mapped)?;
    apply(pool, author, &mut user.attributes, changes)?;
    let missing = missing_required(pool, user);
    if new && !missing.is_empty() {
        return Err(Error::ProviderAttributesRequired {
            names: missing.join(", "),
        });
    }
    Ok(())
}

/// Deletes attributes as an administrator.
pub fn delete_by_admin(pool: &Pool, user: &mut User, names: &[String]) -> Result<()> {
    delete(pool, Author::Admin, user, names)
}

/// Deletes attributes as the user, through a client.
pub fn delete_by_user(
    pool: &Pool,
    client: &Client,
    user: &mut User,
    names: &[String],
) -> Result<()> {
    delete(pool, Author::User(client), user, names)
}

/// The required attributes that the user has no value for: what the first sign-in asks for.
pub fn missing_required(pool: &Pool, user: &User) -> Vec<String> {
    pool.schema()
        .iter()
        .filter(|attribute| attribute.required == Some(true))
        .filter_map(|attribute| attribute.name.as_deref())
        .filter(|name| *name != "sub" && user.attributes.get(*name).is_none_or(String::is_empty))
        .map(str::to_owned)
        .collect()
}

fn pairs(list: Vec<AttributeType>) -> Result<Vec<(String, String)>> {
    list.into_iter()
        .map(|attribute| match attribute.value {
            Some(value) => Ok((attribute.name, value.into_inner())),
            None => Err(Error::AttributeNull {
                name: attribute.name,
            }),
        })
        .collect()
}

impl Author<'_> {
    /// Whether this author may write the attribute at all.
    fn check_permission(self, name: &str) -> Result<()> {
        if name == "sub" && matches!(self, Self::Creator | Self::SignUp(_)) {
            return Err(Error::SubNotMutable);
        }
        // (unsure) `identities` belongs to the service; its words for the refusal are not known.
        if name == "sub" || name == "identities" {
            return Err(immutable(name));
        }
        match self {
            // A provider may say what is verified, a user may not.
            Self::Provider { .. } if VERIFIABLE.iter().any(|one| one.flag() == name) => Ok(()),
            Self::SignUp(client)
            | Self::User(client)
            | Self::NewUser(client)
            | Self::Provider { client, .. }
                if !client.writes(name) =>
            {
                Err(Error::AttributeNotWritable)
            }
            _ => Ok(()),
        }
    }

    /// Whether an immutable attribute may get its value now: at creation and, (unsure), where a
    /// required one is still missing.
    fn may_fix(self, current: &Attributes, name: &str) -> bool {
        match self {
            Self::Creator | Self::SignUp(_) | Self::Provider { new: true, .. } => true,
            Self::NewUser(_) => !current.contains_key(name),
            Self::Admin | Self::User(_) | Self::Provider { new: false, .. } => false,
        }
    }

    /// The error for what the schema refuses, in the words that this author gets.
    fn refusal(self, faults: &[(String, AttributeFault)]) -> Error {
        let sentences = |prefix: &str| {
            faults
                .iter()
                .map(|(name, fault)| fault.sentence(&format!("{prefix}{name}")))
                .collect()
        };
        match self {
            Self::Admin => Error::InvalidUserAttributes {
                details: sentences("user."),
            },
            Self::Creator
            | Self::SignUp(_)
            | Self::User(_)
            | Self::NewUser(_)
            | Self::Provider { .. } => Error::SchemaMismatch {
                details: sentences(""),
            },
        }
    }
}

fn immutable(name: &str) -> Error {
    Error::AttributeImmutable {
        name: name.to_owned(),
    }
}

/// Checks the changes one by one and returns them as they are to be stored. Of two changes to one
/// attribute the later one counts.
fn check(
    pool: &Pool,
    author: Author<'_>,
    current: &Attributes,
    changes: impl IntoIterator<Item = (String, String)>,
) -> Result<Attributes> {
    let mut checked = Attributes::new();
    let mut faults = Vec::new();
    for (name, value) in changes {
        author.check_permission(&name)?;
        let Some(schema) = pool.attribute(&name) else {
            faults.push((name, AttributeFault::Unknown));
            continue;
        };
        if schema.mutable == Some(false) && !author.may_fix(current, &name) {
            return Err(immutable(&name));
        }
        if value.is_empty() {
            if schema.required == Some(true) && !matches!(author, Author::Creator) {
                faults.push((name, AttributeFault::Required));
                continue;
            }
        } else {
            match name.as_str() {
                "email" if !usernames::looks_like_email(&value) => {
                    return Err(Error::EmailMalformed);
                }
                "phone_number" if !usernames::looks_like_phone_number(&value) => {
                    return Err(Error::PhoneMalformed);
                }
                _ => {}
            }
            if let Err(fault) = check_value(schema, &value) {
                faults.push((name, fault));
                continue;
            }
        }
        let value = match schema.attribute_data_type {
            Some(AttributeDataType::Boolean) => value.to_ascii_lowercase(),
            _ => value,
        };
        checked.insert(name, value);
    }
    if faults.is_empty() {
        Ok(checked)
    } else {
        Err(author.refusal(&faults))
    }
}

/// Checks a value against the type and bounds of its attribute.
fn check_value(schema: &SchemaAttributeType, value: &str) -> Result<(), AttributeFault> {
    match schema.attribute_data_type {
        Some(AttributeDataType::Number) => {
            if !is_integer(value) {
                return Err(AttributeFault::NotANumber);
            }
            let bounds = schema.number_attribute_constraints.as_ref();
            let min = bounds.and_then(|bounds| bounds.min_value.as_deref());
            let max = bounds.and_then(|bounds| bounds.max_value.as_deref());
            if min.is_some_and(|min| compare_integers(value, min) == Ordering::Less) {
                return Err(AttributeFault::TooSmall);
            }
            if max.is_some_and(|max| compare_integers(value, max) == Ordering::Greater) {
                return Err(AttributeFault::TooLarge);
            }
            Ok(())
        }
        Some(AttributeDataType::Boolean) => {
            // Verified on AWS: `True` is accepted for email_verified.
            if value.eq_ignore_ascii_case("true") || value.eq_ignore_ascii_case("false") {
                Ok(())
            } else {
                Err(AttributeFault::NotABoolean)
            }
        }
        Some(AttributeDataType::DateTime) => {
            // (unsure) ISO 8601: a date, or date and time with or without an offset.
            if Timestamp::parse_rfc3339(value).is_some()
                || PrimitiveDateTime::parse(value, &Iso8601::DEFAULT).is_ok()
                || Date::parse(value, &Iso8601::DEFAULT).is_ok()
            {
                Ok(())
            } else {
                Err(AttributeFault::NotADate)
            }
        }
        Some(AttributeDataType::String) | None => {
            let bounds = schema.string_attribute_constraints.as_ref();
            let min = bounds.and_then(|bounds| bounds.min_length.as_deref());
            let max = bounds.and_then(|bounds| bounds.max_length.as_deref());
            let length = value.chars().count();
            let parse = |bound: &str| bound.parse::<usize>().ok();
            let short = min.filter(|min| parse(min).is_some_and(|min| length < min));
            let long = max.filter(|max| parse(max).is_some_and(|max| length > max));
            match (short, long) {
                (Some(length), _) | (_, Some(length)) if min == max => {
                    Err(AttributeFault::NotOfLength {
                        length: length.to_owned(),
                    })
                }
                (Some(min), _) => Err(AttributeFault::TooShort {
                    min: min.to_owned(),
                }),
                (None, Some(max)) => Err(AttributeFault::TooLong {
                    max: max.to_owned(),
                }),
                (None, None) => Ok(()),
            }
        }
    }
}

fn is_integer(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
}

/// Compares integers of any size: bounds may be larger than an i64.
fn compare_integers(left: &str, right: &str) -> Ordering {
    fn parts(text: &str) -> (bool, &str) {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, text),
        };
        let digits = digits.trim_start_matches('0');
        (negative && !digits.is_empty(), digits)
    }
    let size = |a: &str, b: &str| a.len().cmp(&b.len()).then_with(|| a.cmp(b));
    match (parts(left), parts(right)) {
        ((false, left), (false, right)) => size(left, right),
        ((true, left), (true, right)) => size(right, left),
        ((true, _), (false, _)) => Ordering::Less,
        ((false, _), (true, _)) => Ordering::Greater,
    }
}

/// Applies changes that were checked. Returns the codes that have to be sent because of them.
fn apply(
    pool: &Pool,
    author: Author<'_>,
    attributes: &mut Attributes,
    mut changes: Attributes,
) -> Result<Vec<CodeDue>> {
    let mut codes = Vec::new();
    for attribute in VERIFIABLE {
        let (name, flag) = (attribute.as_str(), attribute.flag());
        let Some(value) = changes.get(name) else {
            continue;
        };
        // (unsure) Writing the same value again neither ends the verification nor sends a code.
        if attributes.get(name) == Some(value) {
            continue;
        }
        match author {
            Author::Creator => continue,
            Author::SignUp(_) if !value.is_empty() => {
                changes.insert(flag.to_owned(), "false".to_owned());
                continue;
            }
            Author::Provider { .. } => {
                changes
                    .entry(flag.to_owned())
                    .or_insert_with(|| "false".to_owned());
                continue;
            }
            _ => {}
        }
        if value.is_empty() {
            // (unsure) The flag goes with the value: otherwise it would apply to the next one.
            changes.insert(flag.to_owned(), String::new());
            continue;
        }
        let verified = attribute.is_verified(&changes);
        let sends = pool.auto_verifies(attribute) && !matches!(author, Author::NewUser(_));
        if verified || !sends {
            changes
                .entry(flag.to_owned())
                .or_insert_with(|| "false".to_owned());
        } else if pool.verifies_before_update(attribute) {
            changes.shift_remove(flag);
            if let Some(value) = changes.shift_remove(name) {
                codes.push(CodeDue {
                    attribute,
                    value,
                    pending: true,
                });
            }
        } else {
            codes.push(CodeDue {
                attribute,
                value: value.clone(),
                pending: false,
            });
            changes
                .entry(flag.to_owned())
                .or_insert_with(|| "false".to_owned());
        }
    }
    let needs = VERIFIABLE.map(|attribute| {
        changes
            .get(attribute.flag())
            .is_some_and(|flag| !flag.is_empty())
    });
    for (name, value) in changes {
        if value.is_empty() {
            attributes.shift_remove(&name);
        } else {
            attributes.insert(name, value);
        }
    }
    for (attribute, needed) in VERIFIABLE.into_iter().zip(needs) {
        if needed && !attributes.contains_key(attribute.as_str()) {
            return Err(match attribute {
                VerifiedAttributeType::Email => Error::EmailNeededToVerify,
                VerifiedAttributeType::PhoneNumber => Error::PhoneNeededToVerify,
            });
        }
    }
    Ok(codes)
}

fn delete(pool: &Pool, author: Author<'_>, user: &mut User, names: &[String]) -> Result<()> {
    let mut unknown = String::new();
    for name in names {
        author.check_permission(name)?;
        // Captured: users and administrators get the same words, but only one of them with a
        // prefix.
        let refuse = |name: &str, fault: AttributeFault| Error::InvalidUserAttributes {
            details: fault.sentence(name),
        };
        let Some(schema) = pool.attribute(name) else {
            unknown += &AttributeFault::Unknown.sentence(&format!("user.{name}"));
            continue;
        };
        if schema.required == Some(true) {
            return Err(refuse(name, AttributeFault::RequiredDeleted));
        }
        if schema.mutable == Some(false) {
            return Err(immutable(name));
        }
    }
    if !unknown.is_empty() {
        return Err(Error::InvalidUserAttributes { details: unknown });
    }
    for name in names {
        user.attributes.shift_remove(name);
    }
    for attribute in VERIFIABLE {
        if !user.attributes.contains_key(attribute.as_str()) {
            user.attributes.shift_remove(attribute.flag());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
