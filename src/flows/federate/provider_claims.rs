//! What a provider said of a person, once it is checked that the provider really said it.

use crate::domain::federation::Claims;
use crate::flows::triggers::ProviderAnswer;

pub struct ProviderClaims {
    /// All of it, as pools map it.
    pub claims: Claims,
    /// Where each part came from, as the pool's function is told.
    pub answer: ProviderAnswer,
}
