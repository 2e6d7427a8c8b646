//! What functions are told at each moment, and what their answers do. The function is a small HTTP endpoint in this process.

mod answers;
mod custom_auth;
mod lambda;
mod messages;
mod migration;
mod reentrancy;
mod sign_in;
mod sign_up;
mod tokens;

use mocknito::triggers::Functions;

/// Functions that are all at this URL.
fn functions_at(url: &str) -> Functions {
    Functions {
        urls: [(lambda::ARN.to_owned(), url.to_owned())].into(),
        ..Functions::default()
    }
}
