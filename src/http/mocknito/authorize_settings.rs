//! The settings of an authorizer as an address has them: `type=REST&user_pool_id=…`.

use std::time::Duration;

use axum::http::{HeaderName, header};
use regex::Regex;

use super::refusal::Refusal;
use crate::clock::parse_duration;
use crate::domain::apis::{AdditionalClaim, ClaimFormat, DefaultAction, JwtIssuer};
use crate::domain::tags;
use crate::flows::authorizers::{
    AlbJwtRule, AppSyncRule, IdentitySource, JwtRule, Rule, UserPoolsRule, whole,
};

/// Every setting that there is, and the types that have it.
const SETTINGS: [(&str, &[&str]); 9] = [
    ("user_pool_id", &["REST", "HTTP", "APPSYNC", "ALB"]),
    ("issuer", &["HTTP", "ALB"]),
    ("scopes", &["REST", "HTTP", "ALB"]),
    ("audience", &["HTTP", "ALB"]),
    ("header", &["REST", "HTTP"]),
    ("identity_validation", &["REST"]),
    ("ttl", &["REST"]),
    ("client_id_regex", &["APPSYNC"]),
    ("default_action", &["APPSYNC"]),
];

/// The longest that a REST API remembers a result.
const LONGEST_TTL: Duration = Duration::from_secs(3_600);

/// Settings with names that are known, each given once.
pub struct AuthorizeSettings {
    kind: String,
    given: Vec<(String, String)>,
}

impl AuthorizeSettings {
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let mut kind = None;
        let mut given: Vec<(String, String)> = Vec::new();
        for (name, value) in form_urlencoded::parse(text.as_bytes()).into_owned() {
            if given.iter().any(|(known, _)| *known == name) || (name == "type" && kind.is_some()) {
                // A client that could add to the address must not change what it says.
                return Err(invalid(format!("{name} is there more than once")));
            }
            if name == "type" {
                kind = Some(value);
            } else if SETTINGS.iter().any(|(known, _)| *known == name) {
                given.push((name, value));
            } else {
                let known: Vec<&str> = SETTINGS.iter().map(|(known, _)| *known).collect();
                let known = known.join(", ");
                return Err(invalid(format!("unknown setting; there are type, {known}")));
            }
        }
        let kind = kind.unwrap_or_default();
        if !["REST", "HTTP", "APPSYNC", "ALB"].contains(&kind.as_str()) {
            return Err(invalid(
                "type must be REST, HTTP, APPSYNC or ALB".to_owned(),
            ));
        }
        for (name, _) in &given {
            let of = SETTINGS.iter().find(|(known, _)| known == name);
            if let Some((_, types)) = of.filter(|(_, types)| !types.contains(&kind.as_str())) {
                let types = types.join(", ");
                return Err(invalid(format!(
                    "{name} is a setting of the types {types} only"
                )));
            }
        }
        Ok(Self { kind, given })
    }

    /// What is asked of callers.
    pub fn rule(&self) -> Result<Rule, Refusal> {
        Ok(match self.kind.as_str() {
            "REST" => Rule::UserPools(UserPoolsRule {
                name: String::new(),
                pools: self.pools()?,
                header: self.header()?,
                identity_validation: self.expression("identity_validation")?,
                scopes: self.list("scopes"),
                ttl: self.ttl()?,
            }),
            "HTTP" => Rule::Jwt(JwtRule {
                issuer: self.issuer()?,
                audience: self.list("audience"),
                scopes: self.list("scopes"),
                identity_source: IdentitySource::Header(self.header()?),
            }),
            "APPSYNC" => Rule::AppSync(AppSyncRule {
                pool: self.pool()?,
                app_id_client_regex: self.expression("client_id_regex")?,
                default_action: self.default_action()?,
            }),
            _ => Rule::AlbJwt(AlbJwtRule {
                issuer: self.issuer()?,
                jwks_endpoint: None,
                additional_claims: self.claims(),
            }),
        })
    }

    fn get(&self, name: &str) -> Option<&str> {
        let found = self.given.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Several values, separated by blanks (`+` in a query) or commas.
    fn list(&self, name: &str) -> Vec<String> {
        let given = self.get(name).unwrap_or_default();
        let values = given.split([' ', ',']).filter(|value| !value.is_empty());
        values.map(str::to_owned).collect()
    }

    /// Pools, by id or ARN.
    fn pools(&self) -> Result<Vec<String>, Refusal> {
        let given = self.list("user_pool_id");
        if given.is_empty() {
            return Err(invalid("user_pool_id must name a user pool".to_owned()));
        }
        given.iter().map(|one| pool_id(one)).collect()
    }

    fn pool(&self) -> Result<String, Refusal> {
        match &self.pools()?[..] {
            [one] => Ok(one.clone()),
            _ => {
                let kind = &self.kind;
                let message = format!("user_pool_id must name one user pool for the type {kind}");
                Err(invalid(message))
            }
        }
    }

    fn issuer(&self) -> Result<JwtIssuer, Refusal> {
        match (self.get("issuer"), self.get("user_pool_id")) {
            (Some(_), Some(_)) => Err(invalid(
                "user_pool_id and issuer cannot both be given".to_owned(),
            )),
            (Some(url), None) => match url::Url::parse(url) {
                Ok(parsed) if matches!(parsed.scheme(), "http" | "https") => {
                    Ok(JwtIssuer::Url(url.to_owned()))
                }
                _ => Err(invalid(
                    "issuer must be an address with http or https".to_owned(),
                )),
            },
            (None, _) => self.pool().map(JwtIssuer::Pool),
        }
    }

    fn header(&self) -> Result<HeaderName, Refusal> {
        let Some(name) = self.get("header") else {
            return Ok(header::AUTHORIZATION);
        };
        let parsed = HeaderName::try_from(name);
        parsed.map_err(|_| invalid("header must be the name of a header".to_owned()))
    }

    fn expression(&self, name: &str) -> Result<Option<Regex>, Refusal> {
        let Some(expression) = self.get(name) else {
            return Ok(None);
        };
        let parsed = whole(expression).map(Some);
        parsed.map_err(|_| invalid(format!("{name} must be a regular expression")))
    }

    fn ttl(&self) -> Result<Duration, Refusal> {
        let Some(text) = self.get("ttl") else {
            return Ok(UserPoolsRule::USUAL_TTL);
        };
        let ttl = if text == "0" {
            Some(Duration::ZERO)
        } else {
            parse_duration(text)
        };
        ttl.filter(|ttl| *ttl <= LONGEST_TTL)
            .ok_or_else(|| invalid("ttl must be a duration of at most 1h, such as 300s".to_owned()))
    }

    fn default_action(&self) -> Result<DefaultAction, Refusal> {
        match self.get("default_action") {
            None | Some("ALLOW") => Ok(DefaultAction::Allow),
            Some("DENY") => Ok(DefaultAction::Deny),
            Some(_) => Err(invalid("default_action must be ALLOW or DENY".to_owned())),
        }
    }

    /// What a load balancer looks at beside the issuer.
    fn claims(&self) -> Vec<AdditionalClaim> {
        let claim = |name: &str, format, values: Vec<String>| {
            let name = name.to_owned();
            (!values.is_empty()).then_some(AdditionalClaim {
                name,
                format,
                values,
            })
        };
        let spaces = ClaimFormat::SpaceSeparatedValues;
        let claims = [
            claim("scope", spaces, self.list("scopes")),
            claim("aud", ClaimFormat::SingleString, self.list("audience")),
        ];
        claims.into_iter().flatten().collect()
    }
}

/// The id of a pool that is named by it or by its ARN.
fn pool_id(text: &str) -> Result<String, Refusal> {
    let id = match tags::pool_of_arn(text) {
        Ok(arn) => arn.pool,
        Err(_) => text,
    };
    // `<region>_<letters and digits>`, whichever pools there are.
    let (region, rest) = id.split_once('_').unwrap_or_default();
    let is_id = !region.is_empty() && !rest.is_empty() && !id.contains(['/', ':']);
    if is_id {
        Ok(id.to_owned())
    } else {
        Err(invalid(
            "user_pool_id must be the id or the ARN of a user pool".to_owned(),
        ))
    }
}

fn invalid(message: String) -> Refusal {
    Refusal::invalid(&message)
}
