//! Stand-ins for what others build; they go when the real ones are merged.
use std::collections::BTreeMap;
use std::sync::Arc;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use crate::app::Ctx;
use crate::clock::Timestamp;
use crate::error::{Error, Result};
use crate::store::{Client, Pool};
use crate::wire::user_pools::{AuthFlowType, ChallengeNameType};

pub mod sign_in {
    use super::*;
    #[derive(Clone, Copy)]
    pub enum Entrance { Pages }
    pub struct Authenticated { pub sub: String, pub auth_time: Timestamp, pub device_key: Option<String> }
    pub struct Parameters(pub BTreeMap<String, String>);
    impl From<BTreeMap<String, String>> for Parameters { fn from(given: BTreeMap<String, String>) -> Self { Self(given) } }
    pub enum Outcome {
        Tokens(()),
        Authenticated(Authenticated),
        Challenge { name: ChallengeNameType, parameters: BTreeMap<String, String>, session: Option<String>, available: Vec<ChallengeNameType> },
    }
    pub async fn initiate(_: &Ctx, _: &Pool, _: &Client, _: Entrance, _: AuthFlowType, _: &Parameters, _: Option<&str>) -> Result<Outcome> { Err(Error::BadCredentials) }
    pub async fn respond(_: &Ctx, _: &Pool, _: &Client, _: Entrance, _: ChallengeNameType, _: Option<&str>, _: &Parameters) -> Result<Outcome> { Err(Error::BadCredentials) }
}
pub mod software_tokens {
    use super::*;
    pub async fn associate_in_session(_: &Ctx, s: &str) -> Result<(String, String)> { Ok(("SECRET".to_owned(), s.to_owned())) }
    pub async fn verify_in_session(_: &Ctx, s: &str, _: &str, _: Option<&str>) -> Result<String> { Ok(s.to_owned()) }
}
pub struct AuthorizeRequest { pub pool: Arc<Pool>, pub client: Arc<Client>, pub redirect_uri: String, pub prompt: Vec<String>, pub login_hint: Option<String>, pub lang: Option<String>, pub query: String }
pub enum Refusal { Page(String), Redirect(String) }
impl Refusal { pub fn code(&self) -> &'static str { "invalid_request" } }
impl AuthorizeRequest {
    pub async fn read(ctx: &Ctx, _: &HeaderMap, query: &str) -> std::result::Result<Self, Refusal> {
        let get = |name: &str| super::message::parameter(Some(query), name);
        let (pool, client) = ctx.client(&get("client_id").unwrap_or_default()).await.map_err(|_| Refusal::Page("invalid_request".to_owned()))?;
        Ok(Self { pool, client, redirect_uri: get("redirect_uri").unwrap_or_default(), prompt: Vec::new(), login_hint: get("login_hint"), lang: get("lang"), query: query.to_owned() })
    }
}
pub struct Browser;
impl Browser {
    pub fn of(_: &Ctx, _: &HeaderMap) -> Self { Self }
    pub fn form_token(&self) -> String { "token".to_owned() }
    pub fn check_form_token(&self, token: &str) -> bool { token == "token" }
    pub fn keep(&self, response: Response) -> Response { response }
}
pub async fn finish(_: &Ctx, _: &AuthorizeRequest, _: &Browser, who: sign_in::Authenticated) -> Response { let _ = (who.auth_time, who.device_key); who.sub.into_response() }
