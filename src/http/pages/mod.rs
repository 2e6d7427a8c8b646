//! The pages of a pool's domain: sign in, sign up, confirm, forgotten and new passwords, second
//! factors, errors.
//!
//! Rendered here from templates that are checked when they are compiled; they need neither a build
//! step nor a network, and no JavaScript but for passkeys. The request that began it travels in
//! every page's query, what was reached so far in a sealed field of its form, and each form bears a
//! token of its browser. Not here: the endpoints that programs call and the browser's session
//! (`http::oauth`), what the steps do (`flows`), the addresses (`http::routes`). Next:
//! `page_request.rs` for what every page begins with, `sign_in.rs`, `challenge.rs`; `texts/` for
//! what they say.

pub mod assets;
pub mod challenge;
pub mod confirm_user;
pub mod feedback;
mod field;
pub mod form;
mod frame;
pub mod handlers;
mod language;
mod look;
pub mod message;
mod mfa_setup;
pub mod page_request;
pub mod passkeys;
pub mod recover;
mod refusals;
pub mod sign_in;
pub mod sign_up;
mod step;
pub mod strip;
mod stylesheet;
mod submitted;
mod templates;
mod texts;
