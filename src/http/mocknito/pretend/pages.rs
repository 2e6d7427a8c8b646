//! The pretend provider's pages: who one wants to be, the way back by a form, and what was wrong
//! with the request.

mod generated;

use askama::Template;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use crate::domain::federation::Claims;
use crate::store::PretendPerson;
use crate::wire::user_pools::IdentityProviderTypeType as Kind;

const STYLE: &str = include_str!("providers.css");
const SCRIPT: &str = include_str!("providers.js");

/// Nothing from elsewhere. No `form-action`: browsers hold a form's redirects against it, too, and
/// this one's end at the application.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; base-uri 'none'; \
                      frame-ancestors 'none'";

const NO_SNIFFING: (HeaderName, &str) = (header::X_CONTENT_TYPE_OPTIONS, "nosniff");

/// What a tester typed.
#[derive(Default)]
pub struct Typed {
    pub email: String,
    pub name: String,
    pub id: String,
    pub claims: String,
    pub has_more: bool,
}

/// Somebody to continue as.
pub struct Shown {
    subject: String,
    title: String,
    detail: String,
}

/// Template: `pretend_choose.html`.
struct Choose<'p> {
    title: String,
    mark: String,
    request: &'p str,
    people: Vec<Shown>,
    typed: &'p Typed,
    subject_name: &'static str,
    example: &'static str,
    error: Option<&'static str>,
}

/// Template: `pretend_hand_over.html`.
struct HandOver<'p> {
    title: String,
    mark: String,
    action: &'p str,
    fields: &'p [(&'static str, String)],
}

/// Template: `pretend_refused.html`.
struct RefusedTemplate<'p> {
    title: String,
    mark: String,
    reason: &'p str,
}

/// The page on which a tester picks or describes somebody.
pub fn choose(
    (kind, provider): (Kind, &str),
    request: &str,
    people: Vec<PretendPerson>,
    typed: &Typed,
    error: Option<&'static str>,
) -> Response {
    let status = if error.is_some() {
        StatusCode::BAD_REQUEST
    } else {
        StatusCode::OK
    };
    let page = Choose {
        title: title(kind, provider),
        mark: mark(provider),
        request,
        people: people.into_iter().map(shown).collect(),
        typed,
        subject_name: crate::domain::pretend::subject_name(kind),
        example: r#"{"department": "Research"}"#,
        error,
    };
    respond(status, &page)
}

/// A page that posts these fields to where the answer belongs.
pub fn hand_over(title: &str, action: &str, fields: &[(&'static str, String)]) -> Response {
    let page = HandOver {
        title: title.to_owned(),
        mark: mark(title),
        action,
        fields,
    };
    respond(StatusCode::OK, &page)
}

/// A request that cannot be answered, not even to whoever sent it.
pub fn refused(status: StatusCode, reason: &str) -> Response {
    let page = RefusedTemplate {
        title: "Pretend identity provider".to_owned(),
        mark: "?".to_owned(),
        reason,
    };
    respond(status, &page)
}

pub async fn stylesheet() -> Response {
    file("text/css; charset=utf-8", STYLE)
}

pub async fn script() -> Response {
    file("text/javascript; charset=utf-8", SCRIPT)
}

fn file(content_type: &'static str, text: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, content_type),
        (header::CACHE_CONTROL, "no-cache"),
        NO_SNIFFING,
    ];
    (headers, text).into_response()
}

fn respond(status: StatusCode, page: &impl Template) -> Response {
    let Ok(body) = page.render() else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        // Not no-referrer: browsers would send the form with the origin `null`, which is refused as
        // a foreign page.
        (header::REFERRER_POLICY, "same-origin"),
        NO_SNIFFING,
    ];
    (status, headers, body).into_response()
}

/// What the provider is called.
pub fn title(kind: Kind, provider: &str) -> String {
    match kind {
        Kind::LoginWithAmazon => "Pretend Amazon".to_owned(),
        Kind::SignInWithApple => "Pretend Apple".to_owned(),
        Kind::Google | Kind::Facebook | Kind::Oidc | Kind::Saml => format!("Pretend {provider}"),
    }
}

fn mark(provider: &str) -> String {
    let first = provider.chars().next();
    first.map_or_else(String::new, |first| first.to_uppercase().collect())
}

fn shown(person: PretendPerson) -> Shown {
    let email = said(&person.claims, &["email", "emailaddress"]);
    let name = said(&person.claims, &["name", "firstName"]);
    let title = name.or(email).unwrap_or(&person.subject).to_owned();
    let detail = match email {
        Some(email) if email != title => format!("{email} · {}", person.subject),
        _ => person.subject.clone(),
    };
    Shown {
        subject: person.subject,
        title,
        detail,
    }
}

/// A claim by one of its names; SAML's are the last part of an address.
fn said<'c>(claims: &'c Claims, names: &[&str]) -> Option<&'c str> {
    claims
        .iter()
        .find(|(claim, _)| {
            let last = claim.rsplit('/').next().unwrap_or_default();
            names.contains(&last)
        })
        .and_then(|(_, value): (_, &Value)| value.as_str())
}
