//! An authorization request (RFC 6749 §4.1.1, OIDC Core §3.1.2.1), read and checked: each check by
//! itself, in the order of the specification.
//!
//! First who asks and where to: until both are known, an error is a page. From then on the client
//! is told. The pages carry the request along as the query that it came as, so that each of them
//! reads and checks it again. Not here: what is done with it (`authorize.rs`, `finish.rs`).

use std::collections::HashMap;
use std::sync::Arc;

use axum::http::HeaderMap;

use super::authorization_error::AuthorizationError;
use super::client::named_client;
use super::console_callback;
use super::error::OAuthError;
use super::redirect::{with_fragment, with_query};
use crate::app::Ctx;
use crate::clock::Timestamp;
use crate::domain::authentication_levels::Level;
use crate::domain::identity_providers::OWN_DIRECTORY;
use crate::domain::oauth_settings;
use crate::domain::redirect_mismatch::RedirectMismatch;
use crate::error::Error;
use crate::flows::authorize::Grant;
use crate::flows::machine_tokens::is_resource;
use crate::flows::sign_in::Elevation;
use crate::http::hosts;
use crate::journal;
use crate::keys::is_base64url_sha256;
use crate::store::{BrowserSession, Client, Pool};
use crate::wire::user_pools::OAuthFlowType;

/// The longest query that is looked at, and the longest value in it.
pub(super) const LONGEST_QUERY: usize = 16 << 10;
const LONGEST_VALUE: usize = 4 << 10;

/// What the client wants back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResponseType {
    /// A code, in the query.
    Code,
    /// Tokens, in the fragment: the implicit grant.
    Token,
}

/// What the client wants the user to see.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Prompt {
    /// Nothing at all.
    pub none: bool,
    /// The sign-in, whoever is signed in.
    pub login: bool,
    pub select_account: bool,
    pub consent: bool,
}

impl Prompt {
    /// Whether somebody who is signed in is to be asked again. (unsure) `select_account` and
    /// `consent` have no page of their own on AWS; choosing an account is signing in.
    pub fn asks_again(self) -> bool {
        self.login || self.select_account
    }
}

/// A request that may be answered: the client is known, the address is the client's, and the client
/// may have what it asks for.
#[derive(Debug, Clone)]
pub struct AuthorizeRequest {
    pub pool: Arc<Pool>,
    pub client: Arc<Client>,
    pub redirect_uri: String,
    pub response_type: ResponseType,
    pub scopes: Vec<String>,
    pub state: Option<String>,
    pub nonce: Option<String>,
    pub code_challenge: Option<String>,
    pub prompt: Prompt,
    /// How old a sign-in may be, in seconds.
    pub max_age: Option<u64>,
    /// The levels of which the client wants one, in its order.
    pub levels: Vec<Level>,
    pub login_hint: Option<String>,
    pub lang: Option<String>,
    /// One of the client's, if any.
    pub identity_provider: Option<String>,
    /// As given: whether a provider has this identifier is not known yet.
    pub idp_identifier: Option<String>,
    pub resource: Option<String>,
    /// The query as it came, to carry through the pages' addresses.
    pub query: String,
}

impl AuthorizeRequest {
    /// Reads and checks a request. `query` is what stood behind the question mark.
    pub async fn read(
        ctx: &Ctx,
        headers: &HeaderMap,
        query: &str,
    ) -> Result<Self, AuthorizationError> {
        let parameters = RequestParameters::parse(query)?;
        let (pool, client) = client(ctx, headers, &parameters).await?;
        let back = RedirectTarget::to(ctx, headers, &client, &parameters).await?;
        let read = read_rest(ctx, pool, client.clone(), &back, &parameters, query).await;
        if let Err(AuthorizationError::Redirect(location)) = &read {
            ctx.note_why(why_told(location));
        }
        read
    }

    /// Whether the client takes somebody's being signed in for a sign-in.
    pub fn takes(&self, session: &BrowserSession, now: Timestamp) -> bool {
        let age = now.seconds() - session.auth_time.seconds();
        let age = u64::try_from(age).unwrap_or(0);
        self.max_age.is_none_or(|most| age <= most) && !self.prompt.asks_again()
    }

    /// Whether that is as much as the client wants. Refused where the user cannot reach what it
    /// wants.
    pub async fn is_met_by(
        &self,
        ctx: &Ctx,
        session: &BrowserSession,
    ) -> crate::error::Result<bool> {
        Ok(self.levels.is_empty() || self.elevation(ctx, session).is_needless().await?)
    }

    /// The way from a session to what the client wants.
    pub fn elevation<'a>(&'a self, ctx: &'a Ctx, session: &'a BrowserSession) -> Elevation<'a> {
        Elevation {
            ctx,
            pool: &self.pool,
            client: &self.client,
            session,
            levels: &self.levels,
        }
    }

    /// The scopes as a token carries them.
    pub fn scope(&self) -> String {
        self.scopes.join(" ")
    }

    /// The address with an error for the client: for what goes wrong after the request was read.
    pub fn refuse(&self, error: OAuthError, description: Option<&str>) -> AuthorizationError {
        self.target().refuse(error, description)
    }

    /// The same, with an identity provider's own error and its words for it.
    pub fn pass_on(&self, error: &str, description: Option<&str>) -> AuthorizationError {
        self.target().pass_on(error, description)
    }

    fn target(&self) -> RedirectTarget<'_> {
        RedirectTarget {
            redirect_uri: &self.redirect_uri,
            response_type: Some(self.response_type),
            state: self.state.as_deref(),
        }
    }

    /// The identity provider that the user is to be sent to without being asked: the one that the
    /// request names, or the client's only one.
    pub fn provider(&self) -> Option<&str> {
        if let Some(named) = self.identity_provider.as_deref() {
            return Some(named).filter(|name| *name != OWN_DIRECTORY);
        }
        match self.client.settings.supported_identity_providers.as_deref() {
            Some([only]) if only != OWN_DIRECTORY => Some(only),
            _ => None,
        }
    }

    pub(super) fn grant<'a>(
        &'a self,
        scope: &'a str,
        browser_session: &'a str,
        acr: Option<&'a str>,
    ) -> Grant<'a> {
        Grant {
            redirect_uri: &self.redirect_uri,
            scope,
            nonce: self.nonce.as_deref(),
            code_challenge: self.code_challenge.as_deref(),
            resource: self.resource.as_deref(),
            acr,
            browser_session,
        }
    }
}

/// Where a request to sign out sends the browser, with the pool that it signs out of: `logout_uri`
/// must be registered to the letter. None when there is no `logout_uri`: then it is a request to
/// sign in again.
pub(super) async fn logout_uri(
    ctx: &Ctx,
    headers: &HeaderMap,
    query: &str,
) -> Result<Option<(Arc<Pool>, String)>, AuthorizationError> {
    let parameters = RequestParameters::parse(query)?;
    let (pool, client) = client(ctx, headers, &parameters).await?;
    let Some(asked) = parameters.values.get("logout_uri") else {
        return if parameters.is_odd("logout_uri") {
            Err(AuthorizationError::page(
                OAuthError::InvalidRequest,
                "logout_uri is too long.",
            ))
        } else {
            Ok(None)
        };
    };
    let registered = client.settings.logout_urls.as_deref().unwrap_or_default();
    let known = registered
        .iter()
        .find(|one| *one == asked)
        .filter(|url| !parameters.is_odd("logout_uri") && oauth_settings::may_redirect_to(url));
    match known {
        Some(location) => Ok(Some((pool, location.clone()))),
        None => Err(AuthorizationError::mismatch(
            ctx,
            "The logout_uri is none of the client's sign-out URLs.",
            RedirectMismatch::of_sign_out(asked, client.settings.logout_urls.as_deref()),
        )),
    }
}

/// The query's parameters; each may be given once.
struct RequestParameters {
    values: HashMap<String, String>,
    repeated: Vec<String>,
}

impl RequestParameters {
    fn parse(query: &str) -> Result<Self, AuthorizationError> {
        if query.len() > LONGEST_QUERY {
            return Err(AuthorizationError::page(
                OAuthError::InvalidRequest,
                "The request is too long.",
            ));
        }
        let mut parameters = Self {
            values: HashMap::new(),
            repeated: Vec::new(),
        };
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            // What is too long is as wrong as what comes twice.
            let fits = value.len() <= LONGEST_VALUE;
            if !fits || parameters.values.contains_key(name.as_ref()) {
                parameters.repeated.push(name.clone().into_owned());
            }
            if fits {
                parameters
                    .values
                    .insert(name.into_owned(), value.into_owned());
            }
        }
        Ok(parameters)
    }

    /// A value; an empty one is as good as none.
    fn get(&self, name: &str) -> Option<&str> {
        self.values
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    fn owned(&self, name: &str) -> Option<String> {
        self.get(name).map(str::to_owned)
    }

    fn is_odd(&self, name: &str) -> bool {
        self.repeated.iter().any(|one| one == name)
    }

    /// Of the parameters that mean something here, one that was given twice, or is too long.
    fn odd(&self) -> Option<&str> {
        const KNOWN: [&str; 15] = [
            "response_type",
            "scope",
            "state",
            "nonce",
            "code_challenge",
            "code_challenge_method",
            "prompt",
            "max_age",
            "login_hint",
            "lang",
            "identity_provider",
            "idp_identifier",
            "resource",
            "response_mode",
            "acr_values",
        ];
        KNOWN.into_iter().find(|name| self.is_odd(name))
    }
}

/// Who asks. At a pool's own host only that pool's clients are known.
async fn client(
    ctx: &Ctx,
    headers: &HeaderMap,
    parameters: &RequestParameters,
) -> Result<(Arc<Pool>, Arc<Client>), AuthorizationError> {
    let invalid = |description: &str| {
        AuthorizationError::page(OAuthError::InvalidRequest, description.to_owned())
    };
    if parameters.is_odd("client_id") {
        return Err(invalid("client_id must be given once."));
    }
    let id = parameters
        .get("client_id")
        .ok_or_else(|| invalid("Required String parameter 'client_id' is not present"))?;
    let unknown = || Error::ClientNotFound { id: id.to_owned() };
    let (pool, client) = match named_client(ctx, headers, id).await {
        Err(error @ (Error::ClientNotFound { .. } | Error::ClientDocumentUnusable { .. })) => {
            return Err(invalid(&error.message()));
        }
        found => found?,
    };
    if hosts::serves(ctx, headers, &pool).await? {
        Ok((pool, client))
    } else {
        Err(invalid(&unknown().message()))
    }
}

/// Where the answer goes, whatever it is.
struct RedirectTarget<'a> {
    redirect_uri: &'a str,
    /// None as long as it is not known to be one.
    response_type: Option<ResponseType>,
    state: Option<&'a str>,
}

impl<'a> RedirectTarget<'a> {
    /// The address must be one that the client has registered, to the letter (RFC 6749 §3.1.2.3).
    async fn to(
        ctx: &Ctx,
        headers: &HeaderMap,
        client: &'a Client,
        parameters: &'a RequestParameters,
    ) -> Result<Self, AuthorizationError> {
        let settings = &client.settings;
        if parameters.is_odd("redirect_uri") {
            return Err(AuthorizationError::page(
                OAuthError::InvalidRequest,
                "redirect_uri must be given once.",
            ));
        }
        let asked = match parameters.values.get("redirect_uri") {
            Some(asked) => asked.as_str(),
            // (unsure) Documented for clients with a single identity provider; here for all that
            // have a default.
            None => settings.default_redirect_uri.as_deref().ok_or_else(|| {
                AuthorizationError::page(
                    OAuthError::InvalidRequest,
                    "Required String parameter 'redirect_uri' is not present",
                )
            })?,
        };
        // What was registered is checked again: a store may be older than the check.
        let registered = client.registers(asked) && oauth_settings::may_redirect_to(asked);
        let bound = (
            parameters.get("response_type"),
            parameters.get("code_challenge_method"),
        );
        if !registered && !console_callback::leads(&ctx.app.access, headers, asked, bound).await {
            return Err(AuthorizationError::mismatch(
                ctx,
                "The redirect_uri is none of the client's callback URLs.",
                RedirectMismatch::of_callback(asked, settings.callback_urls.as_deref()),
            ));
        }
        Ok(Self {
            redirect_uri: asked,
            response_type: response_type(parameters.get("response_type")),
            state: parameters
                .get("state")
                .filter(|_| !parameters.is_odd("state")),
        })
    }

    fn refuse(&self, error: OAuthError, description: Option<&str>) -> AuthorizationError {
        self.pass_on(error.code(), description)
    }

    fn pass_on(&self, error: &str, description: Option<&str>) -> AuthorizationError {
        let mut answer = vec![("error", error)];
        answer.extend(description.map(|text| ("error_description", text)));
        answer.extend(self.state.map(|state| ("state", state)));
        AuthorizationError::Redirect(match self.response_type {
            Some(ResponseType::Token) => with_fragment(self.redirect_uri, &answer),
            _ => with_query(self.redirect_uri, &answer),
        })
    }

    fn invalid(&self, description: &str) -> AuthorizationError {
        self.refuse(OAuthError::InvalidRequest, Some(description))
    }
}

/// For the developer, where nothing better was said: what the client is told.
fn why_told(location: &str) -> String {
    let told: HashMap<_, _> = journal::told_in(location).collect();
    let description = told.get("error_description").or(told.get("error"));
    let description = description.map(|text| text.as_ref()).unwrap_or_default();
    match description {
        "invalid_request" => "code_challenge needs code_challenge_method=S256.".to_owned(),
        "unsupported_response_type" => "response_type must be code or token.".to_owned(),
        other => other.to_owned(),
    }
}

fn response_type(text: Option<&str>) -> Option<ResponseType> {
    match text? {
        "code" => Some(ResponseType::Code),
        "token" => Some(ResponseType::Token),
        _ => None,
    }
}

/// Everything of which the client is told.
async fn read_rest(
    ctx: &Ctx,
    pool: Arc<Pool>,
    client: Arc<Client>,
    back: &RedirectTarget<'_>,
    parameters: &RequestParameters,
    query: &str,
) -> Result<AuthorizeRequest, AuthorizationError> {
    if let Some(name) = parameters.odd() {
        return Err(back.invalid(&format!("{name} is repeated or too long")));
    }
    let response_type = check_response_type(ctx, &client, back, parameters)?;
    let scopes = check_scopes(ctx, &client, back, parameters)?;
    let code_challenge = check_challenge(response_type, back, parameters)?;
    let prompt = check_prompt(back, parameters)?;
    let max_age = parameters.get("max_age").map(str::parse);
    let max_age = max_age
        .transpose()
        .map_err(|_| back.invalid("max_age must be a number of seconds"))?;
    // Documented: where the plan has no levels, they are passed over. (unsure) So they are where
    // none of the names is a level's.
    let asked = parameters.get("acr_values").unwrap_or_default();
    let levels = match pool.require_essentials("acr_values") {
        Ok(()) => pool.levels_named(asked),
        Err(_) => Vec::new(),
    };
    let identity_provider = check_provider(&client, back, parameters)?;
    let resource = check_resource(ctx, &pool, back, parameters).await?;
    Ok(AuthorizeRequest {
        redirect_uri: back.redirect_uri.to_owned(),
        response_type,
        scopes,
        state: back.state.map(str::to_owned),
        nonce: parameters.owned("nonce"),
        code_challenge,
        prompt,
        max_age,
        levels,
        login_hint: parameters.owned("login_hint"),
        lang: parameters.owned("lang"),
        identity_provider,
        idp_identifier: parameters.owned("idp_identifier"),
        resource,
        query: query.to_owned(),
        client,
        pool,
    })
}

/// A grant that exists, and that the client has.
fn check_response_type(
    ctx: &Ctx,
    client: &Client,
    back: &RedirectTarget<'_>,
    parameters: &RequestParameters,
) -> Result<ResponseType, AuthorizationError> {
    let Some(response_type) = back.response_type else {
        return Err(match parameters.get("response_type") {
            None => back.invalid("Required String parameter 'response_type' is not present"),
            // (unsure) As older documentation has it.
            Some(_) => back.refuse(OAuthError::UnsupportedResponseType, None),
        });
    };
    let needed = match response_type {
        ResponseType::Code => OAuthFlowType::Code,
        ResponseType::Token => OAuthFlowType::Implicit,
    };
    if client.allows_grant(needed) {
        Ok(response_type)
    } else {
        let settings = &client.settings;
        let flows = settings.allowed_oauth_flows.as_deref().unwrap_or_default();
        let flows: Vec<&str> = flows.iter().map(|flow| flow.as_str()).collect();
        ctx.note_why(
            if settings.allowed_oauth_flows_user_pool_client == Some(true) {
                format!(
                    "response_type needs the flow {}, and the app client's AllowedOAuthFlows are \
                     \"{}\".",
                    needed.as_str(),
                    flows.join(" ")
                )
            } else {
                "The app client has AllowedOAuthFlowsUserPoolClient off, so it has no OAuth at all."
                    .to_owned()
            },
        );
        Err(back.refuse(OAuthError::UnauthorizedClient, None))
    }
}

/// Scopes that the client has; all of them when it names none. `email`, `phone` and `profile` are
/// granted without `openid`, too; then userInfo refuses.
fn check_scopes(
    ctx: &Ctx,
    client: &Client,
    back: &RedirectTarget<'_>,
    parameters: &RequestParameters,
) -> Result<Vec<String>, AuthorizationError> {
    let allowed = client
        .settings
        .allowed_oauth_scopes
        .as_deref()
        .unwrap_or_default();
    let mut scopes: Vec<String> = Vec::new();
    for scope in parameters
        .get("scope")
        .unwrap_or_default()
        .split_ascii_whitespace()
    {
        if !allowed.iter().any(|one| one == scope) {
            ctx.note_why(format!(
                "The scope {scope} is not among the app client's AllowedOAuthScopes, \"{}\".",
                allowed.join(" ")
            ));
            return Err(back.invalid("invalid_scope"));
        }
        if !scopes.iter().any(|one| one == scope) {
            scopes.push(scope.to_owned());
        }
    }
    if scopes.is_empty() {
        return Ok(allowed.to_vec());
    }
    Ok(scopes)
}

/// RFC 7636 §4.3, with S256 as the only method: a challenge has its method, a method has its
/// challenge, and both come with a code.
fn check_challenge(
    response_type: ResponseType,
    back: &RedirectTarget<'_>,
    parameters: &RequestParameters,
) -> Result<Option<String>, AuthorizationError> {
    let challenge = parameters.get("code_challenge");
    let method = parameters.get("code_challenge_method");
    match (challenge, method) {
        (None, None) => Ok(None),
        (None, Some(_)) => Err(back.invalid("code_challenge is not present")),
        (Some(_), method) if method != Some("S256") => {
            Err(back.refuse(OAuthError::InvalidRequest, None))
        }
        (Some(_), _) if response_type != ResponseType::Code => {
            Err(back.invalid("code_challenge needs response_type code"))
        }
        (Some(challenge), _) if !is_base64url_sha256(challenge) => {
            Err(back.invalid("code_challenge is malformed"))
        }
        (Some(challenge), _) => Ok(Some(challenge.to_owned())),
    }
}

fn check_prompt(
    back: &RedirectTarget<'_>,
    parameters: &RequestParameters,
) -> Result<Prompt, AuthorizationError> {
    let mut prompt = Prompt::default();
    for value in parameters
        .get("prompt")
        .unwrap_or_default()
        .split_ascii_whitespace()
    {
        match value {
            "none" => prompt.none = true,
            "login" => prompt.login = true,
            "select_account" => prompt.select_account = true,
            "consent" => prompt.consent = true,
            _ => return Err(back.invalid("prompt is not supported")),
        }
    }
    if prompt.none && (prompt.login || prompt.select_account || prompt.consent) {
        return Err(back.invalid("prompt none stands alone"));
    }
    Ok(prompt)
}

/// One that the client supports.
fn check_provider(
    client: &Client,
    back: &RedirectTarget<'_>,
    parameters: &RequestParameters,
) -> Result<Option<String>, AuthorizationError> {
    let Some(name) = parameters.get("identity_provider") else {
        return Ok(None);
    };
    let supported = client
        .settings
        .supported_identity_providers
        .as_deref()
        .unwrap_or_default();
    if supported.iter().any(|one| one == name) || (supported.is_empty() && name == OWN_DIRECTORY) {
        Ok(Some(name.to_owned()))
    } else {
        Err(back.invalid("identity_provider is not enabled for the client"))
    }
}

async fn check_resource(
    ctx: &Ctx,
    pool: &Pool,
    back: &RedirectTarget<'_>,
    parameters: &RequestParameters,
) -> Result<Option<String>, AuthorizationError> {
    let Some(resource) = parameters.get("resource") else {
        return Ok(None);
    };
    if is_resource(ctx, pool, resource).await? {
        Ok(Some(resource.to_owned()))
    } else {
        // (unsure) RFC 8707 has `invalid_target` for this; the service's list of errors has not.
        Err(back.invalid("resource is malformed"))
    }
}
