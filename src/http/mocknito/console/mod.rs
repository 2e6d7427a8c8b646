//! The console: pages for the person at the machine, compiled in, that need neither a build step
//! nor a network.
//!
//! `pages.rs` has the list of them and draws what is around each; what is inside is drawn by the
//! scripts in `static/`, of which `shell.js` is the first to read.
//! Not here: what they show (`mocknito::inbox` and `mocknito::requests` answer the same as JSON),
//! the pages of a pool's domain.

pub mod files;
mod page;
pub mod pages;

pub use page::is_wanted;
pub use pages::{ConsolePage, HOME, page};
