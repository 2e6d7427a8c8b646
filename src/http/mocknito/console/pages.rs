//! The console's pages: their names, addresses and order in the navigation.
//!
//! All share one template; what is in a page is drawn by its script (`static/`), from AWS calls and
//! the JSON of `/_mocknito/`. A new page is a row here, a script in `files.rs` and a line in
//! `http::routes`.

mod generated;

use askama::Template;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};

use super::page::{self, POLICY, POLICY_OF_INBOX};
use crate::http::answers::{nothing_here, wrong_method};

/// Where it begins.
pub const HOME: &str = "/_mocknito/";

/// A page of the console.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConsolePage {
    Overview,
    Users,
    Pool,
    IdentityPools,
    Apis,
    Requests,
    Inbox,
    Functions,
    Tokens,
    Coverage,
    /// What a browser sees where nothing is.
    Missing,
}

/// Every page in the order of the navigation.
const PAGES: [ConsolePage; 10] = [
    ConsolePage::Overview,
    ConsolePage::Users,
    ConsolePage::Pool,
    ConsolePage::IdentityPools,
    ConsolePage::Apis,
    ConsolePage::Requests,
    ConsolePage::Inbox,
    ConsolePage::Functions,
    ConsolePage::Tokens,
    ConsolePage::Coverage,
];

/// Which pools a page is about.
#[derive(Clone, Copy)]
enum About {
    /// All of them, and none is chosen.
    Nothing,
    /// All, or the one that was chosen.
    All,
    /// One.
    One,
}

struct PageFacts {
    /// As its script is called.
    name: &'static str,
    title: &'static str,
    address: &'static str,
    about: About,
    /// Its icon, as a path of 24 by 24.
    icon: &'static str,
}

impl ConsolePage {
    fn facts(self) -> PageFacts {
        match self {
            Self::Overview => PageFacts {
                name: "overview",
                title: "Overview",
                address: HOME,
                about: About::Nothing,
                icon: "M4 4h7v7H4zM13 4h7v4h-7zM13 11h7v9h-7zM4 14h7v6H4z",
            },
            Self::Users => PageFacts {
                name: "users",
                title: "Users",
                address: "/_mocknito/users",
                about: About::One,
                icon: "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7M2.5 20c.4-4 3-6 6.5-6s6.1 2 6.5 6\
                       M16 4.5a3.3 3.3 0 0 1 0 6.2M17.5 14.3c2.3.7 3.7 2.6 4 5.7",
            },
            Self::Pool => PageFacts {
                name: "pool",
                title: "User pool",
                address: "/_mocknito/pool",
                about: About::One,
                icon: "M4 7h10M18 7h2M16 5v4M4 12h4M12 12h8M10 10v4M4 17h9M17 17h3M15 15v4",
            },
            Self::Apis => PageFacts {
                name: "apis",
                title: "APIs",
                address: "/_mocknito/apis",
                about: About::Nothing,
                icon: "M4 12h4M16 12h4M8 8h8v8h-8zM12 4v4M12 16v4",
            },
            Self::Requests => PageFacts {
                name: "requests",
                title: "Requests",
                address: "/_mocknito/requests",
                about: About::All,
                icon: "M4 8h13l-3-3M20 16H7l3 3",
            },
            Self::Coverage => PageFacts {
                name: "coverage",
                title: "Coverage",
                address: "/_mocknito/coverage",
                about: About::Nothing,
                icon: "M4 20h16M6 16v-5M11 16V6M16 16V9",
            },
            Self::Missing => PageFacts {
                name: "missing",
                title: "Not found",
                address: HOME,
                about: About::Nothing,
                icon: "",
            },
            Self::Inbox => PageFacts {
                name: "inbox",
                title: "Inbox",
                address: "/_mocknito/inbox",
                about: About::All,
                icon: "M4 5h16v14H4zM4 7l8 6 8-6",
            },
            Self::Functions => PageFacts {
                name: "functions",
                title: "Functions",
                address: "/_mocknito/functions",
                about: About::All,
                icon: "M5 4h3c2 0 3 1 3.5 3l3 10c.5 2 1.5 3 3.5 3h1M11 12l-5 8",
            },
            Self::IdentityPools => PageFacts {
                name: "identity",
                title: "Identity pools",
                address: "/_mocknito/identity-pools",
                about: About::Nothing,
                icon: "M4 5h16v14H4zM9 12.5a2 2 0 1 0 0-4 2 2 0 0 0 0 4M6 16c.3-1.6 1.4-2.5 3-2.5\
                       s2.7.9 3 2.5M15 10h3M15 14h3",
            },
            Self::Tokens => PageFacts {
                name: "tokens",
                title: "Tokens",
                address: "/_mocknito/tokens",
                about: About::Nothing,
                icon: "M15 4a5 5 0 1 0 0 10 5 5 0 0 0 0-10M11.5 12.5 4 20M7 17l2.5 2.5M16 8.5v.1",
            },
        }
    }

    fn name(self) -> &'static str {
        self.facts().name
    }

    fn title(self) -> &'static str {
        self.facts().title
    }

    fn address(self) -> &'static str {
        self.facts().address
    }

    fn icon(self) -> &'static str {
        self.facts().icon
    }

    fn script(self) -> String {
        format!("{}.js", self.name())
    }

    /// A stylesheet of its own.
    fn sheet(self) -> Option<&'static str> {
        match self {
            Self::Inbox => Some("inbox.css"),
            _ => None,
        }
    }

    fn policy(self) -> &'static str {
        match self {
            Self::Inbox => POLICY_OF_INBOX,
            _ => POLICY,
        }
    }

    fn pools(self) -> &'static str {
        match self.facts().about {
            About::Nothing => "none",
            About::All => "all",
            About::One => "one",
        }
    }

    /// Whether it is in the navigation only where there is something to show.
    fn is_optional(self) -> bool {
        matches!(self, Self::IdentityPools | Self::Apis)
    }
}

/// Template: `console.html`.
struct ConsoleTemplate {
    page: ConsolePage,
    pages: [ConsolePage; PAGES.len()],
    version: &'static str,
}

/// A page as browsers get it.
pub fn page(page: ConsolePage) -> Response {
    let template = ConsoleTemplate {
        page,
        pages: PAGES,
        version: env!("CARGO_PKG_VERSION"),
    };
    match template.render() {
        Ok(html) => page::html(html, page.policy()),
        Err(error) => {
            tracing::error!("a page of the console cannot be drawn: {error}");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// Where nothing is: programs are told so in JSON.
pub async fn missing(method: Method, headers: HeaderMap) -> Response {
    if method != Method::GET || !page::is_wanted(&headers) {
        return nothing_here().await;
    }
    (StatusCode::NOT_FOUND, page(ConsolePage::Missing)).into_response()
}

/// What is for programs only, and is no page either.
pub async fn missing_by_get(method: Method, headers: HeaderMap) -> Response {
    if method != Method::GET || !page::is_wanted(&headers) {
        return wrong_method().await;
    }
    (StatusCode::METHOD_NOT_ALLOWED, page(ConsolePage::Missing)).into_response()
}

/// `GET /_mocknito/tokens`: where a token is pasted, and where *Sign in in the browser* ends.
pub async fn tokens() -> Response {
    page(ConsolePage::Tokens)
}

/// `GET /_mocknito/users`: a pool's users, and one of them where `user` names one.
pub async fn users() -> Response {
    page(ConsolePage::Users)
}

/// `GET /_mocknito/pool`: a pool's settings, and what belongs to it.
pub async fn pool() -> Response {
    page(ConsolePage::Pool)
}

/// `GET /_mocknito/identity-pools`
pub async fn identity_pools() -> Response {
    page(ConsolePage::IdentityPools)
}
