//! The rules: what is allowed, and what follows from what. Plain functions: no async, no HTTP, no
//! SQL, and no clock or randomness of their own.
//!
//! Not here: the order in which rules are applied (`flows`), checking a code
//! (`flows::software_tokens`, `flows::codes`), an authorize request (`http::oauth::request`), where
//! records come from (`store`).

pub mod addresses;
pub mod api_routes;
pub mod apis;
pub mod appearance;
pub mod arns;
pub mod assumed_roles;
pub mod attempts;
pub mod attributes;
pub mod authentication_levels;
pub mod branding;
pub mod claims;
pub mod client_documents;
pub mod client_settings;
pub mod clients;
pub mod destinations;
pub mod domains;
pub mod federation;
pub mod filter;
pub mod first_factors;
pub mod groups;
pub mod identities;
pub mod identity_pools;
pub mod identity_providers;
pub mod identity_roles;
pub mod import;
pub mod limits;
pub mod load_balancers;
pub mod log_delivery;
pub mod messages;
pub mod mfa;
pub mod mfa_settings;
pub mod oauth_settings;
pub mod passkeys;
pub mod passwords;
pub mod plans;
pub mod point_in_time_recovery;
pub mod pool_settings;
pub mod pools;
pub mod pretend;
pub mod redirect_mismatch;
pub mod registration;
pub mod replicas;
pub mod risk;
pub mod role_choice;
pub mod saml_metadata;
pub mod schema;
pub mod session_settings;
pub mod step_up;
pub mod tags;
pub mod terms;
pub mod threat_protection;
pub mod user_agents;
pub mod usernames;
pub mod users;
pub mod xml;
