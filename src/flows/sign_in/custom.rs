//! CUSTOM_AUTH and CUSTOM_CHALLENGE: challenges that the pool's own functions make. They are not called yet.

use super::{Outcome, Visit};
use crate::error::{Error, Result};
use crate::flows::triggers;

pub(super) async fn begin(visit: Visit<'_>) -> Result<Outcome> {
    if triggers::has_custom_auth(visit.pool) {
        Err(not_yet("CUSTOM_AUTH"))
    } else {
        Err(Error::CustomAuthNotConfigured)
    }
}

pub(super) async fn answer(_: Visit<'_>) -> Result<Outcome> {
    Err(not_yet("CUSTOM_CHALLENGE"))
}

fn not_yet(what: &str) -> Error {
    Error::NotAvailable {
        operation: what.to_owned(),
    }
}
