//! What a method or a route asks of its callers.

use std::time::Duration;

use axum::http::{HeaderName, header};
use regex::Regex;

use crate::domain::apis::{AdditionalClaim, DefaultAction, JwtIssuer};

/// What a method or a route asks of a caller, by the kind of its authorizer.
#[derive(Debug, Clone)]
pub enum Rule {
    /// API Gateway's REST API, COGNITO_USER_POOLS.
    UserPools(UserPoolsRule),
    /// API Gateway's HTTP API, JWT.
    Jwt(JwtRule),
    /// AppSync, AMAZON_COGNITO_USER_POOLS.
    AppSync(AppSyncRule),
    /// A load balancer's `jwt-validation`.
    AlbJwt(AlbJwtRule),
    /// AWS_IAM of REST and HTTP APIs.
    Iam(IamRule),
}

/// COGNITO_USER_POOLS of a REST API.
#[derive(Debug, Clone)]
pub struct UserPoolsRule {
    /// The authorizer's name: results are remembered by authorizer and token.
    pub name: String,
    /// Ids of user pools.
    pub pools: Vec<String>,
    /// Where the token is: `method.request.header.<Name>`.
    pub header: HeaderName,
    /// IdentityValidationExpression, held against `aud`; see [`whole`].
    pub identity_validation: Option<Regex>,
    /// The method's AuthorizationScopes. Without any the token must be an ID token, with some an
    /// access token.
    pub scopes: Vec<String>,
    /// AuthorizerResultTtlInSeconds.
    pub ttl: Duration,
}

impl UserPoolsRule {
    /// AuthorizerResultTtlInSeconds, where nobody says it.
    pub const USUAL_TTL: Duration = Duration::from_secs(300);
}

/// JWT of an HTTP API.
#[derive(Debug, Clone)]
pub struct JwtRule {
    pub issuer: JwtIssuer,
    /// Of these clients; where there are none, of any.
    pub audience: Vec<String>,
    /// The route's AuthorizationScopes.
    pub scopes: Vec<String>,
    pub identity_source: IdentitySource,
}

impl JwtRule {
    /// Any token of this pool in the header `Authorization`.
    pub fn of_pool(pool: &str) -> Self {
        Self {
            issuer: JwtIssuer::Pool(pool.to_owned()),
            audience: Vec::new(),
            scopes: Vec::new(),
            identity_source: IdentitySource::Header(header::AUTHORIZATION),
        }
    }
}

/// Where the token of an HTTP API is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IdentitySource {
    /// `$request.header.<Name>`
    Header(HeaderName),
    /// `$request.querystring.<name>`
    Query(String),
}

/// AMAZON_COGNITO_USER_POOLS of AppSync.
#[derive(Debug, Clone)]
pub struct AppSyncRule {
    /// The user pool's id.
    pub pool: String,
    /// AppIdClientRegex; see [`whole`].
    pub app_id_client_regex: Option<Regex>,
    pub default_action: DefaultAction,
}

/// `jwt-validation` of a load balancer.
#[derive(Debug, Clone)]
pub struct AlbJwtRule {
    pub issuer: JwtIssuer,
    /// Where the issuer's keys are. Without it they are found as those of an HTTP API.
    pub jwks_endpoint: Option<String>,
    pub additional_claims: Vec<AdditionalClaim>,
}

/// AWS_IAM of REST and HTTP APIs.
#[derive(Debug, Clone, Copy)]
pub struct IamRule {
    pub payload: IamPayload,
}

/// Whose words and shapes they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IamPayload {
    /// A REST API's: `requestContext.identity`.
    Rest,
    /// An HTTP API's: `requestContext.authorizer.iam`.
    Http,
}

/// An expression that the whole of a text must match, as Java's `matches` has it. (unsure) The
/// documentation does not say whether a part would do; where two clients' ids could begin alike,
/// the whole is the careful reading.
pub fn whole(expression: &str) -> Result<Regex, regex::Error> {
    Regex::new(&format!("^(?:{expression})$"))
}
