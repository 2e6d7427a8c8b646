//! APIs behind a gateway.

pub mod alb;
