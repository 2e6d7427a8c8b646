//! Identity providers: which details each type needs, what the service fills in, and what it shows.
//!
//! (unsure) The endpoints of Google, Facebook, Amazon and Apple are filled in unless the request
//! names its own, which lets a test put a stand-in there. An OIDC provider's endpoints and a
//! metadata address are stored as they were given and read at the first sign-in. Not here: signing
//! in through a provider. Next: `saml_metadata.rs`.

use std::collections::BTreeMap;

use super::addresses::{is_nobodys, is_web_address};
use super::federation::own_subject;
use super::identities::IDENTITIES;
use super::saml_metadata::{self, SamlEndpoints};
use crate::config::PretendProviders;
use crate::error::{Error, Result};
use crate::store::{IdentityProvider, Pool};
use crate::wire::user_pools::{IdentityProviderType, IdentityProviderTypeType as Kind};

/// The most identity providers of one pool.
pub const MOST: usize = 300;

/// The pool's own directory among a client's identity providers.
pub const OWN_DIRECTORY: &str = "COGNITO";

/// The same, under the names by which clients and links know it.
const OWN: [&str; 2] = [OWN_DIRECTORY, "Cognito"];

/// Details that are needed to sign in through the provider and are never shown again. (unsure) That
/// is known only of Apple's key.
const NEVER_SHOWN: &str = "private_key";

/// The public half of a SAML provider's pair: read, and never sent.
const ENCRYPTION_CERTIFICATE: &str = "ActiveEncryptionCertificate";

/// Where a SAML provider's metadata sends browsers.
const SIGN_IN: &str = "SSORedirectBindingURI";
const SIGN_OUT: &str = "SLORedirectBindingURI";

/// (unsure) The version of Facebook's API if the request names none.
const FACEBOOK_VERSION: &str = "v17.0";

type Details = BTreeMap<String, String>;

impl IdentityProvider {
    /// The provider's type; every stored provider has one.
    pub fn kind(&self) -> Kind {
        self.settings.provider_type.unwrap_or(Kind::Oidc)
    }

    /// A member of the provider's details; an empty one is as good as none.
    pub fn detail(&self, key: &str) -> Option<&str> {
        let details: Option<&Details> = self.settings.provider_details.as_ref();
        let value = details?.get(key).map(String::as_str);
        value.filter(|value| !value.is_empty())
    }

    /// Whether this member of the details says `true`, in whatever letters.
    pub fn says_true(&self, key: &str) -> bool {
        let said = self.detail(key);
        said.is_some_and(|said| said.eq_ignore_ascii_case("true"))
    }

    /// What the attribute `identities` names as issuer: a SAML provider's entity id (unsure), and
    /// nothing for all others.
    pub fn issuer(&self) -> Option<String> {
        let details: &Details = self.settings.provider_details.as_ref()?;
        saml_metadata::entity_id(details.get("MetadataFile")?)
    }

    /// The provider as it is described, with its client secret in clear. `certificate` is that for
    /// which a SAML provider encrypts, and `endpoints` those that its metadata have.
    pub fn described(
        &self,
        certificate: Option<String>,
        endpoints: Option<SamlEndpoints>,
    ) -> IdentityProviderType {
        let mut described = self.settings.clone();
        if let Some(details) = &mut described.provider_details {
            details.remove(NEVER_SHOWN);
            if let Some(certificate) = certificate {
                details.insert(ENCRYPTION_CERTIFICATE.to_owned(), certificate);
            }
            if let Some(endpoints) = endpoints {
                put_endpoints(details, endpoints);
            }
        }
        IdentityProviderType {
            user_pool_id: Some(self.pool_id.clone()),
            provider_name: Some(self.name.clone()),
            idp_identifiers: described.idp_identifiers.or_else(|| Some(Vec::new())),
            last_modified_date: Some(self.updated_at),
            creation_date: Some(self.created_at),
            ..described
        }
    }
}

/// A social provider must have the name of its type, and no other provider may have that name. The
/// name of the pool's own directory is taken, too.
pub fn check_name(name: &str, kind: Kind) -> Result<()> {
    let is_social = |kind: Kind| !matches!(kind, Kind::Oidc | Kind::Saml);
    let fits = if is_social(kind) {
        name == kind.as_str()
    } else {
        !OWN.contains(&name)
            && Kind::ALL
                .iter()
                .all(|kind| !is_social(*kind) || name != kind.as_str())
    };
    if fits {
        Ok(())
    } else {
        Err(Error::ProviderNameReserved {
            name: name.to_owned(),
            kind: kind.as_str().to_owned(),
        })
    }
}

/// Whether this name means the pool's own directory rather than a provider.
pub fn is_own(name: &str) -> bool {
    OWN.contains(&name)
}

/// Refuses to change the pool's own directory as if it were a provider.
pub fn check_not_own(name: &str) -> Result<()> {
    if is_own(name) {
        Err(Error::ProviderIsOwn {
            name: name.to_owned(),
        })
    } else {
        Ok(())
    }
}

/// Whether the server plays this provider itself. Nobody signs in at Google for a test, so the
/// social providers are played unless the request named endpoints of its own; of the other
/// providers, those whose address cannot exist are played.
pub fn is_pretended(mode: PretendProviders, settings: &IdentityProviderType) -> bool {
    match mode {
        PretendProviders::On => true,
        PretendProviders::Off => false,
        PretendProviders::Auto => {
            let details = settings.provider_details.as_ref();
            let detail = |key: &str| details.and_then(|details| details.get(key));
            let address = match settings.provider_type {
                Some(Kind::Oidc) | None => detail("authorize_url").or(detail("oidc_issuer")),
                Some(Kind::Saml) => detail(SIGN_IN).or(detail("MetadataURL")),
                Some(social) => {
                    let version = detail("api_version").map_or(FACEBOOK_VERSION, String::as_str);
                    let own = filled_in(social)
                        .iter()
                        .find(|(key, _)| *key == "authorize_url")
                        .map(|(_, value)| value.replace("{version}", version));
                    return detail("authorize_url") == own.as_ref();
                }
            };
            address.is_some_and(|address| is_nobodys(address))
        }
    }
}

/// The details that an update asks for: what is never shown is kept, since nobody can send it back.
pub fn changed_details(before: Option<Details>, asked: Option<Details>) -> Option<Details> {
    let Some(mut asked) = asked else {
        return before;
    };
    if let Some(secret) = before.and_then(|mut before| before.remove(NEVER_SHOWN)) {
        fill(&mut asked, NEVER_SHOWN, &secret);
    }
    Some(asked)
}

/// Fills in what the service fills in and refuses combinations that the service refuses. `asked`
/// has its type.
pub fn completed(
    pool: &Pool,
    kind: Kind,
    asked: IdentityProviderType,
) -> Result<IdentityProviderType> {
    let details = completed_details(kind, asked.provider_details.unwrap_or_default())?;
    let mapping = completed_mapping(pool, kind, asked.attribute_mapping)?;
    let acr_mapping = asked.acr_mapping.filter(|mapping| !mapping.is_empty());
    if acr_mapping.is_some() && kind != Kind::Oidc {
        return Err(Error::AcrMappingNotOidc);
    }
    let identifiers = asked.idp_identifiers.unwrap_or_default();
    for (index, identifier) in identifiers.iter().enumerate() {
        if identifiers[..index].contains(identifier) {
            return Err(Error::IdentifierRepeated {
                identifier: identifier.clone(),
            });
        }
    }
    Ok(IdentityProviderType {
        provider_type: Some(kind),
        provider_details: Some(details),
        attribute_mapping: Some(mapping),
        idp_identifiers: Some(identifiers),
        acr_mapping,
        ..IdentityProviderType::default()
    })
}

fn completed_details(kind: Kind, mut details: Details) -> Result<Details> {
    if let Some(key) = details.keys().find(|key| !is_known(kind, key)) {
        return Err(Error::ProviderDetailUnknown {
            key: key.clone(),
            kind: kind.as_str().to_owned(),
        });
    }
    for key in required(kind) {
        if details.get(*key).is_none_or(String::is_empty) {
            return Err(Error::ProviderDetailMissing {
                key: (*key).to_owned(),
                kind: kind.as_str().to_owned(),
            });
        }
    }
    match kind {
        Kind::Oidc => check_oidc(&details)?,
        Kind::Saml => complete_saml(&mut details)?,
        _ => {}
    }
    if kind == Kind::Facebook {
        fill(&mut details, "api_version", FACEBOOK_VERSION);
    }
    let version = details.get("api_version").cloned().unwrap_or_default();
    for (key, value) in filled_in(kind) {
        fill(&mut details, key, &value.replace("{version}", &version));
    }
    Ok(details)
}

fn fill(details: &mut Details, key: &str, value: &str) {
    details
        .entry(key.to_owned())
        .or_insert_with(|| value.to_owned());
}

/// The details that the request must contain.
fn required(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Google | Kind::Facebook | Kind::LoginWithAmazon => {
            &["client_id", "client_secret", "authorize_scopes"]
        }
        Kind::SignInWithApple => &[
            "client_id",
            "team_id",
            "key_id",
            "private_key",
            "authorize_scopes",
        ],
        // Public clients have no secret.
        Kind::Oidc => &[
            "client_id",
            "attributes_request_method",
            "oidc_issuer",
            "authorize_scopes",
        ],
        Kind::Saml => &[],
    }
}

/// Whether the type has this key: what must be said, what the service fills in, and what may be
/// said beside it. Whatever is described can be sent back, but for a SAML provider's
/// `ActiveEncryptionCertificate`. (unsure) The keys of others than SAML are those of the
/// documentation.
fn is_known(kind: Kind, key: &str) -> bool {
    let beside: &[&str] = match kind {
        Kind::Google | Kind::LoginWithAmazon | Kind::SignInWithApple => &[],
        Kind::Facebook => &["api_version"],
        Kind::Oidc => &[
            "client_secret",
            "authorize_url",
            "token_url",
            "attributes_url",
            "jwks_uri",
        ],
        Kind::Saml => &[
            "MetadataURL",
            "MetadataFile",
            SIGN_IN,
            SIGN_OUT,
            "IDPInit",
            "IDPSignout",
            "EncryptedResponses",
            "RequestSigningAlgorithm",
        ],
    };
    required(kind).contains(&key)
        || beside.contains(&key)
        || filled_in(kind).iter().any(|(filled, _)| *filled == key)
}

/// The details that the service adds. `{version}` is that of Facebook's API.
fn filled_in(kind: Kind) -> &'static [(&'static str, &'static str)] {
    match kind {
        Kind::Google => &[
            (
                "attributes_url",
                "https://people.googleapis.com/v1/people/me?personFields=",
            ),
            ("attributes_url_add_attributes", "true"),
            (
                "authorize_url",
                "https://accounts.google.com/o/oauth2/v2/auth",
            ),
            ("oidc_issuer", "https://accounts.google.com"),
            ("token_request_method", "POST"),
            ("token_url", "https://www.googleapis.com/oauth2/v4/token"),
        ],
        Kind::Facebook => &[
            (
                "attributes_url",
                "https://graph.facebook.com/{version}/me?fields=",
            ),
            ("attributes_url_add_attributes", "true"),
            (
                "authorize_url",
                "https://www.facebook.com/{version}/dialog/oauth",
            ),
            ("token_request_method", "GET"),
            (
                "token_url",
                "https://graph.facebook.com/{version}/oauth/access_token",
            ),
        ],
        Kind::LoginWithAmazon => &[
            ("attributes_url", "https://api.amazon.com/user/profile"),
            ("attributes_url_add_attributes", "false"),
            ("authorize_url", "https://www.amazon.com/ap/oa"),
            ("token_request_method", "POST"),
            ("token_url", "https://api.amazon.com/auth/o2/token"),
        ],
        Kind::SignInWithApple => &[
            ("attributes_url_add_attributes", "false"),
            ("authorize_url", "https://appleid.apple.com/auth/authorize"),
            ("oidc_issuer", "https://appleid.apple.com"),
            ("token_request_method", "POST"),
            ("token_url", "https://appleid.apple.com/auth/token"),
        ],
        Kind::Oidc => &[("attributes_url_add_attributes", "false")],
        Kind::Saml => &[("EncryptedResponses", "false")],
    }
}

/// Plain http is allowed, since a test's own provider rarely has a certificate.
fn check_oidc(details: &Details) -> Result<()> {
    check_value(details, "attributes_request_method", |value| {
        matches!(value, "GET" | "POST")
    })?;
    for key in [
        "oidc_issuer",
        "authorize_url",
        "token_url",
        "attributes_url",
        "jwks_uri",
    ] {
        check_value(details, key, is_web_address)?;
    }
    Ok(())
}

/// The metadata is given as a document or as an address. The endpoints in a document are described
/// beside it.
fn complete_saml(details: &mut Details) -> Result<()> {
    for key in ["IDPInit", "IDPSignout", "EncryptedResponses"] {
        check_value(details, key, |value| {
            value.eq_ignore_ascii_case("true") || value.eq_ignore_ascii_case("false")
        })?;
    }
    check_value(details, "RequestSigningAlgorithm", |value| {
        value == "rsa-sha256"
    })?;
    match (details.get("MetadataURL"), details.get("MetadataFile")) {
        (Some(_), None) => {
            // What was described is read anew at each description.
            details.remove(SIGN_IN);
            details.remove(SIGN_OUT);
            check_value(details, "MetadataURL", is_web_address)
        }
        (None, Some(document)) => {
            let endpoints =
                saml_metadata::endpoints(document).ok_or(Error::SamlMetadataMalformed)?;
            put_endpoints(details, endpoints);
            Ok(())
        }
        (Some(_), Some(_)) | (None, None) => Err(Error::SamlMetadataMissing),
    }
}

/// The request may have repeated endpoints that were described for an older document.
fn put_endpoints(details: &mut Details, endpoints: SamlEndpoints) {
    details.insert(SIGN_IN.to_owned(), endpoints.sign_in);
    match endpoints.sign_out {
        Some(sign_out) => details.insert(SIGN_OUT.to_owned(), sign_out),
        None => details.remove(SIGN_OUT),
    };
}

fn check_value(details: &Details, key: &str, fits: impl Fn(&str) -> bool) -> Result<()> {
    match details.get(key) {
        Some(value) if !fits(value) => Err(Error::ProviderDetailMalformed {
            key: key.to_owned(),
            value: value.clone(),
        }),
        _ => Ok(()),
    }
}

/// Maps the pool's attributes to the provider's. The user name comes from the provider's own id,
/// also where an empty mapping does not say so.
fn completed_mapping(pool: &Pool, kind: Kind, asked: Option<Details>) -> Result<Details> {
    let is_cleared = asked.as_ref().is_some_and(Details::is_empty);
    let mut mapping = asked.unwrap_or_default();
    let unknown = |name: &&String| {
        let is_attribute = !name.starts_with("dev:") && pool.attribute(name).is_some();
        *name != "username" && (*name == IDENTITIES || !is_attribute)
    };
    let unknown: Vec<&str> = mapping.keys().filter(unknown).map(String::as_str).collect();
    if !unknown.is_empty() {
        return Err(Error::AttributeMappingUnknown {
            names: unknown.join(", "),
        });
    }
    if !is_cleared && let Some(subject) = own_subject(kind) {
        fill(&mut mapping, "username", subject);
    }
    Ok(mapping)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn details(pairs: &[(&str, &str)]) -> Details {
        pairs
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn social_providers_have_the_name_of_their_type() {
        assert!(check_name("Google", Kind::Google).is_ok());
        assert!(check_name("My-IdP", Kind::Oidc).is_ok());
        for (name, kind) in [
            ("google", Kind::Google),
            ("Facebook", Kind::Google),
            ("Google", Kind::Oidc),
            ("COGNITO", Kind::Saml),
            ("Cognito", Kind::Oidc),
        ] {
            let refused = check_name(name, kind);
            assert!(
                matches!(refused, Err(Error::ProviderNameReserved { .. })),
                "{name}"
            );
        }
    }

    #[test]
    fn facebooks_endpoints_follow_its_version() {
        let asked = [
            ("client_id", "1"),
            ("client_secret", "2"),
            ("authorize_scopes", "email"),
            ("api_version", "v20.0"),
        ];
        let filled = completed_details(Kind::Facebook, details(&asked)).unwrap();
        assert_eq!(
            filled["authorize_url"],
            "https://www.facebook.com/v20.0/dialog/oauth"
        );
        assert_eq!(
            filled["token_url"],
            "https://graph.facebook.com/v20.0/oauth/access_token"
        );
    }

    #[test]
    fn a_given_endpoint_stays() {
        let asked = [
            ("client_id", "1"),
            ("client_secret", "2"),
            ("authorize_scopes", "email"),
            ("token_url", "http://localhost:8080/token"),
        ];
        let filled = completed_details(Kind::Google, details(&asked)).unwrap();
        assert_eq!(filled["token_url"], "http://localhost:8080/token");
        assert_eq!(filled["oidc_issuer"], "https://accounts.google.com");
    }
}
