//! Mocknito: Amazon Cognito on your own machine.
//!
//! The crate in the order in which a request passes through it. Nobody imports from a module
//! further up; `tests/tidy` keeps it so.

#![warn(clippy::unwrap_used)]

// The doors.
pub mod cli;
pub mod fixtures;
pub mod http;

// What the service does: one handler per operation, and what several of them share.
pub mod flows;
pub mod operations;

// The rules.
pub mod domain;

// What everything needs, put together.
pub mod app;

// What is kept, signed and sent, and the functions that are called.
pub mod http_client;
pub mod keys;
pub mod outbox;
pub mod store;
pub mod triggers;

// The ground.
pub mod access;
pub mod clock;
pub mod config;
pub mod error;
pub mod ids;
pub mod random;
pub mod wire;
