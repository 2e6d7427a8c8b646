//! Replicas of a pool in other Regions. They are only stored and described: there is one Region
//! here, so nothing is replicated and nobody is served there.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::store::{Kept, Pool, PoolDocument};
use crate::wire::user_pools::{
    EncryptionKeyType, ReplicaRoleType, ReplicaStatusType, UserPoolReplicaType,
};

/// A replica as it is stored. Its key is the Region.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Replica {
    /// Whether it would serve users. A new one would not.
    pub active: bool,
    pub tags: BTreeMap<String, String>,
}

impl PoolDocument for Replica {
    const KIND: &'static str = "replica";
}

/// A pool can be replicated when its keys can.
pub fn check_replicable(pool: &Pool) -> Result<()> {
    let key = pool.settings.key_configuration.as_ref();
    let customer_managed =
        key.is_some_and(|key| key.key_type == Some(EncryptionKeyType::CustomerManagedKey));
    // Documented by AWS KMS: ids of multi-Region keys begin with this.
    let multi_region = key
        .and_then(|key| key.kms_key_arn.as_deref())
        .is_some_and(|arn| arn.contains(":key/mrk-"));
    if !customer_managed || !multi_region {
        return Err(Error::ReplicaNeedsKey);
    }
    Ok(())
}

/// Two letters, at least one word, and a number: `eu-central-1`.
pub fn check_region(region: &str) -> Result<()> {
    let parts: Vec<&str> = region.split('-').collect();
    let fits = match parts.as_slice() {
        [country, words @ .., number] => {
            country.len() == 2
                && !words.is_empty()
                && [country]
                    .into_iter()
                    .chain(words)
                    .all(|word| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase()))
                && !number.is_empty()
                && number.bytes().all(|b| b.is_ascii_digit())
        }
        _ => false,
    };
    if fits {
        Ok(())
    } else {
        Err(Error::ReplicaRegionMalformed {
            region: region.to_owned(),
        })
    }
}

/// The pool itself, which is listed as the first replica.
pub fn primary(pool: &Pool, arn: String) -> UserPoolReplicaType {
    UserPoolReplicaType {
        region_name: Some(pool.region.clone()),
        status: Some(ReplicaStatusType::Active),
        role: Some(ReplicaRoleType::Primary),
        user_pool_arn: Some(arn),
    }
}

/// A replica as it is described.
pub fn described(kept: &Kept<Replica>, arn: String) -> UserPoolReplicaType {
    UserPoolReplicaType {
        region_name: Some(kept.key.clone()),
        status: Some(if kept.document.active {
            ReplicaStatusType::Active
        } else {
            ReplicaStatusType::Inactive
        }),
        role: Some(ReplicaRoleType::Secondary),
        user_pool_arn: Some(arn),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_look_like_regions() {
        for region in ["eu-central-1", "us-gov-west-1", "ap-southeast-12"] {
            assert!(check_region(region).is_ok(), "{region}");
        }
        for region in [
            "europe",
            "eu-1",
            "eu-central",
            "EU-CENTRAL-1",
            "eu--1",
            "eu-central-1 ",
        ] {
            assert!(check_region(region).is_err(), "{region}");
        }
    }
}
