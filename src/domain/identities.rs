//! The attribute `identities`: who a user is at the identity providers that they are linked to.
//!
//! Not here: what a provider says of a person (`federation`), the links themselves
//! (`store::links`).

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::store::{ProviderLink, User};

/// The attribute that holds a user's identities.
pub const IDENTITIES: &str = "identities";

/// The most identities that can be linked to a user.
pub const MOST_LINKED: usize = 5;

/// One of a user's identities, its members in the order in which the service writes them.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct LinkedIdentity {
    user_id: String,
    provider_name: String,
    provider_type: String,
    issuer: Option<String>,
    primary: bool,
    /// In milliseconds.
    date_created: i64,
}

/// Writes the attribute `identities` as these links ask; without any there is none.
pub fn describe_links(user: &mut User, links: &[ProviderLink]) {
    let identities: Vec<LinkedIdentity> = links.iter().map(identity).collect();
    match serde_json::to_string(&identities) {
        Ok(text) if !identities.is_empty() => {
            user.attributes.insert(IDENTITIES.to_owned(), text);
        }
        _ => {
            user.attributes.shift_remove(IDENTITIES);
        }
    }
}

fn identity(link: &ProviderLink) -> LinkedIdentity {
    LinkedIdentity {
        user_id: link.value.clone(),
        provider_name: link.provider_name.clone(),
        provider_type: link.provider_type.clone(),
        issuer: link.issuer.clone(),
        primary: link.primary,
        date_created: link.created_at.0.div_euclid(1_000),
    }
}

/// The claim `identities`: a list whose values are all text, but for an absent issuer.
pub fn identities_claim(attribute: &str) -> Value {
    let identities: Vec<LinkedIdentity> = serde_json::from_str(attribute).unwrap_or_default();
    identities
        .into_iter()
        .map(|one| {
            json!({
                "userId": one.user_id,
                "providerName": one.provider_name,
                "providerType": one.provider_type,
                "issuer": one.issuer,
                "primary": one.primary.to_string(),
                "dateCreated": one.date_created.to_string(),
            })
        })
        .collect()
}

/// Whether the user was made by signing in through a provider, whatever became of it since.
pub fn is_external(user: &User) -> bool {
    user.attributes.get(IDENTITIES).is_some_and(|text| {
        serde_json::from_str::<Vec<LinkedIdentity>>(text)
            .is_ok_and(|identities| identities.iter().any(|one| one.primary))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_claim_is_all_text() {
        let attribute = r#"[{"userId":"1","providerName":"Google","providerType":"Google","issuer":null,"primary":true,"dateCreated":7}]"#;
        assert_eq!(
            identities_claim(attribute).to_string(),
            r#"[{"userId":"1","providerName":"Google","providerType":"Google","issuer":null,"primary":"true","dateCreated":"7"}]"#
        );
        assert_eq!(identities_claim("no list"), json!([]));
    }
}
