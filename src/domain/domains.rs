//! A pool's domains: which names a pool may take, and how a domain is described.
//!
//! Not here: what is served there (`http`), whether a name is taken (`operations::domains`).

use crate::clock::Timestamp;
use crate::error::{Error, Result};
use crate::ids;
use crate::store::{Domain, Pool};
use crate::wire::user_pools::{
    CreateUserPoolDomainRequest, CustomDomainConfigType, DomainDescriptionType, DomainStatusType,
    RoutingType, UpdateUserPoolDomainRequest,
};

/// Words that a prefix must not contain.
const RESERVED: [&str; 3] = ["aws", "amazon", "cognito"];

/// The host of the pages of a prefix domain at a server with this host, a port included:
/// `shop.auth.localhost:9339`.
pub fn host_here(server: &str, prefix: &str) -> String {
    match server.split_once(':').unwrap_or((server, "")) {
        // Only these lead to the machine itself, whatever stands before them.
        ("localhost" | "127.0.0.1", "") => format!("{prefix}.auth.localhost"),
        ("localhost" | "127.0.0.1", port) => format!("{prefix}.auth.localhost:{port}"),
        _ => server.to_owned(),
    }
}

/// The prefix of a domain's host, and the Region where the host names one:
/// `<prefix>.auth.localhost`, or AWS's own `<prefix>.auth.<region>.amazoncognito.com`.
pub fn prefix_of_host(host: &str) -> Option<(&str, Option<&str>)> {
    let (prefix, rest) = host.split_once(".auth.")?;
    if prefix.is_empty() || prefix.contains('.') {
        return None;
    }
    if rest == "localhost" {
        return Some((prefix, None));
    }
    let region = rest.strip_suffix(".amazoncognito.com")?;
    (!region.contains('.')).then_some((prefix, Some(region)))
}

/// The branding of a domain for which none is set: the classic hosted UI.
const HOSTED_UI: i32 = 1;
const MANAGED_LOGIN: i32 = 2;

impl Domain {
    /// The CloudFront host name that answers for the domain on AWS.
    pub fn distribution(&self) -> String {
        let stored = self.settings.cloud_front_distribution.clone();
        stored.unwrap_or_else(|| ids::distribution(&self.name))
    }

    /// The domain as it is described: active at once, with a bucket and a distribution that are
    /// not there, since infrastructure tools fail without their names.
    pub fn described(&self, region: &str, account: &str) -> DomainDescriptionType {
        DomainDescriptionType {
            user_pool_id: Some(self.pool_id.clone()),
            aws_account_id: Some(account.to_owned()),
            domain: Some(self.name.clone()),
            version: Some(version(self.created_at)),
            status: Some(DomainStatusType::Active),
            s3_bucket: Some(format!("aws-cognito-prod-{region}-assets")),
            cloud_front_distribution: Some(self.distribution()),
            // A prefix domain's is there and empty.
            custom_domain_config: self
                .settings
                .custom_domain_config
                .clone()
                .or_else(|| Some(CustomDomainConfigType::default())),
            ..self.settings.clone()
        }
    }
}

/// The domain that a request asks for. A version of the pages that does not exist is ignored.
pub fn created(
    request: CreateUserPoolDomainRequest,
    pool: &Pool,
    now: Timestamp,
) -> Result<Domain> {
    let custom = request.custom_domain_config.is_some();
    check_characters(&request.domain)?;
    match &request.custom_domain_config {
        Some(config) => {
            check_host(&request.domain)?;
            check_certificate(config)?;
        }
        None => check_prefix(&request.domain)?,
    }
    check_routing(request.routing.as_ref(), custom)?;
    let version = existing_version(request.managed_login_version, pool)?.unwrap_or(HOSTED_UI);
    Ok(Domain {
        name: request.domain,
        pool_id: pool.id.clone(),
        custom,
        settings: DomainDescriptionType {
            custom_domain_config: request.custom_domain_config,
            managed_login_version: Some(version),
            routing: routing(request.routing),
            ..DomainDescriptionType::default()
        },
        created_at: now,
    })
}

/// Changes what the request names. (unsure) What it leaves out stays. A custom domain's certificate
/// must be named: without one the request is for a prefix.
pub fn change(
    domain: &mut Domain,
    request: UpdateUserPoolDomainRequest,
    pool: &Pool,
) -> Result<()> {
    match request.custom_domain_config {
        Some(_) if !domain.custom => return Err(Error::PrefixDomainToCustom),
        None if domain.custom => return Err(Error::CustomDomainToPrefix),
        Some(config) => {
            check_certificate(&config)?;
            domain.settings.custom_domain_config = Some(config);
        }
        None => {}
    }
    if let Some(version) = existing_version(request.managed_login_version, pool)? {
        domain.settings.managed_login_version = Some(version);
    }
    if request.routing.is_some() {
        check_routing(request.routing.as_ref(), domain.custom)?;
        domain.settings.routing = routing(request.routing);
    }
    Ok(())
}

/// Labels of lower-case letters, digits and hyphens, with letters or digits at their ends; one for
/// a prefix, several for a custom domain (unsure for those).
fn check_characters(name: &str) -> Result<()> {
    let fits = name.split('.').all(|label| {
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
        label.bytes().all(|b| plain(b) || b == b'-')
            && label.bytes().next().is_some_and(plain)
            && label.bytes().last().is_some_and(plain)
    });
    if fits {
        Ok(())
    } else {
        Err(Error::DomainCharacters)
    }
}

/// One label without reserved words.
fn check_prefix(name: &str) -> Result<()> {
    if name.contains('.') {
        return Err(Error::DomainCharacters);
    }
    match RESERVED.iter().find(|word| name.contains(**word)) {
        None => Ok(()),
        Some(word) => Err(Error::DomainReserved {
            word: (*word).to_owned(),
        }),
    }
}

/// A custom domain: a host name whose parent is not a top-level domain. The service also looks the
/// parent up in the DNS, which a local server cannot.
fn check_host(name: &str) -> Result<()> {
    // Browsers take it for an address (IPv4).
    let is_address = |last: &str| last.bytes().all(|byte| byte.is_ascii_digit());
    let is_host = !name.rsplit('.').next().is_some_and(is_address);
    if is_host && name.split('.').count() >= 3 {
        Ok(())
    } else {
        Err(Error::DomainParent)
    }
}

/// CloudFront takes certificates of one Region only.
fn check_certificate(config: &CustomDomainConfigType) -> Result<()> {
    let arn = config.certificate_arn.as_deref().unwrap_or_default();
    let mut parts = arn.split(':').skip(2);
    let (service, region) = (parts.next(), parts.next());
    let resource = parts.nth(1).unwrap_or_default();
    if service == Some("acm") && region == Some("us-east-1") && resource.starts_with("certificate/")
    {
        Ok(())
    } else {
        Err(Error::CertificateElsewhere)
    }
}

/// The asked version, where it is one that exists and the pool's plan has.
fn existing_version(asked: Option<i32>, pool: &Pool) -> Result<Option<i32>> {
    if asked == Some(MANAGED_LOGIN) {
        pool.require_essentials("Managed login")?;
    }
    Ok(asked.filter(|version| matches!(*version, HOSTED_UI | MANAGED_LOGIN)))
}

fn check_routing(routing: Option<&RoutingType>, custom: bool) -> Result<()> {
    let routes = routing.is_some_and(|routing| routing.failover.is_some());
    if routes && !custom {
        return Err(Error::RoutingForPrefixDomain);
    }
    Ok(())
}

/// A routing without a route counts as none.
fn routing(asked: Option<RoutingType>) -> Option<RoutingType> {
    asked.filter(|routing| routing.failover.is_some())
}

/// The service's versions are dates, `20240110150405`.
pub(super) fn version(at: Timestamp) -> String {
    at.rfc3339()
        .chars()
        .filter(char::is_ascii_digit)
        .take(14)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(arn: &str) -> CustomDomainConfigType {
        CustomDomainConfigType {
            certificate_arn: Some(arn.to_owned()),
            security_policy: None,
        }
    }

    #[test]
    fn a_prefix_is_one_label_without_reserved_words() {
        assert!(check_prefix("my-app").is_ok());
        assert!(matches!(
            check_prefix("auth.example.com"),
            Err(Error::DomainCharacters)
        ));
        for name in ["aws", "myawsapp", "amazon-x", "cognito"] {
            assert!(
                matches!(check_prefix(name), Err(Error::DomainReserved { .. })),
                "{name}"
            );
        }
    }

    #[test]
    fn names_are_labels_of_lower_case_letters_digits_and_hyphens() {
        for name in ["a", "my-app", "0", "auth.example.com", "a-1.b.co"] {
            assert!(check_characters(name).is_ok(), "{name}");
        }
        for name in ["Upper", "under_score", "-a", "a-", "a..b", ".a", "a.", "ä"] {
            assert!(
                matches!(check_characters(name), Err(Error::DomainCharacters)),
                "{name}"
            );
        }
    }

    #[test]
    fn a_custom_domain_lies_below_a_registered_one() {
        assert!(check_host("auth.example.com").is_ok());
        assert!(check_host("example.com").is_err());
        assert!(check_host("auth").is_err());
        assert!(check_host("127.0.0.1").is_err());
        assert!(check_host("auth.example.1").is_err());
    }

    #[test]
    fn a_certificate_is_of_acm_in_us_east_1() {
        let of = |service: &str, region: &str| {
            format!("arn:aws:{service}:{region}:123456789012:certificate/0a1b")
        };
        assert!(check_certificate(&config(&of("acm", "us-east-1"))).is_ok());
        assert!(check_certificate(&config(&of("acm", "eu-west-1"))).is_err());
        assert!(check_certificate(&config(&of("iam", "us-east-1"))).is_err());
        assert!(
            check_certificate(&config("arn:aws:acm:us-east-1:123456789012:other/0a1b")).is_err()
        );
    }

    #[test]
    fn a_pools_prefix_is_the_one_label_before_auth() {
        assert_eq!(prefix_of_host("demo.auth.localhost"), Some(("demo", None)));
        assert_eq!(
            prefix_of_host("demo.auth.eu-west-1.amazoncognito.com"),
            Some(("demo", Some("eu-west-1")))
        );
        for other in [
            "localhost",
            "auth.localhost",
            ".auth.localhost",
            "a.b.auth.localhost",
            "demo.auth.localhost.evil.example",
            "demo.auth.amazoncognito.com",
            "demo.auth.x.y.amazoncognito.com",
            "demo.auth.example.com",
        ] {
            assert_eq!(prefix_of_host(other), None, "{other}");
        }
    }
}
