//! Pages for the person at the machine: plain HTML, compiled in, that needs neither a build step nor a network.
//!
//! Not here: what they show (`http::mocknito` answers the same as JSON), the pages of a pool's domain.

pub(super) mod inbox;
