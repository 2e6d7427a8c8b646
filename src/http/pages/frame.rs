//! What every page has around its content, and the headers it is sent with.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use url::Url;

use super::assets::{SCRIPT_URL, STYLESHEET_URL};
use super::language::Language;
use super::look::Look;
use super::refusals::Banner;
use super::strip::Strip;
use super::texts::Texts;
use crate::domain::oauth_settings::may_redirect_to;
use crate::http::headers::{self, Policy};

/// The page around the content.
pub struct Frame<'v> {
    pub title: String,
    pub intro: Option<String>,
    pub banner: Option<Banner>,
    pub language: Language,
    pub t: &'static Texts,
    pub look: &'v Look,
    /// The request's own query, which every link and form carries on.
    pub query: &'v str,
    pub form_token: String,
    /// Whether the page can be asked for again in another language.
    pub offers_languages: bool,
    pub strip: Option<Strip>,
}

impl<'v> Frame<'v> {
    /// A page outside of any request: it has no forms.
    pub fn bare(title: &str, language: Language, look: &'v Look) -> Self {
        Self {
            title: title.to_owned(),
            intro: None,
            banner: None,
            language,
            t: &language.tongue().texts,
            look,
            query: "",
            form_token: String::new(),
            offers_languages: false,
            strip: None,
        }
    }

    pub fn intro(mut self, intro: impl Into<String>) -> Self {
        self.intro = Some(intro.into());
        self
    }

    pub fn banner(mut self, banner: Option<Banner>) -> Self {
        self.banner = banner;
        self
    }

    pub fn with_languages(mut self) -> Self {
        self.offers_languages = true;
        self
    }

    pub fn has_error(&self) -> bool {
        self.banner.as_ref().is_some_and(|banner| banner.is_error)
    }

    pub fn stylesheet(&self) -> &'static str {
        &STYLESHEET_URL
    }

    pub fn script(&self) -> &'static str {
        &SCRIPT_URL
    }

    /// Every language with the query that leads to it.
    pub fn languages(&self) -> Vec<(Language, String)> {
        let kept: Vec<&str> = self
            .query
            .split('&')
            .filter(|pair| !pair.is_empty() && *pair != "lang" && !pair.starts_with("lang="))
            .collect();
        let kept = kept.join("&");
        let and = if kept.is_empty() { "" } else { "&" };
        Language::ALL
            .into_iter()
            .map(|language| (language, format!("{kept}{and}lang={}", language.code())))
            .collect()
    }
}

/// A page as it is sent: nothing from elsewhere, nothing inline. A form may lead anywhere in the
/// end, since it ends in a redirect to the client, and browsers hold that and the client's own
/// redirects against the list; but not to a script. `redirect_uri` is where it ends.
pub fn respond(status: StatusCode, html: String, redirect_uri: &str) -> Response {
    let form = match own_scheme(redirect_uri) {
        Some(scheme) => format!("'self' http: https: {scheme}:"),
        None => "'self' http: https:".to_owned(),
    };
    let policy = Policy {
        style: "'self'",
        script: "'self'",
        image: "'self' data:",
        form: &form,
        ..Policy::default()
    };
    let mut response = headers::page(status, &policy, html);
    // Without a referrer browsers would send forms without their origin, too.
    let referrer = HeaderValue::from_static("same-origin");
    response
        .headers_mut()
        .insert(header::REFERRER_POLICY, referrer);
    response
}

/// An app's own scheme (`myapp` of `myapp://callback`).
fn own_scheme(redirect_uri: &str) -> Option<String> {
    let url = Url::parse(redirect_uri).ok()?;
    let is_web = matches!(url.scheme(), "http" | "https");
    (!is_web && may_redirect_to(redirect_uri)).then(|| url.scheme().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_may_end_in_an_app_but_not_in_a_script() {
        assert_eq!(own_scheme("myapp://callback").as_deref(), Some("myapp"));
        assert_eq!(
            own_scheme("com.example.app:/cb").as_deref(),
            Some("com.example.app")
        );
        for none in [
            "https://a.example/cb",
            "javascript:alert(1)",
            "blob:x",
            "file:///etc/passwd",
            "",
            "a b:x",
            "x;y:z",
        ] {
            assert_eq!(own_scheme(none), None, "{none}");
        }
    }

    #[test]
    fn a_language_link_changes_the_language_and_nothing_else() {
        let look = Look::default();
        let mut frame = Frame::bare("", Language::English, &look);
        frame.query = "client_id=a&lang=de&state=x%26lang%3Dy";
        let (language, query) = &frame.languages()[1];
        assert_eq!(*language, Language::Japanese);
        assert_eq!(query, "client_id=a&state=x%26lang%3Dy&lang=ja");
    }
}
