//! The doors: HTTP in, HTTP out.
//!
//! Not here: what an operation does (`operations`). Next: `routes.rs` for every URL and what guards
//! it, `listen.rs` for how connections are accepted, `aws.rs` for the two AWS APIs, `discovery.rs`
//! for key sets and metadata, `oauth` for the pool domain's endpoints, `pages` for its pages,
//! `mocknito` for what Cognito does not have, `gateway` for APIs that tokens open.

mod address;
mod answers;
mod arrival;
mod aws;
mod aws_json;
mod body;
mod discovery;
mod erased;
mod faults;
mod foreign_pages;
mod framing;
mod gateway;
pub mod headers;
pub mod hosts;
mod kms;
pub mod listen;
mod log;
mod mocknito;
pub mod oauth;
mod pages;
mod query;
mod record;
pub mod request_head;
mod routes;
mod secrets_manager;
mod signature;
mod state;
mod strangers;
mod sts;
pub mod tls;

pub use mocknito::coverage::CoverageReport;
pub use routes::router;
