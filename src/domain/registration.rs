//! Dynamic client registration (RFC 7591): what a client says about itself, and the app client that
//! comes of it within what the pool's DcrConfiguration allows.
//!
//! Not here: who may register (`flows::register_client`), the endpoint (`http::oauth::register`).

use serde::Deserialize;
use serde_json::json;

use super::oauth_settings::{self, REGISTRATION_SCOPE, STANDARD_SCOPES};
use crate::error::Error;
use crate::store::{Pool, ResourceServer};
use crate::wire::user_pools::{
    DcrConfigurationType, ExplicitAuthFlowsType, OAuthFlowType, PreventUserExistenceErrorTypes,
    StatusType, UserPoolClientType, UserPoolTierType, UserPoolType, op,
};
use crate::wire::{self, Operation};

/// The scopes that need no listing in AllowedScopes.
const OPENID_SCOPES: [&str; 4] = ["openid", "email", "phone", "profile"];

/// The longest name of a client.
const LONGEST_NAME: usize = 128;

/// What stands for a character that the name of an app client cannot have. (unsure) What the
/// service does with such names.
const REPLACEMENT: char = '_';

/// Who registers a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Registrant {
    /// Anybody.
    Anybody,
    /// Somebody with a token for it.
    TokenHolder,
}

/// A client's metadata as it sends them (RFC 7591 §2), as far as they count here.
#[derive(Debug, Default, Deserialize)]
pub struct ClientMetadata {
    pub redirect_uris: Option<Vec<String>>,
    pub grant_types: Option<Vec<String>>,
    pub response_types: Option<Vec<String>>,
    pub token_endpoint_auth_method: Option<String>,
    pub client_name: Option<String>,
    /// Separated by spaces.
    pub scope: Option<String>,
}

/// Why nothing is registered (RFC 7591 §3.2.2), with a sentence for whoever writes the client.
#[derive(Debug)]
pub enum RegistrationRefusal {
    RedirectUri(String),
    Metadata(String),
}

/// What is registered.
#[derive(Debug)]
pub struct ClientRegistration {
    /// None if the client has not said how it is called.
    pub name: Option<String>,
    pub auth_method: AuthMethod,
    pub grant_types: Vec<GrantType>,
    pub settings: UserPoolClientType,
}

/// How a client proves at the token endpoint who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthMethod {
    /// By nothing: it is a public client.
    None,
    Basic,
    Post,
}

impl AuthMethod {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Basic => "client_secret_basic",
            Self::Post => "client_secret_post",
        }
    }

    fn named(name: Option<&str>) -> Option<Self> {
        match name {
            None => Some(Self::Basic),
            Some("none") => Some(Self::None),
            Some("client_secret_basic") => Some(Self::Basic),
            Some("client_secret_post") => Some(Self::Post),
            Some(_) => None,
        }
    }
}

/// A grant as RFC 7591 calls it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GrantType {
    AuthorizationCode,
    RefreshToken,
    ClientCredentials,
}

impl GrantType {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "authorization_code",
            Self::RefreshToken => "refresh_token",
            Self::ClientCredentials => "client_credentials",
        }
    }

    fn named(name: &str) -> Option<Self> {
        let all = [
            Self::AuthorizationCode,
            Self::RefreshToken,
            Self::ClientCredentials,
        ];
        all.into_iter().find(|grant| grant.as_str() == name)
    }
}

/// Whether these settings let clients register themselves: a configuration turns it on unless it
/// says otherwise.
pub fn is_on(settings: &UserPoolType) -> bool {
    let configuration = settings.dcr_configuration.as_ref();
    configuration.is_some_and(|one| one.enable_status != Some(StatusType::Disabled))
}

impl Pool {
    /// How clients register themselves, if they may.
    pub fn registration(&self) -> Option<&DcrConfigurationType> {
        // A store may be older than the check that keeps it from the cheapest plan.
        let may = self.settings.user_pool_tier != Some(UserPoolTierType::Lite);
        let configuration = self.settings.dcr_configuration.as_ref();
        configuration.filter(|_| may && is_on(&self.settings))
    }
}

/// The client that comes of the metadata, within what the pool allows this registrant.
pub fn registration(
    asked: ClientMetadata,
    configuration: &DcrConfigurationType,
    registrant: Registrant,
    servers: &[ResourceServer],
) -> Result<ClientRegistration, RegistrationRefusal> {
    let auth_method = AuthMethod::named(asked.token_endpoint_auth_method.as_deref())
        .ok_or_else(|| refusal("token_endpoint_auth_method is not supported"))?;
    let allowed = match registrant {
        Registrant::Anybody => &configuration.open_dcr_grant_types,
        Registrant::TokenHolder => &configuration.authenticated_grant_types,
    };
    let grant_types = grant_types(asked.grant_types, allowed.as_deref().unwrap_or_default())?;
    let flow = if grant_types.contains(&GrantType::ClientCredentials) {
        OAuthFlowType::ClientCredentials
    } else {
        OAuthFlowType::Code
    };
    if flow == OAuthFlowType::ClientCredentials && auth_method == AuthMethod::None {
        return Err(refusal("client_credentials needs a client with a secret"));
    }
    let response_types = asked.response_types.unwrap_or_default();
    if response_types.iter().any(|one| one != "code") {
        return Err(refusal("response_types may only contain code"));
    }
    let redirect_uris = asked.redirect_uris.unwrap_or_default();
    if flow == OAuthFlowType::Code && redirect_uris.is_empty() {
        let missing = "redirect_uris must not be empty".to_owned();
        return Err(RegistrationRefusal::RedirectUri(missing));
    }
    for uri in &redirect_uris {
        oauth_settings::check_address(uri)
            .map_err(|error| RegistrationRefusal::RedirectUri(error.message()))?;
    }
    let scopes = scopes(asked.scope.as_deref(), configuration, flow, servers)?;
    check_lengths(&redirect_uris, &scopes)?;
    Ok(ClientRegistration {
        name: asked.client_name.as_deref().and_then(name),
        auth_method,
        grant_types,
        settings: UserPoolClientType {
            callback_urls: Some(redirect_uris),
            allowed_oauth_flows: Some(vec![flow]),
            allowed_oauth_flows_user_pool_client: Some(true),
            allowed_oauth_scopes: Some(scopes),
            // (unsure) Registered for OAuth, a client signs nobody in at the API: there it would
            // get the scope aws.cognito.signin.user.admin, whatever AllowedScopes says.
            explicit_auth_flows: Some(vec![ExplicitAuthFlowsType::AllowRefreshTokenAuth]),
            // (unsure) Strangers are not told who has an account.
            prevent_user_existence_errors: Some(PreventUserExistenceErrorTypes::Enabled),
            ..UserPoolClientType::default()
        },
    })
}

/// What the client wants to use, if it may use all of it: `authorization_code` if it says nothing.
/// Refresh tokens come with codes.
fn grant_types(
    asked: Option<Vec<String>>,
    allowed: &[OAuthFlowType],
) -> Result<Vec<GrantType>, RegistrationRefusal> {
    let mut grants = Vec::new();
    for name in asked.unwrap_or_default() {
        let grant = GrantType::named(&name).ok_or_else(|| unknown("grant type", &name))?;
        if !grants.contains(&grant) {
            grants.push(grant);
        }
    }
    if grants.is_empty() {
        grants.push(GrantType::AuthorizationCode);
    }
    let by_code = grants.contains(&GrantType::AuthorizationCode);
    let by_itself = grants.contains(&GrantType::ClientCredentials);
    if by_code == by_itself || (by_itself && grants.contains(&GrantType::RefreshToken)) {
        return Err(refusal(
            "grant_types must contain either authorization_code, with or without refresh_token, \
             or client_credentials alone",
        ));
    }
    // `implicit` in the list means nothing, as documented.
    let needed = if by_code {
        OAuthFlowType::Code
    } else {
        OAuthFlowType::ClientCredentials
    };
    if allowed.contains(&needed) {
        Ok(grants)
    } else {
        Err(refusal(
            "The grant types are not allowed for this registration",
        ))
    }
}

/// The scopes that the client asks for, if it may have them; all that it may have if it names none
/// (unsure).
fn scopes(
    asked: Option<&str>,
    configuration: &DcrConfigurationType,
    flow: OAuthFlowType,
    servers: &[ResourceServer],
) -> Result<Vec<String>, RegistrationRefusal> {
    let listed = configuration.allowed_scopes.as_deref().unwrap_or_default();
    let is_open = flow == OAuthFlowType::Code;
    let may_have = |scope: &str| {
        let is_listed = listed.iter().any(|one| one == scope);
        if STANDARD_SCOPES.contains(&scope) {
            is_open && (is_listed || OPENID_SCOPES.contains(&scope))
        } else {
            is_listed && scope != REGISTRATION_SCOPE && oauth_settings::defines(servers, scope)
        }
    };
    let mut scopes: Vec<String> = Vec::new();
    for scope in asked.unwrap_or_default().split_ascii_whitespace() {
        if !may_have(scope) {
            return Err(unknown("scope", scope));
        }
        if !scopes.iter().any(|one| one == scope) {
            scopes.push(scope.to_owned());
        }
    }
    if scopes.is_empty() {
        let openid = OPENID_SCOPES.into_iter().filter(|scope| may_have(scope));
        scopes.extend(openid.map(str::to_owned));
        for scope in listed {
            if may_have(scope) && !scopes.contains(scope) {
                scopes.push(scope.clone());
            }
        }
    }
    if scopes.is_empty() {
        return Err(refusal("There is no scope that the client may have"));
    }
    Ok(scopes)
}

/// Numbers and lengths as the API model has them for clients that somebody else makes.
fn check_lengths(redirect_uris: &[String], scopes: &[String]) -> Result<(), RegistrationRefusal> {
    let input = json!({
        "UserPoolId": "us-east-1_0",
        "ClientName": "registered",
        "CallbackURLs": redirect_uris,
        "AllowedOAuthScopes": scopes,
    });
    wire::validate(op::CreateUserPoolClient::INPUT, &input)
        .map_err(|_| refusal("There are too many redirect_uris or scopes, or one is too long"))
}

/// The name as an app client can have it. None for one that says nothing.
fn name(asked: &str) -> Option<String> {
    let fits = |c: char| c.is_ascii_alphanumeric() || " _+=,.@-".contains(c);
    let name: String = asked
        .trim()
        .chars()
        .take(LONGEST_NAME)
        .map(|c| if fits(c) { c } else { REPLACEMENT })
        .collect();
    (!name.is_empty()).then_some(name)
}

fn refusal(text: &str) -> RegistrationRefusal {
    RegistrationRefusal::Metadata(text.to_owned())
}

/// The name is repeated as it is not longer than anybody wants to read.
fn unknown(what: &str, name: &str) -> RegistrationRefusal {
    let shown: String = name
        .chars()
        .filter(|c| c.is_ascii_graphic() && !matches!(c, '"' | '\\'))
        .take(80)
        .collect();
    RegistrationRefusal::Metadata(format!("The {what} {shown} is not available"))
}

impl From<Error> for RegistrationRefusal {
    /// What an administrator would be told about such a client.
    fn from(error: Error) -> Self {
        Self::Metadata(error.message())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_keeps_what_an_app_client_can_be_called() {
        for (asked, kept) in [
            ("Claude Code (dev)", Some("Claude Code _dev_")),
            ("_custom_id_:mine", Some("_custom_id__mine")),
            ("é\u{0}\n", Some("__")),
            (" \t", None),
            ("", None),
        ] {
            assert_eq!(name(asked).as_deref(), kept, "{asked:?}");
        }
        assert_eq!(name(&"x".repeat(200)).map(|name| name.len()), Some(128));
    }

    #[test]
    fn grants_go_together_as_an_app_client_can_have_them() {
        use OAuthFlowType::{ClientCredentials, Code, Implicit};
        let all = [Code, ClientCredentials, Implicit];
        let asked = |names: &[&str], allowed: &[OAuthFlowType]| {
            let names = names.iter().map(|one| (*one).to_owned()).collect();
            grant_types(Some(names), allowed).is_ok()
        };
        assert!(asked(&[], &all) && asked(&["authorization_code", "refresh_token"], &all));
        assert!(asked(&["client_credentials"], &all));
        for wrong in [
            &["refresh_token"][..],
            &["authorization_code", "client_credentials"],
            &["client_credentials", "refresh_token"],
            &["implicit"],
            &["password"],
        ] {
            assert!(!asked(wrong, &all), "{wrong:?}");
        }
        assert!(!asked(
            &["authorization_code"],
            &[ClientCredentials, Implicit]
        ));
        assert!(!asked(&["client_credentials"], &[Code]) && !asked(&[], &[]));
    }
}
