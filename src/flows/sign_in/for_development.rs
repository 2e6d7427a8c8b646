//! The entrance of whoever develops: as a user without their password, up to the second factor.
//!
//! Not here: who may use it (`http::mocknito::strip`).

use super::challenges::NextChallenge;
use super::request::SignInRequest;
use super::steps;
use crate::error::Result;
use crate::store::User;

/// Asks for the user's second factor, as after a right password. None where there is none to ask
/// for.
pub async fn second_factor_of(
    request: SignInRequest<'_>,
    user: &User,
) -> Result<Option<NextChallenge>> {
    steps::second_factor(request, user).await
}
