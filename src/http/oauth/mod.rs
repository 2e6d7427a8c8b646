//! The pool domain's endpoints (OAuth 2.0, RFC 6749; OpenID Connect): authorize, token, userInfo,
//! revoke, register, logout.
//!
//! Not here: what the tokens say (`flows::issue_tokens`), the pages on which users sign in
//! (`http::pages`), the addresses (`http::routes`). Next: `request.rs` for what a client may ask
//! for and where it may be sent back, `browser.rs` for who is signed in, `finish.rs` for how a
//! sign-in ends, `token.rs` for what a code becomes.

mod authorization_error;
pub mod authorize;
pub mod browser;
mod callback;
pub(super) mod client;
mod console_callback;
mod error;
mod finish;
pub mod idp_response;
pub mod logout;
mod providers;
pub mod redirect;
pub mod register;
mod request;
pub mod revoke;
pub mod saml_logout;
pub mod saml_response;
pub mod token;
pub mod user_info;

pub use authorization_error::{AuthorizationError, ErrorPage, outcome};
pub use browser::Browser;
pub use finish::finish;
pub use providers::{IDP_RESPONSE, SAML_RESPONSE};
pub use redirect::redirect;
pub use request::AuthorizeRequest;
