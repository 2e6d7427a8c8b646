//! What functions are told at each moment, and what their answers do. The function is a small HTTP
//! endpoint in this process.

mod answers;
mod custom_auth;
mod federation;
pub mod lambda;
mod messages;
mod migration;
mod reentrancy;
mod sign_in;
mod sign_up;
mod tokens;

use std::path::Path;

use mocknito::triggers::{Functions, Setup, TargetRule};

/// Functions that are all at this URL.
fn functions_at(url: &str) -> Functions {
    let rule = TargetRule::parse(lambda::ARN, url, Path::new("."));
    Functions::new(Setup {
        rules: vec![rule.unwrap()],
        ..Setup::default()
    })
    .unwrap()
}
