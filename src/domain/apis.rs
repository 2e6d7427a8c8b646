//! APIs behind a gateway: what a fixture's `Apis:` describes, in AWS's words, and what of it needs
//! no request.
//!
//! Not here: how routes and paths are taken apart (`api_routes.rs`), how an API is read
//! (`fixtures::apis`), how it is served (`http::gateway`), what an authorizer looks at
//! (`flows::authorizers`).

use std::time::Duration;

use indexmap::IndexMap;
use regex::Regex;

use super::api_routes::{RequestPath, RouteMethod, RoutePath, same_resource};

/// Which of AWS's gateways an API is behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApiType {
    Rest,
    Http,
    AppSync,
    Alb,
}

impl ApiType {
    pub const ALL: [Self; 4] = [Self::Rest, Self::Http, Self::AppSync, Self::Alb];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rest => "REST",
            Self::Http => "HTTP",
            Self::AppSync => "APPSYNC",
            Self::Alb => "ALB",
        }
    }

    /// How long an integration may take at most: API Gateway's limits, and the idle time-out that a
    /// load balancer has unless somebody changes it. (unsure) AppSync gives its data sources 30
    /// seconds.
    pub fn time_limit(self) -> Duration {
        Duration::from_secs(match self {
            Self::Rest => 29,
            Self::Http | Self::AppSync => 30,
            Self::Alb => 60,
        })
    }
}

/// The stage of an HTTP API whose paths have no segment for it.
pub const DEFAULT_STAGE: &str = "$default";

/// One API.
#[derive(Debug, Clone)]
pub struct Api {
    /// The first label of its host, and its id in events.
    pub name: String,
    pub kind: ApiType,
    /// [`DEFAULT_STAGE`], or the first segment of all paths. ALB and AppSync have none.
    pub stage: String,
    pub authorizers: Vec<Authorizer>,
    pub routes: Vec<ApiRoute>,
    pub stage_variables: IndexMap<String, String>,
    /// REST: which bodies reach functions as base64, such as `image/png`, `image/*` or `*/*`.
    pub binary_media_types: Vec<String>,
    /// REST: the gateway's own answers that the owner has changed, by AWS's names for them.
    pub gateway_responses: IndexMap<String, GatewayResponse>,
    /// HTTP.
    pub cors: Option<CorsConfiguration>,
    /// ALB: the signer of `x-amzn-oidc-data`, when it is given.
    pub load_balancer_arn: Option<String>,
}

impl Api {
    pub fn authorizer(&self, name: &str) -> Option<&Authorizer> {
        let mut all = self.authorizers.iter();
        all.find(|authorizer| authorizer.name == name)
    }

    /// The segment that all paths begin with, if one does.
    pub fn stage_segment(&self) -> Option<&str> {
        let has = match self.kind {
            ApiType::Rest => true,
            ApiType::Http => self.stage != DEFAULT_STAGE,
            ApiType::AppSync | ApiType::Alb => false,
        };
        has.then_some(self.stage.as_str())
    }

    /// The route that a request belongs to. `path` has no stage any more.
    pub fn find_route(&self, method: &str, path: &RequestPath<'_>) -> Option<RouteMatch<'_>> {
        // (unsure) A REST API takes `/orders/` for `/orders`; the others do not.
        let is_lenient = self.kind == ApiType::Rest;
        let matching = self.routes.iter().filter_map(|route| {
            let parameters = route.path.parameters(path, is_lenient)?;
            Some(RouteMatch { route, parameters })
        });
        let mut matching: Vec<RouteMatch<'_>> = matching.collect();
        matching.sort_by_cached_key(|found| {
            let is_any = found.route.method == RouteMethod::Any;
            (found.route.path.ranks(), is_any)
        });
        if self.kind == ApiType::Rest {
            // The resource is chosen by the path alone: a method that it lacks is looked for
            // nowhere else.
            let resource = &matching.first()?.route.path;
            matching.retain(|found| same_resource(&found.route.path, resource));
        }
        let mut matching = matching.into_iter();
        matching.find(|found| found.route.method.takes(method))
    }
}

/// Who checks callers, and by what.
#[derive(Debug, Clone)]
pub struct Authorizer {
    pub name: String,
    pub settings: AuthorizerSettings,
}

#[derive(Debug, Clone)]
pub enum AuthorizerSettings {
    /// REST: `COGNITO_USER_POOLS`
    UserPools(UserPoolsAuthorizer),
    /// HTTP: `JWT`
    Jwt(JwtAuthorizer),
    /// REST and HTTP: `AWS_IAM`
    Iam,
    /// AppSync: `AMAZON_COGNITO_USER_POOLS`
    AppSync(AppSyncAuthorizer),
    /// ALB: `authenticate-cognito`
    AuthenticateCognito(Box<AuthenticateCognito>),
    /// ALB: `jwt-validation`
    JwtValidation(JwtValidation),
}

impl AuthorizerSettings {
    /// AWS's name of the kind.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::UserPools(_) => "COGNITO_USER_POOLS",
            Self::Jwt(_) => "JWT",
            Self::Iam => "AWS_IAM",
            Self::AppSync(_) => "AMAZON_COGNITO_USER_POOLS",
            Self::AuthenticateCognito(_) => "authenticate-cognito",
            Self::JwtValidation(_) => "jwt-validation",
        }
    }
}

#[derive(Debug, Clone)]
pub struct UserPoolsAuthorizer {
    /// The pools' ids.
    pub pools: Vec<String>,
    /// The header with the token, in lower case.
    pub header: String,
    /// Held against the whole of `aud`.
    pub identity_validation: Option<Regex>,
    pub result_ttl: Duration,
}

#[derive(Debug, Clone)]
pub struct JwtAuthorizer {
    pub issuer: JwtIssuer,
    pub audience: Vec<String>,
    /// `$request.header.Authorization` and the like.
    pub identity_source: String,
}

/// Whose tokens count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JwtIssuer {
    /// A user pool of this server, by its id.
    Pool(String),
    Url(String),
}

#[derive(Debug, Clone)]
pub struct AppSyncAuthorizer {
    /// The pool's id.
    pub pool: String,
    /// Held against the whole of the client's id.
    pub app_id_client_regex: Option<Regex>,
    pub default_action: DefaultAction,
}

/// What AppSync does with fields that say nothing of who may read them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DefaultAction {
    Allow,
    Deny,
}

impl DefaultAction {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "ALLOW",
            Self::Deny => "DENY",
        }
    }
}

/// An `authenticate-cognito` action, with AWS's defaults.
#[derive(Debug, Clone)]
pub struct AuthenticateCognito {
    /// The pool's id.
    pub pool: String,
    pub client_id: String,
    /// The domain's prefix, or its whole name for a custom one.
    pub domain: String,
    pub session_cookie_name: String,
    pub scope: String,
    pub session_timeout: Duration,
    pub extra_params: IndexMap<String, String>,
    pub on_unauthenticated: OnUnauthenticated,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnUnauthenticated {
    Authenticate,
    Allow,
    Deny,
}

/// A `jwt-validation` action.
#[derive(Debug, Clone)]
pub struct JwtValidation {
    pub issuer: JwtIssuer,
    /// None for a pool of this server.
    pub jwks_endpoint: Option<String>,
    pub additional_claims: Vec<AdditionalClaim>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdditionalClaim {
    pub name: String,
    pub format: ClaimFormat,
    pub values: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClaimFormat {
    SingleString,
    SpaceSeparatedValues,
    StringArray,
}

impl ClaimFormat {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SingleString => "single-string",
            Self::SpaceSeparatedValues => "space-separated-values",
            Self::StringArray => "string-array",
        }
    }
}

/// A method and a path, who may call it, and what answers.
#[derive(Debug, Clone)]
pub struct ApiRoute {
    /// As the file has it: `GET /orders/{id}`, `$default`.
    pub key: String,
    pub method: RouteMethod,
    pub path: RoutePath,
    /// The authorizer's name; None lets everybody in.
    pub authorizer: Option<String>,
    pub scopes: Vec<String>,
    pub target: ApiTarget,
    /// The event's form, where the target is a function.
    pub payload: PayloadFormat,
    /// How long the target may take.
    pub time_limit: Duration,
}

/// What answers a route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ApiTarget {
    /// An HTTP server. An address without a path gets the request's path; one with a path is an
    /// integration's URI, in which `{id}` and `{proxy}` stand for the route's parameters.
    Url(String),
    /// A function by its ARN, or by the name that a rule knows it by.
    Function(String),
    /// REST: the gateway by itself, a `MOCK` integration. Its parameters are
    /// `method.response.header.NAME`.
    Mock(GatewayResponse),
}

/// `PayloadFormatVersion`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PayloadFormat {
    V1,
    V2,
}

impl PayloadFormat {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::V1 => "1.0",
            Self::V2 => "2.0",
        }
    }
}

/// How one of the answers looks that the gateway gives by itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GatewayResponse {
    pub status_code: Option<u16>,
    /// Headers, such as `gatewayresponse.header.NAME`, to `'a constant'`, `context.…` or
    /// `method.request.…`.
    pub response_parameters: IndexMap<String, String>,
    /// By content type.
    pub response_templates: IndexMap<String, String>,
}

/// Which web pages may call an HTTP API.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CorsConfiguration {
    pub allow_origins: Vec<String>,
    pub allow_methods: Vec<String>,
    pub allow_headers: Vec<String>,
    pub expose_headers: Vec<String>,
    pub max_age: Option<u32>,
    pub allow_credentials: bool,
}

/// A route and what its parameters stand for.
#[derive(Debug)]
pub struct RouteMatch<'a> {
    pub route: &'a ApiRoute,
    /// As they were sent, percent-encoded.
    pub parameters: IndexMap<String, String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::api_routes::parse_route;

    fn api(kind: ApiType, keys: &[&str]) -> Api {
        let route = |key: &&str| {
            let (method, path) = parse_route(key).unwrap();
            ApiRoute {
                key: (*key).to_owned(),
                method,
                path,
                authorizer: None,
                scopes: Vec::new(),
                target: ApiTarget::Function("f".to_owned()),
                payload: PayloadFormat::V1,
                time_limit: kind.time_limit(),
            }
        };
        Api {
            name: "orders".to_owned(),
            kind,
            stage: "prod".to_owned(),
            authorizers: Vec::new(),
            routes: keys.iter().map(route).collect(),
            stage_variables: IndexMap::new(),
            binary_media_types: Vec::new(),
            gateway_responses: IndexMap::new(),
            cors: None,
            load_balancer_arn: None,
        }
    }

    fn found(api: &Api, method: &str, path: &str) -> String {
        let Some(path) = RequestPath::new(path) else {
            return "refused".to_owned();
        };
        match api.find_route(method, &path) {
            None => "none".to_owned(),
            Some(found) => {
                let mut text = found.route.key.clone();
                for (name, value) in &found.parameters {
                    text.push_str(&format!(" {name}={value}"));
                }
                text
            }
        }
    }

    #[test]
    fn the_most_specific_route_counts() {
        let routes = [
            "ANY /{proxy+}",
            "GET /orders/{id}",
            "GET /orders/new",
            "ANY /orders/new",
            "POST /orders/{id}/items",
            "GET /",
        ];
        let rest = api(ApiType::Rest, &routes);
        assert_eq!(found(&rest, "GET", "/orders/new"), "GET /orders/new");
        assert_eq!(found(&rest, "PUT", "/orders/new"), "ANY /orders/new");
        assert_eq!(found(&rest, "GET", "/orders/7"), "GET /orders/{id} id=7");
        assert_eq!(found(&rest, "GET", "/orders/7/"), "GET /orders/{id} id=7");
        // The resource is found, the method is not.
        assert_eq!(found(&rest, "PUT", "/orders/7"), "none");
        assert_eq!(
            found(&rest, "GET", "/a/b%2Fc"),
            "ANY /{proxy+} proxy=a/b%2Fc"
        );
        assert_eq!(found(&rest, "GET", "/"), "GET /");

        let http = api(ApiType::Http, &[&routes[..], &["$default"]].concat());
        assert_eq!(
            found(&http, "PUT", "/orders/7"),
            "ANY /{proxy+} proxy=orders/7"
        );
        assert_eq!(found(&http, "POST", "/"), "$default");
        assert_eq!(
            found(&http, "GET", "/orders/7/"),
            "ANY /{proxy+} proxy=orders/7/"
        );
    }

    #[test]
    fn a_path_in_disguise_is_no_other_path() {
        let rest = api(ApiType::Rest, &["GET /admin", "ANY /{proxy+}"]);
        assert_eq!(found(&rest, "GET", "/%61dmin"), "GET /admin");
        for odd in [
            "/open/../admin",
            "/open/%2e%2e/admin",
            "/open/.%2E/admin",
            "/open/./admin",
            "/open/..%2fadmin",
            "/open/%2e%2e%5cadmin",
            "/open/..\\admin",
            "/open\\admin",
            "//admin",
            "/open//admin",
            "//",
            "/open//",
            "admin",
            "*",
        ] {
            assert_eq!(found(&rest, "GET", odd), "refused", "{odd}");
        }
        assert_eq!(
            found(&rest, "GET", "/...a/%zz%"),
            "ANY /{proxy+} proxy=...a/%zz%"
        );
    }
}
