//! Pages for the person at the machine: plain HTML, compiled in, that needs neither a build step
//! nor a network.
//!
//! Not here: what they show (`mocknito::inbox` and `mocknito::requests` answer the same as JSON),
//! the pages of a pool's domain.

pub mod inbox;
mod page;
pub mod requests;

pub use page::is_wanted;
