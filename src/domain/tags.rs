//! Tags: how many a pool may have, which pool an ARN names, and the tags that fix a new pool's id.

use std::collections::BTreeMap;

use super::arns::Arn;
use crate::error::{Error, Result};

/// The most tags of one resource.
const MOST: usize = 50;

/// The tags that ask for a pool id. Several emulators know them.
pub const FIXED_ID: [&str; 3] = ["_custom_id_", "floci:override-id", "ms-custom-id"];

/// The longest id of either kind of pool in the API models.
const LONGEST_POOL_ID: usize = 55;

/// A resource's tags after a change.
pub fn check(tags: &BTreeMap<String, String>) -> Result<()> {
    if let Some(key) = tags.keys().find(|key| key.starts_with("aws:")) {
        return Err(Error::TagKeyReserved { key: key.clone() });
    }
    if tags.len() > MOST {
        return Err(Error::TooManyTags);
    }
    Ok(())
}

/// The user pool id that the tags ask for: the whole id, or only the part after the Region.
pub fn fixed_pool_id(tags: &BTreeMap<String, String>, region: &str) -> Result<Option<String>> {
    let alphanumeric = |b: u8| b.is_ascii_alphanumeric();
    fixed_id(tags, region, '_', alphanumeric).map_err(|id| Error::PoolIdMalformed {
        id,
        region: region.to_owned(),
    })
}

/// An id that a fixture gives a user pool of this Region. That of a pool's copy has a second
/// underscore.
pub fn checked_pool_id(id: &str, region: &str) -> Result<String> {
    let name = id
        .strip_prefix(region)
        .and_then(|rest| rest.strip_prefix('_'));
    let is_plain = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric());
    let fits =
        name.is_some_and(|name| name.split('_').all(is_plain) && name.split('_').count() <= 2);
    if fits && id.len() <= LONGEST_POOL_ID {
        return Ok(id.to_owned());
    }
    Err(Error::PoolIdMalformed {
        id: id.to_owned(),
        region: region.to_owned(),
    })
}

/// The same of an identity pool.
pub fn fixed_identity_pool_id(
    tags: &BTreeMap<String, String>,
    region: &str,
) -> Result<Option<String>> {
    let hexadecimal = |b: u8| matches!(b, b'0'..=b'9' | b'a'..=b'f' | b'-');
    fixed_id(tags, region, ':', hexadecimal).map_err(|id| Error::IdentityPoolIdMalformed {
        id,
        region: region.to_owned(),
    })
}

/// An id of this Region, the separator and a name of these bytes. What is asked for and none is the
/// error.
fn fixed_id(
    tags: &BTreeMap<String, String>,
    region: &str,
    separator: char,
    is_of_name: impl Fn(u8) -> bool,
) -> Result<Option<String>, String> {
    let Some(asked) = FIXED_ID.iter().find_map(|key| tags.get(*key)) else {
        return Ok(None);
    };
    let (in_region, name) = asked.rsplit_once(separator).unwrap_or((region, asked));
    let id = format!("{region}{separator}{name}");
    let well_formed = !name.is_empty() && name.bytes().all(is_of_name);
    if in_region == region && well_formed && id.len() <= LONGEST_POOL_ID {
        Ok(Some(id))
    } else {
        Err(asked.clone())
    }
}

/// The pool of either kind that an ARN names, and its Region and account.
#[derive(Debug, PartialEq, Eq)]
pub struct PoolArn<'a> {
    pub region: &'a str,
    pub account: &'a str,
    pub pool: &'a str,
}

/// The user pool that an ARN names, whether it exists or not.
pub fn pool_of_arn(arn: &str) -> Result<PoolArn<'_>> {
    named_by(arn, "cognito-idp", "userpool/")
}

/// The identity pool that an ARN names, whether it exists or not.
pub fn identity_pool_of_arn(arn: &str) -> Result<PoolArn<'_>> {
    named_by(arn, "cognito-identity", "identitypool/")
}

fn named_by<'a>(arn: &'a str, of_service: &str, kind: &str) -> Result<PoolArn<'a>> {
    let named = Arn::parse(arn).and_then(|arn| {
        let named = PoolArn {
            region: arn.region,
            account: arn.account,
            pool: arn.resource.strip_prefix(kind)?,
        };
        let is_whole =
            !named.region.is_empty() && !named.account.is_empty() && !named.pool.is_empty();
        (arn.service == of_service && is_whole).then_some(named)
    });
    named.ok_or_else(|| Error::ArnMalformed {
        arn: arn.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fixed(key: &str, value: &str) -> Result<Option<String>> {
        let tags = BTreeMap::from([(key.to_owned(), value.to_owned())]);
        fixed_pool_id(&tags, "eu-west-1")
    }

    #[test]
    fn a_tag_fixes_the_pool_id_whole_or_in_part() {
        for (key, value) in [
            ("_custom_id_", "eu-west-1_Abc123"),
            ("_custom_id_", "Abc123"),
            ("floci:override-id", "Abc123"),
            ("ms-custom-id", "eu-west-1_Abc123"),
        ] {
            let id = fixed(key, value).unwrap();
            assert_eq!(id.as_deref(), Some("eu-west-1_Abc123"), "{key} {value}");
        }
        assert_eq!(fixed("stage", "test").unwrap(), None);
    }

    #[test]
    fn a_tag_fixes_the_id_of_an_identity_pool_whole_or_in_part() {
        let fixed = |value: &str| {
            let tags = BTreeMap::from([("_custom_id_".to_owned(), value.to_owned())]);
            fixed_identity_pool_id(&tags, "eu-west-1")
        };
        let id = "eu-west-1:11111111-2222-4333-8444-555555555555";
        for value in [id, &id["eu-west-1:".len()..]] {
            assert_eq!(fixed(value).unwrap().as_deref(), Some(id));
        }
        let long = "a".repeat(60);
        for value in ["us-east-1:aa", "", "eu-west-1:", "xyz", "AA", &long] {
            assert!(
                matches!(fixed(value), Err(Error::IdentityPoolIdMalformed { .. })),
                "{value}"
            );
        }
    }

    #[test]
    fn a_malformed_or_foreign_pool_id_is_refused() {
        let long = "a".repeat(60);
        for value in [
            "us-east-1_Abc123",
            "",
            "eu-west-1_",
            "a-b",
            "a b",
            "ü",
            &long,
        ] {
            let refused = fixed("_custom_id_", value);
            assert!(
                matches!(refused, Err(Error::PoolIdMalformed { .. })),
                "{value}"
            );
        }
    }

    #[test]
    fn an_arn_names_a_pool_or_is_refused() {
        assert_eq!(
            pool_of_arn("arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_a").unwrap(),
            PoolArn {
                region: "eu-west-1",
                account: "123456789012",
                pool: "eu-west-1_a"
            }
        );
        for arn in [
            "arn:aws:cognito-idp:eu-west-1:123456789012:group/eu-west-1_a",
            "arn:aws:cognito-identity:eu-west-1:123456789012:userpool/eu-west-1_a",
            "arn:aws:cognito-idp:eu-west-1:123456789012",
            "eu-west-1_a",
        ] {
            assert!(
                matches!(pool_of_arn(arn), Err(Error::ArnMalformed { .. })),
                "{arn}"
            );
        }
    }
}
