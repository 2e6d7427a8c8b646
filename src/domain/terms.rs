//! Terms of use and privacy policies: links by language.

use std::collections::BTreeMap;

use super::addresses::is_web_address;
use crate::error::{Error, Result};
use crate::store::{Kept, PoolDocument};
use crate::wire::Sensitive;
use crate::wire::user_pools::TermsType;

/// The most documents of one pool.
pub const MOST: i64 = 40;

impl PoolDocument for TermsType {
    const KIND: &'static str = "terms";
}

/// Users will click these links on a page, so they must really be web addresses.
pub fn check_links(links: Option<&BTreeMap<String, String>>) -> Result<()> {
    let mut urls = links.into_iter().flat_map(BTreeMap::values);
    match urls.find(|url| !is_web_address(url)) {
        None => Ok(()),
        Some(url) => Err(Error::TermsLinkMalformed { url: url.clone() }),
    }
}

/// The terms as they are described.
pub fn described(kept: Kept<TermsType>) -> TermsType {
    TermsType {
        terms_id: Some(kept.key),
        user_pool_id: Some(kept.pool_id),
        client_id: kept.client_id.map(Sensitive::new),
        links: kept.document.links.or_else(|| Some(BTreeMap::new())),
        creation_date: Some(kept.created_at),
        last_modified_date: Some(kept.updated_at),
        ..kept.document
    }
}
