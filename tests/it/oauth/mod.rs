//! The pool domain's endpoints, by the same file names as in `src/http/oauth`.

mod authorize;
mod browser;
mod client_documents;
mod codes;
mod console_callback;
mod fuzz;
mod hosts;
mod implicit;
mod logout;
mod register;
mod revoke;
mod token;
mod user_info;
mod web;
